"""Layers: what zone defaults, dayparts, overrides and stops become before they are resolved.

The order of layers is total, so that `resolve` never has to refuse: rank, then the newer press, then the id
(`semantics.md`, rule 5). Two dayparts of one zone at one time are an error of `check`, not of `resolve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import IntEnum

from profiles.places import Zone
from profiles.plan import Daypart, Live, Override, Plan, Stop
from profiles.scene import Field, Role, Sense, Setting, Settings, light_field


class Rank(IntEnum):
    """What beats what. The quiet hour is a ceiling over all below it; a stop is above it."""

    DEFAULT = 0
    DAYPART = 10
    CAMPAIGN = 20
    OVERRIDE = 30
    QUIET_HOUR = 40
    STOP = 50


@dataclass(frozen=True, slots=True)
class LayerName:
    """Which layer: enough to say it to people and to find it again. `profile`: the name of the mood it brings."""

    rank: Rank
    id: str
    name: str
    profile: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a layer would make of a field: of one that lost, what it would have been."""

    layer: LayerName
    value: Setting


@dataclass(frozen=True, slots=True)
class Layer:
    """Opinions of one layer in one zone, with its place in the total order."""

    name: LayerName
    order: tuple[int, float, str]
    settings: Settings
    #: The same settings as they are given in reasons; made once, since a layer is resolved many times.
    opinions: tuple[tuple[Field, Opinion], ...] = dataclass_field(init=False)

    def __post_init__(self) -> None:
        """Work out the opinions."""
        object.__setattr__(self, "opinions", tuple((f, Opinion(self.name, v)) for f, v in self.settings.items()))


@dataclass(frozen=True, slots=True)
class LiveLayer:
    """A layer that a person put there, alive in [start, end) seconds since 1970; `end` is infinite for a stop."""

    start: float
    end: float
    layer: Layer


def default_layer(zone: Zone) -> Layer:
    """The ground of a zone."""
    return Layer(LayerName(Rank.DEFAULT, zone.id, zone.name), (Rank.DEFAULT, 0.0, zone.id), zone.default.settings())


def daypart_layer(plan: Plan, daypart: Daypart, zone: Zone) -> Layer:
    """A daypart as it is in one zone: the profile with its variation for that kind of zone."""
    profile = plan.profile(daypart.profile)
    return Layer(LayerName(Rank.DAYPART, daypart.id, daypart.name, profile.name),
                 (Rank.DAYPART, 0.0, daypart.id), profile.settings_for(zone.kind))


def override_layer(override: Override) -> LiveLayer:
    """A press. Among overrides the newer press wins; the id settles a tie."""
    start = override.start.timestamp()
    layer = Layer(LayerName(Rank.OVERRIDE, override.id, override.name, override.name, override.by),
                  (Rank.OVERRIDE, start, override.id), override.scene.settings())
    return LiveLayer(start, override.over().timestamp(), layer)


def stop_settings(senses: tuple[Sense, ...]) -> dict[Field, Setting]:
    """What a stop of these senses does: full light, music muted, scent off."""
    settings: dict[Field, Setting] = {}
    if Sense.LIGHT in senses:
        for role in Role:
            settings[light_field(role, "on")] = True
            settings[light_field(role, "brightness_pct")] = 100.0
    if Sense.MUSIC in senses:
        settings[Field.MUSIC_ON] = False
    if Sense.SCENT in senses:
        settings[Field.SCENT_ON] = False
    return settings


def stop_layer(stop: Stop) -> LiveLayer:
    """A stop in force until a person ends it."""
    start = stop.since.timestamp()
    layer = Layer(LayerName(Rank.STOP, stop.id, "Stop", None, stop.by),
                  (Rank.STOP, start, stop.id), stop_settings(stop.senses))
    return LiveLayer(start, float("inf") if stop.ended is None else stop.ended.timestamp(), layer)


#: Fields that the limits look at together: whether the floor lifts a brightness depends on *on*.
FLOORED = frozenset({Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS})


@dataclass(frozen=True, slots=True)
class LiveZone:
    """The live layers of one zone, strongest first: all, and by field those that can matter to it."""

    layers: tuple[LiveLayer, ...]
    by_field: Mapping[Field, tuple[LiveLayer, ...]]


def live_zone(live: Live, zone_id: str) -> LiveZone:
    """The live layers of one zone, kept with `live`, since one `Live` is asked many times."""
    if live._indexed is None:
        live._indexed = {}
    index: dict[str, LiveZone] = live._indexed
    if zone_id not in index:
        layers = [override_layer(o) for o in live.overrides if o.zone == zone_id and o.start < o.over()]
        layers += [stop_layer(s) for s in live.stops if s.zones is None or zone_id in s.zones]
        layers.sort(key=lambda x: x.layer.order, reverse=True)
        index[zone_id] = LiveZone(tuple(layers), {
            field: tuple(x for x in layers if not together(field).isdisjoint(x.layer.settings)) for field in Field})
    return index[zone_id]


def together(field: Field) -> frozenset[Field]:
    """The fields that have to be looked at together with `field`, itself included."""
    return FLOORED if field in FLOORED else frozenset({field})
