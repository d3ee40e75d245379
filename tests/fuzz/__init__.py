"""Fuzzing of the X12 engine: coverage-guided with atheris (`python -m tests.fuzz`), and a short form with fixed seeds in the test suite."""
