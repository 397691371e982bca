"""`StoreCues`: what people are asked to do for touch and taste, and what they did about it. The door `doors.Cues`.

When a cue is asked is worked out from plan and choices (`profiles.cues`) each time anew; only what people did is
remembered. So nothing is lost by a restart, and nothing has to be told when the hour comes: a page that shows cues
looks again at `next_change`, and a mark is news like any other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from controller.choosing import needs
from controller.doors import CueShown
from controller.errors import NotFound, Refused, SinneError
from controller.ports import Actor, Clock, CueMark, Entry, Memory, PlanVersion
from controller.showing.week import FIRST_YEAR, LAST_YEAR, reigns
from controller.store.intake import LiveChanged
from controller.turning import Turning
from controller.wording import reason
from profiles.compiled import compiled
from profiles.cues import CueDue, occurrences
from profiles.instants import instant
from profiles.limits import Person
from profiles.plan import Live, Plan
from profiles.text import t

log = logging.getLogger("sinne.cues")

DONE, SKIPPED, OPEN = "done", "skipped", "open"
#: How cues stand that wait for somebody now.
WAITING = frozenset({"due", "late"})
#: Choices that ended before the day still tell when a layer of yesterday evening began to hold.
_LIVE_BACK = timedelta(days=8)
#: A closing so long after midnight still belongs to the evening before.
_LONGEST_NIGHT = timedelta(hours=12)
#: The bar of every page is drawn from one look for so long, unless there is news.
GLANCE_S = 1.0
#: So many versions are looked through for the plan of a past day.
_VERSIONS = 1000


@dataclass(frozen=True, slots=True)
class StoreDay:
    """A day of a store: from midnight, or the closing after it, to the next one. `closing`: None where it is closed."""

    date: date
    start: datetime
    end: datetime
    closing: datetime | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """An occurrence, the name of its zone, and from when it is of no use any more."""

    due: CueDue
    zone_name: str
    over_from: datetime


@dataclass(frozen=True, slots=True)
class _Glance:
    """What the bar of every page shows: how many wait, and when that may be another number by itself."""

    revision: int
    taken_at: float
    count: int
    turn: datetime | None


class StoreCues:
    """The cues of one store. Safe to call from several threads."""

    def __init__(self, memory: Memory, engine: Turning, clock: Clock) -> None:
        """Everything is given, nothing is started."""
        self._memory, self._engine, self._clock = memory, engine, clock
        self._marking, self._keeping = threading.Lock(), threading.Lock()
        self._kept: tuple[object, list[_Asked]] | None = None
        self._last_count = 0
        self._glanced: _Glance | None = None

    # ── look ────────────────────────────────────────────────────────────────────────

    def today(self) -> date:
        """The day of the store that it is now; where there is no plan, in UTC."""
        version, now = self._memory.plan_in_force(), self._clock.now()
        return now.astimezone(UTC).date() if version is None else store_day_at(version.plan, now).date

    def day(self, day: date | None = None) -> list[CueShown]:
        """The cues of a day of the store (None: today), by their time; none before the first plan. Raises Refused."""
        return [shown for _, shown in self._look(day)]

    def open_count(self) -> int:
        """How many of today's are due or late; where that cannot be read, how many there were."""
        return self._glance().count

    def next_change(self) -> datetime | None:
        """The next instant at which one of today's stands differently by itself, or the day is another.

        None before the first plan, and where that cannot be read.
        """
        return self._glance().turn

    # ── mark ────────────────────────────────────────────────────────────────────────

    def mark(self, occurrence: str, outcome: str, actor: Actor) -> CueShown:
        """Say that a cue of today is done or skipped; `open` takes that back. Twice the same is once.

        A cue for managers takes a manager. Raises Forbidden, NotFound, Refused, Unavailable.
        """
        needs(actor, Person.STAFF)
        if outcome not in (DONE, SKIPPED, OPEN):
            raise Refused(t("A cue is {known}; this is none of them.", known=f"{DONE}, {SKIPPED}, {OPEN}"))
        with self._marking:
            asked, shown = self._found(occurrence)
            if asked.due.cue.role == "manager":
                needs(actor, Person.MANAGER)
            if outcome == (shown.standing if shown.by is not None else OPEN):
                return shown
            now = self._clock.now()
            mark = None if outcome == OPEN else CueMark(occurrence, outcome, actor.name, now)
            kind = "cue.reopened" if mark is None else f"cue.{outcome}"
            self._memory.mark_cue(occurrence, mark, now, Entry(kind, _body(asked.due, shown, actor, now)))
        self._glanced = None
        self._engine.tell(LiveChanged())
        return self._found(occurrence)[1]

    # ── within ──────────────────────────────────────────────────────────────────────

    def _glance(self) -> _Glance:
        """What the bar shows: kept for a second, unless there is news or one stands differently by now."""
        revision, steady, now, kept = self._engine.revision, self._clock.monotonic(), self._clock.now(), self._glanced
        if kept is not None and kept.revision == revision and 0 <= steady - kept.taken_at < GLANCE_S and (
                kept.turn is None or now < kept.turn):
            return kept
        try:
            version, look = self._memory.plan_in_force(), self._look(None)
        except SinneError as refusal:
            log.warning("Cues cannot be counted: %s", refusal)
            return _Glance(revision, steady, self._last_count, None)
        self._last_count = sum(shown.standing in WAITING for _, shown in look)
        turns = [turn for asked, shown in look if shown.by is None
                 for turn in (asked.due.due, asked.due.late_from, asked.over_from)]
        if version is not None:
            turns.append(store_day_at(version.plan, now).end)
        turn = min((turn for turn in turns if turn > now), default=None)
        self._glanced = glanced = _Glance(revision, steady, self._last_count, turn)
        return glanced

    def _found(self, occurrence: str) -> tuple[_Asked, CueShown]:
        for asked, shown in self._look(None):
            if asked.due.id == occurrence:
                return asked, shown
        raise NotFound(t("This cue is not one of today's. Look at the list again."))

    def _look(self, day: date | None) -> list[tuple[_Asked, CueShown]]:
        """The cues of a day with how they stand at this moment."""
        version, now = self._memory.plan_in_force(), self._clock.now()
        if version is None:
            return []
        span = store_day_at(version.plan, now) if day is None else store_day(version.plan, _checked(day))
        marks = {mark.occurrence: mark for mark in self._memory.cue_marks(span.start)}
        return [(asked, _shown(asked, marks.get(asked.due.id), now))
                for asked in self._asked(version, span, frozenset(marks))]

    def _asked(self, version: PlanVersion, span: StoreDay, marked: frozenset[str]) -> list[_Asked]:
        """What is asked on a day, kept until plan, choices or marks are others."""
        live = self._memory.live(span.start - _LIVE_BACK)
        key = version.version, span.date, marked, tuple((o.id, o.ended) for o in live.overrides)
        with self._keeping:
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
        versions = [version] if version.at <= span.start else self._memory.plan_versions(_VERSIONS)
        found = asked_on(span, versions, live, marked)
        with self._keeping:
            self._kept = key, found
        return found


