"""A self-consistent invented world of claims and remittances, for the demo, the tests and the benchmark."""

from gateway.synth.world import Summary, write_world

__all__ = ["Summary", "write_world"]
