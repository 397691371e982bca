"""`StoreCalendar`: the door `doors.Calendar` of one store, opened.

What it writes is kept for as long as it stays true: programs that subscribed ask again and again, some of them every
minute, and a year of a store costs a second to work out. The span begins and ends with a month of the store, so that
the text, and with it what a program has to fetch, changes with the plan and once a month.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from controller.calendars.events import events_of, quiet_events
from controller.calendars.said import hours_of, said
from controller.calendars.taking import worked_out
from controller.calendars.writing import written
from controller.choosing import needs
from controller.desk import Planning
from controller.doors import QuietHourShown, Reading, Taken
from controller.errors import NotFound, Refused
from controller.ports import Actor, Clock, JournalEntry, Memory, PlanVersion
from controller.store.quiet import MEASURED
from profiles.instants import instant, local_date
from profiles.limits import Person
from profiles.occurrences import occurrences
from profiles.overlay import QuietHour
from profiles.place import Place
from profiles.plan import Plan
from profiles.reading import reading
from profiles.text import language, speaking, t
from profiles.when import When, WhenError
from profiles.windows import members

MEASURED_OVER = timedelta(days=90)
#: Windows of a quiet hour that customers are told.
SHOWN_WINDOWS = 5
_MONTHS_AHEAD = 13
_MOST_MEASURES = 5000
#: Texts kept; compressed, a store's year has about 100 kB.
_KEPT = 256


class StoreCalendar:
    """The calendar of the store whose plan `memory` holds. Safe to call from several threads."""

    def __init__(self, memory: Memory, planning: Planning, clock: Clock) -> None:
        """Everything is given, nothing is worked out yet."""
        self._memory, self._planning, self._clock = memory, planning, clock
        self._kept: OrderedDict[str, tuple[tuple[int, str, datetime], bytes]] = OrderedDict()
        self._writing = threading.Lock()

    def read(self, text: str, count: int = 10) -> Reading:
        """An expression in this store, with its next occurrences. Raises NotFound without a plan."""
        store = self._version().plan.store
        return said(text, store, hours_of(store), self._clock.now(), count)

    # ── out ─────────────────────────────────────────────────────────────────────────

    def icalendar(self, zone: str | None = None) -> str:
        """What the store, or a zone, will be. Raises NotFound."""
        key = "store" if zone is None else f"zone {zone}"
        return self._text(key, lambda version, now: calendar_of(version, now, zone))

    def quiet_calendar(self) -> str:
        """The published quiet hours."""
        return self._text("quiet", quiet_calendar_of)

    def _text(self, key: str, write: Callable[[PlanVersion, datetime], str]) -> str:
        """The calendar of this key, kept until the plan, or the month, is another."""
        version, now = self._version(), self._clock.now()
        of = (version.version, version.digest, span_at(now, version.plan.store.place)[0])
        with self._writing:
            kept = self._kept.get(key)
            if kept is None or kept[0] != of:
                kept = self._kept[key] = (of, zlib.compress(write(version, now).encode(), 1))
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return zlib.decompress(kept[1]).decode()

    # ── quiet hours ─────────────────────────────────────────────────────────────────

    def quiet_hours(self) -> list[QuietHourShown]:
        """The quiet hours that customers are told of; none without a plan."""
        version = self._memory.plan_in_force()
        if version is None:
            return []
        now = self._clock.now()
        published = [quiet for quiet in version.plan.quiet_hours if quiet.published]
        measures = self._measures(now) if published else []
        return [_shown(version.plan, quiet, now, measures) for quiet in published]

    def _measures(self, now: datetime) -> list[JournalEntry]:
        return self._memory.recorded(now - MEASURED_OVER, now + timedelta(seconds=1), (MEASURED,),
                                     limit=_MOST_MEASURES, newest_first=True)

    # ── in ──────────────────────────────────────────────────────────────────────────

    def take_exceptions(self, icalendar: bytes, actor: Actor, kind: str = "closed") -> Taken:
        """Make the days of a calendar exceptions, or public holidays, of the store; publish them as one version."""
        needs(actor, Person.MANAGER)
        version = self._version()
        store = version.own.store
        found = worked_out(icalendar, kind, store, local_date(self._clock.now().timestamp(), store.place.tz))
        if not found.added and not found.replaced:
            return Taken(None, (), (), found.left_out)
        changed = version.own.changed(store=found.store)
        note = t("{count} days from a calendar", count=len(found.added) + len(found.replaced))
        made = self._planning.publish(changed, note, actor, version.version)
        return Taken(made, found.added, found.replaced, found.left_out)

    def _version(self) -> PlanVersion:
        version = self._memory.plan_in_force()
        if version is None:
            raise NotFound(t("No plan has been published yet."))
        return version


def calendar_of(version: PlanVersion, now: datetime, zone: str | None = None) -> str:
    """What a store, or a zone of it, will be, as iCalendar in the store's language. Raises NotFound."""
    plan = version.plan
    names = {one.id: f"{plan.store.name}: {one.name}" for one in plan.zones}
    if zone is not None and zone not in names:
        raise NotFound(t("There is no zone {zone}.", zone=zone[:63]))
    start, end = span_at(now, plan.store.place)
    with speaking(plan.store.language):
        name = plan.store.name if zone is None else names[zone]
        return written(events_of(plan, start, end, zone), name, version.version, version.at)


