"""What the senses get: `Light`, `Music`, `Scent`, and a `Scene` of them, layered field by field.

A sense or a field that is left out means *no opinion*: what lies below shows through. `off` is said out loud
(`light: off`), and naming a value does not switch anything on (`semantics.md`, rule 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field as Bounds
from pydantic import field_validator, model_validator

from profiles.base import Id, Percent, Value
from profiles.cue import Cue


class Sense(StrEnum):
    """A sense that devices reach. Touch and taste are reached through cues to staff."""

    LIGHT = "light"
    MUSIC = "music"
    SCENT = "scent"


class Role(StrEnum):
    """What a lamp is for. A lamp has one role; `ambient` unless it says otherwise."""

    AMBIENT = "ambient"
    ACCENT = "accent"
    FEATURE = "feature"


class Field(StrEnum):
    """The smallest thing that a layer can have an opinion about. Layers are merged one field at a time."""

    AMBIENT_ON = "light.ambient.on"
    AMBIENT_BRIGHTNESS = "light.ambient.brightness_pct"
    AMBIENT_COLOUR = "light.ambient.colour"
    ACCENT_ON = "light.accent.on"
    ACCENT_BRIGHTNESS = "light.accent.brightness_pct"
    ACCENT_COLOUR = "light.accent.colour"
    FEATURE_ON = "light.feature.on"
    FEATURE_BRIGHTNESS = "light.feature.brightness_pct"
    FEATURE_COLOUR = "light.feature.colour"
    MUSIC_ON = "music.on"
    MUSIC_VOLUME = "music.volume_pct"
    MUSIC_SOURCE = "music.source"
    SCENT_ON = "scent.on"
    SCENT_DIFFUSION = "scent.diffusion"

    @property
    def sense(self) -> Sense:
        """The sense that this field belongs to."""
        return Sense(self.value.split(".", 1)[0])

    @property
    def role(self) -> Role | None:
        """The role of the lamps concerned, or None for music and scent."""
        parts = self.value.split(".")
        return Role(parts[1]) if len(parts) == 3 else None


def light_field(role: Role, what: str) -> Field:
    """The field `what` (`on`, `brightness_pct`, `colour`) of the lamps of one role. Raises KeyError for other words."""
    return _LIGHT_FIELDS[role, what]


_LIGHT_FIELDS = {(field.role, field.value.rsplit(".", 1)[1]): field for field in Field if field.role is not None}


class Colour(Value):
    """The colour of a lamp: correlated colour temperature *or* CIE 1931 xy. One field, so one of the two."""

    kelvin: Annotated[int, Bounds(ge=1000, le=12000)] | None = None
    xy: tuple[Annotated[float, Bounds(ge=0, le=1)], Annotated[float, Bounds(ge=0, le=1)]] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.kelvin is None) == (self.xy is None):
            raise ValueError("a colour is either kelvin or xy, and one of them")
        return self

    def __str__(self) -> str:
        """As people read it: `3500 K` or `xy 0.31, 0.33`."""
        return f"{self.kelvin} K" if self.xy is None else f"xy {self.xy[0]:g}, {self.xy[1]:g}"


class Diffusion(Value):
    """What is diffused, and how strongly: one field, because an intensity without its fragrance means nothing."""

    fragrance: Id
    intensity_pct: Percent

    def __str__(self) -> str:
        """As people read it: `linen at 25 %`."""
        return f"{self.fragrance} at {self.intensity_pct:g} %"


#: What a field can hold.
Setting = bool | float | str | Colour | Diffusion
Settings = Mapping[Field, Setting]


class Light(Value):
    """Settings of lamps. What is None has no opinion."""

    on: bool | None = None
    brightness_pct: Percent | None = None
    kelvin: Annotated[int, Bounds(ge=1000, le=12000)] | None = None
    xy: tuple[Annotated[float, Bounds(ge=0, le=1)], Annotated[float, Bounds(ge=0, le=1)]] | None = None

    @model_validator(mode="after")
    def _one_colour(self) -> Self:
        if self.kelvin is not None and self.xy is not None:
            raise ValueError("light has kelvin or xy, not both: they are one field, colour")
        return self

    def opinions(self, role: Role) -> Iterable[tuple[Field, Setting]]:
        """The fields that this light sets, for lamps of `role`."""
        if self.on is not None:
            yield light_field(role, "on"), self.on
        if self.brightness_pct is not None:
            yield light_field(role, "brightness_pct"), self.brightness_pct
        if self.kelvin is not None or self.xy is not None:
            yield light_field(role, "colour"), Colour(kelvin=self.kelvin, xy=self.xy)


class Lights(Light):
    """Light for all roles, with `roles` for the ones that differ, field by field."""

    roles: dict[Role, Light] = {}

    @field_validator("roles", mode="before")
    @classmethod
    def _off_by_role(cls, roles: Any) -> Any:
        return {k: _off_out_loud(v) for k, v in roles.items()} if isinstance(roles, dict) else roles


class Music(Value):
    """Settings of players: on or off, a volume, a source of the plan."""

    on: bool | None = None
    volume_pct: Percent | None = None
    source: Id | None = None


class Scent(Value):
    """Settings of diffusers: on or off, a fragrance with its intensity."""

    on: bool | None = None
    fragrance: Id | None = None
    intensity_pct: Percent | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.fragrance is None) != (self.intensity_pct is None):
            raise ValueError("scent names fragrance and intensity_pct together: they are one field")
        return self


def _off_out_loud(sense: Any) -> Any:
    """Read `off` (YAML turns it into False) and `on` as the mapping that they stand for."""
    if sense is False or sense == "off":
        return {"on": False}
    if sense is True or sense == "on":
        return {"on": True}
    return sense


class Scene(Value):
    """Settings for the senses, without a name. A sense left out means *no opinion*."""

    light: Lights | None = None
    music: Music | None = None
    scent: Scent | None = None
    cues: tuple[Cue, ...] = ()

    @field_validator("light", "music", "scent", mode="before")
    @classmethod
    def _off(cls, sense: Any) -> Any:
        return _off_out_loud(sense)

    def settings(self) -> dict[Field, Setting]:
        """The opinions of this scene, one a field; a role's own light goes over the light for all roles."""
        found: dict[Field, Setting] = {}
        if self.light is not None:
            for role in Role:
                found.update(self.light.opinions(role))
                if role in self.light.roles:
                    found.update(self.light.roles[role].opinions(role))
        if self.music is not None:
            _put(found, {Field.MUSIC_ON: self.music.on, Field.MUSIC_VOLUME: self.music.volume_pct,
                         Field.MUSIC_SOURCE: self.music.source})
        if self.scent is not None:
            _put(found, {Field.SCENT_ON: self.scent.on})
            if self.scent.fragrance is not None and self.scent.intensity_pct is not None:
                found[Field.SCENT_DIFFUSION] = Diffusion(
                    fragrance=self.scent.fragrance, intensity_pct=self.scent.intensity_pct)
        return found


def _put(found: dict[Field, Setting], opinions: Mapping[Field, Setting | None]) -> None:
    found.update({field: value for field, value in opinions.items() if value is not None})


def scene_of(settings: Settings) -> Scene:
    """The scene that says exactly `settings`; the inverse of `Scene.settings` (roles are written out)."""
    roles: dict[str, dict[str, Any]] = {}
    plain: dict[str, dict[str, Any]] = {}
    for field, value in settings.items():
        shown: dict[str, Any]
        if isinstance(value, Colour):
            shown = value.model_dump(exclude_none=True)
        elif isinstance(value, Diffusion):
            shown = value.model_dump()
        else:
            shown = {field.value.rsplit(".", 1)[1]: value}
        home = roles.setdefault(field.role.value, {}) if field.role else plain.setdefault(field.sense.value, {})
        home.update(shown)
    return Scene.model_validate({**plain, **({"light": {"roles": roles}} if roles else {})})
