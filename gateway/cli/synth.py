"""Write an invented, self-consistent world: what passes between a few providers and their payers, and the truth about it.

Members and premiums (834, 820), eligibility (270, 271), reviews (278), claims (837P, I, D) with their acknowledgements (TA1, 999, 277CA), status
(276, 277) and remittances (835), about the same people, coverages, authorisations and claims. With --hl7v2 also the visits behind the claims as
HL7 v2 messages, with --dialects beside them some as senders get them wrong. The same number and seed give the same bytes. Everything in it is
invented; identifiers lie in ranges that cannot be real.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--claims", type=int, default=1000, metavar="N", help="claims to write (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed (default: 1)")
    parser.add_argument(
        "--hl7v2", choices=("single", "many", "batch"), default="", help="the visits as HL7 v2, too: a message a file, many in one, or batches"
    )
    parser.add_argument("--dialects", action="store_true", help="and some messages that are odd or wrong, with what is found in them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new or empty folder")


def run(arguments: argparse.Namespace) -> int:
    from gateway.cli.main import UsageError
    from gateway.cli.progress import bar
    from gateway.synth import write_world

    if arguments.claims < 1:
        raise UsageError("--claims must be at least 1")
    try:
        with bar("Writing claims") as progress:
            summary = write_world(arguments.claims, arguments.seed, arguments.out, progress, arguments.hl7v2, arguments.dialects)
    except FileExistsError as error:
        raise UsageError(str(error)) from None
    for name, value in summary._asdict().items():
        print(f"{name.replace('_', ' ')}: {value}")
    print(f"truth: {arguments.out / 'truth.jsonl'}")
    return 0
