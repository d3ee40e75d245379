"""Segment readers: one Python function a segment line and qualifier, written from the tables and compiled once.

`read(e, d)` takes the elements of a segment (tag first) and puts what they feed into `d`, lists extended. It checks and maps in one
pass, since both look at the same characters. It gives None when all is well, else (issues, unmapped): issues are (code, element,
component), unmapped the elements no field takes ("03" or "05-2" -> text). Elements behind the last required one are looked at only
if the segment is that long, which most are not.
"""

import re
from collections.abc import Callable
from typing import Any

from parsers.values import Memo
from parsers.x12.composites import choice, part_getter
from parsers.x12.converters import CONVERTERS, npi_valid
from parsers.x12.trouble import CONVERT_ISSUE, Issue, Reader, Style, Trouble, add, keep, reference, remember

NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII)
_TYPE_CHECK = {"R": ("is_number", "ELEMENT_NUMBER"), "DT": ("is_date", "ELEMENT_DATE"), "TM": ("is_time", "ELEMENT_TIME")}


def _accepts(name: str) -> Memo:
    convert = CONVERTERS[name]

    def accepts(value: str) -> bool:
        try:
            convert(value)
        except ValueError:
            return False
        return True

    return Memo(accepts)


IS_DATE, IS_TIME, IS_NUMBER = _accepts("date"), _accepts("time"), Memo(lambda value: NUMBER.match(value) is not None)


def _digits(value: str) -> int:
    """Length of a number as X12 counts it: sign and point do not count."""
    return len(value.replace("-", "").replace(".", ""))


Key = tuple[int, int]
"""Element and component, both from 1; component 0 is the whole."""


def _key(path: str) -> Key:
    element, _, component = path.partition("-")
    return int(element), int(component or 0)


