"""The record that ADT and BAR messages tell, with what was measured and noted on admission."""

from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.observation_parts import observations

_OBSERVATION, _OBSERVED = observations("patient")
ADMISSION_GROUPS = (*CONTEXT_GROUPS, _OBSERVATION)
ADMISSION = (*CONTEXT, *_OBSERVED)