def store_day(plan: Plan, day: date) -> StoreDay:
    """A day of the store. Hours past midnight belong to the day they began, up to noon (`semantics.md`, rule 14)."""
    return StoreDay(day, _beginning(plan, day), _beginning(plan, day + timedelta(days=1)), _closing(plan, day))


def store_day_at(plan: Plan, now: datetime) -> StoreDay:
    """The day of the store that an instant lies in."""
    found = store_day(plan, now.astimezone(plan.store.place.tz).date())
    return found if found.start <= now else store_day(plan, found.date - timedelta(days=1))


def asked_on(span: StoreDay, versions: Iterable[PlanVersion], live: Live, marked: frozenset[str]) -> list[_Asked]:
    """What is asked on a day by the plan of each hour (`versions`: newest first), by its time.

    What a later plan of the day took back is only told where somebody did something about it.
    """
    found: dict[str, tuple[CueDue, str]] = {}
    kept: frozenset[str] = frozenset()
    for since, upto, version in reigns(list(versions), span.start, span.end):
        names = {zone.id: zone.name for zone in version.plan.zones}
        all_day = occurrences(version.plan, live, span.start, span.end)
        kept = frozenset(one.id for one in all_day)
        found.update({one.id: (one, names[one.zone]) for one in all_day if max(since, version.at) <= one.due < upto})
    shown = [pair for pair in found.values() if pair[0].id in kept or pair[0].id in marked]
    shown.sort(key=lambda pair: pair[0].due)
    after: dict[tuple[object, ...], datetime] = {}
    asked = []
    for due, name in reversed(shown):
        series = due.layer.rank, due.layer.id, due.cue.id, "" if due.cue.once == "store" else due.zone
        over_from = _over_from(due, span)
        asked.append(_Asked(due, name, min(over_from, after.get(series, over_from))))
        after[series] = due.due
    return asked[::-1]


def _over_from(due: CueDue, span: StoreDay) -> datetime:
    """From when it is too late: the closing of the day; after it, the end of its layer."""
    over = span.end
    if span.closing is not None:
        over = span.closing if due.due < span.closing else min(due.until, span.end)
    return max(over, due.late_from)


def _shown(asked: _Asked, mark: CueMark | None, now: datetime) -> CueShown:
    due, cue = asked.due, asked.due.cue
    if mark is not None:
        standing = mark.outcome
    elif now < due.due:
        standing = "to-come"
    elif now >= asked.over_from:
        standing = "missed"
    else:
        standing = "late" if now >= due.late_from else "due"
    return CueShown(
        id=due.id, cue=cue.id, text=cue.text, sense=cue.sense, zone=due.zone, zone_name=asked.zone_name,
        place=cue.place, role=cue.role, layer=reason(due.layer.rank, due.layer.name, due.layer.by), due=due.due,
        late_from=due.late_from, standing=standing, by=None if mark is None else mark.by,
        at=None if mark is None else mark.at, once=cue.once)


def _body(due: CueDue, shown: CueShown, actor: Actor, now: datetime) -> dict[str, object]:
    """A mark as it stands in the journal: who did what, where, and how long after it was due."""
    return {
        "occurrence": due.id, "cue": due.cue.id, "text": due.cue.text, "sense": due.cue.sense, "zone": due.zone,
        "place": due.cue.place, "layer": due.layer.id, "rank": due.layer.rank.name.lower(),
        "due": due.due.isoformat(), "after_min": int((now - due.due).total_seconds() // 60),
        "late": now >= due.late_from, "before": shown.standing, "by": actor.name, "person": actor.person.value}


def _checked(day: date) -> date:
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise Refused(t("Days lie between the years {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR))
    return day


def _beginning(plan: Plan, day: date) -> datetime:
    """Midnight of a day, or the closing of the day before where that comes after it."""
    midnight = datetime.fromtimestamp(instant(day, 0, plan.store.place.tz), UTC)
    closing = _closing(plan, day - timedelta(days=1))
    return midnight if closing is None or closing > midnight + _LONGEST_NIGHT else max(midnight, closing)


def _closing(plan: Plan, day: date) -> datetime | None:
    hours = compiled(plan).hours
    found = [] if hours.always_open else hours.business_days(day, day)
    return found[-1].closing if found else None
