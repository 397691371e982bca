"""Real processes, really killed: after they are back, reported equals desired, nothing is replayed, nothing is lost.

That all is right within five seconds of the broker's being back is shown in virtual time, by
`tests/controller/test_back_within_five_seconds.py`; here it comes right, however slow the machine is.
"""

from __future__ import annotations

import itertools
import random
import time
import urllib.error
from datetime import UTC, datetime, timedelta

import pytest

from tests.patience import eventually
from tests.real.shop import Shop

pytestmark = pytest.mark.real


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    shop.bring_in_plan()
    try:
        shop.start()
        eventually(shop.converged, "the shop has settled")
        yield shop
    finally:
        shop.end()


def press(shop: Shop, zone: str, profile: str, until: str) -> dict:
    return shop.ask("POST", f"/zones/{zone}/override", {"profile": profile, "until": until})


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def back(shop: Shop, since: datetime | None) -> bool:
    """The broker is connected and nobody is out of reach; every device has spoken since then, if a time is given."""
    devices = shop.ask("GET", "/devices")["devices"]
    heard = since is None or all(
        d["last_seen"] is not None and datetime.fromisoformat(d["last_seen"]) > since for d in devices)
    return heard and shop.ask("GET", "/store")["broker_connected"] and all(d["standing"] != "lost" for d in devices)


def comes_back_right(shop: Shop, since: datetime | None) -> None:
    eventually(lambda: back(shop, since), "all are back")
    eventually(shop.converged, "right after all are back")


def test_a_press_reaches_native_and_zigbee_devices_and_the_panel_shows_what_they_report(shop):
    press(shop, "sales", "warm", "minutes:30")
    eventually(shop.converged, "the press has reached the floor")
    sales = shop.zones()["sales"]
    assert sales["what"] == "Warm"
    assert sales["reported"]["light.ambient.brightness_pct"] == pytest.approx(40, abs=1)
    wire = shop.reported()
    assert wire["lamp-1"]["state"]["brightness_pct"] == pytest.approx(40, abs=1)
    assert wire["player-1"]["state"]["source"] == "lively"
    assert wire["lamp-3"]["state"]["brightness_pct"] == pytest.approx(70, abs=1), "the café was not pressed"
    zigbee = next(d for d in shop.ask("GET", "/devices")["devices"] if d["id"] == "zigbee-1")
    assert zigbee["reported"]["brightness_pct"] == pytest.approx(40, abs=1)
    assert zigbee["reported"]["kelvin"] == pytest.approx(2700, abs=15)


@pytest.mark.parametrize("order", list(itertools.permutations(("store", "broker", "simulator"))), ids="-".join)
def test_killed_in_any_order_they_come_back_to_what_was_pressed(shop, order):
    end = in_seconds(600)
    press(shop, "sales", "warm", end)
    time.sleep(random.Random("-".join(order)).uniform(0, 2.5))  # somewhere in the fade
    shop.kill(*order)
    killed = datetime.now(UTC)
    shop.start(*reversed(order))
    comes_back_right(shop, killed)
    sales = shop.zones()["sales"]
    assert sales["what"] == "Warm"
    assert datetime.fromisoformat(sales["until"]) == datetime.fromisoformat(end)
    wire = shop.reported()
    assert wire["lamp-1"]["state"]["brightness_pct"] == pytest.approx(40, abs=1)
    assert wire["lamp-3"]["state"]["brightness_pct"] == pytest.approx(70, abs=1)


@pytest.mark.parametrize("victim", ["broker", "simulator"])
def test_one_of_them_killed_alone_is_made_right_again(shop, victim):
    press(shop, "cafe", "bright", "minutes:30")
    shop.kill(victim)
    killed = datetime.now(UTC)
    shop.start(victim)
    # A device that finds the new broker before the store does says so to nobody: its word is retained, and no news.
    comes_back_right(shop, None if victim == "broker" else killed)
    assert shop.reported()["lamp-3"]["state"]["brightness_pct"] == pytest.approx(95, abs=1)


def test_no_override_survives_its_expiry_while_the_controller_was_dead(shop):
    end = datetime.now(UTC) + timedelta(seconds=15)
    assert datetime.fromisoformat(press(shop, "sales", "warm", end.isoformat())["end"]) == end
    shop.kill("store")
    killed = datetime.now(UTC)
    eventually(lambda: datetime.now(UTC) > end, "its end has passed")
    shop.start("store")
    assert shop.zones()["sales"]["what"] == "Day"
    comes_back_right(shop, killed)
    assert shop.reported()["lamp-1"]["state"]["brightness_pct"] == pytest.approx(70, abs=1)


def test_an_override_ends_at_its_promised_instant_and_not_before(shop):
    end = datetime.now(UTC) + timedelta(seconds=8)
    press(shop, "sales", "warm", end.isoformat())
    shop.kill("store")
    shop.start("store")
    while True:
        before = datetime.now(UTC)
        what = shop.zones()["sales"]["what"]
        after = datetime.now(UTC)
        if after < end:
            assert what == "Warm"
        elif before >= end:
            assert eventually(lambda: shop.zones()["sales"]["what"] == "Day", "it ends")
            break
        time.sleep(0.05)


def test_no_acknowledged_press_is_lost_when_the_controller_is_killed_at_random_points(shop):
    rng = random.Random(7)
    acknowledged: list[str] = []
    killed = datetime.now(UTC)
    for round_ in range(4):
        presses = rng.randrange(1, 6)
        for n in range(presses):
            profile = ("warm", "bright", "day")[(round_ + n) % 3]
            zone = ("cafe", "sales")[n % 2]  # a zone's light may not be changed four times within a second
            acknowledged.append(press(shop, zone, profile, "minutes:30")["press"])
        time.sleep(rng.uniform(0, 0.4))
        shop.kill("store")
        killed = datetime.now(UTC)
        shop.start("store")
        alive = {p["press"] for p in shop.ask("GET", "/presses")["presses"]}
        assert set(acknowledged) <= alive
    comes_back_right(shop, killed)


def test_a_stop_is_obeyed_without_the_controller_and_only_a_person_ends_it(shop):
    press(shop, "sales", "warm", "minutes:30")
    eventually(shop.converged, "the press has reached the floor")
    shop.ask("POST", "/stop", {"reason": "smoke"})
    eventually(lambda: shop.reported()["player-1"]["state"]["on"] is False, "the music is off")
    shop.kill("store", "simulator")
    shop.start("simulator")  # devices come back to a retained stop, with nobody to order them
    eventually(lambda: shop.reported()["lamp-1"]["status"] == "held", "the lamp is held")
    assert shop.reported()["lamp-1"]["state"]["brightness_pct"] == 100
    shop.start("store")
    assert shop.ask("GET", "/stop")["stops"], "the stop is still in force"
    shop.ask("DELETE", "/stop")
    eventually(shop.converged, "it is as before the stop")
    assert shop.reported()["lamp-1"]["state"]["brightness_pct"] == pytest.approx(40, abs=1)


def test_what_the_api_refuses_changes_nothing(shop):
    before = shop.zones()["sales"]["desired"]
    for body in ({"profile": "warm", "until": "never"}, {"profile": "nowhere", "until": "minutes:5"}, {"until": "x"}):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            shop.ask("POST", "/zones/sales/override", body)
        assert 400 <= refusal.value.code < 500
    assert shop.zones()["sales"]["desired"] == before
