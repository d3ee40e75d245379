"""ADT: every trigger from A01 to A62 and what it says. A19 asks a question and changes nothing, so it makes no event."""

from schemas.maps.v2.admission import ADMISSION, ADMISSION_GROUPS
from schemas.maps.v2.mapping import Emit, Map


def _done(event: str, trigger: str, action: str) -> Emit:
    return Emit(event, (trigger,), (("action", action),), group="patient")


def _undone(trigger: str, action: str, undoes: str, undoes_action: str = "") -> Emit:
    constants = (("action", action), ("undoes", undoes))
    return Emit("encounter.cancelled", (trigger,), (*constants, ("undoes_action", undoes_action)) if undoes_action else constants, group="patient")


def _identity(event: str, level: str, triggers: dict[str, str], needs: str, subject: str = "patient") -> tuple[Emit, ...]:
    """`triggers` by their action. Without `needs` nothing is said to be merged, moved or renamed; nobody is merged into himself."""
    checks = ("merge",) if event == "patient.merged" else ()
    return tuple(
        Emit(event, (trigger,), (("action", action), ("level", level)), group="patient", subject=subject, needs=(needs,), checks=checks)
        for trigger, action in triggers.items()
    )


_VISITS = (
    _done("encounter.started", "A01", "admit"),
    _done("encounter.transferred", "A02", "transfer"),
    _done("encounter.ended", "A03", "discharge"),
    _done("encounter.started", "A04", "register"),
    _done("encounter.planned", "A05", "preadmit"),
    _done("encounter.updated", "A06", "outpatient_to_inpatient"),
    _done("encounter.updated", "A07", "inpatient_to_outpatient"),
    _done("encounter.updated", "A09", "departing"),
    _done("encounter.updated", "A10", "arriving"),
    _done("encounter.planned", "A14", "pending_admit"),
    _done("encounter.updated", "A15", "pending_transfer"),
    _done("encounter.updated", "A16", "pending_discharge"),
    _done("encounter.transferred", "A17", "swap_beds"),
    Emit("encounter.updated", ("A20",), (("action", "bed_status"),), subject="receipt"),
    _done("encounter.updated", "A21", "leave_started"),
    _done("encounter.updated", "A22", "leave_ended"),
    _done("encounter.updated", "A54", "attending_changed"),
    _done("encounter.updated", "A61", "consulting_changed"),
)
_CANCELLATIONS = (
    _undone("A11", "cancel_admit", "encounter.started"),
    _undone("A12", "cancel_transfer", "encounter.transferred", "transfer"),
    _undone("A13", "cancel_discharge", "encounter.ended", "discharge"),
    _undone("A25", "cancel_pending_discharge", "encounter.updated", "pending_discharge"),
    _undone("A26", "cancel_pending_transfer", "encounter.updated", "pending_transfer"),
    _undone("A27", "cancel_pending_admit", "encounter.planned", "pending_admit"),
    _undone("A32", "cancel_arriving", "encounter.updated", "arriving"),
    _undone("A33", "cancel_departing", "encounter.updated", "departing"),
    _undone("A38", "cancel_preadmit", "encounter.planned", "preadmit"),
    _undone("A52", "cancel_leave_started", "encounter.updated", "leave_started"),
    _undone("A53", "cancel_leave_ended", "encounter.updated", "leave_ended"),
    _undone("A55", "cancel_attending_changed", "encounter.updated", "attending_changed"),
    _undone("A62", "cancel_consulting_changed", "encounter.updated", "consulting_changed"),
)
_PATIENTS = (
    _done("patient.updated", "A08", "update_patient"),
    _done("patient.deleted", "A23", "delete_patient"),
    Emit("patient.linked", ("A24",), (("action", "link"),), group="patient", whole=True),
    _done("patient.registered", "A28", "add_person"),
    _done("patient.deleted", "A29", "delete_person"),
    _done("patient.updated", "A31", "update_person"),
    Emit("patient.unlinked", ("A37",), (("action", "unlink"),), group="patient", whole=True),
    _done("patient.updated", "A60", "update_allergies"),
)
_MERGED = {"A30": "merge_person", "A34": "merge_patient", "A36": "merge_patient_and_account", "A40": "merge_patient"}
_MERGED_OLD = {"A18": "merge_patient", "A39": "merge_person"}
_MOVED = {
    "patient": ({"A43": "move_patient"}, "prior.identifiers"),
    "account": ({"A44": "move_account"}, "prior.account"),
    "visit": ({"A45": "move_visit"}, "prior.visit_number"),
}
"""By level: trigger and action, and what it needs."""
_RENAMED = {"A46": "change_external_id", "A47": "change_identifiers", "A48": "change_alternate_identifiers"}
_MERGES = (
    *_identity("patient.merged", "patient", _MERGED, "prior.identifiers"),
    *_identity("patient.merged", "patient", _MERGED_OLD, "prior"),
    *_identity("account.merged", "account", {"A35": "merge_account", "A36": "merge_patient_and_account", "A41": "merge_account"}, "prior.account"),
    *_identity("encounter.merged", "visit", {"A42": "merge_visit"}, "prior.visit_number"),
    *_identity("patient.retired", "patient", _MERGED | _MERGED_OLD, "prior", "retired"),
    *(emit for level, (moved, needs) in _MOVED.items() for emit in _identity("patient.moved", level, moved, needs)),
    *(emit for level, (moved, needs) in _MOVED.items() for emit in _identity("patient.moved_away", level, moved, needs, "retired")),
    *_identity("patient.identifier_changed", "patient", _RENAMED, "prior"),
    *_identity("patient.identifier_changed", "account", {"A49": "change_account"}, "prior.account"),
    *_identity("patient.identifier_changed", "visit", {"A50": "change_visit"}, "prior.visit_number"),
    *_identity("patient.identifier_changed", "visit", {"A51": "change_alternate_visit"}, "prior.alternate_visit_ids"),
    *_identity("patient.retired", "patient", _RENAMED, "prior", "retired"),
)

MAP = Map("adt", ("ADT",), ADMISSION_GROUPS, ADMISSION, (*_VISITS, *_CANCELLATIONS, *_PATIENTS, *_MERGES))
