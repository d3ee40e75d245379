"""Which group of a message a segment belongs to, told by what opens groups and what they hold, never by the order the standard has."""

from __future__ import annotations

from typing import Any, NamedTuple

NOTE = "NTE"
"""A note belongs to the segment before it."""


class Node:
    """One occurrence of a group, or the message itself (group 0). `first` is the ordinal of the segment that opened it, `seen` those of the first
    segments of each tag in it. `to`: where its object stands in that of the parent; "" when it has none of its own."""

    __slots__ = ("first", "group", "many", "number", "parent", "position", "seen", "shared", "to")

    def __init__(self, number: int, group: int, parent: Node | None, first: int, to: str, many: bool) -> None:
        self.number, self.group, self.parent, self.first, self.to, self.many = number, group, parent, first, to, many
        self.position = -1
        self.seen: dict[str, int] = {}
        self.shared: tuple[int, ...] | None = None

    def find(self, tag: str) -> int:
        """The first segment with this tag here or around; 0 for none."""
        node: Node | None = self
        while node is not None:
            if tag in node.seen:
                return node.seen[tag]
            node = node.parent
        return 0


class _Group(NamedTuple):
    """A group by number: its parent's, where its object goes."""

    parent: int
    to: str
    many: bool


class _Opening(NamedTuple):
    """A group that a tag opens: its number, the place of the tag among its openers, and the child groups that the tag opens in it. `tag`: set where
    the openers of the group stand in any order."""

    group: int
    position: int
    children: tuple[_Opening, ...]
    tag: str


