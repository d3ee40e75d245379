"""`clearplane.toml`: where data lives, topics and retention, the API's address, limits. Everything has a default."""

import os
import stat
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from gateway.seams import TopicSpec
from gateway.secrets import SecretRef
from gateway.toml_file import ConfigError, FileProblem, Strict, read_toml, validated

CONFIG_NAME = "clearplane.toml"
DAY_MS = 86_400_000
SPREAD_BYTES = 16 << 20
M = TypeVar("M", bound=Strict)
RETENTION_DAYS: dict[str, float | None] = {
    "intake": 30, "work": 7, "chunks": 7, "made": 7, "outcomes": 30, "held": 365, "outbound": 30,
    "claims": 730, "claims.test": 30, "patients": 730, "patients.test": 30, "batches": 730, "batches.test": 30,
}  # fmt: skip
"""Days a topic keeps its records unless configured; None is for ever."""
OWN_TOPICS = ("intake", "work", "chunks", "made", "outcomes", "held", "outbound")
"""What the gateway has to read itself. They are not bounded by size: what was acknowledged could go before it was read."""


def host_of(server: str) -> str:
    """Host of `host:port`; of `[::1]:9092` what is in the brackets."""
    return (urlsplit(f"//{server}").hostname or "") if server else ""


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


class KafkaSettings(Strict):
    """How to reach and use the brokers. Secrets by reference: `env:NAME` or `file:PATH`.

    `replication` 0 is the brokers' default. `transaction_seconds`: the brokers end a transaction whose owner is silent for so long.
    `record_bytes`: larger values go to the blob store and leave a reference in their record. `stall_seconds`: a consumer that gets nothing
    for so long although there is something is closed and made anew. `trusted_network`: no TLS beyond loopback, because the network is private.
    """

    servers: tuple[str, ...] = Field(default=("127.0.0.1:9092",), min_length=1)
    security: Literal["plaintext", "tls", "sasl", "sasl_tls"] = "plaintext"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretRef | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    key_password: SecretRef | None = None
    check_hostname: bool = True
    trusted_network: bool = False
    replication: int = Field(default=0, ge=0, le=15)
    compression: Literal["zstd", "lz4", "gzip", "none"] = "zstd"
    record_bytes: int = Field(default=900 << 10, ge=10_000, le=64 << 20)
    request_seconds: float = Field(default=10.0, gt=0, le=300)
    session_seconds: float = Field(default=10.0, gt=0, le=300)
    transaction_seconds: float = Field(default=30.0, gt=0, le=900)
    stall_seconds: float = Field(default=30.0, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> "KafkaSettings":
        sasl = self.security in ("sasl", "sasl_tls")
        if sasl != (self.username is not None) or sasl != (self.password is not None):
            raise ValueError("username and password go with security sasl or sasl_tls, and these need them")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together")
        if not self.uses_tls:
            if self.ca_file or self.cert_file:
                raise ValueError("ca_file and cert_file go with security tls or sasl_tls")
            if not self.trusted_network and not all(is_loopback(host_of(server)) for server in self.servers):
                raise ValueError("security tls or sasl_tls is required when a server is not loopback, or trusted_network = true")
        return self

    @property
    def uses_tls(self) -> bool:
        return self.security in ("tls", "sasl_tls")


class LogSettings(Strict):
    """`prefix` stands before every topic name, and before names of groups and transactions on Kafka.

    `spread_bytes`: files from this size on are read by the workers of all machines; 0 never, None: 16 MiB on Kafka, never on the embedded log.
    `repeat_window`: how many records back a reader knows ids again, per partition; used on Kafka. `local_bytes`: what feeds with
    `acknowledge = "local"` may keep on this node while the brokers are away.
    """

    kind: Literal["embedded", "kafka"] = "embedded"
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    partitions: int = Field(default=6, ge=1, le=1000)
    spread_bytes: int | None = Field(default=None, ge=0)
    repeat_window: int = Field(default=5000, ge=0, le=1_000_000)
    local_bytes: int = Field(default=20 << 30, ge=1 << 20)
    kafka: KafkaSettings = KafkaSettings()


class StateSettings(Strict):
    """`url` as SQLAlchemy writes it, without the password: `postgresql://user@host/name`; None is SQLite in the data folder.

    Beyond loopback the server's certificate is verified (`ca_file`, None: the machine's own), unless `trusted_network` says the network is private.
    `connections`: how many at most.
    """

    url: str | None = Field(default=None, pattern=r"^postgresql://[^:@/]+@[^@]+$")
    password: SecretRef | None = None
    ca_file: Path | None = None
    trusted_network: bool = False
    connections: int = Field(default=10, ge=2, le=200)


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
    """Bytes and counts. `chunk_bytes`: part of a file read at once by one worker; `inline_bytes`: largest body that travels in its log record.

    `concurrent_uploads`: bodies taken in at once; more have to wait or come back.
    """

    upload_bytes: int = Field(default=4 << 30, ge=1)
    inline_bytes: int = Field(default=256 << 10, ge=0, le=16 << 20)
    chunk_bytes: int = Field(default=1 << 20, ge=1 << 12, le=64 << 20)
    segment_bytes: int = Field(default=1 << 18, ge=1 << 10)
    item_segments: int = Field(default=50_000, ge=1)
    findings: int = Field(default=100_000, ge=0)
    concurrent_uploads: int = Field(default=64, ge=1, le=10_000)


class BucketSettings(Strict):
    """An S3-compatible store. `endpoint` None is the provider's own for `region`. No keys: the environment's ordinary AWS credentials.

    `part_bytes`: larger blobs go up in parts of this size. `trusted_network`: http beyond loopback, because the network is private.
    """

    bucket: str = Field(min_length=1)
    prefix: str = Field(default="", pattern=r"^([A-Za-z0-9._=-]+/)*[A-Za-z0-9._=-]*$")
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    ca_file: Path | None = None
    path_style: bool = True
    part_bytes: int = Field(default=8 << 20, ge=5 << 20, le=1 << 30)
    trusted_network: bool = False
    timeout_seconds: float = Field(default=30.0, gt=0)
    retry_seconds: float = Field(default=60.0, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> "BucketSettings":
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key go together")
        plain = self.endpoint is not None and self.endpoint.startswith("http://") and not is_loopback(urlsplit(self.endpoint).hostname or "")
        if plain and not self.trusted_network:
            raise ValueError("the endpoint has to be https when it is not loopback, or trusted_network = true")
        return self


class BlobSettings(Strict):
    """Raw bytes are kept at least `retention_days`, and always as long as an event made from them. `grace_hours`: age of a blob without a record.

    `s3` None: a directory in the data folder.
    """

    s3: BucketSettings | None = None
    retention_days: float = Field(default=730, ge=0)
    grace_hours: float = Field(default=24, ge=1)


class Config(Strict):
    """The whole configuration. `workers` 0 means one per core."""

    data_dir: Path = Path("data")
    sites_dir: Path = Path("sites")
    workers: int = Field(default=0, ge=0, le=256)
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    state: StateSettings = StateSettings()
    topics: dict[str, TopicSettings] = Field(default_factory=dict)
    limits: LimitSettings = LimitSettings()
    blobs: BlobSettings = BlobSettings()

    @model_validator(mode="after")
    def _topics_known(self) -> "Config":
        for name in self.topics:
            if name not in RETENTION_DAYS:
                raise ValueError(f"there is no topic {name}; topics are {', '.join(RETENTION_DAYS)}")
            if name in OWN_TOPICS and self.topics[name].retention_bytes:
                raise ValueError(f"retention_bytes of {name}: what was acknowledged could go before it is read; only topics of events have it")
        # A feed's files and the chunks cut from them stay in one order.
        if len({self.partitions(name) for name in ("intake", "work", "made")}) > 1:
            raise ValueError("the topics intake, work and made need the same number of partitions")
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
        api = _rooted(self.api, folder, ("tls_cert", "tls_key"))
        log = self.log.model_copy(update={"kafka": _rooted(self.log.kafka, folder, ("ca_file", "cert_file", "key_file"))})
        state = _rooted(self.state, folder, ("ca_file",))
        s3 = None if self.blobs.s3 is None else _rooted(self.blobs.s3, folder, ("ca_file",))
        blobs = self.blobs.model_copy(update={"s3": s3})
        update = {"data_dir": folder / self.data_dir, "sites_dir": folder / self.sites_dir, "api": api, "log": log, "state": state, "blobs": blobs}
        return self.model_copy(update=update)

    @property
    def spread_bytes(self) -> int:
        """Size from which on a file is read by the workers of all machines; 0 never."""
        if self.log.spread_bytes is not None:
            return self.log.spread_bytes
        return SPREAD_BYTES if self.log.kind == "kafka" else 0

    @property
    def log_path(self) -> Path:
        return self.data_dir / "log.db"

    @property
    def state_url(self) -> str:
        """Without a password."""
        return self.state.url or f"sqlite:///{self.data_dir / 'state.db'}"

    @property
    def blobs_path(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def values_path(self) -> Path:
        """Record values too large for their log, when blobs are in a directory."""
        return self.data_dir / "values"

    @property
    def local_path(self) -> Path:
        """What was acknowledged by this node alone and waits for the brokers."""
        return self.data_dir / "local"

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


def _rooted(settings: M, folder: Path, names: Sequence[str]) -> M:
    """The same with these paths absolute."""
    return settings.model_copy(update={name: folder / path for name in names if (path := getattr(settings, name)) is not None})


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
    "CONFIG_NAME", "RETENTION_DAYS", "ApiSettings", "BlobSettings", "BucketSettings", "Config", "ConfigError", "KafkaSettings", "LimitSettings",
    "LogSettings", "StateSettings", "TopicSettings", "host_of", "is_loopback", "prepare_data_dir",
]  # fmt: skip
