"""Batches and files of messages (FHS, BHS, BTS, FTS): what belongs together, and whether the counts are right."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.hl7v2.message import finding
from schemas.envelope import Finding, Location


class Envelopes:
    """The envelope segments of one file, in order. `batch` is the number of the open batch, 0 outside of any."""

    def __init__(self) -> None:
        self.batch = self.batches = 0
        self.seen = False
        self.file: int | None = None
        self._start = 0
        self._messages = self._batches_in_file = self._messages_in_file = 0

    @property
    def open(self) -> bool:
        return self.batch > 0 or self.file is not None

    def message(self) -> None:
        self._messages += 1
        self._messages_in_file += 1

    def segment(self, kind: str, first: str, at: int) -> Iterator[Finding]:
        """An envelope segment at byte `at`, with the text of its first field: the count, in a trailer."""
        if not self.seen:
            self.seen = True
            yield finding("V2_BATCH", Location(tag=kind, offset=at))
        if kind == "BHS":
            yield from self._end_batch()
            self.batches += 1
            self._batches_in_file += 1
            self.batch, self._messages, self._start = self.batches, 0, at
        elif kind == "BTS":
            if not self.batch:
                yield finding("V2_BATCH_END", Location(tag="BTS", offset=at), place="BHS")
            elif _differs(first, (self._messages,)):
                yield finding("V2_BATCH_COUNT", Location(tag="BTS", element=1, offset=at), place="BTS-1")
            self.batch = 0
        elif kind == "FHS":
            yield from self.end()
            self.file, self._batches_in_file, self._messages_in_file = at, 0, 0
        else:
            yield from self._end_batch()
            if self.file is None:
                yield finding("V2_BATCH_END", Location(tag="FTS", offset=at), place="FHS")
            elif _differs(first, (self._batches_in_file,) if self._batches_in_file else (0, 1, self._messages_in_file)):
                yield finding("V2_BATCH_COUNT", Location(tag="FTS", element=1, offset=at), place="FTS-1")
            self.file = None

    def end(self) -> Iterator[Finding]:
        """The end of the file, or another FHS."""
        yield from self._end_batch()
        if self.file is not None:
            yield finding("V2_BATCH_END", Location(tag="FHS", offset=self.file), place="FTS")

    def _end_batch(self) -> Iterator[Finding]:
        if self.batch:
            yield finding("V2_BATCH_END", Location(tag="BHS", offset=self._start), place="BTS")
        self.batch = 0


def _differs(text: str, counted: tuple[int, ...]) -> bool:
    """A count is given and is none of these. What is no number is no count."""
    text = text.strip()
    return bool(text) and (not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) not in counted)
