"""What the page *Now* draws: zones lit by what their devices reported, and pearls, an ambience at a glance.

Only reported light is drawn as light. Where a device cannot report, its desired light is drawn, and the zone is
hatched. A device that is out of reach gives no light. Values ready for templates, without any markup.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from controller.shapes import DeviceShown, MoodShown, SenseShown, Standing, ZoneShown
from controller.wording_values import scent_dots
from profiles.scene import Colour, Diffusion, Role, Sense, Setting
from web.floor import Corners, Floor, Point, area, lay_out, outline, room, scatter
from web.light import Chromaticity, glow, seen_level

#: Places of scent dots in a zone that smells, by strength.
_DOTS = (0, 4, 7, 10)
#: Light pools of a zone whose lamps are not known one by one.
_MOST_POOLS = 12


@dataclass(frozen=True, slots=True)
class Pearl:
    """An ambience at a glance: lens and rim of its light, how bright (0 to 100), music level, scent dots (0 to 3)."""

    lens: str
    rim: str
    bright: int
    music: int
    dots: int
    standing: Standing = Standing.REPORTED


@dataclass(frozen=True, slots=True)
class Pool:
    """Light on the floor below a lamp: middle, radius, colour `#rrggbb`, strength 0 to 1."""

    x: float
    y: float
    radius: float
    colour: str
    strength: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A device at its spot."""

    kind: str
    x: float
    y: float
    lost: bool


@dataclass(frozen=True, slots=True)
class ZoneDrawn:
    """A zone of the plan: outline, light, devices, scent; `style` and `style_turned` place its plate."""

    id: str
    path: str
    lamp: str
    glow: float
    pools: tuple[Pool, ...]
    marks: tuple[Mark, ...]
    dots: tuple[Point, ...]
    style: str


def sense_of(zone: ZoneShown, sense: Sense) -> SenseShown | None:
    """One sense of a zone, or None where it has no device for it."""
    return next((shown for shown in zone.senses if shown.sense == sense and shown.device_count), None)


def mood_pearl(mood: MoodShown) -> Pearl:
    """The pearl of a profile on its key: as it would be, hence steady."""
    light = glow(kelvin=mood.kelvin, xy=mood.xy)
    return Pearl(light.lens, light.rim, _bright(mood.brightness_pct), round(mood.volume_pct or 0), mood.scent_dots)


def values_pearl(values: Mapping[str, Setting]) -> Pearl:
    """The pearl of what a zone should be, by field: its first role of light that is on, its music, its scent."""
    lit = next((role for role in Role if values.get(f"light.{role.value}.on") is True), Role.AMBIENT)
    on = values.get(f"light.{lit.value}.on") is not False
    colour, level = values.get(f"light.{lit.value}.colour"), values.get(f"light.{lit.value}.brightness_pct")
    light = glow(kelvin=colour.kelvin, xy=colour.xy) if isinstance(colour, Colour) else glow()
    volume, diffusion = values.get("music.volume_pct"), values.get("scent.diffusion")
    music = round(volume) if isinstance(volume, int | float) and values.get("music.on") is not False else 0
    smells = isinstance(diffusion, Diffusion) and values.get("scent.on") is True
    dots = scent_dots(diffusion.intensity_pct) if smells and isinstance(diffusion, Diffusion) else 0
    bright = float(level) if isinstance(level, int | float) else 100.0
    return Pearl(light.lens, light.rim, _bright(bright if on else 0.0), music, dots)


def zone_pearl(zone: ZoneShown) -> Pearl:
    """The pearl of a zone: as it was reported."""
    light, music, scent = (sense_of(zone, sense) for sense in (Sense.LIGHT, Sense.MUSIC, Sense.SCENT))
    seen = glow(kelvin=light.kelvin, xy=light.xy) if light is not None else glow()
    dots = scent_dots(_level(scent))
    return Pearl(seen.lens, seen.rim, _bright(_level(light)), round(_level(music)), dots, zone.standing)


