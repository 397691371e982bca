"""Which devices are to be looked at now, and when the others: a heap of steady instants, so that nothing polls."""

from __future__ import annotations

import heapq

from controller.store.fleet import Fleet
from controller.store.track import Track

#: An instant that moves later by less than this is left where it is: one look too many is cheaper than an entry for
#: every report of a device that talks all the time.
_SLACK_S = 10.0


class Agenda:
    """The devices of a fleet by the instant at which they are due. A device has one instant."""

    def __init__(self, fleet: Fleet) -> None:
        """Begin with nothing to do."""
        self._fleet = fleet
        self._ready: dict[str, Track] = {}
        self._heap: list[tuple[float, str]] = []

    def now(self, track: Track) -> None:
        """Look at a device in this round."""
        self._ready[track.device.id] = track

    def no_later(self, track: Track, at: float) -> None:
        """Look at a device at `at`, unless it is due before."""
        if track.due is None or at < track.due:
            self._put(track, at)

    def set(self, track: Track, at: float | None) -> None:
        """The instant of a device; None: only when something happens."""
        if at is None:
            track.due = None
        elif track.due is None or at < track.due or at > track.due + _SLACK_S:
            self._put(track, at)

    def take(self, now: float) -> list[Track]:
        """Take out every device that is due."""
        found, self._ready = self._ready, {}
        while (due := self._next()) is not None and due <= now:
            device = heapq.heappop(self._heap)[1]
            track = self._fleet.tracks[device]
            track.due = None
            found[device] = track
        return [track for device, track in found.items() if self._fleet.tracks.get(device) is track]

    def next(self) -> float | None:
        """The steady instant at which something is to be done; None: only when something happens."""
        return 0.0 if self._ready else self._next()

    def __len__(self) -> int:
        """How many entries are kept, overtaken ones included."""
        return len(self._heap)

    def _put(self, track: Track, at: float) -> None:
        track.due = at
        heapq.heappush(self._heap, (at, track.device.id))

    def _next(self) -> float | None:
        while self._heap:
            due, device = self._heap[0]
            track = self._fleet.tracks.get(device)
            if track is not None and track.due == due:
                return due
            heapq.heappop(self._heap)  # overtaken
        return None
