"""Ports that the controller owns: time, the timetable, and what is remembered. Adapters stand beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from profiles.limits import Person
from profiles.plan import Live, Override, Plan, Stop


class Clock(Protocol):
    """Wall time and monotonic time. Only this port tells time; everything else takes it as an argument."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never step, from an arbitrary start."""


class Timetable(Protocol):
    """Wakes the engine at one instant: the next boundary. A tick, never the judge (`reliability.md`)."""

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; `wake` is called from the timetable's own thread and must only enqueue."""

    def wake_at(self, instant: datetime | None) -> None:
        """Replace the one instant that is waited for; None waits for nothing."""

    def rebuild(self) -> None:
        """Begin anew after a step of the wall clock, with the instant that was set last."""

    def stop(self) -> None:
        """End the timetable's thread. May be called twice."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person signed in, a token, or the system itself. Asked for at every use case."""

    name: str
    person: Person


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A published plan. Versions count from 1 and are never re-used; the newest is in force.

    `plan`: what is in force, with what HQ says to this store (rule 3). `local`: the store's own part of it, where that
    is another one.
    """

    version: int
    digest: str
    author: str
    note: str
    at: datetime
    plan: Plan
    local: Plan | None = None

    @property
    def own(self) -> Plan:
        """The store's own part: what people here publish, export and bring in."""
        return self.plan if self.local is None else self.local


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the append-only record, numbered within `journal_id`, chained by `hash` to the one before."""

    journal_id: str
    number: int
    at: datetime
    kind: str
    body: Mapping[str, object]
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be recorded. `kind` is a dotted word (`override.pressed`); `body` is JSON without secrets."""

    kind: str
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScentRun:
    """When a fragrance was last diffused in a zone: what the purge hold rests on. Survives a restart."""

    zone: str
    fragrance: str
    last_on: datetime
    intensity_pct: float


@dataclass(frozen=True, slots=True)
class LocalChange:
    """Somebody changed a device at its own switch, and its policy is to yield until `until`."""

    device: str
    seen: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CueMark:
    """What a person did about one occurrence of a cue. `outcome`: done or skipped."""

    occurrence: str
    outcome: str
    by: str
    at: datetime


