"""Times on the command line."""

from datetime import UTC, datetime

from gateway.cli.main import UsageError


def moment(text: str | None) -> datetime | None:
    """A day or a time, in UTC where it names no offset. Raises UsageError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time; write 2026-01-31 or 2026-01-31T08:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


__all__ = ["moment"]
