"""Run the gateway from clearplane.toml and sites/*.toml until it is told to stop (SIGINT or SIGTERM; a second one stops it at once).

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

from gateway.cli.main import UsageError
from gateway.cli.store import add_config
from gateway.roles import INTAKE, ROLES, listed, roles_of

LOG = logging.getLogger("clearplane")
OTHER_THREADS = 32
"""For blocking work beside that of uploads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    does = "; ".join(f"{role}: {text}" for role, text in ROLES.items())
    help_ = f"what this process does, with commas or several times (default: all). {does}"
    parser.add_argument("--role", action="append", default=[], metavar="ROLE", help=help_)
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="default: INFO")


def run(arguments: argparse.Namespace) -> int:
    from gateway.logs import configure

    try:
        roles = roles_of(arguments.role)
    except ValueError as error:
        raise UsageError(f"--role: {error}") from None
    configure(arguments.log_level)
    return asyncio.run(_serve(arguments.config, roles))


async def _serve(path: str | None, roles: Collection[str]) -> int:
    from gateway.api.server import ServerError
    from gateway.api.service import Service
    from gateway.config import Config
    from gateway.pipeline.garbage import settle
    from gateway.runtime import Gateway
    from gateway.sites import load_sites

    config = Config.load(path)
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
            LOG.info("gateway is up", extra={"url": service.url, "sites": len(sites), "roles": listed(roles), "log": config.log.kind})
            settle()
            await stop.wait()
            LOG.info("gateway stops: what is under way ends, groups are left")
    except ServerError as error:
        raise UsageError(str(error)) from None
    LOG.info("gateway has stopped")
    return 0


def _told_to_stop(number: int, stop: asyncio.Event) -> None:
    """The second time there is no more waiting: what was not committed is done after the next start, as after a crash."""
    if stop.is_set():
        LOG.warning("told to stop again: ends at once")
        os._exit(128 + number)
    stop.set()
