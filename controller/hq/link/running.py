"""A link on a thread of its own. What fails in a round is logged, and the next one comes."""

from __future__ import annotations

import logging
import threading

from controller.hq.link.link import Link
from controller.ports import Clock

log = logging.getLogger("sinne.hq")

#: After a round that broke: long enough not to fill a disk with the log of it.
_BROKEN_S = 30.0


class RunningLink:
    """Runs a link from `start` to `stop`."""

    def __init__(self, link: Link, clock: Clock) -> None:
        """Nothing is started."""
        self.link = link
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        """Connect, and deal with what comes. Returns at once."""
        self._thread.start()
        self.link.start()

    def stop(self) -> None:
        """End, and leave HQ's broker in good order."""
        self.link.inbox.end()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(10)
        self.link.stop()

    def _run(self) -> None:
        due: float | None = self._clock.monotonic()
        while not self.link.inbox.ended:
            timeout_s = None if due is None else max(0.0, due - self._clock.monotonic())
            events, _nudged = self.link.inbox.take(timeout_s)
            if self.link.inbox.ended:
                return
            try:
                due = self.link.turn(events)
            except Exception:
                log.exception("A round of the link to HQ failed; it goes on")
                due = self._clock.monotonic() + _BROKEN_S
