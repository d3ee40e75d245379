"""The rows of one field as a flat plan: which component and subcomponent goes to which key of which object."""

from __future__ import annotations

from typing import Any, NamedTuple

WHOLE = frozenset({"text", "code", "upper"})
"""Converters that keep an unescaped subcomponent separator where no row names a subcomponent: it is text that a sender forgot to escape."""


class Leaf(NamedTuple):
    """One value: the keys of the objects around it, its own key, how it is made, and the site's codes for it."""

    slot: tuple[str, ...]
    name: str
    convert: str
    codes: dict[str, str] | None


class Cross(NamedTuple):
    """One value of several components."""

    places: tuple[tuple[int, int], ...]
    leaf: Leaf


class Component:
    """What takes a component: leaves of the whole, leaves by subcomponent."""

    def __init__(self) -> None:
        self.whole: list[Leaf] = []
        self.parts: dict[int, list[Leaf]] = {}
        self.split = True

    def settle(self) -> None:
        self.split = bool(self.parts) or any(leaf.convert not in WHOLE for leaf in self.whole)


class Plan:
    """All rows of one field, flat: `first` are those of the first repetition, `every` those that make lists, by name."""

    def __init__(self, number: int, codes: dict[str, dict[str, str]]) -> None:
        self.number, self.codes = number, codes
        self.first: dict[int, Component] = {}
        self.every: dict[int, Component] = {}
        self.lists: list[str] = []
        self.names: list[str] = []
        self.ids: list[str] = []
        self.crosses: list[Cross] = []
        self.every_crosses: list[Cross] = []

    def add(self, row: list[Any]) -> None:
        """A row whose paths all start with this field."""
        kind, paths, name, last, *ids = row
        self.ids = ids[0] if ids else self.ids
        many = kind in ("values", "parts")
        (self.lists if many else self.names).append(name)
        below = [tuple(map(int, path.split(".")[1:])) for path in paths]
        if kind in ("value", "values"):
            self._leaf(below, (), name, last, many)
        else:
            self._object(below[0], (name,), last, many)

    def _object(self, at: tuple[int, ...], slot: tuple[str, ...], rows: list[Any], many: bool) -> None:
        for kind, paths, name, last in rows:
            below = [(*at, *map(int, path.split("."))) for path in paths]
            if kind == "value":
                self._leaf(below, slot, name, last, many)
            else:
                self._object(below[0], (*slot, name), last, many)

    def _leaf(self, places: list[tuple[int, ...]], slot: tuple[str, ...], name: str, convert: str, many: bool) -> None:
        holder = self.every if many else self.first
        codes = self.codes.get(".".join(map(str, (self.number, *(places[0] or (1,)))))) if self.codes else None
        leaf = Leaf(slot, name, convert, codes)
        if len(places) > 1:
            pairs = tuple((place[0] if place else 1, place[1] if len(place) > 1 else 0) for place in places)
            (self.every_crosses if many else self.crosses).append(Cross(pairs, leaf))
        for place in places:
            component = holder.setdefault(place[0] if place else 1, Component())
            taken = component.parts.setdefault(place[1], []) if len(place) > 1 else component.whole
            if len(places) == 1:
                taken.append(leaf)

    def take(self, component: int = 1) -> None:
        """A value made of several fields takes this component."""
        self.first.setdefault(component, Component())

    def settle(self) -> None:
        """All rows are in: what takes the first repetition is the rows of the first and of every one."""
        for number, component in self.every.items():
            mine = self.first.setdefault(number, Component())
            mine.whole += component.whole
            for part, leaves in component.parts.items():
                mine.parts.setdefault(part, []).extend(leaves)
        self.crosses += self.every_crosses
        for component in (*self.first.values(), *self.every.values()):
            component.settle()