def draw(zones: Sequence[ZoneShown], devices: Sequence[DeviceShown]) -> tuple[ZoneDrawn, ...]:
    """Every zone of the plan, in order."""
    floor = lay_out({zone.id: zone.shape for zone in zones})
    return tuple(_draw(zone, [d for d in devices if zone.id in d.zones], floor) for zone in zones)


def colours(drawn: Sequence[ZoneDrawn]) -> tuple[str, ...]:
    """Every colour of a pool, once: each is a gradient of the drawing."""
    return tuple(dict.fromkeys(pool.colour for zone in drawn for pool in zone.pools))


def _draw(zone: ZoneShown, devices: Sequence[DeviceShown], floor: Floor) -> ZoneDrawn:
    corners = floor.outlines[zone.id]
    if len(zone.shape) < 3:
        # Where a zone without a shape is drawn says nothing about where it is, so spots mean nothing in it.
        devices = [replace(device, spot=None) for device in devices]
    light, scent = sense_of(zone, Sense.LIGHT), sense_of(zone, Sense.SCENT)
    lit = light is not None and light.standing not in (Standing.LOST, Standing.NONE)
    diffused = scent_dots(_level(scent)) if scent is not None and scent.standing is not Standing.LOST else 0
    marks = [
        Mark(d.kind, *floor.spot(d.spot), d.standing is Standing.LOST) for d in devices if d.spot is not None
    ]
    return ZoneDrawn(
        id=zone.id,
        path=outline(corners),
        lamp=glow(kelvin=light.kelvin, xy=light.xy).pool if light is not None and lit else "",
        glow=round(seen_level(_level(light)), 2) if lit else 0.0,
        pools=tuple(_pools([d for d in devices if d.kind == "light"], corners, floor)),
        marks=tuple(marks),
        dots=scatter(corners, _DOTS[diffused]) if diffused else (),
        style=f"{room(corners).style()};{room(corners, turned=True).style_turned()}",
    )


def _pools(lamps: Sequence[DeviceShown], corners: Corners, floor: Floor) -> list[Pool]:
    lamps = lamps[:_MOST_POOLS]
    if not lamps:
        return []
    free = iter(scatter(corners, sum(lamp.spot is None for lamp in lamps)))
    radius = min(230.0, max(70.0, 1.1 * math.sqrt(area(corners) / len(lamps))))
    found = []
    for lamp in lamps:
        x, y = floor.spot(lamp.spot) if lamp.spot is not None else next(free)
        strength, colour = _lamp_light(lamp)
        if strength > 0:
            found.append(Pool(round(x), round(y), round(radius), colour, round(strength, 2)))
    return found


def _lamp_light(lamp: DeviceShown) -> tuple[float, str]:
    """Strength and colour of a lamp: what it reported, or what it should be where it cannot report."""
    if lamp.standing is Standing.LOST:
        return 0.0, ""
    state = lamp.desired if lamp.standing is Standing.ASSUMED and not lamp.reported else lamp.reported
    level = state.get("brightness_pct", 100.0)
    if not state.get("on") or not isinstance(level, int | float):
        return 0.0, ""
    found = state.get("kelvin")
    kelvin = round(found) if isinstance(found, int | float) else None
    return seen_level(level), glow(kelvin=kelvin, xy=_xy(state)).pool


def _xy(state: Mapping[str, object]) -> Chromaticity | None:
    found = state.get("xy")
    if isinstance(found, list | tuple) and len(found) == 2 and all(isinstance(v, int | float) for v in found):
        return float(found[0]), float(found[1])
    return None


def _level(sense: SenseShown | None) -> float:
    """The level of a sense that is on; 0 where it is off, or not known."""
    return 0.0 if sense is None or sense.on is False or sense.level_pct is None else sense.level_pct


def _bright(brightness_pct: float | None) -> int:
    """How bright a lens is drawn: never so dark that its colour is lost."""
    return round(40 + 60 * seen_level(100.0 if brightness_pct is None else brightness_pct))
