"""Parts of HL7 v2 events, one for each data type. Any value may be null: the sender says that it is to be deleted."""

from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import TypeAliasType

from schemas.events.common import Amount, Part, Quantity, Text, about

_CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
Timestamp = TypeAliasType(
    "Timestamp",
    Annotated[
        str,
        Field(
            pattern=f"^[0-9]{{4}}(-[0-9]{{2}}(-[0-9]{{2}}(T{_CLOCK}([+-][0-9]{{2}}:[0-9]{{2}}|Z)?)?)?)?$",
            description="A year, month, day, or a moment with its offset from UTC where it is known, as precise as the source was.",
        ),
    ],
)
Day = TypeAliasType(
    "Day",
    Annotated[str, Field(pattern="^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", description="A year, month or day, as precise as the source was.")],
)
Texts = list[str | None] | None


class ClinicalPart(Part):
    """An object of an HL7 v2 event. A key is left out when the source has no value for it, and null when the source deletes the value."""

    nullable: ClassVar[bool] = True


class Authority(ClinicalPart):
    """An application, facility or assigning authority (HD)."""

    name: Text = about("Local name.")
    id: Text = about("Universal id, e.g. an OID.")
    id_type: Text = about("Kind of universal id: ISO, UUID, DNS, CLIA and others.")


class EntityId(ClinicalPart):
    """An identifier of a thing (EI)."""

    value: Text = about("The identifier.")
    authority: Text = about("Who gave it.")
    authority_id: Text = about("Universal id of who gave it.")
    authority_id_type: Text = about("Kind of that universal id.")


class _Issued(ClinicalPart):
    """Who gave an identifier, and where."""

    check_digit: Text = about("Check digit, where it stands apart.")
    check_digit_scheme: Text = about("How the check digit is made.")
    authority: Text = about("Who gave the identifier.")
    authority_id: Text = about("Universal id of who gave it.")
    authority_id_type: Text = about("Kind of that universal id.")
    facility: Text = about("Where it was given.")
    facility_id: Text = about("Universal id of where it was given.")
    facility_id_type: Text = about("Kind of that universal id.")


class _Licensed(_Issued):
    """Which public body stands behind an identifier, and a check value."""

    effective: Timestamp | None = about("Valid from.")
    expires: Timestamp | None = about("Valid until.")
    jurisdiction: Text = about("State or other political body behind the identifier.")
    jurisdiction_text: Text = about("Text of the jurisdiction.")
    jurisdiction_system: Text = about("Code system of the jurisdiction.")
    agency: Text = about("Agency or department behind the identifier.")
    agency_text: Text = about("Text of the agency.")
    agency_system: Text = about("Code system of the agency.")
    security_check: Text = about("Check value on a card.")
    security_check_scheme: Text = about("How that check value is made.")


class Identifier(_Licensed):
    """An identifier of a person, account or visit (CX)."""

    value: Text = about("The identifier.")
    type: Text = about("Kind: MR medical record, AN account, VN visit, SS social security, PI patient internal and others of table 0203.")


class _Family(ClinicalPart):
    """Family name with its parts (FN)."""

    family: Text = about("Family name.")
    own_family_prefix: Text = about("Prefix of the person's own family name, e.g. van.")
    own_family: Text = about("The person's own family name.")
    partner_family_prefix: Text = about("Prefix of the partner's family name.")
    partner_family: Text = about("The partner's family name.")
    given: Text = about("Given name.")
    middle: Text = about("Further given names or initials.")
    suffix: Text = about("Suffix, e.g. JR.")
    prefix: Text = about("Prefix, e.g. DR.")
    degree: Text = about("Degree, e.g. MD.")
    representation: Text = about("Writing: A alphabetic, I ideographic, P phonetic.")
    context: Text = about("When the name is used.")
    context_text: Text = about("Text of the context.")
    context_system: Text = about("Code system of the context.")
    valid_from: Timestamp | None = about("First moment of use, from the older validity range.")
    valid_to: Timestamp | None = about("Last moment of use, from the older validity range.")
    assembly_order: Text = about("F family name last, G given name last.")
    professional_suffix: Text = about("Professional suffix.")


