"""How a lamp's light looks on a screen: colour temperature or CIE xy, and brightness, as sRGB.

The plan glows in the light that devices reported, and a mood shows its light as a pearl. Eyes in a shop adapt to
the shop's white, so a lamp of 3700 K is drawn white, warmer ones amber and colder ones blue; drawn against the
screen's own white of 6500 K every shop would be orange. Pure: no request, no store.

Sources: Planckian locus: Kim et al., "Design of advanced color temperature control system for HDTV applications"
(2002), cubic splines for 1667 to 25000 K. Adaptation: Bradford transform (Lam 1985; ICC.1:2022 annex E).
XYZ to sRGB: IEC 61966-2-1. Oklab: Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

Triple = tuple[float, float, float]
Chromaticity = tuple[float, float]

#: The white that eyes in a shop have adapted to, in kelvin: between the 3000 and 4000 K that most shops are lit with,
#: in the lower half of what EN 12464-1 calls intermediate (3300 to 5300 K).
ADAPTED_WHITE_K = 3700
#: The screen's white, D65 (IEC 61966-2-1).
SCREEN_WHITE: Chromaticity = (0.3127, 0.3290)
#: Chroma of a rim against its lens: a rim says *which* light, a lens says how it looks.
_RIM_CHROMA, _RIM_LIGHTNESS = 2.6, 0.72
_POOL_CHROMA, _POOL_LIGHTNESS = 2.4, 0.92

_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_BRADFORD_BACK = ((0.9869929, -0.1470543, 0.1599627), (0.4323053, 0.5183603, 0.0492912),
                  (-0.0085287, 0.0400428, 0.9684867))
_TO_SRGB = ((3.2404542, -1.5371385, -0.4985314), (-0.9692660, 1.8760108, 0.0415560),
            (0.0556434, -0.2040259, 1.0572252))
_TO_LMS = ((0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
           (0.0883024619, 0.2817188376, 0.6299787005))
_TO_LAB = ((0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
           (0.0259040371, 0.7827717662, -0.8086757660))
_FROM_LAB = ((1.0, 0.3963377774, 0.2158037573), (1.0, -0.1055613458, -0.0638541728),
             (1.0, -0.0894841775, -1.2914855480))
_FROM_LMS = ((4.0767416621, -3.3077115913, 0.2309699292), (-1.2684380046, 2.6097574011, -0.3413193965),
             (-0.0041960863, -0.7034186147, 1.7076147010))


@dataclass(frozen=True, slots=True)
class Glow:
    """A light on the screen, as `#rrggbb`: `lens` as adapted eyes see it, `pool` and `rim` more and most coloured."""

    lens: str
    pool: str
    rim: str


def kelvin_to_xy(kelvin: float) -> Chromaticity:
    """CIE 1931 xy of a Planckian radiator. Below 1667 K and above 25000 K the nearest end is taken."""
    t = min(max(kelvin, 1667.0), 25000.0)
    k = 1000.0 / t
    if t <= 4000:
        x = -0.2661239 * k**3 - 0.2343589 * k**2 + 0.8776956 * k + 0.179910
    else:
        x = -3.0258469 * k**3 + 2.1070379 * k**2 + 0.2226347 * k + 0.240390
    if t <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif t <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return x, y


def xy_to_linear(xy: Chromaticity) -> Triple:
    """Linear sRGB of a chromaticity at full level, seen by eyes adapted to the shop's white.

    The brightest channel is 1. What sRGB cannot show is clipped to the nearest that it can.
    """
    red, green, blue = (max(channel, 0.0) for channel in _times(_TO_SRGB, _adapt(_xyz(xy))))
    high = max(red, green, blue, 1e-9)
    return red / high, green / high, blue / high


@lru_cache(maxsize=1024)
def glow(kelvin: int | None = None, xy: Chromaticity | None = None) -> Glow:
    """The light of a lamp at full level. `xy` wins over `kelvin`; with neither it is the shop's white."""
    linear = xy_to_linear(xy if xy is not None else kelvin_to_xy(kelvin or ADAPTED_WHITE_K))
    lab = _oklab(linear)
    pool, rim = _coloured(lab, _POOL_LIGHTNESS, _POOL_CHROMA), _coloured(lab, _RIM_LIGHTNESS, _RIM_CHROMA)
    return Glow(lens=_hex(linear), pool=_hex(pool), rim=_hex(rim))


def seen_level(brightness_pct: float) -> float:
    """How bright a level looks, 0 to 1: eyes answer to the cube root of light (CIE 1976 lightness, simplified)."""
    return math.cbrt(min(max(brightness_pct, 0.0), 100.0) / 100.0)


def _coloured(lab: Triple, lightness: float, chroma: float) -> Triple:
    """The colour with other lightness and chroma, less chroma where sRGB has no room: the hue holds."""
    for part in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
        found = _from_oklab((lab[0] * lightness, lab[1] * chroma * part, lab[2] * chroma * part))
        if min(found) >= -0.005 and max(found) <= 1.005:
            return found
    return _from_oklab((lab[0] * lightness, lab[1] * lightness, lab[2] * lightness))


def _xyz(xy: Chromaticity) -> Triple:
    x, y = xy
    y = max(y, 1e-4)
    return x / y, 1.0, max(0.0, 1.0 - x - y) / y


def _times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def _adapt(xyz: Triple) -> Triple:
    """Von Kries in Bradford's cone space: what is white in the shop becomes the screen's white."""
    shop = _times(_BRADFORD, _xyz(kelvin_to_xy(ADAPTED_WHITE_K)))
    screen = _times(_BRADFORD, _xyz(SCREEN_WHITE))
    cone = _times(_BRADFORD, xyz)
    return _times(_BRADFORD_BACK, (cone[0] * screen[0] / shop[0], cone[1] * screen[1] / shop[1],
                                   cone[2] * screen[2] / shop[2]))


def _oklab(linear: Triple) -> Triple:
    l_, m, s = (max(v, 0.0) ** (1 / 3) for v in _times(_TO_LMS, linear))
    return _times(_TO_LAB, (l_, m, s))


def _from_oklab(lab: Triple) -> Triple:
    l_, m, s = (v**3 for v in _times(_FROM_LAB, lab))
    return _times(_FROM_LMS, (l_, m, s))


def _hex(linear: Triple) -> str:
    return "#" + "".join(f"{_byte(channel):02x}" for channel in linear)


def _byte(linear: float) -> int:
    value = min(max(linear, 0.0), 1.0)
    coded = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(coded * 255)
