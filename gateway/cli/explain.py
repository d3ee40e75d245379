"""Where the fields of an event came from: segment, element, component, byte range and the text itself, with the file, its site and time, and the map.

EVENT_ID is looked up in the gateway's log. With --file the event is one that `convert` printed for that file. FIELD is a JSON Pointer
into the event's data, zero-based, e.g. /lines/0/procedure or /identity/patient; left out, every field is shown.
"""

import argparse
import sys
from typing import Any

import orjson

from gateway.cli.main import UsageError
from gateway.cli.source import open_source
from gateway.cli.text import visible
from schemas.envelope import split_event_id


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", metavar="EVENT_ID", help="id of the event")
    parser.add_argument("field", nargs="?", metavar="FIELD", help="JSON Pointer of a field, or of an object with all that is in it")
    parser.add_argument("--file", metavar="FILE", help="explain what convert printed for this file")
    parser.add_argument("--site", metavar="ID", help="site given to convert (with --file; default: that of --profile, else local)")
    parser.add_argument("--feed", metavar="ID", help="feed given to convert (with --file; default: convert)")
    parser.add_argument("--profile", metavar="SITE.toml", help="site file given to convert as --profile (with --file)")
    parser.add_argument("--config", metavar="PATH", help="clearplane.toml (default: ./clearplane.toml or the defaults)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    try:
        split_event_id(arguments.event)
    except ValueError:
        raise UsageError("EVENT_ID is not an event id: {receipt}.{byte offset}.{type}") from None
    field = arguments.field
    if field is not None and not field.startswith("/"):
        field = f"/{field}"
    explained = _from_file(arguments, field) if arguments.file else _from_log(arguments, field)
    if arguments.json:
        sys.stdout.buffer.write(orjson.dumps(explained, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print(explained)
    return 0


def _from_file(arguments: argparse.Namespace, field: str | None) -> dict[str, Any]:
    from gateway.cli.profile import place_of as place_given
    from parsers.formats import convert, explain, map_name, program_of_hash
    from parsers.outputs import Event

    kind = split_event_id(arguments.event)[2]
    given = place_given(arguments.profile, arguments.site, arguments.feed)
    with open_source(arguments.file) as source:
        origin, settings = given.of(source.sha256), given.settings
        for output in convert(source.read_at, source.size, origin, settings):
            if isinstance(output, Event) and output.attributes["id"] == arguments.event:
                data: dict[str, Any] = orjson.loads(output.data)
                program = program_of_hash(data["provenance"]["map"], settings.hl7v2.profile)
                try:
                    traces = explain(program, source.read_at, source.size, kind, data, field)
                except KeyError:
                    raise UsageError(f"the event has no field {field} that comes from the file") from None
                file = {"site": origin.site, "feed": origin.feed, "name": source.name, "sha256": source.sha256, "size": source.size}
                return {
                    "event": arguments.event, "type": output.attributes["type"], "file": {**file, "receipt": origin.receipt},
                    "map": {"sha256": data["provenance"]["map"], "guide": map_name(program), "family": program.get("family", "x12")},
                    "fields": [trace.to_json() for trace in traces],
                }  # fmt: skip
    raise UsageError(f"{arguments.file} gives no event with this id (the id depends on --site and --feed)")


def _from_log(arguments: argparse.Namespace, field: str | None) -> dict[str, Any]:
    import asyncio

    from gateway.cli.store import open_store
    from gateway.explain import NoSuchFieldError, UnexplainableError, explain_stored

    async def look() -> dict[str, Any]:
        async with open_store(arguments.config) as store:
            record = await store.find_event(arguments.event)
            if record is None:
                raise UsageError("no such event in the log")
            try:
                found = await asyncio.to_thread(explain_stored, store.state, store.blobs, record, field)
            except NoSuchFieldError:
                raise UsageError(f"the event has no field {field} that comes from the file") from None
            except UnexplainableError as error:
                raise UsageError(str(error)) from None
            await store.audit("events.explain", arguments.event, 1)
            return found

    return asyncio.run(look())


def place_of(trace: dict[str, Any], hl7: bool) -> str:
    """`CLM05-1` of X12, `PID-5(2).1` of HL7 v2."""
    if not hl7:
        return f"{trace['tag']}{trace['element']:02d}" + (f"-{trace['component']}" if "component" in trace else "")
    repetition = trace.get("repetition", 1)
    parts = [str(trace[name]) for name in ("component", "subcomponent") if name in trace]
    return ".".join([f"{trace['tag']}-{trace['element']}" + (f"({repetition})" if repetition > 1 else ""), *parts])


def _print(explained: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    file, program = explained["file"], explained["map"]
    console.print(f"[bold]{explained['type']}[/]  {explained['event']}")
    console.print(f"file    {file['name'] or '(no name)'}, {file['size']} bytes, sha256 {file['sha256']}", markup=False)
    console.print(f"feed    {file['feed']} of site {file['site']}" + (f", received {file['received_at']}" if file.get("received_at") else ""))
    console.print(f"map     {program['guide']}, version {program['sha256'][:16]}")
    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("field", "value", "segment", "element", "bytes", "text"):
        table.add_column(name, overflow="fold", justify="right" if name == "segment" else "left")
    for trace in explained["fields"]:
        element = place_of(trace, program.get("family") == "hl7v2")
        shown = str(trace.get("segment", ""))
        value, sent = Text(visible(str(trace["value"]), "\n")), Text(visible(trace["text"]))
        table.add_row(Text(trace["field"]), value, shown, element, f"{trace['start']}-{trace['end']}", sent)
    console.print(table)
    if len(explained["fields"]) == 1:
        trace = explained["fields"][0]
        text, at = visible(trace["segment_text"]), trace.get("mark", trace["start"] - trace["segment_start"])
        end = at + len(trace["text"])
        marked = Text(f"\nsegment {trace.get('segment', '')} at byte {trace['segment_start']}:  ")
        marked.append(text[:at])
        marked.append(text[at:end], style="bold reverse")
        marked.append(text[end:])
        console.print(marked)
