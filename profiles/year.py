"""Thirteen months of each zone as `resolve` would have them: what `check` and the comparison of two plans walk along.

The same layers are alive together again and again, so each such *situation* of a zone is looked at once, and the year
is a list of which situation holds from when to when. Asked from the compiled plan, so it is exact: what is said of it
is what will be.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from profiles.compiled import CompiledZone, compiled
from profiles.layers import Layer, LayerName
from profiles.laying import Mix, Outcome
from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Field, Setting
from profiles.weave import STRETCH_S

#: So many zones are kept at a time; a check looks at one after the other, and devices stand in two.
_ZONES_KEPT = 12

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Situation:
    """Layers that are alive together, strongest first, whether the light floor holds, and what comes out by field.

    `lying`: the layers below the ceilings of quiet hours.
    """

    layers: tuple[Layer, ...]
    lying: tuple[Layer, ...]
    floor: bool
    outcome: Outcome

    def value(self, field: Field) -> Setting | None:
        """What is given, after limits; None where no layer gives the field."""
        won = self.outcome.get(field)
        return None if won is None else won.value

    def asked(self, field: Field) -> Setting | None:
        """What the winning layer asks for, before limits."""
        won = self.outcome.get(field)
        return None if won is None else won.clamps[0].asked if won.clamps else won.value

    def winner(self, field: Field) -> LayerName | None:
        """The layer that decides a field, ceilings included."""
        won = self.outcome.get(field)
        return None if won is None else won.layer.name


class ZoneYear:
    """One zone in [start, end): its situations, and which of them holds when."""

    def __init__(self, ground: CompiledZone, start: float, end: float) -> None:
        """Walk along the compiled zone from boundary to boundary."""
        self.zone: Zone = ground.zone
        self.start, self.end = start, end
        self.situations: list[Situation] = []
        #: By situation: the first instant at which it holds.
        self.firsts: list[float] = []
        self._starts, self._numbers = array("d"), array("l")
        known: dict[Mix, int] = {}
        for number in range(int(start // STRETCH_S), int(end // STRETCH_S) + 1):
            stretch = ground.stretch(number)
            ends = (*stretch.starts[1:], (number + 1) * STRETCH_S)
            for at, until, mix in zip(stretch.starts, ends, stretch.mixes, strict=True):
                if until > start and at < end:
                    self._add(max(at, start), mix, known)

    def _add(self, at: float, mix: Mix, known: dict[Mix, int]) -> None:
        number = known.get(mix)
        if number is None:
            number = known[mix] = len(self.situations)
            self.situations.append(Situation((*mix.capping, *mix.lying), mix.lying, mix.floor, mix.outcome))
            self.firsts.append(at)
        if not self._numbers or self._numbers[-1] != number:
            self._starts.append(at)
            self._numbers.append(number)

    def each(self) -> Iterator[tuple[float, Situation]]:
        """Every situation with the first instant at which it holds."""
        return zip(self.firsts, self.situations, strict=True)

    def at(self, instant: float) -> Situation:
        """The situation that holds at an instant of the year."""
        return self.situations[self._numbers[bisect_right(self._starts, instant) - 1]]

    def stretches(self, of: Callable[[Situation], _T]) -> Iterator[tuple[float, float, _T]]:
        """The whole time in stretches [start, end) in which `of` says the same; asked once a situation."""
        values = [of(situation) for situation in self.situations]
        begin, before = 0.0, None
        for n, start in enumerate(self._starts):
            number = self._numbers[n]
            if before is None:
                begin = start
            elif values[number] != values[before]:
                yield begin, start, values[before]
                begin = start
            before = number
        if before is not None:
            yield begin, self.end, values[before]


class Year:
    """A plan in [start, end), zone by zone. Raises WhenError if an expression cannot be read."""

    def __init__(self, plan: Plan, start: float, end: float) -> None:
        """Compile the plan, if nobody has; zones are walked along when asked for."""
        self.plan, self.start, self.end = plan, start, end
        self._compiled = compiled(plan)
        self._zones: OrderedDict[str, ZoneYear] = OrderedDict()

    def of(self, zone: str) -> ZoneYear:
        """The year of one zone. Raises KeyError."""
        found = self._zones.get(zone)
        if found is None:
            found = self._zones[zone] = ZoneYear(self._compiled.zones[zone], self.start, self.end)
            while len(self._zones) > _ZONES_KEPT:
                self._zones.popitem(last=False)
        return found
