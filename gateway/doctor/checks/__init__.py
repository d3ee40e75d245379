"""One module a subject. Each has ORDER and functions marked with `check`; they are found by listing."""