class Tree:
    """The groups of a program by number (0 is the message), and what each tag does."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        numbers = {"": 0} | {group["name"]: at for at, group in enumerate(groups, 1)}
        self.groups = [_Group(0, "", False)]
        self.groups += [_Group(numbers[group["parent"]], group["to"].removesuffix("[]"), group["to"].endswith("[]")) for group in groups]
        self.holders: dict[str, frozenset[int]] = {}
        self.openings: dict[str, tuple[_Opening, ...]] = {}
        self.again: dict[str, frozenset[int]] = {}
        """Tags of which a second one begins another occurrence of these groups."""
        for tag in {tag for group in groups for tag in group.get("again", ())}:
            self.again[tag] = frozenset(at for at, group in enumerate(groups, 1) if tag in group.get("again", ()))
        for tag in {tag for group in groups for tag in group["holds"]}:
            self.holders[tag] = frozenset(at for at, group in enumerate(groups, 1) if tag in group["holds"])
        for tag in {tag for group in groups for tag in group["opens"]}:
            self.openings[tag] = self._openings(tag, groups)

    def _openings(self, tag: str, groups: list[dict[str, Any]]) -> tuple[_Opening, ...]:
        opened = {at: group["opens"].index(tag) for at, group in enumerate(groups, 1) if tag in group["opens"]}
        anywhere = {at: tag for at, group in enumerate(groups, 1) if group.get("any_order")}

        def below(parent: int) -> tuple[_Opening, ...]:
            return tuple(_Opening(at, opened[at], below(at), anywhere.get(at, "")) for at in opened if self.groups[at].parent == parent)

        return tuple(_Opening(at, opened[at], below(at), anywhere.get(at, "")) for at in opened if self.groups[at].parent not in opened)


class Walk:
    """The groups open while the tags of a message are read. `nodes` are all of it, parents before children; `apart`: groups that get events of
    their own."""

    def __init__(self, tree: Tree, apart: frozenset[int] = frozenset()) -> None:
        self.tree, self.apart = tree, apart
        self.root = Node(0, 0, None, 0, "", False)
        self.nodes = [self.root]
        self.stack = [self.root]
        self.last = self.root

    def place(self, tag: str, ordinal: int) -> Node:
        """The node a segment belongs to; groups are opened and ended as it asks."""
        tree = self.tree
        openings = tree.openings.get(tag)
        if openings is not None:
            self.last = self._open(ordinal, openings)
        elif tag in tree.holders:
            self.last = self._held(tag, tree.holders[tag])
        elif tag != NOTE:
            self.last = self.root
        return self.last if tag != NOTE or tag in tree.holders else self.root

    def again(self, tag: str, node: Node, tags: tuple[str, ...]) -> tuple[int, ...]:
        """Ordinals of what the occurrence of a group begins with that a tag begins by being there for the second time; none when it begins none.

        That is what stood in the last one before any tag that may come again, and before events of their own.
        """
        if tag not in node.seen or node.group not in self.tree.again.get(tag, ()) or not (node.many or node.group in self.apart):
            return ()
        if node.shared is None:
            found: list[int] = []
            begun = any(opening.group == node.group for opening in self.tree.openings.get(tags[node.first - 1], ()))
            for ordinal in range(node.first, len(tags) + 1 if begun else 0):
                earlier = tags[ordinal - 1]
                if node.group in self.tree.again.get(earlier, ()) or self._tells(earlier, node.group):
                    break
                if earlier in self.tree.openings or earlier in self.tree.holders:
                    found.append(ordinal)
            node.shared = tuple(found)
        return node.shared

    def _tells(self, tag: str, around: int) -> bool:
        """It opens, below this group, one that has events of its own, or one that stands in such a group."""
        for opening in self.tree.openings.get(tag, ()):
            at = opening.group
            while at and at != around:
                if at in self.apart:
                    return True
                at = self.tree.groups[at].parent
        return False

    def _held(self, tag: str, holders: frozenset[int]) -> Node:
        """The innermost open group that holds it, which may go on afterwards; a note goes by the segment before it."""
        node = self.last if tag == NOTE else self.stack[-1]
        while node.parent is not None and node.group not in holders:
            node = node.parent
        return node

    def _open(self, ordinal: int, openings: tuple[_Opening, ...]) -> Node:
        if len(openings) == 1 and not openings[0].children:
            return self._one(ordinal, openings[0])
        depths = {node.group: at for at, node in enumerate(self.stack)}
        best, anchor = openings[0], -1
        for opening in openings:
            at = depths.get(opening.group, -1)
            if at < 0 or not self._free(at, opening):
                at = depths.get(self.tree.groups[opening.group].parent, -1)
            if at > anchor:
                best, anchor = opening, at
        node = self._enter(ordinal, best, depths)
        children = best.children
        while children:
            node = self._enter(ordinal, children[0], {node.group: at for at, node in enumerate(self.stack)})
            children = children[0].children
        return node

    def _free(self, at: int, opening: _Opening) -> bool:
        """Whether an open occurrence still lacks what a tag brings: the tags behind it as well, or where they stand in any order nothing but the tag,
        as long as no group below it has begun."""
        node = self.stack[at]
        if opening.tag:
            return opening.tag not in node.seen and at == len(self.stack) - 1
        return node.position < opening.position

    def _one(self, ordinal: int, opening: _Opening) -> Node:
        """A tag that opens one group, as nearly all do."""
        group, stack = opening.group, self.stack
        parent = self.tree.groups[group].parent
        for at in range(len(stack) - 1, -1, -1):
            node = stack[at]
            if node.group == parent or (node.group == group and self._free(at, opening)):
                del stack[at + 1 :]
                if node.group == parent:
                    node = self._child(node, group, ordinal)
                node.position = opening.position
                return node
        return self._enter(ordinal, opening, {node.group: at for at, node in enumerate(stack)})

    def _enter(self, ordinal: int, opening: _Opening, depths: dict[int, int]) -> Node:
        """Join the open occurrence where the tag has its place still free there, else begin the next."""
        at = depths.get(opening.group, -1)
        if at >= 0 and self._free(at, opening):
            del self.stack[at + 1 :]
            node = self.stack[at]
        else:
            node = self._begin(ordinal, opening.group, depths)
        node.position = opening.position
        return node

    def _begin(self, ordinal: int, group: int, depths: dict[int, int]) -> Node:
        parent = self.tree.groups[group].parent
        at = depths.get(parent, -1)
        if at >= 0:
            del self.stack[at + 1 :]
        else:  # what stands around it was not opened: an occurrence without the segment that opens it
            self._begin(ordinal, parent, depths)
        return self._child(self.stack[-1], group, ordinal)

    def _child(self, parent: Node, group: int, ordinal: int) -> Node:
        _, to, many = self.tree.groups[group]
        node = Node(len(self.nodes), group, parent, ordinal, to, many)
        self.nodes.append(node)
        self.stack.append(node)
        return node
