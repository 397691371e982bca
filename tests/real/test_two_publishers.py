"""Two publishers on one PostgreSQL (failure mode 19): whatever happens to them, everything is done once."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from controller.hq.in_force import said_in
from controller.hq.topics import FROM_HQ, MANIFEST
from controller.ports import Entry
from controller.settings import BUILD_DATE
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from devices.mosquitto_hq import HQ, HqMosquitto
from devices.mqtt import MqttTransport
from tests.controller.hq_house import CAMPAIGN
from tests.controller.stored_memory import private_postgres
from tests.devices.brokers import Ear, need_mosquitto
from tests.patience import eventually
from tests.real.hq_floor import HqFloor, hq_floor

pytestmark = pytest.mark.real
KILLS = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid != " \
    "pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"


class Hq:
    """A database, a broker, somebody who hears all that HQ says, and publishers."""

    def __init__(self, floor: HqFloor, url: str, broker: HqMosquitto) -> None:
        self.floor, self.url = floor, url
        self.broker = broker.address.with_credentials(broker.hq_accounts.of(HQ))
        self.memory: StoredMemory = open_memory(url, BUILD_DATE)
        self.ear = Ear()
        self.transport = MqttTransport(self.broker, "ear", max_payload=2**20)
        self.transport.subscribe([FROM_HQ])
        self.transport.start(self.ear)
        assert self.ear.connected()

    def publisher(self, name: str, up: str) -> int:
        folder = self.floor.folder / name
        if not folder.exists():
            folder.mkdir()
            key = self.floor.folder / "one" / "hq-key.pem"
            if key.exists():
                shutil.copy(key, folder)
        return self.floor.start(name, "hq", "publisher", "--data", folder, "--database", self.url, "--broker",
                                self.broker.url(), "--organisation", "acme", up=up).pid

    def order(self, count: int) -> list[int]:
        return [self.memory.papers.give_order("publish", {
            "kind": "campaign", "id": f"hq-{n % 5}", "author": "Ada",
            "body": {**CAMPAIGN, "id": f"hq-{n % 5}", "name": f"No. {n}"}}, "Bo", datetime.now(UTC),
            Entry("order.given")).number for n in range(count)]

    def done(self, numbers: list[int]) -> None:
        eventually(lambda: all((o := self.memory.papers.order(n)) and o.done for n in numbers), "every order is done")

    def check_all_once(self, orders: int) -> None:
        """Each order made one version, and no manifest was ever said with two contents."""
        assert sum(len(self.memory.papers.versions("campaign", f"hq-{n}")) for n in range(5)) == orders
        retained = {each.topic: each.payload for each in self.memory.papers.retained()}
        eventually(lambda: self.newest(MANIFEST) == retained[MANIFEST], "the broker has the last manifest")
        said: dict[tuple[int, int], bytes] = {}
        for message in self.ear.messages:
            if message.topic == MANIFEST:
                manifest = said_in(message.payload)
                assert said.setdefault((manifest["term"], manifest["number"]), message.payload) == message.payload
        assert len(said_in(retained[MANIFEST])["entries"]) == 5

    def newest(self, topic: str) -> bytes:
        return [message.payload for message in self.ear.messages if message.topic == topic][-1]


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    need_mosquitto()
    broker = HqMosquitto(tmp_path / "broker")
    with private_postgres() as url, hq_floor(tmp_path) as floor:
        broker.start()
        made = Hq(floor, url, broker)
        try:
            yield made
        finally:
            made.transport.stop()
            floor.end()
            made.memory.close()
            broker.stop()


def test_the_second_takes_over_from_a_killed_publisher_and_no_order_is_done_twice(hq: Hq) -> None:
    one = hq.publisher("one", "Publishing, in term 1.")
    hq.publisher("two", "Waiting: another publisher is at work.")
    first = hq.order(10)
    hq.done(first[:3])
    os.kill(one, signal.SIGKILL)
    rest = hq.order(10)
    hq.done(first + rest)
    eventually(lambda: "Publishing, in term 2." in hq.floor.said("two"), "the second says so")
    hq.check_all_once(20)


def test_a_publisher_that_slept_while_its_lock_was_lost_does_nothing_when_it_wakes(hq: Hq) -> None:
    one = hq.publisher("one", "Publishing, in term 1.")
    hq.publisher("two", "Waiting: another publisher is at work.")
    hq.done(hq.order(5))
    os.kill(one, signal.SIGSTOP)
    engine = create_engine(hq.url)
    with engine.begin() as connection:
        connection.execute(text(KILLS)).all()  # as a server does whose client does not answer
    engine.dispose()
    eventually(lambda: "Publishing, in term 2." in hq.floor.said("two"), "the second has taken over")
    hq.done(hq.order(5))
    os.kill(one, signal.SIGCONT)
    more = hq.order(5)
    hq.done(more)
    eventually(lambda: "Waiting: another publisher is at work." in hq.floor.said("one"), "the first waits")
    hq.check_all_once(15)
    assert said_in(hq.newest(MANIFEST))["term"] == 2
