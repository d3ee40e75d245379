"""`clearplane.toml`: where data lives, topics and retention, the API's address, limits. Everything has a default."""

import os
import stat
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from gateway.seams import TopicSpec
from gateway.toml_file import ConfigError, FileProblem, Strict, read_toml, validated

CONFIG_NAME = "clearplane.toml"
DAY_MS = 86_400_000
RETENTION_DAYS: dict[str, float | None] = {
    "intake": 30, "work": 7, "outcomes": 30, "held": 365, "claims": 730, "claims.test": 30, "batches": 730, "batches.test": 30,
}  # fmt: skip
"""Days a topic keeps its records unless configured; None is for ever."""


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class TopicSettings(Strict):
    """`retention_days` and `retention_bytes` 0 keep for ever; bytes count per partition, as stored. None is the default."""

    partitions: int | None = Field(default=None, ge=1, le=1000)
    retention_days: float | None = Field(default=None, ge=0)
    retention_bytes: int | None = Field(default=None, ge=0)


class LogSettings(Strict):
    """`prefix` stands before every topic name."""

    kind: Literal["embedded"] = "embedded"
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    partitions: int = Field(default=6, ge=1, le=1000)


class ApiSettings(Strict):
    """Plain HTTP is for loopback only."""

    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    heartbeat_seconds: float = Field(default=15.0, gt=0)

    @model_validator(mode="after")
    def _tls_beyond_loopback(self) -> "ApiSettings":
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together")
        if not is_loopback(self.host) and self.tls_cert is None:
            raise ValueError("tls_cert and tls_key are required when the host is not loopback")
        return self


class LimitSettings(Strict):
    """Bytes and counts. `chunk_bytes`: part of a file read at once by one worker; `inline_bytes`: largest body that travels in its log record."""

    upload_bytes: int = Field(default=4 << 30, ge=1)
    inline_bytes: int = Field(default=256 << 10, ge=0, le=16 << 20)
    chunk_bytes: int = Field(default=1 << 20, ge=1 << 12, le=64 << 20)
    segment_bytes: int = Field(default=1 << 18, ge=1 << 10)
    item_segments: int = Field(default=50_000, ge=1)
    findings: int = Field(default=100_000, ge=0)


class BlobSettings(Strict):
    """Raw bytes are kept at least `retention_days`, and always as long as an event made from them. `grace_hours`: age of a blob without a record."""

    retention_days: float = Field(default=730, ge=0)
    grace_hours: float = Field(default=24, ge=1)


class Config(Strict):
    """The whole configuration. `workers` 0 means one per core."""

    data_dir: Path = Path("data")
    sites_dir: Path = Path("sites")
    workers: int = Field(default=0, ge=0, le=256)
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    topics: dict[str, TopicSettings] = Field(default_factory=dict)
    limits: LimitSettings = LimitSettings()
    blobs: BlobSettings = BlobSettings()

    @model_validator(mode="after")
    def _topics_known(self) -> "Config":
        for name in self.topics:
            if name not in RETENTION_DAYS:
                raise ValueError(f"there is no topic {name}; topics are {', '.join(RETENTION_DAYS)}")
        # A feed's files and the chunks cut from them stay in one order.
        if self.partitions("intake") != self.partitions("work"):
            raise ValueError("the topics intake and work need the same number of partitions")
        return self

    @classmethod
    def load(cls, path: Path | str | None = None) -> "Config":
        """From a file, or from ./clearplane.toml if there is one, or the defaults. Paths in it are relative to it. Raises ConfigError."""
        file = Path(path) if path is not None else Path(CONFIG_NAME)
        if path is None and not file.exists():
            return cls().rooted(Path.cwd())
        values, lines = read_toml(file)
        return validated(cls, file, values, lines).rooted(file.absolute().parent)

    def rooted(self, folder: Path) -> "Config":
        """The same with absolute paths."""
        api = self.api.model_copy(update={name: folder / path for name in ("tls_cert", "tls_key") if (path := getattr(self.api, name)) is not None})
        return self.model_copy(update={"data_dir": folder / self.data_dir, "sites_dir": folder / self.sites_dir, "api": api})

    @property
    def log_path(self) -> Path:
        return self.data_dir / "log.db"

    @property
    def state_url(self) -> str:
        return f"sqlite:///{self.data_dir / 'state.db'}"

    @property
    def blobs_path(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def spool_path(self) -> Path:
        """Plans of large files while they are cut into chunks; nothing here is needed after a restart."""
        return self.data_dir / "spool"

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1

    def topic(self, name: str) -> str:
        """Name of a topic on the log."""
        return self.log.prefix + name

    def partitions(self, name: str) -> int:
        settings = self.topics.get(name)
        return settings.partitions if settings is not None and settings.partitions is not None else self.log.partitions

    def topic_specs(self) -> list[TopicSpec]:
        """Every topic with its partitions and retention."""
        specs = []
        for name, default in RETENTION_DAYS.items():
            settings = self.topics.get(name, TopicSettings())
            days = default if settings.retention_days is None else settings.retention_days
            age = round(days * DAY_MS) if days else None
            specs.append(TopicSpec(self.topic(name), self.partitions(name), age, settings.retention_bytes or None))
        return specs


def prepare_data_dir(path: Path) -> None:
    """Create it 0700. Raises ConfigError, with the command that mends it, when it is another's or open to others."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
    except OSError as error:
        raise ConfigError([FileProblem(path, 0, f"the data folder cannot be made: {error.strerror}")]) from None
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigError([FileProblem(path, 0, "is not a folder; name another data_dir")])
    if status.st_uid != os.geteuid():
        raise ConfigError([FileProblem(path, 0, f"the data folder belongs to another user; mend it with: chown -R {os.geteuid()} {path}")])
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigError([FileProblem(path, 0, f"the data folder can be entered by others; mend it with: chmod 700 {path}")])


__all__ = [
    "CONFIG_NAME", "RETENTION_DAYS", "ApiSettings", "BlobSettings", "Config", "ConfigError", "LimitSettings", "LogSettings", "TopicSettings",
    "is_loopback", "prepare_data_dir",
]  # fmt: skip
