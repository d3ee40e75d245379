"""Listeners and servers of sites: ports that can be had, certificates that are good, secrets and keys that are there."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from gateway.config import Config
from gateway.doctor.certificates import expiry
from gateway.doctor.check import Found, check, good, problem, warning
from gateway.secrets import SecretError, resolve, resolve_optional
from gateway.site_sources import SftpAccess
from gateway.site_tls import ClientTls, ServerTls
from gateway.sites import MllpSource, Site, load_sites

ORDER = 15
SOON = timedelta(days=30)


Part = MllpSource | SftpAccess | ServerTls | ClientTls


class Named(NamedTuple):
    """A part of a site file and what it is called in the report."""

    name: str
    part: Part


@check("listeners", do="mend the lines that `clearplane check` names")
async def listeners(config: Config) -> list[Found]:
    """Whether their ports are free; a gateway that runs has them itself."""
    return await asyncio.to_thread(_all, config, _listens)


@check("certificates of sites", do="mend the lines that `clearplane check` names")
async def certificates(config: Config) -> list[Found]:
    return await asyncio.to_thread(_all, config, _certified)


@check("keys and secrets of sites", do="mend the lines that `clearplane check` names")
async def keys(config: Config) -> list[Found]:
    return await asyncio.to_thread(_all, config, _held)


def _all(config: Config, look: Callable[[str, Part], Iterator[Found]]) -> list[Found]:
    return [found for each in _parts(config) for found in look(*each)]


def _parts(config: Config) -> list[Named]:
    return [part for site in load_sites(config.sites_dir).values() for part in _of_site(site)]


def _of_site(site: Site) -> Iterator[Named]:
    """Sources and sinks, and the TLS of each."""
    named = [(f"{site.id}/{feed.id}", source) for feed in site.feeds for source in feed.sources]
    for name, part in [*named, *((f"{site.id}, route {route.id}", route.to) for route in site.routes)]:
        if isinstance(part, MllpSource | SftpAccess):
            yield Named(name, part)
        tls = getattr(part, "tls", None)
        if tls is not None:
            yield Named(name, tls)


def _listens(name: str, part: Part) -> Iterator[Found]:
    if not isinstance(part, MllpSource):
        return
    at = f"{part.host}:{part.port}"
    try:
        family = socket.getaddrinfo(part.host, part.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((part.host, part.port))
    except OSError as error:
        do = "it is the gateway's own where one runs; else free the port, or name another"
        yield warning(f"{name}: {at} cannot be listened on now ({error.strerror or type(error).__name__})", do)
    else:
        yield good(f"{name}: {at} is free")


def _certified(name: str, part: Part) -> Iterator[Found]:
    if not isinstance(part, ServerTls | ClientTls):
        return
    try:
        part.context()
        if part.certificate is not None and part.key is not None:
            yield _until(name, expiry(part.certificate, part.key, resolve_optional(part.key_password)))
    except (OSError, SecretError) as error:  # ssl.SSLError is one of the first
        reason = str(error) if isinstance(error, SecretError) else error.strerror or type(error).__name__
        yield problem(f"{name}: its certificates cannot be used ({reason})", "mend the files that its tls names")


def _until(name: str, end: datetime) -> Found:
    text = f"{name}: its certificate is good until {end.date()}"
    return warning(text, "renew it in time") if end - datetime.now(UTC) < SOON else good(text)


def _held(name: str, part: Part) -> Iterator[Found]:
    if not isinstance(part, SftpAccess):
        return
    files: Iterable[Path | None] = (part.key, part.known_hosts)
    for path in filter(None, files):
        if not path.is_file():
            yield problem(f"{name}: {path} is not there", "put the file there, or name another")
    for reference in filter(None, (part.password, part.key_password)):
        try:
            resolve(reference)
        except SecretError as error:
            yield problem(f"{name}: {error}", "put the secret there, or change the reference")


__all__ = ["certificates", "keys", "listeners"]
