"""What people put on a zone, made ready to be asked: which overrides and stops are alive when, and which rule.

One `Live` is asked many times before anybody presses again, so what was found is kept with it.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from profiles.layers import Layer, Rank, override_layer, stop_layer
from profiles.laying import NOBODY, Ruling, strongest
from profiles.plan import Live
from profiles.scene import Field


@dataclass(frozen=True, slots=True, eq=False)
class LiveLayer:
    """A layer that a person put there, alive in [start, end) seconds since 1970; `end` is infinite for a stop."""

    start: float
    end: float
    layer: Layer


@dataclass(frozen=True, slots=True, eq=False)
class Pressed:
    """The live layers that are alive together, strongest first, and who rules a field of them."""

    stopping: tuple[Layer, ...]
    chosen: tuple[Layer, ...]
    stops: Ruling
    overrides: Ruling


NOTHING = Pressed((), (), NOBODY, NOBODY)


class LiveZone:
    """The live layers of one zone. Safe to ask from several threads: what is kept can only be found again."""

    def __init__(self, layers: list[LiveLayer]) -> None:
        """Take the layers of the zone; nothing is worked out yet."""
        self.layers = tuple(sorted(layers, key=lambda x: x.layer.order, reverse=True))
        self._edges = sorted({e for x in self.layers for e in (x.start, x.end) if e != inf})
        self._pressed: dict[int, Pressed] = {}
        self._turns: dict[Field, list[float]] = {}
        #: What `resolve` found under these layers; for another plan it begins anew.
        self.kept: Any = None

    def at(self, instant: float) -> Pressed:
        """Those alive at `instant`. Two instants with the same live layers are given the same answer, itself."""
        number = bisect_right(self._edges, instant)
        found = self._pressed.get(number)
        if found is None:
            alive = [x.layer for x in self.layers if x.start <= instant < x.end]
            found = self._pressed[number] = _pressed(alive)
        return found

    def turns(self, field: Field) -> list[float]:
        """The instants at which another live layer, or none, comes to rule `field`, in order."""
        found = self._turns.get(field)
        if found is None:
            found = self._turns[field] = list(self._sweep(field))
        return found

    def _sweep(self, field: Field) -> Iterator[float]:
        """Walk through the edges with the numbers of those alive, the strongest being the lowest number."""
        layers = [x for x in self.layers if field in x.layer.settings]
        edges = sorted([(x.start, 1, n) for n, x in enumerate(layers)] + [(x.end, 0, n) for n, x in enumerate(layers)])
        alive: list[int] = []
        rules: int | None = None
        for number, (instant, begins, layer) in enumerate(edges):
            if begins:
                insort(alive, layer)
            else:
                alive.remove(layer)
            if number + 1 < len(edges) and edges[number + 1][0] == instant:
                continue
            strongest_now = alive[0] if alive else None
            if strongest_now != rules and instant != inf:
                yield instant
            rules = strongest_now


def _pressed(alive: list[Layer]) -> Pressed:
    if not alive:
        return NOTHING
    stopping = tuple(layer for layer in alive if layer.name.rank is Rank.STOP)
    chosen = tuple(layer for layer in alive if layer.name.rank is not Rank.STOP)
    return Pressed(stopping, chosen, strongest(stopping), strongest(chosen))


def live_zone(live: Live, zone_id: str) -> LiveZone:
    """The live layers of one zone, kept with `live`."""
    if live._indexed is None:
        live._indexed = {}
    index: dict[str, LiveZone] = live._indexed
    found = index.get(zone_id)
    if found is None:
        layers = [LiveLayer(o.start.timestamp(), o.over().timestamp(), override_layer(o))
                  for o in live.overrides if o.zone == zone_id and o.start < o.over()]
        layers += [LiveLayer(s.since.timestamp(), inf if s.ended is None else s.ended.timestamp(), stop_layer(s))
                   for s in live.stops if (s.zones is None or zone_id in s.zones)
                   and (s.ended is None or s.since < s.ended)]
        found = index[zone_id] = LiveZone(layers)
    return found
