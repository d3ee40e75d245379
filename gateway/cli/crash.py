"""What a person is told when a command ends in an exception."""

import traceback

from gateway.cli.main import EXIT_BUG, EXIT_USAGE
from gateway.seams import BlobError, LogError
from gateway.secrets import SecretError
from gateway.state import StateError
from gateway.toml_file import ConfigError


def describe(error: Exception) -> tuple[int, str]:
    """(exit code, text). The text of an unforeseen exception may hold data, so only its type and place are shown."""
    if isinstance(error, ConfigError | SecretError | LogError | BlobError | StateError):
        return EXIT_USAGE, f"clearplane: {error}"
    if isinstance(error, OSError):
        return EXIT_USAGE, f"clearplane: {error.strerror or type(error).__name__}" + (f": {error.filename}" if error.filename else "")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return EXIT_BUG, f"clearplane: a bug of ours: {type(error).__name__} at {frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}"
