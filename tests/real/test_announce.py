"""Announcing with real processes: a store, its own mosquitto, simulated players, and the command beside them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.patience import eventually
from tests.real.floor import Floor
from tests.real.shop import MOSQUITTO, PLAN

pytestmark = pytest.mark.real

SAID = """announcements:
  - {id: closing, name: Closing, clip: closing, text: We close soon., length_s: 5}
  - {id: leave, name: Leave, clip: leave, text: Please leave., emergency: true, length_s: 5}
"""


@pytest.fixture
def announcing(floor: Floor) -> Floor:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    floor.plan.write_text(PLAN + SAID)
    return floor


def quiet_for_an_hour(plan: str, zone: str) -> str:
    """A quiet hour that has begun already, on whatever day and at whatever hour this runs."""
    now = datetime.now(ZoneInfo(zone))
    first, last = now - timedelta(minutes=10), now + timedelta(hours=1)
    when = f"{first:%H:%M}-{last:%H:%M}"
    return plan + f'quiet_hours:\n  - {{id: calm, name: Calm hour, when: "Mo-Su {when}"}}\n'


def test_an_announcement_is_said_by_a_real_player_and_refused_where_it_may_not_be(announcing):
    floor = announcing
    floor.ask("import", floor.plan)
    assert "No store is running" in floor.ask("announce", code=1).stderr
    floor.store()
    floor.start("simulate")
    eventually(floor.settled, "all is well")

    assert "by press only" in floor.ask("announce").stdout
    told = floor.ask("announce", "closing", "--zone", "sales").stdout
    assert told.startswith("Closing: said ")
    (last,) = [one for one in json.loads(floor.ask("announce", "--json").stdout) if one["id"] == "closing"]
    assert last["last_words"].startswith("said ")
    assert "no announcement lunch" in floor.ask("announce", "lunch", code=1).stderr
    assert "No player that can announce" in floor.ask("announce", "closing", "--zone", "cafe", code=1).stderr

    timezone = next(line.split(": ")[1] for line in PLAN.splitlines() if "timezone:" in line).strip()
    floor.plan.write_text(quiet_for_an_hour(PLAN + SAID, timezone))
    floor.ask("import", floor.plan)
    assert "Only emergencies are announced." in floor.ask("announce", "closing", code=1).stderr
    assert floor.ask("announce", "leave").stdout.startswith("Leave: said ")
    assert floor.ask("announce", "leave", "--zone", "sales", "--json").returncode == 0
    assert "Name the announcement too" in floor.ask("announce", "--zone", "sales", code=2).stderr
