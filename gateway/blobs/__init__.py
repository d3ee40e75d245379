"""Content-addressed bytes, in a directory or in a bucket. The bucket's side is imported only where it is used."""

from gateway.blobs.directory import DirectoryBlobs
from gateway.blobs.probe import probe

__all__ = ["DirectoryBlobs", "probe"]
