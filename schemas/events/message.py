"""`message.acknowledged`: what a receiver answered to a message, and its errors (MSA, ERR)."""

from schemas.events.clinical_parts import ClinicalPart, Coded, Telecom, Texts
from schemas.events.common import Text, about
from schemas.events.message_event import MessageEvent


class ErrorLocation(ClinicalPart):
    """Where in the answered message."""

    segment: Text = about("Segment.")
    sequence: Text = about("Which of these segments.")
    field: Text = about("Field.")
    repetition: Text = about("Repetition.")
    component: Text = about("Component.")
    subcomponent: Text = about("Subcomponent.")


class LocatedCode(ClinicalPart):
    """An error and its place as versions before 2.5 give it."""

    segment: Text = about("Segment.")
    sequence: Text = about("Which of these segments.")
    field: Text = about("Field.")
    code: Text = about("Error.")
    text: Text = about("Error in words.")
    system: Text = about("Code system of the error.")


class Acknowledgement(ClinicalPart):
    """What the receiver answered (MSA)."""

    code: Text = about("AA, AE, AR of the application; CA, CE, CR for safe receipt.")
    outcome: Text = about("accepted, error or rejected.")
    control_id: Text = about("Control id of the message that is answered (its MSH-10).")
    text: Text = about("Text of old versions.")
    expected_sequence: Text = about("Sequence number that was expected.")
    delayed_type: Text = about("How a delayed answer comes, in old versions.")
    error: Coded | None = about("Error of old versions.")
    waiting_number: Text = about("Number of messages that wait.")
    waiting_priority: Text = about("Their highest priority.")


class MessageError(ClinicalPart):
    """An error (ERR)."""

    located_codes: list[LocatedCode] | None = about("Errors with their places as versions before 2.5 give them.")
    locations: list[ErrorLocation] | None = about("Where.")
    code: Coded | None = about("Error (table 0357).")
    severity: Text = about("E error, F fatal, W warning, I information.")
    application_code: Coded | None = about("Error of the application.")
    parameters: Texts = about("Parameters of that error.")
    diagnostics: Text = about("Details for engineers.")
    text: Text = about("Text for the user.")
    inform_persons: list[Coded] | None = about("Whom to tell.")
    override_type: Coded | None = about("What may be overridden.")
    override_reasons: list[Coded] | None = about("Reasons for it that may be given.")
    help_desks: list[Telecom] | None = about("Whom to call.")


class MessageAcknowledged(MessageEvent):
    """What a receiver answered to a message."""

    acknowledgement: Acknowledgement | None = about("The answer (MSA).")
    errors: list[MessageError] | None = about("Errors (ERR).")


KINDS = {"message.acknowledged": MessageAcknowledged}
