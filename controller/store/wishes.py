"""From the fields of a zone to the state of one device, in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from controller.store.decide import RECOVERY_S
from controller.store.holds import Hold
from devices.device import Device, Kind
from devices.dialects.base import State, StateValue
from profiles.layers import LayerName, Rank
from profiles.resolve import Resolution
from profiles.scene import Colour, Diffusion, Field, Role, Sense, Setting, light_field

#: Which sense a kind of device serves.
SENSE_OF: Mapping[Kind, Sense] = {
    Kind.LIGHT: Sense.LIGHT, Kind.PLAYER: Sense.MUSIC, Kind.DIFFUSER: Sense.SCENT}


class Cause(Enum):
    """What made the desired state change. The fade belongs to it (`semantics.md`, rule 12)."""

    PRESS = 2.0
    SCHEDULE = 45.0
    STOP = 0.0
    RECOVERY = RECOVERY_S

    @property
    def fade_s(self) -> float:
        """Seconds that the change takes."""
        return float(self.value)


@dataclass(frozen=True, slots=True)
class ZoneState:
    """One zone now. `until`: when to ask again (end of the resolution or of a hold)."""

    resolution: Resolution
    holds: tuple[Hold, ...]
    desired: Mapping[Field, Setting]
    until: datetime | None
    cause: Cause


def fields_of(kind: Kind, role: str) -> tuple[Field, ...]:
    """The fields of a zone that concern a device of `kind` (and, for lamps, `role`)."""
    if kind is Kind.LIGHT:
        return tuple(light_field(Role(role), what) for what in ("on", "brightness_pct", "colour"))
    if kind is Kind.PLAYER:
        return Field.MUSIC_ON, Field.MUSIC_VOLUME, Field.MUSIC_SOURCE
    if kind is Kind.DIFFUSER:
        return Field.SCENT_ON, Field.SCENT_DIFFUSION
    return ()


def state_for(kind: Kind, role: str, desired: Mapping[Field, Setting]) -> State:
    """The absolute state of a device of `kind`, from the desired fields of its zone; what has no value is left out."""
    state: dict[str, StateValue] = {}
    for field in fields_of(kind, role):
        value = desired.get(field)
        if isinstance(value, Colour):
            if value.kelvin is not None:
                state["kelvin"] = value.kelvin
            else:
                state["xy"] = value.xy
        elif isinstance(value, Diffusion):
            state["fragrance"], state["intensity_pct"] = value.fragrance, value.intensity_pct
        elif value is not None:
            state[field.value.rsplit(".", 1)[1]] = value
    return state


@dataclass(frozen=True, slots=True)
class Wish:
    """What one device should be. `stopped`: by a stop; `stopped_elsewhere`: by one in another of its zones, which wins
    for it (rule 11).
    """

    state: State
    because: str
    stopped: bool
    stopped_elsewhere: bool


def wish_for(device: Device, zones: Mapping[str, ZoneState]) -> Wish | None:
    """The state for `device` by its first zone, or by the stop in any of its zones. None: nothing is wished of it.

    It depends on the device's zones, kind and role alone, so that many devices can share one answer.
    """
    home = zones.get(device.zones[0])
    if home is None or device.kind is Kind.CONTACT:
        return None
    fields = fields_of(device.kind, device.role)
    desired, elsewhere = home.desired, False
    for zone in device.zones[1:]:
        there = zones.get(zone)
        over = {} if there is None else {field: there.resolution.fields[field].value for field in fields
                                         if _is_stopped(there.resolution, field)}
        if over:
            desired, elsewhere = {**desired, **over}, True
    state = state_for(device.kind, device.role, desired)
    if not state:
        return None
    because = "a stop in another of its zones" if elsewhere else _sentence(home.resolution.leading)
    return Wish(state, because, elsewhere or any(_is_stopped(home.resolution, field) for field in fields), elsewhere)


def _is_stopped(resolution: Resolution, field: Field) -> bool:
    resolved = resolution.fields.get(field)
    return resolved is not None and resolved.because.layer.rank is Rank.STOP


def _sentence(layer: LayerName) -> str:
    """For the wire: enough to tell in a log what an order was for. People read the panel's own words."""
    named = f"{layer.rank.name.lower()} {layer.name}"
    return f"{named} by {layer.by}" if layer.by else named


def cause_of(before: Resolution | None, after: Resolution, live_changed: bool) -> Cause:
    """Why a zone changes now: a stop begins or ends, somebody pressed or took back, or the plan's time came.

    `live_changed`: people did something, though perhaps in another zone at the moment of a boundary of this one.
    """
    if before is None:
        return Cause.RECOVERY
    then, now = _chosen(before), _chosen(after)
    if now[Rank.STOP] - then[Rank.STOP]:
        return Cause.STOP
    return Cause.PRESS if live_changed and then != now else Cause.SCHEDULE


def _chosen(resolution: Resolution) -> dict[Rank, set[str]]:
    """The layers of people that win anything, by rank."""
    found: dict[Rank, set[str]] = {Rank.OVERRIDE: set(), Rank.STOP: set()}
    for resolved in resolution.fields.values():
        layer = resolved.because.layer
        if layer.rank in found:
            found[layer.rank].add(layer.id)
    return found
