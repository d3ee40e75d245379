"""What the Kafka library logs: warnings, each at most every half minute. Its debug lines hold keys and values and are never written."""

import logging
import time

EVERY_SECONDS = 30.0
REMEMBERED = 200
_NAMES = ("aiokafka", "aiokafka.cluster", "aiokafka.conn", "aiokafka.consumer.group_coordinator", "aiokafka.consumer.subscription_state")


class Seldom(logging.Filter):
    """Lets a message through once in a while. Messages are the same when their unformatted text is."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        text = str(record.msg)
        if now - self._seen.get(text, -EVERY_SECONDS) < EVERY_SECONDS:
            return False
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[text] = now
        return True


def quieten() -> None:
    """Idempotent."""
    for name in _NAMES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        if not any(isinstance(known, Seldom) for known in logger.filters):
            logger.addFilter(Seldom())
