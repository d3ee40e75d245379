"""Allergies and adverse reactions of a patient (AL1, IAM, IAR)."""

from schemas.events.clinical_parts import ClinicalPart, Coded, Day, EntityId, HumanName, Organization, Practitioner, Texts, Timestamp
from schemas.events.common import Text, about
from schemas.events.order_parts import Note


class AllergyReaction(ClinicalPart):
    """A reaction to what the patient is allergic to (IAR)."""

    code: Coded | None = about("The reaction (IAR-1).")
    severity: Coded | None = about("SV severe, MO moderate, MI mild, U unknown (IAR-2).")
    sensitivity: Coded | None = about("AD adverse, AL allergy, CT contraindication, IN intolerance, SE side effect (IAR-3).")
    management: Text = about("How it was treated (IAR-4).")


class Allergy(ClinicalPart):
    """An allergy or adverse reaction (AL1, IAM)."""

    set_id: Text = about("Number of the segment (AL1-1, IAM-1).")
    type: Coded | None = about("DA drug, FA food, MA miscellaneous, EA environmental and others of table 0127 (AL1-2, IAM-2).")
    allergen: Coded | None = about("What the patient is allergic to (AL1-3, IAM-3).")
    severity: Coded | None = about("SV severe, MO moderate, MI mild, U unknown (AL1-4, IAM-4).")
    reactions: Texts = about("Reactions (AL1-5, IAM-5).")
    identified: Day | None = about("Day it was found (AL1-6 of older versions).")
    action: Coded | None = about("A add, D delete, U update, X no change (IAM-6).")
    identifier: EntityId | None = about("Identifier of the allergy (IAM-7).")
    action_reason: Text = about("Why it is changed (IAM-8).")
    sensitivity: Coded | None = about("AD adverse, AL allergy, CT contraindication, IN intolerance, SE side effect (IAM-9).")
    allergen_group: Coded | None = about("Group of the allergen (IAM-10).")
    onset: Day | None = about("Day of onset (IAM-11).")
    onset_text: Text = about("Onset in words (IAM-12).")
    reported: Timestamp | None = about("When it was reported (IAM-13).")
    reported_by: HumanName | None = about("Who reported it (IAM-14).")
    reporter_relationship: Coded | None = about("Relationship of the reporter to the patient (IAM-15).")
    alert_device: Coded | None = about("Alert device, e.g. a bracelet (IAM-16).")
    clinical_status: Coded | None = about("U unconfirmed, P pending, S suspect, C confirmed, I inactive, E erroneous, D doubt (IAM-17).")
    status_by: Practitioner | None = about("Who gave the status (IAM-18).")
    status_organization: Organization | None = about("Organisation that gave the status (IAM-19).")
    status_time: Timestamp | None = about("When the status was given (IAM-20).")
    inactivated_by: Practitioner | None = about("Who made it inactive (IAM-21).")
    inactivated: Timestamp | None = about("When it was made inactive (IAM-22).")
    recorded_by: Practitioner | None = about("Who recorded it first (IAM-23).")
    recorded: Timestamp | None = about("When it was recorded first (IAM-24).")
    modified_by: Practitioner | None = about("Who changed it (IAM-25).")
    modified: Timestamp | None = about("When it was changed (IAM-26).")
    clinician_identified: Coded | None = about("What the clinician found (IAM-27).")
    recorded_organization: Organization | None = about("Organisation that recorded it (IAM-28).")
    modified_organization: Organization | None = about("Organisation that changed it (IAM-29).")
    inactivated_organization: Organization | None = about("Organisation that made it inactive (IAM-30).")
    reaction_details: list[AllergyReaction] | None = about("Reactions, each with its severity.")
    notes: list[Note] | None = about("Comments on the allergy.")
