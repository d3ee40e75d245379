"""Checks a configuration end to end and says what to do (`clearplane doctor`). A check is a function in a module of `checks`."""
