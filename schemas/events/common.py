"""Values and parts that events of every kind share. Published schemas are open for additions; the models themselves accept nothing unknown."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema
from typing_extensions import TypeAliasType

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,2})?)?"

Amount = TypeAliasType(
    "Amount",
    Annotated[
        str,
        Field(pattern=r"^-?(0|[1-9][0-9]*)[.][0-9]{2}([0-9]*[1-9])?$", description="Money as decimal text with two decimals or more, e.g. `120.50`."),
    ],
)
Quantity = TypeAliasType(
    "Quantity",
    Annotated[
        str, Field(pattern=r"^-?(0|[1-9][0-9]*)([.][0-9]*[1-9])?$", description="A number as decimal text without needless zeros, e.g. `1.5`.")
    ],
)
Date = TypeAliasType("Date", Annotated[str, Field(pattern=f"^{_DAY}$", description="A day, YYYY-MM-DD.")])
Time = TypeAliasType("Time", Annotated[str, Field(pattern=f"^{_CLOCK}$", description="A time of day, HH:MM and finer where the source was.")])
Moment = TypeAliasType(
    "Moment",
    Annotated[str, Field(pattern=f"^({_DAY}(T{_CLOCK})?|{_CLOCK})$", description="A day, a day with time, or a time, as precise as the source was.")],
)


class _PlainNames(GenerateJsonSchema):
    """JSON Schema of what events hold: an absent value is an absent key, so nothing is nullable and nothing has a default."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class _WithNull(_PlainNames):
    """The same where the source can say that a value is to be deleted: an HL7 null is JSON null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        return {**inner, "type": [inner["type"], "null"]} if isinstance(inner.get("type"), str) else {"anyOf": [inner, {"type": "null"}]}


def _open(schema: dict[str, Any]) -> None:
    schema.pop("additionalProperties", None)


class Part(BaseModel):
    """An object of an event. Every key is left out when the source has no value for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_open)


def json_schema(model: type[BaseModel], closed: bool = False) -> dict[str, Any]:
    """JSON Schema (2020-12) of an event model: open for additions as published, or `closed` as tests validate."""
    schema = model.model_json_schema(schema_generator=_WithNull if getattr(model, "nullable", False) else _PlainNames)
    if closed:
        for part in (schema, *schema.get("$defs", {}).values()):
            if part.get("type") == "object" and "properties" in part:
                part["additionalProperties"] = False
    return schema


def json_schemas(models: list[type[BaseModel]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON Schemas of event models that share their parts: (schema by name of the model, part by its name); references name `#/$defs/PART`."""
    generator = _WithNull if any(getattr(model, "nullable", False) for model in models) else _PlainNames
    _, found = models_json_schema([(model, "validation") for model in models], schema_generator=generator)
    parts = found["$defs"]
    return {model.__name__: parts.pop(model.__name__) for model in models}, parts


def about(text: str) -> Any:
    """A field that may be absent, with the sentence that explains it."""
    return Field(default=None, description=text)


Text = str | None
Texts = list[str] | None


class Period(Part):
    """One day or a range of days."""

    start: Moment = Field(description="First day.")
    end: Date | None = about("Last day of a range.")


class Reference(Part):
    """A number that has no field of its own, with the qualifier that says whose or which it is."""

    qualifier: Text = about("Reference qualifier (REF01).")
    value: Text = about("The number itself.")


class DescribedReference(Reference):
    """A number with a description of it."""

    description: Text = about("What the number is, or more of it (REF03).")


class LineReference(Reference):
    """A number of a service line or of its providers."""

    payer_id: Text = about("Payer the number is meant for.")


class Adjustment(Part):
    """One reason why less or more than the charge was paid (one triplet of a CAS)."""

    group: Text = about("Adjustment group: CO, PR, OA, PI or CR.")
    reason: Text = about("Claim adjustment reason code.")
    amount: Amount | None = about("Amount taken off the charge; negative adds to the payment.")
    quantity: Quantity | None = about("Units taken off.")


class Procedure(Part):
    """A procedure, service or product code."""

    qualifier: Text = about("Code system, e.g. HC for CPT and HCPCS.")
    code: Text = about("The code.")
    modifiers: Texts = about("Up to four modifiers in order.")
    description: Text = about("Free text for codes that need one.")


class Interchange(Part):
    """What the ISA says."""

    sender_qualifier: Text = about("Kind of sender id (ISA05).")
    sender: Text = about("Sender id (ISA06), padding removed.")
    receiver_qualifier: Text = about("Kind of receiver id (ISA07).")
    receiver: Text = about("Receiver id (ISA08), padding removed.")
    control_number: Text = about("Interchange control number (ISA13).")
    usage: Text = about("P production or T test (ISA15).")


class Group(Part):
    """What the GS says."""

    sender: Text = about("Application sender (GS02).")
    receiver: Text = about("Application receiver (GS03).")
    control_number: Text = about("Group control number (GS06).")
    version: Text = about("Guide version (GS08).")


class TransactionSet(Part):
    """What the ST says."""

    transaction: Text = about("Transaction set code (ST01).")
    control_number: Text = about("Set control number (ST02).")
    version: Text = about("Guide version (ST03), where the guide has it.")


class Envelope(Part):
    """The X12 envelope an item came in."""

    interchange: Interchange | None = about("Interchange, absent when the file starts below it.")
    group: Group | None = about("Functional group, absent when the file starts below it.")
    set: TransactionSet | None = about("Transaction set.")


class Provenance(Part):
    """Where every value of the event stands in the raw bytes; offsets count bytes of the file, ordinals segments of the set with ST = 1."""

    receipt: str = Field(description="Receipt of the bytes.")
    map: str = Field(description="SHA-256 of the compiled map that made this event.")
    isa: int | None = about("Offset of the ISA.")
    gs: int | None = about("Offset of the GS.")
    st: int | None = about("Offset of the ST.")
    levels: dict[str, int] | None = about("Offsets of the enclosing 2000 loops by loop id.")
    item: int = Field(description="Offset of the item's first segment.")
    ordinal: int = Field(description="Ordinal of the item's first segment.")
    parts: dict[str, list[int]] | None = about("Ordinals of the repeated parts, by the name of their list.")


class Unmapped(Part):
    """Content of the source that no field takes."""

    ordinal: int = Field(description="Ordinal of the segment.")
    tag: str = Field(description="Segment tag.")
    loop: str = Field(description="Loop it was read in.")
    elements: dict[str, str] = Field(description="Values by element (`03`) or component (`05-2`).")


class Imbalance(Part):
    """A sum that does not come out."""

    level: str = Field(description="Which sum: line, claim, lines_to_claim, payment, cob_line or cob_claim.")
    difference: str = Field(description="Expected minus stated, as decimal text.")
    line: int | None = about("Index in `lines`, for a line.")


class Fact(Part):
    """An event of any format."""


class Event(Fact):
    """What the engine adds to every event of X12."""

    balanced: bool | None = about("False when a balance does not come out; absent otherwise.")
    imbalances: list[Imbalance] | None = about("The balances that do not come out.")
    unmapped: list[Unmapped] | None = about("Content that no field takes, counted per element.")
    envelope: Envelope = Field(description="Envelope the item came in.")
    provenance: Provenance = Field(description="Where the item stands in the raw bytes.")
