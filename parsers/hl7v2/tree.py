"""Which group of a message a segment belongs to, told by what opens groups and what they hold, never by the order the standard has."""

from __future__ import annotations

from typing import Any, NamedTuple

from parsers.hl7v2.segments import Segment

NOTE = "NTE"
"""A note belongs to the segment before it."""


class Node:
    """One occurrence of a group, or the message itself (group 0): its object, and what has been read into it."""

    __slots__ = ("first", "group", "left", "lost", "number", "obj", "parent", "parts", "position", "seen")

    def __init__(self, group: int, parent: Node | None, first: Segment | None, obj: dict[str, Any]) -> None:
        self.group, self.parent, self.first, self.obj = group, parent, first, obj
        self.position = -1
        self.seen: dict[str, Segment] = {}
        self.parts: dict[str, list[int]] = {}
        self.left: list[dict[str, Any]] = []
        self.lost = False

    def within(self, group: int) -> Node | None:
        """This node or the one around it that is of a group."""
        node: Node | None = self
        while node is not None and node.group != group:
            node = node.parent
        return node

    def find(self, tag: str) -> Segment | None:
        """The first segment with this tag here or around."""
        node: Node | None = self
        while node is not None:
            if tag in node.seen:
                return node.seen[tag]
            node = node.parent
        return None


class _Group(NamedTuple):
    """A group by number: its parent's, where its object goes."""

    parent: int
    to: str
    many: bool


class _Opening(NamedTuple):
    """A group that a tag opens: its number, the place of the tag among its openers, and the child groups that the tag opens in it."""

    group: int
    position: int
    children: tuple[_Opening, ...]


class Tree:
    """The groups of a program by number (0 is the message), and what each tag does."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        numbers = {"": 0} | {group["name"]: at for at, group in enumerate(groups, 1)}
        self.groups = [_Group(0, "", False)]
        self.groups += [_Group(numbers[group["parent"]], group["to"].removesuffix("[]"), group["to"].endswith("[]")) for group in groups]
        self.holders: dict[str, frozenset[int]] = {}
        self.openings: dict[str, tuple[_Opening, ...]] = {}
        for tag in {tag for group in groups for tag in group["holds"]}:
            self.holders[tag] = frozenset(at for at, group in enumerate(groups, 1) if tag in group["holds"])
        for tag in {tag for group in groups for tag in group["opens"]}:
            self.openings[tag] = self._openings(tag, groups)

    def _openings(self, tag: str, groups: list[dict[str, Any]]) -> tuple[_Opening, ...]:
        opened = {at: group["opens"].index(tag) for at, group in enumerate(groups, 1) if tag in group["opens"]}

        def below(parent: int) -> tuple[_Opening, ...]:
            return tuple(_Opening(at, opened[at], below(at)) for at in opened if self.groups[at].parent == parent)

        return tuple(_Opening(at, opened[at], below(at)) for at in opened if self.groups[at].parent not in opened)


class Walk:
    """The groups open while a message is read. `nodes` are all of it, parents before children; `apart`: groups that get events of their own."""

    def __init__(self, tree: Tree, apart: frozenset[int] = frozenset()) -> None:
        self.tree, self.apart = tree, apart
        self.root = Node(0, None, None, {})
        self.nodes = [self.root]
        self.stack = [self.root]
        self.last = self.root
        self.firsts: dict[str, Segment] = {}
        """The first segment of each tag, wherever it stands."""

    def place(self, segment: Segment) -> Node:
        """The node a segment belongs to; groups are opened and ended as it asks."""
        tag, tree = segment.tag, self.tree
        openings = tree.openings.get(tag)
        if openings is not None:
            self.last = self._open(segment, openings)
        elif tag in tree.holders:
            self.last = self._held(tag, tree.holders[tag])
        elif tag != NOTE:
            self.last = self.root
        return self.last if tag != NOTE or tag in tree.holders else self.root

    def _held(self, tag: str, holders: frozenset[int]) -> Node:
        """The innermost open group that holds it, which may go on afterwards; a note goes by the segment before it."""
        node = self.last if tag == NOTE else self.stack[-1]
        while node.parent is not None and node.group not in holders:
            node = node.parent
        return node

    def _open(self, segment: Segment, openings: tuple[_Opening, ...]) -> Node:
        if len(openings) == 1 and not openings[0].children:
            return self._one(segment, openings[0])
        depths = {node.group: at for at, node in enumerate(self.stack)}
        best, anchor = openings[0], -1
        for opening in openings:
            at = depths.get(opening.group, -1)
            if at < 0 or self.stack[at].position >= opening.position:
                at = depths.get(self.tree.groups[opening.group].parent, -1)
            if at > anchor:
                best, anchor = opening, at
        node = self._enter(segment, best, depths)
        children = best.children
        while children:
            node = self._enter(segment, children[0], {node.group: at for at, node in enumerate(self.stack)})
            children = children[0].children
        return node

    def _one(self, segment: Segment, opening: _Opening) -> Node:
        """A tag that opens one group, as nearly all do."""
        group, stack = opening.group, self.stack
        parent = self.tree.groups[group].parent
        for at in range(len(stack) - 1, -1, -1):
            node = stack[at]
            if node.group == parent or (node.group == group and node.position < opening.position):
                del stack[at + 1 :]
                if node.group == parent:
                    node = self._child(node, group, segment)
                    stack.append(node)
                    self.nodes.append(node)
                node.position = opening.position
                return node
        return self._enter(segment, opening, {node.group: at for at, node in enumerate(stack)})

    def _enter(self, segment: Segment, opening: _Opening, depths: dict[int, int]) -> Node:
        """Join the open occurrence where the tag has its place still free there, else begin the next."""
        at = depths.get(opening.group, -1)
        if at >= 0 and self.stack[at].position < opening.position:
            del self.stack[at + 1 :]
            node = self.stack[at]
        else:
            node = self._begin(segment, opening.group, depths)
        node.position = opening.position
        return node

    def _begin(self, segment: Segment, group: int, depths: dict[int, int]) -> Node:
        parent = self.tree.groups[group].parent
        at = depths.get(parent, -1)
        if at >= 0:
            del self.stack[at + 1 :]
        else:  # what stands around it was not opened: an occurrence without the segment that opens it
            self._begin(segment, parent, depths)
        node = self._child(self.stack[-1], group, segment)
        self.stack.append(node)
        self.nodes.append(node)
        return node

    def _child(self, parent: Node, number: int, segment: Segment) -> Node:
        group = self.tree.groups[number]
        if not group.to:
            return Node(number, parent, segment, parent.obj)
        node = Node(number, parent, segment, {})
        if group.many:
            parent.obj.setdefault(group.to, []).append(node.obj)
            parent.parts.setdefault(group.to, []).append(segment.ordinal)
        elif group.to in parent.obj:
            node.lost = number not in self.apart  # its object has no place, and what it says is unmapped
        else:
            parent.obj[group.to] = node.obj
        return node
