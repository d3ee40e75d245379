"""What pydantic says of a value in a TOML file, in the words of someone who writes the file."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_A_LIST, _A_TABLE = "a list is wanted, as [ ... ]", "a table is wanted, as { key = value }"
_A_TEXT, _A_NUMBER, _A_WHOLE = "a text is wanted, in quotes", "a number is wanted", "a whole number is wanted"
_SAID = {
    "missing": "is missing", "tuple_type": _A_LIST, "list_type": _A_LIST, "dict_type": _A_TABLE, "model_type": _A_TABLE,
    "model_attributes_type": _A_TABLE, "string_type": _A_TEXT, "path_type": _A_TEXT, "float_type": _A_NUMBER, "float_parsing": _A_NUMBER,
    "int_type": _A_WHOLE, "int_parsing": _A_WHOLE, "int_from_float": _A_WHOLE, "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
}  # fmt: skip
"""What pydantic calls a fault -> what is said of it."""
_FORMS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "lower-case letters, digits, - and _ are wanted, at most 64, the first a letter or a digit",
    r"^(/([^~/]|~[01])+)+$": "a JSON Pointer is wanted, as /identity/patient/value",
    r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$": "a reference is wanted, env:NAME or file:PATH, never the value",
    r"^SITE_[A-Z0-9_]{1,40}$": "SITE_ and capitals, digits or _ are wanted, as SITE_REFERRAL",
    r"^(2\.[1-9](\.[0-9])?)?$": "a version is wanted, as 2.5.1",
    r"^[A-Z0-9]{1,8}(\^[A-Z0-9]{1,8})?$": "a message type and event is wanted, as ADT^A04",
    r"^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$": "a line of a public key file is wanted, as ssh-ed25519 AAAA...",
}
"""Pattern -> what a text has to be."""

_FEW = 12
"""Keys that are all named beside one that is unknown."""


def nearest(word: object, known: Iterable[str]) -> str:
    """`; did you mean zone?`, or nothing when none of them is near."""
    found = get_close_matches(str(word), list(known), 1, 0.7)
    return f"; did you mean {found[0]}?" if found else ""


def sentence_of(model: type[BaseModel], fault: Mapping[str, Any]) -> str:
    """One of the errors of a ValidationError of `model`."""
    kind, place, context = fault["type"], fault["loc"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted({name for one in _at(model, place[:-1]) for name in _fields(one)})
        return "unknown key" + (nearest(place[-1], known) or (f"; there are {', '.join(known)}" if 0 < len(known) <= _FEW else ""))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        names = _tags(_at(model, place), context["discriminator"].strip("'"))
        one_of = f"one of {', '.join(names)} is wanted"
        return one_of + nearest(context["tag"], names) if kind == "union_tag_invalid" else f"is missing: {one_of}"
    if kind == "string_pattern_mismatch" and context["pattern"] in _FORMS:
        return _FORMS[context["pattern"]]
    said = str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return _SAID.get(kind, said)


def key_of(fault: Mapping[str, Any]) -> tuple[str, ...]:
    """The key a fault is about where its place is that of the table around it: that which says the type of a table."""
    return (fault["ctx"]["discriminator"].strip("'"),) if fault["type"].startswith("union_tag_") else ()


def _at(kind: Any, place: Iterable[str | int]) -> list[Any]:
    """The types that may stand at a place: tables by key, lists by number; a step that neither has picks a branch of a union."""
    found = list(_branches(kind))
    for step in place:
        inside = [inner for one in found for inner in _inside(one, step)]
        found = inside or [one for one in found if step in _words(one)] or found
    return found


def _branches(kind: Any) -> Iterator[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _branches(get_args(kind)[0])
    elif origin in (Union, UnionType):
        for one in get_args(kind):
            yield from _branches(one)
    else:
        yield kind


def _inside(kind: Any, step: str | int) -> Iterator[Any]:
    if isinstance(step, str) and step in _fields(kind):
        yield from _branches(_fields(kind)[step].annotation)
    elif isinstance(step, int) and get_origin(kind) in (list, tuple):
        yield from _branches(get_args(kind)[0])
    elif get_origin(kind) is dict:
        yield from _branches(get_args(kind)[1])


def _fields(kind: Any) -> dict[str, Any]:
    return dict(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _words(kind: Any) -> set[Any]:
    """What `type` may be in a table of this kind."""
    return {word for field in _fields(kind).values() if get_origin(field.annotation) is Literal for word in get_args(field.annotation)}


def _tags(kinds: Iterable[Any], name: str) -> list[str]:
    return sorted(str(word) for one in kinds if name in _fields(one) for word in get_args(_fields(one)[name].annotation))


__all__ = ["key_of", "nearest", "sentence_of"]
