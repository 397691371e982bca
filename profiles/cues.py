"""Cues as they come due: who is asked for what, where and when. Worked out from plan and live choices, never stored.

A cue is asked while the layer that brings it *holds* in a zone: is alive there and wins at least one field. Quiet hours
and stops are left out of that question: they ask nobody anything, and by themselves take no task away. A layer's
*window* is the stretch in which it is alive; once in a window it begins to hold, at the first instant at which it does.
What covers it for a while later on does not make it begin again, so a press never asks for the tasting tray twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import inf, nextafter
from zoneinfo import ZoneInfo

from profiles.compiled import HORIZON, compiled
from profiles.cue import Cue
from profiles.instants import days_after, instant, local_date
from profiles.layers import Layer, LayerName, Rank
from profiles.places import Zone
from profiles.plan import Live, Override, Plan
from profiles.profile import ZoneKind
from profiles.scene import Field

DAY_S = 24 * 3600.0
#: Layers that may bring cues; those above are ceilings, which ask nobody anything.
_BRINGING = frozenset({Rank.DAYPART, Rank.CAMPAIGN, Rank.OVERRIDE})
#: A layer as it is told from others.
_Key = tuple[Rank, str]


@dataclass(frozen=True, slots=True)
class CueDue:
    """One occurrence of a cue. `id` names it for good: restarts, other plan versions and midnight do not change it.

    `due`, `late_from`: when it is asked, and from when it is late. `until`: when the window of its layer ends there, a
    day after it is due at the latest.
    """

    id: str
    cue: Cue
    zone: str
    layer: LayerName
    due: datetime
    late_from: datetime
    until: datetime


def occurrences(plan: Plan, live: Live, start: datetime, end: datetime) -> list[CueDue]:
    """Every occurrence that is due in [start, end), by time, then by the plan's order of zones, then by id of the cue.

    `at` is a clock time of the store, each date anew (`profiles.instants` has the rules of summer time); `every_min`
    repeats it until the next date's. Without `at` minutes are elapsed ones, from where the layer begins to hold in its
    window. `once: store` asks in the first zone of the plan's order in which the layer holds at that moment. A layer
    that has been alive for more than 13 months has no beginning, and only its cues with `at` are asked.
    """
    first, last = start.timestamp(), end.timestamp()
    asked: dict[tuple[Rank, str, str, str, float], list[_Window]] = {}
    for number, zone in enumerate(plan.zones):
        for window in _Floor(plan, live, zone, number).windows(first, last):
            where = "" if window.cue.once == "store" else zone.id
            asked.setdefault((window.layer.rank, window.whose, window.cue.id, where, window.begin), []).append(window)
    tz = plan.store.place.tz
    found = []
    for (rank, whose, cue, where, _), windows in asked.items():
        for nominal, due in _times(windows, first, last, tz):
            here = next((w for w in windows if w.begin <= due < w.end and w.floor.holds(w.key, due)), None)
            if here is not None:
                name = f"{rank:d}\n{whose}\n{cue}\n{where}\n{nominal:.3f}"
                found.append((due, here.floor.number, cue, here.occurrence(name, due)))
    return [occurrence for *_, occurrence in sorted(found, key=lambda one: one[:3])]


class _Press:
    """An override, made ready to be asked."""

    def __init__(self, override: Override) -> None:
        self.override = override
        self.name = LayerName(Rank.OVERRIDE, override.id, override.name, override.name, override.by)
        self.start, self.end = override.start.timestamp(), override.over().timestamp()
        self.fields = override.scene.settings().keys()


class _Floor:
    """One zone: which layers are alive at an instant, and which of them hold."""

    def __init__(self, plan: Plan, live: Live, zone: Zone, number: int) -> None:
        self.zone, self.number = zone, number
        self._plan = plan
        self._compiled = compiled(plan).zones[zone.id]
        self._pressed = sorted((_Press(o) for o in live.overrides if o.zone == zone.id and o.start < o.over()),
                               key=lambda press: (press.start, press.override.id), reverse=True)

    def holds(self, key: _Key, at: float) -> bool:
        """Whether a layer is alive at `at` and wins a field there, ceilings and stops aside."""
        said: set[Field] = set()
        pressed = ((_key(x.name), x.fields) for x in self._pressed if x.start <= at < x.end)
        for each, fields in (*pressed, *((_key(x.name), x.settings.keys()) for x in self._planned(at))):
            if each == key:
                return not fields <= said
            said |= fields
        return False

    def held_from(self, key: _Key, begin: float, limit: float) -> float | None:
        """The first instant in [begin, limit) at which a layer holds."""
        if self.holds(key, begin):
            return begin
        edges = {edge for x in self._pressed for edge in (x.start, x.end) if begin < edge < limit}
        edges.update(self._compiled.segment_starts(begin, limit))
        return next((edge for edge in sorted(edges) if self.holds(key, edge)), None)

    def windows(self, first: float, last: float) -> Iterator[_Window]:
        """For every cue of this zone, the windows of its layer that meet [first, last)."""
        planned = ((name, name.id, begin, end) for name, begin, end in self._planned_windows(first, last))
        pressed = ((x.name, x.override.press, x.start, x.end) for x in self._pressed)
        for name, whose, begin, end in (*planned, *(one for one in pressed if one[2] < last and one[3] > first)):
            for cue in self._bringing.get(_key(name), ()):
                yield _Window(self, name, whose, cue, begin, end)

    @cached_property
    def _bringing(self) -> dict[_Key, tuple[Cue, ...]]:
        """The cues of every layer that has any here."""
        plan, kind = self._plan, self.zone.kind
        found = {(Rank.DAYPART, d.id): _of_profile(plan, d.profile, kind) for d in plan.dayparts}
        for campaign in plan.campaigns:
            own = {cue.id: cue for cue in (*_of_profile(plan, campaign.profile, kind), *campaign.cues)}
            found[Rank.CAMPAIGN, campaign.id] = tuple(own.values())
        for press in self._pressed:
            if press.override.profile is not None:
                found[_key(press.name)] = _of_profile(plan, press.override.profile, kind)
        return {key: cues for key, cues in found.items() if cues}

    def _planned(self, at: float) -> tuple[Layer, ...]:
        """The plan's layers that are alive, strongest first, ceilings aside."""
        return tuple(layer for layer in self._compiled.mix_at(at).lying if layer.name.rank in _BRINGING)

    def _planned_windows(self, first: float, last: float) -> Iterator[tuple[LayerName, float, float]]:
        """Windows of the plan's layers that bring cues. One that lasts longer is followed to a day after `last`."""
        if not any(rank is not Rank.OVERRIDE for rank, _ in self._bringing):
            return
        alive: dict[_Key, tuple[LayerName, float]] = {}
        for edge in (first, *self._compiled.segment_starts(first, last + DAY_S)):
            names = {_key(layer.name): layer.name for layer in self._planned(edge)}
            for key in alive.keys() - names.keys():
                yield *alive.pop(key), edge
            for key in names.keys() - alive.keys() if edge < last else ():
                if key in self._bringing:
                    alive[key] = names[key], self._began(key, edge) if edge == first else edge
        for name, begin in alive.values():
            yield name, begin, last + DAY_S

    def _began(self, key: _Key, at: float) -> float:
        """Since when a layer that is alive at `at` has been; -inf: longer than 13 months."""
        begin, upto, back_s = at, nextafter(at, inf), DAY_S
        while upto > at - HORIZON.total_seconds():
            for edge in reversed(list(self._compiled.segment_starts(upto - back_s, upto))):
                if all(_key(layer.name) != key for layer in self._planned(edge)):
                    return begin
                begin = edge
            upto, back_s = nextafter(upto - back_s, inf), 2 * back_s
        return -inf


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch [begin, end) in which the layer of a cue is alive in a zone. `whose`: the layer, or the press."""

    floor: _Floor
    layer: LayerName
    whose: str
    cue: Cue
    begin: float
    end: float

    @property
    def key(self) -> _Key:
        return _key(self.layer)

    def occurrence(self, name: str, due: float) -> CueDue:
        return CueDue(hashlib.sha256(name.encode()).hexdigest()[:20], self.cue, self.floor.zone.id, self.layer,
                      _moment(due), _moment(due + 60.0 * self.cue.within_min), _moment(min(self.end, due + DAY_S)))


def _times(windows: list[_Window], first: float, last: float, tz: ZoneInfo) -> Iterator[tuple[float, float]]:
    """When a cue is asked in [first, last), as (when it would be if its layer always held, when it is)."""
    cue, begin = windows[0].cue, windows[0].begin
    end = min(last, max(window.end for window in windows))
    every_s = inf if cue.every_min is None else 60.0 * cue.every_min
    if cue.at is None:
        held = [at for w in windows if begin > -inf and (at := w.floor.held_from(w.key, begin, min(w.end, last)))]
        if held:
            late_s, after_s = min(held) - begin, 60.0 * (cue.after_min or 0)
            for due in _repeated(min(held) + after_s, every_s, first, end):
                yield due - late_s, due
        return
    minute = int(cue.at[:2]) * 60 + int(cue.at[3:])
    day = days_after(local_date(first, tz), -1)
    while (base := float(instant(day, minute, tz))) < end:
        day = days_after(day, 1)
        if base >= begin:
            for due in _repeated(base, every_s, first, min(end, instant(day, minute, tz))):
                yield due, due


def _repeated(base: float, every_s: float, first: float, end: float) -> Iterator[float]:
    """`base` and what follows it every `every_s` seconds, as far as it lies in [first, end)."""
    times = 0.0 if base >= first or every_s == inf else (first - base) // every_s
    due = base if times == 0 else base + times * every_s
    while due < end:
        if due >= first:
            yield due
        times += 1
        due = base + times * every_s


def _of_profile(plan: Plan, profile: str, kind: ZoneKind) -> tuple[Cue, ...]:
    """The cues of a profile in a zone of `kind`; none of one that the plan no longer has."""
    found = plan.moods.get(profile)
    return () if found is None else found.cues_for(kind)


def _key(name: LayerName) -> _Key:
    return name.rank, name.id


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
