"""Further doors of a store, beside `Planning` and `Overview`: the calendar, cues, announcements, versions of the plan.

Protocols, as in `controller.desk`: the panel, the API and the commands go through the same ones, and tests of the web
floor put fakes behind them. Each change asks for the actor's role, commits before it returns, and raises
`controller.errors` otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from controller.ports import Actor, PlanVersion
from profiles.scene import Setting

# ── cues ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CueShown:
    """One task for a person at one time. `id` names this occurrence; `cue` is the same each time it is asked.

    `standing`: to-come, due, late, done, skipped, or missed: nobody did it, and it is of no use any more (it is asked
    anew, or the day is over). `layer`: the daypart, campaign or choice that brings it, in words. `by`, `at`: who did or
    skipped it, and when. `once`: it is asked in each `zone`, or once for the `store`, in a zone where it holds.
    """

    id: str
    cue: str
    text: str
    sense: str
    zone: str
    zone_name: str
    place: str | None
    role: str
    layer: str
    due: datetime
    late_from: datetime
    standing: str
    by: str | None = None
    at: datetime | None = None
    once: str = "zone"


class Cues(Protocol):
    """Tasks for people: look, and acknowledge. A day of the store ends at its closing where that is past midnight."""

    def today(self) -> date:
        """The day of the store that it is now."""

    def day(self, day: date | None = None) -> list[CueShown]:
        """The cues of a day of the store (None: today), by their time. Raises Refused for one too far away."""

    def open_count(self) -> int:
        """How many of today's wait for somebody: due or late. Never raises: it stands in the bar of every page."""

    def next_change(self) -> datetime | None:
        """The next instant at which one of today's stands differently though nobody does anything; None: not known.

        Never raises, for the same reason.
        """

    def mark(self, occurrence: str, outcome: str, actor: Actor) -> CueShown:
        """`done`, `skipped`, or `open` to take either back; one of today. Raises NotFound, Refused, Forbidden."""


# ── announcements ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AnnouncementShown:
    """An announcement of the plan: what it says, when it is said next (None: only by press), what happened last."""

    id: str
    name: str
    text: str
    manner: str
    zones: tuple[str, ...]
    emergency: bool
    next_at: datetime | None
    last_at: datetime | None
    last_words: str


class Announcements(Protocol):
    """What is said over the music."""

    def announcements(self) -> list[AnnouncementShown]:
        """Those of the plan, in its order."""

    def announce(self, announcement: str, zones: Sequence[str] | None, actor: Actor) -> AnnouncementShown:
        """Say it now (zones None: its own). Refused in a quiet hour, unless it is an emergency, and while stopped."""


# ── versions of the plan ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FeltChange:
    """What feels different between two plans: in a zone, for a field, in one or more windows of the same change.

    `fields`: one, or the same of several roles of lamps that change alike; `before`, `after`: of the first of them,
    None where it is not felt (no lamp of that role, or off). `first` is the earliest window; `count` how many there are
    within the span looked at; `hours` how long they are together; `sentence` is for people.
    """

    zone: str
    fields: tuple[str, ...]
    before: Setting | None
    after: Setting | None
    first: tuple[datetime, datetime]
    count: int
    hours: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two plans compared in [start, end): what would feel different, and which parts were written differently."""

    start: datetime
    end: datetime
    felt: tuple[FeltChange, ...]
    parts: tuple[str, ...]


class Versions(Protocol):
    """The plan's past versions."""

    def versions(self, limit: int = 50) -> list[PlanVersion]:
        """The newest first."""

    def version(self, number: int) -> PlanVersion:
        """One of them. Raises NotFound."""

    def difference(self, before: int, after: int, start: datetime | None = None, days: int = 28) -> Difference:
        """What feels different between two versions, from the day of `start` (None: today). NotFound, Refused."""

    def would_change(self, document: object, start: datetime | None = None, days: int = 28) -> Difference:
        """What a plan that is not published yet would make different. Raises Refused."""

    def rollback(self, number: int, actor: Actor) -> PlanVersion:
        """Publish an earlier version anew, as the next one. Raises NotFound, Forbidden, Refused, Conflict."""


# ── calendar ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reading:
    """A time expression in plain words, with its next occurrences; or what is wrong with it and at which column."""

    text: str
    words: dict[str, str]
    occurrences: tuple[tuple[datetime, datetime], ...]
    problem: str | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class QuietHourShown:
    """A published quiet hour: words for customers, its next windows, and how well it was kept.

    `kept_pct`: of the seconds of the last 90 days of which it is known how they were; None: of none. `measured`: of how
    many windows that is.
    """

    id: str
    name: str
    words: str
    zones: tuple[str, ...]
    next: tuple[tuple[datetime, datetime], ...]
    kept_pct: float | None
    measured: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What an imported calendar changed: exceptions added, replaced, and what was left out, each in words."""

    version: PlanVersion | None
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    left_out: tuple[str, ...]


class Calendar(Protocol):
    """The store's time: expressions in words, calendars out and in, quiet hours as they are published."""

    def read(self, text: str, count: int = 10) -> Reading:
        """An expression in this store, with its next occurrences."""

    def icalendar(self, zone: str | None = None) -> str:
        """What the store, or a zone, will be, as iCalendar for people's own programs. Raises NotFound.

        From the month before this one until 13 months ahead. The same text until the plan or the month changes.
        """

    def quiet_calendar(self) -> str:
        """The published quiet hours as iCalendar, for everybody."""

    def quiet_hours(self) -> list[QuietHourShown]:
        """The quiet hours that customers are told of."""

    def take_exceptions(self, icalendar: bytes, actor: Actor, kind: str = "closed") -> Taken:
        """Make the all-day events of a calendar exceptions of the store's hours, or (`holidays`) public holidays.

        Publishes one version of the plan, or none if nothing changes. Raises Refused, Forbidden, Conflict, Unavailable.
        """
