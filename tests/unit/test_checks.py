"""Checks of finished items: claims balanced by construction stay silent, one moved amount gives exactly its problems; codes and their rules."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12.checks import CHECKS, Problem, payment_balance
from parsers.x12.checks.amounts import HUNDREDTHS, decimal_text
from parsers.x12.checks.remittance import _balanced, _imbalances
from schemas.codes.carc import ALERTS, CARCS, CURRENT, RETIRED, carc
from schemas.codes.findings import FINDINGS
from schemas.maps import maps

Fields = dict[str, Any]
CENT = Decimal("0.01")


def text(value: Decimal) -> str:
    """The canonical amount of events, made without the code under test."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    whole, decimals = "".join(map(str, digits)), -exponent
    whole = whole.zfill(decimals + 1)
    kept = whole[len(whole) - decimals :].rstrip("0").ljust(2, "0") if decimals else "00"
    number = f"{int(whole[: len(whole) - decimals] if decimals else whole)}.{kept}"
    return f"-{number}" if sign and value else number


def cas(group: str, reason: str, amount: str) -> Fields:
    return {"group": group, "reason": reason, "amount": amount}


def imbalance(code: str, level: str, difference: Decimal, line: int | None = None) -> Problem:
    return Problem(code, line, level, text(difference))


def moved(fields: Fields, path: tuple[str | int, ...], by: Decimal = CENT) -> Fields:
    """A copy with the one amount at `path` moved."""
    changed = copy.deepcopy(fields)
    *above, last = path
    place: Any = changed
    for step in above:
        place = place[step]
    place[last] = text(Decimal(place[last]) + by)
    return changed


# -- arithmetic

amounts = st.decimals(-10_000, 10_000, places=2)
fine_amounts = st.one_of(amounts, st.decimals(-100, 100, places=4))


@given(st.lists(fine_amounts, max_size=8))
def test_sums_are_exact_at_any_number_of_decimals(values: list[Decimal]) -> None:
    assert decimal_text(sum(HUNDREDTHS[text(value)] for value in values)) == text(sum(values, Decimal(0)))


@pytest.mark.parametrize(
    ("value", "shown"), [("-0.05", "-0.05"), ("0.00", "0.00"), ("0", "0.00"), ("7.125", "7.125"), ("-1500.00", "-1500.00"), ("-0.001", "-0.001")]
)
def test_amounts_come_back_as_decimal_text(value: str, shown: str) -> None:
    assert decimal_text(HUNDREDTHS[value]) == shown


@pytest.mark.parametrize("value", ["", "x", "1.2.3", "9" * 41, "9" * 300 + ".00", "9" * 5000])
def test_text_that_is_no_amount_is_like_an_absent_one(value: str) -> None:
    with pytest.raises(KeyError):
        HUNDREDTHS[value]


def test_the_memo_of_amounts_is_bounded() -> None:
    for number in range(40_000):
        assert HUNDREDTHS[f"{number}.00"] == number * 100
    assert len(HUNDREDTHS) < 20_000


# -- remittance: built balanced

adjustment_parts = st.lists(st.tuples(st.sampled_from(["CO", "OA", "PI", "PR"]), fine_amounts), max_size=3)


def _adjustments(parts: list[tuple[str, Decimal]]) -> list[Fields]:
    return [cas(group, "4", text(amount)) for group, amount in parts]


@st.composite
def remittances(draw: st.DrawFn) -> Fields:
    """A paid claim that balances at every level, some without lines."""
    at_claim = draw(adjustment_parts)
    lines = draw(st.lists(st.tuples(fine_amounts, adjustment_parts), max_size=4))
    charge = sum((charge for charge, _ in lines), Decimal(0)) if lines else draw(amounts)
    every = [*at_claim, *(part for _, parts in lines for part in parts)]
    claim: Fields = {
        "status": "1",
        "total_charge": text(charge),
        "paid_amount": text(charge - sum((amount for _, amount in every), Decimal(0))),
        "patient_responsibility": text(sum((amount for group, amount in every if group == "PR"), Decimal(0))),
        "adjustments": _adjustments(at_claim),
    }
    if lines:
        claim["lines"] = [
            {"charge": text(charge), "paid_amount": text(charge - sum((a for _, a in parts), Decimal(0))), "adjustments": _adjustments(parts)}
            for charge, parts in lines
        ]
    return claim


