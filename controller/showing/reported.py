"""What the devices of a zone reported, as fields of the zone: many devices made one.

Only devices in reach count; where none of a kind is, their last words do, and the zone stands out of reach. `on` is
true if any is on. Percentages are the mean over those that are on (over all, if none is), colour temperature the mean
in mireds, which eyes see as even; of two forms of colour the one that more lamps have. A source or fragrance is the one
that most devices name. Fields that nobody reported are absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from controller.showing.standing import Seen
from devices.device import Kind
from devices.dialects.base import State, StateValue
from devices.state import visible_text
from profiles.scene import Colour, Diffusion, Field, Role, Setting, light_field

_LONGEST_TITLE = 80


def reported_fields(devices: Sequence[Seen]) -> dict[Field, Setting]:
    """The fields that the devices of a zone reported."""
    found: dict[Field, Setting] = {}
    by_role: dict[tuple[Kind, str], list[Seen]] = {}
    for seen in devices:
        kind = seen.sight.device.kind
        by_role.setdefault((kind, seen.sight.device.role if kind is Kind.LIGHT else ""), []).append(seen)
    for (kind, role), alike in by_role.items():
        states = known_states(alike)
        if kind is Kind.LIGHT:
            found.update(_light(Role(role), states))
        elif kind is Kind.PLAYER:
            _put(found, Field.MUSIC_ON, _any_on(states))
            _put(found, Field.MUSIC_VOLUME, level(states, "volume_pct"))
            _put(found, Field.MUSIC_SOURCE, _commonest(states, "source"))
        elif kind is Kind.DIFFUSER:
            _put(found, Field.SCENT_ON, _any_on(states))
            _put(found, Field.SCENT_DIFFUSION, _diffusion(states))
    return found


def known_states(devices: Sequence[Seen]) -> list[State]:
    """The reported states of the devices in reach; of all, if none is."""
    here = [seen.sight.reported for seen in devices if seen.in_reach and seen.sight.reported]
    return here or [seen.sight.reported for seen in devices if seen.sight.reported]


def level(states: Sequence[State], key: str) -> float | None:
    """The mean of a percentage over the devices that are on, over all if none is; None where nobody said it."""
    found = _numbers(_lit(states), key) or _numbers(states, key)
    return round(fmean(found), 1) if found else None


def kelvin_and_xy(states: Sequence[State]) -> tuple[int | None, tuple[float, float] | None]:
    """The common colour of lamps, in the form that more of them have; both None where nobody said one."""
    lit = _lit(states) or list(states)
    kelvins = [kelvin for kelvin in _numbers(lit, "kelvin") if kelvin > 0]
    points = [value for value in (state.get("xy") for state in lit) if isinstance(value, tuple)]
    if kelvins and len(kelvins) >= len(points):
        mean = kelvins[0] if min(kelvins) == max(kelvins) else 1e6 / fmean(1e6 / kelvin for kelvin in kelvins)
        return round(min(max(mean, 1000), 12000)), None
    if points:
        return None, (round(fmean(x for x, _ in points), 4), round(fmean(y for _, y in points), 4))
    return None, None


def title_of(devices: Iterable[Seen]) -> str | None:
    """`title · artist` of the first player in reach that says so and is on; cleaned, as devices may send anything."""
    for seen in devices:
        extra = seen.sight.extra
        if seen.in_reach and seen.sight.reported.get("on") is True:
            parts = [visible_text(value, _LONGEST_TITLE) for value in (extra.get("title"), extra.get("artist"))
                     if isinstance(value, str)]
            said = " · ".join(part for part in parts if part)
            if said:
                return said
    return None


def _light(role: Role, states: Sequence[State]) -> dict[Field, Setting]:
    found: dict[Field, Setting] = {}
    _put(found, light_field(role, "on"), _any_on(states))
    _put(found, light_field(role, "brightness_pct"), level(states, "brightness_pct"))
    kelvin, xy = kelvin_and_xy(states)
    if kelvin is not None or xy is not None:
        found[light_field(role, "colour")] = Colour(kelvin=kelvin, xy=xy)
    return found


def _diffusion(states: Sequence[State]) -> Diffusion | None:
    fragrance, intensity = _commonest(states, "fragrance"), level(states, "intensity_pct")
    if fragrance is None or intensity is None:
        return None
    # Not validated: a device may name what no plan could, and people should see it.
    return Diffusion.model_construct(fragrance=visible_text(fragrance, 60), intensity_pct=intensity)


def _any_on(states: Sequence[State]) -> bool | None:
    said = [state["on"] for state in states if isinstance(state.get("on"), bool)]
    return any(said) if said else None


def _lit(states: Sequence[State]) -> list[State]:
    return [state for state in states if state.get("on") is True]


def _numbers(states: Iterable[Mapping[str, StateValue]], key: str) -> list[float]:
    values = (state.get(key) for state in states)
    return [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def _commonest(states: Sequence[State], key: str) -> str | None:
    said = [value for value in (state.get(key) for state in states) if isinstance(value, str)]
    return visible_text(Counter(said).most_common(1)[0][0], 60) if said else None


def _put(found: dict[Field, Setting], field: Field, value: Setting | None) -> None:
    if value is not None:
        found[field] = value
