"""What the target's partitions say of a copy under way: kept with the read positions of the group `copy`, in the transactions that append records."""

from typing import Literal, NamedTuple

import orjson

from gateway.seams import Committed

GROUP = "copy"


class Mark(NamedTuple):
    """`log`: id of the source. `start`: the first offset it had when the copy began, `next`: where copying goes on."""

    log: str
    start: int
    next: int
    stage: Literal["copying", "done"] = "copying"

    def position(self) -> Committed:
        """The read position itself says nothing: the group does not read."""
        return Committed(0, orjson.dumps(self._asdict()).decode())

    @classmethod
    def of(cls, committed: Committed | None) -> "Mark | None":
        return cls(**orjson.loads(committed.metadata)) if committed is not None and committed.metadata else None
