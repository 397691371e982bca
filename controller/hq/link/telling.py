"""When a store says what to HQ: its standing, its plan. Pure but for its own state; steady seconds are the caller's.

What changed is said at once, numbers of devices at leisure, and all of it now and then though nothing changed, each
store at its own moment: ten thousand of them lose HQ's broker at the same second and find it again in the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from controller.hq.said import JournalBatch, JournalLine, Standing, payload_of
from controller.hq.sealed import MOST_BYTES
from controller.ports import JournalEntry

#: The standing is said again after so long though nothing changed; numbers of devices are said so often at most.
HEARTBEAT_S, DEVICES_S = 300.0, 30.0
#: A plan goes out at most so often (`semantics.md`, rule 26); after a new connection within as much.
PLAN_S = 60.0
#: Two reports are so far apart at least: what comes in one burst is one change.
_APART_S = 1.0
#: What the broker did not take is said again after so long.
_AGAIN_S = 2.0
#: Entries of one batch: several hundred in flight, none that blocks the line for long.
_BATCH = 100


class Telling:
    """Two reports of one store. `draw`: a number between two, such as `random.uniform`; another one for each store."""

    def __init__(self, draw: Callable[[float, float], float]) -> None:
        """Nothing was said yet, and nobody listens."""
        self._draw = draw
        self._said: Standing | None = None
        self._said_at = self._standing_due = 0.0
        self._plan_said: object = None
        self._plan_due: float | None = None
        self._plan_at = -PLAN_S
        self._listens = False

    def connected(self, now: float) -> None:
        """HQ's broker may have lost everything: the standing is said at once, the plan within a minute."""
        self._listens, self._said, self._plan_said = True, None, None
        self._standing_due = now
        self._plan_at = now - self._draw(0.0, PLAN_S)
        self._plan_due = None

    def lost(self) -> None:
        """There is nobody to tell."""
        self._listens, self._plan_due = False, None

    def wants_standing(self, standing: Standing, now: float) -> bool:
        """Whether it is to be said now; `due` tells when to ask again."""
        if not self._listens:
            return False
        before = self._said
        if before is not None and now < self._standing_due:
            if _essence(standing) != _essence(before):
                self._standing_due = min(self._standing_due, max(now, self._said_at + _APART_S))
            elif standing.devices != before.devices:
                self._standing_due = min(self._standing_due, max(now, self._said_at + DEVICES_S))
        return now >= self._standing_due

    def said_standing(self, standing: Standing, now: float, *, taken: bool) -> None:
        """It was handed to the broker, which took it or not."""
        if taken:
            self._said, self._said_at = standing, now
        self._standing_due = now + (HEARTBEAT_S * self._draw(0.8, 1.2) if taken else _AGAIN_S)

    def wants_plan(self, key: object, now: float) -> bool:
        """Whether the plan is to be said now; `key` is another whenever it or people's choices are."""
        if not self._listens or key == self._plan_said:
            self._plan_due = None
            return False
        self._plan_due = max(now, self._plan_at + PLAN_S)
        return now >= self._plan_due

    def said_plan(self, key: object, now: float, *, taken: bool) -> None:
        """It was handed to the broker, which took it or not."""
        if taken:
            self._plan_said, self._plan_at, self._plan_due = key, now, None
        else:
            self._plan_due = now + _AGAIN_S

    def due(self) -> float | None:
        """When to ask again though nothing happens; None while nobody listens."""
        if not self._listens:
            return None
        return self._standing_due if self._plan_due is None else min(self._standing_due, self._plan_due)


def batches(entries: Sequence[JournalEntry]) -> Iterator[bytes]:
    """Entries of one journal as payloads of `up/journal`, each small enough for a packet, in their order."""
    for start in range(0, len(entries), _BATCH):
        yield from _fitting(entries[start:start + _BATCH])


def _fitting(entries: Sequence[JournalEntry]) -> Iterator[bytes]:
    payload = payload_of(JournalBatch(journal=entries[0].journal_id, entries=tuple(
        JournalLine(number=each.number, at=each.at, kind=each.kind, body=each.body, hash=each.hash)
        for each in entries)))
    if len(payload) < MOST_BYTES - 200 or len(entries) == 1:
        yield payload
        return
    middle = len(entries) // 2
    yield from _fitting(entries[:middle])
    yield from _fitting(entries[middle:])


#: What makes a report news: all but its instant, the numbers of devices, and how far the journal is.
_NEWS = tuple(name for name in Standing.model_fields if name not in ("at", "devices", "journal"))


def _essence(standing: Standing) -> tuple[object, ...]:
    return tuple(getattr(standing, name) for name in _NEWS)
