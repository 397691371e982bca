"""A plan made ready to be asked: for each zone, which of the plan's own layers are alive when, and what they give.

Time is cut into stretches of four weeks. A stretch of a zone is worked out once, from the windows of its dayparts,
campaigns and quiet hours and of the light floor, and kept; after that a question is a bisection. What zones have in
common is shared between them (`profiles.weave`), and layers that are alive together are laid over each other once
(`profiles.laying`). Live layers (overrides, stops) are laid over it when asked (`profiles.resolve`), because they
change without the plan changing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from math import ceil, nextafter
from typing import Literal

from profiles.air import purge_s
from profiles.hours import Hours
from profiles.layers import FIELDS, FLOORED, PLACE, Layer, campaign_layer, ceiling_layers, daypart_layer, mood_in
from profiles.laying import Laying, Mix, Outcome, Won
from profiles.overlay import Announcement, Campaign, QuietHour
from profiles.places import Zone
from profiles.plan import Daypart, Plan
from profiles.scene import Field
from profiles.weave import STRETCH_S, STRETCHES_KEPT, Looms, Window
from profiles.when import ALWAYS

__all__ = ["HORIZON", "STRETCH_S", "Compiled", "CompiledZone", "Overlay", "Won", "belongs", "compiled"]

#: No boundary further away than this is looked for: 13 months (rule 10).
HORIZON = timedelta(days=397)
HORIZON_S = HORIZON.total_seconds()
#: Different sets of layers alive together that a zone remembers.
_MIXES_KEPT = 4096

Overlay = Daypart | Campaign | QuietHour | Announcement
#: Kinds of turns: of what the plan alone gives, of what caps it (ceiling, floor), of who wins below the ceilings.
Kind = Literal["outcome", "cap", "winner"]


def belongs(overlay: Overlay, zone: Zone) -> bool:
    """Whether something of the plan is for a zone: among its zones, and of its kinds, if it names any."""
    kinds = overlay.kinds if isinstance(overlay, Campaign) else None
    return (overlay.zones is None or zone.id in overlay.zones) and (kinds is None or zone.kind in kinds)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Four weeks of one zone: at `starts[n]` begins a segment with `mixes[n]`. `turns`: instants, by kind and field.

    At a turn something may differ, and between turns nothing does: whoever looks for the next change compares. The
    first instant of a stretch is always among them.
    """

    starts: list[float]
    mixes: list[Mix]
    turns: dict[tuple[Kind, Field | None], tuple[float, ...]]


