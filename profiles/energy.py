"""What lamps, players and diffusers draw from the mains, as a model: rated power, what it is used for, standby. Pure.

A dimmed LED draws nearly in proportion to its light: whether its driver switches the current quickly (PWM) or reduces
it, the mean current follows the light asked for. What drivers lose besides is small and differs from driver to driver,
so it is left out; deep dimming therefore reads a little too low. What is switched off still listens, and draws
standby: at most 0.5 W for a light source in the European Union (Regulation (EU) 2019/2020, Annex II, networked
standby), and that much is taken for every kind of device. A player or a diffuser in use draws its rated power whatever
its volume or intensity, which is a bound from above. This is our model and never a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: What a device that is switched off draws, in watts.
STANDBY_W = 0.5
#: Taken where the plan does not say `watts`. Our choice: an LED track spot of a shop, a small network player with its
#: amplifier, the pump of a nebuliser. A fire contact is passive.
TYPICAL_W: Mapping[str, float] = MappingProxyType({"light": 20.0, "player": 15.0, "diffuser": 8.0, "contact": 0.0})

_J_PER_KWH = 3_600_000.0


def rated_w(kind: str, watts: float | None) -> float:
    """The rated power of a device in watts: as the plan says, else typical of its kind."""
    return TYPICAL_W.get(kind, 0.0) if watts is None else watts


def drawn_w(kind: str, rated: float, on: bool, brightness_pct: float = 100.0) -> float:
    """What it draws now, in watts: standby, and between that and `rated` in proportion to a lamp's brightness.

    A device whose rated power is below standby never draws more than that.
    """
    standby = min(STANDBY_W, rated)
    if not on:
        return standby
    share = min(max(brightness_pct, 0.0), 100.0) / 100.0 if kind == "light" else 1.0
    return standby + (rated - standby) * share


def kwh(joules: float) -> float:
    """Energy in kilowatt-hours: 1 kWh is 3.6 MJ."""
    return joules / _J_PER_KWH