def remittance_moves(claim: Fields) -> Iterator[tuple[tuple[str | int, ...], list[Problem]]]:
    """Every amount of a remittance claim, and what a cent more there must give."""
    lines = claim.get("lines", [])
    patient = [Problem("PATIENT_RESPONSIBILITY")]

    def to_claim(difference: Decimal) -> list[Problem]:
        return [imbalance("REMIT_LINES_TO_CLAIM", "lines_to_claim", difference)] if lines else []

    def of_claim(difference: Decimal) -> list[Problem]:
        return [imbalance("REMIT_CLAIM_BALANCE", "claim", difference)]

    yield ("total_charge",), to_claim(-CENT) + of_claim(CENT)
    yield ("paid_amount",), to_claim(-CENT) + of_claim(-CENT)
    yield ("patient_responsibility",), patient
    for at, adjustment in enumerate(claim["adjustments"]):
        yield ("adjustments", at, "amount"), to_claim(-CENT) + of_claim(-CENT) + patient * (adjustment["group"] == "PR")
    for index, line in enumerate(lines):

        def of_line(difference: Decimal, index: int = index) -> list[Problem]:
            return [imbalance("REMIT_LINE_BALANCE", "line", difference, index)]

        yield ("lines", index, "charge"), of_line(CENT) + to_claim(CENT)
        yield ("lines", index, "paid_amount"), of_line(-CENT) + to_claim(CENT)
        for at, adjustment in enumerate(line["adjustments"]):
            yield ("lines", index, "adjustments", at, "amount"), of_line(-CENT) + of_claim(-CENT) + patient * (adjustment["group"] == "PR")


@given(remittances())
def test_a_balanced_remittance_claim_has_no_problem(claim: Fields) -> None:
    assert CHECKS["remittance_balance"](claim) == []


@given(remittances())
def test_the_quick_verdict_agrees_with_the_close_look(claim: Fields) -> None:
    assert _balanced(claim)
    assert _imbalances(claim) == []


@settings(max_examples=60)
@given(remittances())
def test_a_cent_too_much_in_a_remittance_gives_exactly_its_problems(claim: Fields) -> None:
    for path, expected in remittance_moves(claim):
        assert Counter(CHECKS["remittance_balance"](moved(claim, path))) == Counter(expected), path


def _negated(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: text(-Decimal(held)) if name in ("charge", "total_charge", "paid_amount", "amount") else _negated(held)
            for name, held in value.items()
        }
    return [_negated(entry) for entry in value] if isinstance(value, list) else value


@given(remittances())
def test_a_reversal_balances_with_all_signs_turned_and_an_empty_patient_share(claim: Fields) -> None:
    reversal = {**_negated(claim), "status": "22"}
    del reversal["patient_responsibility"]
    assert CHECKS["remittance_balance"](reversal) == []


