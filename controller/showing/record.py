"""What really happened in a zone at a past instant, from the journal.

The engine writes `zone.changed` when a zone sets out for something new (what, because of which layer, the desired
values, the plan's version) and `zone.reached` when every device in reach has said that it has it. `engine.started` and
`engine.stopped` frame the times at which anybody could have written. A store that lost its power wrote no end: then
the last entry before the next start is the last that is known, and what lies between is a gap.

Entries of a sinne before this one have no values and no version; of those is told what they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from controller.choosing import NUDGE, journal_settings
from controller.ports import JournalEntry, Memory
from controller.shapes import Happened
from controller.showing.leading import Ground, lead_of
from controller.storage.chain import canonical
from controller.walltime import Wall
from controller.wording_past import (
    because_of,
    before_the_record,
    complained,
    differed,
    had_it,
    held_back,
    not_known,
    not_reached,
    not_running,
    nothing_recorded,
    was,
)
from profiles.resolve import Resolution, resolve
from profiles.scene import Sense
from profiles.text import t

CHANGED, REACHED, STARTED, STOPPED = "zone.changed", "zone.reached", "engine.started", "engine.stopped"
#: How far back the last change of a zone is looked for. Each start of the engine writes one, so it is hardly ever far.
_BACK = (timedelta(days=1), timedelta(days=8), timedelta(days=64), timedelta(days=397))
#: How long a zone may take to arrive, and still be told of.
_AHEAD = (timedelta(hours=1), timedelta(days=2))
#: A boundary is written down a moment after its instant; what was recorded within this counts as of it.
_MOMENT = timedelta(seconds=2)
#: Entries are read in pages of so many; of a journal that is denser than any store's, no more than so many.
_PAGES = (60, 250, 1000)
_MOST_LOOKED_AT = 5000
_BEGINNING, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
#: Gaps of one span that are looked for: a store that starts more often than this has other worries.
_MOST_GAPS = 48


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time of which nothing is known. `start` None: before the record begins; `end` None: until now.

    `orderly`: the end was written down; else the store ended without a word, at some time after `start`.
    """

    start: datetime | None
    end: datetime | None
    orderly: bool = True

    def words(self, what: str, wall: Wall) -> str:
        """It in a sentence; `what`: what the zone was left with."""
        if self.start is None:
            return before_the_record(self.end, wall)
        if self.orderly or self.end is None:
            return not_running(self.start, self.end, what, wall)
        return not_known(self.start, self.end, what, wall)


class Record:
    """Reads the journal for questions about zones, in bounded pieces."""

    def __init__(self, memory: Memory) -> None:
        """Ask `memory`."""
        self._memory = memory

    def of(self, zone: str, at: datetime, ground: Ground) -> Happened:
        """What is known of `zone` at `at`. `ground`: the plan and the choices of then."""
        resolution = resolve(ground.plan, ground.live, zone, at)
        before = self._last_change(zone, at)
        gap = self.gap(at)
        if gap is not None:
            left = "" if before is None else _what(before.body)
            return Happened(None, left, gap.words(left, ground.wall), None, None, (), None, gap=True)
        if before is None:
            return Happened(None, "", nothing_recorded(), None, None, (), None)
        agrees = _agrees(before.body, resolution)
        after, reached = self._what_came(zone, before)
        if agrees is False and after is not None and after.at <= at + _MOMENT and _agrees(after.body, resolution):
            before, agrees = after, True
            after, reached = self._what_came(zone, before)
        return _told(before, reached, after, agrees=agrees, should=lead_of(resolution, ground).what, ground=ground)

    def gap(self, at: datetime) -> Gap | None:
        """The stretch around `at` in which the store was not running; None where it ran."""
        life = (STARTED, STOPPED)
        before = self._first(_BEGINNING, at + _TICK, life, newest_first=True)
        after = self._first(at + _TICK, _END, life)
        end = after.at if after is not None and after.kind == STARTED else None
        if before is None:
            # Journals are older than these entries: what is written down before the first start shows that it ran.
            return None if self._first(_BEGINNING, at + _TICK, (CHANGED,)) is not None else Gap(None, end)
        if before.kind == STOPPED:
            return Gap(before.at, end)
        if after is None or after.kind == STOPPED:
            return None
        last = self._last_written(after.at)
        return Gap(last.at, after.at, orderly=False) if last is not None and last.at < at else None

    def gaps(self, start: datetime, end: datetime) -> list[Gap]:
        """Every stretch that meets [start, end) in which the store was not running, first to last."""
        found: list[Gap] = []
        at = start
        for _ in range(_MOST_GAPS):
            gap = self.gap(at)
            if gap is not None:
                found.append(gap)
                if gap.end is None or gap.end >= end:
                    break
                at = gap.end
            turn = self._first(at + _TICK, end, (STARTED, STOPPED))
            if turn is None:
                break
            # A start without an end before it: the gap lies just before.
            at = turn.at if turn.kind == STOPPED or self.gap(turn.at - _TICK) is None else turn.at - _TICK
        return found

    def _last_written(self, before: datetime) -> JournalEntry | None:
        """The newest entry before a start: what a store without power wrote last."""
        upto = before
        for back in (_AHEAD[0], *_BACK):
            found = self._first(before - back, upto, newest_first=True)
            if found is not None:
                return found
            upto = before - back
        return None

    def _first(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), newest_first: bool = False
    ) -> JournalEntry | None:
        return next(iter(self._memory.recorded(start, end, kinds, 1, newest_first)), None)

    def _last_change(self, zone: str, at: datetime) -> JournalEntry | None:
        """The last change of the zone: since the last start, or, where it has none yet, one soon before that."""
        started = self._first(_BEGINNING, at + _TICK, (STARTED,), newest_first=True)
        since = _BEGINNING if started is None else started.at
        upto, looked = at + _TICK, 0
        for back in _BACK:
            start = max(at - back, since)
            for entry in self._newest_first(start, upto):
                looked += 1
                if entry.body.get("zone") == zone:
                    return entry
                if looked >= _MOST_LOOKED_AT:
                    return None
            upto = start
            if start == since:
                break
        before = self._memory.recorded(since - _BACK[0], since, (CHANGED,), _PAGES[-1], True) if started else []
        return next((entry for entry in before if entry.body.get("zone") == zone), None)

    def _newest_first(self, start: datetime, end: datetime) -> Iterator[JournalEntry]:
        """In pages that grow: mostly the first few entries have the answer."""
        lowest: int | None = None
        for size in chain(_PAGES, repeat(_PAGES[-1])):
            page = self._memory.recorded(start, end, (CHANGED,), size, True)
            fresh = [entry for entry in page if lowest is None or entry.number < lowest]
            yield from fresh
            if len(page) < size or not fresh:
                return
            # Zones change together: the next page begins with what else is of the last instant.
            end, lowest = fresh[-1].at + _TICK, fresh[-1].number

    def _what_came(self, zone: str, change: JournalEntry) -> tuple[JournalEntry | None, JournalEntry | None]:
        """The next change of the zone, and its arrival before that."""
        start, mine = change.at, dict[int, JournalEntry]()
        for ahead in _AHEAD:
            end, size = change.at + ahead, _PAGES[1]
            while True:
                page = self._memory.recorded(start, end, (CHANGED, REACHED), size)
                mine.update((e.number, e) for e in page if e.number > change.number and e.body.get("zone") == zone)
                told = list(mine.values())
                reached = told[0] if told and told[0].kind == REACHED else None
                after = next((e for e in told if e.kind == CHANGED), None)
                if told and (reached is None or after is not None or len(page) < size):
                    return after, reached
                if len(page) < size:
                    break
                # Where a whole page is of one instant, a larger one is asked for.
                start, size = page[-1].at, size if page[-1].at > start else 2 * size
            start = change.at
        return None, None


