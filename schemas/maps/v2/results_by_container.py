"""Map table of laboratory results that stand below their container (OUL R23, and others whose containers come first)."""

from schemas.maps.v2.results_by_specimen import results

MAP = results("result_by_container", "container")
