"""What people chose, when the wall clock cannot be trusted to say whether it has begun or ended.

A clock that is set back must not undo a press or a stop that people see in force, nor bring back what a person ended.
While the time is doubted, time stands still where it was last believed: nothing scheduled happens, and choices count
from when they are made, on steady time (`semantics.md`, rule 15).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from profiles.plan import Live, Override, Stop

_TICK = timedelta(microseconds=1)
#: Looked at so long after the standstill, so that choices made in it have an order.
_MOMENT = timedelta(milliseconds=10)


def begun(live: Live, now: datetime) -> Live:
    """What is alive: everything committed has begun, whatever a clock that was set back says since; what a person
    ended is over. What was committed later is newer, although that clock may have stamped it earlier.
    """
    overrides: list[Override] = []
    latest = now
    for override in reversed([o for o in live.overrides if o.ended is None and o.end > now]):
        in_order = override.start <= latest
        overrides.append(override if in_order else override.model_copy(update={"start": latest - _TICK}))
        latest = overrides[-1].start
    return Live(overrides=tuple(reversed(overrides)), stops=_in_force(live, now))


def as_of(live: Live, now: datetime) -> Live:
    """What people did, told by a clock that may have been set back: all of it has been done by now, one thing after
    the other. The same `live` where the clock was not.
    """
    said = [i for o in live.overrides for i in (o.start, o.ended)] + [i for s in live.stops for i in (s.since, s.ended)]
    in_order = all(one.start <= other.start for one, other in pairwise(live.overrides))
    if in_order and all(instant is None or instant <= now for instant in said):
        return live
    alive = {o.id: o for o in begun(live, now).overrides}
    return Live(
        overrides=tuple(alive.get(o.id) or o.model_copy(update={"start": min(o.start, now), "ended": _by(o.ended, now)})
                        for o in live.overrides),
        stops=tuple(s.model_copy(update={"since": min(s.since, now), "ended": _by(s.ended, now)}) for s in live.stops))


def _by(ended: datetime | None, now: datetime) -> datetime | None:
    return None if ended is None else min(ended, now)


def _in_force(live: Live, now: datetime) -> tuple[Stop, ...]:
    return tuple(s if s.since <= now else s.model_copy(update={"since": now}) for s in live.stops if s.ended is None)


class Standstill:
    """Time standing still at `at`, which was believed at the steady instant `steady`."""

    def __init__(self, at: datetime, steady: float, live: Live) -> None:
        """`live`: what was known then."""
        self.at, self._steady = at, steady
        self.moment = at + _MOMENT
        self._known = {o.id for o in live.overrides}
        self._seen: dict[str, float] = {}
        #: The steady instant at which the next choice ends.
        self.due: float | None = None

    def live(self, live: Live, steady: float) -> Live:
        """What is alive at the steady instant, laid around `moment`."""
        alive: list[tuple[float, Override]] = []
        for override in live.overrides:
            if override.ended is None and (ends := self._ends(override, steady)) > steady:
                alive.append((ends, override))
        self.due = min((ends for ends, _ in alive), default=None)
        overrides = []
        for n, (ends, override) in enumerate(alive):
            start = override.start if override.id in self._known else self.at + (n + 1) * _TICK
            # Told as the instant that people were told; the steady one above is what ends it.
            end = max(self.at + timedelta(seconds=ends - self._steady), self.moment + _TICK)
            overrides.append(override.model_copy(update={"start": min(start, self.moment), "end": end}))
        return Live(overrides=tuple(overrides), stops=_in_force(live, self.moment))

    def _ends(self, override: Override, steady: float) -> float:
        """On steady time: what was known ends when it would have; what is new lasts as long as was chosen."""
        if override.id in self._known:
            return self._steady + (override.end - self.at).total_seconds()
        began = self._seen.setdefault(override.id, steady)
        return began + (override.end - override.start).total_seconds()
