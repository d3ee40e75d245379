"""HL7 v2.5 messages of nine kinds about invented patients; kind and content of a message follow from its number."""

from collections.abc import Callable, Sequence

from bench.people import scramble

SENDER = "MSH|^~\\&|ADTOUT|NORTHMERE^1.2.3.4^ISO|GATEWAY|PLANE|20260304101502-0500||{kind}|MSG{c:09d}|T|2.5|||AL|NE|USA|UNICODE UTF-8"
PHYSICIAN = "1880021^OKAFOR^CHIDI^^^^MD^^NPI^L^^^NPI"
PATIENT = (
    "PID|1||E{n:09d}^^^ENT^PI~A{n:07d}^^^NMH^MR~900-12-{m:04d}^^^USSSA^SS||ROSALES^MARIA^ELENA^^^^L~ROSALES^M^^^^^D||19710822|F|"
    "|2106-3^White^HL70005|118 N OAK AVE^APT 4^SPRINGFIELD^IL^62701^USA^H||^PRN^PH^^1^217^5550142~^NET^Internet^maria@example.org"
    "|^WPN^PH^^1^217^5550199|eng^English^ISO6392|M|CHR|70{n:08d}^^^NMH^AN|900-12-{m:04d}|||2186-5^Not Hispanic^HL70189||||||||N"
)
VISIT = (
    "PV1|1|I|4EAST^412^B^NMH^^^^^4 East Med|E|||1750399^LINDQVIST^ANDERS^P^^^MD^^NPI^L^^^NPI|"
    + PHYSICIAN
    + "|1990033^WANG^LI^^^^MD^^NPI^L^^^NPI|MED||||7|||"
    "1750399^LINDQVIST^ANDERS^P^^^MD^^NPI^L^^^NPI|IP|CSN{n:08d}^^^NMH^VN|PPO||||||||||||||||01|||NMH||ADM|||20260304093000-0500"
)
EVENT = "EVN|{trigger}|20260304101502||||20260304101400"
INSURANCE = (
    "IN1|1|PPO100^BLUE PPO^PLANS|00621^^^NAIC^NIIP|PRAIRIE MUTUAL|PO BOX 805107^^CHICAGO^IL^60680||^WPN^PH^^1^800^5551234|GRP77812|ACME MFG|||"
    "20250101|20261231||PPO|ROSALES^MARIA^ELENA|SEL|19710822|118 N OAK AVE^APT 4^SPRINGFIELD^IL^62701|||1||||||||||||||XEA{n:09d}|||||||F"
)
DIAGNOSIS = "DG1|1||I50.23^Acute on chronic systolic heart failure^I10||20260304|A"
GUARANTOR = "GT1|1|G{n:07d}|ROSALES^MARIA^ELENA||118 N OAK AVE^APT 4^SPRINGFIELD^IL^62701|^PRN^PH^^1^217^5550142||19710822|F||SEL"
ORDER = "ORC|{control}|ORD{n:07d}^EHR|FIL{n:07d}^LAB||CM||^^^20260304091500^^R||20260304091500|||" + PHYSICIAN
REQUEST = (
    "OBR|1|ORD{n:07d}^EHR|FIL{n:07d}^LAB|24323-8^Comprehensive metabolic panel^LN|||20260304091500-0500|||||||20260304092100||" + PHYSICIAN + "||||||"
    "20260304094500||LAB|F||^^^20260304091500^^R"
)
TESTS: Sequence[tuple[str, str, str, str, str]] = (
    ("2345-7", "Glucose", "102", "mg/dL", "70-99"), ("2160-0", "Creatinine", "1.31", "mg/dL", "0.6-1.1"),
    ("2951-2", "Sodium", "138", "mmol/L", "136-145"), ("2823-3", "Potassium", "4.4", "mmol/L", "3.5-5.1"),
    ("2075-0", "Chloride", "101", "mmol/L", "98-107"), ("2028-9", "CO2", "25", "mmol/L", "22-29"),
    ("3094-0", "BUN", "29", "mg/dL", "7-20"), ("17861-6", "Calcium", "9.1", "mg/dL", "8.6-10.2"),
    ("33762-6", "NT-proBNP", "4120", "pg/mL", "<125"), ("718-7", "Hemoglobin", "11.2", "g/dL", "12.0-15.5"),
    ("777-3", "Platelets", "221", "10*3/uL", "150-400"), ("8480-6", "Systolic BP", "141", "mm[Hg]", "90-130"),
)  # fmt: skip
CHARGES: Sequence[tuple[str, str, int, str]] = (
    ("99223", "Initial hospital care", 1, "412.50"), ("93306", "Echo, complete", 1, "1180.00"), ("80053", "Metabolic panel", 1, "64.10"),
    ("83880", "Natriuretic peptide", 1, "141.75"), ("36415", "Venipuncture", 2, "18.00"), ("71046", "Chest, two views", 1, "210.00"),
)  # fmt: skip


