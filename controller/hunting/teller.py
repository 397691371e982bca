"""Who tells a story: keeps the time and what is broken, so that steps make sense and everything can be mended.

Verbs here only write steps down; nothing is run while a story is drawn.
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from controller.hunting.stores import Part
from controller.hunting.story import Moment
from controller.scenarios.model import Step
from profiles.plan import Plan

#: A scenario has at most 500 steps; a burst and its mending take some.
_MOST_MOMENTS = 400
#: Between two steps of a burst: mostly at once or within a fade, sometimes over a boundary.
_GAPS_S = (0, 0, 0.01, 0.3, 1, 1, 2, 3, 5, 8, 20, 46, 61, 190)


class Teller:
    """`now`: the instant of the next step. `ahead`: instants that are worth being at."""

    def __init__(
        self, rng: random.Random, plan: Plan, parts: Part, start: datetime, ahead: list[datetime],
    ) -> None:
        """Begin at `start`, with everything whole."""
        self.rng, self.plan, self.parts = rng, plan, parts
        self.now, self.ahead = start, ahead
        self.moments: list[Moment] = []
        self.devices = [d.id for d in plan.devices if d.kind != "contact"]
        self.contacts = [d.id for d in plan.devices if d.kind == "contact"]
        self.zones = [zone.id for zone in plan.zones]
        self.moods = [profile.id for profile in plan.profiles]
        self.dark: set[str] = set()
        self.frozen: set[str] = set()
        self.lying: set[str] = set()
        self.slow: set[str] = set()
        self.empty: set[str] = set()
        self.burning: set[str] = set()
        self.broker_up = self.controller_up = self.line_good = True
        self.stopped = False
        self.clock_off = timedelta()

    # -- time

    def wait(self, seconds: float) -> None:
        """Let time pass; steps stand on whole hundredths of a second."""
        self.now += timedelta(milliseconds=10 * round(seconds * 100))

    def gap(self) -> None:
        """What passes between two steps of a burst."""
        self.wait(self.rng.choice(_GAPS_S))

    def go_beside(self, end: datetime, beside_s: Sequence[float]) -> bool:
        """Go to just before or after one of the next instants that turn, or somewhere; False when the story is over."""
        if len(self.moments) > _MOST_MOMENTS:
            return False
        later = self.ahead[bisect_left(self.ahead, self.now):]
        if later and self.rng.random() < 0.85:
            at = later[min(len(later) - 1, self.rng.choice((0, 0, 0, 1, 2)))]
            at += timedelta(seconds=self.rng.choice(beside_s))
        else:
            at = self.now + timedelta(minutes=self.rng.choice((10, 45, 120)))
        self.now = max(self.now, at)
        return self.now < end

    def look_forward(self, at: datetime) -> None:
        """This instant is worth being at."""
        insort(self.ahead, at)

    def next_edge(self) -> datetime | None:
        """The next instant that turns."""
        number = bisect_left(self.ahead, self.now + timedelta(seconds=1))
        return self.ahead[number] if number < len(self.ahead) else None

    # -- steps

    def do(self, **what: Any) -> None:
        """Write a step down."""
        self.moments.append(Moment(self.now, Step(at="", **what)))

    def device(self, kind: str = "") -> str | None:
        """One of the devices that things happen to, of this kind if there is one."""
        of_kind = [d.id for d in self.plan.devices if d.kind == kind] if kind else self.devices
        return self.rng.choice(of_kind) if of_kind else None

    def unplug(self, device: str) -> None:
        """No power."""
        self.dark.add(device)
        self.frozen.discard(device)
        self.do(unplug=(device,))

    def plug_in(self, device: str) -> None:
        """Power again."""
        self.dark.discard(device)
        self.do(plug_in=(device,))

    def freeze(self, device: str) -> None:
        """It hangs."""
        if device not in self.dark:
            self.frozen.add(device)
            self.do(freeze=(device,))

    def thaw(self, device: str) -> None:
        """It goes on."""
        self.frozen.discard(device)
        self.do(thaw=(device,))

    def lie(self, device: str) -> None:
        """It says yes and does nothing."""
        self.lying.add(device)
        self.do(lie=(device,))

    def reboot(self, device: str) -> None:
        """It restarts with factory settings."""
        if device not in self.dark | self.frozen:
            self.do(reboot=(device,))

    def kill(self) -> None:
        """No controller."""
        if self.controller_up:
            self.controller_up = False
            self.do(controller="kill")

    def start(self) -> None:
        """A controller again."""
        if not self.controller_up:
            self.controller_up = True
            self.do(controller="start")

    def broker(self, what: str) -> None:
        """`down`, `wiped` or `up`."""
        if self.broker_up is (what == "up"):
            return
        self.broker_up = what == "up"
        self.do(broker=what)

    def spoil_line(self) -> None:
        """From now on messages get lost, come twice, or late."""
        self.line_good = False
        self.do(line={name: self.rng.choice((0, 0.2, 0.5)) for name in ("losses", "repeats", "swaps")})

    def set_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self.clock_off += by
        sign = "-" if by < timedelta() else "+"
        self.do(clock=f"{sign}{abs(by) // timedelta(seconds=1)} s")

    def mend(self) -> None:
        """Everything that is broken is made whole, in any order; stops are mostly ended."""
        verbs: list[Callable[[], None]] = [partial(self.plug_in, device) for device in sorted(self.dark)]
        verbs += [partial(self.thaw, device) for device in sorted(self.frozen)]
        verbs += [partial(self.do, be_honest=(device,)) for device in sorted(self.lying)]
        verbs += [partial(self.do, slow_down={"device": device, "to_s": 0}) for device in sorted(self.slow)]
        verbs += [partial(self.do, fill={"device": device, "ml": 100}) for device in sorted(self.empty)]
        verbs += [partial(self.do, switch={"device": c, "to": {"active": False}}) for c in sorted(self.burning)]
        if not self.broker_up:
            verbs.append(partial(self.broker, "up"))
        if not self.line_good:
            verbs.append(partial(self.do, line={}))
        if abs(self.clock_off) > timedelta(hours=3):
            verbs.append(partial(self.set_clock, -self.clock_off))
        verbs.append(self.start)
        self.rng.shuffle(verbs)
        for verb in verbs:
            verb()
            if self.rng.random() < 0.3:
                self.gap()
        for broken in (self.lying, self.slow, self.empty, self.burning):
            broken.clear()
        self.line_good = True
        if self.stopped and self.rng.random() < 0.8:
            self.stopped = False
            self.do(resume=True)
