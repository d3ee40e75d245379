"""What State says when it cannot do something: sentences without statements, values or secrets."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_REASONS = (
    ("certificate", "its certificate cannot be verified; name its authority in state.ca_file"),
    ("not support SSL", "the server offers no TLS; switch it on there, or set state.trusted_network"),
    ("password authentication failed", "the user or the password is wrong"),
    ("no password supplied", "the server asks for a password; set state.password"),
    ("no pg_hba.conf entry", "the server does not admit this user from this machine"),
    ("does not exist", "the server has no such database or user"),
    ("translate host name", "the name of the host is not known"),
    ("too many", "the server has no connection free"),
    ("connection slots", "the server has no connection free"),
    ("read-only", "the server only takes reads, as a standby does"),
    ("starting up", "the server is starting"),
    ("shutting down", "the server is stopping"),
    ("refused", "no server answers there"),
    ("No such file", "no server answers there"),
    ("timeout expired", "the server does not answer in time"),
    ("timed out", "the server does not answer in time"),
)
"""Part of what the client library says when there is no connection, and our words for it. Its own text names hosts and users."""
_LATER = frozenset({"25006", "25P03"})
"""SQLSTATEs beside those of operation: a server that has become read-only, a transaction that was ended for being idle."""


class StateError(Exception):
    """State could not do what was asked. `retryable` says whether the same call may work later."""

    retryable = False


class StateUnavailableError(StateError):
    """State cannot take or give rows now (disk full, locked, server away).

    Nothing of this call was written; all of it may have been when the server went away during the commit. Calls may be repeated.
    """

    retryable = True


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the library as ours."""
    try:
        yield
    except PoolTimeoutError:
        raise StateUnavailableError("all connections to the state database are in use; see state.connections") from None
    except SQLAlchemyError as error:
        raise _of(error) from None


def _of(error: SQLAlchemyError) -> StateError:
    cause = getattr(error, "orig", None)
    name = getattr(cause, "sqlite_errorname", type(cause or error).__name__)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if isinstance(error, OperationalError) or lost or getattr(cause, "sqlstate", None) in _LATER:
        reason = next((words for part, words in _REASONS if part in str(cause)), None) if getattr(cause, "sqlstate", "") is None else None
        return StateUnavailableError(f"the state database cannot be used now ({name}{': ' + reason if reason else ''})")
    return StateError(f"the state database refused a statement ({name})")
