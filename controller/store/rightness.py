"""How the devices of a zone stand to what they should be, counted along so that a question costs nothing.

The reconciler says how each device is when it has dealt with it; here are only the sums, by zone and kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from enum import Enum

from controller.store.fleet import Fleet
from controller.store.track import Track
from devices.device import Kind


class Word(Enum):
    """How a device is: as it should be, as somebody set it by hand, not as it should be, out of reach."""

    RIGHT = "right"
    BY_HAND = "by-hand"
    DIFFERING = "differing"
    AWAY = "away"


def word_of(track: Track, now: float) -> Word | None:
    """How a device is; None for one of which nothing is wished."""
    if track.wanted is None:
        return None
    if not track.in_reach(now):
        return Word.AWAY
    if track.local is not None:
        return Word.BY_HAND
    return Word.RIGHT if track.converged else Word.DIFFERING


class Rightness:
    """The sums of a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        """Nothing is known yet."""
        self._fleet = fleet
        self._of: dict[str, Track] | None = None
        self._words: dict[str, Word | None] = {}
        self._sums: dict[tuple[str, Kind], Counter[Word]] = {}

    def note(self, track: Track, now: float) -> None:
        """A device has been dealt with."""
        if self._of is not self._fleet.tracks:
            self._count_all(now)
        word, was = word_of(track, now), self._words.get(track.device.id)
        if word is not was:
            self._words[track.device.id] = word
            self._add(track, was, -1)
            self._add(track, word, 1)

    def of(self, zone: str, kinds: Collection[Kind], now: float) -> Word | None:
        """How the devices of these kinds in a zone are, all together: the worst of them; None where there are none.

        One that differs is worse than one that nobody hears, which is worse than one that was set by hand.
        """
        if self._of is not self._fleet.tracks:
            self._count_all(now)
        sums = [self._sums[zone, kind] for kind in kinds if (zone, kind) in self._sums]
        for word in (Word.DIFFERING, Word.AWAY, Word.BY_HAND, Word.RIGHT):
            if any(count[word] for count in sums):
                return word
        return None

    def _count_all(self, now: float) -> None:
        self._of = self._fleet.tracks
        self._sums.clear()
        self._words = {track.device.id: word_of(track, now) for track in self._of.values()}
        for track in self._of.values():
            self._add(track, self._words[track.device.id], 1)

    def _add(self, track: Track, word: Word | None, by: int) -> None:
        if word is not None:
            for zone in track.device.zones:
                self._sums.setdefault((zone, track.device.kind), Counter())[word] += by
