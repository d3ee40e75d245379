"""The compiled programs that made events, kept so that an upgrade never breaks an old explanation."""

import asyncio
from collections.abc import Mapping

from gateway.pipeline import worker
from gateway.pipeline.reading import FileSettings
from gateway.pipeline.services import Services


async def keep_programs(services: Services, settings: FileSettings, guides: Mapping[str, str]) -> None:
    """The program that made an event is safe before the event is. `guides`: hashes of the programs as these settings have them, by name."""
    for guide, sha256 in guides.items():
        if sha256 not in services.programs:
            found, content = await services.pool.run(worker.program, guide, settings)
            stored = await asyncio.to_thread(services.blobs.put, content)
            if not sha256 == found == stored:
                raise RuntimeError(f"the program of {guide} does not have the hash its events name")
            await asyncio.to_thread(services.state.follow.remember_program, sha256, guide)
            services.programs.add(sha256)
