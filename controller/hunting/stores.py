"""A store drawn from a seed: random, and without an error, as parts of a plan file.

Small on purpose: what breaks in a store with a hundred lamps breaks in one with three, and sooner. It is written as a
document and not as a plan, so that a story that fails is a file at once.
"""

from __future__ import annotations

import random
from typing import Any

Part = dict[str, Any]

#: Time zones with their country. Most change their clocks, some oddly: by half an hour, by two hours, backwards in
#: winter, at midnight, for Ramadan.
PLACES = (
    ("Europe/Stockholm", "SE"), ("America/New_York", "US"), ("Europe/Dublin", "IE"), ("Australia/Lord_Howe", "AU"),
    ("Antarctica/Troll", None), ("America/Havana", None), ("Africa/Casablanca", None), ("Asia/Beirut", None),
    ("America/St_Johns", "CA"), ("Africa/Cairo", None), ("Pacific/Chatham", "NZ"), ("Asia/Kathmandu", None),
    ("Pacific/Kiritimati", None),
)
#: Opening hours, and whether they ever close.
_HOURS = (
    ("Mo-Su 09:00-20:00", True), ("Mo-Fr 10:00-18:00; Sa-Su 10:00-15:00", True),
    ("Mo-Su 08:00-12:00,13:00-02:00", True), ("Mo-Su 22:00-06:00", True), ("24/7", False),
)
#: Chains of windows that touch and never overlap: by the doors, and by the clock.
_BY_DOORS = (
    ("opening-00:30..opening+01:30", "opening+01:30..closing-02:00", "closing-02:00..closing",
     "closing..closing+01:00"),
    ("opening..closing-03:00", "closing-03:00..closing"),
    ("opening..closing", "closing+02:00..opening-02:00"),
)
_BY_CLOCK = (
    ("06:00-10:00", "10:00-14:30", "14:30-18:00", "18:00-23:00"),
    ("00:30-02:30", "02:30-05:00", "07:00-12:00", "12:00-22:00"),
    ("22:00-03:00", "03:00-09:00", "09:00-22:00"),
    ("Mo-Fr 08:00-16:00", "Mo-Su 16:00-21:00", "Sa-Su 08:00-16:00"),
)
_CAMPAIGNS = ("11:00-13:00", "15:00-16:00", "00:00-04:00", "Sa-Su 10:00-12:00", "Mo-Su 17:30-19:00", "01:30-02:30")
_QUIET = ("13:00-14:00", "09:30-10:15", "Mo-Su 16:00-16:40", "02:00-03:30", "18:00-18:20")
_ANNOUNCED = ("12:00-12:30", "closing-00:15..closing", "09:45-10:30", "16:10-16:30", "02:15-02:45")
_KINDS = ("sales-floor", "sales-floor", "fitting-room", "cafe", "entrance", "checkout")
_ROLES = ("ambient", "ambient", "accent", "feature")
FRAGRANCES = ("linen", "fig")
SOURCES = ("calm", "lively")


def draw_store(rng: random.Random) -> Part:
    """All parts of a plan file, drawn."""
    timezone, country = rng.choice(PLACES)
    hours, closes = rng.choice(_HOURS)
    zones = _zones(rng)
    ids = [zone["id"] for zone in zones]
    profiles = _profiles(rng)
    return {
        "store": {"id": "drawn", "name": "A drawn store", "timezone": timezone,
                  **({"country": country} if country else {}), "hours": hours, "scent_consent": rng.random() < 0.9},
        "zones": zones, "profiles": profiles,
        **draw_week(rng, ids, closes, len(profiles)),
        "limits": _limits(rng), "guardrails": _guardrails(rng),
        "fragrances": [{"id": name, "name": name.capitalize(), "safety_sheet": f"{name}.pdf",
                        "ifra_certificate": "IFRA 51"} for name in FRAGRANCES],
        "sources": [{"id": name, "name": name.capitalize(), "licence": "Licence 1", "territory": "EU"}
                    for name in SOURCES],
        "devices": _devices(rng, zones),
    }