class Memory(Protocol):
    """What the store remembers: plan versions, live choices, what holds rest on, the epoch, the journal.

    Every method that changes something commits before it returns, together with its journal entries, or raises
    `controller.errors.Unavailable` (full or read-only disk) and changes nothing. Methods may be called from any thread.
    """

    def plan_in_force(self) -> PlanVersion | None:
        """The newest plan version, or None before the first."""

    def plan_versions(self, limit: int = 50) -> list[PlanVersion]:
        """The newest versions first."""

    def plan_version(self, number: int) -> PlanVersion | None:
        """The version of this number, or None where there is none, or where it cannot be read any more."""

    def publish(
        self, plan: Plan, author: str, note: str, at: datetime, entry: Entry, *, local: Plan | None = None,
        upon: int | None = None,
    ) -> PlanVersion:
        """Add a version. The same plan and own part as those in force return that one, unchanged.

        `local`: the store's own part, where HQ says something as well. `upon`: the version in force (0: none) that this
        was made from; raises Conflict if it is another by now.
        """

    def live(self, since: datetime) -> Live:
        """Overrides and stops that are alive or ended after `since`, overrides in the order of the presses."""

    def add_overrides(self, overrides: tuple[Override, ...], at: datetime, entry: Entry) -> None:
        """Commit the overrides of one press."""

    def end_overrides(self, ids: tuple[str, ...], at: datetime, entry: Entry) -> None:
        """Set `ended` on overrides that have not ended. Where none had to be ended, nothing is recorded."""

    def add_stop(self, stop: Stop, at: datetime, entry: Entry) -> None:
        """Commit a stop."""

    def end_stops(self, ids: tuple[str, ...], by: str, at: datetime, entry: Entry) -> None:
        """Set `ended` on stops that have not ended. Where none had to be ended, nothing is recorded."""

    def raise_epoch(self, above: int) -> int:
        """Commit and return 1 + the higher of `above` and the highest epoch so far (rule 17)."""

    def hold_lease(self, owner: str, at: datetime, for_s: float) -> bool:
        """Take or renew the right to act until `for_s` seconds after `at`; False while another owner has it.

        For databases that several machines share; two stores on one machine are kept apart by `hold_folder`.
        """

    def release_lease(self, owner: str) -> None:
        """Give the right to act back, if `owner` has it."""

    def scent_runs(self) -> list[ScentRun]:
        """The newest run of each zone and fragrance."""

    def note_scent(self, runs: tuple[ScentRun, ...]) -> None:
        """Replace the runs of the zones and fragrances named."""

    def local_changes(self) -> list[LocalChange]:
        """Local changes that are remembered, ended ones included until forgotten."""

    def note_local_change(self, change: LocalChange, entry: Entry) -> None:
        """Replace the local change of a device."""

    def forget_local_changes(self, devices: tuple[str, ...]) -> None:
        """Take local changes away."""

    def last_seen(self) -> dict[str, datetime]:
        """When each device was last heard, as far as it was noted."""

    def note_last_seen(self, seen: Mapping[str, datetime]) -> None:
        """Note when devices were last heard; called at most every half minute and at the end."""

    def cue_marks(self, since: datetime) -> list[CueMark]:
        """The marks that were made at or after `since`, oldest first."""

    def mark_cue(self, occurrence: str, mark: CueMark | None, at: datetime, entry: Entry) -> None:
        """Replace the mark of an occurrence; None takes it away. Where there is none to take, nothing is recorded."""

    def record(self, at: datetime, *entries: Entry) -> None:
        """Append to the journal."""

    def record_all(self, entries: Sequence[tuple[datetime, Entry]]) -> None:
        """Append entries of several instants, in the order given: all, or none."""

    def journal(self, after: int = 0, limit: int = 500) -> list[JournalEntry]:
        """Entries with a higher number than `after`, in order."""

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end, of these kinds (empty: of all), by their number, or the newest first."""

    def newest_entry(self) -> JournalEntry | None:
        """The last entry: the wall clock must not be before it (rule 15)."""

    def close(self) -> None:
        """Release files and connections."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in. `password_hash` is argon2id's encoded form and never leaves the accounts room."""

    name: str
    person: Person
    password_hash: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in on the server's side. `key` is the SHA-256 of what the cookie holds; `seen` moves with use."""

    key: str
    name: str
    made: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token for a program. `key` is the SHA-256 of the secret; the secret is shown once."""

    key: str
    label: str
    person: Person
    made: datetime
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Throttle:
    """Failed sign-ins of one account or source: how many in a row, and when the last was."""

    subject: str
    failures: int
    last: datetime


class People(Protocol):
    """What is remembered of accounts, sessions, tokens and failed sign-ins. Commits before it returns."""

    def account(self, name: str) -> Account | None:
        """The account of this name, case-folded."""

    def accounts(self) -> list[Account]:
        """Every account."""

    def put_account(self, account: Account, at: datetime, entry: Entry) -> None:
        """Add or replace an account."""

    def session(self, key: str) -> Session | None:
        """The session of this key."""

    def put_session(self, session: Session) -> None:
        """Add or replace a session."""

    def drop_sessions(
        self, *, key: str | None = None, name: str | None = None, seen_before: datetime | None = None
    ) -> int:
        """Take away the sessions that meet every condition given; without a condition none. Returns how many."""

    def token(self, key: str) -> Token | None:
        """The token of this key."""

    def tokens(self) -> list[Token]:
        """Every token, revoked ones too."""

    def put_token(self, token: Token, at: datetime, entry: Entry) -> None:
        """Add or replace a token."""

    def throttle(self, subject: str) -> Throttle | None:
        """Failures of a subject."""

    def put_throttle(self, throttle: Throttle) -> None:
        """Replace the failures of a subject; 0 failures takes the row away. Rows two days older go as well."""
