"""API keys and the audit trail."""

from collections.abc import Iterable

from sqlalchemy import func, select

from gateway.state.database import Database
from gateway.state.rows import ApiKey, AuditEntry
from gateway.state.schema import api_keys, audit

NUMBERS = "audit"
"""Lock of those who number: the trail has no gap in which an entry could be missed."""


class Keys:
    """Who may call the API. Secrets are never here, only their SHA-256."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key_id: str, name: str, sha256: str, scopes: Iterable[str], sites: Iterable[str] = ()) -> ApiKey:
        row = (key_id, name, sha256, " ".join(sorted(scopes)), " ".join(sorted(sites)), self._database.now, None, None)
        with self._database.write() as connection:
            connection.execute(api_keys.insert().values(row))
        return _key(row)

    def get(self, key_id: str) -> ApiKey | None:
        with self._database.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).one_or_none()
        return _key(tuple(row)) if row is not None else None

    def all(self) -> list[ApiKey]:
        with self._database.read() as connection:
            return [_key(tuple(row)) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))]

    def revoke(self, key_id: str) -> bool:
        """False when there is no such key that is still good."""
        return self._set(key_id, revoked_at=self._database.now)

    def touch(self, key_id: str) -> bool:
        """Remember that the key was used now."""
        return self._set(key_id, last_used_at=self._database.now)

    def _set(self, key_id: str, **values: str) -> bool:
        with self._database.write() as connection:
            update = api_keys.update().where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)).values(**values)
            return connection.execute(update).rowcount > 0


class AuditTrail:
    """Only ever added to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, actor: str, action: str, target: str, count: int = 0) -> None:
        """`target`: an id or a filter, never a value of the data."""
        at = self._database.now
        with self._database.write(NUMBERS) as connection:
            number = connection.execute(select(func.coalesce(func.max(audit.c.number), 0) + 1)).scalar_one()
            connection.execute(audit.insert().values((number, at, actor, action, target, count)))

    def page(self, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Newest first; `before` a number to page on."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        with self._database.read() as connection:
            return [AuditEntry(*row) for row in connection.execute(query)]


def _key(row: tuple[object, ...]) -> ApiKey:
    key_id, name, sha256, scopes, sites, created, revoked, used = (None if value is None else str(value) for value in row)
    return ApiKey(
        key_id or "", name or "", sha256 or "", frozenset((scopes or "").split()), frozenset((sites or "").split()), created or "", revoked, used
    )
