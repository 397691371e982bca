"""The JSON schema of plan files, for editors: completion, a hint at every field, a mark under a typing error.

Generated from the models, so that it cannot differ from what is read; added here are the short forms (`light: off`,
`- morning-calm`) and a line on every field. `docs/plan.schema.json` is this schema, kept equal by a test.
"""

from __future__ import annotations

import re
from typing import Any

from profiles.plan import Plan
from profiles.starters import starters

_CHOICE = re.compile(r"\^\(([a-z|-]+)\)\$\Z")
_SENSES = ("Light", "Lights", "Music", "Scent")

#: A line for every field, by model. What a model's own docstring says is not said again.
_FIELDS: dict[str, dict[str, str]] = {
    "Plan": {
        "store": "The shop: its hours and where it stands.",
        "zones": "The parts of the store; at least one.",
        "profiles": "The moods; the name of a starter profile alone brings that one.",
        "dayparts": "The store's week: which profile when. Two of one zone never overlap.",
        "campaigns": "Dated overlays over the week, by priority.",
        "quiet_hours": "Sensory-friendly hours: a ceiling over everything but a stop.",
        "announcements": "What is said over the music, at times or by press.",
        "limits": "The store's own safety limits; they hold after everything but a stop.",
        "guardrails": "By role of person: what a press may do.",
        "fragrances": "What may be diffused, with its papers.",
        "sources": "What may be played, with its licence.",
        "devices": "What hangs in the store, and where.",
    },
    "Store": {
        "id": "Part of every MQTT topic: small letters, digits, hyphens.",
        "name": "As people call it.",
        "timezone": "A name of the IANA database, such as Europe/Stockholm.",
        "country": "Two letters, such as SE: whose public holidays PH means.",
        "coordinates": "Latitude and longitude in degrees: where sunrise and sunset are.",
        "hours": "Opening hours in OpenStreetMap's form: Mo-Fr 10:00-20:00; Sa 10:00-18:00.",
        "exceptions": "Dates with other hours; without hours, the store is closed that day.",
        "holidays": "Dates that are public holidays (PH) here beside the country's; observed: false takes one away.",
        "scent_consent": "Whether this store has agreed to scent at all. Without it none is diffused.",
        "language": "The panel's language.",
        "tags": "Words by which HQ selects stores.",
    },
    "HoursException": {"date": "As 2026-12-24.", "hours": "Clock times, as 10:00-15:00; left out: closed.",
                       "name": "Why."},
    "HolidayDate": {"date": "As 2026-12-24.", "name": "Which.",
                    "observed": "False: no public holiday here, although the country has it."},
    "Zone": {
        "id": "Small letters, digits, hyphens.", "name": "As people call it.",
        "kind": "What the zone is for: profiles vary by it.",
        "default": "Every field: what holds when nothing else does.",
        "shape": "Corners [x, y] on a floor plan 1000 wide and 600 deep.",
        "people": "Whether people are here, so that the light floor holds. Default true.",
        "scent_free": "Left out: entrances, checkouts and windows are scent-free.",
        "volume_m3": "Room volume in m³, for the model of scent in air.",
        "air_changes_per_h": "How often the air is renewed in an hour.",
        "commissioned_lux": "Measured lux at 100 %; without it nothing is claimed in lux.",
    },
    "Profile": {
        "id": "Small letters, digits, hyphens.", "name": "The mood's name on its button.",
        "says": "One short line under the name.", "version": "Raise it when you change the profile.",
        "tags": "Its character, for warnings and for choosing.",
        "extends": "The id of a profile that this one is laid on; what is said here wins.",
        "scene": "What it does for the senses.",
        "variations": "By kind of zone: what is different there.",
    },
    "Tags": {"arousal": "How much it stirs.", "warmth": "How warm it feels.", "season": "When it belongs."},
    "Scene": {"light": "Lamps. Left out: no opinion; off: off.", "music": "Players. Left out: no opinion; off: off.",
              "scent": "Diffusers. Left out: no opinion; off: off.", "cues": "Tasks for people: touch and taste."},
    "Lights": {"roles": "By role of lamp (ambient, accent, feature): what is different."},
    "Light": {"on": "On or off. Naming a brightness does not switch on.", "brightness_pct": "0 to 100 %.",
              "kelvin": "Colour temperature, 1000 to 12000 K; not beside xy.",
              "xy": "Colour as CIE 1931 [x, y]; not beside kelvin."},
    "Music": {"on": "On or off.", "volume_pct": "0 to 100 %, of the player; this is not dB.",
              "source": "The id of a source."},
    "Scent": {"on": "On or off.", "fragrance": "The id of a fragrance; comes with intensity_pct.",
              "intensity_pct": "Share of the hour that is diffused: low is 17, medium 33, the cap 50."},
    "Cue": {
        "id": "Small letters, digits, hyphens.", "text": "What to do.", "sense": "touch or taste.",
        "at": "A clock time, as 11:00; left out: after_min, else when its layer begins.",
        "after_min": "Minutes after its layer begins; not beside at.",
        "every_min": "Again every so many minutes while its layer holds.",
        "within_min": "So many minutes later it is late. Default 15.", "place": "Where, in words.",
        "role": "Who should do it: staff or manager.",
        "once": "In each zone of the layer, or once for the whole store.",
    },
    "Daypart": {
        "id": "Small letters, digits, hyphens.", "name": "As people call it.",
        "when": "opening..opening+02:00, Fr closing-01:00..closing, or OpenStreetMap's form: Mo-Fr 07:00-10:00.",
        "profile": "The id of a profile.", "zones": "Ids of zones; left out: the whole store.",
    },
    "Campaign": {
        "id": "Small letters, digits, hyphens.", "name": "As people call it.",
        "version": "Raise it when you change the campaign.",
        "when": "opening..closing, Sa[1] opening..closing, or OpenStreetMap's form: Mo-Fr 10:00-20:00.",
        "first": "The first date on which it may begin, as 2026-12-01.",
        "last": "The last date on which it may begin, included.",
        "priority": "1 to 100: the higher wins. Equal ones never meet in a zone.",
        "profile": "The id of a profile.", "zones": "Ids of zones; left out: all.",
        "kinds": "Kinds of zones; left out: all.", "cues": "Tasks for people while it holds.",
    },
    "QuietHour": {
        "id": "Small letters, digits, hyphens.", "name": "As people call it.",
        "when": "When it holds: Tu opening..opening+01:00, or OpenStreetMap's form: Tu 10:00-11:00.",
        "zones": "Ids of zones; left out: the whole store.",
        "light_share_pct": "Brightness is at most this share of the zone default's.",
        "ramp_s": "Seconds in which it comes and goes; 60 or more.",
        "published": "Whether customers are told of it, on the public page and in the calendar.",
    },
    "Announcement": {
        "id": "Small letters, digits, hyphens.", "name": "As people call it.",
        "clip": "What the players call the recording.", "text": "What it says.",
        "when": "Windows: it is said as each begins; left out: only by press.",
        "every_min": "Again every so many minutes while a window lasts.",
        "zones": "Ids of zones; left out: the whole store.",
        "manner": "duck lowers the music meanwhile; interrupt silences it.",
        "volume_pct": "How loud; left out: as the music is.", "length_s": "How many seconds it takes.",
        "emergency": "Whether it is said during quiet hours too.",
    },
    "SafetyLimits": {
        "light_floor_pct": "Least ambient light from 60 min before opening to 60 min after closing.",
        "max_brightness_pct": "Highest brightness of any lamp.", "max_volume_pct": "Highest volume of any player.",
        "max_intensity_pct": "Highest share of the hour for scent; never above 50.",
    },
    "Guardrail": {
        "profiles": "Ids of the profiles that may be pressed; left out: all.",
        "volume_pct": "What volumes are let through.", "brightness_pct": "What brightnesses are let through.",
        "intensity_pct": "What scent intensities are let through.", "longest_min": "Longest override, in minutes.",
    },
    "Range": {"lowest": "Lowest value, included.", "highest": "Highest value, included."},
    "Fragrance": {
        "id": "Small letters, digits, hyphens.", "name": "As people call it.",
        "allergens": "Allergens of the EU's list for cosmetics that it holds.",
        "safety_sheet": "Where the safety data sheet is.", "ifra_certificate": "The IFRA certificate's reference.",
        "ml_per_h": "Consumption while running, up to 8 ml/h.",
    },
    "Source": {
        "id": "What the player calls it: small letters, digits, hyphens.", "name": "As people call it.",
        "licence": "The licence to play it in a shop.", "territory": "Where that licence holds.",
        "may_cache": "Whether it may be kept on the player.", "explicit": "Whether it holds explicit words.",
    },
    "InstalledDevice": {
        "id": "Part of its MQTT topics: small letters, digits, hyphens.", "name": "As people call it.",
        "kind": "light, player, diffuser or contact.", "zones": "Ids of zones; the first decides.",
        "dialect": "What it speaks: native, zigbee2mqtt.",
        "address": "Where the dialect finds it, such as zigbee2mqtt/Window left; left out: its id.",
        "role": "What a lamp is for.",
        "at_switch": "When someone changes it by hand: enforce the plan, or yield until the zone's next change.",
        "fragrances": "Ids of the fragrances loaded.", "spot": "[x, y] on the floor plan.",
        "watts": "Rated power in watts, for reckoning energy; left out: what is typical of its kind.",
        "ml_per_h": "What a diffuser uses while it runs, up to 8 ml/h; left out: the fragrance's.",
    },
}
_FIELDS["Lights"] |= _FIELDS["Light"]


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a plan file."""
    made = Plan.model_json_schema()
    models: dict[str, Any] = made["$defs"]
    for name, model in [("Plan", made), *models.items()]:
        for field, shape in model.get("properties", {}).items():
            shape.pop("title", None)
            shape["description"] = _FIELDS[name][field]
            _choices(shape)
    for name in _SENSES:
        inner = models[name]
        models[name] = {"title": name, "description": inner.pop("description"),
                        "anyOf": [{"enum": ["off", "on", False, True]}, inner]}
    starter = {"enum": sorted(starters()), "description": "A starter profile, by its id alone."}
    made["properties"]["profiles"]["items"] = {"anyOf": [{"$ref": "#/$defs/Profile"}, starter]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made,
            "title": "Plan", "description": "A store of sinne, as a plan file."}


def _choices(shape: dict[str, Any]) -> None:
    """A pattern that only lists words is a list of words: editors complete those."""
    found = _CHOICE.match(shape.get("pattern", ""))
    if found is not None:
        del shape["pattern"]
        shape["enum"] = found[1].split("|")
