"""However fast people press, the light of a zone does not change more than three times within a second."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.desk import Choice
from controller.errors import NotFound, TooSoon
from controller.planning import StorePlanning
from profiles.resolve import resolve
from profiles.scene import Field, Lights, Music, Scene, Sense
from tests.controller.shop import ELIN, MAJA, Shop

ZONE = ("sales",)


def bright(pct: float) -> Choice:
    return Choice(scene=Scene(light=Lights(on=True, brightness_pct=pct)), name="Blink")


def loud(pct: float) -> Choice:
    return Choice(scene=Scene(music=Music(on=True, volume_pct=pct)), name="Loud")


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def desk(shop: Shop) -> StorePlanning:
    return StorePlanning(shop.memory, shop.engine, shop.clock)


def press_thrice(shop: Shop, desk: StorePlanning, zones: tuple[str, ...] = ZONE) -> None:
    """Three changes; presses are told apart by their instants, so a moment passes with each."""
    for pct in (30, 90, 31):
        desk.press(zones, bright(pct), "minutes:30", MAJA)
        shop.clock.move(milliseconds=10)


def test_fourth_change_of_light_within_a_second_is_refused_and_changes_nothing(shop: Shop, desk: StorePlanning) -> None:
    press_thrice(shop, desk)
    before, told = shop.memory.live(shop.clock.now()), len(shop.engine.told)
    with pytest.raises(TooSoon, match="Sales floor has changed three times within a second") as refusal:
        desk.press(ZONE, bright(95), "minutes:30", MAJA)
    assert refusal.value.retry_after_s == 1.0
    assert shop.memory.live(shop.clock.now()) == before
    assert len(shop.engine.told) == told


def test_after_a_second_the_light_may_change_again(shop: Shop, desk: StorePlanning) -> None:
    press_thrice(shop, desk)
    shop.clock.move(seconds=1)
    assert desk.press(ZONE, bright(95), "minutes:30", MAJA).name == "Blink"


def test_other_zones_and_other_senses_are_not_held_back(shop: Shop, desk: StorePlanning) -> None:
    press_thrice(shop, desk)
    assert desk.press(("fitting",), bright(95), "minutes:30", MAJA).zones == ("fitting",)
    for pct in (20, 30, 40, 50, 60):
        desk.press(ZONE, loud(pct), "minutes:30", MAJA)


def test_a_press_for_the_whole_store_is_refused_as_a_whole(shop: Shop, desk: StorePlanning) -> None:
    press_thrice(shop, desk)
    with pytest.raises(TooSoon):
        desk.press(None, bright(95), "minutes:30", MAJA)
    assert {o.zone for o in shop.memory.live(shop.clock.now()).overrides} == {"sales"}
    # What was refused was not counted against the zones that could have changed.
    press_thrice(shop, desk, ("till",))


def test_taking_back_changes_the_light_too(shop: Shop, desk: StorePlanning) -> None:
    desk.press(ZONE, bright(90), "minutes:30", MAJA)
    desk.undo(None, MAJA)
    shop.clock.move(milliseconds=10)
    last = desk.press(ZONE, bright(90), "minutes:30", MAJA)
    shop.clock.move(milliseconds=10)
    with pytest.raises(TooSoon):
        desk.undo(last.press, MAJA)
    with pytest.raises(TooSoon):
        desk.end_overrides("sales", MAJA)
    with pytest.raises(TooSoon):
        desk.nudge("sales", "too-bright", ELIN)


def test_what_does_not_change_the_light_is_not_counted(desk: StorePlanning) -> None:
    for _ in range(8):
        desk.press(ZONE, bright(30), "minutes:30", MAJA)


def test_stop_and_resume_are_never_held_back(shop: Shop, desk: StorePlanning) -> None:
    press_thrice(shop, desk)
    for _ in range(6):
        desk.stop(ZONE, tuple(Sense), "", ELIN)
        assert desk.resume(None, ELIN) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["press", "undo", "end"]), st.sampled_from([20, 60, 95]),
                          st.sampled_from([0, 100, 250, 400, 1200])), min_size=4, max_size=20))
def test_no_second_has_more_than_three_changes_whatever_is_pressed(moves: list[tuple[str, int, int]]) -> None:
    shop = Shop()
    desk = StorePlanning(shop.memory, shop.engine, shop.clock)
    changes: list[float] = []
    before = light(shop)
    for move, pct, later in moves:
        shop.clock.move_to(shop.clock.now() + timedelta(milliseconds=later + 1))
        try:
            if move == "press":
                desk.press(ZONE, bright(pct), "minutes:30", MAJA)
            elif move == "undo":
                desk.undo(None, MAJA)
            else:
                desk.end_overrides("sales", MAJA)
        except (TooSoon, NotFound):
            pass
        if light(shop) != before:
            changes.append(shop.clock.monotonic())
            before = light(shop)
    assert all(later - first >= 1.0 for first, later in zip(changes, changes[3:], strict=False))


def light(shop: Shop) -> object:
    found = resolve(shop.plan, shop.memory.live(shop.clock.now()), "sales", shop.clock.now()).fields
    return found[Field.AMBIENT_BRIGHTNESS].value
