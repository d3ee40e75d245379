"""`enrollment.changed`: what an 834 says of one member."""

from schemas.events.common import Amount, Date, DescribedReference, Event, Moment, Part, Period, Quantity, Reference, Text, Texts, Time, about
from schemas.events.parties import Address, FunctionContact, Name
from schemas.events.payment_parts import QualifiedAmount, QualifiedDate, QualifiedQuantity


class EnrollmentParty(Part):
    """Sponsor, insurer, broker or administrator (N1)."""

    name: Text = about("Name.")
    id_qualifier: Text = about("Kind of `id`: FI tax id, XV plan id, 94 code of the sender, 24 employer number.")
    id: Text = about("Identifier.")


class Broker(EnrollmentParty):
    """A broker or third-party administrator."""

    role: Text = about("BO broker, TV administrator.")
    account: Text = about("Account number.")
    second_account: Text = about("Second account number.")


class TimeLimit(Part):
    """A date or span of time that an employer's account has (DTP)."""

    qualifier: Text = about("What it is.")
    format: Text = about("How the value is written: D8 a day, UN a number of days.")
    value: Text = about("The value as it stands.")


class EmployerAccount(Address):
    """An account of an employer (loop 1100G)."""

    number: Text = about("Account number.")
    references: list[DescribedReference] | None = about("Numbers of the account.")
    contacts: list[FunctionContact] | None = about("Contacts.")
    time_limits: list[TimeLimit] | None = about("Dates and spans of time.")
    amounts: list[QualifiedAmount] | None = about("Amounts.")


class EmployerGroup(Address, EnrollmentParty):
    """An employer that enrols through an exchange (loop 1000G)."""

    contacts: list[FunctionContact] | None = about("Contacts.")
    accounts: list[EmployerAccount] | None = about("Accounts.")


