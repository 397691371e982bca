"""`resolve(plan, live, zone, instant)`: what a zone should feel like, why, and until when. All by field.

The one function that everything else asks: the engine, the panel, the timeline, HQ. It is pure, total for a plan that
`check` accepts, and level-triggered: nothing depends on having seen a moment pass.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from types import MappingProxyType

from profiles.compiled import HORIZON_S, CompiledZone, compiled
from profiles.layers import FIELDS, PLACE, LayerName, Opinion, Rank, together
from profiles.laying import Mix, Rows, Wins, Won, bites, over
from profiles.limits import Clamp
from profiles.lives import NOTHING, LiveZone, Pressed, live_zone
from profiles.plan import Live, Plan
from profiles.scene import Field, Scene, Sense, Setting, scene_of

#: Different sets of layers alive together, of which the reasons are kept for one `Live`.
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Because:
    """The reason for one field: the layer that won, what it beat (strongest first), what the limits changed."""

    layer: LayerName
    beat: tuple[Opinion, ...]
    clamps: tuple[Clamp, ...]


@dataclass(frozen=True, slots=True)
class Winner:
    """One field: its value and the reason."""

    value: Setting
    because: Because


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
        """The layer to name when only one can be named: the strongest; of equals one with a mood.

        A quiet hour names a zone by more than its scent, which it takes away a purge before it begins.
        """
        every = [(field, resolved.because.layer) for field, resolved in self.fields.items()]
        # Few layers win many fields: each is weighed once, and by what it is rather than by all that it holds.
        layers = {id(layer): layer for field, layer in every if not is_purge(field, layer)}
        return max(layers.values() or [layer for _, layer in every],
                   key=lambda name: (name.rank, name.profile is not None, name.id))


def is_purge(field: Field, layer: LayerName) -> bool:
    """Whether a layer is a quiet hour that rules scent: perhaps ahead of its time."""
    return layer.rank is Rank.QUIET_HOUR and field.sense is Sense.SCENT


def resolve(plan: Plan, live: Live, zone: str, instant: datetime) -> Resolution:
    """Resolve one zone at one instant (aware; UTC inside). Raises KeyError for a zone that the plan has not."""
    ground = compiled(plan).zones[zone]
    lives = live_zone(live, zone)
    at = instant.timestamp()
    answers = _answers(ground, lives)
    fields = {}
    for field, won, because in answers.reasons(ground.mix_at(at), lives.at(at)):
        until = answers.until(field, at, won)
        fields[field] = Resolved(won.value, because, None if until is None else datetime.fromtimestamp(until, UTC))
    return Resolution(zone, instant.astimezone(UTC), MappingProxyType(fields))


def winners_at(plan: Plan, live: Live, zone: str, instant: datetime) -> dict[Field, Winner]:
    """Values and reasons of `resolve`, for those who do not ask until when: that is most of its work after a press."""
    ground, lives, at = compiled(plan).zones[zone], live_zone(live, zone), instant.timestamp()
    return {field: Winner(won.value, because)
            for field, won, because in _answers(ground, lives).reasons(ground.mix_at(at), lives.at(at))}


def values_at(plan: Plan, live: Live, zone: str, instant: datetime) -> dict[Field, Setting]:
    """Only the values of `resolve`."""
    return {field: winner.value for field, winner in winners_at(plan, live, zone, instant).items()}


def next_change(plan: Plan, zone: str, instant: datetime) -> datetime | None:
    """The zone's next change of winner below rank override: where a press *until the next change* ends (rule 9).

    Quiet hours are ceilings above overrides, so they are no change in this sense.
    """
    found = compiled(plan).zones[zone].next_winner(instant.timestamp())
    return None if found is None else datetime.fromtimestamp(found, UTC)


#: What is said of a field wherever the same layers are alive together.
Reason = tuple[Field, Won, Because]


class _Answers:
    """What was found for one zone of one plan under one `Live`. What is kept can only be found again."""

    def __init__(self, ground: CompiledZone, lives: LiveZone) -> None:
        """Begin with nothing."""
        self.ground = ground
        self._lives = lives
        self._reasons: dict[tuple[Mix, Pressed], list[Reason]] = {}
        self._wins: dict[tuple[Mix, Pressed], Wins] = {}
        self._rows: Rows = {}
        #: By field: an instant, and the first one after it at which the field differs.
        self._runs: dict[Field, tuple[float, float]] = {}

    def reasons(self, mix: Mix, pressed: Pressed) -> list[Reason]:
        """Winner, value and what was beaten, by field."""
        found = self._reasons.get((mix, pressed))
        if found is None:
            if len(self._reasons) >= _KEPT:
                self._reasons.clear()
            found = self._reasons[mix, pressed] = self._reason(mix, pressed)
        return found

    def until(self, field: Field, at: float, won: Won) -> float | None:
        """The first instant after `at` at which winner or value of `field` differ."""
        if not self._lives.layers:
            return self.ground.until(field, at)
        known = self._runs.get(field)
        if known is not None and known[0] <= at < known[1]:
            return known[1]
        found = self._look(field, at, won)
        if found is not None:
            self._runs[field] = (at, found)
        return found

    def _look(self, field: Field, at: float, won: Won) -> float | None:
        group, horizon, here = together(field), at + HORIZON_S, at
        turns = [self._lives.turns(one) for one in group]
        while True:
            live = min((edges[n] for edges in turns if (n := bisect_right(edges, here)) < len(edges)), default=horizon)
            pressed = self._lives.at(here)
            if live >= horizon and not any(pressed.stops[PLACE[f]] or pressed.overrides[PLACE[f]] for f in group):
                edge = self.ground.until(field, here)  # the plan alone from here on
            else:
                edge = self._edge(group, pressed, here, min(live, horizon))
            if edge is None or edge >= horizon:
                return None
            if not won.same(self.wins(self.ground.mix_at(edge), self._lives.at(edge))[PLACE[field]]):
                return edge
            here = edge

    def _edge(self, group: frozenset[Field], pressed: Pressed, here: float, before: float) -> float:
        """The next instant before `before` (or that) at which the plan can make fields of `group` differ.

        Where a live layer rules a field, only ceilings and the light floor still count; under a stop nothing does.
        """
        edge = before
        ruled = any(pressed.overrides[PLACE[field]] for field in group)
        for field in group:
            if pressed.stops[PLACE[field]] is not None:
                continue
            if pressed.overrides[PLACE[field]] is None:
                edge = min(edge, next(self.ground.turns("outcome", field, here, edge), edge))
            if ruled:
                edge = min(edge, next(self.ground.turns("cap", field, here, edge), edge))
        return edge

    def wins(self, mix: Mix, pressed: Pressed) -> Wins:
        """What comes out where the plan's and people's layers meet."""
        if pressed is NOTHING:
            return mix.wins
        found = self._wins.get((mix, pressed))
        if found is None:
            if len(self._wins) >= _KEPT:
                self._wins.clear()
            found = self._wins[mix, pressed] = self.ground.laying.lay(
                mix, pressed.overrides, pressed.stops, self._rows)
        return found

    def _reason(self, mix: Mix, pressed: Pressed) -> list[Reason]:
        below = over(pressed.overrides, mix.won)
        opinions: dict[Field, list[Opinion]] = {field: [] for field in FIELDS}
        for layer in chain(pressed.stopping, mix.capping, pressed.chosen, mix.lying):
            ceiling = layer.name.rank is Rank.QUIET_HOUR
            for field, opinion in layer.opinions:
                # A ceiling above what lies below it has nothing to say.
                if not ceiling or bites(opinion.value, below[PLACE[field]], field):
                    opinions[field].append(opinion)
        found = []
        for field, won in zip(FIELDS, self.wins(mix, pressed), strict=True):
            if won is not None:
                beat = tuple(x for x in opinions[field] if x.layer is not won.layer.name)
                found.append((field, won, Because(won.layer.name, beat, won.clamps)))
        return found


def _answers(ground: CompiledZone, lives: LiveZone) -> _Answers:
    kept: _Answers | None = lives.kept
    if kept is None or kept.ground is not ground:
        kept = lives.kept = _Answers(ground, lives)
    return kept
