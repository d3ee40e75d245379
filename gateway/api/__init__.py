"""The HTTP API: intake, events, explanations, raw bytes, held messages, health, metrics."""
