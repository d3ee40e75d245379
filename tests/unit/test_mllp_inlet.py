"""What senders over MLLP are told by a running gateway, and what is then kept."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.api.server import ServerError
from gateway.api.service import Service
from gateway.config import ApiSettings, Config, LimitSettings, LogSettings
from gateway.runtime import Gateway
from gateway.seams import LogUnavailable, TopicPartition
from gateway.sites import Feed, MllpSource, Site
from tests.unit.v2_world import adt

pytestmark = pytest.mark.asyncio
WAIT = 20.0
START, END = b"\x0b", b"\x1c\r"
ACK = b"MSH|^~\\&|LAB|RIVER|GATE|PLANE|20260105080000||ACK^A08^ACK|A1|T|2.5.1\rMSA|AA|X1\r"


class Sender:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    async def send(self, body: bytes) -> None:
        self.writer.write(START + body + END)
        await self.writer.drain()

    async def answer(self) -> bytes:
        async with asyncio.timeout(WAIT):
            return (await self._reader.readuntil(END)).removeprefix(START).removesuffix(END)

    async def ask(self, body: bytes) -> str:
        """MSA-1."""
        await self.send(body)
        return code_of(await self.answer())

    async def is_closed(self) -> bool:
        async with asyncio.timeout(WAIT):
            return await self._reader.read() == b""


class Plane:
    def __init__(self, gateway: Gateway, service: Service) -> None:
        self.gateway, self.service = gateway, service

    async def connect(self) -> Sender:
        [listener] = self.service.listeners["river", "adt"]
        return Sender(*await asyncio.open_connection("127.0.0.1", listener.port))

    async def counted(self, outcome: str) -> None:
        """Returns when there is one."""
        deadline = time.monotonic() + WAIT
        while self.metric("clearplane_mllp_messages_total", outcome=outcome) != 1:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)

    def metric(self, name: str, **labels: str) -> float | None:
        return self.gateway.metrics.registry.get_sample_value(name, {"site": "river", "feed": "adt", **labels})


@asynccontextmanager
async def plane_at(folder: Path, findings: dict[str, str] | None = None, **source: Any) -> AsyncIterator[Plane]:
    """A gateway that takes messages and does not read them."""
    feed = Feed(id="adt", sources=(MllpSource(type="mllp", port=0, **source),))
    config = Config(data_dir=folder / "data", log=LogSettings(partitions=1), api=ApiSettings(port=0), limits=LimitSettings(inline_bytes=4096))
    site = Site(id="river", feeds=(feed,), findings=findings or {})
    async with Gateway(config, {"river": site}, roles={"intake"}) as gateway, Service(gateway) as service:
        yield Plane(gateway, service)


def code_of(answer: bytes) -> str:
    return answer.split(b"\rMSA|")[1].split(b"|")[0].decode()


def asking(body: bytes, accept: str, application: str) -> bytes:
    """With MSH-15 and MSH-16."""
    return body.replace(b"|T|2.5.1\r", f"|T|2.5.1|||{accept}|{application}\r".encode(), 1)


@pytest.mark.parametrize(
    ("mode", "accept", "application", "told"),
    [
        ("auto", "", "", ["AA"]),
        ("auto", "AL", "NE", ["CA"]),
        ("auto", "AL", "AL", ["CA", "AA"]),
        ("auto", "SU", "SU", ["CA", "AA"]),
        ("auto", "NE", "AL", ["AA"]),
        ("original", "AL", "AL", ["AA"]),
        ("enhanced", "", "", ["CA"]),
        ("enhanced", "AL", "ER", ["CA"]),
    ],
)
async def test_the_answer_is_in_the_mode_of_the_feed_and_of_the_message(tmp_path, mode, accept, application, told):
    async with plane_at(tmp_path, acknowledgement=mode) as plane:
        sender = await plane.connect()
        await sender.send(asking(adt(1), accept, application))
        answers = [await sender.answer() for _ in told]
        assert [code_of(answer) for answer in answers] == told
        assert all(b"|ACK^A08^ACK|" in answer and answer.split(b"\rMSA|")[1].split(b"|")[1].strip() == b"C1" for answer in answers)
        assert await sender.ask(adt(2)) == ("CA" if mode == "enhanced" else "AA")
        assert plane.metric("clearplane_mllp_messages_total", outcome="accepted") == 2
        assert plane.metric("clearplane_mllp_connections") == plane.metric("clearplane_mllp_connection_events_total", event="opened") == 1


@pytest.mark.parametrize(("accept", "mode"), [("NE", "auto"), ("ER", "auto"), ("", "none"), ("AL", "none")])
async def test_where_no_answer_is_asked_for_the_message_is_kept_all_the_same(tmp_path, accept, mode):
    async with plane_at(tmp_path, acknowledgement=mode) as plane:
        sender = await plane.connect()
        await sender.send(asking(adt(1), accept, "NE" if accept else ""))
        if mode == "none":
            await plane.counted("accepted")
        else:
            assert await sender.ask(adt(2)) == "AA"  # in order, so the first was dealt with
        assert (plane.metric("clearplane_received_files_total", outcome="accepted") or 0) >= 1


@pytest.mark.parametrize("value", ["XX", '""'])
async def test_a_sender_that_says_nothing_known_about_answers_gets_one(tmp_path, value):
    async with plane_at(tmp_path) as plane:
        sender = await plane.connect()
        assert await sender.ask(asking(adt(1), value, value)) == "AA"


@pytest.mark.parametrize(
    ("mode", "accept", "told"),
    [("auto", "", []), ("original", "", []), ("enhanced", "", []), ("auto", "ER", []), ("auto", "AL", ["CA"]), ("original", "AL", ["AA"])],
)
async def test_an_acknowledgement_is_kept_and_acknowledged_only_when_it_asks_for_it(tmp_path, mode, accept, told):
    async with plane_at(tmp_path, acknowledgement=mode) as plane:
        sender = await plane.connect()
        await sender.send(asking(ACK, accept, "AL"))
        await sender.send(adt(2))
        codes = [code_of(await sender.answer()) for _ in (*told, "of the message after it")]
        assert codes == [*told, "CA" if mode == "enhanced" else "AA"]
        assert plane.metric("clearplane_mllp_messages_total", outcome="accepted") == 2


async def test_what_is_no_message_is_kept_and_its_sender_told(tmp_path):
    async with plane_at(tmp_path) as plane:
        sender = await plane.connect()
        await sender.send(b"hello")
        answer = await sender.answer()
        assert (code_of(answer), answer.split(b"\rMSA|")[1]) == ("AE", b"AE||there is no MSH segment\r")
        assert plane.metric("clearplane_received_files_total", outcome="accepted") == 1


async def test_each_is_durable_when_it_is_acknowledged(tmp_path):
    async with plane_at(tmp_path) as plane:
        sender = await plane.connect()
        for number in range(3):
            assert await sender.ask(adt(number)) == "AA"
            _, end = await plane.gateway.log.offsets(TopicPartition("intake", 0))
            assert end >= number + 1


@pytest.mark.parametrize(("mode", "code"), [("original", "AR"), ("enhanced", "CR")])
async def test_what_cannot_be_kept_now_is_refused_and_taken_later(tmp_path, mode, code):
    async with plane_at(tmp_path, acknowledgement=mode) as plane:
        sender = await plane.connect()
        kept = plane.gateway.intake._log

        class Away:
            async def append(self, records):
                raise LogUnavailable("no log")

        plane.gateway.intake._log = Away()
        assert await sender.ask(adt(1)) == code
        plane.gateway.intake._log = kept
        plane.gateway.intake._messages.clear()
        assert await sender.ask(adt(1)) in ("AA", "CA")
        assert plane.metric("clearplane_mllp_messages_total", outcome="refused") == 1


async def test_on_refusal_the_connection_may_be_closed_instead(tmp_path):
    async with plane_at(tmp_path, on_refusal="close", message_bytes=2048) as plane:
        sender = await plane.connect()
        await sender.send(adt(1, text="X" * 5000))
        assert await sender.is_closed()


async def test_a_message_over_the_limit_is_refused_for_good(tmp_path):
    async with plane_at(tmp_path, message_bytes=2048) as plane:
        sender = await plane.connect()
        assert await sender.ask(adt(1, text="X" * 5000)) == "AE"
        assert plane.metric("clearplane_received_files_total", outcome="accepted") is None


async def test_a_large_message_goes_by_the_blob_store(tmp_path):
    async with plane_at(tmp_path) as plane:
        sender = await plane.connect()
        body = adt(1, text="X" * 10_000)
        assert await sender.ask(body) == "AA"
        assert sum(size == len(body) for _, size, _ in plane.gateway.blobs.list()) == 1


async def test_where_the_site_wants_it_a_message_is_checked_before_it_is_taken(tmp_path, caplog):
    async with plane_at(tmp_path, check=True) as plane:
        sender = await plane.connect()
        assert await sender.ask(adt(1)) == "AA"
        wrong = adt(2).replace(b"|C2|", b"||")
        await sender.send(wrong)
        answer = await sender.answer()
        assert code_of(answer) == "AE"
        assert b"\rERR||MSH^1^10|101" in answer
        assert "a message of feed river/adt was refused by its check: V2_" in caplog.text
        assert plane.metric("clearplane_mllp_bytes_total") == len(adt(1)) + len(wrong)
        assert time.time() - WAIT < (plane.metric("clearplane_mllp_last_message_timestamp_seconds") or 0) <= time.time()
        assert plane.metric("clearplane_received_files_total", outcome="accepted") == 1


async def test_half_a_frame_is_kept_and_no_message(tmp_path):
    async with plane_at(tmp_path) as plane:
        sender = await plane.connect()
        sender.writer.write(START + adt(1)[:60])
        await sender.writer.drain()
        sender.writer.close()
        await plane.counted("fragment")
        assert plane.metric("clearplane_mllp_messages_total", outcome="accepted") == 0


async def test_a_port_that_is_taken_is_said_and_nothing_is_left_listening(tmp_path):
    async with plane_at(tmp_path) as plane:
        [listener] = plane.service.listeners["river", "adt"]
        sources = (MllpSource(type="mllp", port=0), MllpSource(type="mllp", port=listener.port))
        config = Config(data_dir=tmp_path / "other", api=ApiSettings(port=0))
        async with Gateway(config, {"river": Site(id="river", feeds=(Feed(id="adt", sources=sources),))}, roles={"intake"}) as gateway:
            with pytest.raises(ServerError, match=f"feed adt of site river: cannot listen on 127.0.0.1 port {listener.port}"):
                await Service(gateway).__aenter__()
        assert await (await plane.connect()).ask(adt(1)) == "AA"
