"""A self-consistent invented world of everything that passes between providers and payers, for the demo, the tests and the benchmark."""

from gateway.synth.broken import NUMBER as BROKEN_NUMBER
from gateway.synth.broken import broken_claims
from gateway.synth.world import Summary, write_world

__all__ = ["BROKEN_NUMBER", "Summary", "broken_claims", "write_world"]
