"""One file per way out. Each takes its settings and what it is to hand over, and imports nothing of the gateway."""
