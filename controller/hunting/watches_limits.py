# ruff: noqa: ARG002 -- a watch need not use every argument
"""Watches of limits: what comes out of the hardware, what a press may hold, and scents that must not mix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

from controller.hunting.aims import Aims
from controller.hunting.airing import CLEAR, LAG_S, Airing
from controller.hunting.bystander import Bystander
from controller.scenarios.model import Step
from profiles.air import purge_s
from profiles.layers import Rank
from profiles.limits import Guardrail, Range
from profiles.places import InstalledDevice
from profiles.plan import Override
from profiles.scene import Diffusion, Field

#: A step of the hardware, above what is allowed; a diffuser has ten.
_STEP = {"brightness_pct": 0.6, "volume_pct": 0.6, "intensity_pct": 5.01}
_KEY = {"light": "brightness_pct", "player": "volume_pct", "diffuser": "intensity_pct"}


class LimitsHold:
    """The store's limits on what comes out; guardrails on what people press; no scent where there may be none."""

    rule = "limits-hold"

    def __init__(self, bystander: Bystander, aims: Aims) -> None:
        """Every override that is there already was looked at."""
        self._here, self._aims = bystander, aims
        self._seen = set(bystander.overrides)
        self._mended = 0.0

    def happened(self, step: Step, refused: str) -> None:
        """New limits are reached as slowly as a new plan."""
        if step.publish is not None:
            self._mended = self._here.now + 600.0

    def look(self) -> Iterator[str]:
        """At the hardware, and at new overrides."""
        for override in self._here.overrides.values():
            if override.id not in self._seen:
                self._seen.add(override.id)
                yield from self._pressed(override)
        if self._here.now < self._mended:
            return
        for device in self._here.devices():
            if device.kind in _KEY and self._here.troubles.excused_until(device.id) <= self._here.now:
                yield from self._beyond(device, self._here.truth[device.id])

    def ended(self) -> Iterator[str]:
        """The end is an instant like any other."""
        return self.look()

    def _beyond(self, device: InstalledDevice, real: Mapping[str, object]) -> Iterator[str]:
        aim = self._aims.of.get(device.id)
        if real.get("on") is not True or aim is None:
            return
        limits, key = self._here.plan.limits, _KEY[device.kind]
        if any(ruled.rank is Rank.STOP for ruled in aim.rules.values()):
            return  # full light is what a stop is for
        if device.kind == "light" and self._just_resumed(device, aim.by):
            return
        most = {"brightness_pct": limits.max_brightness_pct, "volume_pct": limits.max_volume_pct,
                "intensity_pct": limits.max_intensity_pct}[key]
        value = real.get(key)
        touched = device.at_switch == "yield" and device.id in self._here.troubles.touched
        if isinstance(value, int | float) and value > most + _STEP[key] and not touched:
            yield f"{device.id}: {key} is {value:g}, and {most:g} is the most in this store."
        if device.kind == "diffuser":
            home = next(zone for zone in self._here.plan.zones if zone.id == device.zones[0])
            if (home.is_scent_free or not self._here.plan.store.scent_consent) and self._here.now > aim.by:
                yield f"{device.id} gives scent in {home.id}, where there may be none."

    def _just_resumed(self, device: InstalledDevice, by: float) -> bool:
        """Whether it is still on its way down from the full light of a stop."""
        return self._here.now < by

    def _pressed(self, override: Override) -> Iterator[str]:
        guardrail = self._here.plan.guardrails.get(override.person, Guardrail())
        longest = timedelta(minutes=guardrail.longest_min)
        if override.end - override.start > longest:
            yield f"The press {override.press} lasts {override.end - override.start}, and {longest} is the longest."
        if override.press.startswith("nudge-"):
            return
        for field, value in override.scene.settings().items():
            allowed, number = self._allowed(guardrail, field), value
            if isinstance(value, Diffusion):
                number = value.intensity_pct
            if allowed is not None and isinstance(number, int | float) and allowed.clamp(number) != number:
                yield (f"The press {override.press} sets {field.value} to {number:g}, and a {override.person.value} "
                       f"may choose {allowed.lowest:g} to {allowed.highest:g}.")

    def _allowed(self, guardrail: Guardrail, field: Field) -> Range | None:
        if field.value.endswith("brightness_pct"):
            return guardrail.brightness_pct
        if field is Field.MUSIC_VOLUME:
            return guardrail.volume_pct
        return guardrail.intensity_pct if field is Field.SCENT_DIFFUSION else None


class ScentsApart:
    """No diffuser begins a fragrance before the air of its zones is purged of another, nor beside another."""

    rule = "scents-apart"

    def __init__(self, bystander: Bystander, airing: Airing) -> None:
        """Over one model of the air."""
        self._here, self._airing = bystander, airing

    def happened(self, step: Step, refused: str) -> None:
        """Nothing of its own."""

    def look(self) -> Iterator[str]:
        """At the diffusers that began something. What a hand, a reboot or a lost connection began is nobody's order."""
        for device, fragrance, zones in self._airing.begun:
            troubles = self._here.troubles
            unsure = not troubles.fair or self._here.now < troubles.unsure_until
            if unsure or troubles.ails(device) or self._amiss(zones):
                continue
            for zone in zones:
                left = self._airing.left(zone, fragrance)
                if left is not None and left[1] > self._clear(zone):
                    yield (f"{device} begins {fragrance} in {zone}, where {100 * left[1]:.0f} % of {left[0]} is still "
                           "in the air.")

    def ended(self) -> Iterator[str]:
        """Nothing more."""
        return iter(())

    def _amiss(self, zones: tuple[str, ...]) -> bool:
        """Whether a diffuser of these zones is or was lately out of hand: nobody knows what it put into the air."""
        troubles, now = self._here.troubles, self._here.now
        for device in self._here.devices("diffuser"):
            longest_s = max(purge_s(z.air_changes_per_h) for z in self._here.plan.zones) + LAG_S
            if set(zones) & set(device.zones) and (
                    troubles.ails(device.id) or now < troubles.touched.get(device.id, -longest_s) + longest_s):
                return True
        return False

    def _clear(self, zone: str) -> float:
        rate = next(z.air_changes_per_h for z in self._here.plan.zones if z.id == zone)
        lag_s = LAG_S + self._here.troubles.away_s(self._here.now - purge_s(rate))
        return CLEAR * math.exp(rate * lag_s / 3600)
