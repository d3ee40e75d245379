"""Certificates of a test run: an authority, a server on loopback and a client, made by the keytool of the Java that is here anyway.

Keytool does not give a private key out, but the layout of its old store JKS is plain: a list of entries, each key covered by a stream of SHA-1
of the password. Reading it here needs no further package.
"""

import base64
import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.servers.cache import run
from tests.servers.java import KEYTOOL

PASSWORD = "testing"  # noqa: S105 -- covers keys of one test run
MAGIC, VERSION, PRIVATE_KEY = 0xFEEDFEED, 2, 1
DIGEST = 20
QUICK = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"]
STORE = ["-storetype", "JKS", "-storepass", PASSWORD, "-keypass", PASSWORD]
AUTHORITY = ["-dname", "CN=Test authority", "-ext", "bc:c=ca:true", "-ext", "ku:c=keyCertSign,cRLSign"]
ISSUED = ["-signer", "authority", "-signerkeypass", PASSWORD, "-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "eku=serverAuth,clientAuth"]


class Pair(NamedTuple):
    """PEM files: a private key without password, and its certificates, its own first."""

    key: Path
    certificates: Path


class Certificates(NamedTuple):
    """`authority` is the PEM file to trust."""

    authority: Path
    server: Pair
    client: Pair


def make_certificates(folder: Path) -> Certificates:
    """In `folder`, good for 30 days; the server's are for 127.0.0.1 and localhost."""
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "keys.jks"
    make = [str(KEYTOOL), *QUICK, "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30", "-keystore", str(store), *STORE]
    run([*make, "-alias", "authority", *AUTHORITY], folder)
    for name in ("server", "client"):
        run([*make, "-alias", name, "-dname", f"CN={name}", *ISSUED], folder)
    pairs = {name: _written(folder, name, key, chain) for name, key, chain in _entries(store.read_bytes())}
    return Certificates(pairs["authority"].certificates, pairs["server"], pairs["client"])


def _written(folder: Path, name: str, key: bytes, chain: list[bytes]) -> Pair:
    pair = Pair(folder / f"{name}.key.pem", folder / f"{name}.pem")
    pair.key.touch(mode=0o600)
    pair.key.write_text(_pem("PRIVATE KEY", key))
    pair.certificates.write_text("".join(_pem("CERTIFICATE", one) for one in chain))
    return pair


def _pem(label: str, der: bytes) -> str:
    text = base64.b64encode(der).decode()
    lines = (text[at : at + 64] for at in range(0, len(text), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def _entries(store: bytes) -> Iterator[tuple[str, bytes, list[bytes]]]:
    """(alias, private key as PKCS 8, certificates) of each entry of a JKS store."""
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        return store[at - size : at]

    def number() -> int:
        return int(struct.unpack(">I", take(4))[0])

    def text() -> str:
        return take(struct.unpack(">H", take(2))[0]).decode()

    assert (number(), number()) == (MAGIC, VERSION)
    for _ in range(number()):
        assert number() == PRIVATE_KEY
        alias, _created = text(), take(8)
        key = _uncovered(take(number()))
        chain = [(text(), take(number()))[1] for _ in range(number())]
        yield alias, key, chain


def _uncovered(covered: bytes) -> bytes:
    """The private key in an EncryptedPrivateKeyInfo: salt, key XOR stream, digest of password and key."""
    _algorithm, octets = _children(_children(covered)[0])
    salt, body, check = octets[:DIGEST], octets[DIGEST:-DIGEST], octets[-DIGEST:]
    secret = PASSWORD.encode("utf-16-be")
    stream, block = b"", salt
    while len(stream) < len(body):
        block = hashlib.sha1(secret + block, usedforsecurity=False).digest()
        stream += block
    key = bytes(one ^ other for one, other in zip(body, stream, strict=False))
    assert hashlib.sha1(secret + key, usedforsecurity=False).digest() == check
    return key


def _children(der: bytes) -> list[bytes]:
    """Contents of the DER values that follow each other in `der`."""
    found: list[bytes] = []
    while der:
        size, head = der[1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(der[2:head], "big")
        found.append(der[head : head + size])
        der = der[head + size :]
    return found
