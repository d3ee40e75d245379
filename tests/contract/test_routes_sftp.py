"""Messages routed to an SFTP server that nobody here wrote, also over its end."""

import asyncio

import pytest

from tests.servers.sftp import Sftp
from tests.unit.v2_routing import Routing, message


@pytest.mark.asyncio
async def test_messages_are_files_there_and_none_is_missing_when_it_was_away(tmp_path):
    server = await asyncio.to_thread(Sftp)
    try:
        await asyncio.to_thread(server.start)
        inbox = server.root / "in"
        inbox.mkdir()
        access = {"host": "127.0.0.1", "port": server.port, "user": server.user, "key": server.key, "host_key": server.host_key, "timeout_seconds": 3}
        async with Routing(tmp_path, {"id": "out", "types": ["ADT^A08"], "to": {"type": "sftp", "path": "/in", **access}}).running() as world:

            def there() -> list[bytes]:
                found = sorted(inbox.glob("[!.]*.hl7"), key=lambda path: path.stat().st_mtime_ns)
                return [path.read_bytes() for path in found]

            sent = [message(number, "ADT^A08") for number in range(6)]
            await world.send(message(99, "ADT^A01"), "adt")
            for each in sent[:3]:
                await world.send(each, "adt")
            await world.until(lambda: len(there()) == 3)
            await asyncio.to_thread(server.kill)
            for each in sent[3:]:
                await world.send(each, "adt")
            await world.gateway.wait_idle()
            assert [each.depth for each in world.gateway.state.deliveries.waiting()] == [3]
            await asyncio.to_thread(server.start)
            await world.until(lambda: len(there()) == 6)
            assert there() == sent
    finally:
        await asyncio.to_thread(server.close)
