"""From the fields of a zone to the state of one device, in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
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
    """What made the desired state change. The fade belongs to it (`semantics.md`, rule 12).

    A quiet hour comes and goes in its own time, which is this at least.
    """

    PRESS = 2.0
    SCHEDULE = 45.0
    QUIET_HOUR = 60.0
    STOP = 0.0
    RECOVERY = RECOVERY_S

    @property
    def fade_s(self) -> float:
        """Seconds that the change takes."""
        return float(self.value)


@dataclass(frozen=True, slots=True)
class ZoneState:
    """One zone now. `until`: when to ask again (end of the resolution, of a hold or of a quiet hour).

    `quiet`: the quiet hours that hold, each with what it lets through at most. `fade_s`: how long the change takes;
    `ramp_until`: the steady instant at which the last change of what is desired is over; `ramps`: the same by field.
    """

    resolution: Resolution
    holds: tuple[Hold, ...]
    desired: Mapping[Field, Setting]
    until: datetime | None
    cause: Cause
    quiet: Mapping[str, Mapping[Field, Setting]] = dataclass_field(default_factory=dict)
    fade_s: float = 0.0
    ramp_until: float = 0.0
    ramps: Mapping[Field, float] = dataclass_field(default_factory=dict)

    def recovery_s(self, now: float, fields: Collection[Field]) -> float:
        """How long a device takes to what it should be already: at most 2 s, or what is left of a ramp of `fields`."""
        return max(RECOVERY_S, *(round(self.ramps.get(field, 0.0) - now, 1) for field in fields), 0.0)

    def at_most(self) -> dict[Field, Setting]:
        """What the quiet hours of this zone let through, for a device that serves another zone as well."""
        most: dict[Field, Setting] = {}
        for ceilings in self.quiet.values():
            for field, value in ceilings.items():
                most[field] = lower(most[field], value) if field in most else value
        for field, resolved in self.resolution.fields.items():
            if resolved.because.layer.rank is Rank.QUIET_HOUR:
                most[field] = resolved.value  # the light floor may have lifted it; scent is off a purge before
        return most


def lower(one: Setting, other: Setting) -> Setting:
    """The lower of two values of a field; off is lower than on."""
    if isinstance(one, float | int) and isinstance(other, float | int):
        return min(one, other)
    return one


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
    for it, as a quiet hour does (rule 11).
    """

    state: State
    because: str
    stopped: bool
    stopped_elsewhere: bool


def wish_for(device: Device, zones: Mapping[str, ZoneState]) -> Wish | None:
    """The state for `device` by its first zone, or a stop or quiet hour in any of its zones. None: nothing is wished.

    It depends on the device's zones, kind and role alone, so that many devices can share one answer.
    """
    home = zones.get(device.zones[0])
    if home is None or device.kind is Kind.CONTACT:
        return None
    fields = fields_of(device.kind, device.role)
    others = [there for zone in device.zones[1:] if (there := zones.get(zone)) is not None]
    desired = home.desired
    quiet = lowered(desired, home.resolution, others, fields)
    stopped = {field: there.resolution.fields[field].value for there in others for field in fields
               if _is_stopped(there.resolution, field)}
    state = state_for(device.kind, device.role, {**desired, **quiet, **stopped})
    if not state:
        return None
    because = _sentence(home.resolution.leading)
    if stopped or quiet:
        because = "a stop in another of its zones" if stopped else "a quiet hour in another of its zones"
    elsewhere = bool(stopped)
    return Wish(state, because, elsewhere or any(_is_stopped(home.resolution, field) for field in fields), elsewhere)


def lowered(
    desired: Mapping[Field, Setting], home: Resolution, others: Iterable[ZoneState], fields: Iterable[Field]
) -> dict[Field, Setting]:
    """The fields in which quiet hours of other zones let less through; a stop at home is above them."""
    found: dict[Field, Setting] = {}
    for there in others:
        most = there.at_most()
        for field in fields:
            value = found.get(field, desired.get(field))
            if value is None or field not in most or _is_stopped(home, field):
                continue
            least = lower(value, most[field])
            if least != value:
                found[field] = least
    return found


def _is_stopped(resolution: Resolution, field: Field) -> bool:
    resolved = resolution.fields.get(field)
    return resolved is not None and resolved.because.layer.rank is Rank.STOP


def _sentence(layer: LayerName) -> str:
    """For the wire: enough to tell in a log what an order was for. People read the panel's own words."""
    named = f"{layer.rank.name.lower()} {layer.name}"
    return f"{named} by {layer.by}" if layer.by else named


def cause_of(before: Resolution | None, after: Resolution, live_changed: bool, quiet_changed: bool = False) -> Cause:
    """Why a zone changes now: a stop or a quiet hour begins or ends, somebody pressed or took back, or the plan's time
    came.

    `live_changed`: people did something, though perhaps in another zone at the moment of a boundary of this one.
    `quiet_changed`: other quiet hours hold than before.
    """
    if before is None:
        return Cause.RECOVERY
    then, now = chosen(before), chosen(after)
    if now[Rank.STOP] - then[Rank.STOP]:
        return Cause.STOP
    if quiet_changed:
        return Cause.QUIET_HOUR
    return Cause.PRESS if live_changed and then != now else Cause.SCHEDULE


def chosen(resolution: Resolution) -> dict[Rank, set[str]]:
    """The layers of people that win anything, by rank."""
    found: dict[Rank, set[str]] = {Rank.OVERRIDE: set(), Rank.STOP: set()}
    for resolved in resolution.fields.values():
        layer = resolved.because.layer
        if layer.rank in found:
            found[layer.rank].add(layer.id)
    return found