def quiet_calendar_of(version: PlanVersion, now: datetime) -> str:
    """The published quiet hours of a store, as iCalendar in its language."""
    plan = version.plan
    start, end = span_at(now, plan.store.place)
    with speaking(plan.store.language):
        name = t("Quiet hours: {store}", store=plan.store.name)
        return written(quiet_events(plan, start, end, published=True), name, version.version, version.at)


def span_at(now: datetime, place: Place) -> tuple[datetime, datetime]:
    """What a calendar shows: from the begin of last month to the end of the month 13 months ahead, in the store."""
    today = local_date(now.timestamp(), place.tz)
    month = today.year * 12 + today.month - 1
    first, after = (date(number // 12, number % 12 + 1, 1) for number in (month - 1, month + _MONTHS_AHEAD + 1))
    start, end = (datetime.fromtimestamp(instant(day, 0, place.tz), UTC) for day in (first, after))
    return start, end


def _shown(plan: Plan, quiet: QuietHour, now: datetime, measures: list[JournalEntry]) -> QuietHourShown:
    hours = hours_of(plan.store)
    try:
        words = reading(quiet.when, plan.store.place, hours, language())
        found = occurrences(When.parse(quiet.when, plan.store.place, hours), now, SHOWN_WINDOWS)
    except WhenError as wrong:  # no plan that was published has one
        raise Refused(str(wrong)) from None
    kept_pct, windows = _kept_of(quiet.id, measures)
    zones = tuple(zone.id for zone in members(plan, quiet))
    return QuietHourShown(quiet.id, quiet.name, words, zones, tuple((w.start, w.end) for w in found), kept_pct, windows)


def _kept_of(quiet: str, measures: list[JournalEntry]) -> tuple[float | None, int]:
    """How much of the known time a quiet hour was kept, in percent, and over how many windows.

    Time under a stop is neither kept nor broken: full light is then what safety asks for.
    """
    kept_s = broken_s = 0.0
    windows = set()
    for entry in measures:
        kept, broken = entry.body.get("kept_s"), entry.body.get("broken_s")
        if entry.body.get("quiet_hour") == quiet and isinstance(kept, int | float) and isinstance(broken, int | float):
            windows.add(entry.body.get("start"))
            kept_s += kept
            broken_s += broken
    known_s = kept_s + broken_s
    return (round(100 * kept_s / known_s, 1) if known_s > 0 else None), len(windows)