def draw_week(rng: random.Random, zones: list[str], closes: bool, profiles: int) -> Part:
    """The parts that a new version of a plan may have others of: dayparts, campaigns, quiet hours, announcements."""
    return {
        "dayparts": _dayparts(rng, zones, closes, profiles),
        "campaigns": [
            {"id": f"campaign-{n}", "name": f"Campaign {n}", "when": rng.choice(_CAMPAIGNS), "priority": 10 * (n + 1),
             "profile": f"mood-{rng.randrange(profiles)}", **_somewhere(rng, zones)}
            for n in range(rng.choice((0, 0, 1, 1, 2)))],
        "quiet_hours": [
            {"id": f"quiet-{n}", "name": f"Quiet hour {n}", "when": rng.choice(_QUIET),
             **({"light_share_pct": rng.choice((20, 50, 80))} if rng.random() < 0.5 else {}), **_somewhere(rng, zones)}
            for n in range(rng.choice((0, 1, 1, 2)))],
        "announcements": [
            _announcement(rng, n, zones, closes) for n in range(rng.choice((0, 1, 1, 2)))],
    }


def _somewhere(rng: random.Random, zones: list[str]) -> Part:
    """Often the whole store, else some of its zones."""
    return {} if rng.random() < 0.5 else {"zones": sorted(rng.sample(zones, rng.randint(1, len(zones))))}


def _zones(rng: random.Random) -> list[Part]:
    return [{
        "id": f"zone-{n}", "name": f"Zone {n}", "kind": rng.choice(_KINDS),
        "default": {
            "light": {"on": rng.random() < 0.9, "brightness_pct": _tens(rng, 3, 10),
                      "kelvin": rng.choice((2700, 3500, 4000))},
            "music": {"on": rng.random() < 0.6, "volume_pct": _tens(rng, 1, 6), "source": rng.choice(SOURCES)},
            "scent": {"on": rng.random() < 0.3, "fragrance": rng.choice(FRAGRANCES),
                      "intensity_pct": _tens(rng, 1, 5)}},
        **({"people": False} if rng.random() < 0.2 else {}),
        **({"scent_free": False} if rng.random() < 0.5 else {}),
        **({"air_changes_per_h": rng.choice((2, 8, 20))} if rng.random() < 0.7 else {}),
    } for n in range(rng.choice((1, 1, 2, 2, 3, 4)))]


def _profiles(rng: random.Random) -> list[Part]:
    """At least two; the first two are about scent, so that fragrances follow each other."""
    made: list[Part] = []
    for n in range(rng.randint(2, 5)):
        scene = draw_scene(rng)
        if n < len(FRAGRANCES) and rng.random() < 0.7:
            scene["scent"] = {"on": True, "fragrance": FRAGRANCES[n], "intensity_pct": _tens(rng, 1, 5)}
        mood: Part = {"id": f"mood-{n}", "name": f"Mood {n}"}
        if n and rng.random() < 0.15:
            mood["extends"] = f"mood-{n - 1}"
        mood["scene"] = scene
        if rng.random() < 0.2:
            mood["variations"] = {rng.choice(_KINDS): draw_scene(rng)}
        made.append(mood)
    return made


def draw_scene(rng: random.Random) -> Part:
    """A scene that says something, and seldom everything."""
    scene: Part = {}
    if rng.random() < 0.8:
        scene["light"] = _light(rng)
        if rng.random() < 0.2:
            scene["light"]["roles"] = {rng.choice(_ROLES): _light(rng)}
    if rng.random() < 0.6:
        scene["music"] = {"on": rng.random() < 0.85, "volume_pct": _tens(rng, 1, 9),
                          **({"source": rng.choice(SOURCES)} if rng.random() < 0.5 else {})}
    if rng.random() < 0.4 or not scene:
        on = rng.random() < 0.75
        scene["scent"] = {"on": on, **({"fragrance": rng.choice(FRAGRANCES), "intensity_pct": _tens(rng, 1, 5)} if on
                                       else {})}
    return scene


