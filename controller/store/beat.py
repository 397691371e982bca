"""The beat: once a second on steady time it looks at the wall clock, and at whether anybody overslept.

A step of the wall clock by more than 2 s brings about a round of the engine, which rebuilds the timetable and
reconciles (`semantics.md`, rule 15). It also wakes the engine when a boundary has passed without the timetable
ringing, as after a suspend. It never decides anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from controller.ports import Clock
from controller.store.intake import ClockStepped, Intake, Woken
from controller.store.wallclock import STEP_S

BEAT_S = 1.0


class Beat:
    """A thread that waits on steady time."""

    def __init__(self, clock: Clock, intake: Intake, boundary: Callable[[], datetime | None]) -> None:
        """`boundary` tells the instant that the engine waits for."""
        self._clock, self._intake, self._boundary = clock, intake, boundary
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)
        self._offset = self._now_offset()

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(2 * BEAT_S)

    def look(self) -> None:
        """One beat. Called by the thread; by a test or a virtual timetable at will."""
        offset = self._now_offset()
        moved, self._offset = offset - self._offset, offset
        if abs(moved) > STEP_S:
            self._intake.put(ClockStepped(moved))
        boundary = self._boundary()
        if boundary is not None and self._clock.now() >= boundary:
            self._intake.put(Woken())

    def _now_offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _run(self) -> None:
        while not self._ended.wait(BEAT_S):
            self.look()
