"""What HQ's broker has to hold, and what it is known to hold: level-triggered, in the right order. Pure.

The publisher hears everything under `hq/#` itself, so the broker's own echo is the proof that it holds something; an
acknowledgement would not be. Documents and the halt come first and the manifest after all of them; what should not be
there any more is cleared last (`semantics.md`, rule 23).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from controller.hq.ports import Retained
from controller.hq.topics import HALT, MANIFEST

#: Seconds until what the broker did not echo is said again, doubling.
_FIRST_S, _LONGEST_S = 5.0, 120.0
#: Said in one go; the rest follows as the broker answers.
_AT_ONCE = 200


@dataclass(slots=True)
class _Said:
    digest: bytes
    again_at: float
    pause_s: float


@dataclass(slots=True)
class Board:
    """`want`: payload by topic. `settled`: whether all that the broker retained has been heard on this connection."""

    want: dict[str, bytes] = field(default_factory=dict)
    settled: bool = False
    _digests: dict[str, bytes] = field(default_factory=dict)
    _there: dict[str, bytes] = field(default_factory=dict)
    _said: dict[str, _Said] = field(default_factory=dict)

    def post(self, retained: Iterable[Retained]) -> None:
        """From now on the broker has to hold these; an empty payload: nothing on that topic."""
        for each in retained:
            if each.payload:
                self.want[each.topic] = each.payload
                self._digests[each.topic] = _digest(each.payload)
            else:
                self.want.pop(each.topic, None)
                self._digests.pop(each.topic, None)
            self._said.pop(each.topic, None)

    def disconnected(self) -> None:
        """Nothing is known of the broker any more."""
        self.settled = False
        self._there.clear()
        self._said.clear()

    def heard(self, topic: str, payload: bytes) -> None:
        """The broker holds this; an empty payload: nothing any more."""
        if payload:
            self._there[topic] = _digest(payload)
        else:
            self._there.pop(topic, None)
        if self._there.get(topic) == self._digests.get(topic):
            self._said.pop(topic, None)

    def due(self, now: float) -> list[Retained]:
        """What to say now, in this order. It counts as said. `now`: steady seconds."""
        if not self.settled:
            return []
        wrong = [topic for topic in self.want if self._there.get(topic) != self._digests[topic]]
        first = sorted((topic for topic in wrong if topic != MANIFEST), key=lambda topic: topic != HALT)
        turn = first or wrong or [topic for topic in self._there if topic not in self.want]
        found: list[Retained] = []
        for topic in turn:
            if len(found) < _AT_ONCE and self._is_due(topic, now):
                found.append(Retained(topic, self.want.get(topic, b"")))
        return found

    def unsaid(self, topic: str) -> None:
        """It could not be handed to the broker after all."""
        self._said.pop(topic, None)

    def wakes_at(self) -> float | None:
        """When something has to be said again; None while nothing is outstanding."""
        return min((each.again_at for each in self._said.values()), default=None)

    @property
    def complete(self) -> bool:
        """Whether the broker holds all that it should, and nothing else."""
        return self.settled and self._there == self._digests

    def _is_due(self, topic: str, now: float) -> bool:
        digest = self._digests.get(topic, b"")
        said = self._said.get(topic)
        if said is not None and said.digest == digest and now < said.again_at:
            return False
        pause_s = _FIRST_S if said is None or said.digest != digest else min(2 * said.pause_s, _LONGEST_S)
        self._said[topic] = _Said(digest, now + pause_s, pause_s)
        return True


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()
