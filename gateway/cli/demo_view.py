"""What the demo prints: the life of one claim, one event whole, fields down to their bytes, what senders were told, and what to try next."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.api.reader import EventFilter, EventReader, checked_positions, event_lanes
from gateway.cli.demo_life import copay_of, is_decided, life_of_one_claim
from gateway.cli.demo_rows import LINKED, ORDER, Event, kind_of, number_of, outcome_of, row_of, said
from gateway.cli.explain import place_of
from gateway.explain import explain_stored
from gateway.log.once import once
from gateway.runtime import Gateway
from gateway.synth import Summary

_NOT_SHOWN = frozenset({"specversion", "datacontenttype", "dataschema", "partitionkey", "data"})
_DATA_LINES = 9
_COLOURS = {
    "enrollment": "blue",
    "premium": "blue",
    "eligibility": "yellow",
    "authorization": "magenta",
    "claim": "cyan",
    "attachment": "cyan",
    "remittance": "green",
    **dict.fromkeys(("appointment", "encounter", "patient", "account"), "bright_blue"),
    **dict.fromkeys(("order", "medication", "result", "immunization", "document", "charge"), "bright_cyan"),
}
_MARKED = {
    "IK3": "segment {1}, number {2} of the set, in loop {3}",
    "CTX": "the claim it is in",
    "IK4": "its element {1} is no valid date (code {3}), and what stands there",
    "IK5": "the set is accepted with errors",
    "AK9": "and so is its group",
}
"""What the segments of the 999 for the broken file say, with their elements by number."""


class View:
    def __init__(self) -> None:
        self.console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)

    def started(self, url: str, inbox: Path, ports: dict[str, int], files: int, summary: Summary) -> None:
        listening = ", ".join(f"{port} ({site})" for site, port in sorted(ports.items()))
        self.console.print(f"[bold]Clearplane is up[/] at {url}, watching {_short(inbox)}/<site>/<feed>")
        self.console.print(f"It listens for HL7 v2 over MLLP on 127.0.0.1, ports {listening}")
        self.console.print(
            f"Sending {files} invented X12 files, one of them broken: members, questions and answers, {summary.submitted} claims, "
            f"{summary.remittances} remittances; and {summary.messages} HL7 v2 messages ...\n"
        )

    async def show(self, gateway: Gateway) -> None:
        """What there is of each kind, the life of one claim, and where what was promised and decided for it stands in the files."""
        events = await _latest(gateway)
        life = life_of_one_claim(events)
        self._counts(events)
        self._life(life, events)
        covered = next((event for event in life if copay_of(event) is not None), None)
        decided = next((event for event in life if is_decided(event)), None) or next((event for event in events if is_decided(event)), None)
        if covered is not None:
            self._whole(covered)
            await self._explain(gateway, covered, f"/benefits/{copay_of(covered)}/amount", "a benefit of a 271")
        if decided is not None:
            await self._explain(gateway, decided, "/decision/review_number", "a decision of a 278")
        charged = next((event for event in life if kind_of(event) == "charge.posted"), None)
        if charged is not None:
            await self._explain(gateway, charged, "/charge/amount", "a charge of a DFT, HL7 v2")

    def answered(self, outbox: Path, broken: Path, group: int) -> None:
        """How many acknowledgements of each kind were written to the senders, and the 999 for the group of the broken file."""
        found = sorted(outbox.rglob("*.x12"))
        answers = (path.read_text("latin-1") for path in found if ".999." in path.name)
        about = next((text for text in answers if f"AK1*HC*{group}*" in text), None)
        if about is not None:
            self._refused(about, broken.read_text("latin-1"))
        kinds = Counter(path.suffixes[-2].strip(".").upper() for path in found)
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        self.console.print(f"\nThe senders were answered: {listed} in {_short(outbox)}/<site>/<feed>")

    def acknowledged(self, answers: Counter[str], last: dict[str, tuple[bytes, bytes]]) -> None:
        """Of HL7 v2 over MLLP: what came back for all messages, and the head and the acknowledgement of the last one of a site."""
        codes = ", ".join(f"{count} {code}" for code, count in answers.most_common())
        site = max(last, default="")
        self.console.print(f"HL7 v2 was answered: {codes}, each when its message was safe. The last one of {site}:")
        for mark, content, tag in zip("><", last.get(site, ()), (b"MSH", b"MSA"), strict=False):
            segment = next((one for one in content.split(b"\r") if one.startswith(tag)), b"")
            self.console.print(f"  {mark} {segment.decode('utf-8', 'replace')}", markup=False)

    def next_steps(self, url: str, token: str, settings: Path, once: bool) -> None:
        self.console.print("\nLook around in what it has left:")
        for line in ("receipts list --worst error", "receipts list --site riverside --limit 10", "events --usage test"):
            self.console.print(f"  {_short(Path(sys.argv[0]).absolute())} {line} --config {_short(settings)}", soft_wrap=True, markup=False)
        if once:
            return
        self.console.print(f"\nAPI   {url}   (documentation: {url}/docs)")
        self.console.print(f"Key   {token}   (valid until this demo stops)\n")
        self.console.print("Try, in another terminal:")
        for line in (
            f"curl -H 'Authorization: Bearer {token}' '{url}/v1/events?usage=test&limit=3'",
            f"curl -N -H 'Authorization: Bearer {token}' -H 'Accept: text/event-stream' '{url}/v1/events?usage=test'",
            f"curl -H 'Authorization: Bearer {token}' --data-binary @FILE '{url}/v1/intake/riverside/claims'",
        ):
            self.console.print(f"  {line}", soft_wrap=True, markup=False)
        self.console.print("\nCtrl-C stops it.")

    def _life(self, life: list[Event], events: list[Event]) -> None:
        """`linked by`: what is equal in this one and in what it answers."""
        links = {event["data"]["answer"]: event["data"] for event in events if kind_of(event) == LINKED and "part" not in event["data"]}
        table = _table("The life of one claim", (("day", 10), ("event", 23), ("number", 12), ("what it says", 0), ("linked by", 0)))
        for event in life:
            link = links.get(event["id"])
            by = link["on"][0] if link else ""
            table.add_row(event.get("time", "")[:10], _coloured(kind_of(event)), number_of(event), said(event)[:66], by)
        self.console.print(table)
        self.console.print()

    def _counts(self, events: list[Event]) -> None:
        """Events by kind, and what they came to."""
        kinds: dict[str, list[Event]] = {}
        for event in events:
            kinds.setdefault(row_of(event), []).append(event)
        table = _table(f"{len(events)} events", (("event", 23), ("count", 5), ("outcome", 0)))
        for kind in sorted(kinds, key=lambda kind: min(_rank(event) for event in kinds[kind])):
            outcomes = Counter(outcome for event in kinds[kind] if (outcome := outcome_of(event)))
            listed = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
            table.add_row(_coloured(kind), str(len(kinds[kind])), listed[:100])
        self.console.print(table)
        self.console.print()

    def _whole(self, event: Event) -> None:
        """The attributes that name it, and the first of its data, each cut to the width."""
        width = self.console.width - 6
        lines = [f"{name}: {value}" for name, value in event.items() if name not in _NOT_SHOWN]
        data = list(event["data"].items())
        lines += ["data:", *(f"  {name}: {_compact(value)}" for name, value in data[:_DATA_LINES])]
        lines += [f"  ... {len(data) - _DATA_LINES} more"] if len(data) > _DATA_LINES else []
        text = "\n".join(line if len(line) <= width else line[: width - 4] + " ..." for line in lines)
        self.console.print(Panel(Text(text), title="one event", title_align="left", border_style="dim"))

    async def _explain(self, gateway: Gateway, event: Event, field: str, what: str) -> None:
        record = await gateway.find_event(event["id"])
        if record is None:
            return
        found = await asyncio.to_thread(explain_stored, gateway.state, gateway.blobs, record, field)
        trace, file = found["fields"][0], found["file"]
        at, end = trace["start"] - trace["segment_start"], trace["end"] - trace["segment_start"]
        what_file = f"file {file['name']}" if file["name"] else "message"
        text = Text(f"{field} = {trace['value']}\n")
        text.append(f"{what_file} of {file['site']}/{file['feed']}, bytes {trace['start']} to {trace['end']}, ")
        text.append(f"segment {trace['segment']}, {place_of(trace, 'message' in event['data'])}:\n  ")
        text.append(trace["segment_text"][:at])
        text.append(trace["segment_text"][at:end], style="bold reverse")
        text.append(trace["segment_text"][end:])
        self.console.print(Panel(text, title=f"where one field comes from: {what}", title_align="left", border_style="dim"))

    def _refused(self, answer: str, sent: str) -> None:
        """The lines of the 999 that name what is wrong, and the segment they name, in the file that was sent."""
        text, segments = Text(), [line.strip().split("*") for line in answer.split("~")]
        for segment in segments:
            meaning = _MARKED.get(segment[0])
            if meaning is not None:
                text.append("*".join(segment).ljust(34), style="bold" if segment[0] == "IK4" else "")
                text.append(meaning.format(*segment, "", "", "") + "\n", style="dim")
        named = next((segment for segment in segments if segment[0] == "IK3"), None)
        element = next((int(segment[1].split(":")[0]) for segment in segments if segment[0] == "IK4"), 0)
        if named is not None and element:
            parts = sent[sent.index("ST*") :].split("~")[int(named[2]) - 1].strip().split("*")
            text.append("sent: " + "*".join(parts[:element]) + "*")
            text.append(parts[element], style="bold reverse")
            text.append("".join(f"*{part}" for part in parts[element + 1 :]))
            self.console.print(Panel(text, title="what the sender of a broken file is told (999)", title_align="left", border_style="dim"))


async def _latest(gateway: Gateway) -> list[Event]:
    """Every test event on the log, oldest first."""
    partitions = await event_lanes(gateway.log, gateway.config, "test")
    positions = await checked_positions(gateway.log, partitions, {}, None, False)
    reader = EventReader(once(gateway.log, gateway.config.log.repeat_window), positions)
    events: list[Event] = []
    while True:
        page = await reader.page(EventFilter(), 500, 5000)
        events += [orjson.loads(found.json) for found in page.events]
        if page.at_end:
            return events


def _table(title: str, columns: tuple[tuple[str, int], ...]) -> Table:
    """With columns of these names and least widths."""
    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0), title=title, title_justify="left", title_style="bold")
    for name, width in columns:
        table.add_column(name, justify="right" if name == "count" else "left", no_wrap=True, min_width=width or None)
    return table


def _coloured(kind: str) -> str:
    return f"[{_COLOURS.get(kind.split('.')[0], 'white')}]{kind}[/]"


def _rank(event: Event) -> int:
    kind = kind_of(event)
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode().replace('"', "").replace(",", ", ").replace(":", ": ")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
