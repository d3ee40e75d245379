"""What the demo prints: the stream of events as a table, one event whole, one field down to its bytes, and what to try next."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.api.reader import EventFilter, EventReader, checked_positions, event_lanes
from gateway.explain import explain_stored
from gateway.log.once import once
from gateway.runtime import Gateway
from gateway.synth import Summary
from schemas.envelope import EVENT_TYPE_PREFIX

_FIELD = "/lines/0/procedure/code"


class View:
    def __init__(self) -> None:
        self.console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)

    def started(self, url: str, inbox: Path, summary: Summary) -> None:
        self.console.print(f"[bold]Clearplane is up[/] at {url}, watching {_short(inbox)}/<site>/<feed>")
        self.console.print(f"Sending {summary.files} invented files: {summary.submitted} claims and {summary.remittances} remittances ...\n")

    async def show(self, gateway: Gateway, most: int) -> None:
        """The latest events, the whole of one claim and the origin of one of its fields."""
        events = await _latest(gateway)
        self._table(events, most)
        claim = next((event for event in reversed(events) if _has_field(event)), None)
        if claim is not None:
            self._whole(claim)
            await self._explain(gateway, claim)

    def next_steps(self, url: str, token: str, data_dir: Path, once: bool) -> None:
        self.console.print(f"\nAPI   {url}   (documentation: {url}/docs)")
        if once:
            return
        self.console.print(f"Key   {token}   (valid until this demo stops)\n")
        self.console.print("Try, in another terminal:")
        for line in (
            f"curl -H 'Authorization: Bearer {token}' '{url}/v1/events?usage=test&limit=3'",
            f"curl -N -H 'Authorization: Bearer {token}' -H 'Accept: text/event-stream' '{url}/v1/events?usage=test'",
            f"curl -H 'Authorization: Bearer {token}' --data-binary @FILE '{url}/v1/intake/riverside/claims'",
        ):
            self.console.print(f"  {line}", soft_wrap=True, markup=False)
        self.console.print("\nCtrl-C stops it.")

    def _table(self, events: list[dict[str, Any]], most: int) -> None:
        table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in ("event", "site", "control number", "amount", "what it says"):
            table.add_column(name, justify="right" if name == "amount" else "left", no_wrap=True)
        kinds: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            kinds.setdefault(_kind(event), []).append(event)
        for kind in sorted(kinds, reverse=True):
            for event in kinds[kind][:most]:
                table.add_row(*_row(event))
        self.console.print(table)
        counted = ", ".join(f"{len(found)} {kind}" for kind, found in sorted(kinds.items()))
        self.console.print(f"[dim]the first {most} of each kind; {len(events)} events in all: {counted}[/]\n")

    def _whole(self, event: dict[str, Any]) -> None:
        """Envelope and data, a line a field, each cut to the width."""
        width = self.console.width - 6
        lines = [f"{name}: {value}" for name, value in event.items() if name != "data"]
        lines.append("data:")
        lines += [f"  {name}: {_compact(value)}" for name, value in event["data"].items()]
        text = "\n".join(line if len(line) <= width else line[: width - 4] + " ..." for line in lines)
        self.console.print(Panel(Text(text), title="one event", title_align="left", border_style="dim"))

    async def _explain(self, gateway: Gateway, event: dict[str, Any]) -> None:
        record = await gateway.find_event(event["id"])
        if record is None:
            return
        found = await asyncio.to_thread(explain_stored, gateway.state, gateway.blobs, record, _FIELD)
        trace, file = found["fields"][0], found["file"]
        at, end = trace["start"] - trace["segment_start"], trace["end"] - trace["segment_start"]
        text = Text(f"{_FIELD} = {trace['value']}\n")
        text.append(f"file {file['name']} of {file['site']}/{file['feed']}, bytes {trace['start']} to {trace['end']}, ")
        text.append(f"segment {trace['segment']}, {trace['tag']}{trace['element']:02d}-{trace.get('component', 1)}:\n  ")
        text.append(trace["segment_text"][:at])
        text.append(trace["segment_text"][at:end], style="bold reverse")
        text.append(trace["segment_text"][end:])
        self.console.print(Panel(text, title="where one field comes from", title_align="left", border_style="dim"))


async def _latest(gateway: Gateway) -> list[dict[str, Any]]:
    """Every test event on the log, oldest first."""
    partitions = await event_lanes(gateway.log, gateway.config, "test")
    positions = await checked_positions(gateway.log, partitions, {}, None, False)
    reader = EventReader(once(gateway.log, gateway.config.log.repeat_window), positions)
    events: list[dict[str, Any]] = []
    while True:
        page = await reader.page(EventFilter(), 500, 5000)
        events += [orjson.loads(found.json) for found in page.events]
        if page.at_end:
            return events


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode().replace('"', "").replace(",", ", ").replace(":", ": ")


def _has_field(event: dict[str, Any]) -> bool:
    """Whether it is a claim whose first line has the field that is explained; hospital lines may have a revenue code alone."""
    lines = event["data"].get("lines")
    return _kind(event) == "claim.submitted" and bool(lines) and "code" in lines[0].get("procedure", {})


def _kind(event: dict[str, Any]) -> str:
    return str(event["type"]).removeprefix(EVENT_TYPE_PREFIX).rpartition(".")[0]


def _row(event: dict[str, Any]) -> tuple[str, str, str, str, str]:
    data, kind, site = event["data"], _kind(event), event["source"].split("/")[2]
    if kind == "claim.submitted":
        codes = ", ".join(line.get("procedure", {}).get("code") or line.get("revenue_code", "") for line in data.get("lines", [])[:4])
        return f"[cyan]{kind}[/]", site, data["patient_control_number"], data.get("total_charge", ""), f"{len(data.get('lines', []))} lines: {codes}"
    if kind == "claim.adjudicated":
        adjustments = [*data.get("adjustments", []), *(a for line in data.get("lines", []) for a in line.get("adjustments", []))]
        reasons = ", ".join(dict.fromkeys(f"{a.get('group', '')}-{a.get('reason', '')}" for a in adjustments))
        said = "reversal" if data.get("reversal") else f"paid of {data.get('total_charge', '')}"
        return f"[green]{kind}[/]", site, data["patient_control_number"], data.get("paid_amount", ""), f"{said}; {reasons}"[:60]
    payment = data.get("payment", {})
    return f"[magenta]{kind}[/]", site, payment.get("trace_number", ""), payment.get("amount", ""), f"{data.get('claims', {}).get('count', 0)} claims"


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
