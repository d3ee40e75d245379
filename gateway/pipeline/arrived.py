"""Files as the normaliser takes them from `intake`: what is known of each, and where the bytes of those go that came without a blob."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.pipeline import formats
from gateway.pipeline.bundle import Kept
from gateway.pipeline.messages import Received
from gateway.pipeline.reading import FileSettings, fault_of
from gateway.pipeline.worker import Survey
from gateway.seams import Blobs, Record


class File(NamedTuple):
    """A received file with what is needed to decide about it."""

    record: Record
    received: Received
    settings: FileSettings

    @property
    def is_message(self) -> bool:
        """Whether it goes into a bundle: HL7 v2 that came with its record."""
        return self.settings.kind in (formats.HL7V2, formats.FRAGMENT) and self.received.body is not None


def look(files: Sequence[File]) -> list[Survey]:
    """Blocking: tens of microseconds each."""
    surveys = []
    for file in files:
        kind = file.settings.kind
        try:
            surveys.append(Survey(formats.format_named(kind).keys_of(file.received.body or b"", file.settings), kind=kind))
        except Exception as error:  # reading it will say so
            surveys.append(Survey([], fault=fault_of(error), kind=kind))
    return surveys


def pack(blobs: Blobs, messages: Sequence[File], held: Sequence[File]) -> dict[int, Kept]:
    """Where their bytes are, by offset on `intake`. Those that only their record has go into one blob; a held one gets its own. Blocking."""
    places, loose, size = dict[int, Kept](), list[tuple[int, int, bytes]](), 0
    for file in messages:
        body = file.received.body
        if file.received.stored or body is None:
            places[file.record.offset] = Kept(file.received.arrival.sha256, 0)
        else:
            loose.append((file.record.offset, size, body))
            size += len(body)
    if loose:
        blob = blobs.put(b"".join(body for _, _, body in loose))
        places |= {offset: Kept(blob, at) for offset, at, _ in loose}
    for file in held:
        if not file.received.stored and file.received.body is not None:
            blobs.put(file.received.body)
    return places
