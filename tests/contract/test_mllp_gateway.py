"""The whole gateway behind its MLLP listeners: clients that nobody here wrote get their messages in, hostile ones disturb nobody."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7.mllp import open_hl7_connection

from connectors.mllp import encode
from gateway.api.service import Service
from gateway.config import ApiSettings
from gateway.sites import Feed, MllpSource, Site
from tests.contract.mllp_sides import PATIENCE, until
from tests.servers.certificates import make_certificates
from tests.servers.hapi import HapiClient
from tests.unit.pipeline_world import World

pytestmark = pytest.mark.asyncio

MESSAGE = (
    "MSH|^~\\&|{sender}|EAST|GATE|HOME|20260301120000||ADT^A01^ADT_A01|{control_id}|T|2.5|||AL|NE||UNICODE UTF-8\r"
    "EVN||20260301120000\rPID|1||{patient}^^^EAST^MR||SAMPLE^PERSON\rPV1|1|I\r"
)


def message(control_id: object, sender: str = "LAB", patient: str = "P1") -> bytes:
    return MESSAGE.format(sender=sender, control_id=control_id, patient=patient).encode()


class Plane(World):
    """A gateway with a feed for each listener. `ports` and `listeners` are by feed."""

    def __init__(self, folder: Path, **listeners: dict[str, Any]) -> None:
        super().__init__(folder, api=ApiSettings(port=0))
        sources = {feed: MllpSource(type="mllp", port=0, **{"acknowledgement": "original", **given}) for feed, given in listeners.items()}
        feeds = tuple(Feed(id=feed, sources=(source,)) for feed, source in sources.items())
        self.sites = {"river": Site(id="river", zone="America/New_York", feeds=feeds)}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        await self.start()
        try:
            await self.gateway.preparation.succeeded()
            async with asyncio.timeout(PATIENCE), Service(self.gateway) as service:
                self.listeners = {feed: listener for (_, feed), (listener,) in service.listeners.items()}
                self.ports = {feed: listener.port for feed, listener in self.listeners.items()}
                yield
        finally:
            await self.stop()

    async def control_ids(self) -> dict[str, list[str]]:
        """Of the messages behind the events, by sender, in the order of the log, once all is done."""
        await self.gateway.wait_idle()
        found: dict[str, list[str]] = {}
        for record in await self.records("patients", "patients.test"):
            told = json.loads(record.value)["message"]
            ids = found.setdefault(told["sending_application"], [])
            if told["control_id"] not in ids:
                ids.append(told["control_id"])
        return found


def told(answer: bytes) -> list[bytes]:
    """Code and control id."""
    return answer.split(b"\rMSA|")[1].split(b"\r")[0].split(b"|")[:2]


async def ask(port: int, *bodies: bytes, **options: Any) -> list[list[bytes]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
    try:
        answers = []
        for body in bodies:
            writer.write(encode(body))
            answers.append(told(await reader.readuntil(b"\x1c\r")))
        return answers
    finally:
        writer.close()


async def ask_with_hl7(port: int, context: ssl.SSLContext, *bodies: bytes) -> list[list[bytes]]:
    """By python-hl7's client."""
    reader, writer = await open_hl7_connection("127.0.0.1", port, encoding="utf-8", ssl=context)
    answers = []
    for body in bodies:
        writer.writemessage(hl7.parse(body.decode()))
        segment = (await reader.readmessage()).segment("MSA")
        answers.append([str(segment[field]).encode() for field in (1, 2)])
    writer.close()
    return answers


async def test_real_clients_get_their_messages_in_plain_and_over_tls(tmp_path):
    made = await asyncio.to_thread(make_certificates, tmp_path / "certificates")
    server = {"certificate": made.server.certificates, "key": made.server.key}
    plane = Plane(tmp_path, plain={}, secure={"tls": server}, mutual={"tls": {**server, "client_ca": made.authority}, "subjects": ["CN=client"]})
    context = ssl.create_default_context(cafile=str(made.authority))
    async with plane.listening():
        for feed, tls in (("plain", None), ("mutual", made)):
            client = HapiClient(plane.ports[feed], 20, 1000 + (tls is None), tls)
            assert await asyncio.to_thread(client.run) == [f"AA H{number}" for number in range(20)]
        numbers = [b"%d" % number for number in range(5)]
        assert await ask_with_hl7(plane.ports["secure"], context, *map(message, range(5))) == [[b"AA", number] for number in numbers]
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await ask(plane.ports["mutual"], message("stranger"), ssl=context)
        assert plane.listeners["mutual"].counts.messages == 20
        assert await plane.control_ids() == {"HAPI": [f"H{number}" for number in range(20)], "LAB": [f"{number}" for number in range(5)]}


async def test_commit_before_application_and_a_sender_killed_in_mid_frame(tmp_path):
    plane = Plane(tmp_path, auto={"acknowledgement": "auto"}, original={})
    async with plane.listening():
        reader, writer = await asyncio.open_connection("127.0.0.1", plane.ports["auto"])
        for _ in range(3):
            writer.write(encode(message(1, "ENHANCED").replace(b"|AL|NE|", b"|AL|AL|")))
            assert [told(await reader.readuntil(b"\x1c\r")) for _ in range(2)] == [[b"CA", b"1"], [b"AA", b"1"]]
        writer.close()

        listener = plane.listeners["original"]
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(encode(message(1)) + encode(message(2))[:-20])
        await until(lambda: listener.counts.answered == 1)
        writer.transport.abort()
        await until(lambda: listener.counts.fragments == 1 and listener.counts.open == 0)
        assert await ask(listener.port, message(2), message(3)) == [[b"AA", b"2"], [b"AA", b"3"]]
        assert await plane.control_ids() == {"ENHANCED": ["1"], "LAB": ["1", "2", "3"]}


async def test_slow_and_flooding_senders_hold_nobody_up(tmp_path):
    plane = Plane(tmp_path, adt={"read_seconds": 0.5, "pending_bytes": 20_000, "connections": 40})
    count = 300
    async with plane.listening(), contextlib.AsyncExitStack() as stack:
        port, counts = plane.ports["adt"], plane.listeners["adt"].counts

        async def connected() -> asyncio.StreamWriter:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.transport.abort)
            return writer

        slow = [await connected() for _ in range(20)]
        for writer in slow:
            writer.write(encode(message("slow"))[:40])
        flood = await connected()
        flood.write(b"".join(encode(message(number, "FLOOD", "P2")) for number in range(count)))
        served = [f"Q{number}" for number in range(30)]
        assert await ask(port, *map(message, served)) == [[b"AA", each.encode()] for each in served]
        assert counts.messages < count + len(served)
        await until(lambda: counts.slow == len(slow))
        await until(lambda: counts.answered == count + len(served))
