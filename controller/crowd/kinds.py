"""Kinds of light stores: countries and time zones, formats and hours. Stores of one kind have one plan between them.

Pure: the same number is always the same store.
"""

from __future__ import annotations

from functools import cache

from profiles.places import Store
from profiles.plan import Plan

#: Country, time zone, latitude and longitude, city.
_CITIES = (
    ("SE", "Europe/Stockholm", (59.3, 18.1), "Stockholm"), ("NO", "Europe/Oslo", (59.9, 10.8), "Oslo"),
    ("FI", "Europe/Helsinki", (60.2, 24.9), "Helsinki"), ("DK", "Europe/Copenhagen", (55.7, 12.6), "Copenhagen"),
    ("DE", "Europe/Berlin", (52.5, 13.4), "Berlin"), ("FR", "Europe/Paris", (48.9, 2.4), "Paris"),
    ("ES", "Europe/Madrid", (40.4, -3.7), "Madrid"), ("GB", "Europe/London", (51.5, -0.1), "London"),
    ("US", "America/New_York", (40.7, -74.0), "New York"), ("JP", "Asia/Tokyo", (35.7, 139.7), "Tokyo"),
)
#: Format, and the kinds of its zones. Every fourth store of a format is large.
_FORMATS = (
    ("city", ("entrance", "sales-floor", "checkout")),
    ("mall", ("window", "entrance", "sales-floor", "fitting-room", "checkout")),
    ("outlet", ("sales-floor", "checkout")),
)
_GROUND = {"light": {"on": True, "brightness_pct": 70, "kelvin": 3500}, "music": {"on": False, "volume_pct": 0},
           "scent": {"on": False}}
#: Kinds before which hours do not repeat.
MOST_KINDS = 1200


@cache
def kind_plan(kind: int) -> Plan:
    """The plan that stores of a kind share, but for who they are. `kind`: 0 to `MOST_KINDS` - 1."""
    country, zone, where, _ = _CITIES[kind % len(_CITIES)]
    _, places = _FORMATS[format_of(kind)]
    turn = kind // (len(_CITIES) * len(_FORMATS))
    opens, closes = 8 * 60 + 15 * (turn % 8), 18 * 60 + 30 * (turn // 8)
    return Plan.model_validate({
        "store": {"id": f"kind-{kind}", "name": f"Kind {kind}", "timezone": zone, "country": country,
                  "coordinates": where, "hours": f"Mo-Sa {_clock(opens)}-{_clock(closes)}; Su 11:00-16:00"},
        "zones": [{"id": place, "name": place.replace("-", " ").capitalize(), "kind": place, "default": _GROUND}
                  for place in places],
        "profiles": [{"id": "calm", "name": "Calm", "scene": {"light": {"brightness_pct": 55}}}],
        "dayparts": [{"id": "day", "name": "Day", "when": "opening..closing", "profile": "calm"}],
    })


def store_of(number: int, kinds: int, prefix: str) -> tuple[Store, int]:
    """The store of a number, 0 and up, and its kind. Its id and its tags are its own; the rest is the kind's."""
    kind = number % kinds
    format_, _ = _FORMATS[format_of(kind)]
    size = "large" if number // kinds % 4 == 0 else "small"
    pilot = ("pilot",) if number % 50 == 0 else ()
    return kind_plan(kind).store.model_copy(update={
        "id": f"{prefix}-{number + 1:05}", "name": f"{_CITIES[kind % len(_CITIES)][3]} {number + 1}",
        "tags": (format_, size, *pilot)}), kind


def format_of(kind: int) -> int:
    """The number of its format: which zones it has."""
    return kind // len(_CITIES) % len(_FORMATS)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
