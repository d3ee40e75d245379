"""275 transaction sets (005010X210): records that a claim announces (PWK) and that are sent beside it."""

from collections.abc import Iterator

from gateway.synth.claims import submitter
from gateway.synth.identity import day
from gateway.synth.model import Claim
from gateway.synth.segments import clinic, payer, person
from parsers.x12.writer import Segment


def body(reference: str, on: int, claim: Claim) -> Iterator[Segment]:
    """Everything between ST and SE: one document about one claim, which is named by the number that stands in its PWK06."""
    yield ["BGN", "02", reference, day(on), "1023"]
    yield payer("PR", claim.patient.first.payer)
    yield submitter(claim.site)
    yield clinic("1P", claim.clinic)
    yield person("QC", claim.patient.person, claim.patient.first.member_id)
    yield ["REF", "EJ", claim.control_number]
    yield ["REF", "EA", claim.patient.medical_record]
    yield ["DTP", "472", "D8", day(claim.day)]
    yield ["LX", "1"]
    yield ["TRN", "1", claim.attachment]
    yield ["DTP", "368", "D8", day(on)]
    yield ["CAT", "AE", "TX"]
    yield ["EFI", "05", "", "", "", "", "", "", "", "", "", f"{claim.attachment}.TXT"]
    data = _document(claim)
    yield ["BIN", str(len(data)), data]


def _document(claim: Claim) -> bytes:
    """A note, with the characters that separate segments and elements in it."""
    diagnoses = "\n".join(f"* {code} ~ confirmed" for code in claim.diagnoses)
    return f"PROGRESS NOTE {claim.attachment}\nSERVICE {day(claim.day)}\n{diagnoses}\nEND OF NOTE".encode("ascii")
