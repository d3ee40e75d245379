"""Patients and the people around them (PID, PD1, NK1, MRG, DB1, PDA)."""

from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    Day,
    EntityId,
    HumanName,
    Identifier,
    Organization,
    Place,
    PostalAddress,
    Practitioner,
    Range,
    Telecom,
    Texts,
    Timestamp,
)
from schemas.events.common import Quantity, Text, about


class License(ClinicalPart):
    """A driver's licence (DLN)."""

    number: Text = about("Number of the licence.")
    issuer: Text = about("State, province or country that issued it.")
    expires: Timestamp | None = about("Valid until.")


class Job(ClinicalPart):
    """Kind of job (JCC)."""

    code: Text = about("Job code.")
    text: Text = about("Text of the job code.")
    job_class: Text = about("Job class.")
    job_class_text: Text = about("Text of the job class.")
    description: Text = about("Description of the job.")


class Background(ClinicalPart):
    """Where a person comes from."""

    mother_maiden_names: list[HumanName] | None = about("Maiden names of the mother.")
    race: list[Coded] | None = about("Race.")
    ethnic_group: list[Coded] | None = about("Ethnic group.")
    language: Coded | None = about("Primary language.")
    marital_status: Coded | None = about("Marital status.")
    religion: Coded | None = about("Religion.")
    citizenship: list[Coded] | None = about("Citizenship.")
    nationality: Coded | None = about("Nationality.")


class Living(ClinicalPart):
    """How a person lives, and how data about the person may be used."""

    living_dependency: list[Coded] | None = about("On whom the person depends, e.g. S spouse, M medical supervision.")
    living_arrangement: Coded | None = about("How the person lives: A alone, F family, I institution, R relative, S spouse only, U unknown.")
    publicity: Coded | None = about("How the person may be contacted or named.")
    protection: Text = about("Y when data about the person are protected.")
    student: Coded | None = about("F full-time student, P part-time, N not a student.")


class Work(ClinicalPart):
    """How a person moves and works, and why the person is contacted."""

    ambulatory_status: list[Coded] | None = about("How the person moves, and similar states.")
    job_title: Text = about("Job title.")
    job: Job | None = about("Kind of job.")
    job_status: Coded | None = about("P permanent, T temporary, O other, U unknown.")
    contact_reason: list[Coded] | None = about("Why the contact is made.")


class Patient(Background):
    """The patient (PID)."""

    set_id: Text = about("Number of the segment (PID-1).")
    external_id: Identifier | None = about("Patient id of the older kind (PID-2).")
    identifiers: list[Identifier] | None = about("Identifiers, in the order of the source (PID-3).")
    alternate_identifiers: list[Identifier] | None = about("Alternate identifiers of the older kind (PID-4).")
    names: list[HumanName] | None = about("Names, in the order of the source (PID-5).")
    birth_date: Timestamp | None = about("Day of birth, with the time where the source has it (PID-7).")
    sex: Text = about("Administrative sex: F, M, O, U, A, N (PID-8).")
    aliases: list[HumanName] | None = about("Other names (PID-9).")
    addresses: list[PostalAddress] | None = about("Addresses (PID-11).")
    county: Text = about("County of the older kind (PID-12).")
    home_phones: list[Telecom] | None = about("Telephone and e-mail at home (PID-13).")
    work_phones: list[Telecom] | None = about("Telephone at work (PID-14).")
    account: Identifier | None = about("Account number (PID-18).")
    social_security_number: Text = about("Social security number (PID-19).")
    drivers_license: License | None = about("Driver's licence (PID-20).")
    mother_identifiers: list[Identifier] | None = about("Identifiers of the mother (PID-21).")
    birth_place: Text = about("Where the person was born.")
    multiple_birth: Text = about("Y when born with others (PID-24).")
    birth_order: Quantity | None = about("Order of birth among them (PID-25).")
    veteran_status: Coded | None = about("Veteran's status (PID-27).")
    death_time: Timestamp | None = about("When the patient died (PID-29).")
    dead: Text = about("Y when the patient is dead (PID-30).")
    identity_unknown: Text = about("Y when it is not known who the patient is (PID-31).")
    identity_reliability: list[Coded] | None = about("How reliable the identification is (PID-32).")
    last_update: Timestamp | None = about("When the data were last changed (PID-33).")
    last_update_facility: Text = about("Where the data were last changed (PID-34).")
    last_update_facility_id: Text = about("Universal id of where the data were last changed.")
    last_update_facility_id_type: Text = about("Kind of that universal id.")
    species: Coded | None = about("Species, for animals (PID-35).")
    breed: Coded | None = about("Breed, for animals (PID-36).")
    strain: Text = about("Strain, for animals (PID-37).")
    production_class: list[Coded] | None = about("Production class, for animals (PID-38).")
    tribal_citizenship: list[Coded] | None = about("Tribal citizenship (PID-39).")
    telecoms: list[Telecom] | None = about("Ways to reach the patient (PID-40).")


