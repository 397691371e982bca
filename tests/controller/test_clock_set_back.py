"""What people see of their choices after the clock was set back: what is in force is shown, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.store.standstill import as_of
from profiles.scene import Sense
from tests.controller.test_stops_unsaved import ELIN, AtHand
from tests.controller.virtual_shop import BRIGHT, DIM, MORNING, VirtualShop

ALL = tuple(Sense)


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    return shop


@pytest.fixture
def desk(shop: VirtualShop) -> StorePlanning:
    return StorePlanning(shop.memory, AtHand(shop), shop.clock)


@pytest.fixture
def see(shop: VirtualShop) -> StoreOverview:
    return StoreOverview(shop.memory, AtHand(shop), shop.clock)


def test_a_press_in_force_is_shown_with_its_end_and_can_be_taken_back(shop, desk, see):
    shop.press("sales", DIM, minutes=120, name="First")
    shop.run(5)
    press = shop.press("sales", BRIGHT, minutes=120, name="Second")
    shop.run(5)
    shop.step_clock(timedelta(minutes=-30))
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert [shown.name for shown in see.presses()] == ["Second", "First"]
    zone = see.zone("sales")
    assert (zone.what, zone.because) == ("Second", "Elin chose it, until 12:00")
    desk.undo(press, ELIN)
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(30, abs=0.4)
    assert see.zone("sales").what == "First"


def test_a_press_made_after_the_clock_was_set_back_is_the_newer_one(shop, desk, see):
    shop.press("sales", DIM, minutes=120, name="First")
    shop.run(5)
    shop.step_clock(timedelta(minutes=-30))
    shop.run(5)
    second = shop.press("sales", BRIGHT, minutes=20, name="Second")
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert see.zone("sales").what == "Second"
    shop.step_clock(timedelta(minutes=-5))
    shop.run(600)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert desk.undo(None, ELIN).press == second
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(30, abs=0.4)
    assert see.zone("sales").what == "First"


def test_the_newer_press_stays_so_when_the_clock_has_come_back_to_where_it_was(shop, see):
    shop.press("sales", DIM, minutes=120, name="First")
    shop.run(5)
    shop.step_clock(timedelta(minutes=-10))
    shop.run(5)
    shop.press("sales", BRIGHT, minutes=60, name="Second")
    shop.run(1200)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert see.zone("sales").what == "Second"


def test_what_was_taken_back_stays_so(shop, desk, see):
    shop.press("sales", DIM, minutes=120)
    shop.run(1800)
    shop.step_clock(timedelta(minutes=-20))
    shop.undo("press-1")
    shop.step_clock(timedelta(minutes=-5))
    shop.run(5)
    assert see.presses() == []
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_without_a_step_nothing_is_copied(shop):
    shop.press("sales", DIM)
    live = shop.memory.live(MORNING)
    assert as_of(live, shop.clock.now()) is live


def test_a_stop_in_force_is_shown_although_the_clock_was_set_back(shop, desk):
    stop = desk.stop(None, ALL, "smoke", ELIN)
    shop.run(5)
    shop.step_clock(timedelta(hours=-1))
    shop.run(5)
    see = StoreOverview(shop.memory, AtHand(shop), shop.clock)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert [s.id for s in see.stops()] == [stop.id]
    desk.resume(None, ELIN)
    assert see.stops() == []
