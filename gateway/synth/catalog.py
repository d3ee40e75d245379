"""What the world is made of: sites with their providers, payers, and a handful of code numbers (numbers only, no texts)."""

from random import Random
from typing import NamedTuple

from gateway.synth.identity import LAST, Address, Clinician, Organisation, Payer, address, npi, tax_number, words


class Site(NamedTuple):
    """`prefix` starts the patient control numbers; each site has its own name space of them."""

    id: str
    prefix: str
    name: str
    clinics: tuple[Organisation, ...]
    clinicians: tuple[Clinician, ...]


class Stream(NamedTuple):
    """One kind of claim of one site and its share of all claims, in percent."""

    site: Site
    kind: str
    share: int


class Denial(NamedTuple):
    """Group, CARC, remark (empty: none) and the category word of the CARC."""

    group: str
    carc: str
    remark: str
    category: str


def _payer(name: str, number: int, filing: str, remit_filing: str) -> Payer:
    return Payer(
        name, f"TST{number % 1000}", filing, remit_filing, tax_number(number), Address(f"{number % 900} PAYER PLAZA", "READING", "PA", "19601")
    )


PAYERS = (
    _payer("ALPINE HEALTH PLAN", 90101, "CI", "12"),
    _payer("BEACON MUTUAL", 90102, "BL", "12"),
    _payer("CASCADE CARE HMO", 90103, "HM", "HM"),
    _payer("STATE MEDICARE CONTRACTOR", 90104, "MB", "MB"),
    _payer("COMMONWEALTH MEDICAID", 90105, "MC", "MC"),
    _payer("DELTA BAY INSURANCE", 90106, "CI", "15"),
)


def _site(site: str, prefix: str, name: str, number: int, clinics: tuple[tuple[str, str], ...], taxonomies: tuple[str, ...]) -> Site:
    rng = Random(number)  # noqa: S311 - the same sites in every world
    return Site(
        site,
        prefix,
        name,
        tuple(
            Organisation(clinic, npi(number + at), tax_number(number + at), taxonomy, address(rng, full_zip=True))
            for at, (clinic, taxonomy) in enumerate(clinics)
        ),
        tuple(
            Clinician(rng.choice(LAST), rng.choice(("ALEX", "CASEY", "DANA", "LEE", "ROBIN", "SAM")), npi(number + 100 + at), rng.choice(taxonomies))
            for at in range(16)
        ),
    )


RIVERSIDE = _site(
    "riverside", "RV", "RIVERSIDE REGIONAL HEALTH", 10_000,
    (("RIVERSIDE REGIONAL HOSPITAL", "282N00000X"), ("RIVERSIDE SURGERY CENTER", "261QA1903X")),
    ("207R00000X", "208600000X", "207RC0000X"),
)  # fmt: skip
KEYSTONE = _site(
    "keystone", "KS", "KEYSTONE PHYSICIANS", 20_000,
    (("KEYSTONE FAMILY MEDICINE", "207Q00000X"), ("KEYSTONE CARDIOLOGY", "207RC0000X"), ("KEYSTONE IMAGING", "2085R0202X")),
    ("207Q00000X", "207RC0000X", "2085R0202X", "363LF0000X"),
)  # fmt: skip
BAYVIEW = _site(
    "bayview", "BV", "BAYVIEW DENTAL", 30_000,
    (("BAYVIEW DENTAL GROUP", "122300000X"), ("BAYVIEW SMILES", "1223G0001X")),
    ("122300000X",),
)  # fmt: skip

STREAMS = (Stream(KEYSTONE, "837P", 35), Stream(RIVERSIDE, "837I", 25), Stream(RIVERSIDE, "837P", 25), Stream(BAYVIEW, "837D", 15))

PROCEDURES = words("99203 99213 99214 99215 36415 80053 85025 83036 93000 71046 73030 97110 97140 45378 20610 11102 90471 76700")
DRUGS = (("J1100", "00000101001", "ML"), ("J3420", "00000202002", "ML"), ("J1885", "00000303003", "UN"))
"""HCPCS code, an NDC of labeler 00000 (given to nobody) and its unit."""
MODIFIERS = ("25", "59", "RT", "LT", "26", "76", "GP")
DIAGNOSES = words("E119 E785 I10 I2510 I509 J069 J209 J449 K219 L700 M170 M545 N390 R079 R51 Z0000 Z23 F411 G4733 S93401A")
INPATIENT_REVENUE = ("0120", "0206", "0250", "0270", "0300", "0320", "0360", "0450")
OUTPATIENT_REVENUE = (("0300", "80053"), ("0305", "85025"), ("0320", "71046"), ("0360", "45378"), ("0450", "99284"), ("0730", "93000"))
DRGS = ("291", "470", "690", "871")
INPATIENT_PROCEDURES = ("0SR9019", "4A023N7", "0DTJ4ZZ", "02HV33Z")
DENTAL = words("D0120 D0150 D0274 D1110 D2391 D2392 D2740 D3330 D7140")
DENTAL_WITH_SURFACE = ("D2391", "D2392")
DENTAL_WITH_TOOTH = ("D2391", "D2392", "D2740", "D3330", "D7140")
NOTES = ("PATIENT SEEN FOR FOLLOW UP", "RECORDS SENT ON REQUEST", "SERVICE REPEATED SAME DAY")

# Current CARC and RARC numbers. Group rules: 18 stands under OA, 204 and 119 under PR; 16, 96, 226 and 252 need a remark that is no alert.
DENIALS = (
    *(Denial("CO", "197", "", "authorization"),) * 3,
    Denial("CO", "16", "M119", "missing_info"),
    Denial("CO", "50", "N115", "medical_necessity"),
    Denial("CO", "29", "", "timely_filing"),
    Denial("OA", "18", "", "duplicate"),
    Denial("PR", "204", "", "noncovered"),
    Denial("CO", "27", "N30", "eligibility"),
    Denial("CO", "252", "M127", "documentation"),
    Denial("CO", "226", "N705", "documentation"),
    Denial("CO", "22", "MA04", "cob"),
    Denial("CO", "11", "", "coding_medical_policy"),
    Denial("CO", "4", "N519", "coding"),
    Denial("PR", "96", "N130", "noncovered"),
    Denial("PR", "119", "", "benefit_limit"),
    Denial("CO", "151", "M25", "medical_necessity"),
)
LINE_DENIALS = (
    Denial("CO", "97", "N19", "bundling"),
    Denial("CO", "50", "N115", "medical_necessity"),
    Denial("CO", "151", "M25", "medical_necessity"),
    Denial("PR", "96", "N130", "noncovered"),
)
UNKNOWN_MEMBER = Denial("CO", "31", "N382", "eligibility")
LATE, ENDED, UNAUTHORIZED = "29", "27", "197"
"""CARC of what was billed too late, after the coverage had ended, without the authorisation it needs."""

REJECTIONS = (("A7", "164", "IL"), ("A6", "145", "82"), ("A7", "254", ""), ("A3", "21", ""))
"""Claim status category, status and entity with which a claim is returned before it is decided on."""
SPONSOR = ("STATEWIDE BENEFITS TRUST", tax_number(40_001))
"""Who enrols members and pays their premiums."""