class Demographics(Living):
    """Further facts about the patient (PD1)."""

    primary_facilities: list[Organization] | None = about("Primary care facilities (PD1-3).")
    primary_care: list[Practitioner] | None = about("Primary care providers (PD1-4).")
    handicap: Coded | None = about("Handicap.")
    living_will: Coded | None = about("Living will (PD1-7).")
    organ_donor: Coded | None = about("Organ donor (PD1-8).")
    separate_bill: Text = about("Y when the patient is billed apart (PD1-9).")
    duplicates: list[Identifier] | None = about("Identifiers of records that may be the same patient (PD1-10).")
    protection_date: Day | None = about("Day from which the protection counts (PD1-13).")
    places_of_worship: list[Organization] | None = about("Places of worship (PD1-14).")
    advance_directives: list[Coded] | None = about("Advance directives (PD1-15).")
    immunization_registry_status: Coded | None = about("Status in the immunisation registry (PD1-16).")
    immunization_registry_status_date: Day | None = about("Day of that status (PD1-17).")
    publicity_date: Day | None = about("Day from which the publicity code counts (PD1-18).")
    military_branch: Coded | None = about("Military branch (PD1-19).")
    military_rank: Coded | None = about("Military rank or grade (PD1-20).")
    military_status: Coded | None = about("Military status (PD1-21).")
    advance_directive_verified: Day | None = about("Day the advance directive was last verified (PD1-22).")


class RelatedPerson(Background, Living, Work):
    """Next of kin or another related party (NK1)."""

    set_id: Text = about("Number of the segment (NK1-1).")
    names: list[HumanName] | None = about("Names (NK1-2).")
    relationship: Coded | None = about("Relationship to the patient (NK1-3).")
    addresses: list[PostalAddress] | None = about("Addresses (NK1-4).")
    phones: list[Telecom] | None = about("Telephone numbers (NK1-5).")
    work_phones: list[Telecom] | None = about("Telephone numbers at work (NK1-6).")
    role: Coded | None = about("Role: C emergency contact, E employer, N next of kin and others of table 0131 (NK1-7).")
    start_date: Day | None = about("First day of the relationship (NK1-8).")
    end_date: Day | None = about("Last day of the relationship (NK1-9).")
    employee_number: Identifier | None = about("Employee number (NK1-12).")
    organizations: list[Organization] | None = about("Organisations (NK1-13).")
    sex: Text = about("Administrative sex (NK1-15).")
    birth_date: Timestamp | None = about("Day of birth (NK1-16).")
    contact_names: list[HumanName] | None = about("Names of the contact person (NK1-30).")
    contact_phones: list[Telecom] | None = about("Telephone numbers of the contact person (NK1-31).")
    contact_addresses: list[PostalAddress] | None = about("Addresses of the contact person (NK1-32).")
    identifiers: list[Identifier] | None = about("Identifiers (NK1-33).")
    contact_social_security_number: Text = about("Social security number of the contact person (NK1-37).")
    birth_place: Text = about("Where the person was born.")
    handicap: Coded | None = about("Handicap.")
    vip: Coded | None = about("Marks a very important person.")
    telecom: Telecom | None = about("Way to reach the person (NK1-40).")
    contact_telecom: Telecom | None = about("Way to reach the contact person (NK1-41).")


class Prior(ClinicalPart):
    """The side that a merge, move or change of identifier takes away or leaves (MRG)."""

    identifiers: list[Identifier] | None = about("Prior patient identifiers (MRG-1).")
    alternate_identifiers: list[Identifier] | None = about("Prior alternate identifiers of the older kind (MRG-2).")
    account: Identifier | None = about("Prior account number (MRG-3).")
    external_id: Identifier | None = about("Prior patient id of the older kind (MRG-4).")
    visit_number: Identifier | None = about("Prior visit number (MRG-5).")
    alternate_visit_ids: list[Identifier] | None = about("Prior alternate visit ids (MRG-6).")
    names: list[HumanName] | None = about("Prior names (MRG-7).")


