"""The timetable on the real APScheduler: rings at one instant, replaces it, survives steps, ends."""

from __future__ import annotations

import queue
import threading
from datetime import UTC, datetime, timedelta

import pytest

from controller.store.timetable import ApTimetable
from tests.patience import PATIENCE_S

SOON = timedelta(seconds=0.15)


class Bell:
    def __init__(self) -> None:
        self.rung: queue.Queue[datetime] = queue.Queue()

    def __call__(self) -> None:
        self.rung.put(datetime.now(UTC))

    def waited(self) -> datetime:
        return self.rung.get(timeout=PATIENCE_S)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def timetable(bell):
    found = ApTimetable()
    found.start(bell)
    yield found
    found.stop()


def test_it_rings_at_the_instant_and_once(timetable, bell):
    instant = datetime.now(UTC) + SOON
    timetable.wake_at(instant)
    assert bell.waited() >= instant
    timetable.wake_at(instant)
    with pytest.raises(queue.Empty):
        bell.rung.get(timeout=0.3)


def test_an_instant_that_has_passed_rings_at_once(timetable, bell):
    timetable.wake_at(datetime.now(UTC) - timedelta(hours=9))
    assert bell.waited()


def test_a_new_instant_replaces_the_old_one(timetable, bell):
    timetable.wake_at(datetime.now(UTC) + timedelta(hours=1))
    instant = datetime.now(UTC) + SOON
    timetable.wake_at(instant)
    assert bell.waited() >= instant


def test_none_waits_for_nothing(timetable, bell):
    timetable.wake_at(datetime.now(UTC) + SOON)
    timetable.wake_at(None)
    with pytest.raises(queue.Empty):
        bell.rung.get(timeout=0.4)


def test_it_is_rebuilt_with_the_instant_that_was_set_last(timetable, bell):
    timetable.wake_at(datetime.now(UTC) + timedelta(hours=1))
    instant = datetime.now(UTC) + SOON
    timetable.wake_at(instant)
    timetable.rebuild()
    assert bell.waited() >= instant


def test_an_instant_set_before_the_start_rings_after_it(bell):
    timetable = ApTimetable()
    timetable.wake_at(datetime.now(UTC) + SOON)
    timetable.rebuild()
    assert bell.rung.empty()
    timetable.start(bell)
    try:
        assert bell.waited()
    finally:
        timetable.stop()


def test_it_ends_its_threads_and_may_be_stopped_twice(bell):
    before = set(threading.enumerate())
    timetable = ApTimetable()
    timetable.start(bell)
    timetable.wake_at(datetime.now(UTC) + timedelta(hours=1))
    timetable.stop()
    timetable.stop()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
    assert set(threading.enumerate()) <= before
    timetable.wake_at(datetime.now(UTC))
    with pytest.raises(queue.Empty):
        bell.rung.get(timeout=0.2)
