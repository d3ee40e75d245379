"""`answer.linked`: an answer or acknowledgement and what it answers, once both have come, whichever came first."""

from pydantic import Field

from schemas.events.common import Event, Text, about


class AnswerLinked(Event):
    """An answer and what it answers. Envelope and provenance are those of the answer.

    A better link that is found later has the attribute `replaces`, the id of the one that counts no more.
    """

    answer: str = Field(description="Id of the answer's event.")
    answer_kind: str = Field(description="Kind of the answer, e.g. eligibility.answered.")
    part: Text = about("JSON Pointer to the part of the answer that is meant, e.g. one set of a 999; absent: the whole.")
    request: str = Field(
        description="What is answered: the id of an event, or for a set, group or interchange its receipt and the byte offset of its first segment."
    )
    request_level: str = Field(description="What `request` names: event, set, group or interchange.")
    request_kind: str = Field(description="Kind of the event that is answered, or of an event in the set, group or interchange.")
    rule: str = Field(description="The rule that made the link.")
    on: list[str] = Field(description="What is equal in both.")


KINDS = {"answer.linked": AnswerLinked}
