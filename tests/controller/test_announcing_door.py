"""Announcing by press: staff may, it is said where it may be, and a refusal says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.announcing import StoreAnnouncements
from controller.errors import Forbidden, NotFound, Refused, Unavailable
from controller.ports import Actor
from profiles.limits import Person
from tests.controller.test_announcements import (
    AT,
    CLOSING,
    HOURLY,
    LEAVE,
    QUIET,
    announcing,
    commands,
    opened,
    run_to,
    said,
)
from tests.controller.test_stops_unsaved import AtHand
from tests.controller.virtual_shop import VirtualShop

ELIN = Actor("Elin", Person.STAFF)
VIEWER = Actor("Vera", Person.VIEWER)


@pytest.fixture
def shop() -> VirtualShop:
    return opened(announcing(HOURLY, {**CLOSING, "zones": ["sales"]}, LEAVE, quiet_hours=[QUIET]))


@pytest.fixture
def door(shop: VirtualShop) -> StoreAnnouncements:
    return StoreAnnouncements(shop.memory, AtHand(shop), shop.clock)


def test_those_of_the_plan_are_shown_with_their_next_time(shop, door):
    hourly, closing, leave = door.announcements()
    assert (hourly.id, hourly.zones, hourly.last_words) == ("hourly", ("sales", "cafe"), "")
    assert hourly.next_at == shop.clock.now().replace(hour=10, minute=0, second=0, microsecond=0)
    assert (closing.zones, leave.emergency, leave.manner) == (("sales",), True, "interrupt")


def test_a_press_is_said_at_once_and_told(shop, door):
    shown = door.announce("closing", None, ELIN)
    assert [command["clip"] for command in commands(shop)] == ["closing"]
    assert commands(shop, "player-2") == []
    assert (shown.last_words, shown.last_at) == ("said 10:00, by Elin", shop.clock.now())
    assert said(shop)[0]["by"] == "Elin"


def test_it_can_be_said_in_some_of_its_zones(shop, door):
    door.announce("hourly", ["cafe"], ELIN)
    assert commands(shop) == []
    assert len(commands(shop, "player-2")) == 1
    with pytest.raises(Refused, match="Closing is not for Cafe"):
        door.announce("closing", ["cafe"], ELIN)
    with pytest.raises(NotFound, match="no zone"):
        door.announce("hourly", ["attic"], ELIN)


def test_staff_may_and_viewers_may_not(shop, door):
    with pytest.raises(Forbidden):
        door.announce("hourly", None, VIEWER)
    assert commands(shop) == []


def test_what_the_plan_has_not_is_not_found(door):
    with pytest.raises(NotFound, match="no announcement lunch"):
        door.announce("lunch", None, ELIN)


def test_a_quiet_hour_refuses_it_with_its_end_unless_it_is_an_emergency(shop, door):
    run_to(shop, AT + timedelta(minutes=5))
    before = len(commands(shop))
    with pytest.raises(Refused, match=r"quiet hour in the whole store until 12:00\. Only emergencies"):
        door.announce("hourly", None, ELIN)
    assert len(commands(shop)) == before
    door.announce("leave", None, ELIN)
    assert commands(shop)[-1]["clip"] == "leave"


def test_a_quiet_hour_of_one_zone_leaves_the_others():
    shop = opened(announcing(quiet_hours=[{**QUIET, "zones": ["cafe"]}]))
    run_to(shop, AT + timedelta(minutes=5))
    before = len(commands(shop))
    shown = StoreAnnouncements(shop.memory, AtHand(shop), shop.clock).announce("hourly", None, ELIN)
    assert len(commands(shop)) == before + 1
    assert commands(shop, "player-2") == []
    assert shown.last_words == "said 11:05, by Elin"


def test_while_the_music_is_stopped_not_even_an_emergency_is_announced(shop, door):
    shop.stop()
    with pytest.raises(Refused, match="music is stopped in the whole store"):
        door.announce("leave", None, ELIN)
    shop.resume()
    shop.stop(zones=("cafe",))
    door.announce("leave", None, ELIN)
    assert commands(shop, "player-2") == []
    assert len(commands(shop)) == 1


def test_without_a_player_in_reach_it_is_said_so(shop, door):
    shop.lose_power("player-1")
    with pytest.raises(Unavailable, match="No player that can announce is in reach in Sales"):
        door.announce("closing", None, ELIN)
    shop.broker_goes_down()
    with pytest.raises(Unavailable, match="broker is out of reach"):
        door.announce("hourly", None, ELIN)


def test_an_engine_that_does_not_answer_is_told(shop):
    engine = AtHand(shop)
    door = StoreAnnouncements(shop.memory, engine, shop.clock)
    engine.hangs = True
    with pytest.raises(Unavailable, match="engine does not answer"):
        door.announce("hourly", None, ELIN)


def test_a_player_that_takes_it_later_is_not_waited_for_for_ever(shop, door):
    shop.freeze("player-1")
    shown = door.announce("closing", None, ELIN)
    assert shown.last_words == "", "nobody knows yet"
    shop.run(6)
    assert door.announcements()[1].last_words == "left out 10:00: no player took it"


def test_without_a_plan_there_is_nothing(shop):
    empty = type(shop.memory)()
    door = StoreAnnouncements(empty, AtHand(shop), shop.clock)
    assert door.announcements() == []
    with pytest.raises(NotFound):
        door.announce("hourly", None, ELIN)
