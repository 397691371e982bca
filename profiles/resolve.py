"""`resolve(plan, live, zone, instant)`: what a zone should feel like, why, and until when. All by field.

The one function that everything else asks: the engine, the panel, the timeline, HQ. It is pure, total for a plan that
`check` accepts, and level-triggered: nothing depends on having seen a moment pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import inf
from types import MappingProxyType

from profiles.compiled import HORIZON, CompiledZone, Won, compiled
from profiles.layers import FLOORED, LayerName, LiveLayer, Opinion, Rank, live_zone, together
from profiles.limits import Clamp
from profiles.plan import Live, Plan
from profiles.scene import Field, Scene, Setting, scene_of


@dataclass(frozen=True, slots=True)
class Because:
    """The reason for one field: the layer that won, what it beat (strongest first), what the limits changed."""

    layer: LayerName
    beat: tuple[Opinion, ...]
    clamps: tuple[Clamp, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """One field: its value, the reason, and the first instant at which winner or value differ (None: 13 months)."""

    value: Setting
    because: Because
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a zone should feel like at an instant, by field."""

    zone: str
    at: datetime
    fields: Mapping[Field, Resolved]

    @property
    def scene(self) -> Scene:
        """The values as a scene."""
        return scene_of({field: resolved.value for field, resolved in self.fields.items()})

    @property
    def until(self) -> datetime | None:
        """The first instant at which any field changes; None if none does within 13 months."""
        return min((r.until for r in self.fields.values() if r.until is not None), default=None)

    @property
    def leading(self) -> LayerName:
        """The layer to name when only one can be named: of those with a mood, the strongest; else the strongest."""
        layers = {r.because.layer for r in self.fields.values()}
        return max(layers, key=lambda name: (name.rank, name.profile is not None, name.id))


def resolve(plan: Plan, live: Live, zone: str, instant: datetime) -> Resolution:
    """Resolve one zone at one instant (aware; UTC inside). Raises KeyError for a zone that the plan has not."""
    ground = compiled(plan).zones[zone]
    lives = live_zone(live, zone)
    at = instant.timestamp()
    layers, floor, outcome = ground.at(at)
    alive = [x.layer for x in lives.layers if x.start <= at < x.end]
    if alive:
        layers = (*alive, *layers)
        outcome = ground.outcome(layers, floor)
    opinions: dict[Field, list[Opinion]] = {field: [] for field in outcome}
    for layer in layers:
        for field, opinion in layer.opinions:
            opinions[field].append(opinion)
    fields = {}
    for field in Field:
        won = outcome.get(field)
        if won is None:
            continue
        until = _until(ground, lives.by_field[field], field, at, won)
        beat = tuple(x for x in opinions[field] if x.layer is not won.layer.name)
        fields[field] = Resolved(won.value, Because(won.layer.name, beat, won.clamps),
                                 None if until is None else datetime.fromtimestamp(until, UTC))
    return Resolution(zone, instant.astimezone(UTC), MappingProxyType(fields))


def next_change(plan: Plan, zone: str, instant: datetime) -> datetime | None:
    """The zone's next change of winner below rank override: where a press *until the next change* ends (rule 9)."""
    ground = compiled(plan).zones[zone]
    at = instant.timestamp()
    found: float | None = None
    for field, won in ground.at(at)[2].items():
        edge = ground.until(field, at)
        while edge is not None and (found is None or edge < found):
            then = ground.at(edge)[2].get(field)
            if then is None or then.layer.name != won.layer.name:
                found = edge
                break
            edge = ground.until(field, edge)
            if edge is not None and edge >= at + HORIZON.total_seconds():
                break
    return None if found is None else datetime.fromtimestamp(found, UTC)


def _until(ground: CompiledZone, lives: tuple[LiveLayer, ...], field: Field, at: float, won: Won) -> float | None:
    """The first instant after `at` at which winner or value of `field` differ."""
    mine = [x for x in lives if x.end > at]
    if not mine:
        return ground.until(field, at)
    group = together(field)
    horizon = at + HORIZON.total_seconds()
    here = at
    while True:
        edge = _next_edge(ground, mine, group, here)
        if edge is None or edge >= horizon:
            return None
        layers, floor, _ = ground.at(edge)
        alive = (x.layer for x in mine if x.start <= edge < x.end)
        then = ground.outcome((*alive, *layers), floor, group).get(field)
        if not won.same(then):
            return edge
        here = edge


def _next_edge(ground: CompiledZone, mine: list[LiveLayer], group: frozenset[Field], at: float) -> float | None:
    """The next instant at which the fields of `group` can differ: a live layer comes or goes, or the plan turns.

    Of the live layers only those that rule a field now can matter by going, and only a coming one by coming.
    """
    edges = [x.start for x in mine if x.start > at]
    ruled: set[Field] = set()
    clamped = False
    for x in mine:  # strongest first
        if x.start <= at < x.end:
            rules = (group & x.layer.settings.keys()) - ruled
            if rules:
                edges.append(x.end)
                ruled |= rules
                clamped = clamped or x.layer.name.rank is not Rank.STOP
    if clamped and group is FLOORED:  # the light floor clamps live layers as well, except a stop
        edges.extend(islice(ground.segment_starts(at, min(edges, default=at) + 1), 1))
    edges.extend(turn for f in group - ruled if (turn := ground.until(f, at)) is not None)
    return min((edge for edge in edges if edge != inf), default=None)
