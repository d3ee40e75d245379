"""MLLP with software that nobody here wrote: python-hl7's and HAPI's clients talk to the listener, the sink sends to HAPI's server; plain and TLS."""

import asyncio
import contextlib
import ssl

import hl7
import pytest
from hl7.client import MLLPClient
from hl7.mllp import open_hl7_connection, start_hl7_server

from connectors.sink import SinkAway, SinkRefused
from connectors.sinks.mllp import MllpSink, MllpSinkSettings, Outcome, Verdict
from connectors.sources.mllp import Connection
from tests.contract.mllp_sides import listening
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.hapi import HapiClient, HapiServer

pytestmark = pytest.mark.asyncio

MESSAGE = (
    "MSH|^~\\&|LAB|EAST|GATE|HOME|20260301120000||ADT^A01^ADT_A01|{0}|P|2.5|||||||UNICODE UTF-8\r"
    "EVN||20260301120000\rPID|1||100^^^EAST^MR||Mustermann^Zoë\rPV1|1|I\rNTE|1||{1}\r"
)


class Receiver:
    """Acknowledges with AA, as HAPI wants it."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.subjects: set[str] = set()

    async def handle(self, message: bytes, connection: Connection) -> bytes | None:
        self.taken.append(message)
        self.subjects.add(connection.subject)
        control_id = message.split(b"|")[9]
        return b"MSH|^~\\&|GATE|HOME|LAB|EAST|20260301120000||ACK^A01^ACK|%b|P|2.5\rMSA|AA|%b\r" % (control_id, control_id)

    def refuse(self, message: bytes, error: Exception) -> bytes | None:
        return None

    async def fragment(self, data: bytes, fault: str, connection: Connection) -> None:
        raise AssertionError("these clients send frames only")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def serving(certificates: Certificates, mutual: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates.authority))
    context.load_cert_chain(certificates.server.certificates, certificates.server.key)
    context.verify_mode = ssl.CERT_REQUIRED if mutual else ssl.CERT_NONE
    return context


def calling(certificates: Certificates, own: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(certificates.authority))
    if own:
        context.load_cert_chain(certificates.client.certificates, certificates.client.key)
    return context


def control_ids(receiver: Receiver) -> list[bytes]:
    return [message.split(b"|")[9] for message in receiver.taken]


async def test_python_hl7s_blocking_client():
    def talk(port: int) -> list[bytes]:
        with MLLPClient("127.0.0.1", port) as client:
            return [client.send_message(MESSAGE.format(number, "note")) for number in range(5)]

    receiver = Receiver()
    async with listening(receiver) as source:
        answers = await asyncio.to_thread(talk, source.port)
    assert [answer[-2:] + answer.split(b"|")[-1][:-3] for answer in answers] == [b"\x1c\r%d" % number for number in range(5)]
    assert receiver.taken == [MESSAGE.format(number, "note").encode() for number in range(5)]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "mutual TLS"])
async def test_python_hl7s_asyncio_client(certificates, tls):
    receiver = Receiver()
    settings = {"tls": serving(certificates)} if tls else {}
    async with listening(receiver, **settings) as source:
        options = {"ssl": calling(certificates)} if tls else {}
        reader, writer = await open_hl7_connection("127.0.0.1", source.port, encoding="utf-8", **options)
        for number in range(5):
            writer.writemessage(hl7.parse(MESSAGE.format(number, "x" * 100_000)))
            await writer.drain()
            answer = await reader.readmessage()
            assert [str(answer.segment("MSA")[field]) for field in (1, 2)] == ["AA", str(number)]
        writer.close()
        await writer.wait_closed()
    assert control_ids(receiver) == [b"%d" % number for number in range(5)]
    assert receiver.subjects == ({"CN=client"} if tls else {""})


@pytest.mark.parametrize(("tls", "size"), [(False, 10), (False, 2_000_000), (True, 10)], ids=["plain", "large", "mutual TLS"])
async def test_hapis_client(certificates, tls, size):
    receiver = Receiver()
    settings = {"tls": serving(certificates)} if tls else {}
    async with listening(receiver, **settings) as source:
        client = HapiClient(source.port, 5, size, certificates if tls else None)
        answers = await asyncio.to_thread(client.run)
    assert answers == [f"AA H{number}" for number in range(5)]
    assert control_ids(receiver) == [b"H%d" % number for number in range(5)]
    assert all(message.count(b"x" * size) == 1 and "Zoë".encode() in message for message in receiver.taken)
    assert receiver.subjects == ({"CN=client"} if tls else {""})


@pytest.mark.parametrize("wrong", ["no certificate", "no TLS", "another subject"])
async def test_who_cannot_show_who_it_is_gets_nothing_in(certificates, wrong, caplog):
    caplog.set_level("INFO", "clearplane.source")

    async def ask(control_id: int, **options: ssl.SSLContext) -> None:
        reader, writer = await open_hl7_connection("127.0.0.1", source.port, encoding="utf-8", **options)
        try:
            writer.writemessage(hl7.parse(MESSAGE.format(control_id, "")))
            await reader.readmessage()
        finally:
            writer.close()

    receiver = Receiver()
    subjects = frozenset({"CN=somebody"} if wrong == "another subject" else {"CN=client"})
    options = {} if wrong == "no TLS" else {"ssl": calling(certificates, own=wrong != "no certificate")}
    async with listening(receiver, tls=serving(certificates), subjects=subjects) as source:
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await ask(1, **options)
        if wrong != "another subject":
            await ask(2, ssl=calling(certificates))
    assert control_ids(receiver) == ([] if wrong == "another subject" else [b"2"])
    said = {"no certificate": "(PEER_DID_NOT_RETURN_A_CERTIFICATE)", "no TLS": "could not be opened", "another subject": "its certificate is none"}
    assert said[wrong] in caplog.text
    assert (source.counts.failed, source.counts.turned_away) == ((0, 1) if wrong == "another subject" else (1, 0))


async def test_a_handshake_that_never_ends_takes_its_place_for_a_while_only(certificates):
    receiver = Receiver()
    async with listening(receiver, tls=serving(certificates), read_seconds=0.2, max_connections=1) as source:
        reader, writer = await asyncio.open_connection("127.0.0.1", source.port)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        client = await open_hl7_connection("127.0.0.1", source.port, encoding="utf-8", ssl=calling(certificates))
        client[1].writemessage(hl7.parse(MESSAGE.format(1, "")))
        await client[0].readmessage()
        client[1].close()
    assert control_ids(receiver) == [b"1"]


def judge(sent: bytes, answer: bytes) -> Verdict:
    code, control_id = answer.split(b"MSA|")[1].split(b"\r")[0].split(b"|")[:2]
    if control_id != sent.split(b"|")[9]:
        return Verdict(Outcome.OTHER)
    outcomes = {b"AA": Outcome.ACCEPTED, b"AR": Outcome.AGAIN, b"AE": Outcome.REFUSED}
    return Verdict(outcomes[code], code.decode())


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "mutual TLS"])
async def test_the_sink_sends_to_hapis_server(certificates, tls):
    context = calling(certificates) if tls else None
    with HapiServer(certificates if tls else None) as server:
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.port, context), judge)
        for number in range(5):
            await sink.send(str(number), MESSAGE.format(f"A{number}", "x" * 10 ** (number + 1)).encode())
        with pytest.raises(SinkRefused, match=r"\(AE\)"):
            await sink.send("e", MESSAGE.format("AE1", "x").encode())
        with pytest.raises(SinkAway, match=r"\(AR\)"):
            await sink.send("r", MESSAGE.format("AR1", "x").encode())
        server.kill()
        with pytest.raises(SinkAway):
            await sink.send("6", MESSAGE.format("A6", "x").encode())
        await asyncio.to_thread(server.start)
        await sink.send("6", MESSAGE.format("A6", "x").encode())
        await sink.close()
        received = server.received()
    assert received == [(f"A{number}", "Zoë", 10 ** (number + 1)) for number in range(5)] + [(each, "Zoë", 1) for each in ("AE1", "AR1", "A6")]


async def test_the_sink_sends_to_python_hl7s_server():
    taken: list[str] = []

    async def serve(reader: object, writer: object) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                message = await reader.readmessage()
                taken.append(str(message))
                writer.writemessage(message.create_ack("AA"))
                await writer.drain()

    server = await start_hl7_server(serve, "127.0.0.1", 0, encoding="utf-8")
    async with server:
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.sockets[0].getsockname()[1]), judge)
        for number in range(3):
            await sink.send("m", MESSAGE.format(number, "note").encode())
        await sink.close()
    assert taken == [MESSAGE.format(number, "note") for number in range(3)]


@pytest.mark.parametrize(
    ("name", "own", "sentence"),
    [("localhost", True, ""), ("elsewhere.example", True, "certificate is not good"), ("", False, "closed the connection|TLS fails|no connection")],
    ids=["good", "another name", "no certificate of ours"],
)
async def test_the_sink_knows_the_server_by_its_certificate_and_shows_its_own(certificates, name, own, sentence):
    receiver = Receiver()
    async with listening(receiver, tls=serving(certificates)) as source:
        sink = MllpSink(MllpSinkSettings("127.0.0.1", source.port, calling(certificates, own), name, answer_seconds=5), judge)
        with pytest.raises(SinkAway, match=sentence) if sentence else contextlib.nullcontext():
            await sink.send("m", MESSAGE.format(1, "note").encode())
        await sink.close()
    assert control_ids(receiver) == ([] if sentence else [b"1"])
