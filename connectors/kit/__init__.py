"""Conformance tests that any source gets by one call."""

from connectors.kit.sources import RecordingSink, World, check_source

__all__ = ["RecordingSink", "World", "check_source"]
