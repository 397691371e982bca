"""A store's memory that is gone with the process: the `Memory` and `People` ports in plain Python.

`FakeMemory().fill_the_disk()` makes every change raise Unavailable until `make_room()`, as a full disk does.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from controller.errors import Conflict, Refused, Unavailable
from controller.ports import (
    Account,
    CueMark,
    Entry,
    JournalEntry,
    LocalChange,
    PlanVersion,
    ScentRun,
    Session,
    Throttle,
    Token,
)
from controller.storage.chain import GENESIS, seal
from profiles.plan import Live, Override, Plan, Stop
from tests.controller.shelf_fake import FakeShelf


class FakeMemory:
    """The `Memory` port; `people` is the `People` port beside it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._full = False
        self._plans: list[PlanVersion] = []
        self._overrides: dict[str, Override] = {}
        self._stops: dict[str, Stop] = {}
        self._epoch = 0
        self._lease: tuple[str, datetime] | None = None
        self._scent: dict[tuple[str, str], ScentRun] = {}
        self._local: dict[str, LocalChange] = {}
        self._seen: dict[str, datetime] = {}
        self._marks: dict[str, CueMark] = {}
        self._journal: list[JournalEntry] = []
        self.people = FakePeople(self)
        self.hq = FakeShelf(self)

    # -- steering

    def fill_the_disk(self) -> None:
        """From now on nothing can be saved."""
        self._full = True

    def make_room(self) -> None:
        """Things can be saved again."""
        self._full = False

    def saving(self) -> threading.RLock:
        """The lock to change something under; raises Unavailable while the disk is full."""
        if self._full:
            raise Unavailable("The disk is full: nothing was saved.", 30)
        return self._lock

    # -- the port

    def plan_in_force(self) -> PlanVersion | None:
        return self._plans[-1] if self._plans else None

    def plan_versions(self, limit: int = 50) -> list[PlanVersion]:
        return self._plans[::-1][:limit]

    def plan_version(self, number: int) -> PlanVersion | None:
        return next((version for version in self._plans if version.version == number), None)

    def publish(
        self, plan: Plan, author: str, note: str, at: datetime, entry: Entry, *, local: Plan | None = None,
        upon: int | None = None,
    ) -> PlanVersion:
        with self.saving():
            in_force = self.plan_in_force()
            if upon not in (None, len(self._plans)):
                raise Conflict("Another version of the plan was published meanwhile. Nothing was changed.")
            local = None if local is None or local.digest == plan.digest else local
            version = PlanVersion(len(self._plans) + 1, plan.digest, author, note, at, plan, local)
            if in_force is not None and (in_force.digest, in_force.own.digest) == (plan.digest, version.own.digest):
                return in_force
            self.record(at, entry)
            self._plans.append(version)
            return version

    def live(self, since: datetime) -> Live:
        with self._lock:
            overrides = [one for one in self._overrides.values() if one.over() > since]
            stops = [one for one in self._stops.values() if one.ended is None or one.ended > since]
        return Live(overrides=tuple(overrides),
                    stops=tuple(sorted(stops, key=lambda one: one.since)))

    def add_overrides(self, overrides: tuple[Override, ...], at: datetime, entry: Entry) -> None:
        with self.saving():
            ids = [one.id for one in overrides]
            if len(set(ids)) < len(ids) or self._overrides.keys() & set(ids):
                raise Conflict("An override of this id exists already: nothing was saved.")
            self.record(at, entry)
            self._overrides.update({one.id: one for one in overrides})

    def end_overrides(self, ids: tuple[str, ...], at: datetime, entry: Entry) -> None:
        with self.saving():
            ending = [one for one in map(self._overrides.get, ids)
                      if one is not None and one.ended is None and one.end > at]
            if ending:
                self.record(at, entry)
                self._overrides.update({one.id: one.model_copy(update={"ended": at}) for one in ending})

    def add_stop(self, stop: Stop, at: datetime, entry: Entry) -> None:
        with self.saving():
            if stop.id in self._stops:
                raise Conflict("A stop of this id exists already: nothing was saved.")
            self.record(at, entry)
            self._stops[stop.id] = stop

    def end_stops(self, ids: tuple[str, ...], by: str, at: datetime, entry: Entry) -> None:
        with self.saving():
            ending = [one for one in map(self._stops.get, ids) if one is not None and one.ended is None]
            if ending:
                self.record(at, entry)
                self._stops.update(
                    {one.id: one.model_copy(update={"ended": at, "ended_by": by}) for one in ending})

    def raise_epoch(self, above: int) -> int:
        if above >= 2**53:
            raise Refused(f"Epoch {above} cannot be right.")
        with self.saving():
            self._epoch = max(above, self._epoch) + 1
            return self._epoch

    def hold_lease(self, owner: str, at: datetime, for_s: float) -> bool:
        with self.saving():
            if self._lease is not None:
                other, until = self._lease
                if other != owner and at < until <= at + timedelta(seconds=2 * for_s):
                    return False
            self._lease = (owner, at + timedelta(seconds=for_s))
            return True

    def release_lease(self, owner: str) -> None:
        with self.saving():
            if self._lease is not None and self._lease[0] == owner:
                self._lease = None

    def scent_runs(self) -> list[ScentRun]:
        return [self._scent[key] for key in sorted(self._scent)]

    def note_scent(self, runs: tuple[ScentRun, ...]) -> None:
        with self.saving():
            self._scent.update({(run.zone, run.fragrance): run for run in runs})

    def local_changes(self) -> list[LocalChange]:
        return [self._local[key] for key in sorted(self._local)]

    def note_local_change(self, change: LocalChange, entry: Entry) -> None:
        with self.saving():
            self.record(change.seen, entry)
            self._local[change.device] = change

    def forget_local_changes(self, devices: tuple[str, ...]) -> None:
        with self.saving():
            for device in devices:
                self._local.pop(device, None)

    def last_seen(self) -> dict[str, datetime]:
        return dict(self._seen)

    def note_last_seen(self, seen: Mapping[str, datetime]) -> None:
        with self.saving():
            self._seen.update(seen)

    def cue_marks(self, since: datetime) -> list[CueMark]:
        with self._lock:
            return sorted((mark for mark in self._marks.values() if mark.at >= since),
                          key=lambda mark: (mark.at, mark.occurrence))

    def mark_cue(self, occurrence: str, mark: CueMark | None, at: datetime, entry: Entry) -> None:
        with self.saving():
            if mark is None and occurrence not in self._marks:
                return
            self.record(at, entry)
            if mark is None:
                del self._marks[occurrence]
            else:
                self._marks[occurrence] = replace(mark, occurrence=occurrence)

    def record(self, at: datetime, *entries: Entry) -> None:
        self.record_all([(at, entry) for entry in entries])

    def record_all(self, entries: Sequence[tuple[datetime, Entry]]) -> None:
        with self.saving():
            grown = list(self._journal)
            for at, entry in entries:
                before = (grown[-1].number, grown[-1].hash) if grown else (0, GENESIS)
                grown.append(seal("fake", before, at, entry))
            self._journal = grown

    def journal(self, after: int = 0, limit: int = 500) -> list[JournalEntry]:
        return [entry for entry in self._journal if entry.number > after][:limit]

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        found = [entry for entry in self._journal if start <= entry.at < end and (not kinds or entry.kind in kinds)]
        return (found[::-1] if newest_first else found)[:limit]

    def newest_entry(self) -> JournalEntry | None:
        return self._journal[-1] if self._journal else None

    def chain_head(self) -> tuple[int, str]:
        return (self._journal[-1].number, self._journal[-1].hash) if self._journal else (0, GENESIS)

    def close(self) -> None:
        """Nothing to release."""


