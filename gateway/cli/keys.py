"""API keys: create, list, revoke. A key is shown once, when it is made; only its hash is stored."""

import argparse

from gateway.cli.main import EXIT_FINDINGS, UsageError
from gateway.cli.store import actor, add_config
from gateway.config import Config, prepare_data_dir
from gateway.state import State
from gateway.stores import open_state

_SCOPES = "intake:write, events:read, raw:read, held:write, metrics:read, admin"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="create|list|revoke")
    create = commands.add_parser("create", help="make a key and print it once")
    create.add_argument("name", help="what the key is for")
    create.add_argument("--scope", action="append", required=True, metavar="SCOPE", help=f"may be repeated: {_SCOPES}")
    create.add_argument("--site", action="append", default=[], metavar="SITE", help="limit the key to a site; may be repeated")
    listing = commands.add_parser("list", help="list keys")
    revoke = commands.add_parser("revoke", help="end a key at once")
    revoke.add_argument("id", help="id of the key, as `keys list` shows it")
    for each in (create, listing, revoke):
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    config = Config.load(arguments.config)
    prepare_data_dir(config.data_dir)
    state = open_state(config)
    try:
        return {"create": _create, "list": _list, "revoke": _revoke}[arguments.action](state, arguments)
    finally:
        state.close()


def _create(state: State, arguments: argparse.Namespace) -> int:
    from gateway.api.keys import create_key

    try:
        key, token = create_key(state, arguments.name, arguments.scope, arguments.site)
    except ValueError as error:
        raise UsageError(str(error)) from None
    state.audit.add(actor(), "keys.create", key.id, 1)
    print(token)
    return 0


def _list(state: State, arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("id", "name", "scopes", "sites", "created", "last used", "revoked"):
        table.add_column(name, overflow="fold")
    for key in state.keys.all():
        sites = ", ".join(sorted(key.sites)) or "all"
        table.add_row(key.id, key.name, ", ".join(sorted(key.scopes)), sites, key.created_at, key.last_used_at or "", key.revoked_at or "")
    Console(highlight=False).print(table)
    return 0


def _revoke(state: State, arguments: argparse.Namespace) -> int:
    if not state.keys.revoke(arguments.id):
        print(f"no key {arguments.id} that is still good")
        return EXIT_FINDINGS
    state.audit.add(actor(), "keys.revoke", arguments.id, 1)
    print(f"{arguments.id} is revoked")
    return 0
