"""People and organisations of claims and remittances."""

from schemas.events.common import LineReference, Moment, Part, Quantity, Reference, Text, about


class Name(Part):
    """Who somebody is (NM1)."""

    entity_type: Text = about("1 a person, 2 an organisation.")
    name: Text = about("Last name of a person or name of an organisation.")
    first_name: Text = about("First name.")
    middle_name: Text = about("Middle name or initial.")
    prefix: Text = about("Name prefix.")
    suffix: Text = about("Name suffix.")
    id_qualifier: Text = about("Kind of `id`, e.g. XX for an NPI, MI for a member id.")
    id: Text = about("Identifier.")


class Address(Part):
    """Where somebody is (N3, N4)."""

    address_line1: Text = about("First address line.")
    address_line2: Text = about("Second address line.")
    city: Text = about("City.")
    state: Text = about("State or province code.")
    postal_code: Text = about("Postal code as sent, without punctuation.")
    country: Text = about("Country code, for addresses abroad.")
    country_subdivision: Text = about("Country subdivision code, for addresses abroad.")


class ContactNumber(Part):
    """One way to reach a contact."""

    type: Text = about("TE telephone, EX extension, FX fax, EM e-mail, UR web address, ED EDI access number.")
    number: Text = about("The number or address.")


class Contact(Part):
    """A person or desk to contact (PER)."""

    name: Text = about("Name of the contact.")
    numbers: list[ContactNumber] | None = about("Numbers in order of preference.")


class FunctionContact(Contact):
    """A contact with what it is for."""

    function: Text = about("What the contact is for (PER01), e.g. IC information, IP the insured, RP the responsible person.")


class PayerContact(Contact):
    """A contact at a payer."""

    function: Text = about("What the contact is for: CX claims, BL technical, IC information.")


class Submitter(Name):
    """Who submits the file."""

    contacts: list[Contact] | None = about("Contacts for questions about the file.")


class BillingProvider(Address, Name):
    """Who bills and is paid."""

    taxonomy: Text = about("Provider taxonomy code.")
    currency: Text = about("Currency of the amounts when it is not US dollars.")
    tax_id: Text = about("Employer identification number.")
    social_security_number: Text = about("Social security number, for a person.")
    references: list[Reference] | None = about("Further identifiers.")
    contacts: list[Contact] | None = about("Contacts.")


class PayToAddress(Address, Name):
    """Where payment goes when not to the billing provider's address."""


class PayToPlan(Address, Name):
    """The plan to be paid, in subrogation."""

    tax_id: Text = about("Employer identification number.")
    references: list[Reference] | None = about("Further identifiers.")


class Subscriber(Address, Name):
    """The person or organisation that holds the coverage."""

    birth_date: Moment | None = about("Date of birth.")
    sex: Text = about("F, M or U.")
    social_security_number: Text = about("Social security number.")
    property_casualty_claim_number: Text = about("Claim number of a property and casualty payer.")
    contacts: list[Contact] | None = about("Contacts.")


class Patient(Subscriber):
    """Who was treated; equal to the subscriber when the source has no patient of its own."""

    relationship: Text = about("Relationship to the subscriber.")
    death_date: Moment | None = about("Date of death.")
    weight_unit: Text = about("Unit of the weight.")
    weight: Quantity | None = about("Weight.")
    pregnant: Text = about("Y when pregnant.")
    member_id: Text = about("Member id of the patient.")


class Coverage(Part):
    """The coverage that the claim is sent under (SBR)."""

    payer_responsibility: Text = about("Place of this payer in the order of payers: P, S, T, A to H, U.")
    relationship: Text = about("18 when the patient is the subscriber; for other payers the patient's relationship.")
    group_number: Text = about("Group or policy number.")
    group_name: Text = about("Name of the plan or group.")
    insurance_type: Text = about("Insurance type, for Medicare as secondary payer.")
    filing_indicator: Text = about("Kind of payer or plan.")


class PatientCoverage(Coverage):
    """Coverage of the destination payer, with what is said of the subscriber as the patient."""

    patient_death_date: Moment | None = about("Date of death of the subscriber as patient.")
    patient_weight_unit: Text = about("Unit of the subscriber's weight.")
    patient_weight: Quantity | None = about("Weight of the subscriber as patient.")
    patient_pregnant: Text = about("Y when the subscriber as patient is pregnant.")


class Payer(Address, Name):
    """The payer that the claim is sent to."""

    references: list[Reference] | None = about("Further identifiers, of the payer and of the billing provider at it.")


class Location(Address, Name):
    """A place that an ambulance went to."""


class Provider(Address, Name):
    """A provider of a claim."""

    role: Text = about("Entity code where the place takes several roles: DN referring, P3 primary care.")
    taxonomy: Text = about("Provider taxonomy code.")
    references: list[Reference] | None = about("Further identifiers.")
    contacts: list[Contact] | None = about("Contacts.")


class LineProvider(Address, Name):
    """A provider of a service line."""

    role: Text = about("Entity code where the place takes several roles: DN referring, P3 primary care.")
    taxonomy: Text = about("Provider taxonomy code.")
    references: list[LineReference] | None = about("Further identifiers.")
    contacts: list[Contact] | None = about("Contacts.")


class ProviderNumbers(Name):
    """What another payer calls a provider of the claim."""

    role: Text = about("Entity code where the place takes several roles: DN referring, P3 primary care.")
    references: list[Reference] | None = about("Identifiers that payer has given.")


class OtherSubscriber(Address, Name):
    """Subscriber of another payer."""

    social_security_number: Text = about("Social security number.")


class OtherPayerName(Address, Name):
    """Another payer of the claim and its numbers for it."""

    remittance_date: Moment | None = about("Date that payer adjudicated or paid.")
    payer_claim_number: Text = about("That payer's number of the claim.")
    prior_authorization: Text = about("That payer's prior authorisation number.")
    referral_number: Text = about("That payer's referral number.")
    adjustment_indicator: Text = about("Y when that payer's adjudication was an adjustment.")
    predetermination_number: Text = about("That payer's predetermination number.")
    references: list[Reference] | None = about("Further identifiers.")


class Organization(Address):
    """Payer or payee of a remittance (N1)."""

    name: Text = about("Name.")
    id_qualifier: Text = about("Kind of `id`: XX NPI, XV plan id, FI tax id.")
    id: Text = about("Identifier.")
    references: list[Reference] | None = about("Further identifiers.")


class RemittancePayer(Organization):
    """Who pays."""

    contacts: list[PayerContact] | None = about("Contacts for claims, technical questions and web addresses.")


class Delivery(Part):
    """How the remittance shall reach the payee (RDM)."""

    method: Text = about("Way of delivery.")
    name: Text = about("Name of the recipient.")
    address: Text = about("Address or number for that way.")


class Payee(Organization):
    """Who is paid."""

    delivery: Delivery | None = about("How the remittance shall be delivered.")
