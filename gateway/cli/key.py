"""The lane of a patient control number: the partition key that all events of the claim share at a site."""

import argparse

from schemas.envelope import claim_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", help="site id")
    about = "patient control number (CLM01); read from standard input when left out, so that it shows in no process list"
    parser.add_argument("number", nargs="?", help=about)


def run(arguments: argparse.Namespace) -> int:
    number = arguments.number if arguments.number is not None else input()
    print(claim_key(arguments.site, number))
    return 0