class FakePeople:
    """The `People` port over a `FakeMemory`'s journal and disk."""

    def __init__(self, memory: FakeMemory) -> None:
        self._memory = memory
        self._accounts: dict[str, Account] = {}
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, Token] = {}
        self._throttles: dict[str, Throttle] = {}

    def account(self, name: str) -> Account | None:
        return self._accounts.get(name.casefold())

    def accounts(self) -> list[Account]:
        return [self._accounts[name] for name in sorted(self._accounts)]

    def put_account(self, account: Account, at: datetime, entry: Entry) -> None:
        with self._memory.saving():
            self._memory.record(at, entry)
            self._accounts[account.name.casefold()] = account

    def session(self, key: str) -> Session | None:
        return self._sessions.get(key)

    def put_session(self, session: Session) -> None:
        with self._memory.saving():
            self._sessions[session.key] = session

    def drop_sessions(
        self, *, key: str | None = None, name: str | None = None, seen_before: datetime | None = None
    ) -> int:
        if key is None and name is None and seen_before is None:
            return 0
        with self._memory.saving():
            gone = [one for one in self._sessions.values()
                    if (key is None or one.key == key) and (name is None or one.name.casefold() == name.casefold())
                    and (seen_before is None or one.seen < seen_before)]
            for one in gone:
                del self._sessions[one.key]
            return len(gone)

    def token(self, key: str) -> Token | None:
        return self._tokens.get(key)

    def tokens(self) -> list[Token]:
        return sorted(self._tokens.values(), key=lambda token: (token.label, token.key))

    def put_token(self, token: Token, at: datetime, entry: Entry) -> None:
        with self._memory.saving():
            self._memory.record(at, entry)
            self._tokens[token.key] = token

    def throttle(self, subject: str) -> Throttle | None:
        return self._throttles.get(subject)

    def put_throttle(self, throttle: Throttle) -> None:
        with self._memory.saving():
            self._throttles = {subject: one for subject, one in self._throttles.items()
                               if subject != throttle.subject and one.last >= throttle.last - timedelta(days=2)}
            if throttle.failures:
                self._throttles[throttle.subject] = throttle


class SteeredClock:
    """The `Clock` port, moved by hand."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def pass_by(self, time: timedelta) -> None:
        """Time passes."""
        self._now += time
        self._monotonic += time.total_seconds()

    def step(self, time: timedelta) -> None:
        """Somebody sets the wall clock."""
        self._now += time
