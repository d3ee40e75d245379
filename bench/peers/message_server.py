"""python-hl7's MLLP server: parses each message and answers AA. The argument is its port."""

import asyncio
import sys
from importlib import import_module
from typing import Any

mllp: Any = import_module("hl7.mllp")


async def answer(reader: Any, writer: Any) -> None:
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


async def serve(port: int) -> None:
    async with await mllp.start_hl7_server(answer, host="127.0.0.1", port=port, encoding="utf-8") as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