def _paid(charge: str, paid: str, *adjustments: Fields, **more: Any) -> Fields:
    return {"status": "1", "total_charge": charge, "paid_amount": paid, "adjustments": list(adjustments), **more}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (_paid("100.00", "0.00", cas("CO", "50", "100.00")), []),
        (_paid("100.00", "0.00", cas("CO", "45", "40.00"), cas("PR", "1", "60.00"), patient_responsibility="60.00"), []),
        (_paid("100.00", "0.00", cas("CO", "45", "40.00"), cas("PR", "1", "60.00")), [Problem("PATIENT_RESPONSIBILITY")]),
        (_paid("100.00", "60.00", cas("CO", "45", "20.00"), cas("CO", "97", "20.00")), []),
        (_paid("100.00", "0.00"), [Problem("REMIT_CLAIM_BALANCE", None, "claim", "100.00")]),
        (_paid("-100.00", "0.00", cas("CO", "50", "-100.00"), status="22"), []),
        (
            _paid("-100.00", "-20.00", cas("PR", "1", "-70.00"), status="22"),
            [Problem("REMIT_CLAIM_BALANCE", None, "claim", "-10.00")],
        ),
        (_paid("100.00", "106.50", cas("CO", "94", "-6.50")), []),
        (
            _paid("100.00", "40.00", lines=[{"charge": "60.00", "paid_amount": "0.00", "adjustments": [cas("CO", "50", "60.00")]}]),
            [
                Problem("REMIT_LINES_TO_CLAIM", None, "lines_to_claim", "-40.00"),
                Problem("REMIT_LINES_TO_CLAIM", None, "lines_to_claim", "-40.00"),
            ],
        ),
    ],
)
def test_worked_remittance_claims(claim: Fields, expected: list[Problem]) -> None:
    assert CHECKS["remittance_balance"](claim) == expected


def test_information_amounts_are_not_part_of_the_balance() -> None:
    claim = _paid("100.00", "100.00", amounts=[{"qualifier": "I", "amount": "3.00"}], inpatient_adjudication={"drg_amount": "9.00"})
    assert CHECKS["remittance_balance"](claim) == []


def test_a_line_with_an_unreadable_amount_is_not_judged_but_its_neighbour_is() -> None:
    lines = [{"charge": "60.00", "adjustments": []}, {"charge": "40.00", "paid_amount": "39.00", "adjustments": []}]
    found = CHECKS["remittance_balance"](_paid("100.00", "100.00", lines=lines))
    assert found == [Problem("REMIT_LINE_BALANCE", 1, "line", "1.00")]


def _plb(*amounts: str) -> list[Fields]:
    return [{"reason": "FB", "amount": amount} for amount in amounts]


@pytest.mark.parametrize(
    ("payment", "claims", "expected"),
    [
        ({"amount": "0.00", "provider_adjustments": _plb("-100.00")}, "-100.00", []),
        ({"amount": "50.00", "provider_adjustments": _plb("100.00")}, "150.00", []),
        ({"amount": "150.00", "provider_adjustments": _plb("40.00", "-40.00")}, "150", []),
        ({"amount": "151.00", "provider_adjustments": _plb("-1.00", "0.50")}, "150.00", [Problem("REMIT_PAYMENT_BALANCE", None, "payment", "-0.50")]),
        ({"amount": "-100.00"}, "-100.00", [Problem("REMIT_PAYMENT_NEGATIVE")]),
        ({"amount": "-1.00"}, "0", [Problem("REMIT_PAYMENT_NEGATIVE"), Problem("REMIT_PAYMENT_BALANCE", None, "payment", "1.00")]),
        ({}, "10.00", []),
        ({"amount": "1.00", "provider_adjustments": [{"reason": "WO"}]}, "10.00", []),
    ],
)
def test_payment_balance(payment: Fields, claims: str, expected: list[Problem]) -> None:
    assert payment_balance(payment, claims) == expected


# -- submitted claims: built balanced


@st.composite
def claims_with_prior_payers(draw: st.DrawFn) -> Fields:
    """Line charges add up, and each prior payer explains every line and the claim."""
    charges = draw(st.lists(fine_amounts, min_size=1, max_size=4))
    lines: list[Fields] = [{"charge": text(charge), "adjudications": []} for charge in charges]
    payers: list[Fields] = []
    for number in range(draw(st.integers(0, 2))):
        paid = Decimal(0)
        for charge, line in zip(charges, lines, strict=True):
            parts = draw(adjustment_parts)
            rest = charge - sum((amount for _, amount in parts), Decimal(0))
            line["adjudications"].append({"payer_id": f"P{number}", "paid_amount": text(rest), "adjustments": _adjustments(parts)})
            paid += rest
        at_claim = draw(adjustment_parts)
        paid -= sum((amount for _, amount in at_claim), Decimal(0))
        payers.append({"payer": {"id": f"P{number}"}, "paid_amount": text(paid), "adjustments": _adjustments(at_claim)})
    return {"total_charge": text(sum(charges, Decimal(0))), "lines": lines, "other_payers": payers}


