"""Ingest on a real broker, a real database and real processes: what is killed in the midst loses and doubles nothing.

Entries are counted on both sides: what every store was acknowledged, and what stands in the database.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.cli.benches.ingest import enrol
from controller.cli.benches.ingest_parts import BEGAN, BUILT, journal_of, some_lines
from controller.cli.benches.plain_broker import PlainBroker
from controller.cli.benches.postgres import PrivatePostgres, private_postgres
from controller.cli.benches.shop import Part
from controller.errors import Unavailable
from controller.hq.ingest import BROKEN
from controller.storage.opening import open_memory
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.real


class Ingest:
    """A broker, a database, and the processes that are started here."""

    def __init__(self, folder: Path, server: PrivatePostgres) -> None:
        self.server, self.broker, self._folder = server, PlainBroker(folder), folder
        self._parts: list[Part] = []
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