def _told(
    change: JournalEntry, reached: JournalEntry | None, after: JournalEntry | None, *, agrees: bool | None,
    should: str, ground: Ground,
) -> Happened:
    body, wall = change.body, ground.wall
    version = body.get("version")
    known_version = version if isinstance(version, int) else None
    layer, by = str(body.get("layer", "")), str(body.get("by") or "")
    if str(body.get("rank")) == "override" and layer.startswith(NUDGE):
        said = [complained(change.at, str(body.get("what", "")), by, known_version, wall)]
    else:
        why = because_of(str(body.get("rank", "")), str(body.get("name") or _name(layer, ground)), by)
        said = [was(change.at, _what(body), why, known_version, wall)]
    lost = _names(body if reached is None else reached.body, ground)
    after_s: float | None = None
    if reached is None:
        said.append(not_reached(None if after is None else after.at, wall))
    else:
        after_s = _number(reached.body.get("after_s"))
        said.append(had_it(int(_number(reached.body.get("devices"))), after_s, lost))
    holds = body.get("holds")
    if isinstance(holds, list) and holds:
        said.append(held_back([str(hold) for hold in holds]))
    if agrees is False:
        said.append(differed(should))
    return Happened(change.at, _what(body), " ".join(said), reached is not None, after_s, lost, agrees,
                    version=known_version)


def _agrees(body: Mapping[str, object], resolution: Resolution) -> bool | None:
    """Whether what was desired is what the plan and the choices say; None where an old entry does not tell."""
    values = body.get("values")
    if not isinstance(values, Mapping):
        return True if body.get("layer") == resolution.leading.id else None
    held = bool(body.get("holds"))  # the scent waited: what is desired is not what is wished
    compared = {field: resolved.value for field, resolved in resolution.fields.items()
                if field.value in values and not (held and field.sense is Sense.SCENT)}
    return all(canonical(said) == canonical(values[name]) for name, said in journal_settings(compared).items())


def _what(body: Mapping[str, object]) -> str:
    rank = body.get("rank")
    if rank == "stop":
        return t("Stopped")
    return t("Zone default") if rank == "default" else str(body.get("what", ""))


def _name(layer: str, ground: Ground) -> str:
    """The name of a layer that an old entry gives by its id alone."""
    plan = ground.plan
    names = {one.id: one.name for one in plan.dayparts} | {one.id: one.name for one in plan.campaigns}
    return (names | {one.id: one.name for one in plan.quiet_hours}).get(layer, layer)


def _names(body: Mapping[str, object], ground: Ground) -> tuple[str, ...]:
    """The devices that an entry says are out of reach, by name."""
    found = body.get("out_of_reach")
    names = {device.id: device.name or device.id for device in ground.plan.devices}
    return tuple(names.get(str(device), str(device)) for device in found) if isinstance(found, list) else ()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
