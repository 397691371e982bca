"""Draws a story from a seed: a store, a day or so near something that turns, and bursts of trouble around what turns.

Every burst is mended and followed by a quiet time, because most rules say what holds *after* the last fault.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.hunting.edges import changes_of_clocks, edges
from controller.hunting.plots import PLOTS
from controller.hunting.stores import draw_store
from controller.hunting.story import Story, can_begin
from controller.hunting.teller import Teller
from profiles.planfile import plan_from_document

#: Of the years whose days are drawn: a common one, one before a leap year, a leap year.
_YEARS = (2026, 2027, 2028)
#: A burst begins so long before or after what turns.
_BESIDE_S = (-900, -300, -120, -60, -40, -20, -5, -1, 0, 1, 5, 20, 46, 90)
#: So many stories are about one store around one date: to know a plan by heart takes as long as living through a day.
_OF_A_STORE = 4
#: They begin so much later than the first.
_LATER_H = (0, 0, 1, 7, 24, 48)
#: Hours in a story; where Zigbee2MQTT lamps have to be asked every minute, an hour takes as long as a day.
_HOURS, _HOURS_ASKED = (12, 24, 30, 40), (3, 6)
#: How long nothing happens after a burst; the first are too short for everything to be promised already.
_QUIET_S = (30, 90, 200, 400, 900, 1800, 3600)


def draw_story(seed: int, number: int) -> Story:
    """Story `number` of a hunt, from 1. The same two numbers always give the same story."""
    of_store = random.Random(f"store {seed} {(number - 1) // _OF_A_STORE}")
    parts = draw_store(of_store)
    rng = random.Random(f"story {seed} {number}")
    timezone = parts["store"]["timezone"]
    start = _start(of_store, timezone) + timedelta(hours=rng.choice(_LATER_H))
    while not can_begin(start, timezone):
        start += timedelta(hours=1)
    asked = any("dialect" in device for device in parts["devices"])
    end = start + timedelta(hours=rng.choice(_HOURS_ASKED if asked else _HOURS))
    plan = plan_from_document(parts)
    teller = Teller(rng, plan, parts, start, edges(plan, start, end))
    teller.wait(rng.choice((5, 60, 600)))
    while teller.go_beside(end, _BESIDE_S):
        for _ in range(rng.choice((1, 1, 2, 3))):
            rng.choice(PLOTS)(teller)
        teller.mend()
        teller.wait(rng.choice(_QUIET_S))
    teller.wait(600)
    return Story(f"Story {number} of seed {seed}", rng.getrandbits(31), parts, start, tuple(teller.moments),
                 max(end, teller.now))


def _start(rng: random.Random, timezone: str) -> datetime:
    """A whole minute: often the evening before the clocks are changed."""
    zone, year = ZoneInfo(timezone), rng.choice(_YEARS)
    changes = changes_of_clocks(timezone, datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    if changes and rng.random() < 0.35:
        return rng.choice(changes) - timedelta(hours=rng.choice((8, 12)))
    day = date(year, 1, 1) + timedelta(days=rng.randrange(364))
    hour = rng.choice((5, 8, 9, 12, 15, 20))
    return datetime.combine(day, time(hour, rng.choice((0, 30, 55))), zone).astimezone(UTC)


