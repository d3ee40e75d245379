"""Map table of laboratory results that stand below their specimen (OUL R22, and others whose specimens come first)."""

from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Group, Map
from schemas.maps.v2.results import HELD, REPORTED, SEGMENTS
from schemas.maps.v2.specimen_results import OBSERVATION, OBSERVED, OBSERVED_ROWS, OPENS
from schemas.maps.v2.specimens import SPECIMEN_TAGS, by_specimen


def results(name: str, shape: str) -> Map:
    parent, groups, rows = by_specimen(by_container=shape == "container")
    held = tuple(tag for tag in HELD if tag not in SPECIMEN_TAGS)
    return Map(
        name=name,
        messages=("ORU", "OUL"),
        groups=(*CONTEXT_GROUPS, *groups, Group("report", OPENS, held, "reports[]", parent, any_order=True), OBSERVATION, OBSERVED),
        segments=(*CONTEXT, *rows, *(row for row in SEGMENTS if row.tag not in SPECIMEN_TAGS), *OBSERVED_ROWS),
        emits=(REPORTED,),
        shape=shape,
    )


MAP = results("result_by_specimen", "specimen")
