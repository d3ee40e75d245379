"""Segments about the message, the patient and the people around, as every HL7 v2 map reads them; and the record that they make together."""

from collections.abc import Callable, Iterable

from schemas.maps.v2.mapping import Part, Parts, Row, Seg
from schemas.maps.v2.types import (
    DLN,
    DR,
    EI,
    HD,
    JCC,
    XCN,
    XON,
    XTN,
    addresses,
    authority,
    code,
    coded,
    codes,
    day,
    each,
    ident,
    idents,
    moment,
    names,
    number,
    organizations,
    people,
    place,
    telecoms,
    text,
)

_PERSON: dict[str, Callable[[str, str], Row]] = {
    "mother_maiden_names": names, "race": codes, "ethnic_group": codes, "language": coded, "marital_status": coded, "religion": coded,
    "citizenship": codes, "nationality": coded, "birth_place": text, "living_dependency": codes, "living_arrangement": coded, "publicity": coded,
    "protection": text, "student": coded, "handicap": coded, "vip": coded, "ambulatory_status": codes, "job_title": text,
    "job": lambda path, name: Part(path, name, JCC), "job_status": coded, "contact_reason": codes,
}  # fmt: skip


def person(**fields: int) -> tuple[Row, ...]:
    """What is told about anybody: field numbers of a segment by what they hold."""
    return tuple(_PERSON[name](str(at), name) for name, at in fields.items())


MESSAGE = Seg(
    "MSH",
    (
        *authority(3, "sending_application"),
        *authority(4, "sending_facility"),
        *authority(5, "receiving_application"),
        *authority(6, "receiving_facility"),
        moment("7", "time"),
        text("8", "security"),
        text("9.1", "type"),
        text("9.2", "trigger"),
        text("9.3", "structure"),
        text("10", "control_id"),
        text("11.1", "processing_id"),
        text("11.2", "processing_mode"),
        text("12.1", "version"),
        text("12.2.1", "version_country"),
        text("12.3.1", "profile_version"),
        text("13", "sequence_number"),
        text("14", "continuation"),
        text("15", "accept_acknowledgment"),
        text("16", "application_acknowledgment"),
        text("17", "country"),
        each("18", "charsets"),
        coded("19", "language"),
        text("20", "charset_scheme"),
        Parts("21", "profiles", EI),
        Part("22", "sending_organization", XON),
        Part("23", "receiving_organization", XON),
        Part("24", "sending_address", HD),
        Part("25", "receiving_address", HD),
    ),
    "message",
)
TRIGGER_EVENT = Seg(
    "EVN",
    (
        text("1", "code"), moment("2", "recorded"), moment("3", "planned"), coded("4", "reason"), people("5", "operators"), moment("6", "occurred"),
        *authority(7, "facility"),
    ),
    "event",
)  # fmt: skip
SOFTWARE = Seg(
    "SFT",
    (
        Part("1", "vendor", XON), text("2", "version"), text("3", "product"), text("4", "binary_id"), text("5", "information"),
        moment("6", "installed"),
    ),
    "software[]",
)  # fmt: skip
HEAD = (MESSAGE, SOFTWARE, TRIGGER_EVENT)

