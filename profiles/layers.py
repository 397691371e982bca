"""Layers: what zone defaults, dayparts, campaigns, overrides, quiet hours and stops become before they are resolved.

The order of layers is total, so that `resolve` never has to refuse: rank, priority, then the newer press, the version
of the document, the id (`semantics.md`, rule 5). Two dayparts of one zone at one time, and two campaigns of the same
priority, are errors of `check`, not of `resolve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import IntEnum
from typing import NamedTuple

from profiles.overlay import Campaign, QuietHour
from profiles.places import Zone
from profiles.plan import Daypart, Override, Plan, Stop
from profiles.profile import ZoneKind
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
    """Which layer: enough to say it to people and to find it again. `profile`: the name of the mood it brings.

    `priority` and `version`: of a campaign.
    """

    rank: Rank
    id: str
    name: str
    profile: str | None = None
    by: str | None = None
    priority: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a layer would make of a field: of one that lost, what it would have been."""

    layer: LayerName
    value: Setting


#: The fields in order, and the place of each: layers are laid over each other place by place.
FIELDS = tuple(Field)
PLACE: Mapping[Field, int] = {field: place for place, field in enumerate(FIELDS)}

#: A place in the total order: rank, priority, the newer press, version of the document, id.
Order = tuple[int, int, float, int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Opinions of one layer in one zone. `pressed`: when a person put it there, in seconds since 1970."""

    name: LayerName
    settings: Settings
    pressed: float = 0.0
    #: Its place in the total order, the places of its fields, the settings as they are given in reasons: asked often.
    order: Order = dataclass_field(init=False)
    places: tuple[int, ...] = dataclass_field(init=False)
    opinions: tuple[tuple[Field, Opinion], ...] = dataclass_field(init=False)

    def __post_init__(self) -> None:
        """Work out order, places and opinions."""
        name = self.name
        object.__setattr__(self, "order", (name.rank, name.priority or 0, self.pressed, name.version or 0, name.id))
        object.__setattr__(self, "places", tuple(PLACE[field] for field in self.settings))
        object.__setattr__(self, "opinions", tuple((f, Opinion(name, v)) for f, v in self.settings.items()))


def default_layer(zone: Zone) -> Layer:
    """The ground of a zone."""
    return Layer(LayerName(Rank.DEFAULT, zone.id, zone.name), zone.default.settings())


class Mood(NamedTuple):
    """A profile as it is in one kind of zone."""

    name: str
    settings: Settings


def mood_in(plan: Plan, profile: str, kind: ZoneKind) -> Mood:
    """A profile of the plan in zones of `kind`. Raises KeyError."""
    found = plan.profile(profile)
    return Mood(found.name, found.settings_for(kind))


def daypart_layer(plan: Plan, daypart: Daypart, zone: Zone, mood: Mood | None = None) -> Layer:
    """A daypart as it is in one zone. `mood`: its profile there, if whoever asks has it already."""
    mood = mood or mood_in(plan, daypart.profile, zone.kind)
    return Layer(LayerName(Rank.DAYPART, daypart.id, daypart.name, mood.name), mood.settings)


def campaign_layer(plan: Plan, campaign: Campaign, zone: Zone, mood: Mood | None = None) -> Layer:
    """A campaign as it is in one zone. What its profile leaves out it leaves to what lies below."""
    mood = mood or mood_in(plan, campaign.profile, zone.kind)
    name = LayerName(Rank.CAMPAIGN, campaign.id, campaign.name, mood.name, priority=campaign.priority,
                     version=campaign.version)
    return Layer(name, mood.settings)


def ceiling_layers(quiet: QuietHour, zone: Zone) -> tuple[Layer, Layer]:
    """The two ceilings of a quiet hour in one zone, absolute: of scent, which begins earlier, and of all else.

    Brightness: the share of what the zone default says, whether that is on or off; no ceiling where it says nothing.
    """
    name = LayerName(Rank.QUIET_HOUR, quiet.id, quiet.name)
    settings: dict[Field, Setting] = {Field.MUSIC_ON: False}
    ground = zone.default.settings()
    for role in Role:
        field = light_field(role, "brightness_pct")
        brightness = ground.get(field)
        if isinstance(brightness, float | int):
            settings[field] = round(brightness * quiet.light_share_pct / 100, 2)
    return Layer(name, {Field.SCENT_ON: False}), Layer(name, settings)


def override_layer(override: Override) -> Layer:
    """A press. Among overrides the newer press wins; the id settles a tie."""
    name = LayerName(Rank.OVERRIDE, override.id, override.name, override.name, override.by)
    return Layer(name, override.scene.settings(), override.start.timestamp())


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


def stop_layer(stop: Stop) -> Layer:
    """A stop in force until a person ends it."""
    return Layer(LayerName(Rank.STOP, stop.id, "Stop", None, stop.by), stop_settings(stop.senses),
                 stop.since.timestamp())


#: Fields that the limits look at together: whether the floor lifts a brightness depends on *on*.
FLOORED = frozenset({Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS})


def together(field: Field) -> frozenset[Field]:
    """The fields that have to be looked at together with `field`, itself included."""
    return FLOORED if field in FLOORED else frozenset({field})
