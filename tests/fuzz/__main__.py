"""`python -m tests.fuzz [--seconds N] [TARGET ...]`: coverage-guided fuzzing, each target in a process of its own with a time limit.

Needs atheris (requirements-fuzz.lock). Inputs that fail are kept in the folder that is printed; exit code 1 when there are any.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

GRACE = 120
"""Seconds beyond its time after which a target is taken for stuck."""
CHILD = "--child"
TARGETS = ("lexer", "walker", "writer", "messages")
GOLDEN = Path(__file__).parents[1] / "golden"


def main() -> int:
    if sys.argv[1:2] == [CHILD]:
        return _fuzz(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET", help=f"{', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=int, default=600, help="time for each target (default: 600)")
    arguments = parser.parse_args()
    failed = [name for name in arguments.targets or TARGETS if not _run(name, arguments.seconds)]
    print(f"failed: {', '.join(failed)}" if failed else "no failure")
    return 1 if failed else 0


def _run(name: str, seconds: int) -> bool:
    """One target in its own process; the seeds are the golden inputs."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for path in GOLDEN.glob("*/input.*"):
        (corpus / path.parent.name).write_bytes(path.read_bytes())
    print(f"{name}: {seconds} s, failures go to {folder}", flush=True)
    options = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/",
    ]
    try:
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", CHILD, name, *options, str(corpus)], timeout=seconds + GRACE, check=False)
    except subprocess.TimeoutExpired:
        print(f"{name}: stuck, ended after {seconds + GRACE} s")
        return False
    return done.returncode == 0


def _fuzz(name: str, options: list[str]) -> int:
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["parsers", "schemas"]):
        from tests.fuzz.targets import TARGETS as FUNCTIONS
    atheris.Setup([sys.argv[0], *options], FUNCTIONS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
