"""The command line. Each command is a module here with `add_arguments` and `run`; `main` finds it by name and imports only that one."""
