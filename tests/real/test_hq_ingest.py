"""Ingest on a real broker, a real database and real processes: what is killed in the midst loses and doubles nothing.

Entries are counted on both sides: what every store was acknowledged, and what stands in the database.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from controller.cli.benches.ingest import enrol
from controller.cli.benches.ingest_parts import BEGAN, BUILT, batch, journal_of, some_lines
from controller.cli.benches.plain_broker import PlainBroker
from controller.cli.benches.postgres import PrivatePostgres, private_postgres
from controller.cli.benches.shop import Part
from controller.errors import Unavailable
from controller.hq.backlog import Backlog
from controller.hq.ingest import BROKEN
from controller.hq.said import Ack, read
from controller.storage.opening import open_memory
from devices.address import BrokerAddress
from devices.messages import Message
from devices.mqtt import MqttSwarm
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.real


class Ingest:
    """A broker, a database, and the processes that are started here."""

    def __init__(self, folder: Path, server: PrivatePostgres) -> None:
        self.server, self.broker, self._folder = server, PlainBroker(folder), folder
        self._parts: list[Part] = []
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a socket a store, here and at the broker
        self.broker.start()

    def worker(self) -> Part:
        return self._part("worker", {"database": self.server.url})

    def stores(self, stores: int, entries: int, rate: float) -> Part:
        enrol(self.server.url, [f"store-{n}" for n in range(stores)])
        return self._part("stores", {"stores": stores, "entries": entries, "rate": rate})

    def kill(self, part: Part) -> None:
        os.kill(part.pid, signal.SIGKILL)
        part.end()
        self._parts.remove(part)

    def enrol_many(self, stores: int) -> None:
        """One store as HQ enrols it, and so many like it, in one statement: a commit each takes minutes."""
        enrol(self.server.url, ["store-0"])
        with psycopg.connect(self.server.url.replace("+psycopg", "")) as database:
            database.execute(
                "INSERT INTO hq_stores SELECT (jsonb_populate_record(s, jsonb_build_object('store', 'store-' || n, "
                "'username', 'store-' || n))).* FROM hq_stores s, generate_series(1, %s) n WHERE s.store = 'store-0'",
                (stores - 1,))

    def counts(self) -> list[tuple[int, int, int]]:
        """The highest number without a gap, how many are stored, and of how many journals that is so."""
        with psycopg.connect(self.server.url.replace("+psycopg", "")) as database:
            rows = database.execute("SELECT highest, stored, count(*) FROM hq_heads GROUP BY 1, 2 ORDER BY 1, 2")
            return [(highest, stored, many) for highest, stored, many in rows]

    def counted(self, stores: int) -> dict[str, tuple[int, int]]:
        """By store: the highest number without a gap, and how many are stored."""
        memory = open_memory(self.server.url, BUILT, BEGAN)
        try:
            return {f"store-{n}": memory.proof.heads(f"store-{n}")[journal_of(f"store-{n}")] for n in range(stores)}
        finally:
            memory.close()

    def stored(self, store: str) -> list[Any]:
        memory = open_memory(self.server.url, BUILT, BEGAN)
        try:
            return [line.line for line in memory.proof.lines(BEGAN, BEGAN + timedelta(days=30), stores=[store])]
        finally:
            memory.close()

    def breaks(self) -> int:
        memory = open_memory(self.server.url, BUILT, BEGAN)
        try:
            return len(memory.recorded(BUILT, BUILT + timedelta(days=9999), (BROKEN,)))
        finally:
            memory.close()

    def close(self) -> None:
        for part in self._parts:
            part.end()
        self.broker.stop()

    def _part(self, name: str, config: dict[str, object]) -> Part:
        part = Part("ingest_parts", name, {"address": self.broker.address.url(), **config},
                    log=self._folder / f"{name}.log")
        self._parts.append(part)
        return part


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    try:
        with private_postgres() as server:
            made = Ingest(tmp_path, server)
            try:
                yield made
            finally:
                made.close()
    except Unavailable as missing:
        pytest.skip(str(missing))


def until_all(speaking: Part, whole: int) -> dict[str, Any]:
    """Ask until every entry is acknowledged, or nobody could be patient any more."""
    said = speaking.ask({"for_s": 2 * PATIENCE_S})
    assert (said["acknowledged"], said["open"]) == (whole, 0), said
    return said


def test_thirty_thousand_entries_while_a_worker_is_killed_and_the_database_restarts(ingest: Ingest) -> None:
    stores, entries = 30, 1000
    workers = [ingest.worker(), ingest.worker()]
    speaking = ingest.stores(stores, entries, rate=1500)
    before = speaking.ask({"for_s": 4})
    assert 0 < before["acknowledged"] < stores * entries
    ingest.kill(workers[0])
    speaking.ask({"for_s": 4})
    ingest.server.restart()
    said = speaking.ask({"for_s": 4})
    assert said["open"], "the entries were all through before anything was survived"
    ingest.worker()
    until_all(speaking, stores * entries)
    assert set(ingest.counted(stores).values()) == {(entries, entries)}
    assert [(line.number, line.hash) for line in ingest.stored("store-7")] == [
        (line.number, line.hash) for line in some_lines("store-7", entries)]
    assert workers[1].ask({})["trouble"] == ""
    assert ingest.breaks() == 0


def test_a_broker_that_is_killed_with_five_hundred_messages_under_way_loses_and_doubles_nothing(
    ingest: Ingest,
) -> None:
    """Failure mode 4: nobody takes in what 500 stores say until the broker, and all that it held, is gone."""
    speaking = ingest.stores(500, 1, rate=0)
    waiting = speaking.ask({"for_s": 2})
    assert (waiting["acknowledged"], waiting["messages"]) == (0, 500)
    ingest.broker.kill()
    ingest.broker.start()
    worker = ingest.worker()
    until_all(speaking, 500)
    assert set(ingest.counted(500).values()) == {(1, 1)}
    assert worker.ask({})["malformed"] == 0


class Reconnecting:
    """Stores with a connection each, which say what is not acknowledged whenever they are connected."""

    def __init__(self, address: BrokerAddress, stores: int, entries: int) -> None:
        self.swarm = MqttSwarm(address, keepalive_s=60)
        self.lines = {f"store-{n}": some_lines(f"store-{n}", entries) for n in range(stores)}
        self.backlogs = {name: Backlog() for name in self.lines}
        self.newest = dict.fromkeys(self.lines, 0)
        self.synced: dict[str, float] = {}
        self.joined: dict[str, int] = dict.fromkeys(self.lines, 0)
        self._members = {name: self.swarm.add(
            name, None, [f"sinne/v1/{name}/down/ack"], partial(self._hear, name), partial(self._joins, name))
            for name in self.lines}

    def write(self, newest: int) -> None:
        """Every journal has come so far; who is connected says so."""
        self.newest = dict.fromkeys(self.lines, newest)
        self.synced.clear()
        self.swarm.call_soon(self._say_all)

    def connected(self) -> int:
        return sum(member.connected for member in self._members.values())

    def _joins(self, name: str) -> None:
        self.joined[name] += 1
        self.backlogs[name].connected()
        self._say(name)

    def _hear(self, name: str, message: Message) -> None:
        said = read(Ack, message.payload, "The acknowledgement")
        self.backlogs[name].acknowledged(said.number, time.monotonic())
        if self.backlogs[name].done == self.newest[name]:
            self.synced.setdefault(name, time.monotonic())

    def _say_all(self) -> None:
        for name in self.lines:
            self._say(name)
        self.swarm.call_at(time.monotonic() + 1.0, self._say_all)

    def _say(self, name: str) -> None:
        if not self._members[name].connected:
            return
        numbers = self.backlogs[name].to_say(self.newest[name], time.monotonic())
        if numbers:
            self._members[name].publish(batch(name, self.lines[name][numbers[0] - 1:numbers[-1]]))


@pytest.mark.timeout(900)
def test_five_thousand_stores_that_come_back_together_lose_nothing(
    ingest: Ingest, record_property: Callable[[str, object], None]
) -> None:
    """Failure mode 18. How long the slowest took is told and not judged: that is the machine's affair."""
    many = 5000
    workers = [ingest.worker(), ingest.worker()]
    ingest.enrol_many(many)
    stores = Reconnecting(ingest.broker.address, many, 3)
    stores.swarm.start()
    try:
        stores.write(1)
        patiently(lambda: len(stores.synced) == many, stores)
        ingest.broker.kill()
        patiently(lambda: stores.connected() == 0, stores)
        stores.write(3)
        began = time.monotonic()
        ingest.broker.start()
        patiently(lambda: len(stores.synced) == many, stores)
        took_s = sorted(at - began for at in stores.synced.values())
    finally:
        stores.swarm.stop()
    record_property("resync_p99_s", round(took_s[int(0.99 * many)], 1))
    print(f"resync of {many} stores: half in {took_s[many // 2]:.1f} s, 99 % in {took_s[int(0.99 * many)]:.1f} s")
    assert min(stores.joined.values()) >= 2
    assert ingest.counts() == [(3, 3, many)]
    assert [worker.ask({})["trouble"] for worker in workers] == ["", ""]


def patiently(look: Callable[[], bool], stores: Reconnecting) -> None:
    """Wait as long as something goes on: five thousand connections take a busy machine a while."""
    deadline, seen = time.monotonic() + PATIENCE_S, (-1, -1)
    while not look():
        now = stores.connected(), len(stores.synced)
        if now != seen:
            deadline, seen = time.monotonic() + PATIENCE_S, now
        assert time.monotonic() < deadline, f"nothing goes on any more: connected {now[0]}, in step {now[1]}"
        time.sleep(0.1)