class _Writer:
    """Writes the source of one reader."""

    def __init__(self, segment: dict[str, Any], variant: dict[str, Any] | None, style: Style) -> None:
        component, partial, wrap = style.component, style.partial, style.wrap
        self.repetition = style.repetition
        self.segment = segment
        self.elements: list[dict[str, Any]] = segment["elements"]
        self.rows: list[dict[str, Any]] = variant["rows"] if variant else []
        self.component, self.partial, self.wrap = component, partial, wrap
        self.names: dict[str, Any] = {
            "is_number": IS_NUMBER, "npi_valid": npi_valid, "is_date": IS_DATE, "is_time": IS_TIME, "digits": _digits,
            "add": add, "keep": keep, "remember": remember, "W": wrap,
        }  # fmt: skip
        self.lines: list[str] = []
        self.depth = 1
        self.flat = max((i for i, spec in enumerate(self.elements, 1) if spec["req"] == "R" and not self.partial), default=0)
        self.in_memo = False
        self.seen: dict[str, str] = {}
        self.fields: dict[Key, list[tuple[str, str]]] = {}
        self.joint: list[tuple[list[Key], str, str]] = []
        self.taken: set[Key] = set()
        self.grouped: set[int] = set()
        self.repeats: dict[int, dict[str, Any]] = {}
        self._sort_rows(variant)
        self.heads = sorted({row["field"][1].partition(".")[0] for row in self.rows if row["kind"] == "field" and "." in row["field"][1]})

    def _sort_rows(self, variant: dict[str, Any] | None) -> None:
        if variant and variant["implied"]:
            element, component = self.segment["qualifier"] or (1, None)
            self.taken.add((element, component or 0))
        for row in self.rows:
            if row["kind"] == "field":
                paths, name, convert = row["field"]
                keys = [_key(path) for path in paths]
                self.taken.update(keys)
                if len(keys) == 1:
                    self.fields.setdefault(keys[0], []).append((name, convert))
                else:
                    self.joint.append((keys, name, convert))
            elif row["kind"] == "texts":
                self.taken.update(_key(path) for path in row["paths"])
            elif row["kind"] == "repeat":
                self.repeats[int(row["path"])] = row
            else:
                self.grouped.update(range(row["first"], row["first"] + row.get("step", 1) * row["count"]))
                self.taken.update(_key(path) for paths, _, _ in row.get("shared", []) for path in paths)

    # -- source text

    def put(self, text: str, deeper: int = 0) -> None:
        self.lines.append("    " * (self.depth + deeper) + text)

    def bind(self, value: Any) -> str:
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def issue(self, code: str, element: int, component: int = 0, deeper: int = 0) -> None:
        self.put(f"issues = add(issues, {self.bind((code, element, component))})", deeper)

    def left(self, key: Key, variable: str, deeper: int = 0) -> None:
        self.put(f"left = keep(left, {reference(*key)!r}, {variable})", deeper)

    def assign(self, name: str, value: str, key: Key, into: str = "d") -> str:
        if self.wrap is not None:
            value = f"W({value}, {key[0]}, {key[1]})"
        head, dot, tail = name.partition(".")
        if self.in_memo:
            return f"x[{tail or name!r}] = {value}"
        return f"{into}_{head}[{tail!r}] = {value}" if dot else f"{into}[{name!r}] = {value}"

    def value(self, element: int) -> str:
        return f"e[{element}]" if element <= self.flat else f"(e[{element}] if n > {element} else '')"

    def convert(self, name: str, values: list[str]) -> str:
        """Expression that applies a converter."""
        converter = CONVERTERS[name]
        held = self.bind(converter)
        return f"{held}[{', '.join(values)}]" if isinstance(converter, Memo) else f"{held}({', '.join(values)})"

    def extend(self, name: str, entries: str, deeper: int = 0) -> None:
        self.put(f"if {name!r} in d:", deeper)
        self.put(f"d[{name!r}].extend({entries})", deeper + 1)
        self.put("else:", deeper)
        self.put(f"d[{name!r}] = {entries}", deeper + 1)

    # -- one element

    def store(self, key: Key, variable: str) -> bool:
        """Map one value; True when a converter has checked its type."""
        checked = False
        for name, convert in self.fields.get(key, []):
            if convert == "text":
                self.put(self.assign(name, variable, key))
                continue
            checked = True
            self.put("try:")
            self.put(self.assign(name, self.convert(convert, [variable]), key), 1)
            self.put("except ValueError:")
            self.issue(CONVERT_ISSUE.get(convert, "ELEMENT_PATTERN"), *key, deeper=1)
            self.left(key, variable, 1)
        return checked

    def check(self, spec: dict[str, Any], key: Key, variable: str, typed: bool) -> None:
        """Code, length, type and pattern of a value that is there."""
        kind = spec.get("type", "")
        if spec.get("codes"):
            codes = spec["codes"]
            test = f"{variable} != {codes[0]!r}" if len(codes) == 1 else f"{variable} not in {self.bind(frozenset(codes))}"
            self.put(f"if {test}:")
            self.issue("ELEMENT_CODE", *key, deeper=1)
        elif kind:
            most = spec["max"]
            exact = f" and digits({variable}) > {most}" if kind in ("R", "N0", "N2") else ""
            self.put(f"if len({variable}) > {most}{exact}:")
            self.issue("ELEMENT_LONG", *key, deeper=1)
            if spec["min"] > 1:
                self.put(f"elif len({variable}) < {spec['min']}:")
                self.issue("ELEMENT_SHORT", *key, deeper=1)
        typing = _TYPE_CHECK.get("R" if kind in ("N0", "N2") else kind)
        if typing and not typed:
            self.put(f"if not {typing[0]}[{variable}]:")
            self.issue(typing[1], *key, deeper=1)
        if spec.get("pattern"):
            self.put(f"if not {self.bind(re.compile(spec['pattern'] + chr(92) + 'Z'))}.match({variable}):")
            self.issue("ELEMENT_PATTERN", *key, deeper=1)

    def leftover(self, spec: dict[str, Any], key: Key, variable: str) -> None:
        """A value no row takes is unmapped, unless the guide leaves no choice for it."""
        if key in self.taken:
            return
        codes = spec.get("codes") or []
        if len(codes) == 1 and self.rows:
            self.put(f"if {variable} != {codes[0]!r}:")
            self.left(key, variable, 1)
        else:
            self.left(key, variable)

    def element(self, number: int, spec: dict[str, Any]) -> None:
        """One element; `v` holds it."""
        required = spec["req"] == "R" and not self.partial
        self.put(f"v = e[{number}]")
        self.put("if v:")
        self.depth += 1
        size = len(self.lines)
        if spec["req"] == "N" and not self.partial:
            self.issue("ELEMENT_NOT_USED", number)
        if number in self.grouped:
            self.group_checks(number, spec)
        elif number in self.repeats or spec.get("repeat", 1) > 1:
            self.put(f"issues, left = {self.bind(_repeats(number, spec, self.repeats.get(number), self))}(v, d, issues, left)")
        elif spec.get("components"):
            self.composite(number, spec)
        else:
            typed = self.store((number, 0), "v")
            if spec["req"] != "N":
                self.check(spec, (number, 0), "v", typed)
            self.leftover(spec, (number, 0), "v")
        if len(self.lines) == size:
            self.put("pass")
        self.depth -= 1
        if required:
            self.put("else:")
            self.issue("ELEMENT_MISSING", number, deeper=1)

    def composite(self, number: int, spec: dict[str, Any]) -> None:
        """A composite; `c` holds its components. Composites repeat, so what one gave is remembered by its text where that can be shared."""
        kind, name = self.memo_kind(number)
        if not kind:
            self.components(number, spec)
            return
        seen = self.seen_for(kind, spec)
        self.put(f"x = {seen}.get(v)")
        self.put("if x is None:")
        self.depth, self.in_memo = self.depth + 1, True
        self.put("x = {}")
        self.components(number, spec)
        self.put("if issues is None and left is None:")
        self.put(f"remember({seen}, v, x)", 1)
        self.depth, self.in_memo = self.depth - 1, False
        if kind == "object":
            self.put(f"d_{name} = x")
        elif kind == "fields":
            self.put("d.update(x)")
        elif kind == "texts":
            self.put("if x:")
            self.extend(name, f"x[{name!r}][:]", 1)

    def memo_kind(self, number: int) -> tuple[str, str]:
        """How the values of a composite can be shared: a whole nested object, plain fields, one list of texts, only checks; "" for not at all."""
        fields = [name for key in self.fields if key[0] == number for name, _ in self.fields[key]]
        texts = [row["name"] for row in self.rows if row["kind"] == "texts" and _key(row["paths"][0])[0] == number]
        others = [name for key in self.fields if key[0] != number for name, _ in self.fields[key]] + [name for _, name, _ in self.joint]
        others += [row["name"] for row in self.rows if row["kind"] == "texts" and _key(row["paths"][0])[0] != number]
        if self.wrap is not None:
            return "", ""
        if not fields and not texts:
            return "checks", ""
        heads = {name.partition(".")[0] for name in fields + texts}
        if all("." in name for name in fields + texts) and len(heads) == 1:
            head = heads.pop()
            return ("", "") if any(name.partition(".")[0] == head for name in others) else ("object", head)
        if any("." in name for name in fields + texts):
            return "", ""
        if not texts:
            return "fields", ""
        return ("", "") if fields or len(texts) > 1 else ("texts", texts[0])

    def seen_for(self, kind: str, spec: dict[str, Any]) -> str:
        """Name of the memo of a composite; those that are only checked share one where the checks are the same (HI)."""
        key = repr(spec) if kind == "checks" else str(len(self.seen))
        if key not in self.seen:
            self.seen[key] = self.bind({})
        return self.seen[key]

    def components(self, number: int, spec: dict[str, Any]) -> None:
        """Checks and maps the components of `v`. Those behind the last required one are nested like elements."""
        parts = spec["components"]
        self.put(f"c = v.split({self.component!r})")
        self.put("m = len(c)")
        last = max((i for i, part in enumerate(parts, 1) if part["req"] == "R" and not self.partial), default=0)
        start = self.depth
        for index, part in enumerate(parts, 1):
            key = (number, index)
            self.put(f"if m > {index - 1}:")
            if index > last:
                self.depth += 1
            deeper = 0 if index > last else 1
            self.depth += deeper
            self.put(f"p = c[{index - 1}]")
            self.put("if p:")
            self.depth += 1
            size = len(self.lines)
            if part["req"] == "N":
                if not self.partial:
                    self.issue("ELEMENT_NOT_USED", *key)
                self.store(key, "p")
            else:
                self.check(part, key, "p", self.store(key, "p"))
            self.leftover(part, key, "p")
            if len(self.lines) == size:
                self.put("pass")
            self.depth -= 1
            missing = part["req"] == "R" and not self.partial
            if missing:
                self.put("else:")
                self.issue("ELEMENT_MISSING", *key, deeper=1)
            self.depth -= deeper
            if missing:
                self.put("else:")
                self.issue("ELEMENT_MISSING", *key, deeper=1)
        if not parts:
            return
        self.put(f"if m > {len(parts)}:")
        self.issue("COMPONENT_EXTRA", number, deeper=1)
        self.put(f"for i in range({len(parts)}, m):", 1)
        self.put("if c[i]:", 2)
        self.put(f"left = keep(left, f'{number:02d}-{{i + 1}}', c[i])", 3)
        self.depth = start
        for row in self.rows:
            if row["kind"] == "texts" and "-" in row["paths"][0] and _key(row["paths"][0])[0] == number:
                wanted = [_key(path)[1] - 1 for path in row["paths"]]
                self.put(f"if m > {min(wanted)}:")
                picked = f"x for x in c[{min(wanted)}:{max(wanted) + 1}] if x"
                if self.wrap is not None:
                    picked = f"W(x, {number}, i) for i, x in enumerate(c[{min(wanted)}:{max(wanted) + 1}], {min(wanted) + 1}) if x"
                self.put(f"t = [{picked}]", 1)
                self.put("if t:", 1)
                self.texts(row)

    def texts(self, row: dict[str, Any]) -> None:
        """Store list `t`. Texts are stored as they are; a converter of a list row must not fail, so it applies before."""
        head, dot, tail = row["name"].partition(".")
        if self.in_memo:
            self.put(f"x[{tail or head!r}] = t", 2)
        elif dot:
            self.put(f"d_{head}[{tail!r}] = t", 2)
        else:
            self.extend(head, "t", 2)

    def group_checks(self, number: int, spec: dict[str, Any]) -> None:
        """Elements of a repeated group are checked here and mapped by the group."""
        taken, fields, rows = self.taken, self.fields, self.rows
        self.taken, self.fields, self.rows = {(number, i) for i in range(64)}, {}, []
        if spec.get("components"):
            self.composite(number, spec)
        else:
            self.check(spec, (number, 0), "v", False)
        self.taken, self.fields, self.rows = taken, fields, rows

    # -- several elements

    def joints(self) -> None:
        for keys, name, convert in self.joint:
            values = [self.value(element) if not part else f"part({self.value(element)}, {part})" for element, part in keys]
            self.put(f"v = {values[-1]}")
            self.put("if v:")
            self.put("try:", 1)
            self.put(self.assign(name, self.convert(convert, [*values[:-1], "v"]), keys[-1]), 2)
            self.put("except ValueError:", 1)
            self.issue(CONVERT_ISSUE.get(convert, "ELEMENT_PATTERN"), *keys[-1], deeper=2)
            self.left(keys[-1], "v", 2)

    def lists(self) -> None:
        for row in self.rows:
            if row["kind"] == "texts" and "-" not in row["paths"][0]:
                wanted = [_key(path)[0] for path in row["paths"]]
                self.put(f"if n > {min(wanted)}:")
                pairs = ", ".join(f"({self.value(i)}, {i})" for i in wanted)
                self.put(f"t = [{'W(x, i, 0)' if self.wrap is not None else 'x'} for x, i in ({pairs},) if x]", 1)
                self.put("if t:", 1)
                self.texts(row)
            elif row["kind"] == "each":
                self.each(row)
            elif row["kind"] == "choice":
                run = choice(row, self.component, self.wrap)
                self.put(f"issues, left = {self.bind(run)}(e, d, issues, left)")

    def each(self, row: dict[str, Any]) -> None:
        """Groups of elements (CAS triplets, PLB pairs) to list entries."""
        first, step, end = row["first"], row["step"], row["first"] + row["step"] * row["count"]
        fields = [([_key(path) for path in paths], name, convert) for paths, name, convert in row["fields"]]
        self.put(f"if n > {first}:")
        self.depth += 1
        self.put("t = []")
        # The last group is filled up, so that each is cut out whole.
        self.put(f"g = e + {self.bind([[''] * (-count % step) for count in range(step)])}[(n - {first}) % {step}]")
        self.put(f"for i in range({first}, n if n < {end} else {end}, {step}):")
        self.depth += 1
        self.put(f"{''.join(f'x{offset}, ' for offset in range(step))}= g[i:i + {step}]")
        self.put(f"if {' or '.join(f'x{offset}' for offset in range(step))}:")
        self.depth += 1
        self.put("it = {}")
        nested = sorted({name.partition(".")[0] for _, name, _ in fields if "." in name})
        for head in nested:
            self.put(f"it_{head} = {{}}")
        for paths, name, convert in row["shared"]:
            self._shared(_key(paths[0]), name, convert)
        for keys, name, convert in fields:
            self._grouped(keys, name, convert)
        for head in nested:
            self.put(f"if it_{head}:")
            self.put(f"it[{head!r}] = it_{head}", 1)
        self._left_of_group(step, {key for keys, _, _ in fields for key in keys})
        self.put("t.append(it)")
        self.depth -= 2
        self.put("if t:")
        self.extend(row["name"], "t", 1)
        self.depth -= 1

    def _shared(self, key: Key, name: str, convert: str) -> None:
        """A value outside the groups that every entry shows. What cannot be converted is said of the element itself."""
        element, part = key
        self.put(f"v = {self.value(element) if not part else f'part({self.value(element)}, {part})'}")
        self.put("if v:")
        if convert == "text":
            self.put(self.assign(name, "v", key, "it"), 1)
            return
        self.put("try:", 1)
        self.put(self.assign(name, self.convert(convert, ["v"]), key, "it"), 2)
        self.put("except ValueError:", 1)
        self.put("pass", 2)

    def _grouped(self, keys: list[Key], name: str, convert: str) -> None:
        """A value of the group; elements count from its first."""
        values = [f"x{element}" if not part else f"part(x{element}, {part})" for element, part in keys]
        element, part = keys[-1]
        self.put(f"v = {values[-1]}")
        self.put("if v:")
        result = "v" if convert == "text" else self.convert(convert, [*values[:-1], "v"])
        if self.wrap is not None:
            result = f"W({result}, i + {element}, {part})"
        head, dot, tail = name.partition(".")
        target = f"it_{head}[{tail!r}] = {result}" if dot else f"it[{name!r}] = {result}"
        if convert == "text":
            self.put(target, 1)
            return
        self.put("try:", 1)
        self.put(target, 2)
        self.put("except ValueError:", 1)
        self.put(f"issues = add(issues, ({CONVERT_ISSUE.get(convert, 'ELEMENT_PATTERN')!r}, i + {element}, {part}))", 2)
        self.put(f"left = keep(left, f'{{i + {element}:02d}}' + {('-' + str(part)) if part else ''!r}, v)", 2)

    def _left_of_group(self, step: int, used: set[Key]) -> None:
        """Components of a group's elements that no field takes."""
        for offset in range(step):
            if (offset, 0) not in used:
                parts = {part for element, part in used if element == offset}
                self.put(f"for j, p in enumerate(x{offset}.split({self.component!r}), 1):")
                self.put(f"if p and j not in {self.bind(frozenset(parts))}:", 1)
                self.put(f"left = keep(left, f'{{i + {offset}:02d}}-{{j}}', p)", 2)

    def syntax(self, rule: str) -> None:
        """X12 syntax notes: P all or none, R at least one, E at most one, C if the first then all, L if the first then one more."""
        kind, numbers = rule[0], [int(rule[i : i + 2]) for i in range(1, len(rule), 2)]
        used = [number for number in numbers if self.elements[number - 1]["req"] != "N"]
        if kind == "R" and used and all(self.elements[number - 1]["req"] == "S" for number in used):
            numbers = used  # one of those that are left must be there
        if len(used) < len(numbers):
            return
        values = [f"bool({self.value(number)})" for number in numbers]
        first, rest = values[0], values[1:]
        absent = [f"(not {self.value(number)})" for number in numbers]
        test = {
            "P": f"{absent[0]} is not {absent[1]}" if len(absent) == 2 else f"0 < {' + '.join(values)} < {len(values)}",
            "R": f"not ({' or '.join(values)})",
            "E": f"{' + '.join(values)} > 1",
            "C": f"{first} and not ({' and '.join(rest)})",
            "L": f"{first} and not ({' or '.join(rest)})",
        }[kind]
        guard = {"P": f"n > {min(numbers)} and ", "E": f"n > {max(numbers)} and ", "C": f"n > {numbers[0]} and ", "L": f"n > {numbers[0]} and "}
        self.put(f"if {guard.get(kind, '')}{test}:")
        self.issue("ELEMENT_SYNTAX", numbers[0], deeper=1)

    def build(self) -> Reader:
        size = len(self.elements)
        flat = self.flat
        self.names["pad"] = [[""] * (flat + 1 - n) for n in range(flat + 1)]
        self.names["part"] = part_getter(self.component)
        self.lines.append("def read(e, d):")
        self.put("issues = left = None")
        for head in self.heads:
            self.put(f"d_{head} = {{}}")
        self.put("n = len(e)")
        if flat:
            self.put(f"if n <= {flat}:")
            self.put("e = e + pad[n]", 1)
            self.put("n = len(e)", 1)
        for number, spec in enumerate(self.elements, 1):
            if number > flat:
                self.put(f"if n > {number}:")
                self.depth += 1
            self.element(number, spec)
        self.put(f"if n > {size + 1}:")
        self.issue("ELEMENT_EXTRA", size + 1, deeper=1)
        self.put(f"for i in range({size + 1}, n):", 1)
        self.put("if e[i]:", 2)
        self.put("left = keep(left, f'{i:02d}', e[i])", 3)
        self.depth = 1
        self.joints()
        self.lists()
        for rule in self.segment["syntax"]:
            self.syntax(rule)
        if self.segment["tag"] == "NM1" and size >= 9:
            self.put("if n > 9 and e[8] == 'XX' and e[9] and not npi_valid[e[9]]:")
            self.issue("NPI_CHECK_DIGIT", 9, deeper=1)
        for head in self.heads:
            self.put(f"if d_{head}:")
            self.put(f"d[{head!r}] = d_{head}", 1)
        self.put("if issues is not None or left is not None:")
        self.put("return issues, left", 1)
        exec(compile("\n".join(self.lines), f"<reader {self.segment['loop']} {self.segment['tag']}>", "exec"), self.names)  # noqa: S102
        reader: Reader = self.names["read"]
        return reader


