"""`[[tests]]` of a site file: an input, and what its events and findings must be. `clearplane check` runs them."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from gateway.toml_faults import nearest
from gateway.toml_file import Strict
from schemas.codes.findings import FINDINGS
from schemas.events import event_kinds

Pointer = Annotated[str, Field(pattern=r"^(/([^~/]|~[01])+)+$", max_length=300)]
"""JSON Pointer into the data of an event."""


class Expected(Strict):
    """An event: its kind, some of its fields, and fields that must not be there. Its number among those of its kind is that among the rows."""

    type: str
    fields: dict[Pointer, Any] = Field(default_factory=dict)
    absent: tuple[Pointer, ...] = ()

    @field_validator("type")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if value not in event_kinds():
            raise ValueError(f"no event kind {value!r}{nearest(value, event_kinds())}")
        return value


class ExpectedFinding(Strict):
    """`times`: how many; 0 says that there is none."""

    code: str
    times: int | None = Field(default=None, ge=0)

    @field_validator("code")
    @classmethod
    def _known_code(cls, value: str) -> str:
        if value not in FINDINGS and not value.startswith("SITE_"):
            raise ValueError(f"no such finding code {value!r}{nearest(value, FINDINGS)}")
        return value


class SiteTest(Strict):
    """`input` counts from the folder of the site file. `only_events`: no other events come of it; `only_findings`: no others above info."""

    name: str = Field(min_length=1, max_length=200)
    feed: str
    input: Path
    events: tuple[Expected, ...] = ()
    findings: tuple[ExpectedFinding, ...] = ()
    only_events: bool = False
    only_findings: bool = False

    @model_validator(mode="after")
    def _asks_something(self) -> "SiteTest":
        if not (self.events or self.findings or self.only_events or self.only_findings):
            raise ValueError("asks for nothing: it needs events, findings, only_events or only_findings")
        return self


__all__ = ["Expected", "ExpectedFinding", "SiteTest"]
