"""What doctor says of listeners, certificates, keys and secrets that site files name."""

import socket
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.doctor.check import Found
from gateway.doctor.checks import sources
from tests.servers.certificates import make_certificates

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJj"
pytestmark = pytest.mark.asyncio


def config_of(folder: Path, text: str) -> Config:
    (folder / "sites").mkdir()
    (folder / "sites" / "river.toml").write_text(f'id = "river"\n[[feeds]]\nid = "adt"\n{text}')
    return Config().rooted(folder)


async def told(check, config: Config) -> list[Found]:
    return await check.function(config)


async def test_ports_that_are_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = config_of(tmp_path, f'sources = [{{type = "mllp", port = {port}}}, {{type = "mllp", port = 0}}]\n')
        busy, free = await told(sources.listeners, config)
    assert (busy.verdict, free.verdict) == ("warning", "ok")
    assert busy.text.startswith(f"river/adt: 127.0.0.1:{port} cannot be listened on now")


async def test_certificates_of_listeners_and_routes(tmp_path):
    made = make_certificates(tmp_path)
    mine = f'certificate = "{made.server.certificates}", key = "{made.server.key}"'
    theirs = 'certificate = "none.pem", key = "none.pem"'
    text = (
        f'sources = [{{type = "mllp", port = 1, tls = {{{mine}}}}}, {{type = "mllp", port = 2, tls = {{{theirs}}}}}]\n'
        '[[routes]]\nid = "out"\nfeed = "adt"\nto = {type = "mllp", host = "127.0.0.1", port = 3, tls = {ca = "none.pem"}}\n'
    )
    good, missing, route = await told(sources.certificates, config_of(tmp_path, text))
    assert "is good until" in good.text
    assert (missing.verdict, route.verdict) == ("problem", "problem")
    assert missing.text == "river/adt: its certificates cannot be used (No such file or directory)"
    assert route.text.startswith("river, route out: ")


async def test_keys_and_secrets_of_sftp_servers(tmp_path):
    (tmp_path / "known").write_text("")
    access = 'type = "sftp", host = "h", user = "u", path = "/"'
    text = (
        f'sources = [{{{access}, key = "none", known_hosts = "known"}}]\n'
        f'[[routes]]\nid = "out"\nfeed = "adt"\nto = {{{access}, password = "env:NOT_SET_HERE", host_key = "{KEY}"}}\n'
    )
    key, secret = await told(sources.keys, config_of(tmp_path, text))
    assert (key.verdict, key.text) == ("problem", f"river/adt: {tmp_path / 'none'} is not there")
    assert (secret.verdict, secret.text) == ("problem", "river, route out: the environment variable NOT_SET_HERE is not set")


async def test_a_site_with_nothing_of_it_has_nothing_to_look_at(tmp_path):
    config = config_of(tmp_path, "")
    assert [await told(check, config) for check in (sources.listeners, sources.certificates, sources.keys)] == [[], [], []]
