"""Map table of the answers to orders that stand below their specimen (ORL O34, O42, and others whose specimens come first)."""

from schemas.maps.v2.responses import answers
from schemas.maps.v2.specimens import SPECIMEN_TAGS, by_specimen

MAP = answers("response_by_specimen", ("ORL",), *by_specimen(by_container=False), SPECIMEN_TAGS, "specimen")
