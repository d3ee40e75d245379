"""What the configuration itself names: sites, folders of feeds, secrets."""

import asyncio
import os
from collections.abc import Iterable, Iterator

from gateway.config import Config
from gateway.doctor.check import Found, check, good, problem, warning
from gateway.secrets import SecretError, resolve
from gateway.sites import DirectorySource, Site, load_sites

ORDER = 10


@check("sites", do="mend the lines named here; `clearplane check` shows them too")
async def sites(config: Config) -> list[Found]:
    found = await asyncio.to_thread(load_sites, config.sites_dir)
    if not found:
        return [warning(f"no site in {config.sites_dir}: nothing will be taken in", "write a site file there, or name another sites_dir")]
    feeds = sum(len(site.feeds) for site in found.values())
    return [good(f"{len(found)} sites with {feeds} feeds"), *(await asyncio.to_thread(lambda: list(_folders(found.values()))))]


@check("secrets", do="put the secret where the configuration says, or change the reference")
async def secrets(config: Config) -> list[Found]:
    found = []
    references = dict(_references(config))
    for name, reference in references.items():
        try:
            empty = not await asyncio.to_thread(resolve, reference)
        except SecretError as error:
            found.append(problem(f"{name}: {error}", "put the secret there, or change the reference"))
        else:
            found += [warning(f"{name} is empty", f"put the secret at {reference}")] if empty else []
    return found or [good(f"{len(references)} secrets, each where its reference says" if references else "none are needed")]


def _references(config: Config) -> Iterator[tuple[str, str]]:
    kafka, bucket = config.log.kafka, config.blobs.s3
    named = {"state.password": config.state.password}
    if config.log.kind == "kafka":
        named |= {"log.kafka.password": kafka.password, "log.kafka.key_password": kafka.key_password}
    if bucket is not None:
        named |= {"blobs.s3.access_key": bucket.access_key, "blobs.s3.secret_key": bucket.secret_key}
    return ((name, reference) for name, reference in named.items() if reference is not None)


def _folders(sites: Iterable[Site]) -> Iterator[Found]:
    """Watched folders that are not there or that files cannot be moved out of."""
    for site in sites:
        for feed in site.feeds:
            for source in feed.sources:
                if isinstance(source, DirectorySource) and not (source.path.is_dir() and os.access(source.path, os.R_OK | os.W_OK | os.X_OK)):
                    state = "cannot be read and written" if source.path.exists() else "does not exist"
                    yield problem(f"{site.id}/{feed.id}: the folder {source.path} {state}", f"mend it with: mkdir -p {source.path}, and its rights")
