"""Whether the clock is believed, and what the shop does while it is not: 1970 at boot, steps, suspends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from controller.store.trust import Trust, kernel_is_synchronised
from tests.controller.virtual_shop import BRIGHT, BUILT, DIM, MORNING, VirtualShop

DECADE = timedelta(days=3652)


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    shop.run(60)
    return shop


# ── the judge alone ─────────────────────────────────────────────────────────────────


def test_a_time_before_the_floor_is_not_believed_unless_a_second_source_agrees():
    assert not Trust(BUILT, lambda: False).look(datetime(1970, 1, 1, tzinfo=UTC), 10)
    assert Trust(MORNING + DECADE, lambda: True).look(MORNING, 10), "a journal of the future must not lock us out"
    assert Trust(MORNING + timedelta(seconds=4), lambda: False).look(MORNING, 10)


@pytest.mark.parametrize(("by", "believed"), [
    (timedelta(hours=1), True), (timedelta(hours=-1), True), (timedelta(hours=23), True),
    (timedelta(hours=25), False), (DECADE, False), (-DECADE, False)])
def test_a_jump_of_over_a_day_is_not_believed(by, believed):
    trust = Trust(BUILT, lambda: False)
    assert trust.look(MORNING, 100)
    assert trust.look(MORNING + by + timedelta(seconds=1), 101) is believed


def test_a_clock_that_comes_back_is_believed_again():
    trust = Trust(BUILT, lambda: False)
    trust.look(MORNING, 100)
    assert not trust.look(MORNING + DECADE, 101)
    assert trust.expected(160) == MORNING + timedelta(seconds=60)
    assert trust.look(MORNING + timedelta(seconds=61), 161)
    assert trust.anchor == (MORNING + timedelta(seconds=61), 161)


def test_a_jump_out_of_an_impossible_time_is_believed():
    trust = Trust(BUILT, lambda: False)
    assert not trust.look(datetime(1970, 1, 1, tzinfo=UTC), 10)
    assert trust.look(MORNING, 12)


def test_asking_the_kernel_gives_an_answer():
    assert kernel_is_synchronised() in (True, False)


# ── the shop ────────────────────────────────────────────────────────────────────────


def test_a_machine_that_boots_in_1970_sends_nothing_scheduled_until_it_knows_the_time():
    shop = VirtualShop(at=datetime(1970, 1, 1, 0, 2, tzinfo=UTC))
    shop.run(60)
    assert not shop.engine.sight().time_trusted
    assert shop.orders() == []
    shop.step_clock(MORNING - shop.clock.now())
    assert shop.engine.sight().time_trusted
    assert shop.until_converged(5) < 30
    assert len(shop.orders()) == 7


def test_presses_and_stops_work_in_1970():
    shop = VirtualShop(at=datetime(1970, 1, 1, 0, 2, tzinfo=UTC))
    shop.run(1)
    press = shop.press("sales", BRIGHT)
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    stop = shop.stop()
    assert shop.truth("lamp-3")["brightness_pct"] == 100
    assert orjson.loads(shop.broker.retained["sinne/v1/shop/stop"].payload)["stops"][0]["id"] == stop
    shop.resume()
    shop.undo(press)
    shop.step_clock(MORNING - shop.clock.now())
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_step_of_an_hour_is_right_within_30_s_and_costs_one_order_a_device(shop, hours):
    shop.run(6 * 3600 + 1800 - 65)  # 16:30 local: half an hour before the evening
    before = {d.id: len(shop.orders(d.id)) for d in shop.plan.devices}
    rebuilt = shop.bell.rebuilt
    shop.step_clock(timedelta(hours=hours))
    shop.until_converged(30)
    shop.run(20)
    assert shop.bell.rebuilt == rebuilt + 1
    assert shop.journal("clock.stepped")[-1].body == {"by_s": hours * 3600.0}
    for device, count in before.items():
        assert len(shop.orders(device)) - count <= 1
    expected = 40 if hours == 1 else 60
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(expected, abs=0.4)


@pytest.mark.parametrize("by", [DECADE, -DECADE])
@pytest.mark.parametrize("synchronised", [False, True])
def test_a_step_of_ten_years_there_and_back_floods_nothing(shop, by, synchronised):
    shop.press("sales", BRIGHT, minutes=60)
    shop.run(60)
    orders = len(shop.orders())
    shop.synchronised = synchronised
    shop.step_clock(by)
    shop.run(30)
    assert shop.engine.sight().time_trusted is synchronised
    if not synchronised:
        assert len(shop.orders()) == orders
        assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    shop.step_clock(-by)
    shop.until_converged(30)
    assert shop.engine.sight().time_trusted
    assert len(shop.orders()) - orders <= 2 * 7
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    shop.run(3600)
    shop.until_converged(50)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


@pytest.mark.parametrize("by", [DECADE, -DECADE])
def test_while_the_time_is_doubted_choices_last_as_long_as_was_chosen(shop, by):
    shop.press("cafe", DIM, minutes=10)
    shop.step_clock(by)
    shop.press("sales", BRIGHT, minutes=30)
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert shop.truth("lamp-3")["brightness_pct"] == pytest.approx(30, abs=0.4)
    shop.run(660)
    assert shop.truth("lamp-3")["brightness_pct"] == pytest.approx(60, abs=0.4), "none survives its expiry"
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4), "none ends early"
    shop.run(1300)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


@pytest.mark.parametrize("by", [DECADE, -DECADE])
def test_while_the_time_is_doubted_undo_goes_back_to_what_was_and_stop_stops(shop, by):
    shop.step_clock(by)
    first = shop.press("sales", DIM)
    second = shop.press("sales", BRIGHT)
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    shop.undo(second)
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(30, abs=0.4)
    shop.stop()
    shop.run(1)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    shop.resume()
    shop.undo(first)
    shop.run(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)
    assert shop.truth("player-1")["on"] is True


def test_nothing_scheduled_happens_while_the_time_is_doubted(shop):
    shop.step_clock(DECADE)
    orders = len(shop.orders())
    shop.run(10 * 3600)
    assert len(shop.orders()) == orders
    assert shop.engine.boundary is None


def test_a_journal_written_in_doubt_does_not_make_the_next_start_doubt(shop):
    shop.step_clock(DECADE)
    shop.switch("lamp-1", on=False)
    shop.run(10)
    assert max(e.at for e in shop.memory.journal(0, 10_000)).year == 2026
    shop.kill_controller()
    shop.clock.step(-DECADE)
    shop.start_controller()
    assert shop.engine.sight().time_trusted


def test_the_second_source_is_asked_again_by_itself():
    shop = VirtualShop(at=datetime(2025, 6, 1, 9, tzinfo=UTC))  # before the build: the clock battery is old
    shop.run(60)
    assert not shop.engine.sight().time_trusted
    shop.synchronised = True
    shop.run(11)
    assert shop.engine.sight().time_trusted


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_machine_that_slept_for_eight_hours_catches_up_to_now_alone(shop, forgetful):
    shop.press("sales", BRIGHT, minutes=120)
    shop.run(60)
    before = {d.id: len(shop.orders(d.id)) for d in shop.plan.devices}
    shop.suspend(hours=8, forgetful=forgetful)
    shop.until_converged(50)
    shop.run(120)
    for device, count in before.items():
        assert len(shop.orders(device)) - count <= 1, device
    assert shop.journal("device.lost") == []
    assert all(d.online for d in shop.engine.sight().devices.values())


def test_a_process_that_slept_takes_no_device_for_lost(shop):
    shop.clock.pass_by(timedelta(hours=8))
    shop.engine.wake()
    shop._turn(shop.engine.intake.take(0))
    assert shop.journal("device.lost") == []
