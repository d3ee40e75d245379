"""Opens the side of each seam that the configuration names. Libraries of a side are imported only when it is used."""

from pathlib import Path
from typing import NamedTuple

from gateway.blobs import DirectoryBlobs
from gateway.config import BucketSettings, Config
from gateway.log import SqliteLog
from gateway.seams import Blobs, Log
from gateway.secrets import resolve_optional
from gateway.state import State
from gateway.state.database import Clock, utc_now


class BlobPlace(NamedTuple):
    """Where blobs are, as plain data, so that worker processes can open them too. `path` is used without a bucket."""

    path: str
    bucket: BucketSettings | None
    name: str


def blob_place(config: Config) -> BlobPlace:
    """Raw bytes and compiled programs."""
    return BlobPlace(str(config.blobs_path), config.blobs.s3, "blobs")


def value_place(config: Config) -> BlobPlace:
    """Values of log records that are too large for the log."""
    return BlobPlace(str(config.values_path), config.blobs.s3, "values")


def open_blobs(place: BlobPlace) -> Blobs:
    """Blocking. Raises BlobError, SecretError."""
    if place.bucket is None:
        return DirectoryBlobs(place.path)
    from gateway.blobs.bucket import BucketBlobs

    return BucketBlobs.open(place.bucket, place.name, Path(place.path).parent)


async def open_log(config: Config) -> Log:
    """Brokers need not be there yet: what needs them raises LogUnavailable until they are. Raises LogError, BlobError, SecretError."""
    if config.log.kind == "embedded":
        return await SqliteLog.open(config.log_path)
    from gateway.log.kafka import KafkaLog

    return await KafkaLog.open(config.log.kafka, config.log.prefix, open_blobs(value_place(config)))


def open_state(config: Config, clock: Clock = utc_now) -> State:
    """Blocking. Raises StateError, SecretError."""
    return State.open(config.state_url, clock, config.state, resolve_optional(config.state.password))