def _light(rng: random.Random) -> Part:
    found: Part = {"on": rng.random() < 0.85}
    if rng.random() < 0.8:
        found["brightness_pct"] = rng.choice((0, 1, 5, 20, 35, 50, 66, 80, 100))
    if rng.random() < 0.4:
        found["kelvin"] = rng.choice((2200, 2700, 3200, 4000, 5000))
    elif rng.random() < 0.1:
        found["xy"] = [0.41, 0.39]
    return found


def _tens(rng: random.Random, low: int, high: int) -> int:
    return 10 * rng.randint(low, high)


def _dayparts(rng: random.Random, zones: list[str], closes: bool, profiles: int) -> list[Part]:
    """A chain for the whole store, or one for each zone; links may be missing."""
    chains = (*_BY_CLOCK, *(_BY_DOORS if closes else ()))
    groups: list[list[str] | None] = [None] if rng.random() < 0.6 else [[zone] for zone in zones]
    made: list[Part] = []
    for group in groups:
        for when in rng.choice(chains):
            if rng.random() < 0.85:
                n = len(made)
                made.append({"id": f"part-{n}", "name": f"Daypart {n}", "when": when,
                             "profile": f"mood-{rng.randrange(profiles)}", **({"zones": group} if group else {})})
    return made


def _announcement(rng: random.Random, n: int, zones: list[str], closes: bool) -> Part:
    when = rng.choice([text for text in _ANNOUNCED if closes or ".." not in text])
    timed = {"when": when, **({"every_min": rng.choice((5, 10))} if rng.random() < 0.4 else {})}
    return {"id": f"say-{n}", "name": f"Announcement {n}", "clip": f"say-{n}", "text": "Something is said.",
            **(timed if rng.random() < 0.6 else {}), **_somewhere(rng, zones),
            **({"manner": "interrupt"} if rng.random() < 0.3 else {}), "length_s": rng.choice((3, 10, 45)),
            **({"emergency": True} if rng.random() < 0.2 else {})}


def _limits(rng: random.Random) -> Part:
    drawn = {"light_floor_pct": rng.choice((0, 20, 40)), "max_brightness_pct": rng.choice((70, 100)),
             "max_volume_pct": rng.choice((30, 50, 80)), "max_intensity_pct": rng.choice((15, 30, 50))}
    return {name: value for name, value in drawn.items() if rng.random() < 0.5}


def _guardrails(rng: random.Random) -> Part:
    if rng.random() < 0.6:
        return {}
    return {"staff": {"volume_pct": {"lowest": 10, "highest": 40}, "brightness_pct": {"lowest": 20, "highest": 80},
                      "longest_min": rng.choice((20, 90))}}


def _devices(rng: random.Random, zones: list[Part]) -> list[Part]:
    """Something of each kind somewhere, and a few more lamps."""
    ids = [zone["id"] for zone in zones]
    made: list[Part] = []
    asked = rng.random() < 0.12
    for n in range(rng.choice((1, 2, 2, 3, 4))):
        bulb = asked and rng.random() < 0.5
        made.append({"id": f"bulb-{n}" if bulb else f"lamp-{n}", "kind": "light", "zones": _served(rng, ids),
                     **({"role": rng.choice(_ROLES)} if rng.random() < 0.5 else {}),
                     **({"dialect": "zigbee2mqtt", "address": f"zigbee2mqtt/Bulb {n}"} if bulb else {}),
                     **({"at_switch": "yield"} if rng.random() < 0.3 else {})})
    for n in range(rng.choice((0, 1, 1, 2))):
        made.append({"id": f"player-{n}", "kind": "player", "zones": _served(rng, ids)})
    for n in range(rng.choice((0, 1, 1, 2))):
        made.append({"id": f"diffuser-{n}", "kind": "diffuser", "zones": [rng.choice(ids)],
                     "fragrances": list(FRAGRANCES)})
    if rng.random() < 0.3:
        made.append({"id": "fire", "kind": "contact", "zones": [rng.choice(ids)]})
    return made


def _served(rng: random.Random, zones: list[str]) -> list[str]:
    """Mostly one zone; sometimes a device hangs between two, and the first decides."""
    return rng.sample(zones, min(len(zones), 2 if rng.random() < 0.2 else 1))