def _claim_moves(claim: Fields) -> Iterator[tuple[tuple[str | int, ...], list[Problem]]]:
    payers = claim["other_payers"]
    charged = imbalance("CHARGE_BALANCE", "lines_to_claim", CENT)

    def of_line(index: int, difference: Decimal) -> Problem:
        return imbalance("COB_LINE_BALANCE", "cob_line", difference, index)

    def of_claim(difference: Decimal) -> Problem:
        return imbalance("COB_CLAIM_BALANCE", "cob_claim", difference)

    yield ("total_charge",), [charged._replace(difference=text(-CENT))] + [of_claim(-CENT)] * len(payers)
    for index, line in enumerate(claim["lines"]):
        yield ("lines", index, "charge"), [charged] + [of_line(index, -CENT)] * len(payers)
        for number, said in enumerate(line["adjudications"]):
            at: tuple[str | int, ...] = ("lines", index, "adjudications", number)
            yield (*at, "paid_amount"), [of_line(index, CENT), of_claim(CENT)]
            for place in range(len(said["adjustments"])):
                yield (*at, "adjustments", place, "amount"), [of_line(index, CENT), of_claim(CENT)]
    for number, payer in enumerate(payers):
        both = [of_claim(CENT), of_claim(-CENT)]
        yield ("other_payers", number, "paid_amount"), both
        for place in range(len(payer["adjustments"])):
            yield ("other_payers", number, "adjustments", place, "amount"), both


def _submitted(claim: Fields) -> list[Problem]:
    return [problem for name in ("charge_balance", "cob_balance", "frequency_reference", "accident_date") for problem in CHECKS[name](claim)]


@given(claims_with_prior_payers())
def test_a_balanced_claim_has_no_problem(claim: Fields) -> None:
    assert _submitted(claim) == []


@settings(max_examples=60)
@given(claims_with_prior_payers())
def test_a_cent_too_much_in_a_claim_gives_exactly_its_problems(claim: Fields) -> None:
    for path, expected in _claim_moves(claim):
        assert Counter(_submitted(moved(claim, path))) == Counter(expected), path


def _payer(number: str, paid: str, *adjustments: Fields) -> Fields:
    return {"payer": {"id": number}, "paid_amount": paid, "adjustments": list(adjustments)}


