"""Bytes to frames to events and findings. Pure: no socket, file, clock, environment or logging."""
