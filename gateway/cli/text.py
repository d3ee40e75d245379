"""Text on a terminal: bytes of a sender must not be commands to it."""

_CONTROL = [*range(0x20), 0x7F, *range(0x80, 0xA0)]
_VISIBLE = {code: 0x2400 + code if code < 0x20 else 0x2421 if code == 0x7F else 0xFFFD for code in _CONTROL}


def visible(text: str, keep: str = "") -> str:
    """Control characters as pictures of themselves, one for one, but for those of `keep`."""
    return text.translate(_VISIBLE if not keep else {code: sign for code, sign in _VISIBLE.items() if chr(code) not in keep})


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


__all__ = ["plural", "visible"]