class EnrollmentFile(Part):
    """What the head of the set says (ST, BGN)."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    purpose: Text = about("00 original, 15 resubmission, 22 information copy.")
    reference: Text = about("The sender's number of the file.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")
    time_zone: Text = about("Time zone of that time.")
    original_reference: Text = about("Number of the file it follows.")
    action: Text = about("2 changes, 4 all members as they stand, RX replacement.")
    master_policy: Text = about("Master policy number.")
    dates: list[QualifiedDate] | None = about("Dates of the file, e.g. 007 effective, 382 enrolment.")
    quantities: list[QualifiedQuantity] | None = about("Number of members: TO in all, DT dependents, ET employees.")
    brokers: list[Broker] | None = about("Brokers and administrators.")
    employers: list[EmployerGroup] | None = about("Employers that enrol through an exchange.")


class Race(Part):
    """Race or ethnicity (DMG05)."""

    category: Text = about("Race or ethnicity code.")
    qualifier: Text = about("RET for a code of the CDC.")
    code: Text = about("The code of that list.")


class Demographics(Part):
    """Who somebody is (DMG)."""

    birth_date: Moment | None = about("Date of birth.")
    sex: Text = about("F, M or U.")
    marital_status: Text = about("Marital status.")
    races: list[Race] | None = about("Race or ethnicity.")
    citizenship: Text = about("Citizenship status.")
    collection_qualifier: Text = about("REC when the code is of the CDC's collection list.")
    collection: Text = about("How race or ethnicity was found out.")


class Employment(Part):
    """Class of an employee (EC)."""

    codes: Texts = about("Up to three employment classes.")


class Income(Part):
    """Income (ICM)."""

    frequency: Text = about("How often the wage is paid.")
    amount: Amount | None = about("Wage.")
    hours: Quantity | None = about("Work hours.")
    location: Text = about("Location.")
    grade: Text = about("Salary grade.")


class Health(Part):
    """Health of a member (HLH)."""

    status: Text = about("Tobacco and substance use: N none, T tobacco, S substance, X both, U unknown.")
    height: Quantity | None = about("Height in inches.")
    weight: Quantity | None = about("Weight in pounds.")


class HealthCode(Part):
    """A health-related code of a member (HI)."""

    qualifier: Text = about("Code list.")
    code: Text = about("The code.")
    date: Moment | None = about("Date the code is for.")
    amount: Amount | None = about("Amount beside the code.")
    quantity: Quantity | None = about("Quantity beside the code.")
    version: Text = about("Version of the code list.")


class Language(Part):
    """A language of a member (LUI)."""

    qualifier: Text = about("Code list of the language: LD, LE.")
    code: Text = about("Code of the language.")
    description: Text = about("Name of the language.")
    use: Text = about("5 reading, 6 writing, 7 speaking, 8 native.")


class MemberParty(Address, Name):
    """A person or organisation of a member."""

    role: Text = about("Entity code, e.g. S1 parent, GD guardian, QD responsible party, 36 employer.")
    contacts: list[FunctionContact] | None = about("Contacts.")


class Member(Demographics, MemberParty):
    """The member (loop 2100A)."""

    location_qualifier: Text = about("Kind of the location: CY county, 60 area.")
    location: Text = about("Location, e.g. a county code.")
    employments: list[Employment] | None = about("Employment classes.")
    income: Income | None = about("Income.")
    amounts: list[QualifiedAmount] | None = about("Amounts, e.g. P3 premium, D2 deductible.")
    health: Health | None = about("Health.")
    health_codes: list[HealthCode] | None = about("Health-related codes, in enrolments of exchanges.")
    languages: list[Language] | None = about("Languages.")


class IncorrectMember(Demographics, Name):
    """What was wrong in an earlier file (loop 2100B)."""


class Disability(Part):
    """A disability (loop 2200)."""

    type: Text = about("1 short-term, 2 long-term, 3 permanent or total, 4 none.")
    diagnosis_qualifier: Text = about("Code list of the diagnosis.")
    diagnosis: Text = about("Diagnosis.")
    dates: list[QualifiedDate] | None = about("Dates: 360 begin, 361 end.")


class IdentificationCard(Part):
    """An identification card to be made (IDC)."""

    plan: Text = about("Description of the plan.")
    type: Text = about("Kind of card: D dental, H health, P drug.")
    quantity: Quantity | None = about("Number of cards.")
    action: Text = about("Why it is made.")


class CoverageProvider(Address, Name):
    """A provider chosen by the member (loop 2310)."""

    role: Text = about("Entity code, e.g. P3 primary care, Y2 managed care organisation.")
    relationship: Text = about("25 established patient, 26 not established, 72 unknown.")
    contacts: list[FunctionContact] | None = about("Contacts.")
    taxonomy: Text = about("Provider taxonomy code.")
    change_action: Text = about("2 a change.")
    change_entity: Text = about("Who is changed.")
    change_date: Date | None = about("Day of the change.")
    change_reason: Text = about("Reason for the change.")


class OtherInsurer(Address, Name):
    """Insurer, employer or school of another coverage (loop 2330)."""

    role: Text = about("Entity code: IN insurer, 36 employer, GW group.")
    contacts: list[FunctionContact] | None = about("Contacts.")


class OtherCoverage(Part):
    """Another coverage of the member (COB)."""

    payer_responsibility: Text = about("Place in the order of payers: P, S, T, U.")
    group_number: Text = about("Group or policy number.")
    coordination: Text = about("Whether benefits are coordinated: 1 yes, 5 unknown, 6 no.")
    service_types: Texts = about("Service types.")
    references: list[Reference] | None = about("Numbers, e.g. SY social security, 6P group, 60 account suffix.")
    dates: list[QualifiedDate] | None = about("Dates: 344 begin, 345 end.")
    insurers: list[OtherInsurer] | None = about("Who stands behind it.")


class QualifiedPeriod(Part):
    """A day or period that has no field of its own."""

    qualifier: Text = about("What the date is (DTP01).")
    period: Period | None = about("The day or period.")


class MemberCoverage(Part):
    """A coverage and what happens to it (HD)."""

    maintenance_type: Text = about(
        "001 change, 002 delete, 021 add, 024 cancel or terminate, 025 reinstate, 026 correct, 030 audit, 032 employee info."
    )
    insurance_line: Text = about("Line of coverage, e.g. HLT health, DEN dental, PDG drugs.")
    plan: Text = about("Description of the plan.")
    level: Text = about("Who is covered, e.g. EMP employee, FAM family.")
    late_enrollment: Text = about("Y for a late enrolment.")
    coverage_start_date: Moment | None = about("First day of coverage (DTP*348).")
    coverage_end_date: Moment | None = about("Last day of coverage (DTP*349).")
    periods: list[QualifiedPeriod] | None = about("Other dates, e.g. 303 maintenance, 543 last premium paid.")
    amounts: list[QualifiedAmount] | None = about("Amounts, e.g. P3 premium, C1 copayment.")
    references: list[Reference] | None = about("Numbers, e.g. 1L group, X9 internal control.")
    cards: list[IdentificationCard] | None = about("Identification cards.")
    providers: list[CoverageProvider] | None = about("Providers chosen.")
    other_coverages: list[OtherCoverage] | None = about("Other coverages.")


class ReportingCategory(Part):
    """A category the sponsor reports by (loop 2750)."""

    role: Text = about("75 participant, AG agency.")
    name: Text = about("Name of the category.")
    id_qualifier: Text = about("Kind of `id`.")
    id: Text = about("Identifier.")
    references: list[DescribedReference] | None = about("Value of the category.")
    period: Period | None = about("Day or period.")


class EnrollmentChanged(Event):
    """What a sponsor says of one member and its coverages (INS)."""

    subscriber_indicator: Text = about("Y for a subscriber, N for a dependent.")
    relationship: Text = about("Relationship to the subscriber, 18 the subscriber.")
    maintenance_type: Text = about("001 change, 021 add, 024 cancel or terminate, 025 reinstate, 030 audit.")
    maintenance_reason: Text = about("Why.")
    benefit_status: Text = about("A active, C COBRA, S surviving insured, T tax equity act.")
    medicare_plan: Text = about("Medicare plan: A, B, C both, D none known, E no Medicare.")
    medicare_reason: Text = about("0 age, 1 disability, 2 end-stage renal disease.")
    cobra_event: Text = about("COBRA qualifying event.")
    employment_status: Text = about("Employment status.")
    student_status: Text = about("F full-time, P part-time, N none.")
    handicapped: Text = about("Y when handicapped.")
    death_date: Moment | None = about("Date of death.")
    confidentiality: Text = about("R restricted, U unrestricted.")
    birth_sequence: int | None = about("Order of birth among children born at once.")
    subscriber_id: Text = about("Subscriber number (REF*0F).")
    group_number: Text = about("Group or policy number (REF*1L).")
    references: list[Reference] | None = about("Further numbers of the member, e.g. 17, 23, 3H, DX.")
    eligibility_start_date: Moment | None = about("First day of eligibility (DTP*356).")
    eligibility_end_date: Moment | None = about("Last day of eligibility (DTP*357).")
    dates: list[QualifiedDate] | None = about("Other dates, e.g. 303 maintenance, 336 employment, 340 COBRA.")
    member: Member | None = about("The member.")
    incorrect_member: IncorrectMember | None = about("What an earlier file said of the member, to be corrected.")
    mailing_address: MemberParty | None = about("Where mail goes when not to the member's address.")
    employers: list[MemberParty] | None = about("Employers.")
    schools: list[MemberParty] | None = about("Schools.")
    custodial_parent: MemberParty | None = about("Custodial parent.")
    responsible_persons: list[MemberParty] | None = about("Responsible persons.")
    drop_off_location: MemberParty | None = about("Where deliveries are dropped off.")
    other_parties: list[MemberParty] | None = about("Others named beside the member, e.g. P5 the employer, 2J who pays.")
    disabilities: list[Disability] | None = about("Disabilities.")
    coverages: list[MemberCoverage] | None = about("Coverages.")
    reporting_categories: list[ReportingCategory] | None = about("Categories the sponsor reports by.")
    transaction: EnrollmentFile | None = about("Head of the set.")
    sponsor: EnrollmentParty | None = about("Sponsor of the plan.")
    insurer: EnrollmentParty | None = about("Insurer.")
    submitter: EnrollmentParty | None = about("Who sends the file.")
    receiver: EnrollmentParty | None = about("Who receives the file.")
    source: EnrollmentParty | None = about("Where the information comes from.")


KINDS = {"enrollment.changed": EnrollmentChanged}