def _admission() -> list[str]:
    contact = "NK1|1|ROSALES^JORGE|SPO^Spouse^HL70063|118 N OAK AVE^APT 4^SPRINGFIELD^IL^62701|^PRN^PH^^1^217^5550143"
    allergy = "AL1|1|DA|7980^Penicillin^RXNORM|SV|Hives"
    return [EVENT, PATIENT, contact, VISIT, "PV2||PRIVATE|^Dyspnea\\T\\edema", allergy, DIAGNOSIS, GUARANTOR, INSURANCE, "ZPV|1|NORTH^EXT|Y"]


def _results() -> list[str]:
    observations = [
        f"OBX|{at}|NM|{code}^{name}^LN||{value}|{unit}^{unit}^UCUM|{usual}||||F|||20260304094200-0500||1880021^OKAFOR^CHIDI"
        for at, (code, name, value, unit, usual) in enumerate(TESTS, 1)
    ]
    return [PATIENT, VISIT, ORDER.replace("{control}", "RE"), REQUEST, *observations, "NTE|1|L|Specimen slightly hemolyzed\\.br\\Repeat K+ suggested"]


def _appointment() -> list[str]:
    schedule = (
        "SCH|APT{n:07d}^EHR|APT{n:07d}^EHR||||FU^Follow up^L|ROUTINE|FOLLOWUP|30|MIN^minutes^ISO+|^^30^20260311090000-0500^20260311093000-0500|||||"
        "1880021^OKAFOR^CHIDI|^WPN^PH^^1^217^5550100|||1880021^OKAFOR^CHIDI|||||BOOKED"
    )
    service = "AIS|1|A|99214^Office visit^C4|20260311090000-0500|||30|MIN"
    person = "AIP|1|A|" + PHYSICIAN + "|ATT|CARD|20260311090000-0500|||30|MIN"
    return [schedule, PATIENT, VISIT, "RGS|1|A", service, person, "AIL|1|A|CLINIC2^RM5^^NMH|||20260311090000-0500|||30|MIN"]


def _charges() -> list[str]:
    posted = [
        f"FT1|{at}|TX{{n:07d}}{at}|B77|20260304091500|20260304235900|CG|{code}^{name}^C4|||{units}|{amount}|{amount}||||4EAST^412^B^NMH|||I50.23^CHF^I10"
        f"|{PHYSICIAN}|{PHYSICIAN}||||{code}^{name}^C4|25"
        for at, (code, name, units, amount) in enumerate(CHARGES, 1)
    ]
    return [EVENT, PATIENT, VISIT, *posted, DIAGNOSIS, GUARANTOR, INSURANCE]


def _document() -> list[str]:
    head = "TXA|1|DS|FT|20260304|1880021^OKAFOR^CHIDI|20260304|20260304101000||1880021^OKAFOR^CHIDI|||DOC{n:07d}^EHR||||DOC{n:07d}.rtf|AU||AV"
    text = "the patient was admitted with dyspnea \\T\\ edema; diuresed with IV furosemide\\.br\\Weight down 4.2 kg over three days."
    parts = [f"OBX|{at}|TX|11490-0^Discharge summary^LN||Hospital course, paragraph {at}: {text}||||||F" for at in range(1, 9)]
    return [EVENT, PATIENT, VISIT, head, *parts]


def _vaccination() -> list[str]:
    order = "ORC|RE||IMM{n:07d}^EHR|||||||1880021^OKAFOR^CHIDI"
    given = (
        "RXA|0|1|20260304|20260304|208^COVID-19 mRNA^CVX|0.3|mL^milliliter^UCUM||00^New^NIP001|1880021^OKAFOR^CHIDI|^^^NMH||||FN9890|20261231|"
        "PFR^Pfizer^MVX|||CP|A"
    )
    route = "RXR|IM^Intramuscular^HL70162|LD^Left deltoid^HL70163"
    return [PATIENT, order, given, route, "OBX|1|CE|64994-7^VFC eligibility^LN|1|V01^Not VFC^HL70064||||||F|||20260304"]


def _request() -> list[str]:
    return [PATIENT, VISIT, INSURANCE, ORDER.replace("{control}", "NW"), REQUEST, "DG1|1||I50.23^Acute on chronic heart failure^I10||20260304|A"]


def _account() -> list[str]:
    return [EVENT, PATIENT, VISIT, DIAGNOSIS, "PR1|1||93306^Echo, complete^C4||20260304", GUARANTOR, INSURANCE]


KINDS: Sequence[tuple[str, Callable[[], list[str]]]] = (
    ("ADT^A01^ADT_A01", _admission), ("ADT^A08^ADT_A01", _admission), ("ORU^R01^ORU_R01", _results), ("SIU^S12^SIU_S12", _appointment),
    ("DFT^P03^DFT_P03", _charges), ("MDM^T02^MDM_T02", _document), ("VXU^V04^VXU_V04", _vaccination), ("ORM^O01^ORM_O01", _request),
    ("BAR^P01^BAR_P01", _account),
)  # fmt: skip
_TEMPLATES = ["\r".join([SENDER.replace("{kind}", kind), *make()]).replace("{trigger}", kind.split("^")[1]) + "\r" for kind, make in KINDS]


def message(number: int) -> bytes:
    """Message `number`, from 1 on; its patient is another one than those of its neighbours."""
    patient = scramble(number) % 10_000_000
    return _TEMPLATES[number % len(_TEMPLATES)].format(c=number, n=patient, m=patient % 10_000).encode()
