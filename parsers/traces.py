"""Where a field of an event came from, the same for every format."""

from __future__ import annotations

from typing import Any, NamedTuple


class Unexplainable(ValueError):
    """The bytes at hand are not those the event was made from."""


class Trace(NamedTuple):
    """One field: `field` is a JSON Pointer into the event's data; `start` and `end` are byte offsets of its text in the raw file.

    `mark` is the first character of the text in `segment_text`, where that is not the difference of the byte offsets.
    """

    field: str
    value: Any
    segment: int | None
    tag: str
    element: int
    component: int | None
    start: int
    end: int
    text: str
    segment_start: int
    segment_text: str
    repetition: int | None = None
    subcomponent: int | None = None
    mark: int | None = None

    def to_json(self) -> dict[str, Any]:
        """A null of the source is a value; other places that do not apply are left out."""
        return {name: value for name, value in self._asdict().items() if value is not None or name == "value"}


def below(traces: list[Trace], field: str | None) -> list[Trace]:
    """The traces of a field and of what is below it; all for None. Raises KeyError when there is none."""
    if field is None:
        return traces
    wanted = [trace for trace in traces if trace.field == field or trace.field.startswith(field.rstrip("/") + "/")]
    if not wanted:
        raise KeyError(field)
    return wanted
