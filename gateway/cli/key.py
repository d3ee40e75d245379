"""The lane of a claim or of a patient: the partition key that all its events share at a site.

A claim's by its patient control number. A patient's, with --patient, by the identifier that the site's rules choose: `identity.patient` of an event.
  clearplane events --key $(clearplane key river 0048817 --patient --authority "RIVER MRN")
"""

import argparse

from gateway.cli.main import UsageError
from schemas.envelope import claim_key, patient_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", help="site id")
    about = "patient control number (CLM01), or identifier; read from standard input when left out, so that it shows in no process list"
    parser.add_argument("number", nargs="?", help=about)
    parser.add_argument("--patient", action="store_true", help="the lane of a patient")
    parser.add_argument("--authority", default="", help="with --patient: assigning authority of the identifier, as the event has it")


def run(arguments: argparse.Namespace) -> int:
    if arguments.authority and not arguments.patient:
        raise UsageError("--authority goes with --patient")
    number = arguments.number if arguments.number is not None else input()
    print(patient_key(arguments.site, number, arguments.authority) if arguments.patient else claim_key(arguments.site, number))
    return 0
