"""Devices that serve several zones: what differs between those zones over 13 months."""

from __future__ import annotations

from collections.abc import Iterator

from profiles.check_layers import SWITCHED
from profiles.finding import Finding, warning
from profiles.places import InstalledDevice
from profiles.scene import Field, Role, Sense, Setting, light_field
from profiles.week import Week
from profiles.year import Situation, Year

#: So many pairs of zones are compared hour by hour; a real store has a handful.
_PAIRS = 100


def check_devices(week: Week, year: Year) -> Iterator[Finding]:
    """A device of several zones follows the first (rule 11); people should know where the others differ."""
    zones = {z.id: z for z in year.plan.zones}
    known: dict[tuple[str, str, Sense, Role], float | None] = {}
    for number, device in enumerate(week.plan.devices):
        if device.kind == "contact" or device.zones[0] not in zones:
            continue
        first = zones[device.zones[0]]
        for name in device.zones[1:]:
            other = zones.get(name)
            if other is None or other.id == first.id:
                continue
            sense = _sense(device)
            key = first.id, other.id, sense, device.role
            if key not in known and len(known) < _PAIRS:
                known[key] = _first_difference(year, first.id, other.id, _fields(sense, device.role))
            instant = known.get(key)
            if instant is not None:
                yield warning(f"devices[{number}].zones", f"{device.name or device.id} serves {first.name} and "
                              f"{other.name}, whose {sense.value} differs, first on {week.local(instant)}; "
                              f"{first.name} stands first and decides.")


def _sense(device: InstalledDevice) -> Sense:
    return {"light": Sense.LIGHT, "player": Sense.MUSIC}.get(device.kind, Sense.SCENT)


def _fields(sense: Sense, role: Role) -> tuple[Field, ...]:
    """The switch that a device listens to, and what it switches."""
    switch = {Sense.LIGHT: light_field(role, "on"), Sense.MUSIC: Field.MUSIC_ON, Sense.SCENT: Field.SCENT_ON}[sense]
    return switch, *SWITCHED[switch]


def _first_difference(year: Year, one: str, other: str, fields: tuple[Field, ...]) -> float | None:
    def seen(situation: Situation) -> tuple[Setting | None, ...]:
        return _seen(situation, fields)

    mine, theirs = year.of(one).stretches(seen), year.of(other).stretches(seen)
    a, b = next(mine, None), next(theirs, None)
    while a is not None and b is not None:
        if a[2] != b[2]:
            return max(a[0], b[0])
        end = min(a[1], b[1])
        if a[1] == end:
            a = next(mine, None)
        if b[1] == end:
            b = next(theirs, None)
    return None


def _seen(situation: Situation, fields: tuple[Field, ...]) -> tuple[Setting | None, ...]:
    """What a device would be told; while it is off, its values make no difference."""
    if situation.value(fields[0]) is not True:
        return (False,)
    return tuple(situation.value(f) for f in fields)
