"""The beat: it sees steps of the wall clock and boundaries that nobody rang, and says so; it never decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.clock import SystemClock
from controller.store.beat import Beat
from controller.store.intake import ClockStepped, Intake, Woken
from tests.controller.memory_fake import SteeredClock
from tests.controller.virtual_shop import BRIGHT, VirtualShop


@pytest.fixture
def clock() -> SteeredClock:
    return SteeredClock()


def heard(beat: Beat, intake: Intake) -> list:
    beat.look()
    return intake.take(0)


def test_time_that_passes_is_nothing_to_say(clock):
    intake = Intake()
    beat = Beat(clock, intake, lambda: None)
    for _ in range(5):
        clock.pass_by(timedelta(seconds=1))
        assert heard(beat, intake) == []
    clock.pass_by(timedelta(hours=8))  # a suspend that steady time counts
    assert heard(beat, intake) == []


@pytest.mark.parametrize("by_s", [3600.0, -3600.0, 2.5, -2.5, 315360000.0])
def test_a_step_is_told_once(clock, by_s):
    intake = Intake()
    beat = Beat(clock, intake, lambda: None)
    clock.step(timedelta(seconds=by_s))
    happened = heard(beat, intake)
    assert isinstance(happened[0], ClockStepped)
    assert happened[0].by_s == pytest.approx(by_s)
    assert heard(beat, intake) == []


def test_a_clock_that_is_slewed_is_not_stepped(clock):
    intake = Intake()
    beat = Beat(clock, intake, lambda: None)
    for _ in range(100):
        clock.pass_by(timedelta(seconds=1))
        clock.step(timedelta(seconds=0.5))
        assert heard(beat, intake) == []


def test_a_boundary_that_has_passed_wakes_until_somebody_turned(clock):
    intake = Intake()
    boundary = clock.now() + timedelta(seconds=10)
    beat = Beat(clock, intake, lambda: boundary)
    assert heard(beat, intake) == []
    clock.pass_by(timedelta(seconds=10))
    assert heard(beat, intake) == [Woken()]
    assert heard(beat, intake) == [Woken()]


def test_a_boundary_comes_also_when_the_timetable_never_rings():
    shop = VirtualShop(heartbeat_s=86400)
    shop.until_converged(5)
    shop.bell.silent = True
    shop.run(3600 - 600)
    shop.press("sales", BRIGHT, minutes=5)
    for _ in range(302):
        shop.run(1)
        shop.beat.look()
        shop.settle()
    assert shop.device("lamp-1").wanted["brightness_pct"] == pytest.approx(60, abs=0.4)
    shop.until_converged(50)




def test_a_round_sees_a_step_before_the_beat_does():
    shop = VirtualShop()
    shop.until_converged(5)
    shop.clock.step(timedelta(hours=1))
    shop.engine.wake()
    shop.settle()
    assert shop.bell.rebuilt == 1
    shop.beat.look()
    shop.settle()
    assert shop.bell.rebuilt == 1, "the beat's word of the same step is no second one"
    assert len(shop.journal("clock.stepped")) == 1


def test_the_thread_beats_and_ends():
    intake, clock = Intake(), SystemClock()
    beat = Beat(clock, intake, clock.now)
    beat.start()
    try:
        assert intake.take(5) == [Woken()]
    finally:
        beat.stop()
    assert not beat._thread.is_alive()


def test_a_beat_that_never_began_can_be_stopped(clock):
    Beat(clock, Intake(), lambda: None).stop()
