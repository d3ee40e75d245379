"""Speed and memory of this project beside its peers, on the same generated files. Run with `python -m bench`."""