def _repeats(number: int, spec: dict[str, Any], row: dict[str, Any] | None, writer: _Writer) -> Callable[..., Trouble]:
    """An element that may repeat: each repetition checked alone, and to a list where a row takes it."""
    repetition, wrap, most = writer.repetition, writer.wrap, spec.get("repeat", 1)
    style = Style(writer.component, repetition, writer.partial)
    alone = {"tag": "", "loop": "", "elements": [{**spec, "req": "S", "repeat": 1}], "syntax": [], "qualifier": None}
    fields = [{"kind": "field", "field": [[f"01-{path}" for path in paths], name, convert]} for paths, name, convert in (row or {}).get("fields", ())]
    plain = [{"kind": "field", "field": [["01"], "value", "text"]}] if row is not None and not fields else []
    places: list[Key] = []

    def traced(value: Any, element: int, component: int) -> Any:
        return value if wrap is None else wrap(value, number, component, places[-1][0])

    read = _Writer(alone, {"rows": fields or plain, "implied": False}, style._replace(wrap=None if wrap is None else traced)).build()

    def run(value: str, d: dict[str, Any], issues: list[Issue] | None, left: dict[str, str] | None) -> Trouble:
        parts = value.split(repetition) if repetition else [value]
        if len(parts) > most:
            issues = add(issues, ("ELEMENT_REPEATED", number, 0))
        entries: list[Any] = []
        for index, part in enumerate(parts):
            if not part:
                continue
            places[:] = [(index, 0)]
            entry: dict[str, Any] = {}
            trouble = read(["", part], entry)
            if trouble is not None:
                for code, _, component, *_ in trouble[0] or ():
                    issues = add(issues, (code, number, component, index + 1))
                for place, text in (trouble[1] or {}).items():
                    name = reference(number) + place[2:]
                    left = keep(left, name, text if left is None or name not in left else left[name] + repetition + text)
            if entry:
                entries.append(entry["value"] if plain else entry)
        if row is not None and entries:
            d.setdefault(row["name"], []).extend(entries)
        return issues, left

    return run


def make_reader(segment: dict[str, Any], qualifier: str, style: Style) -> Reader:
    """The reader of one segment line for one qualifier value."""
    variants = segment["variants"]
    return _Writer(segment, variants.get(qualifier, variants.get("")), style).build()
