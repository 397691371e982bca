"""What HQ said is on disk before anything follows from it; a disk that refuses is asked again, what breaks is left."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from controller.errors import Unavailable
from controller.hq.link.chores import AGAIN_S, BROKEN_S, Chores, Host
from controller.hq.link.effects import CarryOut, Keep
from controller.hq.link.end import StoreEnd
from controller.hq.link.inbox import MOST_BYTES, Inbox
from controller.hq.said import Request
from controller.planning import StorePlanning
from controller.ports import Entry
from devices.messages import Message
from devices.transport import Connected, Received
from tests.controller.hq_desk import enrolment
from tests.controller.hq_press import FRESH, KEYS, NOW, document, manifest
from tests.controller.shop import Shop
from tests.controller.test_store_end import entry


class Grudging:
    """A shelf that takes nothing while it is `full`, and breaks while it is `broken`; else the shop's own."""

    def __init__(self, shelf):
        self._shelf, self.full, self.broken = shelf, False, False

    def keep(self, *kept):
        if self.full:
            raise Unavailable("The disk is full.")
        if self.broken:
            raise ZeroDivisionError
        self._shelf.keep(*kept)

    def __getattr__(self, name):
        return getattr(self._shelf, name)


class Refusing:
    """Answers no request."""

    def answer(self, asked, now):
        raise Unavailable("Not now.")


@pytest.fixture
def made():
    shop = Shop(now=NOW)
    shop.memory.hq.enrol(enrolment(), NOW, Entry("hq.enrolled"))
    shop.memory.hq = Grudging(shop.memory.hq)
    planning = StorePlanning(shop.memory, shop.engine, shop.clock)
    host = Host(shop.memory, shop.engine, planning, shop.clock, lambda: True, random.Random(1).uniform, "1.0")
    end = StoreEnd("acme", shop.plan.store, KEYS)
    chores = Chores(host, end, Refusing())
    chores.do(0.0)
    return shop, end, chores


def take(end, chores):
    fresh = document("profile", "hq-fresh", 1, FRESH)
    for said in (fresh, manifest(1, [entry(fresh)])):
        chores.add(end.take(*said, NOW, 0.0))


def profiles(shop):
    return [profile.id for profile in shop.memory.plan_in_force().plan.profiles if profile.id.startswith("hq-")]


def test_while_the_disk_is_full_nothing_of_it_is_in_force_and_then_all_of_it(made):
    shop, end, chores = made
    shop.memory.hq.full = True
    take(end, chores)
    chores.do(10.0)
    assert (profiles(shop), shop.memory.hq.shelf()) == ([], [])
    assert (chores.trouble, chores.until) == ("The disk is full.", 10.0 + AGAIN_S)
    shop.memory.hq.full = False
    chores.do(12.0)
    assert profiles(shop) == [], "it is not tried at every round"
    chores.do(15.0)
    assert profiles(shop) == ["hq-fresh"]
    assert [kept.name[0] for kept in shop.memory.hq.shelf()] == ["profile", "manifest"]
    assert (chores.trouble, chores.until) == ("", None)


def test_what_breaks_is_left_and_the_rest_goes_on(made, caplog):
    shop, end, chores = made
    shop.memory.hq.broken = True
    take(end, chores)
    chores.do(10.0)
    assert chores.until == 10.0 + BROKEN_S
    assert "could not be dealt with" in caplog.text
    shop.memory.hq.broken = False
    chores.do(10.0 + BROKEN_S)
    assert profiles(shop) == ["hq-fresh"]
    assert [kept.name[0] for kept in shop.memory.hq.shelf()] == ["manifest"], "the first was left; HQ has it still"


def test_a_request_that_cannot_be_carried_out_now_waits_with_its_place_in_the_order(made):
    shop, end, chores = made
    asked = Request(organisation="acme", id="request-1", store="shop", verb="override", by="Maja", issued=NOW,
                    expires=NOW + timedelta(minutes=5))
    chores.add([CarryOut(asked)])
    take(end, chores)
    chores.do(10.0)
    assert chores.trouble == "Not now."
    assert profiles(shop) == []
    assert isinstance(chores._effects[0], CarryOut)
    assert isinstance(chores._effects[1], Keep)


def test_an_inbox_that_is_full_drops_messages_and_says_how_many_but_no_event_of_the_line():
    inbox = Inbox()
    large = Received(Message("a/b", b"x" * (1 << 20)))
    for _ in range(MOST_BYTES // (1 << 20) + 7):
        inbox.put(0, large)
    inbox.put(0, Connected("MQTT 5"))
    inbox.nudge()
    inbox.nudge()
    assert inbox.lost == 7
    taken, nudged = inbox.take(0)
    assert nudged
    assert len(taken) == 65
    assert inbox.take(0) == ([], False)
    inbox.put(0, large)
    assert inbox.waits, "there is room again"
