"""Conformance tests that any source or sink gets by one call."""

from connectors.kit.sinks import check_sink
from connectors.kit.sources import RecordingSink, World, check_source

__all__ = ["RecordingSink", "World", "check_sink", "check_source"]
