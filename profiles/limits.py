"""Guardrails by role, and the store's own safety limits.

The order is fixed (`semantics.md`, rule 8): a guardrail clamps a press when it is made, and what was asked is
kept; the safety limits clamp every resolution after the layers, except a stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema, model_validator
from pydantic import Field as Bounds

from profiles.base import Id, Percent, Value
from profiles.scene import Diffusion, Field, Setting, Settings


class Person(StrEnum):
    """The roles of people, from the least to the most trusted. Authorisation asks for one at every use case.

    A store has those of `STORE_ROLES`, HQ those of `HQ_ROLES`: nobody presses at HQ, and nobody approves in a store.
    """

    VIEWER = "viewer"
    STAFF = "staff"
    MANAGER = "manager"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"

    def may(self, needed: Person) -> bool:
        """Whether this role includes `needed`."""
        order = list(Person)
        return order.index(self) >= order.index(needed)


#: Roles of people in a store.
STORE_ROLES = (Person.VIEWER, Person.STAFF, Person.MANAGER, Person.ADMINISTRATOR)
#: Roles of people at HQ: who looks, who writes drafts, who lets them out, who does everything.
HQ_ROLES = (Person.VIEWER, Person.EDITOR, Person.APPROVER, Person.ADMINISTRATOR)


def _of_a_store(person: Person) -> Person:
    if person not in STORE_ROLES:
        raise ValueError(f"{person.value} is a role at HQ; a store has {', '.join(STORE_ROLES)}")
    return person


#: A role that a plan may name.
StoreRole = Annotated[Person, AfterValidator(_of_a_store), WithJsonSchema({
    "type": "string", "enum": [person.value for person in STORE_ROLES]})]


class Range(Value):
    """Lowest and highest value that is let through, both included."""

    lowest: Percent = 0
    highest: Percent = 100

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.lowest > self.highest:
            raise ValueError(f"lowest ({self.lowest:g}) is above highest ({self.highest:g})")
        return self

    def clamp(self, value: float) -> float:
        """The nearest value inside."""
        return min(max(value, self.lowest), self.highest)


class Guardrail(Value):
    """What a press by people of one role may do. `profiles`: None lets every profile of the plan through."""

    profiles: tuple[Id, ...] | None = None
    volume_pct: Range = Range()
    brightness_pct: Range = Range()
    intensity_pct: Range = Range()
    longest_min: Annotated[int, Bounds(ge=1, le=7 * 24 * 60)] = 12 * 60


class SafetyLimits(Value):
    """The store's own limits. HQ cannot override them.

    `light_floor_pct`: least ambient light, in % of what was commissioned, from 60 min before opening to 60 min
    after closing in zones where people are (rule 8). `max_intensity_pct`: the hard cap on scent is a duty cycle
    of 50 % (`domain.md`, *Scent*). `max_volume_pct`: volume % is not dB, so this is a plain ceiling.
    """

    light_floor_pct: Percent = 20
    max_brightness_pct: Percent = 100
    max_volume_pct: Percent = 80
    max_intensity_pct: Annotated[float, Bounds(ge=0, le=50)] = 50


@dataclass(frozen=True, slots=True)
class Clamp:
    """One limit that changed a value: which, what was asked, what was given. Part of the reason."""

    limit: str
    asked: Setting
    given: Setting


Putter = Callable[[Field, str, Setting], None]

_BRIGHTNESS = {Field.AMBIENT_BRIGHTNESS, Field.ACCENT_BRIGHTNESS, Field.FEATURE_BRIGHTNESS}


def guard(settings: Settings, guardrail: Guardrail) -> tuple[dict[Field, Setting], dict[Field, Clamp]]:
    """Clamp a press by the guardrail of its role. Returns what is let through and what was changed."""
    given = dict(settings)
    clamps: dict[Field, Clamp] = {}
    for field, asked in settings.items():
        value = asked
        if field in _BRIGHTNESS and isinstance(asked, float | int):
            value = guardrail.brightness_pct.clamp(float(asked))
        elif field is Field.MUSIC_VOLUME and isinstance(asked, float | int):
            value = guardrail.volume_pct.clamp(float(asked))
        elif isinstance(asked, Diffusion):
            value = Diffusion(fragrance=asked.fragrance,
                              intensity_pct=guardrail.intensity_pct.clamp(asked.intensity_pct))
        if value != asked:
            given[field] = value
            clamps[field] = Clamp("guardrail", asked, value)
    return given, clamps


def make_safe(
    settings: dict[Field, Setting], limits: SafetyLimits, floor: bool, scent_refused: str | None
) -> dict[Field, tuple[Clamp, ...]]:
    """Clamp `settings` in place by the safety limits; returns what was changed, by field.

    `floor`: whether the light floor holds here and now. `scent_refused`: why no scent may be in this zone at all
    (`scent-free zone`, `no consent`), or None.
    """
    clamps: dict[Field, tuple[Clamp, ...]] = {}

    def put(field: Field, limit: str, given: Setting) -> None:
        clamps[field] = (*clamps.get(field, ()), Clamp(limit, settings.get(field, given), given))
        settings[field] = given

    for field in _BRIGHTNESS & settings.keys():
        if _number(settings[field]) > limits.max_brightness_pct:
            put(field, "brightness", limits.max_brightness_pct)
    if floor:
        _hold_floor(settings, limits.light_floor_pct, put)
    volume = settings.get(Field.MUSIC_VOLUME)
    if volume is not None and _number(volume) > limits.max_volume_pct:
        put(Field.MUSIC_VOLUME, "volume", limits.max_volume_pct)
    diffusion = settings.get(Field.SCENT_DIFFUSION)
    if isinstance(diffusion, Diffusion) and diffusion.intensity_pct > limits.max_intensity_pct:
        put(Field.SCENT_DIFFUSION, "scent",
            Diffusion(fragrance=diffusion.fragrance, intensity_pct=limits.max_intensity_pct))
    if scent_refused is not None and settings.get(Field.SCENT_ON) is True:
        put(Field.SCENT_ON, scent_refused, False)
    return clamps


def _hold_floor(settings: dict[Field, Setting], floor_pct: float, put: Putter) -> None:
    """Off counts as 0: a lamp that is off comes on at the floor, not at the brightness it had before."""
    on = settings.get(Field.AMBIENT_ON) is True
    brightness = _number(settings.get(Field.AMBIENT_BRIGHTNESS, 0.0)) if on else 0.0
    if brightness >= floor_pct:
        return
    if not on:
        put(Field.AMBIENT_ON, "light floor", True)
    if settings.get(Field.AMBIENT_BRIGHTNESS) != floor_pct:
        put(Field.AMBIENT_BRIGHTNESS, "light floor", floor_pct)


def _number(value: Setting) -> float:
    return float(value) if isinstance(value, float | int) else 0.0

