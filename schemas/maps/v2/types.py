"""HL7 v2 datatypes as rows of a map table, by the name the standard gives them, and short forms for the commonest rows.

Components are those of all versions 2.1 to 2.8 in one list: later versions add components at the end and turn a text into its first subcomponent,
so "4.1" is right for both. One name stands for one meaning in every datatype.
"""

from schemas.maps.v2.mapping import Part, Parts, Value, Values

Rows = tuple[Value | Part, ...]


def texts(first: int, *names: str) -> tuple[Value, ...]:
    """Plain texts in consecutive components from `first` on; "" leaves one out."""
    return tuple(Value(str(number), name) for number, name in enumerate(names, first) if name)


def authority(at: int, name: str) -> tuple[Value, ...]:
    """An HD in component `at`: name, its universal id, and the kind of that."""
    return (Value(f"{at}.1", name), Value(f"{at}.2", f"{name}_id"), Value(f"{at}.3", f"{name}_id_type"))


def spelled(at: int, name: str) -> tuple[Value, ...]:
    """A coded value in component `at`: code, text, code system."""
    return (Value(f"{at}.1", name), Value(f"{at}.2", f"{name}_text"), Value(f"{at}.3", f"{name}_system"))


def period(at: int, start: str, end: str) -> tuple[Value, ...]:
    """A DR in component `at`."""
    return (Value(f"{at}.1", start, "time"), Value(f"{at}.2", end, "time"))


def family(at: int) -> tuple[Value, ...]:
    """An FN in component `at`."""
    names = ("family", "own_family_prefix", "own_family", "partner_family_prefix", "partner_family")
    return tuple(Value(f"{at}.{number}", name) for number, name in enumerate(names, 1))


