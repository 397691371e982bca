"""The time that the engine goes by: the wall clock while it is believed, else what steady time makes of it."""

from __future__ import annotations

from datetime import datetime

from controller.ports import Clock
from controller.store.ambience import Ambience
from controller.store.recorder import Recorder
from controller.store.trust import Trust

#: The wall clock moved by more than this against the steady one: it was set (rule 15).
STEP_S = 2.0
#: While the time is not believed, a second source is asked so often.
ASK_AGAIN_S = 10.0


class WallClock:
    """Follows the clock from round to round, and lets the ambience stand still while it is doubted."""

    def __init__(self, clock: Clock, trust: Trust, ambience: Ambience, recorder: Recorder) -> None:
        """Nothing is doubted yet."""
        self._clock, self._trust = clock, trust
        self._ambience, self._recorder = ambience, recorder
        self.trusted = True
        #: The believed instant of this round, and the wall's own word, the earlier of which is safe to look back from.
        self.when = self.wall = clock.now()
        self.due: float | None = None
        self._offset: float | None = None

    def stepped(self, now: float) -> float:
        """By how many seconds the wall clock was set since the last round; 0 where it was not.

        Seen here and not only by the beat, so that no round takes a step for the plan's time having come.
        """
        offset = self._clock.now().timestamp() - now
        moved = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        return moved if abs(moved) > STEP_S else 0.0

    def look(self, now: float) -> bool:
        """Begin a round at the steady instant `now`; returns whether the time became doubtful or good again."""
        self.wall = self._clock.now()
        anchor = self._trust.anchor
        trusted = self._trust.look(self.wall, now)
        self.when = self.wall if trusted else self._trust.expected(now) or self.wall
        self.due = None if trusted else now + ASK_AGAIN_S
        if trusted == self.trusted:
            return False
        self.trusted = trusted
        if not trusted and anchor is not None:
            self._ambience.stand_still(*anchor)
        elif trusted:
            self._ambience.go_on()
        self._ambience.forget(recovering=True)
        # Written with the time that is believed: an entry of the year 2036 would make every later start doubt.
        self._recorder.record(self.when, "clock.trusted" if trusted else "clock.doubted", wall=self.wall.isoformat())
        return True

    @property
    def believed(self) -> Believed:
        """The same time as a clock, for those who stamp what people do."""
        return Believed(self._clock, self)

    def now(self) -> datetime:
        """The instant at this moment: the wall clock's if it was believed when looked at last."""
        wall = self._clock.now()
        return wall if self.trusted else self._trust.expected(self._clock.monotonic()) or wall


class Believed:
    """A `Clock` that tells the time that the engine goes by.

    A press is stamped with it: were it stamped by a clock that is 400 days ahead, its ten minutes would end in 400 days
    once that clock is put right.
    """

    def __init__(self, clock: Clock, time: WallClock) -> None:
        """Steady time is `clock`'s."""
        self._clock, self._time = clock, time

    def now(self) -> datetime:
        """The believed instant."""
        return self._time.now()

    def monotonic(self) -> float:
        """Steady seconds."""
        return self._clock.monotonic()

    @property
    def trusted(self) -> bool:
        """Whether the wall clock was believed when it was looked at last."""
        return self._time.trusted