def _said(payer: str, paid: str, *adjustments: Fields) -> Fields:
    return {"payer_id": payer, "paid_amount": paid, "adjustments": list(adjustments)}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"total_charge": "100.00"}, []),
        ({"total_charge": "100.00", "lines": []}, []),
        ({"total_charge": "100.00", "lines": [{"charge": "33.333"}, {"charge": "66.667"}]}, []),
        ({"total_charge": "100.00", "lines": [{"charge": "33.33"}]}, [Problem("CHARGE_BALANCE", None, "lines_to_claim", "-66.67")]),
        ({"total_charge": "100.00", "lines": [{"charge": "33.33"}, {}]}, []),
        ({"lines": [{"charge": "33.33"}]}, []),
        # a prior payer at claim level only
        ({"total_charge": "100.00", "other_payers": [_payer("A", "80.00", cas("PR", "2", "20.00"))]}, []),
        (
            {"total_charge": "100.00", "other_payers": [_payer("A", "80.00", cas("PR", "2", "19.00"))]},
            [Problem("COB_CLAIM_BALANCE", None, "cob_claim", "-1.00")],
        ),
        # nothing that could balance was sent
        ({"total_charge": "100.00", "other_payers": [_payer("A", "80.00")]}, []),
        ({"total_charge": "100.00", "other_payers": [{"payer": {"id": "A"}, "adjustments": [cas("PR", "2", "19.00")]}]}, []),
        # lines of one payer are not those of another
        (
            {
                "total_charge": "100.00",
                "lines": [{"charge": "100.00", "adjudications": [_said("A", "80.00", cas("CO", "45", "20.00"))]}],
                "other_payers": [_payer("A", "80.00"), _payer("B", "60.00", cas("PR", "2", "30.00"))],
            },
            [Problem("COB_CLAIM_BALANCE", None, "cob_claim", "-10.00")],
        ),
        # a payer split the line in two
        (
            {
                "total_charge": "100.00",
                "lines": [{"charge": "100.00", "adjudications": [_said("A", "50.00", cas("CO", "45", "20.00")), _said("A", "30.00")]}],
                "other_payers": [_payer("A", "80.00")],
            },
            [],
        ),
        # two payers under one id: their lines cannot be told apart, the line sums can
        (
            {
                "total_charge": "100.00",
                "lines": [{"charge": "100.00", "adjudications": [_said("A", "70.00", cas("CO", "45", "20.00"))]}],
                "other_payers": [_payer("A", "10.00"), _payer("A", "20.00")],
            },
            [Problem("COB_LINE_BALANCE", 0, "cob_line", "-10.00")],
        ),
        # an unreadable amount leaves its payer's claim level unjudged
        (
            {
                "total_charge": "100.00",
                "lines": [{"charge": "100.00", "adjudications": [{"payer_id": "A", "adjustments": []}]}],
                "other_payers": [_payer("A", "10.00", cas("CO", "45", "1.00"))],
            },
            [],
        ),
    ],
)
def test_worked_claims(claim: Fields, expected: list[Problem]) -> None:
    assert _submitted(claim) == expected


@pytest.mark.parametrize(
    ("claim", "codes"),
    [
        ({"frequency": "1"}, []),
        ({"frequency": "7"}, ["FREQUENCY_WITHOUT_REFERENCE"]),
        ({"frequency": "8"}, ["FREQUENCY_WITHOUT_REFERENCE"]),
        ({"frequency": "7", "payer_claim_number": "X"}, []),
        # the number that another payer gave the claim does not count
        ({"frequency": "8", "other_payers": [{"payer": {"id": "A", "payer_claim_number": "X"}}]}, ["FREQUENCY_WITHOUT_REFERENCE"]),
        ({"accident_causes": ["AA"]}, ["ACCIDENT_DATE_MISSING"]),
        ({"accident_causes": ["EM", "OA"]}, ["ACCIDENT_DATE_MISSING"]),
        ({"accident_causes": ["EM"]}, []),
        ({"accident_causes": ["AA"], "accident_date": "2026-01-02"}, []),
        ({}, []),
    ],
)
def test_rules_between_segments(claim: Fields, codes: list[str]) -> None:
    assert [problem.code for problem in _submitted(claim)] == codes


# -- adjustment reason codes


