"""What the retained messages of the store tell a controller that starts: its own past, and a stop in force.

They arrive right after the first subscription. The look back ends when nothing has come for a moment.
"""

from __future__ import annotations

from controller.store.arrivals import HIGHEST_EPOCH
from devices.dialects.base import Malformed
from devices.dialects.native import desired_filter, read_stamp
from devices.messages import Message, stop_topic
from devices.stop import StopDocument, decode_stop

#: The look back ends when nothing retained has come for so long; at the latest after `LONGEST_S`.
QUIET_S = 0.2
LONGEST_S = 2.0


class Past:
    """Collects the highest epoch and the stop document while the controller looks back."""

    def __init__(self, store: str) -> None:
        """Nothing found yet."""
        self.filters = (desired_filter(store), stop_topic(store))
        self._stop_topic = stop_topic(store)
        self.highest_epoch = 0
        self.stop: StopDocument | None = None
        self.began: float | None = None
        self._last = 0.0

    def begin(self, now: float) -> None:
        """The subscriptions stand; retained messages come now."""
        self.began = self._last = now

    def interrupt(self) -> None:
        """The line was cut: what was still to come comes after the next connect."""
        self.began = None

    def take(self, message: Message, now: float) -> None:
        """Look at one message, if it is one that tells of the past."""
        if message.topic == self._stop_topic:
            self._take_stop(message)
        elif not message.topic.endswith(("/desired", "/reported")):
            return
        stamp = read_stamp(message)
        if stamp is not None and stamp[0] <= HIGHEST_EPOCH:
            self.highest_epoch = max(self.highest_epoch, stamp[0])
        if message.retain:
            self._last = now

    def ends_at(self) -> float | None:
        """The steady instant at which the look back is over; None before it began."""
        return None if self.began is None else min(self._last + QUIET_S, self.began + LONGEST_S)

    def _take_stop(self, message: Message) -> None:
        try:
            self.stop = decode_stop(message)
        except Malformed:
            return  # a broken stop document stops nothing and ends nothing; ours replaces it
