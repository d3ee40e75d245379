"""X12 files again, under another partner's delimiters, line breaks, character set and envelope; the content stays.

The profile is a TOML file with the keys below. What it leaves out stays as the file has it, so without a profile the same bytes come out. A value
that cannot be written so is a finding with its place, and then nothing is written.

    delimiters = { element = "*", component = ":", repetition = "^", terminator = "~" }
    newline = "lf"               # lf, crlf, none
    charset = "basic"            # basic, extended (the X12 sets), latin-1, utf-8
    trim = true                  # leave out empty elements at the end of segments
    choose = true                # take another delimiter where the data hold one of these
    sender_qualifier = "ZZ"      # also: sender, receiver_qualifier, receiver (ISA05 to ISA08)
    application_sender = "APP"   # also: application_receiver (GS02, GS03)
    usage = "T"                  # ISA15; also: acknowledgment (ISA14)
    interchange = 1              # first control number; also: group, set
    versions = { "005010X222A1" = "005010X222A2" }

Exit code 0: written; 1: something stands against it; 2: no interchange in the file.
"""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal

import orjson
from pydantic import Field

from gateway.cli.main import EXIT_FINDINGS, EXIT_OK, EXIT_UNREADABLE, UsageError
from gateway.cli.source import open_source
from gateway.toml_file import ConfigError, FileProblem, Strict, read_toml, validated
from parsers.x12.delimiters import Delimiters
from parsers.x12.profile import Charset, Profile, problem
from parsers.x12.rewrite import rewrite
from schemas.envelope import Finding

_NEWLINES = {"lf": "\n", "crlf": "\r\n", "none": ""}


class DelimiterSettings(Strict):
    """`repetition` empty: the partner takes none."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"


class ProfileSettings(Strict):
    """A profile file. Control numbers are those of the first interchange, group and set."""

    delimiters: DelimiterSettings | None = None
    newline: Literal["lf", "crlf", "none"] | None = None
    charset: Charset | None = None
    trim: bool = False
    choose: bool = False
    sender_qualifier: str = ""
    sender: str = ""
    receiver_qualifier: str = ""
    receiver: str = ""
    application_sender: str = ""
    application_receiver: str = ""
    usage: Literal["", "P", "T"] = ""
    acknowledgment: Literal["", "0", "1"] = ""
    versions: dict[str, str] = Field(default_factory=dict)
    interchange: int | None = None
    group: int | None = None
    set: int | None = None

    def plain(self) -> Profile:
        """As the parsers take it."""
        values = self.model_dump(exclude={"delimiters", "newline", "versions"})
        marks = None if self.delimiters is None else Delimiters(*self.delimiters.model_dump().values())
        newline = None if self.newline is None else _NEWLINES[self.newline]
        return Profile(delimiters=marks, newline=newline, versions=tuple(sorted(self.versions.items())), **values)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="an X12 file; - for standard input")
    parser.add_argument("--profile", type=Path, metavar="PROFILE.toml", help="how the partner wants it (default: as the file is)")
    parser.add_argument("--out", type=Path, metavar="PATH", help="write here, whole or not at all (default: standard output)")
    parser.add_argument("--findings", metavar="PATH", help="write findings as JSON lines here (default: a line each on standard error)")


def run(arguments: argparse.Namespace) -> int:
    profile = Profile() if arguments.profile is None else load_profile(arguments.profile)
    with open_source(arguments.file) as source, ExitStack() as stack:
        made = rewrite(source.read_at, source.size, profile)
        first = next(made, None)
        if first is None:
            raise UsageError(f"{arguments.file} is empty")
        if isinstance(first, Finding):
            found = [first, *(one for one in made if isinstance(one, Finding))]
            _show(arguments.file, found, arguments.findings)
            return EXIT_UNREADABLE if found[0].code == "WRITE_OUTSIDE" and found[0].location.offset == 0 and len(found) == 1 else EXIT_FINDINGS
        out = _Out(arguments.out, stack)
        out.file.write(first)
        out.file.writelines(block for block in made if isinstance(block, bytes))
        out.done()
    return EXIT_OK


def load_profile(path: Path) -> Profile:
    """Raises ConfigError with the line of what is wrong."""
    values, lines = read_toml(path)
    profile = validated(ProfileSettings, path, values, lines).plain()
    wrong = problem(profile)
    if wrong:
        raise ConfigError([FileProblem(path, 0, wrong)])
    return profile


class _Out:
    """Where the file goes: standard output, or a file that appears under its name once it is whole."""

    def __init__(self, path: Path | None, stack: ExitStack) -> None:
        self._path = path
        self._part = None if path is None else path.with_name(f".{path.name}.part")
        self.file: BinaryIO = sys.stdout.buffer if self._part is None else stack.enter_context(self._part.open("wb"))
        if self._part is not None:
            stack.callback(self._part.unlink, missing_ok=True)

    def done(self) -> None:
        self.file.flush()
        if self._part is not None and self._path is not None:
            os.fsync(self.file.fileno())
            self._part.replace(self._path)


def _show(name: str, findings: list[Finding], path: str | None) -> None:
    lines = b"".join(orjson.dumps({"file": name, **finding.to_json()}) + b"\n" for finding in findings)
    if path is not None:
        Path(path).write_bytes(lines)
        return
    for finding in findings:
        at = finding.location
        segment = f"segment {at.segment}, " if at.segment is not None else ""
        print(f"{name}: {segment}byte {at.offset}: {finding.text}", file=sys.stderr)
