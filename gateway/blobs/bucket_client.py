"""One S3-compatible bucket through obstore: how it is reached, and its errors as sentences that hold no secret."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from gateway.config import BucketSettings
from gateway.seams import BlobError, BlobNotFound
from gateway.secrets import resolve

try:
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
    from obstore.store import S3Store
except ImportError:
    raise BlobError("blobs on an S3-compatible store need a library that is not installed: install clearplane[cluster]") from None

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Credential

CONNECT_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
MANY = 10_000
"""Retries are limited by time, not by number."""
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_KIND = re.compile(r"HttpError \{\s*kind: (\w+)")
_MACHINE_CREDENTIALS = re.compile(r"performing \w+ \S+/latest/(api/token|meta-data/)")
"""Where a cloud machine's own role is asked for, which happens when there are no keys."""
_HTTP_KINDS = {"Connect": "cannot be reached", "Timeout": "did not answer in time", "Interrupted": "broke off its answer"}
T = TypeVar("T")


class PastEndError(BlobError):
    """The range begins at or past the end."""


def open_bucket(settings: BucketSettings) -> S3Store:
    """No request is made. What the configuration names is not overruled by the environment. Raises BlobError, SecretError."""
    config: S3Config = {
        "region": settings.region,
        "virtual_hosted_style_request": not settings.path_style,
        "checksum_algorithm": "SHA256",
        "disable_bulk_delete": True,  # not every store has the bulk call
        "skip_signature": False,
    }
    if settings.endpoint is not None:
        config["endpoint"] = config["aws_endpoint_url_s3"] = _endpoint(settings)
    return bucket_call(
        settings.bucket,
        lambda: S3Store(
            settings.bucket,
            config=config,
            client_options=_client(settings),
            retry_config={
                "max_retries": MANY if settings.retry_seconds else 0,
                "retry_timeout": timedelta(seconds=settings.retry_seconds),
                "backoff": {
                    "init_backoff": timedelta(seconds=FIRST_PAUSE_SECONDS),
                    "max_backoff": timedelta(seconds=LONGEST_PAUSE_SECONDS),
                    "base": 2,
                },
            },
            credential_provider=_credentials(settings),
        ),
    )


def _client(settings: BucketSettings) -> "ClientConfig":
    """Raises BlobError when the authority's certificate cannot be read."""
    options: ClientConfig = {
        "allow_http": (settings.endpoint or "").startswith("http://"),
        "timeout": timedelta(seconds=settings.timeout_seconds),
        "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, settings.timeout_seconds)),
    }
    if settings.ca_file is not None:
        try:
            options["root_certificate"] = settings.ca_file.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not a PEM file"
            raise BlobError(f"the ca_file of the blob store cannot be read: {reason}") from None
    return options


def bucket_call(bucket: str, call: Callable[[], T]) -> T:
    """Raises BlobNotFound, PastEndError, BlobError; the library's own text is dropped, because it can hold what was signed."""
    try:
        return call()
    except (BaseError, OSError, ValueError) as error:
        raise blob_error(error, bucket) from None


def blob_error(error: Exception, bucket: str) -> BlobError:
    """A sentence with the status and the error code of the store, as the S3 API defines them."""
    text = str(error)
    status, code, kind = _first(_STATUS, text), _first(_CODE, text), _first(_KIND, text)
    if _MACHINE_CREDENTIALS.search(text):
        return BlobError("no credentials for the blob store: neither settings nor environment name keys, and the machine has no role")
    if code == "NoSuchBucket":
        return BlobError(f"the bucket {bucket} does not exist")
    if isinstance(error, FileNotFoundError) and code in ("", "NoSuchKey"):
        return BlobNotFound("there is no such blob")
    if status == "416":
        return PastEndError("the range asked for begins past the end of the blob")
    detail = f": {code or status}" if code or status else ""
    if status in ("401", "403") or isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return BlobError(f"the blob store denies access to the bucket {bucket}{detail}")
    if status:
        return BlobError(f"the blob store refuses the request{detail}")
    if kind:
        return BlobError(f"the blob store {_HTTP_KINDS.get(kind, 'cannot be reached')}")
    return BlobError("the blob store cannot be used: " + ("its settings are not valid" if isinstance(error, ValueError) else "the request failed"))


def _endpoint(settings: BucketSettings) -> str:
    """Virtual-hosted style has the bucket in the host name."""
    endpoint = (settings.endpoint or "").rstrip("/")
    if settings.path_style:
        return endpoint
    parts = urlsplit(endpoint)
    return parts._replace(netloc=f"{settings.bucket}.{parts.netloc}").geturl()


def _credentials(settings: BucketSettings) -> Callable[[], "S3Credential"] | None:
    """None: the environment's ordinary credentials. A session token of the environment does not go with keys of the configuration."""
    if settings.access_key is None or settings.secret_key is None:
        return None
    credential: S3Credential = {
        "access_key_id": resolve(settings.access_key),
        "secret_access_key": resolve(settings.secret_key),
        "token": None,
        "expires_at": None,
    }
    return lambda: credential


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found else ""


__all__ = ["PastEndError", "blob_error", "bucket_call", "open_bucket"]
