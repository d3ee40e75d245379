"""`[[routes]]` of a site file: which messages or acknowledgements of a feed are handed on, in order, and to whom."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from gateway.config import is_loopback
from gateway.site_sources import Port, SftpAccess
from gateway.site_tls import PLAIN, ClientTls, rooted
from gateway.toml_file import Strict

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
_TYPE = re.compile(r"(\*|[A-Z0-9]{1,8}|(\*|[A-Z0-9]{1,8})\^[A-Z0-9]{1,8})\Z")


def _message_type(value: str) -> str:
    if not _TYPE.match(value):
        raise ValueError(f"{value!r} is no message type, as ADT, ADT^A08, *^A08 or *")
    return value


MessageType = Annotated[str, AfterValidator(_message_type)]
"""`*` all, `ADT` every ADT, `ADT^A08` or `*^A08` one trigger event (MSH-9, before version 2.3 also EVN-1)."""


class DirectorySink(Strict):
    """A folder; each message is a file of its own."""

    type: Literal["directory"]
    path: Path


class MllpSink(Strict):
    """A receiver of HL7 v2 over MLLP. `plain`: no TLS beyond loopback, because the network is private.

    `answer`: any is content with CA or AA; application waits for AA after a CA; none waits for nothing, because the receiver never answers: then a
    message counts as handed over once the system has it. `retry_on`: acknowledgement codes after which the same message is
    sent again; other negative ones park it. `answer_bytes`: longest answer. `release2`: the receiver sends commit blocks of MLLP release 2.
    """

    type: Literal["mllp"]
    host: str = Field(min_length=1)
    port: Port
    tls: ClientTls | None = None
    plain: bool = False
    answer: Literal["any", "application", "none"] = "any"
    retry_on: tuple[Literal["AE", "AR", "CE", "CR"], ...] = ()
    connect_seconds: float = Field(default=10.0, gt=0, le=600)
    answer_seconds: float = Field(default=30.0, gt=0, le=3600)
    answer_bytes: int = Field(default=1 << 20, ge=1 << 10, le=1 << 26)
    release2: bool = False

    @model_validator(mode="after")
    def _tls_beyond_loopback(self) -> "MllpSink":
        if self.tls is None and not self.plain and not is_loopback(self.host):
            raise ValueError(f"the receiver is not on loopback: {PLAIN}")
        return self


class SftpSink(SftpAccess):
    """A folder on an SFTP server; each message is a file of its own."""

    type: Literal["sftp"]
    path: str = Field(min_length=1)


RouteSink = Annotated[DirectorySink | MllpSink | SftpSink, Field(discriminator="type")]


class Route(Strict):
    """What of `feed` goes `to` one sink, in the order it came. `types` are of HL7 v2 messages; X12 files are not routed.

    `acknowledgements`: of HL7 v2 an AA for each message of these types, of X12 what `[feeds.answers]` has written.
    `refused`: a message that the receiver will not have is parked and the next one sent, or it waits and holds up those behind it.
    """

    id: Id
    feed: Id
    what: Literal["messages", "acknowledgements"] = "messages"
    types: tuple[MessageType, ...] = Field(default=("*",), max_length=200)
    to: RouteSink
    refused: Literal["park", "wait"] = "park"
    first_pause_seconds: float = Field(default=0.5, gt=0, le=3600)
    longest_pause_seconds: float = Field(default=60.0, gt=0, le=86_400)

    @model_validator(mode="after")
    def _fits(self) -> "Route":
        if not self.types:
            raise ValueError("types names no message type; leave it out for all")
        if self.first_pause_seconds > self.longest_pause_seconds:
            raise ValueError("first_pause_seconds is longer than longest_pause_seconds")
        return self

    def takes(self, message: str, trigger: str) -> bool:
        """Whether messages of this type and event go this way."""
        return not {"*", message, f"{message}^{trigger}", f"*^{trigger}"}.isdisjoint(self.types)


def rooted_route(route: Route, base: Path) -> Route:
    """The same with absolute paths."""
    to = route.to
    if isinstance(to, DirectorySink):
        to = rooted(to, base, "path")
    elif isinstance(to, SftpSink):
        to = rooted(to, base, "key", "known_hosts")
    elif to.tls is not None:
        to = to.model_copy(update={"tls": rooted(to.tls, base, "ca", "certificate", "key")})
    return route.model_copy(update={"to": to})


__all__ = ["DirectorySink", "MllpSink", "Route", "RouteSink", "SftpSink", "rooted_route"]