class Disability(ClinicalPart):
    """A disability of the patient or a related person (DB1)."""

    set_id: Text = about("Number of the segment (DB1-1).")
    person: Coded | None = about("Who is disabled: PT patient, GT guarantor, IN insured, AP associated party (DB1-2).")
    identifiers: list[Identifier] | None = about("Identifiers of the disabled person (DB1-3).")
    disabled: Text = about("Y disabled (DB1-4).")
    start_date: Day | None = about("First day (DB1-5).")
    end_date: Day | None = about("Last day (DB1-6).")
    return_to_work_date: Day | None = about("Day of return to work (DB1-7).")
    unable_to_work_date: Day | None = about("First day of inability to work (DB1-8).")


class Death(ClinicalPart):
    """Death and autopsy (PDA)."""

    causes: list[Coded] | None = about("Causes of death (PDA-1).")
    place: Place | None = about("Where the patient died (PDA-2).")
    certified: Text = about("Y when the death certificate is signed (PDA-3).")
    certified_time: Timestamp | None = about("When the certificate was signed (PDA-4).")
    certified_by: Practitioner | None = about("Who signed it (PDA-5).")
    autopsy: Text = about("Y when there is an autopsy (PDA-6).")
    autopsy_period: Range | None = about("When the autopsy was made (PDA-7).")
    autopsy_by: Practitioner | None = about("Who made it (PDA-8).")
    coroner: Text = about("Y when it was given to the coroner (PDA-9).")


class AccessRestriction(ClinicalPart):
    """Who may not see the data, or only under conditions (ARV)."""

    set_id: Text = about("Number of the segment (ARV-1).")
    action: Coded | None = about("A add, D delete, U update (ARV-2).")
    restriction: Coded | None = about("What is restricted (ARV-3).")
    reasons: list[Coded] | None = about("Why (ARV-4).")
    instructions: Texts = about("Instructions (ARV-5).")
    period: Range | None = about("When (ARV-6).")


class Role(ClinicalPart):
    """Somebody's part in the care of the patient, the visit, the procedure or the insurance (ROL)."""

    role_id: EntityId | None = about("Identifier of the role (ROL-1).")
    action: Text = about("AD add, CO correct, DE delete, UP update and others of table 0287 (ROL-2).")
    role: Coded | None = about("The role: AD admitting, AT attending, CP consulting, FHCP family, PP primary care, RP referring and others (ROL-3).")
    people: list[Practitioner] | None = about("Who has it (ROL-4).")
    begin: Timestamp | None = about("From (ROL-5).")
    end: Timestamp | None = about("Until (ROL-6).")
    duration: Coded | None = about("How long (ROL-7).")
    action_reason: Coded | None = about("Why the role is changed (ROL-8).")
    provider_types: list[Coded] | None = about("Kind of provider (ROL-9).")
    organization_unit_type: Coded | None = about("Kind of unit: H hospital, O office and others of table 0406 (ROL-10).")
    addresses: list[PostalAddress] | None = about("Addresses (ROL-11).")
    phones: list[Telecom] | None = about("Telephone numbers (ROL-12).")
    place: Place | None = about("Where (ROL-13).")
    organization: Organization | None = about("Organisation (ROL-14).")


class TriggerEvent(ClinicalPart):
    """What happened in the sending system (EVN)."""

    code: Text = about("Trigger of the older kind (EVN-1).")
    recorded: Timestamp | None = about("When it was recorded (EVN-2).")
    planned: Timestamp | None = about("When it is planned (EVN-3).")
    reason: Coded | None = about("Why: 01 patient request, 02 physician order, 03 census and others (EVN-4).")
    operators: list[Practitioner] | None = about("Who entered it (EVN-5).")
    occurred: Timestamp | None = about("When it happened (EVN-6).")
    facility: Text = about("Where it happened (EVN-7).")
    facility_id: Text = about("Universal id of where it happened.")
    facility_id_type: Text = about("Kind of that universal id.")
