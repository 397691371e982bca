"""The steps of a device: rounding to what it can represent, and comparing within its tolerance.

It exists because 50 % is not one number on the wire: it is 127 of 254 on one lamp, 128 of 255 on another, and
level 2 of 3 on a diffuser. Comparisons are made in steps and mireds, never in percent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from devices.device import Capability, Kind
from devices.dialects.base import State, StateValue

#: What a device of a kind is set to, in the words of `contract.md`. A light has one of `kelvin` and `xy`.
KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.LIGHT: ("on", "brightness_pct", "kelvin", "xy"),
    Kind.PLAYER: ("on", "volume_pct", "source"),
    Kind.DIFFUSER: ("on", "fragrance", "intensity_pct"),
    Kind.CONTACT: (),
}

#: From this many steps on, a device may be one step off (50 % is 127 of 254 here and 128 there). Below it,
#: one step is a difference that a customer sees or smells (2 of 3), and the step must be the same.
FINE_LEVELS = 50

_XY_TOLERANCE = 0.005
_STEPLESS_TOLERANCE_PCT = 1.0
_PCT_DIGITS, _XY_DIGITS = 4, 4


def quantise_percent(value_pct: float, levels: int, max_pct: float = 100.0) -> float:
    """The nearest of `levels` equal steps above 0 that is not over `max_pct`; stepless for 0 levels.

    A half goes up. What is above 0 stays above 0, if the limit has room for one step: a faint wish is not
    *off*.
    """
    value_pct = min(max(value_pct, 0.0), max_pct, 100.0)
    if levels <= 0:
        return round(value_pct, _PCT_DIGITS)
    highest = math.floor(min(max_pct, 100.0) * levels / 100 + 1e-6)
    nearest = math.floor(value_pct * levels / 100 + 0.5)
    if value_pct > 0:
        nearest = max(nearest, 1)
    return round(min(nearest, highest) * 100 / levels, _PCT_DIGITS)


def quantise_kelvin(kelvin: float, limits: tuple[int, int]) -> int:
    """`kelvin` clamped to the lamp's lowest and highest colour temperature, in whole kelvin."""
    return round(min(max(kelvin, limits[0]), limits[1]))


def quantise_state(kind: Kind, capability: Capability, state: State) -> dict[str, StateValue]:
    """The nearest state that a device of `capability` can represent: what it cannot do at all is left out.

    A lamp with one step has no brightness; one of one colour no `kelvin`; a colour that it cannot make is
    dropped, not approximated. Values that only the device can judge (a fragrance, a source) stay, so that it
    can reject them.
    """
    return {key: value for key in KEYS[kind] if key in state
            and (value := _quantised(capability, key, state[key])) is not None}


def _quantised(capability: Capability, key: str, value: StateValue) -> StateValue:
    if value is None:
        return None
    if key in _LEVELS and isinstance(value, (int, float)):
        levels = _LEVELS[key](capability)
        return None if key == "brightness_pct" and levels == 1 else quantise_percent(
            value, levels, capability.max_pct)
    if key == "kelvin" and isinstance(value, (int, float)):
        return None if capability.kelvin is None else quantise_kelvin(value, capability.kelvin)
    if key == "xy" and isinstance(value, (tuple, list)):
        return (round(value[0], _XY_DIGITS), round(value[1], _XY_DIGITS)) if capability.colour else None
    return value


_LEVELS: Mapping[str, Callable[[Capability], int]] = {
    "brightness_pct": lambda capability: capability.brightness_levels,
    "volume_pct": lambda capability: capability.volume_levels,
    "intensity_pct": lambda capability: capability.intensity_levels,
}


def same_percent(wanted_pct: float, reported_pct: float, levels: int) -> bool:
    """Whether two shares are the same step of a device; one off passes where they are fine (`FINE_LEVELS`)."""
    if levels <= 0:
        return abs(wanted_pct - reported_pct) <= _STEPLESS_TOLERANCE_PCT
    steps = abs(math.floor(wanted_pct * levels / 100 + 0.5) - math.floor(reported_pct * levels / 100 + 0.5))
    return steps <= (1 if levels >= FINE_LEVELS else 0)


def same_kelvin(wanted: float, reported: float) -> bool:
    """Whether two colour temperatures are within one mired: 3000 K is 333 mireds, which is 3003 K again.

    Both are whole kelvin, rounded by half a kelvin at most; what that is in mireds is allowed on top.
    """
    rounding = 1e6 / min(wanted, reported) ** 2
    return abs(1e6 / wanted - 1e6 / reported) <= 1 + rounding + 1e-9


def same_xy(wanted: tuple[float, float], reported: tuple[float, float]) -> bool:
    """Whether two chromaticities are within 0.005 in x and in y."""
    return all(abs(a - b) <= _XY_TOLERANCE + 1e-9 for a, b in zip(wanted, reported, strict=True))


def disagreements(kind: Kind, capability: Capability, wanted: State, reported: State) -> tuple[str, ...]:
    """Keys of `wanted` (quantised) that `reported` does not confirm, in the order of `KEYS`.

    Off is off: where both say off, or either says off against the other, only `on` is compared, because
    brightness is then absent, stale or 0. A key that the report never held is not confirmed.
    """
    keys = [key for key in KEYS[kind] if key in wanted]
    if "on" in wanted and (wanted["on"] is False or reported.get("on") is not wanted["on"]):
        keys = ["on"]
    return tuple(key for key in keys if not _same(capability, key, wanted[key], reported.get(key)))


def _same(capability: Capability, key: str, wanted: StateValue, reported: StateValue) -> bool:
    if reported is None or wanted is None:
        return False
    if wanted == reported:
        return True
    if isinstance(wanted, tuple) and isinstance(reported, tuple):
        return same_xy(wanted, reported)
    if key in _LEVELS and _is_number(wanted) and _is_number(reported):
        return same_percent(_float(wanted), _float(reported), _LEVELS[key](capability))
    if key == "kelvin" and _is_number(wanted) and _is_number(reported):
        return same_kelvin(_float(wanted), _float(reported))
    return False


def _is_number(value: StateValue) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _float(value: StateValue) -> float:
    assert isinstance(value, (int, float))  # noqa: S101 - for the type checker; `_is_number` was asked first
    return float(value)
