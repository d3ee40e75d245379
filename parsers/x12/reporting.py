"""How the engine says what is wrong: with the item, or outside one with its set, as the site's strictness decides."""

from __future__ import annotations

from parsers.x12.checks import Problem
from parsers.x12.frames import Frame, Item, Limits, Policy
from parsers.x12.trouble import Issue
from parsers.x12.walker import Child, Machine, Node
from schemas.codes.findings import FINDINGS, FindingKind
from schemas.envelope import Finding, Location


class Reporting:
    """The findings of a set being read. `quiet`: what is read is context, and said elsewhere."""

    def __init__(self, machine: Machine, policy: Policy, limits: Limits) -> None:
        self.machine, self.policy, self.limits = machine, policy, limits
        self.findings: list[Finding] = []
        self.reported = 0
        self.quiet = False
        self.ordinal = self.offset = 0
        self.item: Item | None = None
        self._noun = "The claim" if machine.program["transaction"] in ("835", "837") else "The item"

    def _at(self, tag: str | None, loop: str | None) -> Location:
        return Location(self.ordinal, tag, offset=self.offset, loop=loop)

    def _report_element(self, issue: Issue, node: Node, loop: str, e: list[str]) -> None:
        code, element, component = issue[:3]
        place = f"{node.tag}{element:02d}" + (f"-{component}" if component else "") if element else node.tag
        if code == "ELEMENT_MISSING" and component > 1 and self._foreign_separator(e, element):
            code, component = "ISA_COMPONENT_SEPARATOR", 0
        repetition = issue[3] if len(issue) > 3 else None
        at = Location(self.ordinal, node.tag, element or None, component or None, self.offset, loop, repetition)
        self._report(code, at, f"{place} in loop {loop}")

    def _foreign_separator(self, e: list[str], element: int) -> bool:
        """The composite has one component under the declared separator and another punctuation mark splits it."""
        value = e[element] if element < len(e) else ""
        return self.machine.component not in value and any(mark in value for mark in ":><|^\\" if mark != self.machine.component)

    def _report_problem(self, problem: Problem, item: Item, loop: str) -> None:
        ordinal = item.ordinal
        if problem.line is not None:
            lines = item.parts.get("lines", [])
            ordinal = lines[problem.line] if problem.line < len(lines) else ordinal
        place = f"Line {problem.line + 1}" if problem.line is not None else self._noun
        if problem.where:
            place = f"{place}, {problem.where}"
        line = self.machine.lines if problem.line is not None else None
        at = Location(ordinal, item.tag, offset=item.offset, loop=loop) if line is None else Location(ordinal, line[1], loop=line[0])
        self._report(problem.code, at, place, problem.kind)

    def _report(self, code: str, at: Location, place: str = "The claim", kind: FindingKind | None = None) -> None:
        decided = self.policy.get(code)
        if self.quiet or decided == "ignore":
            return
        kind = kind or FINDINGS[code]
        item = self.item
        outcome = kind.outcome
        if decided in ("reject", "reject_set") and item is not None:
            outcome = "refused"
        elif decided == "report" and kind.outcome == "refused" and code not in ("ITEM_LIMIT", "ITEM_NUMBER_MISSING", "SEGMENT_LIMIT"):
            outcome = "reported"
        if outcome == "refused" and item is None:
            outcome = "reported"
        if outcome == "refused" and item is not None:
            if item.refused:
                outcome = "reported"
            item.refused = True
        scope = "set" if item is None and kind.scope == "claim" else kind.scope
        name = f"{item.offset}.{item.tag}" if item is not None else None
        finding = Finding(code, kind.severity, scope, outcome, kind.text.format(place=place), at, name, kind.snip)
        self._list(self if item is None else item, finding, outcome == "refused" or decided == "reject_set")

    def _list(self, holder: Item | Reporting, finding: Finding, always: bool) -> None:
        """List a finding of the item or the set, up to the limit; what refuses an item or the set is `always` listed."""
        holder.reported += 1
        if always or holder.reported <= self.limits.item_findings:
            holder.findings.append(finding)
        elif holder.reported == self.limits.item_findings + 1:
            kind = FINDINGS["FINDINGS_LIMIT"]
            more = finding._replace(code="FINDINGS_LIMIT", severity=kind.severity, scope=kind.scope, text=kind.text, snip=None)
            holder.findings.append(more)

    def _report_missing(self, frame: Frame, missing: tuple[Child, ...]) -> None:
        at = Location(frame.ordinal, frame.loop.children[0].node.tag, offset=frame.offset, loop=frame.loop.id)
        for child in missing:
            if child.loop is None:
                codes = child.node.spec["codes"]
                name = child.node.tag + (f" ({', '.join(codes)})" if 0 < len(codes) < 4 else "")
                self._report("SEGMENT_MISSING", at, f"{name} in loop {frame.loop.id}")
            else:
                self._report("LOOP_MISSING", at, f"Loop {child.loop.id}")