class HumanName(_Family):
    """Name of a person (XPN)."""

    type: Text = about("Use of the name: L legal, D display, M maiden, A alias, N nickname, B birth and others of table 0200.")
    effective: Timestamp | None = about("Used from.")
    expires: Timestamp | None = about("Used until.")
    called_by: Text = about("What the person wants to be called.")


class Practitioner(_Licensed, _Family):
    """A person who acts, with an identifier (XCN)."""

    id: Text = about("Identifier of the person.")
    id_type: Text = about("Kind of identifier, e.g. NPI.")
    source_table: Text = about("Table the identifier is from, in older versions.")
    source_table_text: Text = about("Text of the source table.")
    source_table_system: Text = about("Code system of the source table.")
    name_type: Text = about("Use of the name (table 0200).")


class Organization(_Issued):
    """An organisation (XON)."""

    name: Text = about("Name.")
    name_type: Text = about("Use of the name: L legal, D display and others of table 0204.")
    number: Text = about("Identifier as a number, in older versions.")
    id: Text = about("Identifier.")
    id_type: Text = about("Kind of identifier.")
    representation: Text = about("Writing: A alphabetic, I ideographic, P phonetic.")


class PostalAddress(ClinicalPart):
    """An address (XAD)."""

    address_line1: Text = about("Street and number, or the first line.")
    street_name: Text = about("Name of the street alone.")
    dwelling_number: Text = about("Number of the house alone.")
    address_line2: Text = about("Second line.")
    city: Text = about("City.")
    state: Text = about("State or province.")
    postal_code: Text = about("Postal code as sent.")
    country: Text = about("Country code.")
    type: Text = about("H home, B business, M mailing, C current or temporary, P permanent, BDL birth and others of table 0190.")
    other_designation: Text = about("Other geographic designation.")
    county: Text = about("County or parish code.")
    county_text: Text = about("Text of the county.")
    county_system: Text = about("Code system of the county.")
    census_tract: Text = about("Census tract.")
    census_tract_text: Text = about("Text of the census tract.")
    census_tract_system: Text = about("Code system of the census tract.")
    representation: Text = about("Writing: A alphabetic, I ideographic, P phonetic.")
    valid_from: Timestamp | None = about("First moment of use, from the older validity range.")
    valid_to: Timestamp | None = about("Last moment of use, from the older validity range.")
    effective: Timestamp | None = about("Used from.")
    expires: Timestamp | None = about("Used until.")
    expiration_reason: Text = about("Why it is no longer used.")
    expiration_reason_text: Text = about("Text of the reason.")
    expiration_reason_system: Text = about("Code system of the reason.")
    temporary: Text = about("Y temporary.")
    bad_address: Text = about("Y mail is returned from there.")
    usage: Text = about("M mailing, V visiting, C both.")
    addressee: Text = about("To whom mail is addressed.")
    comment: Text = about("Comment.")
    preference: Text = about("Order of preference.")
    protection: Text = about("Who may see it.")
    protection_text: Text = about("Text of the protection code.")
    protection_system: Text = about("Code system of the protection code.")
    address_id: Text = about("Identifier of the address.")
    address_id_authority: Text = about("Who gave that identifier.")


class Telecom(ClinicalPart):
    """A telephone number or another way to reach somebody (XTN)."""

    number: Text = about("Telephone number as text.")
    use: Text = about("PRN primary, ORN other, WPN work, VHN vacation, NET e-mail and others of table 0201.")
    equipment: Text = about("PH telephone, FX fax, CP mobile, Internet and others of table 0202.")
    address: Text = about("E-mail or other address.")
    country_code: Text = about("Country code.")
    area_code: Text = about("Area or city code.")
    local_number: Text = about("Local number.")
    extension: Text = about("Extension.")
    comment: Text = about("Any text.")
    extension_prefix: Text = about("Characters to dial before the extension.")
    speed_dial: Text = about("Speed dial code.")
    unformatted: Text = about("The number in one piece.")
    effective: Timestamp | None = about("Used from.")
    expires: Timestamp | None = about("Used until.")
    expiration_reason: Text = about("Why it is no longer used.")
    expiration_reason_text: Text = about("Text of the reason.")
    expiration_reason_system: Text = about("Code system of the reason.")
    protection: Text = about("Who may see it.")
    protection_text: Text = about("Text of the protection code.")
    protection_system: Text = about("Code system of the protection code.")
    shared_id: Text = about("Identifier of a shared number.")
    shared_id_authority: Text = about("Who gave that identifier.")
    preference: Text = about("Order of preference.")


