"""The intake, what it does in a flood, and what the engine makes of rubbish."""

from __future__ import annotations

import logging
import random
import threading

import orjson
import pytest

from controller.store import intake as room
from controller.store.intake import Ended, Intake, LiveChanged, Woken
from devices.messages import Message
from devices.transport import Connected, Disconnected, Received
from tests.controller.virtual_shop import BRIGHT, VirtualShop
from tests.patience import PATIENCE_S


def message(topic: str = "t", payload: bytes = b"x") -> Received:
    return Received(Message(topic, payload))


def test_what_the_line_says_stays_in_its_order():
    intake = Intake()
    said = [Connected("loopback"), message("a"), message("b"), Disconnected("gone"), Connected("loopback"), Ended()]
    for each in said:
        intake.put_event(each)
    assert intake.take(0) == said
    assert intake.take(0) == []


def test_people_never_wait_behind_a_flood():
    intake = Intake()
    for _ in range(room.BATCH * 3):
        intake.put(message())
    number = intake.put(LiveChanged())
    first = intake.take(0)
    assert first[0] == LiveChanged()
    assert len(first) == room.BATCH
    assert not intake.wait_until_dealt(number, 0)
    intake.dealt()
    assert intake.wait_until_dealt(number, 0)
    assert len(intake.take(0)) == room.BATCH


def test_too_many_messages_are_dropped_and_counted_and_nothing_else_is():
    intake = Intake()
    for _ in range(room.MOST_WAITING + 5):
        intake.put(message())
    for happening in (Woken(), Connected("x"), Ended()):
        intake.put(happening)
    assert intake.lost == 5
    taken = []
    while batch := intake.take(0):
        taken += batch
    assert len(taken) == room.MOST_WAITING + 3


def test_large_messages_are_bounded_in_bytes():
    intake = Intake()
    for _ in range(400):
        intake.put(message(payload=b"x" * 65536))
    assert intake.lost == 400 - room.MOST_BYTES // 65536
    intake.take(0)
    intake.put(message(payload=b"x" * 65536))
    assert len(intake.take(0)) == 1


def test_a_waiting_thread_is_woken_and_one_that_tells_learns_that_it_was_dealt_with():
    intake, seen = Intake(), []

    def engine() -> None:
        while not seen:
            seen.extend(intake.take(PATIENCE_S))
        intake.dealt()

    thread = threading.Thread(target=engine)
    thread.start()
    assert intake.wait_until_dealt(intake.put(LiveChanged()), PATIENCE_S)
    thread.join(PATIENCE_S)
    assert seen == [LiveChanged()]


# ── rubbish ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    return shop


POISON = (b"", b"\xff\xfe", b"NaN", b"{", b"[" * 9000, b'{"a":' * 9000, b"null", b"[]", b'"x"', b"1e999", b"x" * 70_000,
          b'{"state": null}', b'{"state": {"on": "yes"}}', b'{"state": {"on": true, "brightness_pct": 1e308}}',
          b'{"state": {"on": true}, "epoch": -1, "applied_rev": 2}', b'{"state": {"on": true}, "epoch": true}',
          b'{"state": {"kelvin": 3000, "xy": [1, 1]}}',
          b'{"level": "error", "message": "\'Bulb 1\' \\u202e' + b"x" * 999,
          b'{"state": "ON", "brightness": -1}', b'{"epoch": 99999999999999999999, "state": {}}')
TOPICS = ("sinne/v1/shop/dev/lamp-1/reported", "sinne/v1/shop/dev/lamp-1/meta", "sinne/v1/shop/dev/lamp-1/avail",
          "sinne/v1/shop/dev/fire-1/reported", "zigbee2mqtt/Bulb 1", "zigbee2mqtt/bridge/state",
          "zigbee2mqtt/bridge/logging", "zigbee2mqtt/Bulb 1/availability", "sinne/v1/shop/dev/stranger/meta")


def test_a_flood_of_rubbish_is_counted_and_logged_once_a_minute_a_topic(shop, caplog):
    rng = random.Random(7)
    with caplog.at_level(logging.INFO, "sinne.intake"):
        for _ in range(3000):
            shop.say(rng.choice(TOPICS), rng.choice(POISON))
    assert shop.engine.sight().counters.malformed > 1500
    assert len(caplog.records) <= len(TOPICS)
    assert all(len(r.getMessage()) < 400 for r in caplog.records)
    shop.run(61)
    with caplog.at_level(logging.INFO, "sinne.intake"):
        shop.say(TOPICS[0], b"{")
    assert len(caplog.records) <= len(TOPICS) + 1
    shop.press("sales", BRIGHT)
    shop.until_converged(65)


def test_rubbish_changes_nothing_that_is_known(shop):
    before = shop.device("lamp-1")
    for payload in POISON[1:11]:
        shop.say(TOPICS[0], payload)
    after = shop.device("lamp-1")
    assert (after.reported, after.converged, after.online) == (before.reported, before.converged, before.online)


def test_what_a_device_says_beside_its_state_does_not_pile_up(shop):
    base = orjson.loads(shop.broker.retained[TOPICS[0]].payload)
    for n in range(200):
        shop.say(TOPICS[0], orjson.dumps(base | {"state": base["state"] | {f"key{n}": "v" * 500}}))
    assert len(shop.device("lamp-1").extra) <= 48


def test_a_happening_that_raises_does_not_stop_the_others(shop, caplog):
    def fails(since):
        raise RuntimeError("the database is gone")

    reads, shop.memory.live = shop.memory.live, fails
    shop.engine.intake.put(LiveChanged())
    shop.engine.intake.put(LiveChanged())
    shop.switch("lamp-1", brightness_pct=5)
    shop.run(5)
    shop.memory.live = reads
    assert not shop.wrong()
    assert caplog.text.count("could not be dealt with") == 1
    shop.press("sales", BRIGHT)
    shop.until_converged(5)


def test_a_flood_that_overflows_makes_the_line_anew_and_all_is_known_again(shop):
    for n in range(room.MOST_WAITING + 10):
        shop.engine.intake.put(message("sinne/v1/shop/dev/stranger/reported", b"%d" % n))
    shop.fleet.someone_switches("lamp-1", brightness_pct=5)
    shop.broker.pump()  # the report is dropped: nothing more fits
    assert shop.engine.intake.lost > 0
    shop.settle()
    assert shop.line.drops == 1
    shop.until_converged(5)
    assert shop.engine.sight().counters.messages_lost > 0
