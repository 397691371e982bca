"""What the engine has to write down, written without ever stopping it: a full disk is no reason to go dark.

What is refused is kept and tried again after a pause, in order; meanwhile there is one trouble to tell people of.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime

from controller.errors import SinneError, Unavailable
from controller.ports import Entry, Memory

log = logging.getLogger("sinne.engine")

#: Entries kept while the disk refuses them; beyond that the oldest are lost.
MOST_KEPT = 10_000
#: A disk that refused is asked again after this, or after what it says itself.
TRY_AGAIN_S = 5.0
#: While the engine is busy, entries are gathered for so long.
GATHER_S = 0.25


class Recorder:
    """Appends to the journal and commits notes; keeps what could not be written, and says what is wrong."""

    def __init__(self, memory: Memory) -> None:
        """Record into `memory`."""
        self._memory = memory
        self._waiting: deque[tuple[datetime, Entry]] = deque(maxlen=MOST_KEPT)
        #: Commits that were refused, by what they are about: a newer one replaces an older.
        self._unsaved: dict[str, Callable[[], None]] = {}
        self.trouble = ""
        #: The steady instant before which a disk that refused is left alone; None while nothing is wrong.
        self.due: float | None = None
        #: Steady seconds; the engine sets it at each round.
        self.now = 0.0
        #: Since when the oldest entry waits.
        self._since = 0.0

    def record(self, at: datetime, kind: str, **body: object) -> None:
        """Put an entry aside for the next `flush`."""
        if not self._waiting:
            self._since = self.now
        self._waiting.append((at, Entry(kind, body)))

    def save(self, about: str, commit: Callable[[], None]) -> None:
        """Commit now, or keep at it from `flush` to `flush`. Never raises.

        Only a refusal for the moment is tried again; what will never work is logged and dropped.
        """
        self._unsaved.pop(about, None)
        if self.due is not None:
            self._unsaved[about] = commit  # after what was refused before it
            return
        self._try(about, commit)

    def refused(self, sentence: str, retry_after_s: float = TRY_AGAIN_S) -> None:
        """The disk does not take something. Goes away when it takes things again."""
        if not self.trouble:
            log.error("It cannot be written down: %s", sentence)
        self.trouble = sentence
        self.due = self.now + max(TRY_AGAIN_S, min(retry_after_s, 60.0))

    @property
    def waits(self) -> bool:
        """Whether the disk is left alone for the moment, because it refused."""
        return self.due is not None and self.now < self.due

    def end(self, at: datetime) -> None:
        """The engine ends in good order: that is written with what waits. One that was killed leaves no such word."""
        self.record(at, "engine.stopped")
        self.flush()

    def flush(self, busy: bool = False) -> None:
        """Write what waits, if it is time. Never raises. `busy`: there is more to deal with at once, so what is only
        told of, and promised to nobody, may wait a moment for more of its kind: a commit is a wait for the disk.
        """
        if self.waits or (busy and self.now < self._since + GATHER_S and self.due is None and not self._unsaved):
            return
        was_refused, self.due = self.due is not None, None
        for about, commit in list(self._unsaved.items()):
            if self.due is None and self._unsaved.pop(about, None) is not None:
                self._try(about, commit)
        if self._waiting and self.due is None and not self._write(list(self._waiting)):
            return
        if was_refused and self.due is None:
            log.info("It can be written down again.")
            self.trouble = ""

    def _write(self, batch: list[tuple[datetime, Entry]]) -> bool:
        """Write entries in one transaction, the more the fewer times the disk is waited for; False: it refuses."""
        try:
            self._memory.record_all(batch)
        except SinneError as refusal:
            self.refused(str(refusal), getattr(refusal, "retry_after_s", TRY_AGAIN_S))
            return False
        except Exception:  # a fault of ours, and no reason to fail at every round from now on
            if len(batch) > 1:
                return all(self._write([one]) for one in batch)
            log.exception("An entry (%s) cannot be written down and is left out", batch[0][1].kind)
        for _ in batch:
            self._waiting.popleft()
        return True

    def _try(self, about: str, commit: Callable[[], None]) -> None:
        try:
            commit()
        except Unavailable as refusal:
            self._unsaved[about] = commit
            self.refused(str(refusal), refusal.retry_after_s)
        except SinneError as refusal:
            log.error("%s was not noted: %s", about, refusal)
        except Exception:
            log.exception("%s was not noted", about)
