"""Reviews of health care services: what a 278 asks (`requested`), inquires or notifies of, and what the other side answers or acknowledges.

One event is one patient event with its services. What an answer rejects above any patient event is an event of its own, in which only the
parties down to that level stand.
"""

from schemas.events.authorization_parts import (
    Answer,
    AnsweredService,
    PatientEvent,
    RequestedService,
    ReviewMember,
    ReviewParty,
    ReviewTransaction,
    StatedEvent,
    StatedService,
)
from schemas.events.common import Event, Text, about


class _OfPatient(Event):
    """Whose review it is, and the set it came in."""

    transaction: ReviewTransaction | None = about("Head of the set.")
    subscriber: ReviewMember | None = about("Subscriber.")
    patient: ReviewMember | None = about("The dependent the review is for; the subscriber when there is none.")


class _Reviewed(_OfPatient):
    """Who asks whom."""

    reviewer: ReviewParty | None = about("Who reviews: the utilisation management organisation.")
    requester: ReviewParty | None = about("Who asks.")


class AuthorizationRequested(PatientEvent, _Reviewed):
    """A request for the review of one patient event and its services (278 X217)."""

    previous_administrative_reference: Text = about("The reviewer's number of an earlier case that was not decided.")
    services: list[RequestedService] | None = about("Services asked for.")


class AuthorizationAnswered(Answer, StatedEvent, _Reviewed):
    """The answer to a request (278 X217) or to an inquiry (X215) about one patient event, or a rejection above it."""

    services: list[AnsweredService] | None = about("Services with what was decided on each.")


class AuthorizationInquired(StatedEvent, _Reviewed):
    """An inquiry about authorisations (278 X215). What of an outcome stands in it is what the sender put there."""

    services: list[StatedService] | None = about("Services asked about.")


class _BetweenSenders(_OfPatient):
    """Who notifies whom."""

    sender: ReviewParty | None = about("Who notifies.")
    receiver: ReviewParty | None = about("Who is notified.")


class AuthorizationNotified(StatedEvent, _BetweenSenders):
    """A notification of a patient event or of a review (278 X216)."""

    services: list[StatedService] | None = about("Services of the event.")


class AuthorizationAcknowledged(Answer, StatedEvent, _BetweenSenders):
    """The acknowledgment of a notification (278 X216)."""

    services: list[AnsweredService] | None = about("Services of the event.")


KINDS = {
    "authorization.requested": AuthorizationRequested,
    "authorization.answered": AuthorizationAnswered,
    "authorization.inquired": AuthorizationInquired,
    "authorization.notified": AuthorizationNotified,
    "authorization.acknowledged": AuthorizationAcknowledged,
}
