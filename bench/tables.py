"""The tables that the benchmark prints."""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from rich.table import Table

from bench.measure import Row
from bench.mllp import Served
from bench.planes import Delay, Flow
from bench.sets import Answering
from bench.transactions import Commits

PEERS = ("input", "contender", "job", "MB", "MB/CPU s", "claims/CPU s", "peak MB", "ours is", "wall s", "note")
SETS = ("set", "contender", "job", "MB", "MB/CPU s", "items/CPU s", "peak MB", "ours is", "note")
MESSAGES = ("set", "contender", "job", "MB", "MB/CPU s", "messages/CPU s", "peak MB", "ours is", "note")
ANSWERING = ("engine", "claims", "reading CPU s", "writing CPU s", "writing / reading", "written MB", "note")
FLOWS = ("input", "log", "workers", "claims", "wall s", "claims/s", "claims/CPU s", "servers CPU s", "note")
DELAYS = ("log", "workers", "claims/s", "sent", "p50 ms", "p99 ms", "worst ms", "CPU ms/file", "note")
SERVED = ("server", "job", "connections", "messages", "messages/s", "p50 ms", "p99 ms", "CPU us/message", "all processes", "note")
COMMITS = ("lanes", "events each", "client", "events/s", "CPU us/event", "p50 ms", "p99 ms", "peak MB", "note")
TEXT = {"input", "server", "set", "contender", "job", "log", "client", "engine", "note"}


def machine(load: float) -> str:
    return f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} at the start."


def peers(rows: Iterable[Row], load: float) -> Table:
    caption = (
        f"{machine(load)} MB = 10^6 bytes. Rates are slopes between the two sizes in one process, so start-up does not count; of StAEDI "
        "only the parsing thread counts. `ours is` = our rate / theirs."
    )
    return _table(PEERS, caption, rows, _peer, lambda row: (row.what, row.job == "memory"))


def sets(rows: Iterable[Row], load: float) -> Table:
    caption = (
        f"{machine(load)} Files of 100 claims, patients, members or answers a set; a 278 of one event; TA1 in interchanges of their own. "
        "Rates are slopes between the two sizes in one process. What cannot read its file says why."
    )
    return _table(SETS, caption, rows, lambda row: (*_peer(row)[:8], row.note), lambda row: row.what)


def messages(rows: Iterable[Row], load: float) -> Table:
    caption = (
        f"{machine(load)} Nine kinds of HL7 v2 messages of 1.7 KB, each of another patient. Ours are whole events with every check; the others "
        "parse and give six fields. Rates are slopes between the two sizes in one process; of HAPI only the calling thread counts."
    )
    return _table(MESSAGES, caption, rows, lambda row: (*_peer(row)[:8], row.note), lambda row: row.what)


def answering(rows: Iterable[Answering], load: float) -> Table:
    caption = f"{machine(load)} An 837P of 10 MB in one set: reading is bytes to events, writing is its TA1, 999 and 277CA."
    return _table(ANSWERING, caption, rows, _answering, lambda _: 0)


def flows(rows: Iterable[Flow], load: float) -> Table:
    caption = (
        f"{machine(load)} From the moment the files are in watched folders to the last committed event; broker, database and gateway share the "
        "cores. Kafka: one process takes in, each worker is a process with one reader; State on PostgreSQL, stored files in a shared folder, "
        "files from 16 MiB shared out. claims/CPU s is of the gateway's processes; servers: broker and database."
    )
    return _table(FLOWS, caption, rows, _flow, lambda row: row.what)


def delays(rows: Iterable[Delay], load: float) -> Table:
    caption = (
        f"{machine(load)} Uploads of ten claims at even intervals over HTTP to six feeds: from the start of an upload to each event in the hands of "
        "a reader, on Kafka a stock read_committed consumer."
    )
    return _table(DELAYS, caption, rows, _delay, lambda row: (row.log, row.workers))


def served(rows: Iterable[Served], load: float) -> Table:
    caption = (
        f"{machine(load)} Each connection sends a message of 1.7 KB, waits for its AA and sends the next; the senders share the cores. Ours is "
        "durable before it answers, and makes events meanwhile except where intake is alone; CPU is of the process that answers, and of all "
        "processes of the server (of the gateway: not of a broker or a database)."
    )
    return _table(SERVED, caption, rows, _served, lambda row: row.who)


def commits(rows: Iterable[Commits], load: float) -> Table:
    caption = (
        f"{machine(load)} One transaction: events, a record that says where they stand, and the lane's read position. "
        "confluent-kafka has a producer and a thread a lane."
    )
    return _table(COMMITS, caption, rows, _commit, lambda row: (row.lanes, row.size))


def _table(columns: Sequence[str], caption: str, rows: Iterable[Any], cells: Callable[[Any], Sequence[str]], section: Callable[[Any], Any]) -> Table:
    out = Table(caption=caption, caption_justify="left")
    for column in columns:
        out.add_column(column, justify="left" if column in TEXT else "right", overflow="fold")
    for _, group in groupby(rows, key=section):
        for row in group:
            out.add_row(*cells(row))
        out.add_section()
    return out


def _peer(row: Row) -> Sequence[str]:
    numbers = (
        _shown(row.rate, ".2f" if row.rate and row.rate < 10 else ".1f"),
        _shown(row.claims, ",.0f"),
        _shown(row.peak_mb, ".0f"),
        _shown(row.ratio, ".1f", "x"),
        _shown(row.wall, ".2f"),
    )
    return row.what, row.who, row.job, row.megabytes, *numbers, row.note


def _answering(row: Answering) -> Sequence[str]:
    seconds = (_shown(row.read, ".2f"), _shown(row.write, ".2f"), _shown(row.ratio, ".2f"), _shown(row.out_mb, ".1f"))
    return row.engine, _shown(row.claims, ",d"), *seconds, row.note


def _flow(row: Flow) -> Sequence[str]:
    rates = [_shown(row.claims / seconds if seconds else None, ",.0f") for seconds in (row.wall, row.cpu)]
    return row.what, row.log, str(row.workers), _shown(row.claims, ",d"), _shown(row.wall, ".1f"), *rates, _shown(row.beside or None, ".1f"), row.note


def _delay(row: Delay) -> Sequence[str]:
    return (
        row.log,
        str(row.workers),
        f"{row.rate:,}",
        _shown(row.sent, ",d"),
        *(_shown(ms, ",.0f") for ms in (row.p50, row.p99, row.worst)),
        _shown(row.cpu_ms, ".1f"),
        row.note,
    )


def _commit(row: Commits) -> Sequence[str]:
    numbers = (_shown(row.rate, ",.0f"), _shown(row.cpu_us, ".0f"), _shown(row.p50_ms, ".1f"), _shown(row.p99_ms, ".1f"), _shown(row.peak_mb, ".0f"))
    return str(row.lanes), str(row.size), row.who, *numbers, row.note


def _served(row: Served) -> Sequence[str]:
    rates = (_shown(row.rate, ",.0f"), _shown(row.p50, ".2f"), _shown(row.p99, ".1f"), _shown(row.answering, ".0f"), _shown(row.everything, ".0f"))
    return row.who, row.job, str(row.connections or ""), f"{row.messages:,}" if row.messages else "", *rates, row.note


def _shown(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"