class Coded(ClinicalPart):
    """A code with its text and system, and the same in other systems (CWE, CE, CNE, IS)."""

    code: Text = about("The code.")
    text: Text = about("Text of the code.")
    system: Text = about("Code system, e.g. I10, LN, C4, 99LOCAL.")
    alternate_code: Text = about("The same in another system.")
    alternate_text: Text = about("Text of the alternate code.")
    alternate_system: Text = about("System of the alternate code.")
    version: Text = about("Version of the code system.")
    alternate_version: Text = about("Version of the alternate system.")
    original_text: Text = about("What the author wrote or saw.")
    second_alternate_code: Text = about("The same in a third system.")
    second_alternate_text: Text = about("Text of the second alternate code.")
    second_alternate_system: Text = about("System of the second alternate code.")
    second_alternate_version: Text = about("Version of the second alternate system.")
    system_id: Text = about("OID of the code system.")
    value_set_id: Text = about("OID of the value set.")
    value_set_version: Text = about("Version of the value set.")
    alternate_system_id: Text = about("OID of the alternate system.")
    alternate_value_set_id: Text = about("OID of the alternate value set.")
    alternate_value_set_version: Text = about("Version of the alternate value set.")
    second_alternate_system_id: Text = about("OID of the second alternate system.")
    second_alternate_value_set_id: Text = about("OID of the second alternate value set.")
    second_alternate_value_set_version: Text = about("Version of the second alternate value set.")


class Place(ClinicalPart):
    """Where a person is or was (PL)."""

    point_of_care: Text = about("Unit or clinic.")
    point_of_care_id: Text = about("Universal id of the unit or clinic.")
    point_of_care_id_type: Text = about("Kind of that universal id.")
    room: Text = about("Room.")
    room_id: Text = about("Universal id of the room.")
    room_id_type: Text = about("Kind of that universal id.")
    bed: Text = about("Bed.")
    bed_id: Text = about("Universal id of the bed.")
    bed_id_type: Text = about("Kind of that universal id.")
    facility: Text = about("Facility.")
    facility_id: Text = about("Universal id of the facility.")
    facility_id_type: Text = about("Kind of that universal id.")
    status: Text = about("Status of the place, e.g. of the bed.")
    type: Text = about("Kind of place: C clinic, D department, H home, N nursing unit, O office and others of table 0305.")
    building: Text = about("Building.")
    building_id: Text = about("Universal id of the building.")
    building_id_type: Text = about("Kind of that universal id.")
    floor: Text = about("Floor.")
    floor_id: Text = about("Universal id of the floor.")
    floor_id_type: Text = about("Kind of that universal id.")
    description: Text = about("Description.")
    location_id: Text = about("Identifier of the whole place.")
    location_id_authority: Text = about("Who gave that identifier.")
    authority: Text = about("Who names the place.")
    authority_id: Text = about("Universal id of who names it.")
    authority_id_type: Text = about("Kind of that universal id.")


class Money(ClinicalPart):
    """An amount of money (MO)."""

    amount: Amount | None = about("Amount.")
    currency: Text = about("Currency code.")


class Price(Money):
    """A price, of a range of quantities where it says so (CP)."""

    type: Text = about("What the price is: AP administrative, IC charge, PF professional fee, TF technical fee, UP unit price and others.")
    from_quantity: Quantity | None = about("Least quantity or time the price is for.")
    to_quantity: Quantity | None = about("Greatest quantity or time the price is for.")
    units: Text = about("Unit of the range.")
    range_type: Text = about("F flat, P per unit.")


class Measure(ClinicalPart):
    """A quantity with its unit (CQ)."""

    value: Quantity | None = about("The number.")
    units: Text = about("Code of the unit.")
    units_text: Text = about("Text of the unit.")
    units_system: Text = about("Code system of the unit.")


class Range(ClinicalPart):
    """A stretch of time (DR)."""

    start: Timestamp | None = about("From.")
    end: Timestamp | None = about("Until.")
