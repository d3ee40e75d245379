"""Every finding code there is: its severity, scope, SNIP type (WEDI) and sentence. Nothing reports a code that is not here.

`outcome` is the default of design section 1: what only the first pass knows refuses a set, a claim without its number or over a
limit is refused, all else is reported. A site may change severity and outcome per code.
`{place}` in a sentence is a segment, element or loop, never a value of the data.
"""

from typing import NamedTuple

from schemas.envelope import Outcome, Scope, Severity


class FindingKind(NamedTuple):
    severity: Severity
    scope: Scope
    snip: int | None
    text: str
    outcome: Outcome = "reported"


FINDINGS: dict[str, FindingKind] = {
    # file and interchange
    "FILE_EMPTY": FindingKind("error", "file", 1, "The file holds no bytes", "dead"),
    "FILE_UNREADABLE": FindingKind("error", "file", 1, "No interchange, functional group or transaction set can be found in the file", "dead"),
    "FILE_BOM": FindingKind("info", "file", 1, "The file starts with a byte-order mark; it was skipped"),
    "FILE_LEADING_BLANKS": FindingKind("info", "file", 1, "Blanks or line breaks stand before the first segment; they were skipped"),
    "FILE_JUNK": FindingKind("warning", "file", 1, "Bytes that belong to no interchange; they were skipped and stay in the stored file"),
    "ENVELOPE_MISSING": FindingKind("warning", "file", 1, "The file starts at {place} without the envelope above it; delimiters were guessed"),
    "ISA_LENGTH": FindingKind("warning", "interchange", 1, "ISA is not 106 characters long; delimiters were read from its elements"),
    "ISA_UNREADABLE": FindingKind("error", "interchange", 1, "ISA cannot be read; nothing up to the next ISA was taken", "dead"),
    "ISA_REPETITION": FindingKind("info", "interchange", 1, "ISA11 holds no usable repetition separator; repetitions are taken as absent"),
    "ISA_VERSION": FindingKind("warning", "interchange", 1, "ISA12 names a control version other than 00501"),
    "ISA_ELEMENT": FindingKind("warning", "interchange", 1, "{place} does not have the form the envelope asks for"),
    "ISA_COMPONENT_SEPARATOR": FindingKind("warning", "interchange", 1, "{place} is not split by the component separator that ISA16 declares"),
    "IEA_MISSING": FindingKind("error", "interchange", 1, "The interchange ends without IEA"),
    "IEA_CONTROL_NUMBER": FindingKind("error", "interchange", 1, "IEA02 is not the control number of ISA13"),
    "IEA_COUNT": FindingKind("error", "interchange", 1, "IEA01 is not the number of functional groups"),
    "ISA_DUPLICATE": FindingKind("warning", "interchange", 1, "An earlier interchange of this file has the same sender, receiver and control number"),
    "ISA_REUSED": FindingKind("warning", "interchange", 1, "An earlier file of this site has the same sender, receiver and control number"),
    # functional group and transaction set
    "GS_ELEMENT": FindingKind("warning", "group", 1, "{place} does not have the form the envelope asks for"),
    "GS_FUNCTION": FindingKind("warning", "group", 1, "GS01 is not the functional identifier of the guide named in GS08"),
    "GE_MISSING": FindingKind("error", "group", 1, "The functional group ends without GE"),
    "GE_CONTROL_NUMBER": FindingKind("error", "group", 1, "GE02 is not the control number of GS06"),
    "GE_COUNT": FindingKind("error", "group", 1, "GE01 is not the number of transaction sets"),
    "GS_DUPLICATE": FindingKind("warning", "group", 1, "An earlier functional group of this interchange has the same control number"),
    "GUIDE_UNKNOWN": FindingKind("error", "set", 2, "No table for the implementation guide that GS08 or ST03 names", "refused"),
    "GUIDE_MISMATCH": FindingKind("warning", "set", 2, "ST03 names another implementation guide than GS08"),
    "GUIDE_GUESSED": FindingKind("warning", "set", 2, "No version is given; the guide was chosen by the transaction set"),
    "SE_MISSING": FindingKind("error", "set", 1, "The transaction set ends without SE", "refused"),
    "SE_CONTROL_NUMBER": FindingKind("error", "set", 1, "SE02 is not the control number of ST02", "refused"),
    "ST_DUPLICATE": FindingKind("error", "set", 1, "An earlier transaction set of this functional group has the same control number", "refused"),
    "ST_CONTROL_NUMBER": FindingKind("warning", "set", 1, "ST02 is missing or not 4 to 9 characters"),
    "SE_COUNT": FindingKind("error", "set", 1, "SE01 is not the number of segments from ST to SE"),
    "SET_REFUSED": FindingKind("error", "set", None, "The site refuses the whole transaction set for a finding in it", "refused"),
    "ITEM_IN_REFUSED_SET": FindingKind("error", "claim", None, "Not published because its transaction set was refused", "refused"),
    "ITEM_OUTSIDE_SET": FindingKind("error", "claim", 1, "The item stands outside any transaction set", "dead"),
    "SET_WITHOUT_ITEM": FindingKind("warning", "set", 2, "The transaction set holds nothing that an event could be made of"),
    # structure
    "SEGMENT_UNKNOWN": FindingKind("error", "claim", 2, "{place} is not a segment of this guide; it was kept as unmapped"),
    "SEGMENT_UNEXPECTED": FindingKind("error", "claim", 2, "{place} has no place here; it was kept as unmapped"),
    "SEGMENT_MISSING": FindingKind("error", "claim", 2, "{place} is required and missing"),
    "SEGMENT_REPEATED": FindingKind("error", "claim", 2, "{place} stands more often than the guide allows"),
    "SEGMENT_ORDER": FindingKind("error", "claim", 2, "{place} stands later than the guide allows"),
    "SEGMENT_LIMIT": FindingKind("error", "claim", 1, "A segment is longer than the limit; its content was not read", "refused"),
    "LOOP_MISSING": FindingKind("error", "claim", 2, "{place} is required and missing"),
    "LOOP_REPEATED": FindingKind("error", "claim", 2, "{place} stands more often than the guide allows"),
    "LOOP_ORDER": FindingKind("error", "claim", 2, "{place} stands later than the guide allows"),
    "HL_NUMBER": FindingKind("error", "claim", 2, "HL01 does not count up by one"),
    "HL_PARENT": FindingKind("error", "claim", 2, "HL02 does not name the HL above it"),
    "HL_CHILD": FindingKind("warning", "claim", 2, "HL04 says that no HL stands below, but one does"),
    "LEVEL_WITHOUT_ITEM": FindingKind("warning", "claim", 2, "{place} asks and answers nothing, so no event was made of it"),
    "LIST_LIMIT": FindingKind("warning", "set", None, "{place} is longer than the limit; the rest was left out of the event of its set"),
    "ITEM_LIMIT": FindingKind("error", "claim", None, "The item has more segments than the limit; it was not published", "refused"),
    "ITEM_NUMBER_MISSING": FindingKind("error", "claim", 2, "{place} is missing, so the item cannot be told from others", "refused"),
    # elements
    "ELEMENT_MISSING": FindingKind("error", "element", 2, "{place} is required and missing"),
    "ELEMENT_NOT_USED": FindingKind("warning", "element", 2, "{place} is not used in this guide but has a value"),
    "ELEMENT_EXTRA": FindingKind("error", "element", 1, "{place}: more elements than the segment has"),
    "ELEMENT_SHORT": FindingKind("error", "element", 1, "{place} is shorter than allowed"),
    "ELEMENT_LONG": FindingKind("error", "element", 1, "{place} is longer than allowed"),
    "ELEMENT_CODE": FindingKind("error", "element", 2, "{place} holds a code that the guide does not use here"),
    "ELEMENT_NUMBER": FindingKind("error", "element", 1, "{place} is not a number"),
    "ELEMENT_DATE": FindingKind("error", "element", 1, "{place} is not a valid date or period"),
    "ELEMENT_TIME": FindingKind("error", "element", 1, "{place} is not a valid time"),
    "ELEMENT_CHARACTER": FindingKind("warning", "element", 1, "{place} holds a control character"),
    "ELEMENT_PATTERN": FindingKind("error", "element", 2, "{place} does not have the form the guide asks for"),
    "ELEMENT_SYNTAX": FindingKind("error", "element", 1, "{place}: elements that depend on each other are not all there"),
    "ELEMENT_REPEATED": FindingKind("error", "element", 1, "{place} is repeated more often than the guide allows"),
    "COMPONENT_EXTRA": FindingKind("error", "element", 1, "{place}: more components than the composite has"),
    "NPI_CHECK_DIGIT": FindingKind("error", "element", 5, "{place} is not a valid NPI (10 digits, first 1 or 2, check digit)"),
    # balance and codes
    "CHARGE_BALANCE": FindingKind("error", "claim", 3, "The line charges do not add up to the claim charge"),
    "COB_LINE_BALANCE": FindingKind("error", "line", 3, "Paid amount and adjustments of a prior payer do not add up to the line charge"),
    "COB_CLAIM_BALANCE": FindingKind("error", "claim", 3, "Paid amount and adjustments of a prior payer do not add up to the claim charge"),
    "REMIT_LINE_BALANCE": FindingKind("error", "line", 3, "Line charge less adjustments is not the line payment"),
    "REMIT_CLAIM_BALANCE": FindingKind("error", "claim", 3, "Claim charge less all adjustments is not the claim payment"),
    "REMIT_LINES_TO_CLAIM": FindingKind("error", "claim", 3, "Line charges or payments do not add up to those of the claim"),
    "REMIT_PAYMENT_BALANCE": FindingKind("error", "set", 3, "Claim payments less provider adjustments are not the payment of BPR02"),
    "REMIT_PAYMENT_NEGATIVE": FindingKind("error", "set", 3, "BPR02 is negative"),
    "PATIENT_RESPONSIBILITY": FindingKind("warning", "claim", 3, "CLP05 is not the sum of the PR adjustments"),
    "CARC_UNKNOWN": FindingKind("warning", "claim", 5, "{place} is not a claim adjustment reason code known here"),
    "CARC_GROUP": FindingKind("warning", "claim", 5, "{place}: this adjustment reason may not stand under this group code"),
    "CARC_PLACE": FindingKind("warning", "claim", 5, "{place}: this adjustment reason may not stand here (line only, or 837 only)"),
    "CARC_WHOLE_CHARGE": FindingKind("warning", "claim", 5, "Adjustment reason 45 takes the whole charge"),
    "CARC_NEEDS_REMARK": FindingKind("warning", "claim", 5, "{place}: this adjustment reason needs a remark code and none is there"),
    "FREQUENCY_WITHOUT_REFERENCE": FindingKind(
        "error", "claim", 4, "A replacement or void (CLM05-3 is 7 or 8) needs the payer claim number in REF*F8"
    ),
    "ACCIDENT_DATE_MISSING": FindingKind("error", "claim", 4, "CLM11 names an accident and no accident date (DTP*439) is there"),
    # rules between segments
    "ACCIDENT_STATE_MISSING": FindingKind("warning", "claim", 4, "{place}: an auto accident (AA) names no state and no country (CLM11-4, -5)"),
    "ADMISSION_DATE_MISSING": FindingKind("error", "claim", 4, "An inpatient claim needs the date of admission (DTP*435)"),
    "AMBULANCE_INFORMATION_MISSING": FindingKind("error", "claim", 4, "{place}: an ambulance service needs CR1, in the claim or the line"),
    "AMBULANCE_PLACE_MISSING": FindingKind(
        "warning", "claim", 4, "{place}: an ambulance service needs where the patient was picked up and dropped off (NM1*PW, NM1*45)"
    ),
    "ATTACHMENT_NUMBER_MISSING": FindingKind("error", "claim", 4, "{place}: an attachment that is sent needs its control number (PWK06)"),
    "COB_PAYER_UNKNOWN": FindingKind("error", "line", 4, "{place} names a payer that no other payer of the claim is (NM109 of loop 2330B)"),
    "DATE_ORDER": FindingKind("error", "claim", 4, "{place}: days in an order that cannot be"),
    "DIAGNOSIS_POINTER": FindingKind("error", "line", 4, "{place} points to a diagnosis that the claim does not have"),
    "LINE_OUTSIDE_STATEMENT": FindingKind("warning", "line", 4, "{place}: the service date is outside the statement dates (DTP*434)"),
    "MSP_TYPE_MISSING": FindingKind("warning", "claim", 4, "Medicare is the destination payer and not the first, and SBR05 does not say why"),
    "PATIENT_DETAILS_MISSING": FindingKind("error", "claim", 4, "{place} is missing, and the subscriber is the patient"),
    "PATIENT_LEVEL": FindingKind("error", "claim", 4, "The claim stands below the subscriber without SBR02 18, or below a patient with it"),
    "PAYER_SEQUENCE": FindingKind("warning", "claim", 4, "The payers of the claim are not in an order: one place twice, or the first missing"),
    "PAYMENT_METHOD": FindingKind("warning", "set", 4, "BPR01 or BPR04 says that no money is moved, and BPR02 is not zero"),
    "PREDETERMINATION_PAID": FindingKind("warning", "claim", 4, "A predetermination (CLP02 25) has a payment"),
    "REVERSAL_SIGN": FindingKind("warning", "claim", 4, "A reversal (CLP02 22) has a charge or payment above zero"),
    "SERVICE_IN_FUTURE": FindingKind("warning", "claim", 4, "{place} is later than the day the transaction was made (BHT04)"),
    # codes: by form, by a list that is shipped, by a list that the site has loaded
    "CODE_FORM": FindingKind("error", "claim", 5, "{place} does not have the form of its code set"),
    "CODE_UNKNOWN": FindingKind("warning", "claim", 5, "{place} is not in the list of its codes known here"),
    "CODE_SET_DATE": FindingKind("error", "claim", 5, "{place}: ICD-9 ended and ICD-10 began with services of 2015-10-01"),
    "CODE_NOT_LISTED": FindingKind("error", "claim", 5, "{place} is not in the code list that the site has loaded"),
    "CODE_NOT_VALID": FindingKind("error", "claim", 5, "{place} is in the code list that the site has loaded, but not valid on that date"),
    # eligibility and claim status
    "TRACE_MISSING": FindingKind("info", "claim", 4, "The patient of the request has no trace number (TRN) that an answer could repeat"),
    "REJECTION_OF_VALID_REQUEST": FindingKind("info", "claim", 4, "AAA01 is Y and a reject reason follows: the request is valid and has no answer"),
    "STATUS_CATEGORY": FindingKind("warning", "claim", 4, "{place}: the status category is not one of those for its level"),
    # acknowledgements and enrolments
    "STATUS_DISAGREES": FindingKind("warning", "claim", 4, "{place}: the action code of a status (STC03) contradicts its categories, which count"),
    "ACK_GROUP_DISAGREES": FindingKind("warning", "set", 4, "AK9 says otherwise of the group than the codes of its sets"),
    "ENROLLMENT_DATES": FindingKind("warning", "claim", 4, "{place}: an eligibility or coverage ends before it begins"),
    # authorisations and attachments
    "AUTHORIZATION_UNDECIDED": FindingKind("error", "claim", 4, "The answer for a patient event has neither a decision (HCR) nor a rejection (AAA)"),
    "AUTHORIZATION_DECIDED_AND_REJECTED": FindingKind("warning", "claim", 4, "One level has both a decision (HCR) and a rejection (AAA)"),
    "AUTHORIZATION_NUMBER_MISSING": FindingKind("warning", "claim", 4, "What is certified (HCR01 A1, A2 or A6) has no review number in HCR02"),
    "AUTHORIZATION_REFERRAL_LEVEL": FindingKind("error", "claim", 4, "A service has request category SC, but its patient event has not"),
    "AUTHORIZATION_ANSWER_AS_INQUIRY": FindingKind("warning", "claim", 4, "The set inquires by BHT02, but decides or rejects"),
    "BINARY_LENGTH": FindingKind("error", "element", 1, "Binary data is not as long as it says; the next terminator was taken as its end"),
    # HL7 v2: files and frames
    "V2_NO_MESSAGE": FindingKind("error", "file", None, "No MSH segment can be found", "dead"),
    "V2_JUNK": FindingKind("warning", "file", None, "Bytes that belong to no message; they were skipped and stay in the stored file"),
    "V2_FRAME_BYTES": FindingKind("info", "file", None, "MLLP frame characters stand around the message; they were skipped"),
    "V2_SEVERAL_MESSAGES": FindingKind("info", "file", None, "Several messages stand together without a batch around them; each was read on its own"),
    "V2_BATCH": FindingKind("info", "file", None, "The messages stand in a batch or file envelope (BHS, FHS); each was read on its own"),
    "V2_BATCH_EMPTY": FindingKind("warning", "file", None, "The batch or file envelope holds no message"),
    "V2_UNTERMINATED": FindingKind("info", "message", None, "The last segment has no terminator; whether the message is complete cannot be known"),
    "V2_TRUNCATED": FindingKind("warning", "message", None, "The message was cut: {place}, its last segment, stops before what it must have"),
    "V2_LINE_WRAPPED": FindingKind("warning", "message", None, "A segment terminator stands inside {place}; its parts were read as one segment"),
    "V2_LINE_ENDS": FindingKind(
        "info", "message", None, "Segments end with a line feed, alone or behind a carriage return, instead of a carriage return"
    ),
    "V2_LINE_FEED": FindingKind("info", "message", None, "A line feed stands within a segment; it was kept as text"),
    "V2_BATCH_COUNT": FindingKind("error", "file", None, "{place} is not the number of what was sent"),
    "V2_BATCH_END": FindingKind("warning", "file", None, "A batch or file header without its trailer, or a trailer without its header: {place}"),
    "V2_MESSAGE_LIMIT": FindingKind("error", "message", None, "The message is longer than the limit; it was not read", "refused"),
    "V2_EVENTS_LIMIT": FindingKind("error", "message", None, "The events of the message have more bytes than the limit; none was made", "refused"),
    "V2_SEGMENT_LIMIT": FindingKind("error", "message", None, "The message has more segments or fields than the limit; it was not read", "refused"),
    # HL7 v2: header and characters
    "V2_ENCODING_CHARACTERS": FindingKind(
        "info", "message", None, "MSH-2 holds fewer than four characters; what it lacks is not used, or where it is empty the usual ones are"
    ),
    "V2_DELIMITERS": FindingKind(
        "warning",
        "message",
        None,
        "MSH-1 and MSH-2 hold a character twice, one too many, or a letter; where one is there twice, the first use counts",
    ),
    "V2_CHARSET_UNKNOWN": FindingKind("warning", "message", None, "{place} names a character set that is not known here, so it was not used"),
    "V2_CHARSET_GUESSED": FindingKind("info", "message", None, "MSH-18 names no character set and not all is ASCII; it was read as {place}"),
    "V2_CHARSET_WRONG": FindingKind("warning", "message", None, "The bytes are not of the character set that is named; it was read as {place}"),
    "V2_CHARSET_WIDE": FindingKind("info", "message", None, "The message has two or four bytes a character; it was read as {place}"),
    "V2_ESCAPE": FindingKind("info", "element", None, "{place} holds an escape sequence that is unknown or has no end; it was kept as it stands"),
    "V2_CHARACTER": FindingKind("warning", "element", None, "{place} holds a control character"),
    "V2_SEGMENT_NAME": FindingKind("warning", "message", None, "A line does not start with the name of a segment; it was kept as unmapped"),
    "V2_SEGMENT_CASE": FindingKind("info", "message", None, "The name of {place} is not in upper case; it was read as if it were"),
    "V2_VERSION_MISSING": FindingKind("info", "message", None, "MSH-12 names no version; the message was checked by the tables of 2.5"),
    "V2_VERSION_UNKNOWN": FindingKind(
        "info", "message", None, "MSH-12 names a version that has no table; the message was checked by the tables of 2.5"
    ),
    "V2_TYPE_MISSING": FindingKind("error", "message", None, "MSH-9 names no message type"),
    "V2_TYPE_UNKNOWN": FindingKind("warning", "message", None, "MSH-9 names a message type that no version has"),
    "V2_TRIGGER_MISSING": FindingKind("warning", "message", None, "MSH-9 names no event"),
    "V2_TRIGGER_UNKNOWN": FindingKind("info", "message", None, "MSH-9 names an event that no version has for this message type"),
    "V2_STRUCTURE": FindingKind("info", "message", None, "MSH-9 names another structure than this version has for the event; the event counts"),
    "V2_PROCESSING_ID": FindingKind(
        "warning", "element", None, "{place} is none of P, T and D, so the events count as test events where the site's `usage` says nothing else"
    ),
    "V2_CONTROL_ID_MISSING": FindingKind("error", "message", None, "MSH-10 is empty, so an acknowledgement cannot name the message"),
    # HL7 v2: segments and fields
    "V2_SEGMENT_MISSING": FindingKind("error", "message", None, "{place} is missing, without which the message says little"),
    "V2_SEGMENT_ABSENT": FindingKind("info", "message", None, "{place} is required by the standard and missing"),
    "V2_SEGMENT_UNKNOWN": FindingKind("info", "message", None, "{place} is not a segment of any version"),
    "V2_SEGMENT_UNEXPECTED": FindingKind("info", "message", None, "{place} has no place in this message by the standard"),
    "V2_SEGMENT_ORDER": FindingKind("info", "message", None, "{place} stands elsewhere than the standard has it; it was read where it stands"),
    "V2_SEGMENT_REPEATED": FindingKind("info", "message", None, "{place} stands more often than the standard allows"),
    "V2_FIELD_MISSING": FindingKind("warning", "element", None, "{place} is required and missing"),
    "V2_FIELD_REPEATED": FindingKind("warning", "element", None, "{place} repeats, which the standard does not allow"),
    "V2_FIELD_EXTRA": FindingKind("info", "element", None, "{place}: more fields than the segment has in any version known here"),
    "V2_FIELD_LONG": FindingKind("info", "element", None, "{place} is longer than the standard allows"),
    "V2_COMPONENT_EXTRA": FindingKind("info", "element", None, "{place}: more components than its data type has in any version known here"),
    "V2_DATE": FindingKind("warning", "element", None, "{place} is not a valid date or time"),
    "V2_NUMBER": FindingKind("warning", "element", None, "{place} is not a number"),
    "V2_CODE": FindingKind("info", "element", None, "{place} holds a code that its HL7 table does not have"),
    "V2_VALUE_TYPE": FindingKind("warning", "element", None, "{place} names no data type that is known for the value of OBX-5"),
    # HL7 v2: identity and events
    "V2_NO_EVENT": FindingKind("info", "message", None, "No event is defined for this message type and event"),
    "V2_VALUE": FindingKind("warning", "element", None, "{place} cannot be converted; it was left out of the event and stays in the bytes"),
    "V2_IDENTIFIER_GUESSED": FindingKind("info", "message", None, "No identifier fits the rule of the site; the first usable one was taken"),
    "V2_IDENTIFIER_MISSING": FindingKind("error", "message", None, "No identifier of the patient can be found"),
    "V2_SEVERAL_VISITS": FindingKind(
        "warning", "message", None, "{place}: another visit of one patient; an event about one patient is made for each visit"
    ),
    "V2_MERGE_INCOMPLETE": FindingKind("error", "message", None, "{place} is missing, so it is not known what was merged or linked with what"),
    "V2_MERGE_SAME": FindingKind("warning", "message", None, "{place} names the same identifier as what stays or is linked, so the two are one"),
    "V2_MERGE_ACROSS": FindingKind("warning", "message", None, "{place} has another assigning authority than the identifier that stays"),
    "V2_MERGE_OTHER_PATIENT": FindingKind("error", "message", None, "{place} names another patient than the one whose account or visit this is"),
    "V2_CONTROL_ID_REUSED": FindingKind("warning", "message", None, "An earlier message with other content has the same sender and control number"),
    "V2_DUPLICATE": FindingKind("info", "message", None, "An earlier message has the same sender, control number and bytes"),
    "V2_FRAGMENT": FindingKind("error", "file", None, "The connection ended within a frame; what had come was kept", "dead"),
    # writing
    "WRITE_DELIMITER": FindingKind("error", "element", None, "{place} holds a character that is a delimiter of the profile; nothing was written"),
    "WRITE_CHARACTER": FindingKind("error", "element", None, "{place} holds a character that the profile's set has not; nothing was written"),
    "WRITE_REPETITION": FindingKind("error", "element", None, "{place} repeats, and the profile has no repetition separator; nothing was written"),
    "WRITE_OUTSIDE": FindingKind("error", "file", None, "Bytes that belong to no interchange cannot be written; nothing was written"),
    "READ_FAILED": FindingKind("error", "file", None, "This part could not be read: its stored bytes are damaged, or the gateway failed", "dead"),
    "FINDINGS_LIMIT": FindingKind("warning", "claim", None, "More findings here than the limit; the rest is not listed"),
}
"""Bounded: metrics, site files and acknowledgements use these names."""
