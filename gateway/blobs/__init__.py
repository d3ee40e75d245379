"""Content-addressed bytes in a directory."""

from gateway.blobs.directory import DirectoryBlobs

__all__ = ["DirectoryBlobs"]
