"""A line to HQ that swallows everything without being closed: noticed by itself, shown, and made up for (mode 2)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from controller.clock import SystemClock
from controller.hq.broker import HqAccounts, hq_account, own_hq_broker
from controller.hq.link.belonging import sentence_of
from controller.hq.link.chores import Host
from controller.hq.link.line import line_to_hq
from controller.hq.link.link import Link
from controller.hq.link.running import RunningLink
from controller.planning import StorePlanning
from controller.ports import Entry
from controller.walltime import Wall
from devices.mqtt import MqttTransport
from tests.controller.hq_desk import Desk, enrolment
from tests.controller.shop import Shop
from tests.devices.brokers import SHORT_S, need_mosquitto
from tests.devices.proxy import Proxy
from tests.patience import eventually

pytestmark = pytest.mark.real

FRESH = {"id": "hq-fresh", "name": "Fresh", "scene": {"light": {"on": True, "brightness_pct": 80}}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Any, Any, Proxy]]:
    need_mosquitto()
    tmp_path.chmod(0o755)
    folder = tmp_path / "broker"
    folder.mkdir(mode=0o711)
    broker = own_hq_broker(folder)
    proxy = Proxy("127.0.0.1", broker.address.port)
    HqAccounts(folder).put("shop", "a-password-for-the-shop")
    line = MqttTransport(hq_account(folder), "sinne-publisher", max_payload=1 << 20)
    desk = Desk(lambda: datetime.now(UTC), line=line)
    shop, clock = Shop(), SystemClock()
    mine = enrolment(broker=f"mqtt://127.0.0.1:{proxy.port}", password="a-password-for-the-shop")
    shop.memory.hq.enrol(mine, clock.now(), Entry("hq.enrolled"))
    planning = StorePlanning(shop.memory, shop.engine, shop.clock)
    host = Host(shop.memory, shop.engine, planning, clock, lambda: True, random.uniform, "1.0")
    running = RunningLink(Link(mine, host, lambda named, will: line_to_hq(
        named, will, lambda _low, _high: 0.2, keepalive_s=SHORT_S)), clock)
    running.start()
    try:
        eventually(lambda: line.connected and running.link.sight().up, "both are on HQ's broker")
        yield desk, running.link, proxy
    finally:
        running.stop()
        line.stop()
        proxy.close()
        broker.stop()


def test_a_black_hole_is_noticed_and_shown_and_what_was_said_meanwhile_is_there_when_it_ends(
    world: tuple[Any, Any, Proxy],
) -> None:
    desk, link, proxy = world
    desk.publish(("profile", "hq-fresh", FRESH))
    eventually(lambda: (desk.last["manifest"] or {}).get("number") == 1, "the store has it")
    proxy.hole()
    desk.publish(("profile", "hq-fresh", {**FRESH, "name": "Fresher"}))
    eventually(lambda: not link.sight().up, "the store notices that nobody answers")
    wall = Wall(ZoneInfo("Europe/Stockholm"), datetime.now(UTC))
    assert sentence_of(link.sight(), wall).endswith("The store runs by itself with what it has.")
    assert link.sight().words
    eventually(lambda: desk.last["online"] is False, "and so does HQ, by the last will")
    proxy.heal()
    eventually(lambda: link.sight().up, "it is back by itself")
    eventually(lambda: (desk.last["manifest"] or {}).get("number") == 2, "with what was said meanwhile")
    (journal,) = desk.journals.values()
    eventually(lambda: sorted(journal) == list(range(1, max(journal) + 1)), "and nothing lost")
