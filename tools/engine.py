"""Builds the compiled engine into the environment that runs this: `python -m tools.engine`. Without cargo it says so and changes nothing."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "engine"
TARGET = SOURCE.parent / "build" / "engine"
MODULE = "clearplane_engine.abi3.so"


def main() -> int:
    """0 when it is built or there is no cargo, else what cargo returned."""
    cargo = shutil.which("cargo")
    if cargo is None:
        print("No cargo: the compiled engine is left out, files are read in plain Python with the same results.")
        return 0
    print("Building the compiled engine ...", flush=True)
    command = [cargo, "build", "--release", "--locked", "--quiet", "--manifest-path", str(SOURCE / "Cargo.toml"), "--target-dir", str(TARGET)]
    done = subprocess.run(command, env={**os.environ, "PYO3_PYTHON": sys.executable}, check=False)  # noqa: S603 - cargo of this machine
    if done.returncode == 0:
        _install(TARGET / "release" / ("libclearplane_engine.dylib" if sys.platform == "darwin" else "libclearplane_engine.so"))
    return done.returncode


def _install(library: Path) -> None:
    """Beside the old one and then over it: a process may have that mapped."""
    place = Path(sysconfig.get_path("platlib")) / MODULE
    fresh = place.with_suffix(".new")
    shutil.copyfile(library, fresh)
    fresh.replace(place)


if __name__ == "__main__":
    sys.exit(main())
