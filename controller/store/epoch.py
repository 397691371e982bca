"""The epoch of this controller: above everything that was ever sent to a device (`semantics.md`, rule 17)."""

from __future__ import annotations

from controller.errors import SinneError
from controller.ports import Memory
from controller.store.recorder import Recorder

#: A device whose epoch runs away must not make us commit at the pace of its messages.
_PAUSE_S = 1.0


class Epoch:
    """Raised at the start and whenever somebody is found ahead; committed before it is used."""

    def __init__(self, memory: Memory, recorder: Recorder) -> None:
        """Not begun."""
        self._memory, self._recorder = memory, recorder
        self.number = 0
        #: When somebody who is ahead will be overtaken, if not at once.
        self.due: float | None = None
        self._raised_at = float("-inf")

    def begin(self, found: int) -> int:
        """The epoch of this start, above the highest that was found on the wire and in the memory."""
        self._raise(found)
        return self.number

    def follow(self, found: int, now: float) -> bool:
        """Get above `found` if it is ahead; returns whether the epoch was raised."""
        if found <= self.number:
            return False
        self.due = self._raised_at + _PAUSE_S
        if now < self.due:
            return False
        self.due, self._raised_at = None, now
        self._raise(found)
        return True

    def _raise(self, above: int) -> None:
        try:
            self.number = self._memory.raise_epoch(max(above, self.number))
        except SinneError as refusal:
            # A full disk must not leave the shop dark: go on with an epoch that devices will follow, and say so.
            self.number = max(above, self.number) + 1
            self._recorder.refused(str(refusal))
