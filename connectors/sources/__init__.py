"""One file per way in. Each takes its settings and a sink, and imports nothing of the gateway."""
