"""How well the promise of a quiet hour is kept in a zone: what every device said, against what it may be at most. Pure.

What is measured is what devices *reported*, not what they were told.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from controller.store.track import Track
from controller.store.wishes import ZoneState
from devices.device import Kind
from devices.state import visible_text
from profiles.layers import Rank
from profiles.scene import Role, light_field

#: Devices that a quiet hour is about.
_CONCERNED = frozenset({Kind.LIGHT, Kind.PLAYER, Kind.DIFFUSER})
#: Beyond one step of the lamp: rounding on the way there and back.
_ROUNDING_PCT = 0.5


class Standing(Enum):
    """How a zone stands to its quiet hour."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    STOPPED = "stopped"


def concerned(tracks: Iterable[Track]) -> list[Track]:
    """The devices that have a part in the promise."""
    return [track for track in tracks if track.device.kind in _CONCERNED]


def standing(state: ZoneState, tracks: Iterable[Track], now: float) -> tuple[Standing, list[str]]:
    """How a zone stands, and what is wrong, one short sentence a device. A stop is no fault of anybody's."""
    if any(resolved.because.layer.rank is Rank.STOP and field.role is not None
           for field, resolved in state.resolution.fields.items()):
        return Standing.STOPPED, []
    unknown, wrong = False, []
    for track in concerned(tracks):
        if track.stopped:
            continue
        said = track.merged
        if not track.in_reach(now) or "on" not in said.state or "on" in said.stale:
            unknown = True
        elif said.state["on"] is True:
            sentence = _light(state, track) if track.device.kind is Kind.LIGHT else _loud(track)
            wrong += [sentence] if sentence else []
    if wrong:
        return Standing.BROKEN, wrong
    return (Standing.UNKNOWN if unknown else Standing.KEPT), []


def _light(state: ZoneState, track: Track) -> str:
    most = state.at_most().get(light_field(Role(track.device.role), "brightness_pct"))
    said = track.merged.state.get("brightness_pct")
    if not isinstance(most, float | int) or not isinstance(said, float | int):
        return ""
    step = 100 / max(1, track.device.capability.brightness_levels)
    if said <= most + step + _ROUNDING_PCT:
        return ""
    return f"{track.device.id} gave {said:.0f} % light, and {most:.0f} % is the most."


def _loud(track: Track) -> str:
    if track.device.kind is Kind.PLAYER:
        return f"{track.device.id} played music."
    fragrance = visible_text(str(track.merged.state.get("fragrance") or "scent"), 60)
    return f"{track.device.id} gave {fragrance}."
