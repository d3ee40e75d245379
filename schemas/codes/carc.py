"""Facts on claim adjustment reason codes (CARC) and alert remark codes (RARC): numbers, and categories in our own words.

Source: the project's domain reference (denials: group codes, CARC taxonomy, RARC), itself made from the public list as of 2026-08-17.
Category, preventable and appealable are working defaults that a site may override; groups, places and remarks are rules of the list.
A code that is not here is unknown: nothing guesses what it means.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Carc(NamedTuple):
    """One code. `category` is empty for a retired code whose replacements differ, or that has none.

    `detail` narrows the category (`contractual`, `pricing`). `preventable` Y, P (partly) or N: at the front end. `appealable` A appeal,
    R correct and resubmit, B both, N neither. `groups` are the only group codes it may stand under (empty: any), `wc_groups` those more
    that workers' compensation allows. `place` is `line` (service lines only) or `837` (only in what a further payer is sent).
    `needs_remark`: at least one remark code that is not an alert must stand beside it. `replaced_by` names what a retired code became.
    """

    code: str
    category: str
    detail: str = ""
    preventable: str = ""
    appealable: str = ""
    retired: bool = False
    replaced_by: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    wc_groups: frozenset[str] = frozenset()
    place: str = ""
    needs_remark: bool = False


# category[/detail] | preventable | appealable | codes
_CURRENT = """\
patient_resp | N | N | 1 2 3 66 241 247 248 85 142 187
contractual | N | N | 45 24 44 131 139 144 308 94
contractual/pricing | P | A | 59
contractual/pricing | N | N | 69 70 74 75 76 232 A5
contractual/withhold | N | N | 104 245 105
contractual/regulatory | N | N | 137 223 237 253
contractual | N | N | 209
contractual | P | A | 222
contractual_noncovered | P | A | 256
informational | N | N | 246 23
eligibility | Y | B | 26 27 200
eligibility | Y | R | 31 32 33 34 166 238 239
registration | Y | R | 140 13 14
eligibility | P | B | 177 178 179 180
eligibility | N | R | 224
pended | N | N | 257 277 133
eligibility_other_program | P | R | 258 B9
cob | Y | R | 22 129 136 148 228
cob_third_party | Y | R | 19 20 21
cob_misrouted | Y | R | 109 B11 254 270 280 289-292 297 298 300 301 304 305
cob | N | A | 275 276 303 215 195
authorization | Y | B | 197 198 284 296 302
authorization | Y | A | 210
authorization | P | A | 39
authorization/referral | Y | B | 243 288 287
authorization | Y | A | 95 61
network | Y | A | 242 279
timely_filing | Y | A | 29 B4
duplicate | Y | B | 18
duplicate | P | A | B13
coding | Y | R | 4 182 5 58 282 306 6 7 9 10 240 181 189 199 A8 261 B16
provider_eligibility | Y | B | 8 12 172 170 171 B7 183 184 185 283 299
coding_medical_policy | Y | B | 11 146 167
missing_info | Y | R | 16 206 207 208 107
billing_error | Y | R | 110 267 268 135
documentation | Y | B | 226 227 163 164
documentation | P | B | 250 251 252
documentation | P | A | 112 B12
documentation/order | Y | B | 173 174 175 176
bundling | P | B | 97 231 234 236
bundling | P | A | 60 190 128 194 B10 B14 54 B20
bundling_quality | N | A | 249
medical_necessity | P | A | 50 150 151 152 153 154 40 186 117 78
experimental | P | A | 55 56 114 188
medical_necessity_audit | N | A | 216
medical_policy | P | A | 272 273 B8
noncovered | P | B | 96
noncovered | Y | A | 204
noncovered | P | A | 49 51 53 202 211 160 269 274
noncovered_notice | Y | N | 116 111
benefit_limit | Y | A | 35 119 149 B1
contract_load | Y | A | 147
provider_eligibility | Y | R | B23
missing_related | P | B | B15 A6
other_clinical | P | B | 108 115 203 155
quality | N | A | 233
appeal_outcome | N | A | 193
appeal_outcome | Y | N | 285 286
other | P | B | A1
wc_pc | N | B | 201 P1-P32
pricing_other | N | N | 89-91 102 103 118 121 122 130 132 134 143 161 205 212 235 259 260 262-266 271 278 281 295 307 B22 169
other | N | N | 100 293 294 101 106 A0 192 225 229 157 158 159 213 219
"""

# code -> what it became; "=" names a category instead, where no code took its place
_RETIRED = """\
15 -> 197 284 296
17 -> 226 227
28 -> 26 27 200
30 -> 177-180
38 -> 242 243
42 -> 45
46-48 -> 96 167
52 -> 183-185
57 -> 150-154
62 -> 197 198
63 ->
120 -> 24 109
125 -> 16
138 -> 285 286
141 -> 238 239
165 -> 287 288
191 -> P2
196 -> 276
A2 -> 45
A7 -> =contractual/pricing
B5 -> 272 273
B17 -> 173-176
B18 -> 181 182
B19 -> 216
D1-D23 -> 16 226 252
"""

# group codes | the only ones allowed for | codes
_GROUPS = """\
CO PR | 45
PR | 85 201 238 275
CO | 139 249 303
OA | 18 23 133 136 209 257 277
"""
_WORKERS_COMPENSATION = {"18": frozenset({"CO"})}
_PLACES = {"133": "line", "192": "837", "225": "837", "229": "837"}
_NEEDS_REMARK = "16 96 129 148 201 226 227 234 237 250-252 267 307 A1"

_ALERTS = "MA01 MA02 MA44 N1 N185 N187 N210 N211 N358 N469 N610 N704"
ALERTS = frozenset(_ALERTS.split())
"""Remark codes that only inform, as far as the domain reference lists them: they never count as the remark a CARC needs."""


def _codes(text: str) -> Iterator[str]:
    """`4 289-292 P1-P32` spelled out."""
    for word in text.split():
        first, _, last = word.partition("-")
        letter = first.rstrip("0123456789")
        for number in range(int(first[len(letter) :]), int((last or first)[len(letter) :]) + 1):
            yield f"{letter}{number}"


def _rows(text: str, mark: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        yield [cell.strip() for cell in line.split(mark)]


def _current() -> Iterator[Carc]:
    groups = {code: frozenset(names.split()) for names, codes in _rows(_GROUPS, "|") for code in _codes(codes)}
    remark = frozenset(_codes(_NEEDS_REMARK))
    for words, preventable, appealable, codes in _rows(_CURRENT, "|"):
        category, _, detail = words.partition("/")
        for code in _codes(codes):
            yield Carc(
                code, category, detail, preventable, appealable, groups=groups.get(code, frozenset()),
                wc_groups=_WORKERS_COMPENSATION.get(code, frozenset()), place=_PLACES.get(code, ""), needs_remark=code in remark,
            )  # fmt: skip


def _retired(current: dict[str, Carc]) -> Iterator[Carc]:
    for codes, became in _rows(_RETIRED, "->"):
        replaced_by = () if became.startswith("=") else tuple(_codes(became))
        kinds = {(current[code].category, current[code].detail) for code in replaced_by}
        category, _, detail = became[1:].partition("/") if not replaced_by else ("", "", "")
        if len(kinds) == 1:
            category, detail = kinds.pop()
        elif len({name for name, _ in kinds}) == 1:
            category = next(iter(kinds))[0]
        for code in _codes(codes):
            yield Carc(code, category, detail, retired=True, replaced_by=replaced_by)


def _unique(entries: Iterator[Carc]) -> dict[str, Carc]:
    found: dict[str, Carc] = {}
    for entry in entries:
        if entry.code in found:
            raise ValueError(f"CARC {entry.code} stands twice in the table")
        found[entry.code] = entry
    return found


CURRENT = _unique(_current())
RETIRED = _unique(_retired(CURRENT))
CARCS = {**RETIRED, **CURRENT}


def carc(code: str) -> Carc | None:
    """What is known of a code, current or retired; None when it is in neither list."""
    return CARCS.get(code)
