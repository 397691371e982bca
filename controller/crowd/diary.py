"""The journal of a light store: numbered and chained as a real one, and forgotten where HQ has acknowledged it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime

from controller.ports import Entry, JournalEntry
from controller.storage.chain import GENESIS, seal


class Diary:
    """Entries that HQ has not acknowledged, and where the chain ends."""

    def __init__(self, journal_id: str) -> None:
        """Empty. `journal_id`: another one in every store and at every start."""
        self.id = journal_id
        self.newest = 0
        self._hash = GENESIS
        self._waiting: deque[JournalEntry] = deque()

    def add(self, at: datetime, kind: str, body: Mapping[str, object]) -> None:
        """Write one more entry."""
        entry = seal(self.id, (self.newest, self._hash), at, Entry(kind, body))
        self.newest, self._hash = entry.number, entry.hash
        self._waiting.append(entry)

    def entries(self, numbers: range) -> list[JournalEntry]:
        """Those of these numbers that are still here."""
        return [entry for entry in self._waiting if entry.number in numbers]

    def acknowledged(self, number: int) -> None:
        """HQ has everything up to here."""
        while self._waiting and self._waiting[0].number <= number:
            self._waiting.popleft()
