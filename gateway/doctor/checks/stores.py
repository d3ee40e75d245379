"""Blobs and State."""

import asyncio
import time
from datetime import UTC

from sqlalchemy import text

from gateway.blobs.probe import probe
from gateway.config import Config
from gateway.doctor.check import Found, check, good, problem, warning
from gateway.doctor.clocks import off
from gateway.secrets import resolve_optional
from gateway.state.database import Database, utc_now
from gateway.state.schema import MIGRATIONS
from gateway.stores import BlobPlace, blob_place, open_blobs, value_place

ORDER = 40
SLOW_SECONDS = 0.5
_ON_SQLITE = "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'"
_ON_POSTGRESQL = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"


def _has_blobs(config: Config) -> bool:
    return config.blobs.s3 is not None or config.blobs_path.exists()


@check("stored files", do="check endpoint, bucket, keys and rights of [blobs.s3]: put, get, list and delete are needed", only=_has_blobs)
async def stored_files(config: Config) -> list[Found]:
    places = [blob_place(config)] + ([value_place(config)] if config.blobs.s3 is not None and config.log.kind == "kafka" else [])
    return [await asyncio.to_thread(_probed, place) for place in places]


def _probed(place: BlobPlace) -> Found:
    began = time.perf_counter()
    probe(open_blobs(place))
    took = time.perf_counter() - began
    said = f"{place.name}: put, range read, list and delete work, in {1000 * took:.0f} ms"
    return warning(said, "use an object store nearer to the gateway") if took > SLOW_SECONDS else good(said)


def _has_state(config: Config) -> bool:
    return config.state.url is not None or (config.data_dir / "state.db").exists()


@check("State", do="check [state] url, password and certificate, and that the server runs and lets this machine in", only=_has_state)
async def state(config: Config) -> list[Found]:
    return await asyncio.to_thread(_state, config)


def _state(config: Config) -> list[Found]:
    database = Database.open(config.state_url, utc_now, config.state, resolve_optional(config.state.password))
    try:
        began = time.perf_counter()
        version = _version(database)
        took = time.perf_counter() - began
        found = [_judged(version)]
        if not database.is_sqlite:
            found += [good(f"answers after {1000 * took:.0f} ms") if took < SLOW_SECONDS else warning(f"answers after {took:.1f} s", "see its load")]
            found += _server(database, version)
        return found
    finally:
        database.close()


def _version(database: Database) -> int:
    """0 before the first start."""
    with database.read() as connection:
        if not connection.execute(text(_ON_SQLITE if database.is_sqlite else _ON_POSTGRESQL)).scalar():
            return 0
        return int(connection.execute(text("SELECT number FROM schema_version")).scalar() or 0)


def _judged(version: int) -> Found:
    known = len(MIGRATIONS)
    if version > known:
        return problem(f"its tables are of a newer program (version {version}, this one knows {known})", "upgrade Clearplane on this machine")
    if version == known:
        return good(f"reachable, tables of version {version}")
    return good(f"reachable; its tables will be brought from version {version} to {known} at the next start")


def _server(database: Database, version: int) -> list[Found]:
    with database.read() as connection:
        before = time.time()
        now, may_create = connection.execute(text("SELECT clock_timestamp(), has_schema_privilege(current_schema(), 'CREATE')")).one()
        after = time.time()
    found = [off("the database server", (before + after) / 2, now.astimezone(UTC).timestamp())]
    if version < len(MIGRATIONS) and not may_create:
        found.append(problem("its user may not make tables", "grant CREATE on the schema to the user of [state] url, at least for the next start"))
    return found
