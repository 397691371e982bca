"""Journal entries of the engine, written without ever stopping it: a full disk is no reason to go dark."""

from __future__ import annotations

import logging
from collections import deque
from datetime import datetime

from controller.errors import SinneError
from controller.ports import Entry, Memory

log = logging.getLogger("sinne.engine")

#: Entries kept while the disk refuses them; beyond that the oldest are lost, and counted.
MOST_KEPT = 10_000


class Recorder:
    """Appends to the journal, keeps what could not be written, and says what is wrong."""

    def __init__(self, memory: Memory) -> None:
        """Record into `memory`."""
        self._memory = memory
        self._waiting: deque[tuple[datetime, Entry]] = deque(maxlen=MOST_KEPT)
        self.trouble = ""

    def record(self, at: datetime, kind: str, **body: object) -> None:
        """Put an entry aside for the next `flush`."""
        self._waiting.append((at, Entry(kind, body)))

    @staticmethod
    def entry(kind: str, **body: object) -> Entry:
        """An entry for a change that is committed together with it."""
        return Entry(kind, body)

    def flush(self) -> None:
        """Write what waits, in one commit a moment. Never raises."""
        while self._waiting:
            at = self._waiting[0][0]
            batch = [entry for moment, entry in self._waiting if moment == at]
            try:
                self._memory.record(at, *batch)
            except SinneError as refusal:
                if not self.trouble:
                    log.error("The journal cannot be written: %s", refusal)
                self.trouble = str(refusal)
                return
            for _ in batch:
                self._waiting.popleft()
        self.trouble = ""