def _line(charge: str, *adjustments: Fields, remarks: tuple[str, ...] = ()) -> Fields:
    return {"charge": charge, "adjustments": list(adjustments), "remark_codes": [{"qualifier": "HE", "code": code} for code in remarks]}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (_line("100.00", cas("CO", "45", "40.00")), None),
        (_line("100.00", cas("PR", "45", "40.00")), None),
        (_line("100.00", cas("OA", "45", "40.00")), "CARC_GROUP"),
        (_line("100.00", cas("CO", "45", "100.00")), "CARC_WHOLE_CHARGE"),
        (_line("0.00", cas("CO", "45", "0.00")), None),
        (_line("100.00", cas("CO", "50", "100.00")), None),
        (_line("100.00", cas("CO", "909099", "1.00")), "CARC_UNKNOWN"),
        (_line("100.00", cas("CO", "A2", "1.00")), None),
        (_line("100.00", cas("CO", "D23", "1.00")), None),
        (_line("100.00", {"group": "CO", "amount": "1.00"}), None),
        (_line("100.00", cas("CR", "50", "1.00")), "CARC_GROUP"),
        (_line("100.00", cas("OA", "18", "100.00")), None),
        (_line("100.00", cas("CO", "18", "100.00")), "CARC_GROUP"),
        (_line("100.00", cas("OA", "133", "100.00")), None),
        (_line("100.00", cas("PR", "23", "1.00")), "CARC_GROUP"),
        (_line("100.00", cas("CO", "85", "1.00")), "CARC_GROUP"),
        (_line("100.00", cas("PI", "249", "1.00")), "CARC_GROUP"),
        (_line("100.00", cas("OA", "229", "1.00")), "CARC_PLACE"),
        (_line("100.00", cas("CO", "16", "100.00")), "CARC_NEEDS_REMARK"),
        (_line("100.00", cas("CO", "16", "100.00"), remarks=("N211", "MA01")), "CARC_NEEDS_REMARK"),
        (_line("100.00", cas("CO", "16", "100.00"), remarks=("N211", "M51")), None),
        (_line("100.00", cas("CO", "251", "60.00"), cas("CO", "251", "40.00")), "CARC_NEEDS_REMARK"),
    ],
)
def test_adjustment_code_rules_of_a_line(line: Fields, code: str | None) -> None:
    fields = {"status": "1", "lines": [_line("1.00"), line]}
    assert CHECKS["adjustment_codes"](fields) == ([Problem(code, 1)] if code else [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (_paid("100.00", "0.00", cas("CO", "45", "100.00")), "CARC_WHOLE_CHARGE"),
        (_paid("100.00", "0.00", cas("OA", "133", "100.00")), "CARC_PLACE"),
        (_paid("100.00", "0.00", cas("CO", "18", "100.00"), filing_indicator="WC"), None),
        (_paid("100.00", "0.00", cas("PR", "18", "100.00"), filing_indicator="WC"), "CARC_GROUP"),
        (_paid("100.00", "0.00", cas("PR", "96", "100.00")), "CARC_NEEDS_REMARK"),
        (_paid("100.00", "0.00", cas("PR", "96", "100.00"), inpatient_adjudication={"remark_codes": ["N130"]}), None),
        (_paid("100.00", "0.00", cas("PR", "96", "100.00"), outpatient_adjudication={"remark_codes": ["MA01"]}), "CARC_NEEDS_REMARK"),
        (_paid("100.00", "0.00", cas("PR", "96", "100.00"), lines=[_line("100.00", remarks=("N130",))]), "CARC_NEEDS_REMARK"),
    ],
)
def test_adjustment_code_rules_of_a_claim(fields: Fields, code: str | None) -> None:
    assert CHECKS["adjustment_codes"](fields) == ([Problem(code)] if code else [])


def test_a_pharmacy_reject_code_serves_as_remark() -> None:
    line = {**_line("100.00", cas("CO", "16", "100.00")), "remark_codes": [{"qualifier": "RX", "code": "77"}]}
    assert CHECKS["adjustment_codes"]({"status": "1", "lines": [line]}) == []


def test_a_remark_of_the_claim_serves_its_lines() -> None:
    fields = _paid("100.00", "0.00", lines=[_line("100.00", cas("CO", "16", "100.00"))], outpatient_adjudication={"remark_codes": ["MA130"]})
    assert CHECKS["adjustment_codes"](fields) == []


# -- all checks


