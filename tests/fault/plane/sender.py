"""The senders: one per feed, each keeps a file until it was answered 202 and only then goes on to its next one."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.fault.plane.files import FEEDS, SITE, File
from tests.fault.plane.plane import Plane
from tests.servers.process import wait_until

TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 0.2
LONGEST_PAUSE = 5.0
"""As long as Retry-After asks, but never longer."""


class Load:
    """`rate`: claims a second over all feeds, None: as fast as they are taken. Counts are of tries that were not answered 202, by feed."""

    def __init__(self, plane: Plane, files: Sequence[File], rate: float | None) -> None:
        self.acknowledged: dict[Path, str] = {}
        self.refused: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.longest = 0.0
        self.error: BaseException | None = None
        self._plane, self._files, self._rate = plane, files, rate
        self._total = sum(file.claims for file in files)
        self._sent_claims = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._run, args=(feed,), name=f"sender-{feed}", daemon=True) for feed in FEEDS]

    def start(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    @property
    def share(self) -> float:
        """Of all claims, how much has been acknowledged."""
        return self._sent_claims / self._total

    def wait_share(self, share: float, seconds: float = 600) -> None:
        """Until so much has been acknowledged."""
        wait_until(lambda: self.error is not None or self.share >= share, seconds, f"{share:.0%} of the claims are acknowledged")
        self.check()

    def taken(self, feed: str) -> int:
        """Files of this feed acknowledged so far."""
        with self._lock:
            return sum(file.feed == feed for file in self._files if file.path in self.acknowledged)

    def finish(self, seconds: float = 600) -> None:
        """Until everything was acknowledged."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self.check()
        assert not any(thread.is_alive() for thread in self._threads), f"{self.share:.0%} of the claims acknowledged after {seconds:g} s"

    def stop(self) -> None:
        """Give up what is left."""
        self._over.set()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS + LONGEST_PAUSE)

    def check(self) -> None:
        if self.error is not None:
            raise AssertionError(f"a sender failed: {self.error}") from self.error

    def _run(self, feed: str) -> None:
        try:
            due = 0
            with httpx.Client(headers={"Authorization": f"Bearer {self._plane.token}"}, timeout=TIMEOUT_SECONDS) as http:
                for file in self._files:
                    if file.feed == feed and not self._wait(due):
                        self._deliver(http, file)
                    due += file.claims
        except BaseException as error:
            self.error = self.error or error

    def _wait(self, due: int) -> bool:
        """Until it is this file's turn; True when all is over."""
        seconds = self._began + due / self._rate - time.monotonic() if self._rate else 0.0
        return self._over.wait(max(0.0, seconds))

    def _deliver(self, http: httpx.Client, file: File) -> None:
        content, began = file.path.read_bytes(), time.monotonic()
        while not self._over.is_set():
            pause = PAUSE_SECONDS
            try:
                answer = http.post(f"{self._plane.intake.url}/v1/intake/{SITE}/{file.feed}", content=content)
            except httpx.TransportError:
                self._count(self.broken, file.feed)
            else:
                if answer.status_code == 202:
                    self._taken(file, answer.json()["receipt"], time.monotonic() - began)
                    return
                assert answer.status_code == 503, f"a file was answered {answer.status_code}"
                pause = min(float(answer.headers["retry-after"]), LONGEST_PAUSE)
                self._count(self.refused, file.feed)
            self._over.wait(pause)

    def _count(self, counter: Counter[str], feed: str) -> None:
        with self._lock:
            counter[feed] += 1

    def _taken(self, file: File, receipt: str, seconds: float) -> None:
        with self._lock:
            self.acknowledged[file.path] = receipt
            self._sent_claims += file.claims
            self.longest = max(self.longest, seconds)
