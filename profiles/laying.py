"""How the layers that are alive together become values: winners, ceilings, limits, stops, in this order.

For each field the strongest layer wins (rule 4). A ceiling takes over where what lies below it is higher (rule 6). The
store's safety limits clamp what came out (rule 8). A stop is above all of it, and nothing clamps it.

A plan has many thousands of segments, so what is kept for one is small: *rows*, tuples with a place for each field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from profiles.layers import FIELDS, PLACE, Layer, Rank, default_layer
from profiles.limits import Clamp, make_safe
from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Field, Setting

_ON, _BRIGHTNESS = PLACE[Field.AMBIENT_ON], PLACE[Field.AMBIENT_BRIGHTNESS]


@dataclass(frozen=True, slots=True, eq=False)
class Won:
    """What came out for one field: the layer, the value after limits, and what the limits changed."""

    layer: Layer
    value: Setting
    clamps: tuple[Clamp, ...]

    def same(self, other: Won | None) -> bool:
        """Whether winner and value are the same: no boundary lies between the two."""
        if self is other:
            return True
        if other is None or self.layer.name.id != other.layer.name.id:
            return False
        return self.layer.name == other.layer.name and self.value == other.value


Outcome = Mapping[Field, Won]
#: By place: which layer has the word about a field; what came out.
Ruling = tuple[Layer | None, ...]
Wins = tuple[Won | None, ...]
#: What comes out of each layer wherever it rules.
Rows = dict[Layer, Wins]
NOBODY: Ruling = (None,) * len(FIELDS)


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """The plan's own layers that are alive together in a zone, and what they make of it when nobody presses anything.

    `capping` and `lying`: ceilings, and the layers below them, strongest first. `won` and `ceilings`: who rules a field
    of these; `ruling`: who rules it in the end. `floor`: whether the light floor holds.
    """

    capping: tuple[Layer, ...]
    lying: tuple[Layer, ...]
    won: Ruling
    ceilings: Ruling
    ruling: Ruling
    floor: bool
    wins: Wins

    @property
    def outcome(self) -> Outcome:
        """What they make of it, by field."""
        return {field: won for field, won in zip(FIELDS, self.wins, strict=True) if won is not None}


class Laying:
    """What is the same in a zone at all times: its ground and its limits."""

    def __init__(self, plan: Plan, zone: Zone) -> None:
        """Take both out of `plan`."""
        self.ground = default_layer(zone)
        self._limits = plan.limits
        self._scent_refused = None if plan.store.scent_consent else "no consent to scent"
        if zone.is_scent_free:
            self._scent_refused = "scent-free zone"
        # Only of layers of the plan: of those of people there would be no end.
        self._rows: Rows = {}
        self._kept_lifted = lru_cache(maxsize=1024)(self.lifted)

    def mixed(self, layers: Sequence[Layer], floor: bool) -> Mix:
        """Layers of the plan (strongest first) on the ground."""
        ceilings = 0
        while ceilings < len(layers) and layers[ceilings].name.rank is Rank.QUIET_HOUR:
            ceilings += 1
        return self._mixed(tuple(layers[:ceilings]), (*layers[ceilings:], self.ground), floor)

    def _mixed(self, capping: tuple[Layer, ...], lying: tuple[Layer, ...], floor: bool) -> Mix:
        won = strongest(lying)
        ceilings = lowest(capping) if capping else NOBODY
        ruling = capped(won, ceilings)
        wins = self._wins(ruling, self._rows)
        on = ruling[_ON]
        if floor and on is not None:
            wins[_ON], wins[_BRIGHTNESS] = self._kept_lifted(on, ruling[_BRIGHTNESS])
        return Mix(capping, lying, won, ceilings, ruling, floor, tuple(wins))

    def lay(self, mix: Mix, chosen: Ruling, stops: Ruling, rows: Rows) -> Wins:
        """What comes out where people have `chosen` something below the ceilings of a mix, and stopped it above them.

        `rows`: kept by whoever asks, for as long as the layers of people are there.
        """
        ruling = capped(over(chosen, mix.won), mix.ceilings)
        wins = self._wins(ruling, rows)
        on = ruling[_ON]
        if mix.floor and on is not None:
            wins[_ON], wins[_BRIGHTNESS] = self.lifted(on, ruling[_BRIGHTNESS])
        if stops is not NOBODY:
            for place, stop in enumerate(stops):
                if stop is not None:
                    wins[place] = Won(stop, stop.settings[FIELDS[place]], ())
        return tuple(wins)

    def _wins(self, ruling: Ruling, rows: Rows) -> list[Won | None]:
        found: list[Won | None] = []
        for place, layer in enumerate(ruling):
            if layer is None:
                found.append(None)
                continue
            row = rows.get(layer)
            if row is None:
                row = rows[layer] = self._rows.get(layer) or self._row(layer)
            found.append(row[place])
        return found

    def _row(self, layer: Layer) -> Wins:
        """What comes out of a layer wherever it rules, by the limits that look at a field alone."""
        values = dict(layer.settings)
        clamps = make_safe(values, self._limits, False, self._scent_refused)
        return tuple(Won(layer, values[field], clamps.get(field, ())) if field in values else None for field in FIELDS)

    def lifted(self, on: Layer, brightness: Layer | None) -> tuple[Won | None, Won | None]:
        """Ambient light, on and brightness, where the light floor holds: it looks at both together."""
        values = {Field.AMBIENT_ON: on.settings[Field.AMBIENT_ON]}
        if brightness is not None:
            values[Field.AMBIENT_BRIGHTNESS] = brightness.settings[Field.AMBIENT_BRIGHTNESS]
        clamps = make_safe(values, self._limits, True, self._scent_refused)
        # The floor may give a brightness that no layer had: it then stands on the ground.
        won = {field: Won(layer or self.ground, values[field], clamps.get(field, ()))
               for field, layer in ((Field.AMBIENT_ON, on), (Field.AMBIENT_BRIGHTNESS, brightness)) if field in values}
        return won.get(Field.AMBIENT_ON), won.get(Field.AMBIENT_BRIGHTNESS)


def capped(won: Ruling, ceilings: Ruling) -> Ruling:
    """Who rules when the ceilings are there as well."""
    if ceilings is NOBODY:
        return won
    return tuple(ceiling if ceiling is not None and bites(ceiling.settings[field], below, field) else below
                 for field, below, ceiling in zip(FIELDS, won, ceilings, strict=True))


def bites(ceiling: Setting, below: Layer | None, field: Field) -> bool:
    """Whether a ceiling is lower than what lies below it. Off is lower than on; nothing at all is no protection."""
    return below is None or _height(ceiling) < _height(below.settings[field])


def strongest(layers: Iterable[Layer]) -> Ruling:
    """Of layers given strongest first, who rules each field."""
    won: list[Layer | None] = [None] * len(FIELDS)
    for layer in layers:
        for place in layer.places:
            if won[place] is None:
                won[place] = layer
    return tuple(won)


def lowest(ceilings: Iterable[Layer]) -> Ruling:
    """Of ceilings given strongest first, the lowest for each field; of equal ones the strongest."""
    low: list[Layer | None] = [None] * len(FIELDS)
    for layer in ceilings:
        for field, value in layer.settings.items():
            known = low[PLACE[field]]
            if known is None or _height(value) < _height(known.settings[field]):
                low[PLACE[field]] = layer
    return tuple(low)


def over(upper: Ruling, lower: Ruling) -> Ruling:
    """Who rules where one lot of layers lies over another."""
    return lower if upper is NOBODY else tuple(a or b for a, b in zip(upper, lower, strict=True))


def _height(value: Setting) -> float:
    return float(value) if isinstance(value, float | int) else inf
