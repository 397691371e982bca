"""A store reduced to its journal: sealed entries, and the sending half of rule 27 by `Backlog`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from controller.hq.backlog import Backlog
from controller.hq.said import Ack, JournalBatch, JournalLine, payload_of, read
from controller.hq.topics import down_topic, up_topic
from controller.ports import Entry
from controller.storage.chain import GENESIS, seal
from devices.messages import Message

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def journal_of(store: str) -> str:
    """The id of the one journal that such a store has."""
    return sha256(store.encode()).hexdigest()[:32]


def sealed(store: str, entries: Iterable[tuple[datetime, Entry]], after: tuple[int, str] = (0, GENESIS),
           ) -> list[JournalLine]:
    """Entries as lines of a store's journal, each with the hash that follows from the one before."""
    lines, head = [], after
    for at, entry in entries:
        made = seal(journal_of(store), head, at, entry)
        head = made.number, made.hash
        lines.append(JournalLine(number=made.number, at=made.at, kind=made.kind, body=made.body, hash=made.hash))
    return lines


def some_lines(store: str, count: int) -> list[JournalLine]:
    """The first entries of a store's journal, one a second."""
    return sealed(store, ((BEGAN + timedelta(seconds=n), Entry("zone.changed", {"zone": "floor", "values": {"n": n},
                                                                               "pct": n / 7}))
                          for n in range(count)))


def batch(store: str, lines: Sequence[JournalLine]) -> Message:
    """`up/journal` with these lines."""
    return Message(up_topic(store, "journal"),
                   payload_of(JournalBatch(journal=journal_of(store), entries=tuple(lines))), 1)


class Sender:
    """What one store has still to say. Steady seconds are the caller's."""

    def __init__(self, store: str, lines: Sequence[JournalLine]) -> None:
        self.store, self.lines = store, lines
        self.offered = len(lines)
        self.backlog = Backlog()
        self.messages = 0

    @property
    def filter(self) -> str:
        return down_topic(self.store, "ack")

    @property
    def done(self) -> bool:
        return self.backlog.done == len(self.lines)

    def offer(self, newest: int) -> None:
        """The journal has come so far."""
        self.offered = min(newest, len(self.lines))

    def to_say(self, now: float) -> Message | None:
        numbers = self.backlog.to_say(self.offered, now)
        if not numbers:
            return None
        self.messages += 1
        return batch(self.store, self.lines[numbers[0] - 1:numbers[-1]])

    def hear(self, message: Message, now: float) -> None:
        said = read(Ack, message.payload, "The acknowledgement")
        if said.journal == journal_of(self.store):
            self.backlog.acknowledged(said.number, now)
