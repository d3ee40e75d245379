"""Map table of the answers to orders that stand below their container (ORL O36, O43, and others whose containers come first)."""

from schemas.maps.v2.responses import answers
from schemas.maps.v2.specimens import SPECIMEN_TAGS, by_specimen

MAP = answers("response_by_container", ("ORL",), *by_specimen(by_container=True), SPECIMEN_TAGS, "container")
