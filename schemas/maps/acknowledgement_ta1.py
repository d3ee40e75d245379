"""Map table of the TA1: one `submission.acknowledged` for the interchange it speaks of."""

from schemas.maps.mapping import Emit, Field, Map, Obj, Seg

MAP = Map(
    name="acknowledgement_ta1",
    guide="TA1",
    objects=(Obj("ST", ""),),
    segments=(
        Seg("ST", "TA1", (
            Field("01", "acknowledged_interchange.control_number"), Field("02", "acknowledged_interchange.date", "date"),
            Field("03", "acknowledged_interchange.time", "time"), Field("04", "acknowledged_interchange.code"),
            Field("04", "outcome", "disposition"), Field("05", "acknowledged_interchange.note"),
        )),
    ),
    emits=(
        Emit(
            event="submission.acknowledged", loop="ST", item="TA1", key=("acknowledged_interchange.control_number",), lane="batch", topic="batches",
        ),
    ),
)  # fmt: skip
