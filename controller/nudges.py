"""Complaints as small steps down: too loud, too bright, too strong. Pure.

A nudge is an absolute override of what holds now (rule 7), so it neither adds up nor drifts. How far:

* too loud: 15 % of the volume, at least 5 points. Volume per cent is no decibel; one step must be heard.
* too bright: 20 % of the brightness of every role that is on, at least 5 points. Half of people notice a quick drop of
  15 % (Akashi & Neches; `domain.md`, *Light*), so this one is seen, and the contrast of accent to ambient stays.
* too strong: scent off in the zone. The nose adapts; there is no step between that a person would notice at once.

It lasts until the zone's next change, but at least an hour (a complaint at 17:58 is not about two minutes), and no
longer than the role may choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from controller.ends import Ending
from profiles.limits import Guardrail
from profiles.places import Zone
from profiles.plan import Plan
from profiles.resolve import Resolution, next_change
from profiles.scene import Field, Role, Setting, light_field
from profiles.text import t

LEAST = timedelta(minutes=60)
LEAST_STEP_PCT = 5.0
LOUDNESS_LEFT, BRIGHTNESS_LEFT = 0.85, 0.80

COMPLAINTS = ("too-loud", "too-bright", "too-strong")


def step_down(complaint: str, now: Resolution, roles: frozenset[Role]) -> dict[Field, Setting]:
    """The settings that answer `complaint`, from what holds now; empty where that sense is off.

    `roles`: those of the lamps in the zone.
    """
    values = {field: resolved.value for field, resolved in now.fields.items()}
    if complaint == "too-loud":
        return _lower(values, Field.MUSIC_ON, Field.MUSIC_VOLUME, LOUDNESS_LEFT)
    if complaint == "too-bright":
        lower: dict[Field, Setting] = {}
        for role in (role for role in Role if role in roles):
            lower.update(_lower(
                values, light_field(role, "on"), light_field(role, "brightness_pct"), BRIGHTNESS_LEFT))
        return lower
    return {Field.SCENT_ON: False} if values.get(Field.SCENT_ON) is True else {}


def lowered(before: Resolution, after: Resolution, fields: Mapping[Field, Setting]) -> bool:
    """Whether any of `fields` really comes out lower, after all limits."""
    return any(_level(after, field) < _level(before, field) for field in fields)


def nudge_end(plan: Plan, zone: str, now: datetime, guardrail: Guardrail) -> Ending:
    """Until the next change, at least an hour, at most what the role may choose."""
    longest = now + timedelta(minutes=guardrail.longest_min)
    change = next_change(plan, zone, now)
    wished = longest if change is None else max(change, now + LEAST)
    return Ending(min(wished, longest), False)


def _lower(values: Mapping[Field, Setting], on: Field, level: Field, left: float) -> dict[Field, Setting]:
    value = values.get(level)
    if values.get(on) is not True or isinstance(value, bool) or not isinstance(value, int | float):
        return {}
    return {level: round(max(0.0, min(value * left, value - LEAST_STEP_PCT)), 1)}


def _level(resolution: Resolution, field: Field) -> float:
    resolved = resolution.fields.get(field)
    return float(resolved.value) if resolved is not None and isinstance(resolved.value, bool | int | float) else 0.0


def nothing_to_lower(complaint: str, zone: Zone) -> str:
    """Why a complaint changes nothing."""
    if complaint == "too-loud":
        return t("The music in {zone} is off, or as low as it may go. It is noted.", zone=zone.name)
    if complaint == "too-bright":
        return t("The light in {zone} is as low as it may go while people are here. It is noted.", zone=zone.name)
    return t("No scent is given in {zone} at this moment; what is in the air will fade. It is noted.", zone=zone.name)
