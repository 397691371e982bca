"""The processes around the ingest of journals: a worker, the stores, and a bare consumer in the worker's place."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from typing import Any
from uuid import uuid4

import orjson

from controller.cli.benches.asked import answer, answering, questions
from controller.clock import SystemClock
from controller.errors import Unavailable
from controller.hq.backlog import Backlog
from controller.hq.ingest import MAX_PACKET, IngestWorker
from controller.hq.said import Ack, JournalBatch, JournalLine, payload_of, read
from controller.hq.topics import up_topic
from controller.ports import Entry
from controller.storage.chain import GENESIS, seal
from controller.storage.opening import open_memory
from devices.address import BrokerAddress
from devices.bare import BareLoop
from devices.messages import ROOT, Message
from devices.mqtt import MqttTransport
from devices.transport import Received, TransportEvent

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
_PATIENCE_S = 120.0
_LOOK_EVERY_S = 0.02


def worker() -> None:
    """An ingest worker. A question is answered with what it has counted."""
    asked = questions()
    config = next(asked)
    clock = SystemClock()
    memory = open_memory(config["database"], BUILT, clock.now())
    transport = MqttTransport(BrokerAddress.parse(config["address"]), f"ingest-{uuid4().hex[:12]}",
                              max_payload=MAX_PACKET)
    made = IngestWorker(transport, memory.proof, memory, clock)
    made.start()
    _await(lambda: transport.connected, "the worker is connected")
    answer({})
    for _ in asked:
        sight = made.sight()
        answer({**asdict(sight.counts), "trouble": sight.trouble})
    made.stop()
    memory.close()


def stores() -> None:
    """So many stores on one connection, each with so many entries. `rate`: entries a second of all; 0: all at once.

    A question is answered when every store is acknowledged to its last entry, or after `for_s` seconds, with how far
    they are: what was offered, acknowledged, said again, and how long it took.
    """
    asked = questions()
    config = next(asked)
    there = Stores(config["stores"], config["entries"])
    transport = MqttTransport(BrokerAddress.parse(config["address"]), f"stores-{uuid4().hex[:12]}",
                              max_payload=MAX_PACKET)
    transport.subscribe([f"{ROOT}/+/down/ack"])
    transport.start(there.hear)
    _await(lambda: transport.connected, "the stores are connected")
    answer({})
    for question in asked:
        answer(there.run(transport, config["rate"], question.get("for_s", _PATIENCE_S)))
    transport.stop()


def bare() -> None:
    """A bare paho client that takes every batch, stores it by `executemany`, commits, and answers.

    What one writes first: no batching over messages, no gaps, no chain, no unknown stores.
    """
    config = next(questions())
    loop = BareLoop()
    database, insert = _bare_table(config["database"])

    def hear(client: Any, message: Any) -> None:
        store = message.topic.split("/")[2]
        said = orjson.loads(message.payload)
        entries = said["entries"]
        database.cursor().executemany(insert, [
            (store, said["journal"], e["number"], e["at"], e["kind"], orjson.dumps(e["body"]).decode(), e["hash"])
            for e in entries])
        database.commit()
        client.publish(f"{ROOT}/{store}/down/ack",
                       orjson.dumps({"journal": said["journal"], "number": entries[-1]["number"]}), 1)

    loop.add(BrokerAddress.parse(config["address"]), "bare-ingest", [f"{ROOT}/+/up/journal"], hear)
    loop.run(loop.all_stand)
    ended = answering(lambda: {})
    answer({})
    loop.run(ended.is_set, patience_s=None)
    loop.close()
    database.close()


def _bare_table(where: str) -> tuple[Any, str]:
    """A connection to a database with a table for entries, and the statement that adds one."""
    server = "://" in where
    # Only who measures on PostgreSQL has its driver.
    database: Any = (import_module("psycopg").connect(where.replace("+psycopg", "")) if server
                     else sqlite3.connect(f"{where}.bare"))
    database.execute("CREATE TABLE bare_lines (store text, journal text, number bigint, at text, kind text, body text, "
                     "hash text, PRIMARY KEY (store, journal, number))")
    if not server:
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA journal_mode = WAL")
    database.commit()
    insert = "INSERT INTO bare_lines VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return database, insert.replace("?", "%s") if server else insert


class Stores:
    """What a number of stores have to say, and how far they are."""

    def __init__(self, count: int, entries: int, prefix: str = "store") -> None:
        """Sealed entries, as a store of the product writes them."""
        self.names = [f"{prefix}-{n}" for n in range(count)]
        self._lines = {name: some_lines(name, entries) for name in self.names}
        self._backlogs = {name: Backlog() for name in self.names}
        self._open = set(self.names)
        self._entries, self._offered, self.messages = entries, 0, 0
        self._began: float | None = None
        self._lock = threading.Lock()

    def hear(self, event: TransportEvent) -> None:
        """An acknowledgement, or the line itself."""
        if not isinstance(event, Received):
            return
        name = event.message.topic.split("/")[2]
        said = read(Ack, event.message.payload, "The acknowledgement")
        if name in self._backlogs and said.journal == journal_of(name):
            with self._lock:
                self._backlogs[name].acknowledged(said.number, time.monotonic())

    def run(self, transport: MqttTransport, rate: float, for_s: float) -> dict[str, object]:
        """Say what is to be said until all is acknowledged, at most for so long."""
        self._began = self._began or time.monotonic()
        until = time.monotonic() + for_s
        while self._open and time.monotonic() < until:
            now = time.monotonic()
            self._offered = self._entries if not rate else min(
                self._entries, int(rate / len(self.names) * (now - self._began)))
            for name in sorted(self._open):
                self._say(name, transport, now)
            time.sleep(_LOOK_EVERY_S)
        return {"took_s": time.monotonic() - self._began, "offered": self._offered * len(self.names),
                "acknowledged": sum(backlog.done for backlog in self._backlogs.values()),
                "open": len(self._open), "messages": self.messages}

    def _say(self, name: str, transport: MqttTransport, now: float) -> None:
        backlog = self._backlogs[name]
        with self._lock:
            if backlog.done >= self._entries:
                self._open.discard(name)
                return
            if not transport.connected:
                backlog.connected()  # nothing is under way on a line that is gone
                return
            numbers = backlog.to_say(self._offered, now)
        if numbers:
            self.messages += 1
            transport.publish(batch(name, self._lines[name][numbers[0] - 1:numbers[-1]]))


def journal_of(store: str) -> str:
    """The id of the one journal that such a store has."""
    return sha256(store.encode()).hexdigest()[:32]


def some_lines(store: str, count: int) -> list[JournalLine]:
    """The first entries of a store's journal, one a second, of the size that a zone's change has."""
    lines, head = [], (0, GENESIS)
    for n in range(count):
        body: dict[str, object] = {
            "zone": f"zone-{n % 10}", "what": "Morning calm", "layer": "mornings", "name": "Mornings",
            "rank": "daypart", "by": None, "version": 3, "holds": [],
            "values": {"light.ambient.brightness_pct": n % 100, "music.volume_pct": 30.5}}
        made = seal(journal_of(store), head, BEGAN + timedelta(seconds=n), Entry("zone.changed", body))
        head = made.number, made.hash
        lines.append(JournalLine(number=made.number, at=made.at, kind=made.kind, body=made.body, hash=made.hash))
    return lines


def batch(store: str, lines: Sequence[JournalLine]) -> Message:
    """`up/journal` with these lines."""
    return Message(up_topic(store, "journal"), payload_of(JournalBatch(journal=journal_of(store),
                                                                       entries=tuple(lines))), 1)


def _await(look: Any, what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not look():
        if time.monotonic() > deadline:
            raise Unavailable(f"Not within {_PATIENCE_S:.0f} s: {what}.")
        time.sleep(_LOOK_EVERY_S)
