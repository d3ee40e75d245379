"""What a site file says about the acknowledgements of a feed."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gateway.toml_file import Strict

PartnerId = Annotated[str, Field(pattern=r"^[A-Z0-9]{2}:[A-Za-z0-9 .,()/+&'#-]{1,15}$")]
"""Qualifier and id of an interchange: `ZZ:CLINIC`."""
GroupId = Annotated[str, Field(pattern=r"^[A-Za-z0-9 .,()/+&'#-]{2,15}$")]
SourceId = Annotated[str, Field(pattern=r"^(46|FI|PI|XV):[A-Za-z0-9 .,()/+&'#-]{1,80}$")]


class DirectorySink(Strict):
    """A folder into which each acknowledgement is put as a file of its own."""

    type: Literal["directory"]
    path: Path


class HttpSink(Strict):
    """Given by /v1/receipts/{receipt}/acknowledgements."""

    type: Literal["http"]


AnswerSink = Annotated[DirectorySink | HttpSink, Field(discriminator="type")]


class AnswerSettings(Strict):
    """Which acknowledgements a feed's files get, when, and where they go. They are on the topic `outbound` in any case.

    `ta1` asked: when ISA14 is 1; errors: also when something is wrong with the interchange; `ta1_place` front: before the groups of the 999.
    `when` errors: only files with an error or a refusal get a 999, 997 or 277CA. Ids that are None: those of the received envelope, turned round.
    `source` and `source_name` are the information source of a 277CA; `accepted` is the category of accepted claims. `delimiters`: of element,
    component, repetition and segment.
    """

    ta1: Literal["never", "asked", "errors", "always"] = "asked"
    ta1_place: Literal["apart", "front"] = "apart"
    functional: Literal["999", "997", "none"] = "999"
    claims: Literal["277CA", "none"] = "none"
    when: Literal["always", "errors"] = "always"
    accepted: Literal["A1", "A2"] = "A2"
    sender: PartnerId | None = None
    receiver: PartnerId | None = None
    application_sender: GroupId | None = None
    application_receiver: GroupId | None = None
    source: SourceId | None = None
    source_name: str = Field(default="", max_length=60, pattern=r"^[A-Za-z0-9 .,()/+&'#-]*$")
    delimiters: str = Field(default="*:^~", pattern=r"^[^A-Za-z0-9 .,()/+&'#\x00-\x08\x0e-\x1b-]{4}$")
    line_breaks: Literal["none", "lf", "crlf"] = "none"
    sinks: tuple[AnswerSink, ...] = (HttpSink(type="http"),)

    @model_validator(mode="after")
    def _delimiters_differ(self) -> "AnswerSettings":
        if len(set(self.delimiters)) != len(self.delimiters):
            raise ValueError("the four delimiters must differ")
        return self

    @property
    def by_http(self) -> bool:
        return any(isinstance(sink, HttpSink) for sink in self.sinks)
