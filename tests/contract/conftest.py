"""The sides of the Log seam as fixtures."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.seams import Log
from tests.contract.log_sides import KafkaSide, LogSide, SqliteSide


@pytest_asyncio.fixture(params=["sqlite", "sqlite with gaps", "kafka"])
async def log_factory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LogSide]:
    side: LogSide
    if request.param == "kafka":
        side = KafkaSide(request.getfixturevalue("kafka"), tmp_path, f"c{secrets.token_hex(4)}.")
    else:
        side = SqliteSide(tmp_path / "log.db", gap=2 if "gaps" in request.param else 0)
    yield side
    await side.close()


@pytest_asyncio.fixture
async def log(log_factory: LogSide) -> Log:
    return await log_factory.open()
