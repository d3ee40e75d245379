"""Run the gateway from clearplane.toml and sites/*.toml until it is told to stop (SIGINT or SIGTERM).

Without a clearplane.toml every setting has its default: data in ./data, API on 127.0.0.1 port 8400. Logs are JSON lines on standard error.
"""

import argparse
import asyncio
import logging
import signal
import sys

from gateway.cli.main import UsageError
from gateway.cli.store import add_config

LOG = logging.getLogger("clearplane")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="default: INFO")


def run(arguments: argparse.Namespace) -> int:
    from gateway.logs import configure

    configure(arguments.log_level)
    return asyncio.run(_serve(arguments.config))


async def _serve(path: str | None) -> int:
    from gateway.api.server import ServerError
    from gateway.api.service import Service
    from gateway.config import Config
    from gateway.runtime import Gateway
    from gateway.sites import load_sites

    config = Config.load(path)
    sites = load_sites(config.sites_dir)
    if not sites:
        print(f"no site files in {config.sites_dir}: the gateway takes nothing in until there is one (see docs/sites.md)", file=sys.stderr)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with Gateway(config, sites) as gateway, Service(gateway) as service:
            LOG.info("gateway is up", extra={"url": service.url, "sites": len(sites)})
            await stop.wait()
            LOG.info("gateway stops")
    except ServerError as error:
        raise UsageError(str(error)) from None
    return 0
