"""What a store remembers of HQ, gone with the process: the `ShelfMemory` port in plain Python."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from controller.hq.store_ports import Enrolment, Kept, Name
from controller.ports import Entry, JournalEntry


class Home(Protocol):
    """The memory that it belongs to."""

    def saving(self) -> threading.RLock: ...
    def record(self, at: datetime, *entries: Entry) -> None: ...
    def journal(self, after: int = 0, limit: int = 500) -> Sequence[JournalEntry]: ...


class FakeShelf:
    def __init__(self, home: Home) -> None:
        self._home = home
        self._enrolment: Enrolment | None = None
        self._empty()

    def enrolment(self) -> Enrolment | None:
        return self._enrolment

    def enrol(self, enrolment: Enrolment, at: datetime, entry: Entry) -> None:
        with self._home.saving():
            self._home.record(at, entry)
            if self._enrolment is None or self._enrolment.organisation != enrolment.organisation:
                self._empty()
            self._enrolment = enrolment

    def leave(self, at: datetime, entry: Entry) -> None:
        with self._home.saving():
            self._home.record(at, entry)
            self._empty()
            self._enrolment = None

    def shelf(self) -> list[Kept]:
        return list(self._kept.values())

    def keep(self, *kept: Kept) -> None:
        with self._home.saving():
            for each in kept:
                self._kept.pop(each.name, None)
                self._kept[each.name] = each

    def forget(self, names: Iterable[Name]) -> None:
        with self._home.saving():
            for name in names:
                self._kept.pop(name, None)

    def acknowledged(self) -> int:
        return self._done

    def note_acknowledged(self, journal_id: str, number: int) -> None:
        with self._home.saving():
            if any(entry.journal_id == journal_id for entry in self._home.journal(limit=1)):
                self._done = max(self._done, number)

    def answered(self, request: str) -> str | None:
        found = self._answered.get(request)
        return None if found is None else found[0]

    def note_answered(
        self, request: str, answer: str, at: datetime, expires: datetime, entry: Entry | None = None,
    ) -> None:
        with self._home.saving():
            self._answered = {name: kept for name, kept in self._answered.items() if kept[1] >= at}
            if request not in self._answered:
                if entry is not None:
                    self._home.record(at, entry)
                self._answered[request] = (answer, expires)

    def _empty(self) -> None:
        self._kept: dict[Name, Kept] = {}
        self._answered: dict[str, tuple[str, datetime]] = {}
        self._done = 0
