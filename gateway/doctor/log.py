"""The log of a configuration that may not have been started yet."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.config import Config
from gateway.seams import Log
from gateway.stores import open_log


@asynccontextmanager
async def opened_log(config: Config) -> AsyncIterator[Log]:
    """No data folder is made for it: large values of records would go to a temporary one."""
    with tempfile.TemporaryDirectory(prefix="clearplane-doctor-") as folder:
        log = await open_log(config if config.data_dir.exists() else config.model_copy(update={"data_dir": Path(folder)}))
        try:
            yield log
        finally:
            await log.close()
