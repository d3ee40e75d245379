"""Guide table of the answer to a 278 inquiry (005010X215): the table of the inquiry with other purpose codes in BHT02.

Weakest: the purpose codes, 11 as in the other answers and 49 from one published sample.
"""

from .x215_278_inquiry import TABLE as INQUIRY

GUIDE = "278-inquiry-response"
TRANSACTION = "278"
FUNCTIONAL_GROUP = "HI"
VERSIONS = ("005010X215",)
RELATED: dict[str, str] = {}
PURPOSES = ("11", "49")
PARTIAL = True

TABLE = INQUIRY.replace("=0007 | R ID 2-2 |", "=0007 | R ID 2-2 =11,49 |", 1)
