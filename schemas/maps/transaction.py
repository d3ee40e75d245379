"""Rows of the head of a transaction set that has a hierarchy."""

from schemas.maps.mapping import Field, Seg

HEAD: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BHT", (
        Field("02", "purpose"), Field("03", "reference"), Field("04", "created_date", "date"), Field("05", "created_time", "time"),
        Field("06", "type"),
    )),
)  # fmt: skip
