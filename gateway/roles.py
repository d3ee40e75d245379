"""What a process of the gateway does. Any number of processes, on any number of machines, may have any of the roles."""

from collections.abc import Collection, Iterable

INTAKE, NORMALISE, SERVE = "intake", "normalise", "serve"
ROLES = {
    INTAKE: "listens for MLLP, watches directories and SFTP servers, takes files by HTTP, forwards what was acknowledged locally",
    NORMALISE: "reads files and publishes their events, keeps state up to date, applies retention",
    SERVE: "gives events, explanations and stored files, settles held files",
}
ALL = frozenset(ROLES)
"""Every role has health, readiness and metrics."""


def roles_of(texts: Iterable[str]) -> frozenset[str]:
    """Of `--role` values: names, several in one with commas, or all; nothing is all. Raises ValueError with a sentence."""
    names = {name.strip() for text in texts for name in text.split(",")}
    unknown = sorted(names - ALL - {"all"})
    if unknown:
        raise ValueError(f"no role {unknown[0]!r}; roles are {', '.join(ROLES)} and all")
    return ALL if not names or "all" in names else frozenset(names)


def listed(roles: Collection[str], between: str = ", ") -> str:
    """In a fixed order, for people."""
    return between.join(role for role in ROLES if role in roles)
