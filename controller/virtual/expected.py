"""What each device should do by plan and live choices alone, worked out apart from the engine; and which do not.

An oracle: it asks `resolve` and nothing that the engine has kept, but for what the engine holds back and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from profiles.layers import Rank
from profiles.places import InstalledDevice
from profiles.plan import Live, Plan
from profiles.resolve import Resolution, resolve
from profiles.scene import Colour, Diffusion, Field, Sense, Setting, light_field

#: Half a percent is less than a step of any lamp or player; a diffuser has ten steps; two hundredths are a step of xy.
_PCT, _INTENSITY, _XY, _MIRED = 0.6, 5.01, 0.02, 1.6


@dataclass(frozen=True, slots=True)
class LetBe:
    """What the engine lets be and says so: devices that somebody changed by hand, and senses held back by zone."""

    by_hand: frozenset[str]
    held: Mapping[str, frozenset[Sense]]


def astray(
    plan: Plan, live: Live, now: datetime, truth: Mapping[str, Mapping[str, object]], let_be: LetBe,
    *, but_for: Iterable[str] = (),
) -> dict[str, tuple[str, ...]]:
    """Devices with power that do not do what plan and choices say, each with what differs."""
    left_out = {*but_for, *let_be.by_hand}
    resolutions = {zone.id: resolve(plan, live, zone.id, now) for zone in plan.zones}
    found = {}
    for device in plan.devices:
        real = truth.get(device.id)
        if device.id in left_out or real is None or not real["powered"]:
            continue
        held = let_be.held.get(device.zones[0], frozenset())
        keys = differing(expected(device, [resolutions[z] for z in device.zones], held), real)
        if keys:
            found[device.id] = keys
    return found


def expected(device: InstalledDevice, zones: Sequence[Resolution], held: frozenset[Sense]) -> dict[str, object]:
    """What `device` should do, in the words of its own reports. `zones`: the resolutions of its zones, its own first.

    `held`: senses that are held back in its first zone. A stop or a quiet hour in any of its zones wins (rule 11).
    """
    values: dict[Field, Setting] = {field: resolved.value for field, resolved in zones[0].fields.items()}
    for other in zones[1:]:
        for field, resolved in other.fields.items():
            rank = resolved.because.layer.rank
            if rank is Rank.STOP or (rank is Rank.QUIET_HOUR and _lower(resolved.value, values.get(field))):
                values[field] = resolved.value
    found = _words(device, values)
    if Sense.SCENT in held and device.kind == "diffuser":
        return {"on": False}
    if any(r.because.layer.rank is Rank.STOP for zone in zones for r in zone.fields.values()):
        for key in ("kelvin", "xy"):  # in its safe state a lamp keeps the white that it has
            found.pop(key, None)
    return {"on": False} if found.get("on") is False else found


def differing(wanted: Mapping[str, object], real: Mapping[str, object]) -> tuple[str, ...]:
    """The keys of `wanted` that the hardware does not do."""
    return tuple(key for key, value in wanted.items() if not alike(key, value, real.get(key)))


def alike(key: str, wanted: object, real: object) -> bool:
    """Whether the hardware does what was wanted, within its own steps."""
    if key == "xy":
        pairs = isinstance(wanted, tuple | list) and isinstance(real, tuple | list) and len(wanted) == len(real) == 2
        return pairs and all(abs(a - b) <= _XY for a, b in zip(wanted, real, strict=True))  # type: ignore[call-overload]
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        return wanted == real
    if isinstance(real, bool) or not isinstance(real, int | float):
        return False
    if key == "kelvin":
        return real > 0 and abs(1e6 / wanted - 1e6 / real) <= _MIRED
    return abs(wanted - real) <= (_INTENSITY if key == "intensity_pct" else _PCT)


def _lower(ceiling: Setting, value: Setting | None) -> bool:
    if isinstance(ceiling, bool):
        return ceiling is False
    return isinstance(ceiling, int | float) and isinstance(value, int | float) and ceiling < value


def _words(device: InstalledDevice, values: Mapping[Field, Setting]) -> dict[str, object]:
    if device.kind == "light":
        found = _named(values, {"on": light_field(device.role, "on"),
                                "brightness_pct": light_field(device.role, "brightness_pct")})
        colour = values.get(light_field(device.role, "colour"))
        if isinstance(colour, Colour):
            found |= {"xy": colour.xy} if colour.kelvin is None else {"kelvin": colour.kelvin}
        return found
    if device.kind == "player":
        return _named(values, {"on": Field.MUSIC_ON, "volume_pct": Field.MUSIC_VOLUME, "source": Field.MUSIC_SOURCE})
    if device.kind == "diffuser":
        found = _named(values, {"on": Field.SCENT_ON})
        mix = values.get(Field.SCENT_DIFFUSION)
        return found | ({"fragrance": mix.fragrance, "intensity_pct": mix.intensity_pct}
                        if isinstance(mix, Diffusion) else {})
    return {}


def _named(values: Mapping[Field, Setting], names: Mapping[str, Field]) -> dict[str, object]:
    return {name: values[field] for name, field in names.items() if field in values}