class CompiledZone:
    """The plan's own layers of one zone, by stretch. Safe to ask from several threads."""

    def __init__(self, plan: Plan, zone: Zone, looms: Looms) -> None:
        """Take what concerns `zone` out of `plan`; nothing is worked out yet."""
        self.zone = zone
        self.laying = Laying(plan, zone)
        alive = sorted(_layers(plan, zone), key=lambda x: x[1].order, reverse=True)
        self._layers = [layer for _, layer in alive]
        self._loom = looms.loom(zone.people, tuple(window for window, _ in alive))
        self._mix = lru_cache(maxsize=_MIXES_KEPT)(self._mixed)
        self.stretch = lru_cache(maxsize=STRETCHES_KEPT)(self._stretch)
        #: By kind and field: from when on the next turn is known, that turn (None: not found), how far was looked.
        self._runs: dict[tuple[Kind, Field | None], tuple[float, float | None, float]] = {}

    def at(self, instant: float) -> tuple[tuple[Layer, ...], bool, Outcome]:
        """The plan's layers alive at `instant`, strongest first; whether the light floor holds; what they give."""
        mix = self.mix_at(instant)
        return (*mix.capping, *mix.lying), mix.floor, mix.outcome

    def mix_at(self, instant: float) -> Mix:
        """The plan's layers alive together at `instant` (seconds since 1970)."""
        stretch = self.stretch(int(instant // STRETCH_S))
        return stretch.mixes[bisect_right(stretch.starts, instant) - 1]

    def turns(self, kind: Kind, field: Field | None, after: float, before: float) -> Iterator[float]:
        """Instants in (after, before) at which something may turn, in order; worked out as asked."""
        instant = after
        while instant < before:
            edges = self.stretch(int(instant // STRETCH_S)).turns.get((kind, field), ())
            for edge in edges[bisect_right(edges, after):]:
                if edge >= before:
                    return
                yield edge
            instant = (instant // STRETCH_S + 1) * STRETCH_S

    def segment_starts(self, after: float, before: float) -> Iterator[float]:
        """Instants in (after, before) at which any of the plan's windows, or the light floor, opens or closes."""
        instant = after
        while instant < before:
            starts = self.stretch(int(instant // STRETCH_S)).starts
            for start in starts[bisect_right(starts, after):]:
                if start >= before:
                    return
                yield start
            instant = (instant // STRETCH_S + 1) * STRETCH_S

    def until(self, field: Field, at: float) -> float | None:
        """The first instant after `at` at which `field` differs by the plan alone; None within the horizon."""
        place = PLACE[field]
        return self._first("outcome", field, at, lambda now, then: _differ(now.wins[place], then.wins[place]))

    def next_winner(self, at: float) -> float | None:
        """The first instant after `at` at which another layer wins any field below the ceilings; None likewise."""
        return self._first("winner", None, at, lambda now, then: now.won != then.won)

    def _first(
        self, kind: Kind, field: Field | None, at: float, differ: Callable[[Mix, Mix], bool]
    ) -> float | None:
        """The first turn after `at` at which the mix differs from that at `at`.

        What was found for one instant holds until the turn that was found, so a question costs a look-up.
        """
        key, horizon = (kind, field), at + HORIZON_S
        known = self._runs.get(key)
        begin = looked = at
        if known is not None and known[0] <= at:
            begin, turn, looked = known
            if turn is not None and at < turn:
                return turn if turn < horizon else None
            if turn is not None or looked < at:
                begin = looked = at
            elif looked >= horizon:
                return None
        now = self.mix_at(at)
        # An edge at the very end of the last search was not part of it.
        for edge in self.turns(kind, field, nextafter(looked, 0.0) if looked > at else at, horizon):
            if differ(now, self.mix_at(edge)):
                self._runs[key] = (begin, edge, edge)
                return edge
        self._runs[key] = (begin, None, horizon)
        return None

    def _stretch(self, number: int) -> Stretch:
        woven = self._loom.woven(number)
        mixes = [self._mix(alive) for alive in woven.alive]
        # Many fields turn at the same instants, those that the same layers speak of: worked out and kept once.
        turned = _Turned(woven.starts)
        turns: dict[tuple[Kind, Field | None], tuple[float, ...]] = {("winner", None): turned([x.won for x in mixes])}
        for field, column in zip(FIELDS, zip(*[x.ruling for x in mixes], strict=True), strict=True):
            turns["outcome", field] = turned(column)
        for field, column in zip(FIELDS, zip(*[x.ceilings for x in mixes], strict=True), strict=True):
            turns["cap", field] = turned(column)
        floor = turned([x.floor for x in mixes])
        for field in FLOORED:
            turns["outcome", field] = turned([x.wins[PLACE[field]] for x in mixes])
            turns["cap", field] = tuple(sorted({*turns["cap", field], *floor}))
        return Stretch(woven.starts, mixes, turns)

    def _mixed(self, alive: int) -> Mix:
        """Layers that are alive together are laid over each other once."""
        layers, left = [], alive >> 1
        while left:
            lowest = left & -left
            layers.append(self._layers[lowest.bit_length() - 1])
            left ^= lowest
        return self.laying.mixed(layers, bool(alive & 1))


class _Turned:
    """Where a column of one stretch turns: the instants at which what stands in it is another than before."""

    def __init__(self, starts: list[float]) -> None:
        """The instants of the column's places."""
        self._first, self._later = starts[0], starts[1:]
        self._known: dict[tuple[object, ...], tuple[float, ...]] = {}

    def __call__(self, column: Sequence[object]) -> tuple[float, ...]:
        """The first instant, and those of the turns. What is equal but not the same thing counts as another."""
        key = tuple(column)
        found = self._known.get(key)
        if found is None:
            turns = [start for start, now, then in zip(self._later, key, key[1:], strict=False) if now is not then]
            found = self._known[key] = (self._first, *turns)
        return found


def _differ(now: Won | None, then: Won | None) -> bool:
    return now is not then and (now is None or not now.same(then))


def _layers(plan: Plan, zone: Zone) -> Iterator[tuple[Window, Layer]]:
    """The plan's layers of a zone, each with its windows. Scent stops a purge before a quiet hour begins."""
    mood = lru_cache(maxsize=None)(partial(mood_in, plan, kind=zone.kind))
    for daypart in plan.dayparts:
        if belongs(daypart, zone):
            yield Window(daypart.when, ALWAYS), daypart_layer(plan, daypart, zone, mood(daypart.profile))
    for campaign in plan.campaigns:
        if belongs(campaign, zone):
            window = Window(campaign.when, (campaign.first, campaign.last))
            yield window, campaign_layer(plan, campaign, zone, mood(campaign.profile))
    for quiet in plan.quiet_hours:
        if belongs(quiet, zone):
            scent, rest = ceiling_layers(quiet, zone)
            yield Window(quiet.when, ALWAYS, ceil(purge_s(zone.air_changes_per_h))), scent
            yield Window(quiet.when, ALWAYS), rest


class _Zones(Mapping[str, CompiledZone]):
    """The zones of a plan by id, each made ready when it is asked for."""

    def __init__(self, plan: Plan, looms: Looms) -> None:
        """Begin with none."""
        self._bare = {zone.id: zone for zone in plan.zones}
        self._made: dict[str, CompiledZone] = {}
        self._make = partial(CompiledZone, plan, looms=looms)

    def __getitem__(self, zone: str) -> CompiledZone:
        found = self._made.get(zone)
        if found is None:
            found = self._made.setdefault(zone, self._make(self._bare[zone]))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._bare)

    def __len__(self) -> int:
        return len(self._bare)


class Compiled:
    """A plan made ready. Raises WhenError if an expression of a layer cannot be read: `check` finds these first."""

    def __init__(self, plan: Plan) -> None:
        """Read every expression of the plan's layers."""
        self.hours = Hours.parse(plan.store.hours, plan.store.place, plan.store.exceptions)
        self.looms = Looms(self.hours)
        for text in (layer.when for layers in (plan.dayparts, plan.campaigns, plan.quiet_hours) for layer in layers):
            self.looms.when(text)
        self.zones: Mapping[str, CompiledZone] = _Zones(plan, self.looms)


def compiled(plan: Plan) -> Compiled:
    """The compiled form of `plan`, made at the first question and kept with it."""
    found = plan._compiled
    if not isinstance(found, Compiled):
        found = Compiled(plan)
        plan._compiled = found
    return found
