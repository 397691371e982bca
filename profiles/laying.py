"""How the layers that are alive together become values: winners, ceilings, limits, stops, in this order.

For each field the strongest layer wins (rule 4). A ceiling takes over where what lies below it is higher (rule 6). The
store's safety limits clamp what came out (rule 8). A stop is above all of it, and nothing clamps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

from profiles.layers import Layer, Rank, default_layer
from profiles.limits import Clamp, make_safe
from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Field, Setting

#: Which layer has the word about a field.
Ruling = Mapping[Field, Layer]
NOBODY: Ruling = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Won:
    """What came out for one field: the layer, the value after limits, and what the limits changed."""

    layer: Layer
    value: Setting
    clamps: tuple[Clamp, ...]

    def same(self, other: Won | None) -> bool:
        """Whether winner and value are the same: no boundary lies between the two."""
        return self is other or (
            other is not None and self.layer.name == other.layer.name and self.value == other.value)


Outcome = Mapping[Field, Won]


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """The plan's own layers that are alive together in a zone, and what they make of it when nobody presses anything.

    `layers`: strongest first; of them `capping` are the ceilings and `lying` what is below. `won` and `ceilings`: who
    rules a field of these. `floor`: whether the light floor holds.
    """

    layers: tuple[Layer, ...]
    capping: tuple[Layer, ...]
    lying: tuple[Layer, ...]
    won: Ruling
    ceilings: Ruling
    floor: bool
    outcome: Outcome


class Laying:
    """What is the same in a zone at all times: its ground and its limits."""

    def __init__(self, plan: Plan, zone: Zone) -> None:
        """Take both out of `plan`."""
        self.ground = default_layer(zone)
        self._limits = plan.limits
        self._scent_refused = None if plan.store.scent_consent else "no consent to scent"
        if zone.is_scent_free:
            self._scent_refused = "scent-free zone"

    def mixed(self, layers: Sequence[Layer], floor: bool) -> Mix:
        """Layers of the plan (strongest first) on the ground."""
        capping = tuple(layer for layer in layers if layer.name.rank is Rank.QUIET_HOUR)
        lying = (*(layer for layer in layers if layer.name.rank is not Rank.QUIET_HOUR), self.ground)
        won, ceilings = strongest(lying), lowest(capping)
        return Mix((*capping, *lying), capping, lying, won, ceilings, floor, self.lay(won, ceilings, floor))

    def lay(self, won: Ruling, ceilings: Ruling, floor: bool, stops: Ruling = NOBODY) -> Outcome:
        """What comes out where `won` rules below `ceilings` and `stops` above them.

        Of fields that a limit looks at together (`layers.together`) all must be given, or none.
        """
        ruling = dict(won)
        for field, ceiling in ceilings.items():
            if bites(ceiling.settings[field], ruling.get(field), field):
                ruling[field] = ceiling
        values = {field: layer.settings[field] for field, layer in ruling.items() if field not in stops}
        clamps = make_safe(values, self._limits, floor and Field.AMBIENT_ON in values, self._scent_refused)
        # The light floor may have given a field that no layer had: it then stands on the ground.
        outcome = {f: Won(ruling.get(f, self.ground), value, clamps.get(f, ())) for f, value in values.items()}
        for field, stop in stops.items():
            outcome[field] = Won(stop, stop.settings[field], ())
        return outcome


def bites(ceiling: Setting, below: Layer | None, field: Field) -> bool:
    """Whether a ceiling is lower than what lies below it. Off is lower than on; nothing at all is no protection."""
    return below is None or _height(ceiling) < _height(below.settings[field])


def strongest(layers: Iterable[Layer]) -> dict[Field, Layer]:
    """Of layers given strongest first, who rules each field."""
    won: dict[Field, Layer] = {}
    for layer in layers:
        for field in layer.settings:
            won.setdefault(field, layer)
    return won


def lowest(ceilings: Iterable[Layer]) -> dict[Field, Layer]:
    """Of ceilings given strongest first, the lowest for each field; of equal ones the strongest."""
    low: dict[Field, Layer] = {}
    for layer in ceilings:
        for field, value in layer.settings.items():
            if field not in low or _height(value) < _height(low[field].settings[field]):
                low[field] = layer
    return low


def _height(value: Setting) -> float:
    return float(value) if isinstance(value, float | int) else inf
