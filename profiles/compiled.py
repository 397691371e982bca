"""A plan made ready to be asked: for each zone, which of the plan's own layers are alive when.

Time is cut into stretches of four weeks. A stretch of a zone is worked out once, from the windows of its dayparts
and of the light floor, and kept; after that a question is a bisection. Live layers (overrides, stops) are laid over
it when asked, because they change without the plan changing.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import nextafter

from profiles.hours import Hours
from profiles.instants import HORIZON_DAYS, days_after
from profiles.layers import Layer, Rank, daypart_layer, default_layer
from profiles.limits import Clamp, make_safe
from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Field, Setting
from profiles.when import When

STRETCH_S = 28 * 24 * 3600
#: No boundary further away than this is looked for: 13 months (rule 10).
HORIZON = timedelta(days=397)
FLOOR_MARGIN = timedelta(minutes=60)
_STRETCHES_KEPT = 40


@dataclass(frozen=True, slots=True)
class Won:
    """What came out for one field: the layer, the value after limits, and what the limits changed."""

    layer: Layer
    value: Setting
    clamps: tuple[Clamp, ...]

    def same(self, other: Won | None) -> bool:
        """Whether winner and value are the same: no boundary lies between the two."""
        return other is not None and self.layer.name == other.layer.name and self.value == other.value


Outcome = dict[Field, Won]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Four weeks of one zone: at `starts[n]` begins a segment in which `layers[n]` are alive, strongest first."""

    starts: list[float]
    layers: list[tuple[Layer, ...]]
    floors: list[bool]
    outcomes: list[Outcome]
    #: By field: the instants at which winner or value change within the stretch, without live layers.
    turns: dict[Field, list[float]]