def test_every_check_that_a_map_names_for_an_item_exists_and_reports_known_codes() -> None:
    named = {check for table in maps().values() for emit in table.emits for check in emit.checks}
    assert named == set(CHECKS)
    assert {"CARC_PLACE", "CARC_GROUP", "CARC_UNKNOWN", "CARC_WHOLE_CHARGE", "CARC_NEEDS_REMARK"} <= FINDINGS.keys()


def _drop_or_garble(draw: Callable[..., Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _drop_or_garble(draw, held) for name, held in value.items() if draw(st.integers(0, 9))}
    if isinstance(value, list):
        return [_drop_or_garble(draw, entry) for entry in value]
    return draw(st.sampled_from([value, value, value, "", "x", "9" * 5000]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_check_raises_or_changes_what_it_looks_at(data: st.DataObject) -> None:
    fields = _drop_or_garble(data.draw, data.draw(st.one_of(remittances(), claims_with_prior_payers())))
    before = copy.deepcopy(fields)
    for check in CHECKS.values():
        assert {problem.code for problem in check(fields)} <= FINDINGS.keys()
    assert fields == before


# -- facts on codes


def test_the_table_holds_every_current_code_once_and_no_retired_one() -> None:
    property_and_casualty = {f"P{number}" for number in range(1, 33)}
    assert len(CURRENT.keys() - property_and_casualty) == 265
    assert property_and_casualty < CURRENT.keys()
    assert not CURRENT.keys() & RETIRED.keys()
    assert len(CARCS) == len(CURRENT) + len(RETIRED)
    assert all(entry.category and entry.preventable in set("YPN") and entry.appealable in set("ARBN") for entry in CURRENT.values())


def test_retired_codes_lead_to_current_ones() -> None:
    assert {code for entry in RETIRED.values() for code in entry.replaced_by} <= CURRENT.keys()
    assert {code for code, entry in RETIRED.items() if not entry.replaced_by} == {"63", "A7"}
    assert {f"D{number}" for number in range(1, 24)} < RETIRED.keys()


@pytest.mark.parametrize(
    ("code", "category", "detail", "preventable", "appealable"),
    [
        ("1", "patient_resp", "", "N", "N"),
        ("29", "timely_filing", "", "Y", "A"),
        ("50", "medical_necessity", "", "P", "A"),
        ("59", "contractual", "pricing", "P", "A"),
        ("197", "authorization", "", "Y", "B"),
        ("288", "authorization", "referral", "Y", "B"),
        ("291", "cob_misrouted", "", "Y", "R"),
        ("B23", "provider_eligibility", "", "Y", "R"),
        ("P32", "wc_pc", "", "N", "B"),
        ("A7", "contractual", "pricing", "", ""),
        ("15", "authorization", "", "", ""),
        ("42", "contractual", "", "", ""),
        ("120", "", "", "", ""),
        ("38", "", "", "", ""),
    ],
)
def test_categories(code: str, category: str, detail: str, preventable: str, appealable: str) -> None:
    entry = carc(code)
    assert entry is not None
    assert (entry.category, entry.detail, entry.preventable, entry.appealable) == (category, detail, preventable, appealable)


def test_a_code_in_no_list_is_not_guessed() -> None:
    assert carc("909099") is None
    assert carc("") is None


def test_rules_on_codes() -> None:
    remark = {code for code, entry in CARCS.items() if entry.needs_remark}
    assert remark == set("16 96 129 148 201 226 227 234 237 250 251 252 267 307 A1".split())  # noqa: SIM905
    assert {code for code, entry in CARCS.items() if entry.groups == {"OA"}} == {"18", "23", "133", "136", "209", "257", "277"}
    assert {code for code, entry in CARCS.items() if entry.groups == {"PR"}} == {"85", "201", "238", "275"}
    assert {code for code, entry in CARCS.items() if entry.groups == {"CO"}} == {"139", "249", "303"}
    assert {code for code, entry in CARCS.items() if len(entry.groups) > 1} == {"45"}
    assert "N211" in ALERTS
    assert "N368" not in ALERTS
