"""Guide table of the acknowledgment of a 278 notification (005010X216): the table of the notification with other purpose codes in BHT02.

Weakest: the purpose codes, 53 (received) from a published example of a later version, 44 (rejected) and 11 by analogy.
"""

from .x216_278_notification import TABLE as NOTIFICATION

GUIDE = "278-acknowledgment"
TRANSACTION = "278"
FUNCTIONAL_GROUP = "HI"
VERSIONS = ("005010X216",)
RELATED: dict[str, str] = {}
PURPOSES = ("11", "44", "53")
PARTIAL = True

TABLE = NOTIFICATION.replace("=0007 | R ID 2-2 |", "=0007 | R ID 2-2 =11,44,53 |", 1)
