"""The other contenders: each in a process and an environment of its own."""
