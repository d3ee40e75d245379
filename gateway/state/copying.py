"""A whole State into another, empty one, with places on the log translated to those of the log it goes with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, select

from gateway.state.database import Database, StateError
from gateway.state.schema import metadata

ROWS_AT_ONCE = 1000
Place = tuple[str, int, int]
"""Topic, partition, offset."""
MapPlace = Callable[[str, int, int], Place | None]


class Maps(NamedTuple):
    """`record`: where a record is now, None when it was not copied. `following`: where reading on from an offset is now, None when nowhere.

    An offset to read on from may be one past the last record. `at`: when the records were appended to the log they are on now, ms since 1970;
    None when they kept their time.
    """

    record: MapPlace
    following: MapPlace
    at: int | None = None


def copy_rows(source: Database, target: Database, maps: Maps) -> dict[str, int]:
    """Rows by table, all of one snapshot and written in one transaction; in batches, however many. Raises StateError when the target has rows."""
    with source.read() as reader, target.write("copy") as writer:
        for table in metadata.sorted_tables:
            if writer.execute(select(table).limit(1)).first() is not None:
                raise StateError(f"the state to copy into is not empty: it has rows in {table.name}")
        return {table.name: _copy_table(reader, writer, table, maps) for table in metadata.sorted_tables}


def _copy_table(reader: Connection, writer: Connection, table: Table, maps: Maps) -> int:
    change = _CHANGES.get(table.name, _unchanged)
    copied = 0
    found = reader.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE)).mappings()
    for rows in found.partitions():
        changed = _changed(rows, change, maps)
        if changed:
            writer.execute(table.insert(), changed)
        copied += len(changed)
    return copied


Change = Callable[[RowMapping, Maps], Mapping[str, Any] | None]


def _changed(rows: Sequence[RowMapping], change: Change, maps: Maps) -> list[dict[str, Any]]:
    return [{**row, **values} for row in rows if (values := change(row, maps)) is not None]


def _unchanged(_row: RowMapping, _maps: Maps) -> Mapping[str, Any]:
    return {}


def _batch(row: RowMapping, maps: Maps) -> Mapping[str, Any] | None:
    """Of events that are on the log no more nothing is kept."""
    now = maps.following(row["topic"], row["part"], row["log_offset"])
    if now is None:
        return None
    moved = dict(zip(("topic", "part", "log_offset"), now, strict=True))
    return moved if maps.at is None else {**moved, "at": maps.at}


def _position(row: RowMapping, maps: Maps) -> Mapping[str, Any] | None:
    """Without one reading starts at the beginning."""
    now = maps.following(row["topic"], row["part"], row["next"])
    return None if now is None else dict(zip(("topic", "part", "next"), now, strict=True))


def _place(row: RowMapping, maps: Maps) -> Mapping[str, Any]:
    return {"place": _moved(row["place"], maps)}


def _delivery(row: RowMapping, maps: Maps) -> Mapping[str, Any]:
    return {"record": _moved(row["record"], maps)}


def _moved(place: str, maps: Maps) -> str:
    """Of a record that was not copied a place that no record will ever have: who points there still knows it."""
    match place.split("/"):
        case [topic, part, offset]:
            now = maps.record(topic, int(part), int(offset))
            return f"{place}/gone" if now is None else "/".join(map(str, now))
        case _:
            return place  # gone before, or of no record


_CHANGES: dict[str, Change] = {"event_batch": _batch, "position": _position, "arrival": _place, "interchange": _place, "delivery": _delivery}