PATIENT: tuple[Row, ...] = (
    text("1", "set_id"),
    ident("2", "external_id"),
    idents("3", "identifiers"),
    idents("4", "alternate_identifiers"),
    names("5", "names"),
    moment("7", "birth_date"),
    code("8", "sex"),
    names("9", "aliases"),
    addresses("11", "addresses"),
    text("12", "county"),
    telecoms("13", "home_phones"),
    telecoms("14", "work_phones"),
    ident("18", "account"),
    text("19", "social_security_number"),
    Part("20", "drivers_license", DLN),
    idents("21", "mother_identifiers"),
    text("24", "multiple_birth"),
    number("25", "birth_order"),
    coded("27", "veteran_status"),
    moment("29", "death_time"),
    text("30", "dead"),
    text("31", "identity_unknown"),
    codes("32", "identity_reliability"),
    moment("33", "last_update"),
    *authority(34, "last_update_facility"),
    coded("35", "species"),
    coded("36", "breed"),
    text("37", "strain"),
    codes("38", "production_class"),
    codes("39", "tribal_citizenship"),
    telecoms("40", "telecoms"),
    *person(
        mother_maiden_names=6, race=10, language=15, marital_status=16, religion=17, ethnic_group=22, birth_place=23, citizenship=26, nationality=28
    ),
)
DEMOGRAPHICS: tuple[Row, ...] = (
    organizations("3", "primary_facilities"),
    people("4", "primary_care"),
    coded("7", "living_will"),
    coded("8", "organ_donor"),
    text("9", "separate_bill"),
    idents("10", "duplicates"),
    day("13", "protection_date"),
    organizations("14", "places_of_worship"),
    codes("15", "advance_directives"),
    coded("16", "immunization_registry_status"),
    day("17", "immunization_registry_status_date"),
    day("18", "publicity_date"),
    coded("19", "military_branch"),
    coded("20", "military_rank"),
    coded("21", "military_status"),
    day("22", "advance_directive_verified"),
    *person(living_dependency=1, living_arrangement=2, student=5, handicap=6, publicity=11, protection=12),
)
RELATED_PERSON: tuple[Row, ...] = (
    text("1", "set_id"),
    names("2", "names"),
    coded("3", "relationship"),
    addresses("4", "addresses"),
    telecoms("5", "phones"),
    telecoms("6", "work_phones"),
    coded("7", "role"),
    day("8", "start_date"),
    day("9", "end_date"),
    ident("12", "employee_number"),
    organizations("13", "organizations"),
    code("15", "sex"),
    moment("16", "birth_date"),
    names("30", "contact_names"),
    telecoms("31", "contact_phones"),
    addresses("32", "contact_addresses"),
    idents("33", "identifiers"),
    text("37", "contact_social_security_number"),
    Part("40", "telecom", XTN),
    Part("41", "contact_telecom", XTN),
    *person(
        job_title=10, job=11, marital_status=14, living_dependency=17, ambulatory_status=18, citizenship=19, language=20, living_arrangement=21,
        publicity=22, protection=23, student=24, religion=25, mother_maiden_names=26, nationality=27, ethnic_group=28, contact_reason=29,
        job_status=34, race=35, handicap=36, birth_place=38, vip=39,
    ),
)  # fmt: skip
PRIOR: tuple[Row, ...] = (
    idents("1", "identifiers"),
    idents("2", "alternate_identifiers"),
    ident("3", "account"),
    ident("4", "external_id"),
    ident("5", "visit_number"),
    idents("6", "alternate_visit_ids"),
    names("7", "names"),
)
DISABILITY: tuple[Row, ...] = (
    text("1", "set_id"),
    coded("2", "person"),
    idents("3", "identifiers"),
    text("4", "disabled"),
    day("5", "start_date"),
    day("6", "end_date"),
    day("7", "return_to_work_date"),
    day("8", "unable_to_work_date"),
)
DEATH: tuple[Row, ...] = (
    codes("1", "causes"),
    place("2", "place"),
    text("3", "certified"),
    moment("4", "certified_time"),
    Part("5", "certified_by", XCN),
    text("6", "autopsy"),
    Part("7", "autopsy_period", DR),
    Part("8", "autopsy_by", XCN),
    text("9", "coroner"),
)
ROLE: tuple[Row, ...] = (
    Part("1", "role_id", EI),
    text("2", "action"),
    coded("3", "role"),
    people("4", "people"),
    moment("5", "begin"),
    moment("6", "end"),
    coded("7", "duration"),
    coded("8", "action_reason"),
    codes("9", "provider_types"),
    coded("10", "organization_unit_type"),
    addresses("11", "addresses"),
    telecoms("12", "phones"),
    place("13", "place"),
    Part("14", "organization", XON),
)
ACCESS_RESTRICTION: tuple[Row, ...] = (
    text("1", "set_id"), coded("2", "action"), coded("3", "restriction"), codes("4", "reasons"), each("5", "instructions"), Part("6", "period", DR),
)  # fmt: skip

PATIENT_SEGMENTS = (
    Seg("PID", PATIENT, "patient"),
    Seg("PD1", DEMOGRAPHICS, "demographics"),
    Seg("NK1", RELATED_PERSON, "related_persons[]"),
    Seg("MRG", PRIOR, "prior"),
    Seg("DB1", DISABILITY, "disabilities[]"),
    Seg("PDA", DEATH, "death"),
    Seg("ARV", ACCESS_RESTRICTION, "access_restrictions[]"),
    Seg("ROL", ROLE, "roles[]"),
)


def within(segments: Iterable[Seg], *groups: str) -> tuple[Seg, ...]:
    """The same segments in each of these groups; "" is the message."""
    return tuple(segment._replace(group=group) for group in groups for segment in segments)


def tags(segments: Iterable[Seg]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(segment.tag for segment in segments))
