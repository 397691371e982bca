"""A small shop for tests of the use cases: three zones, seven devices, Thursday 16 April 2026, 14:32 in Stockholm."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from controller.ports import Actor, Entry
from profiles.limits import Person
from profiles.plan import Plan
from tests.controller.engine_fake import FakeClock, FakeEngine
from tests.controller.memory_fake import FakeMemory

NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)

VIEWER = Actor("Vera", Person.VIEWER)
ELIN = Actor("Elin", Person.STAFF)
SAM = Actor("Sam", Person.STAFF)
MAJA = Actor("Maja", Person.MANAGER)

_GROUND = {"light": {"on": True, "brightness_pct": 80, "kelvin": 4000},
           "music": {"on": False, "volume_pct": 30, "source": "easy"},
           "scent": {"on": False, "fragrance": "fig", "intensity_pct": 16}}


def _lamp(lamp: str, zone: str) -> dict[str, Any]:
    return {"id": lamp, "name": lamp.replace("-", " ").title(), "kind": "light", "zones": [zone]}


DOCUMENT: dict[str, Any] = {
    "store": {"id": "shop", "name": "The shop", "timezone": "Europe/Stockholm",
              "hours": "Mo-Fr 10:00-20:00; Sa 10:00-18:00",
              "scent_consent": True},
    "zones": [
        {"id": "sales", "name": "Sales floor", "kind": "sales-floor", "default": _GROUND, "people": False},
        {"id": "fitting", "name": "Fitting rooms", "kind": "fitting-room", "default": _GROUND, "people": False},
        {"id": "till", "name": "Checkout", "kind": "checkout", "default": _GROUND},
    ],
    "profiles": [
        {"id": "day", "name": "Clear day", "says": "bright and neutral",
         "scene": {"light": {"on": True, "brightness_pct": 74, "kelvin": 3400},
                   "music": {"on": True, "volume_pct": 50, "source": "easy"},
                   "scent": {"on": True, "fragrance": "fig", "intensity_pct": 16}}},
        {"id": "evening", "name": "Evening warm", "scene": {"light": {"on": True, "brightness_pct": 55, "kelvin": 2800},
                                                            "music": {"on": True, "volume_pct": 40}}},
        {"id": "mirror", "name": "Soft mirror", "says": "low, warm, kind to skin",
         "scene": {"light": {"on": True, "brightness_pct": 58, "kelvin": 2900}, "music": {"on": True,
                                                                                          "volume_pct": 34}}},
        {"id": "party", "name": "Party", "scene": {"light": {"on": True, "brightness_pct": 10, "xy": [0.5, 0.3]},
                                                   "music": {"on": True, "volume_pct": 90}}},
        {"id": "whiff", "name": "Whiff", "scene": {"scent": {"on": True, "fragrance": "fig", "intensity_pct": 30}}},
        {"id": "murmur", "name": "Murmur", "scene": {"music": {"volume_pct": 20}}},
    ],
    "dayparts": [
        {"id": "day", "name": "Day", "when": "opening..closing-02:00", "profile": "day", "zones": ["sales", "fitting",
                                                                                                   "till"]},
        {"id": "evening", "name": "Evening", "when": "closing-02:00..closing", "profile": "evening"},
    ],
    "limits": {"max_volume_pct": 70},
    "guardrails": {"staff": {"profiles": ["day", "evening", "mirror", "party", "whiff", "murmur"],
                             "volume_pct": {"lowest": 10, "highest": 60}, "brightness_pct": {"lowest": 20},
                             "longest_min": 240}},
    "fragrances": [{"id": "fig", "name": "Fig leaf", "safety_sheet": "SDS 1", "ifra_certificate": "IFRA 1"}],
    "sources": [{"id": "easy", "name": "Easy day", "licence": "Own", "territory": "EU"}],
    "devices": [_lamp("lamp-1", "sales"), _lamp("lamp-2", "sales"), _lamp("lamp-3", "fitting"), _lamp("lamp-4", "till"),
                {"id": "player-1", "name": "Speakers", "kind": "player", "zones": ["sales"]},
                {"id": "mist-1", "kind": "diffuser", "zones": ["sales"], "fragrances": ["fig"]},
                {"id": "alarm-1", "name": "Fire panel", "kind": "contact", "zones": ["sales"]}],
}


def document(**parts: Any) -> dict[str, Any]:
    """The plan of the shop, with other parts."""
    return {**deepcopy(DOCUMENT), **parts}


def plan(**parts: Any) -> Plan:
    """The same, read."""
    return Plan.model_validate(document(**parts))


class Shop:
    """Memory, engine and clock of the shop, with a plan in force."""

    def __init__(self, published: Plan | None = None, now: datetime = NOW) -> None:
        self.clock = FakeClock(now)
        self.memory = FakeMemory()
        self.plan = published or plan()
        self.memory.publish(self.plan, "Maja", "", now, Entry("plan.published"))
        self.engine = FakeEngine(self.memory, self.clock)

    def kinds(self) -> list[str]:
        """The kinds of the journal's entries, the first plan aside."""
        return [entry.kind for entry in self.memory.journal(after=1)]
