"""Run the gateway from clearplane.toml and sites/*.toml until it is told to stop (SIGINT or SIGTERM; a second one stops it at once).

Several processes on one machine need a port each for the API: `run --role intake` beside `run --role normalise,serve --port 8401`.
Without a clearplane.toml every setting has its default: data in ./data, API on 127.0.0.1 port 8400. Logs are JSON lines on standard error.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from gateway.cli.main import UsageError
from gateway.cli.store import add_config
from gateway.roles import INTAKE, ROLES, listed, roles_of

if TYPE_CHECKING:
    from gateway.api.service import Service
    from gateway.config import Config

LOG = logging.getLogger("clearplane")
OTHER_THREADS = 32
"""For blocking work beside that of uploads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    does = "; ".join(f"{role}: {text}" for role, text in ROLES.items())
    help_ = f"what this process does, with commas or several times (default: all). {does}"
    parser.add_argument("--role", action="append", default=[], metavar="ROLE", help=help_)
    parser.add_argument("--port", type=int, metavar="N", help="port of the API, instead of the one in [api]; 0 takes any free one")
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="default: INFO")


def run(arguments: argparse.Namespace) -> int:
    from gateway.logs import configure

    try:
        roles = roles_of(arguments.role)
    except ValueError as error:
        raise UsageError(f"--role: {error}") from None
    configure(arguments.log_level)
    return asyncio.run(_serve(configured(arguments.config, arguments.port), roles))


def configured(path: str | None, port: int | None) -> "Config":
    """The configuration, on another port of the API where one is given. Raises ConfigError, UsageError."""
    from gateway.config import Config

    config = Config.load(path)
    if port is None:
        return config
    if not 0 <= port <= 65535:
        raise UsageError("--port takes 0 to 65535")
    return config.model_copy(update={"api": config.api.model_copy(update={"port": port})})


async def _serve(config: "Config", roles: Collection[str]) -> int:
    from gateway.api.server import ServerError
    from gateway.api.service import Service
    from gateway.pipeline.garbage import settle
    from gateway.runtime import Gateway
    from gateway.sites import load_sites

    sites = load_sites(config.sites_dir)
    if not sites and INTAKE in roles:
        print(f"no site files in {config.sites_dir}: the gateway takes nothing in until there is one (see docs/sites.md)", file=sys.stderr)
    loop = asyncio.get_running_loop()
    # the default is a handful: uploads that wait for a slow store would keep everything else from its turn
    loop.set_default_executor(ThreadPoolExecutor(config.limits.concurrent_uploads + OTHER_THREADS, thread_name_prefix="blocking"))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _told_to_stop, number, stop)
    try:
        async with Gateway(config, sites, roles=roles) as gateway, Service(gateway) as service:
            LOG.info("gateway is up", extra={**_up(service, roles), "sites": len(sites), "log": config.log.kind})
            settle()
            await stop.wait()
            LOG.info("gateway stops: what is under way ends, groups are left")
    except ServerError as error:
        raise UsageError(str(error)) from None
    LOG.info("gateway has stopped")
    return 0


def _up(service: "Service", roles: Collection[str]) -> dict[str, object]:
    """Where it can be reached; a listener on port 0 has a port only now."""
    ports = {f"{site}/{feed}": [listener.port for listener in found] for (site, feed), found in service.listeners.items()}
    return {"url": service.url, "roles": listed(roles), **({"mllp": ports} if ports else {})}


def _told_to_stop(number: int, stop: asyncio.Event) -> None:
    """The second time there is no more waiting: what was not committed is done after the next start, as after a crash."""
    if stop.is_set():
        LOG.warning("told to stop again: ends at once")
        os._exit(128 + number)
    stop.set()
