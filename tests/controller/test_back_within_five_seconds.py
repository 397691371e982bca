"""After an outage all that is up is right within five seconds of the broker's being back.

In virtual time, so that it is a promise of the controller and not of this machine; `tests/real/test_survival.py` kills
real programs in every order and waits until all is right.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from controller.desk import Choice
from controller.virtual.store import VirtualStore
from profiles.planfile import read_plan
from profiles.scene import Lights, Music, Scene
from profiles.starters import store_text

WITHIN_S = 5.0
PLAN = read_plan(store_text("minimal"), "minimal.yaml")
#: Half a minute before the afternoon begins, with a fade of its own.
BEFORE_A_BOUNDARY = datetime(2026, 3, 2, 13, 59, 30, tzinfo=UTC)
PRESSED = Choice(scene=Scene(light=Lights(on=True, brightness_pct=30), music=Music(volume_pct=45)), name="Pressed")
WHO = ("broker", "controller", "devices")
#: Everybody who may be away, and in which order they come back: the broker last, or what comes after it reaches it.
AWAY = [order for many in (1, 2, 3) for order in itertools.permutations(WHO, many)]


@pytest.fixture
def store() -> Iterator[VirtualStore]:
    made = VirtualStore(PLAN, start=BEFORE_A_BOUNDARY)
    made.run(5)
    yield made
    made.close()


def end(store: VirtualStore, who: str) -> None:
    if who == "broker":
        store.cut_broker()
    elif who == "controller":
        store.kill_controller()
    else:
        store.mishap(lambda world: world.lose_power())


def begin(store: VirtualStore, who: str) -> None:
    if who == "broker":
        store.restore_broker()
    elif who == "controller":
        store.start_controller()
    else:
        store.mishap(lambda world: world.power_up())


def right(store: VirtualStore) -> bool:
    """Every device does what plan and presses say, and the controller knows it."""
    return not store.wrong() and all(device.converged for device in store.engine.sight().devices.values())


@pytest.mark.parametrize("away_s", [1, 20, 600])
@pytest.mark.parametrize("order", AWAY, ids="-".join)
def test_when_all_are_back_all_is_right_within_five_seconds(
    store: VirtualStore, order: tuple[str, ...], away_s: int
) -> None:
    store.press(PRESSED, end="minutes:30")
    store.run(1)  # within the fade
    for who in order:
        end(store, who)
    store.run(away_s)
    for who in reversed(order):
        begin(store, who)
    took_s = store.until(lambda: right(store), WITHIN_S)
    assert took_s is not None, store.wrong()
    assert 29.5 < float(str(store.world.truth()["ceiling"]["brightness_pct"])) < 30.5
    store.run(120)
    assert right(store)


@pytest.mark.parametrize("order", AWAY, ids="-".join)
def test_who_was_away_over_a_boundary_is_right_within_five_seconds(store: VirtualStore, order: tuple[str, ...]) -> None:
    before = dict(store.world.truth()["ceiling"])
    for who in order:
        end(store, who)
    store.run_until(BEFORE_A_BOUNDARY + timedelta(minutes=10))
    for who in reversed(order):
        begin(store, who)
    assert store.until(lambda: right(store), WITHIN_S) is not None, store.wrong()
    assert store.world.truth()["ceiling"] != before
