"""A gateway on a folder, and files to send to it."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config import Config, LimitSettings, LogSettings
from gateway.pipeline.events import event_id_of
from gateway.pipeline.intake import Accepted
from gateway.runtime import Gateway
from gateway.seams import Record, TopicPartition
from gateway.sites import Feed, Site
from gateway.state import Receipt
from tests.fault.gateway_kill import interchange

EVENT_TOPICS = ("claims", "claims.test", "patients", "patients.test", "batches", "batches.test")
CHUNK = 4096


def remittance(number: int, claims: int, usage: str = "T") -> bytes:
    """An 835 of one set; each claim is paid 80 of 100."""
    segments = [
        f"ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *250101*1200*^*00501*{number:09d}*0*{usage}*:",
        f"GS*HP*PAYER*CLINIC*20250101*1200*{number}*X*005010X221A1",
        "ST*835*0001", f"BPR*I*{claims * 80}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20250103",
        f"TRN*1*TRACE{number}*1512345678", "DTM*405*20250102", "N1*PR*INVENTED PAYER", "N3*1 STREET", "N4*ANYTOWN*NY*10001",
        "PER*BL*DESK*TE*5550100000", "N1*PE*INVENTED CLINIC*XX*1234567893", "LX*1",
    ]  # fmt: skip
    for claim in range(claims):
        segments += [
            f"CLP*R{number:03d}{claim:06d}*1*100*80*20*12*PCN{claim}*11*1", "NM1*QC*1*SAMPLE*PERSON****MI*M1",
            "SVC*HC:99213*100*80**1", "DTM*472*20250101", "CAS*PR*1*20",
        ]  # fmt: skip
    segments += [f"SE*{len(segments) - 1}*0001", f"GE*1*{number}", f"IEA*1*{number:09d}"]
    return ("~".join(segments) + "~").encode()


def production(content: bytes) -> bytes:
    return content.replace(b"*0*T*:", b"*0*P*:")


def claim_offsets(content: bytes) -> list[int]:
    return [found.start() for found in re.finditer(rb"(?<=~)CL[MP]\*", content)]


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class World:
    """A gateway on a folder; `start` may be called again after `stop`."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        limits = LimitSettings(chunk_bytes=CHUNK, inline_bytes=2048, upload_bytes=1 << 20)
        self.clock = Clock()
        self.config = Config(**{"data_dir": folder / "data", "workers": 1, "limits": limits, "log": LogSettings(partitions=2), **settings})
        feeds = (Feed(id="claims"), Feed(id="strict", duplicate_control_number="quarantine"), Feed(id="loose", duplicate_control_number="ignore"))
        self.sites = {"river": Site(id="river", zone="America/New_York", feeds=feeds), "lake": Site(id="lake", usage="test", feeds=feeds)}

    async def start(self) -> Gateway:
        self.gateway = await Gateway(self.config, self.sites, self.clock).__aenter__()
        return self.gateway

    async def stop(self) -> None:
        await self.gateway.__aexit__(None, None, None)

    async def send(self, content: bytes, feed: str = "claims", site: str = "river") -> Accepted:
        return await self.gateway.intake.accept(site, feed, chunks(content), "name.x12")

    async def pass_through(self, content: bytes, feed: str = "claims", site: str = "river") -> Receipt:
        """Receipt of a file once everything is done."""
        accepted = await self.send(content, feed, site)
        await self.gateway.wait_idle()
        return self.gateway.state.receipts.get(accepted.receipt)

    async def records(self, *topics: str) -> list[Record]:
        """All of these topics, by default of those with events."""
        found: list[Record] = []
        for topic in topics or EVENT_TOPICS:
            for number in range(self.config.partitions(topic)):
                partition = TopicPartition(self.config.topic(topic), number)
                at = (await self.gateway.log.offsets(partition))[0]
                while more := await self.gateway.log.read(partition, at):
                    found += more
                    at = more[-1].offset + 1
        return found

    async def ids(self) -> Counter[str]:
        """How often each event is on the log."""
        return Counter(map(event_id_of, await self.records()))


FILES = {
    "one small set": interchange(1, range(3), 10),
    "one set of many chunks": interchange(2, range(200), 1000),
    "many small sets": interchange(3, range(100), 2),
    "a remittance of many chunks": remittance(4, 150),
    "a set refused whole, of many chunks": re.sub(rb"SE\*(\d+)\*0001", rb"SE*\1*0009", interchange(5, range(150), 1000)),
    "a refused set between good ones": interchange(6, range(90), 30).replace(b"*0002~GE", b"*0002~GE").replace(b"ST*837*0002", b"ST*837*0001"),
    "junk and items outside a set": b"CLM*X~" + interchange(7, range(5), 2) + b"CLM*Y*1~JUNK~",
    "nothing readable": b"hello, this is no interchange at all",
    "no bytes": b"",
    "unknown guide": interchange(8, range(40), 10).replace(b"005010X222A1", b"005010X999"),
}
