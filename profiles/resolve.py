"""`resolve(plan, live, zone, instant)`: what a zone should feel like, why, and until when. All by field.

The one function that everything else asks: the engine, the panel, the timeline, HQ. It is pure, total for a plan that
`check` accepts, and level-triggered: nothing depends on having seen a moment pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from profiles.compiled import HORIZON, CompiledZone, Outcome, Won, compiled
from profiles.layers import Layer, LayerName, LiveLayer, live_layers
from profiles.limits import Clamp
from profiles.plan import Live, Plan
from profiles.scene import Field, Scene, Setting, scene_of


@dataclass(frozen=True, slots=True)
class Beaten:
    """A layer that had an opinion and lost, with what it would have been."""

    layer: LayerName
    value: Setting


@dataclass(frozen=True, slots=True)
class Because:
    """The reason for one field: the layer that won, what it beat (strongest first), what the limits changed."""

    layer: LayerName
    beat: tuple[Beaten, ...]
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
    layers = live_layers(live, zone)
    at = instant.timestamp()
    here = _layers_at(ground, layers, at)
    outcome = _outcome_at(ground, layers, at)
    fields = {}
    for field in Field:
        won = outcome.get(field)
        if won is not None:
            until = _until(ground, layers, field, at, won)
            fields[field] = Resolved(won.value, _because(here, field, won),
                                     None if until is None else datetime.fromtimestamp(until, UTC))
    return Resolution(zone, instant.astimezone(UTC), MappingProxyType(fields))


def next_change(plan: Plan, zone: str, instant: datetime) -> datetime | None:
    """The zone's next change of winner below rank override: where a press *until the next change* ends (rule 9)."""
    ground = compiled(plan).zones[zone]
    at = instant.timestamp()
    outcome = ground.at(at)[2]
    edges = [_until(ground, (), field, at, won, winner_only=True) for field, won in outcome.items()]
    first = min((edge for edge in edges if edge is not None), default=None)
    return None if first is None else datetime.fromtimestamp(first, UTC)


def _layers_at(ground: CompiledZone, live: tuple[LiveLayer, ...], at: float) -> tuple[Layer, ...]:
    alive = [x.layer for x in live if x.start <= at < x.end]
    alive.sort(key=lambda layer: layer.order, reverse=True)
    return (*alive, *ground.at(at)[0])


def _outcome_at(ground: CompiledZone, live: tuple[LiveLayer, ...], at: float) -> Outcome:
    layers, floor, outcome = ground.at(at)
    alive = [x.layer for x in live if x.start <= at < x.end]
    if not alive:
        return outcome
    alive.sort(key=lambda layer: layer.order, reverse=True)
    return ground.outcome((*alive, *layers), floor)


def _because(layers: tuple[Layer, ...], field: Field, won: Won) -> Because:
    opinions = [layer for layer in layers if field in layer.settings and layer is not won.layer]
    return Because(won.layer.name, tuple(Beaten(x.name, x.settings[field]) for x in opinions), won.clamps)


def _until(
    ground: CompiledZone, live: tuple[LiveLayer, ...], field: Field, at: float, won: Won, winner_only: bool = False
) -> float | None:
    for edge in _edges(ground, live, field, at):
        then = _outcome_at(ground, live, edge).get(field)
        if then is None or then.layer.name != won.layer.name or (not winner_only and then.value != won.value):
            return edge
    return None


def _edges(ground: CompiledZone, live: tuple[LiveLayer, ...], field: Field, at: float) -> Iterator[float]:
    """Instants after `at` at which `field` can change, in order, up to 13 months.

    While live layers can hide the plan's own, each boundary is looked at; after the last of them only the plan's.
    """
    horizon = at + HORIZON.total_seconds()
    own = sorted({edge for x in live for edge in (x.start, x.end) if at < edge < horizon})
    last = own[-1] if own else at
    if own:
        near = set(own) | set(ground.segment_starts(at, last))
        yield from sorted(near)
    yield from ground.turns(field, last, horizon)
