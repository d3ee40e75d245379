"""The page docs/agreement-hl7v2.md: `python -m tests.corpus.agreement_v2 > docs/agreement-hl7v2.md`."""

from collections import Counter

from tests.corpus.fhir_pairs import COMPARED, MISPAIRED, compared_pairs, missing, reason, resources
from tests.corpus.samples import convert, samples
from tests.corpus.test_v2_oracles import PYTHON_HL7, python_hl7
from tests.corpus.test_v2_reading import all_of, files

HEAD = """# HL7 v2: agreement with others

Written by `python -m tests.corpus.agreement_v2` over the public samples that `CLEARPLANE_CORPORA` names; the tests of `tests/corpus` hold every line.
"""


def account() -> list[str]:
    rows = [
        "## Every message accounted for",
        "",
        "| messages | files | MSH | published | no event kind | refused | dead | events |",
        "|---|" + "---:|" * 7,
    ]
    total: Counter[str] = Counter()
    for folder in sorted({sample.folder for sample in samples("hl7v2")}):
        found: Counter[str] = Counter()
        for sample in samples("hl7v2"):
            if sample.folder == folder:
                found.update({**convert(sample).summary, "files": 1})
        total += found
        rows.append(_account(folder, found))
    return [*rows, _account("all", total), ""]


def _account(name: str, found: Counter[str]) -> str:
    names = ("files", "items", "published", "no_event_kind", "refused", "dead", "events")
    return f"| {name} | " + " | ".join(f"{found[each]:,}" for each in names) + " |"


def libraries() -> list[str]:
    """Messages of which python-hl7 gives the same fields as we do."""
    found: Counter[str] = Counter()
    for path in files():
        for message in all_of(path)[1]:
            theirs = python_hl7(message)
            ours = [segment.fields for segment in message.segments]
            found["cannot" if theirs is None else "equal" if theirs == ours else "differs"] += 1
    rows = ["## Field by field", ""]
    rows += [
        f"python-hl7 reads {found['equal']:,} messages in every field as we do, {found['differs']} otherwise, and {found['cannot']} not at all:",
        "",
    ]
    rows += [f"- {name}: {why}" for name, why in PYTHON_HL7.items()]
    return [*rows, "", "hl7apy agrees on every value of the first files of each type that it can read, apart from the fields its tables lack.", ""]


def bundles() -> list[str]:
    """FHIR values by meaning, and where those went that no field of that meaning has."""
    totals, found, reasons = Counter[str](), Counter[str](), Counter[str]()
    for pair in compared_pairs():
        for compared in COMPARED:
            meaning = f"{compared.resource} {compared.name}"
            totals[meaning] += sum(1 for one in resources(pair) if one["resourceType"] == compared.resource for _ in compared.fhir(one))
        for each in missing(pair):
            found[each.meaning] += 1
            reasons[reason(each) or "not explained"] += 1
    rows = [
        "## Published FHIR of the same messages",
        "",
        "| meaning | values in the bundles | in the same field of ours | elsewhere |",
        "|---|---:|---:|---:|",
    ]
    rows += [f"| {meaning} | {count:,} | {count - found[meaning]:,} | {found[meaning]} |" for meaning, count in totals.items()]
    rows += ["", "| why elsewhere | values |", "|---|---:|", *(f"| {why} | {count} |" for why, count in reasons.most_common())]
    return [*rows, "", *(f"Left out: {name}, because {why}." for name, why in MISPAIRED.items())]


def page() -> str:
    return "\n".join([HEAD, *account(), *libraries(), *bundles()]) + "\n"


if __name__ == "__main__":
    print(page(), end="")