class CompiledZone:
    """The plan's own layers of one zone, by stretch. Safe to ask from several threads."""

    def __init__(self, plan: Plan, zone: Zone, whens: dict[str, When], hours: Hours) -> None:
        """Take what concerns `zone` out of `plan`; nothing is worked out yet."""
        self.zone = zone
        self._limits = plan.limits
        self._hours = hours
        self._ground = default_layer(zone)
        self._dayparts = [(whens[d.id], daypart_layer(plan, d, zone)) for d in plan.dayparts
                          if d.zones is None or zone.id in d.zones]
        self.scent_refused = None if plan.store.scent_consent else "no consent to scent"
        if zone.is_scent_free:
            self.scent_refused = "scent-free zone"
        self._stretches: OrderedDict[int, Stretch] = OrderedDict()
        #: By field: from when on the next turn is known, that turn (None: not found), and how far was looked.
        self._runs: dict[Field, tuple[float, float | None, float]] = {}
        self._lock = threading.Lock()

    def stretch_at(self, instant: float) -> Stretch:
        """The stretch that holds `instant` (seconds since 1970)."""
        number = int(instant // STRETCH_S)
        with self._lock:
            found = self._stretches.get(number)
            if found is not None:
                self._stretches.move_to_end(number)
                return found
        found = self._work_out(number)
        with self._lock:
            self._stretches[number] = found
            while len(self._stretches) > _STRETCHES_KEPT:
                self._stretches.popitem(last=False)
        return found

    def at(self, instant: float) -> tuple[tuple[Layer, ...], bool, Outcome]:
        """The plan's layers alive at `instant`, strongest first; whether the light floor holds; what they give."""
        stretch = self.stretch_at(instant)
        n = bisect_right(stretch.starts, instant) - 1
        return stretch.layers[n], stretch.floors[n], stretch.outcomes[n]

    def turns(self, field: Field, after: float, before: float) -> Iterator[float]:
        """Instants in (after, before) at which `field` changes by the plan alone, in order; worked out as asked."""
        instant = after
        while instant < before:
            edges = self.stretch_at(instant).turns.get(field, [])
            for edge in edges[bisect_right(edges, after):]:
                if edge >= before:
                    return
                yield edge
            instant = (instant // STRETCH_S + 1) * STRETCH_S

    def until(self, field: Field, at: float) -> float | None:
        """The first instant after `at` at which `field` differs by the plan alone; None within the horizon.

        What was found for one instant holds until the turn that was found, so a question costs a look-up.
        """
        horizon = at + HORIZON.total_seconds()
        known = self._runs.get(field)
        begin, looked = at, at
        if known is not None and known[0] <= at:
            begin, turn, looked = known
            if turn is not None and at < turn:
                return turn if turn < horizon else None
            if turn is not None or looked < at:
                begin = looked = at
            elif looked >= horizon:
                return None
        won = self.at(at)[2].get(field)
        # An edge at the very end of the last search was not part of it.
        for edge in self.turns(field, nextafter(looked, 0.0) if looked > at else at, horizon):
            then = self.at(edge)[2].get(field)
            if won is None or not won.same(then):
                self._runs[field] = (begin, edge, edge)
                return edge
        self._runs[field] = (begin, None, horizon)
        return None

    def segment_starts(self, after: float, before: float) -> Iterator[float]:
        """Instants in (after, before) at which any of the plan's windows, or the light floor, opens or closes."""
        instant = after
        while instant < before:
            starts = self.stretch_at(instant).starts
            for start in starts[bisect_right(starts, after):]:
                if start >= before:
                    return
                yield start
            instant = (instant // STRETCH_S + 1) * STRETCH_S

    def outcome(self, layers: Iterable[Layer], floor: bool, only: frozenset[Field] | None = None) -> Outcome:
        """Lay `layers` (strongest first) over each other, field by field, and clamp what is no stop's.

        `only`: the fields that are asked for; they must hold all that a limit looks at together.
        """
        won: dict[Field, Layer] = {}
        for layer in layers:
            for field in layer.settings if only is None else only & layer.settings.keys():
                won.setdefault(field, layer)
        values = {field: layer.settings[field] for field, layer in won.items()}
        stopped = {field: values.pop(field) for field, layer in won.items() if layer.name.rank is Rank.STOP}
        clamps = make_safe(
            values, self._limits, floor and Field.AMBIENT_ON in values, self.scent_refused)
        values.update(stopped)
        # The light floor may have given a field that no layer had: it then stands on the ground.
        return {f: Won(won.get(f, self._ground), value, clamps.get(f, ())) for f, value in values.items()}

    def _work_out(self, number: int) -> Stretch:
        first, last = number * STRETCH_S, (number + 1) * STRETCH_S
        start, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
        spans: list[tuple[float, float, Layer | None]] = [
            (a, b, layer) for when, layer in self._dayparts for a, b in when.spans(float(first), float(last))]
        spans += [(a, b, None) for a, b in self._floor_spans(start, end)]
        edges = sorted({float(first)} | {e for a, b, _ in spans for e in (a, b) if first <= e < last})
        opening: dict[float, list[Layer | None]] = {}
        closing: dict[float, list[Layer | None]] = {}
        for a, b, layer in spans:
            opening.setdefault(max(a, first), []).append(layer)
            closing.setdefault(b, []).append(layer)
        stretch = Stretch(edges, [], [], [], {field: [float(first)] for field in Field})
        alive: list[Layer | None] = []
        for edge in edges:
            for layer in closing.get(edge, ()):
                alive.remove(layer)
            alive.extend(opening.get(edge, ()))
            layers = tuple(sorted([x for x in alive if x is not None], key=lambda x: x.order, reverse=True))
            self._add_segment(stretch, edge, (*layers, self._ground), None in alive)
        return stretch

    def _add_segment(self, stretch: Stretch, edge: float, layers: tuple[Layer, ...], floor: bool) -> None:
        outcome = self.outcome(layers, floor)
        # The first segment of a stretch is compared with nothing: its edge is a turn of every field from the start, and
        # whoever looks for the next change compares again, and finds that nothing differs.
        if stretch.outcomes:
            before = stretch.outcomes[-1]
            for field, won in outcome.items():
                if not won.same(before.get(field)):
                    stretch.turns[field].append(edge)
            for field in before.keys() - outcome.keys():
                stretch.turns[field].append(edge)
        stretch.layers.append(layers)
        stretch.floors.append(floor)
        stretch.outcomes.append(outcome)

    def _floor_spans(self, start: datetime, end: datetime) -> Iterator[tuple[float, float]]:
        """When the light floor holds: from 60 min before opening to 60 min after closing, days merged."""
        if not self.zone.people:
            return
        if self._hours.always_open:
            yield start.timestamp(), end.timestamp()
            return
        # A store that stays open over nights may have opened a year ago; business days are kept by year.
        days = self._hours.business_days(days_after(start.date(), -HORIZON_DAYS), days_after(end.date(), 3))
        open_from = open_to = None
        for day in days:
            a, b = (day.opening - FLOOR_MARGIN).timestamp(), (day.closing + FLOOR_MARGIN).timestamp()
            if open_to is not None and open_from is not None and a > open_to:
                yield from _clip(open_from, open_to, start.timestamp(), end.timestamp())
                open_from = None
            open_from = a if open_from is None else open_from
            open_to = b if open_to is None or a > open_to else max(b, open_to)
        if open_from is not None and open_to is not None:
            yield from _clip(open_from, open_to, start.timestamp(), end.timestamp())


def _clip(a: float, b: float, first: float, last: float) -> Iterator[tuple[float, float]]:
    if max(a, first) < min(b, last):
        yield max(a, first), min(b, last)


class Compiled:
    """A plan made ready. Raises WhenError if an expression cannot be read: `check` finds these first."""

    def __init__(self, plan: Plan) -> None:
        """Read every expression of `plan`."""
        place = plan.store.place
        self.hours = Hours.parse(plan.store.hours, place, plan.store.exceptions)
        self.whens = {d.id: When.parse(d.when, place, self.hours) for d in plan.dayparts}
        self.zones = {z.id: CompiledZone(plan, z, self.whens, self.hours) for z in plan.zones}


def compiled(plan: Plan) -> Compiled:
    """The compiled form of `plan`, made at the first question and kept with it."""
    found = plan._compiled
    if not isinstance(found, Compiled):
        found = Compiled(plan)
        plan._compiled = found
    return found
