"""Log, state and blobs of a configured gateway, for commands that only look: they work beside a running gateway."""

import argparse
import asyncio
import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from gateway.cli.main import UsageError
from gateway.config import Config, prepare_data_dir
from gateway.pipeline.lookup import find_event
from gateway.seams import Blobs, Log, Record
from gateway.state import State
from gateway.stores import blob_place, open_blobs, open_log, open_state


def actor() -> str:
    """Who the audit trail says it was: the login name of whoever types the command."""
    with suppress(KeyError, OSError):
        return f"cli:{getpass.getuser()}"
    return f"cli:{os.getuid()}"


class Store(NamedTuple):
    config: Config
    log: Log
    state: State
    blobs: Blobs

    async def find_event(self, event_id: str) -> Record | None:
        return await find_event(self.log, self.state, event_id)

    async def audit(self, action: str, target: str, count: int) -> None:
        await asyncio.to_thread(self.state.audit.add, actor(), action, target, count)


@asynccontextmanager
async def open_store(path: str | None) -> AsyncIterator[Store]:
    """Raises UsageError when there is no data yet, ConfigError, SecretError, LogError, BlobError, StateError."""
    config = Config.load(path)
    if config.log.kind == "embedded" and not config.log_path.exists():
        raise UsageError(f"no data in {config.data_dir}: start a gateway first, or name its clearplane.toml with --config")
    prepare_data_dir(config.data_dir)
    log = await open_log(config)
    try:
        state = await asyncio.to_thread(open_state, config)
        try:
            yield Store(config, log, state, await asyncio.to_thread(open_blobs, blob_place(config)))
        finally:
            await asyncio.to_thread(state.close)
    finally:
        await log.close()


def add_config(parser: argparse.ArgumentParser) -> None:
    """The option every command with a store has."""
    parser.add_argument("--config", metavar="PATH", help="clearplane.toml (default: ./clearplane.toml, or the defaults)")
