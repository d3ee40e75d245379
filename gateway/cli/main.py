"""`clearplane`: picks a command and runs it. Nothing but the chosen command is imported, so that help is instant."""

import argparse
import sys
from importlib import import_module
from typing import NoReturn

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "start a gateway on the embedded default, send sample traffic through it, show decoded events"),
    "run": ("run", "run the gateway from clearplane.toml and sites/*.toml"),
    "convert": ("convert", "files to events as JSON lines on stdout; nothing is stored"),
    "check": ("check", "findings of files and what a feed holds, or problems of a site file"),
    "ingest": ("ingest", "send files through the intake of a configured site"),
    "events": ("events", "page or follow the event log"),
    "receipts": ("receipts", "what came in and what became of it: list, show, the bytes as they came"),
    "explain": ("explain", "where the fields of an event came from, with the bytes shown"),
    "acknowledge": ("acknowledge", "what the sender of a file would be answered: TA1, 999, 277CA"),
    "acknowledgements": ("acknowledgements", "what senders were answered: list, show, what waits to be handed over"),
    "links": ("links", "what an event answers, and what answers it"),
    "held": ("held", "list, show, release or drop what was quarantined"),
    "routes": ("routes", "what is handed on to others: what waits, what was refused, send it again or drop it"),
    "codes": ("codes", "code lists by which files are checked: load, list, drop"),
    "rewrite": ("rewrite", "X12 files again under another partner's delimiters, line breaks and envelope"),
    "keys": ("keys", "create, list or revoke API keys"),
    "key": ("key", "the lane (partition key) of a claim or a patient at a site"),
    "log": ("log", "verify the event log's checksums, or carry everything to another log"),
    "doctor": ("doctor", "check a configuration end to end and say what to do"),
    "prune": ("prune", "apply retention to topics and stored files"),
    "synth": ("synth", "write an invented world of everything between providers and payers, and the truth about it"),
}
"""Command -> (module, what it does)."""
EXIT_OK, EXIT_FINDINGS, EXIT_UNREADABLE, EXIT_USAGE, EXIT_BUG = 0, 1, 2, 64, 70


class UsageError(Exception):
    """The command cannot be done as asked: the sentence says what to change."""


class Parser(argparse.ArgumentParser):
    """Wrong usage exits with 64 (sysexits), so that 2 can mean that nothing was readable."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: clearplane COMMAND [OPTIONS]",
            "",
            "X12 and HL7 v2 in, traced events out.",
            "",
            *lines,
            "",
            "clearplane COMMAND --help tells what a command takes.",
            "Exit codes: 0 nothing at severity error, 1 an error or a refusal, 2 nothing readable, 64 wrong usage, 70 a bug of ours.",
        ]
    )


def main(arguments: list[str]) -> int:
    """Run a command line; returns the exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return EXIT_OK if arguments else EXIT_USAGE
    if arguments[0] == "--version":
        from importlib.metadata import version

        print(f"clearplane {version('clearplane')}")
        return EXIT_OK
    name, *rest = arguments
    if name not in COMMANDS:
        print(f"clearplane: no command {name!r}; clearplane --help lists them", file=sys.stderr)
        return EXIT_USAGE
    module = import_module(f"gateway.cli.{COMMANDS[name][0]}")
    parser = Parser(prog=f"clearplane {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    try:
        return int(module.run(parser.parse_args(rest)))
    except UsageError as error:
        print(f"clearplane {name}: {error}", file=sys.stderr)
        return EXIT_USAGE


def entry() -> NoReturn:
    """Console script: turns what nothing else caught into exit codes. An unforeseen error shows its place, not its text, which may hold data."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 141
    except Exception as error:
        from gateway.cli.crash import describe

        code, text = describe(error)
        print(text, file=sys.stderr)
    sys.exit(code)
