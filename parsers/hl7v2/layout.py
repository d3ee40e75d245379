"""Where the segments of a message go by the order of their tags alone, which most messages of a feed have in common: worked out once, remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from parsers.hl7v2.lines import SegmentReader
from parsers.hl7v2.tree import Node, Tree, Walk

_MEMO_LIMIT = 256
_LONGEST_REMEMBERED = 64
_MOST_STEPS = 1_000_000
"""Steps of a message up to which a further visit begins with what the last one began with. Beyond it the message is given up: `Layout.over`."""

Lines = Callable[[int, str], tuple[SegmentReader, ...]]
"""(group, tag) -> the readers of a segment."""


class Step(NamedTuple):
    """What a segment does: the groups it opens, the one it goes to, and the lines that read it there; none leaves it unread."""

    opens: tuple[Node, ...]
    node: Node
    lines: tuple[SegmentReader, ...]


class Layout:
    """The steps of a message's segments and the groups that they make; `firsts` are the ordinals of the first segment of each tag. `order` has the
    ordinal of each step where segments are read more than once, else nothing."""

    def __init__(self, tags: tuple[str, ...], tree: Tree, apart: frozenset[int], lines: Lines) -> None:
        self.steps: list[Step] = []
        self.over = False
        self.firsts: dict[str, int] = {}
        self._walk, self._lines = Walk(tree, apart), lines
        order: list[int] = []
        for ordinal, tag in enumerate(tags, 1):
            self.firsts.setdefault(tag, ordinal)
            order += self._segment(tags, ordinal, tag)
        self.order = order if len(order) > len(tags) else []
        self.nodes = self._walk.nodes
        self.groups: dict[int, list[Node]] = {}
        for node in self.nodes:
            self.groups.setdefault(node.group, []).append(node)

    def _segment(self, tags: tuple[str, ...], ordinal: int, tag: str) -> tuple[int, ...]:
        """Ordinals of what is read here: before a segment that begins another occurrence of its group, what the last one began with."""
        walk, known = self._walk, len(self._walk.nodes)
        node = walk.place(tag, ordinal)
        shared = walk.again(tag, node, tags)
        if shared and len(self.steps) > _MOST_STEPS:
            self.over, shared = True, ()
        for earlier in shared:
            self._step(known, walk.place(tags[earlier - 1], earlier), tags[earlier - 1], earlier)
            known = len(walk.nodes)
        if shared:
            node = walk.place(tag, ordinal)
            node.first, node.shared = ordinal, shared
        self._step(known, node, tag, ordinal)
        return *shared, ordinal

    def _step(self, known: int, node: Node, tag: str, ordinal: int) -> None:
        """`known`: how many groups there were before it."""
        readers = self._lines(node.group, tag)
        if tag in node.seen:  # what has one place only is not overwritten by a second segment
            readers = tuple(reader for reader in readers if reader.many)
        else:
            node.seen[tag] = ordinal
        self.steps.append(Step(tuple(self._walk.nodes[known:]), node, readers))


class Layouts(dict[tuple[frozenset[int], tuple[str, ...]], Layout]):
    """The layouts of a program by the groups that have events of their own and the tags of a message, bounded."""

    def __init__(self, tree: Tree, lines: Lines) -> None:
        super().__init__()
        self.tree, self.lines = tree, lines

    def __missing__(self, key: tuple[frozenset[int], tuple[str, ...]]) -> Layout:
        apart, tags = key
        layout = Layout(tags, self.tree, apart, self.lines)
        if len(tags) <= _LONGEST_REMEMBERED:
            if len(self) >= _MEMO_LIMIT:
                self.clear()
            self[key] = layout
        return layout
