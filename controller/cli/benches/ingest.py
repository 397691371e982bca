"""`sinne bench ingest`: entries of journals that two ingest workers take in, store and acknowledge in a second."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from controller.cli.benches.figures import Figure, medians
from controller.cli.benches.ingest_parts import BEGAN, BUILT
from controller.cli.benches.plain_broker import PlainBroker
from controller.cli.benches.postgres import has_postgres, private_postgres
from controller.cli.benches.shop import Part
from controller.errors import Unavailable
from controller.hq.ports import Enrolled
from controller.ports import Entry
from controller.storage.opening import open_memory

WORKERS = 2


def measure_ingest(stores: int, entries: int, runs: int) -> list[Figure]:
    """Entries a second, from the first one said to the last acknowledgement; ours and bare in turn.

    Each run has a broker and an empty database of its own: PostgreSQL, or where that is not installed a SQLite file,
    which the figure's name says. Raises Unavailable where mosquitto is not installed, or entries are missing then.
    """
    name = "ingest" if has_postgres() else "ingest: sqlite"
    ours, theirs = list[float](), list[float]()
    for _ in range(runs):
        theirs.append(_run(stores, entries, "bare", 1))
        ours.append(_run(stores, entries, "worker", WORKERS))
    return [medians(name, stores * entries, "entries/s", ours, ("paho and executemany", theirs))]


def _run(stores: int, entries: int, who: str, count: int) -> float:
    with tempfile.TemporaryDirectory(prefix="sinne-bench-") as made, _broker(Path(made)) as broker, \
            _database(Path(made)) as database:
        folder, address = Path(made), broker.address.url()
        enrol(database, [f"store-{n}" for n in range(stores)])
        parts = [Part("ingest_parts", who, {"address": address, "database": database}, log=folder / f"{who}.log")
                 for _ in range(count)]
        speaking = Part("ingest_parts", "stores", {"address": address, "stores": stores, "entries": entries,
                                                   "rate": 0}, log=folder / "stores.log")
        try:
            said = speaking.ask({})
        finally:
            for part in (speaking, *parts):
                part.end()
        if said["acknowledged"] != stores * entries:
            raise Unavailable(f"Of {stores * entries} entries {said['acknowledged']} were acknowledged in "
                              f"{said['took_s']:.0f} s.")
        return float(stores * entries / said["took_s"])


@contextlib.contextmanager
def _broker(folder: Path) -> Iterator[PlainBroker]:
    broker = PlainBroker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[str]:
    if not has_postgres():
        yield str(folder / "hq.sqlite3")
        return
    with private_postgres() as server:
        yield server.url


def enrol(database: str, names: list[str]) -> None:
    """Let HQ know these stores."""
    memory = open_memory(database, BUILT, BEGAN)
    for name in names:
        memory.fleet_rows.enrol(Enrolled(name, name, 1, BEGAN, "Ada"), BEGAN + timedelta(hours=1),
                                Entry("store.enrolled", {"store": name}))
    memory.close()
