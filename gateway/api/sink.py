"""The sink that every source of a feed hands its messages to: intake on one side, the receipt's outcome on the other."""

import asyncio
from collections.abc import AsyncIterator

from connectors.source import OverLimitError, RefusedError, Report
from gateway.pipeline.intake import TooLargeError, UnknownFeedError
from gateway.runtime import FINAL, Gateway

REPORT_FINDINGS = 1000
"""Findings that go into a report file; all are kept with the receipt."""


class FeedSink:
    """Implements connectors.source.Sink for one feed."""

    def __init__(self, gateway: Gateway, site: str, feed: str) -> None:
        self._gateway, self._site, self._feed = gateway, site, feed

    async def accept(self, name: str, content_type: str, chunks: AsyncIterator[bytes]) -> str:
        """Raises RefusedError or OverLimitError for what intake will never take; its other errors mean that it may later."""
        try:
            accepted = await self._gateway.intake.accept(self._site, self._feed, chunks, name, content_type or "application/octet-stream")
        except TooLargeError as error:
            raise OverLimitError(str(error)) from None
        except UnknownFeedError:
            raise RefusedError("there is no such feed any more") from None
        return accepted.receipt

    async def outcome(self, receipt: str) -> Report | None:
        """Counts and the first findings once the file is done, failed, held or dropped."""
        state = self._gateway.state
        found = await asyncio.to_thread(state.receipts.get, receipt)
        if found is None or found.status not in FINAL:
            return None
        findings = await asyncio.to_thread(state.receipts.findings, receipt, -1, REPORT_FINDINGS)
        return {
            "status": found.status, "site": found.site, "feed": found.feed, "sha256": found.sha256, "size": found.size,
            "received_at": found.received_at, "finished_at": found.finished_at, "events": found.events, "counts": found.counts,
            "worst": found.worst, "findings": [finding.line for finding in findings],
        }  # fmt: skip


__all__ = ["FeedSink"]
