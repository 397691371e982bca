"""HQ's memory over a database: the ports of `controller.hq.ports` on SQLite and PostgreSQL, in the same tables."""

from __future__ import annotations

from controller.storage.database import Database
from controller.storage.hq.fleet import StoredFleet
from controller.storage.hq.papers import StoredPapers
from controller.storage.hq.proof import StoredProof
from controller.storage.hq.waiting import News


def hq_parts(database: Database) -> tuple[StoredPapers, StoredFleet, StoredProof]:
    """Papers, fleet and proof of one database, with one revision between them."""
    news = News(database)
    return StoredPapers(database, news), StoredFleet(database, news), StoredProof(database)
