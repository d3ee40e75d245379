"""Messages of an MLLP listener into intake, and what their sender is told: nothing is accepted before it is safe."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from functools import lru_cache

from connectors.source import OverLimitError
from connectors.sources.mllp import Answer, Connection, CutError
from gateway.api.guard import where
from gateway.pipeline.formats import FRAGMENT_TYPE, hl7v2
from gateway.pipeline.intake import TooLargeError, UnknownFeedError
from gateway.pipeline.reading import FileSettings
from gateway.pipeline.refusal import NotNowError
from gateway.runtime import Gateway
from gateway.seams import BlobError, LogError
from gateway.sites import MllpSource
from gateway.state import StateError
from parsers.hl7v2.acknowledgement import Code, Error, Head, head, reply
from parsers.hl7v2.message import read
from schemas.codes.acknowledgement import error_code
from schemas.envelope import Finding

_logger = logging.getLogger("clearplane.mllp")
CONTROL_ID_LENGTH = 20
"""What MSH-10 may have in every version."""
_SEVERITIES = {"error": "E", "warning": "W", "info": "I"}
_ENHANCED: dict[Code, Code] = {"AA": "CA", "AE": "CE", "AR": "CR"}
_ASKED = {"AL": ("AA", "AE", "AR"), "SU": ("AA",), "ER": ("AE", "AR"), "NE": ()}
"""MSH-15 and MSH-16 by HL7 table 0155: always, when it is taken, when it is not, never."""


class RefusedByCheckError(Exception):
    """The feed is checked before it is answered, and a finding is an error."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("the message does not pass the check of the site")
        self.findings = findings


class MllpInlet:
    """Implements connectors.sources.mllp.Receiver for one listener of a feed. `settings` are how its messages are checked, if they are."""

    def __init__(self, gateway: Gateway, site: str, feed: str, source: MllpSource, settings: FileSettings) -> None:
        self._gateway, self._site, self._feed, self._source, self._settings = gateway, site, feed, source, settings
        counter = gateway.metrics.mllp_messages
        self._counters = {outcome: counter.labels(site, feed, outcome) for outcome in ("accepted", "refused", "fragment")}

    async def handle(self, message: bytes, connection: Connection) -> Answer:
        """Raises what intake raises, and RefusedByCheckError."""
        if self._source.check:
            findings = await asyncio.to_thread(hl7v2.refusal, message, self._settings, self._site, self._feed)
            if findings:
                raise RefusedByCheckError(findings)
        accepted = await self._gateway.intake.accept_message(self._site, self._feed, message)
        self._counters["accepted"].inc()
        now, number, found = _second(int(time.time())), accepted.receipt[:CONTROL_ID_LENGTH].upper(), head(message)
        text = "" if found is not None else "there is no MSH segment"  # kept all the same, so that somebody can look at it
        answers = self._answers(found, "AE" if text else "AA")
        return tuple([reply(found, each, text, now=now, control_id=number) for each in answers])

    def refuse(self, message: bytes, error: Exception) -> Answer:
        self._counters["refused"].inc()
        if isinstance(error, CutError) or self._source.on_refusal == "close":
            return None
        code, text = _said(error)
        if code == "AR" and not isinstance(error, LogError | BlobError | StateError | UnknownFeedError):
            _logger.error("a message of feed %s/%s was not taken: %s", self._site, self._feed, where(error))
        if isinstance(error, RefusedByCheckError):
            codes = ", ".join(sorted({found.code for found in error.findings}))
            _logger.warning("a message of feed %s/%s was refused by its check: %s", self._site, self._feed, codes)
        errors = _errors(message, error.findings) if isinstance(error, RefusedByCheckError) else []
        now, found = datetime.now(UTC), head(message)
        number = f"{now:%y%m%d%H%M%S%f}"
        answers = [reply(found, each, text, errors, now=now, control_id=number) for each in self._answers(found, code)]
        return tuple(answers) or None  # a sender that hears nothing learns it from the end of its connection

    async def fragment(self, data: bytes, fault: str, connection: Connection) -> None:
        """Kept like a message, and read as what it is: nothing."""
        self._counters["fragment"].inc()
        if data.strip():
            await self._gateway.intake.accept_message(self._site, self._feed, data, fault, FRAGMENT_TYPE)

    def _answers(self, found: Head | None, code: Code) -> list[Code]:
        """What is sent, in order. In enhanced mode the first says that the message is safe (CA), the second that it was taken (AA)."""
        mode = self._source.acknowledgement
        if mode == "none":
            return []
        if found is not None and found.acknowledges:
            return [code if mode == "original" else _ENHANCED[code]] if code in _ASKED[_asked(found, 15) or "NE"] else []
        if mode == "original":
            return [code]
        accept, application = (_asked(found, 15), _asked(found, 16)) if found is not None else ("", "")
        if mode == "auto" and not accept and not application:
            return [code]
        answers: list[Code] = []
        if code in _ASKED[accept or ("AL" if mode == "enhanced" else "NE")]:
            answers.append(_ENHANCED[code])
        if code in _ASKED[application or "NE"]:
            answers.append(code)
        return answers


@lru_cache(maxsize=2)
def _second(seconds: int) -> datetime:
    """Answers say no more than the second."""
    return datetime.fromtimestamp(seconds, UTC)


def _asked(found: Head, number: int) -> str:
    """MSH-15 or MSH-16; empty where it says nothing that the table has, `""` among it: who means nothing by it waits for an answer as others do."""
    value = found.text(number).upper()
    return value if value in _ASKED else ""


def _said(error: Exception) -> tuple[Code, str]:
    """AE: the sender has to mend it. AR: it may send the same again later, or somewhere else."""
    if isinstance(error, RefusedByCheckError):
        return "AE", str(error)
    if isinstance(error, OverLimitError | TooLargeError):
        return "AE", "the message is larger than the limit"
    if isinstance(error, UnknownFeedError):
        return "AR", "there is no such feed any more"
    if isinstance(error, NotNowError):
        return "AR", str(error)
    return "AR", "the message could not be kept; send it again later"


def _errors(message: bytes, findings: list[Finding]) -> list[Error]:
    """An ERR for each. The place counts segments of one name, a finding those of the message."""
    tags = [segment.tag for segment in read(message).segments]
    errors = []
    for found in findings:
        at = found.location
        sequence = tags[: at.segment or 0].count(at.tag or "") or 1
        place = at.tag or "", sequence, at.element or 0, at.repetition or 0, at.component or 0
        errors.append(Error(*place, error_code(found.code), _SEVERITIES[found.severity], found.text))
    return errors


__all__ = ["MllpInlet", "RefusedByCheckError"]
