"""A shop with a full calendar, in any time zone: dayparts over midnight, a campaign, quiet hours, days of its own."""

from __future__ import annotations

from typing import Any

from profiles.plan import Plan
from tests.controller.shop import document

STORE = {"id": "shop", "name": "The shop", "hours": "Mo-Fr 10:00-20:00; Sa 10:00-18:00", "scent_consent": True,
         "exceptions": [{"date": "2026-12-24", "hours": "10:00-15:00", "name": "Christmas Eve; early, calm"},
                        {"date": "2026-12-25", "name": "Christmas"}]}
DAYPARTS: list[dict[str, Any]] = [
    {"id": "day", "name": "Day", "when": "opening..closing", "profile": "day"},
    {"id": "night", "name": "Night", "when": "closing+01:00..02:30", "profile": "mirror", "zones": ["sales", "till"]},
    {"id": "early", "name": "Early", "when": "Su 01:30-03:30", "profile": "evening", "zones": ["fitting"]},
]
CAMPAIGNS: list[dict[str, Any]] = [
    {"id": "fig", "name": "Fig weeks", "when": "Mo-Sa 12:00-18:00", "first": "2026-11-27", "last": "2027-03-31",
     "profile": "whiff", "kinds": ["sales-floor", "fitting-room"]},
]
QUIET: list[dict[str, Any]] = [
    {"id": "calm", "name": "Calm hour", "when": "Tu opening..opening+01:00"},
    {"id": "staff", "name": "Training", "when": "We 09:00-09:30", "zones": ["till"], "published": False},
]


def calendar_plan(timezone: str = "Europe/Stockholm", **store: Any) -> Plan:
    """The plan, in a time zone."""
    return Plan.model_validate(document(
        store={**STORE, "timezone": timezone, **store}, dayparts=DAYPARTS, campaigns=CAMPAIGNS, quiet_hours=QUIET))