HD: Rows = texts(1, "name", "id", "id_type")
EI: Rows = texts(1, "value", "authority", "authority_id", "authority_id_type")
CX: Rows = (
    *texts(1, "value", "check_digit", "check_digit_scheme"),
    *authority(4, "authority"),
    *texts(5, "type"),
    *authority(6, "facility"),
    Value("7", "effective", "time"),
    Value("8", "expires", "time"),
    *spelled(9, "jurisdiction"),
    *spelled(10, "agency"),
    *texts(11, "security_check", "security_check_scheme"),
)
XPN: Rows = (
    *family(1),
    *texts(2, "given", "middle", "suffix", "prefix", "degree", "type", "representation"),
    *spelled(9, "context"),
    *period(10, "valid_from", "valid_to"),
    *texts(11, "assembly_order"),
    Value("12", "effective", "time"),
    Value("13", "expires", "time"),
    *texts(14, "professional_suffix", "called_by"),
)
XAD: Rows = (
    Value("1.1", "address_line1"),
    Value("1.2", "street_name"),
    Value("1.3", "dwelling_number"),
    *texts(2, "address_line2", "city", "state", "postal_code", "country", "type", "other_designation"),
    *spelled(9, "county"),
    *spelled(10, "census_tract"),
    *texts(11, "representation"),
    *period(12, "valid_from", "valid_to"),
    Value("13", "effective", "time"),
    Value("14", "expires", "time"),
    *spelled(15, "expiration_reason"),
    *texts(16, "temporary", "bad_address", "usage"),
    Value("19.1", "addressee"),
    *texts(20, "comment", "preference"),
    *spelled(22, "protection"),
    Value("23.1", "address_id"),
    Value("23.2", "address_id_authority"),
)
XTN: Rows = (
    *texts(1, "number", "use", "equipment", "address", "country_code", "area_code", "local_number", "extension", "comment"),
    *texts(10, "extension_prefix", "speed_dial", "unformatted"),
    Value("13", "effective", "time"),
    Value("14", "expires", "time"),
    *spelled(15, "expiration_reason"),
    *spelled(16, "protection"),
    Value("17.1", "shared_id"),
    Value("17.2", "shared_id_authority"),
    *texts(18, "preference"),
)
XCN: Rows = (
    *texts(1, "id"),
    *family(2),
    *texts(3, "given", "middle", "suffix", "prefix", "degree"),
    *spelled(8, "source_table"),
    *authority(9, "authority"),
    *texts(10, "name_type", "check_digit", "check_digit_scheme", "id_type"),
    *authority(14, "facility"),
    *texts(15, "representation"),
    *spelled(16, "context"),
    *period(17, "valid_from", "valid_to"),
    *texts(18, "assembly_order"),
    Value("19", "effective", "time"),
    Value("20", "expires", "time"),
    *texts(21, "professional_suffix"),
    *spelled(22, "jurisdiction"),
    *spelled(23, "agency"),
    *texts(24, "security_check", "security_check_scheme"),
)
XON: Rows = (
    *texts(1, "name"),
    Value("2.1", "name_type"),
    *texts(3, "number", "check_digit", "check_digit_scheme"),
    *authority(6, "authority"),
    *texts(7, "id_type"),
    *authority(8, "facility"),
    *texts(9, "representation", "id"),
)
CWE: Rows = (
    *texts(1, "code", "text", "system", "alternate_code", "alternate_text", "alternate_system", "version", "alternate_version", "original_text"),
    *texts(10, "second_alternate_code", "second_alternate_text", "second_alternate_system", "second_alternate_version"),
    *texts(14, "system_id", "value_set_id", "value_set_version", "alternate_system_id", "alternate_value_set_id", "alternate_value_set_version"),
    *texts(20, "second_alternate_system_id", "second_alternate_value_set_id", "second_alternate_value_set_version"),
)
"""CE, CNE, CF and IS are shorter forms of it."""
PL: Rows = (
    *authority(1, "point_of_care"),
    *authority(2, "room"),
    *authority(3, "bed"),
    *authority(4, "facility"),
    *texts(5, "status", "type"),
    *authority(7, "building"),
    *authority(8, "floor"),
    *texts(9, "description"),
    Value("10.1", "location_id"),
    Value("10.2", "location_id_authority"),
    *authority(11, "authority"),
)
MO: Rows = (Value("1", "amount", "money"), Value("2", "currency"))
CP: Rows = (
    Value("1.1", "amount", "money"),
    Value("1.2", "currency"),
    *texts(2, "type"),
    Value("3", "from_quantity", "quantity"),
    Value("4", "to_quantity", "quantity"),
    Value("5.1", "units"),
    *texts(6, "range_type"),
)
CQ: Rows = (Value("1", "value", "quantity"), Value("2.1", "units"), Value("2.2", "units_text"), Value("2.3", "units_system"))
DR: Rows = (Value("1", "start", "time"), Value("2", "end", "time"))
FC: Rows = (Value("1.1", "code"), Value("1.2", "text"), Value("1.3", "system"), Value("2", "effective", "time"))
DLD: Rows = (Value("1.1", "code"), Value("1.2", "text"), Value("1.3", "system"), Value("2", "effective", "time"))
JCC: Rows = (
    Value("1.1", "code"), Value("1.2", "text"), Value("2.1", "job_class"), Value("2.2", "job_class_text"), Value("3", "description"),
)  # fmt: skip
DLN: Rows = (Value("1", "number"), Value("2.1", "issuer"), Value("3", "expires", "time"))
OCD: Rows = (Value("1.1", "code"), Value("1.2", "text"), Value("1.3", "system"), Value("2", "date", "date"))
OSP: Rows = (Value("1.1", "code"), Value("1.2", "text"), Value("1.3", "system"), Value("2", "start", "date"), Value("3", "end", "date"))
UVC: Rows = (
    Value("1.1", "code"), Value("1.2", "text"), Value("1.3", "system"), Value("2.1", "amount", "money"), Value("2.2", "currency"),
    Value("3", "quantity", "quantity"), Value("4.1", "units"),
)  # fmt: skip
_SHARE: Rows = (Value("4.1", "unit"), Value("4.2", "share", "quantity"), Value("4.3", "currency"))
RMC: Rows = (Value("1.1", "code"), Value("1.2", "text"), Value("2.1", "amount_type"), Value("3", "limit", "quantity"), *_SHARE)
PTA: Rows = (Value("1.1", "code"), Value("1.2", "text"), Value("2.1", "amount_type"), Value("3", "limit", "quantity"), *_SHARE)
MOP: Rows = (Value("1", "unit"), Value("2", "share", "quantity"), Value("3", "currency"))
DDI: Rows = (Value("1", "delay_days", "quantity"), Value("2.1", "amount", "money"), Value("2.2", "currency"), Value("3", "days", "quantity"))
AUI: Rows = (Value("1", "number"), Value("2", "date", "date"), Value("3", "source"))
ICD: Rows = (Value("1.1", "patient_type"), Value("2", "required"), Value("3", "required_from", "time"))


def coded(path: str, name: str) -> Part:
    return Part(path, name, CWE)


def codes(path: str, name: str) -> Parts:
    return Parts(path, name, CWE)


def text(path: str, name: str) -> Value:
    return Value(path, name)


def code(path: str, name: str) -> Value:
    """A code of a table that HL7 owns: its first component alone says everything."""
    return Value(f"{path}.1", name, "code")


def moment(path: str, name: str) -> Value:
    return Value(path, name, "time")


def day(path: str, name: str) -> Value:
    return Value(path, name, "date")


def number(path: str, name: str) -> Value:
    return Value(path, name, "quantity")


def money(path: str, name: str) -> Value:
    return Value(path, name, "money")


def each(path: str, name: str, convert: str = "text") -> Values:
    return Values(path, name, convert)


def ident(path: str, name: str) -> Part:
    return Part(path, name, CX)


def idents(path: str, name: str) -> Parts:
    return Parts(path, name, CX)


def names(path: str, name: str) -> Parts:
    return Parts(path, name, XPN)


def addresses(path: str, name: str) -> Parts:
    return Parts(path, name, XAD)


def telecoms(path: str, name: str) -> Parts:
    return Parts(path, name, XTN)


def people(path: str, name: str) -> Parts:
    return Parts(path, name, XCN)


def organizations(path: str, name: str) -> Parts:
    return Parts(path, name, XON)


def place(path: str, name: str) -> Part:
    return Part(path, name, PL)
