"""A store in real time on the stage of scenarios: real programs, real sockets, a disk, and a clock that is shifted.

What a step itself takes (a program that starts, connections that are made again) is not part of the time in which
something is to be so: an expectation counts from its own beginning. Where a virtual store settles at one instant, this
one is given a breath, and `GRACE_S` on top of every `within`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from controller.desk import Choice
from controller.errors import Unavailable
from controller.ports import Actor, JournalEntry
from controller.real.pipe import Look, actor_words, choice_words
from controller.real.programs import Programs
from controller.scenarios.stage import NOBODY, Stood, Things, Unfair
from controller.virtual.expected import LetBe, astray
from controller.virtual.store import LOOK_BACK
from profiles.plan import Plan
from profiles.scene import Sense

#: Seconds on top of every `within`, for threads, sockets and a disk that take their time.
GRACE_S = 2.0
#: Seconds after something has happened before anything is asked: what is under way arrives.
BREATH_S = 0.5
#: Seconds that everyone has to be back at a broker that is back.
BACK_S = 120.0
#: Looks at the store: often at first, when things happen, and seldom later.
_OFTEN_S, _SELDOM_S, _AT_FIRST_S = 0.1, 0.5, 5.0
#: A look at the controller serves for so many seconds.
_FRESH_S = 0.05


class Ended(Exception):
    """Somebody ended the scenario before its end."""


class RealStore:
    """`controller.scenarios.stage.Stage` for a store that begins with `plan` at `start`. Closed with `close`.

    `ended`: set by whoever wants to end it early; then `Ended` is raised wherever time passes. Raises Unavailable where
    something does not start; then nothing is left behind.
    """

    grace_s = GRACE_S

    def __init__(self, plan: Plan, seed: int, start: datetime, ended: threading.Event | None = None) -> None:
        self._ended = ended or threading.Event()
        self._looked, self._looked_at = Look(), -_FRESH_S
        self._programs = Programs(plan, seed, start)
        try:
            self._all_back()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything, and leave nothing behind. May be called twice."""
        self._programs.close()

    # -- the controller

    def start_controller(self) -> None:
        """A program of its own on the same folder; it is there when it has loaded and reached the broker."""
        self._programs.start_controller()
        self._looked_at = -_FRESH_S
        self._all_back()

    def kill_controller(self) -> None:
        """SIGKILL. What was last known of it is what a panel would still show."""
        self._look()
        self._programs.kill_controller()

    def _all_back(self) -> None:
        """Wait until everyone who has power has a connection."""
        if not self._programs.broker_is_up:
            return
        patience = self.monotonic() + BACK_S
        while missing := self._missing():
            if self.monotonic() > patience:
                raise Unavailable(f"{', '.join(missing)}: not back at the broker within {BACK_S:g} s.")
            self._wait(_OFTEN_S)

    def _missing(self) -> tuple[str, ...]:
        away = self._programs.things.away()
        return away if self._programs.controller is None or self._look().connected else (*away, "the controller")

    # -- what happens to things

    def mishap(self, verb: Callable[[Things], None]) -> None:
        """Something happens to the devices."""
        verb(self._programs.things)

    def cut_broker(self, forgetful: bool) -> None:
        """mosquitto ends, and saves what is retained; `forgetful`: that is deleted."""
        self._programs.stop_broker(forgetful)

    def restore_broker(self) -> None:
        """mosquitto starts on the same port, and everyone has found back."""
        self._programs.start_broker()
        self._all_back()

    def disturb(self, unfair: Unfair) -> None:
        """In the controller's program, between paho and the engine."""
        self._ask("disturb", losses=unfair.losses, repeats=unfair.repeats, swaps=unfair.swaps)

    def set_clock(self, by: timedelta) -> None:
        """The controller's clock is set; its beat has to find out."""
        self._programs.clock.set_by(by)
        if self._programs.controller is not None:
            self._ask("set_clock", by_s=by.total_seconds())

    # -- what people do

    def press(self, choice: Choice, zones: tuple[str, ...] | None, end: str, by: Actor) -> None:
        """Press."""
        self._ask("press", choice=choice_words(choice), zones=zones, end=end, by=actor_words(by))

    def nudge(self, zone: str, complaint: str, by: Actor) -> None:
        """A complaint."""
        self._ask("nudge", zone=zone, complaint=complaint, by=actor_words(by))

    def announce(self, announcement: str, zones: Sequence[str] | None, by: Actor) -> None:
        """Have it said."""
        self._ask("announce", announcement=announcement, zones=zones, by=actor_words(by))

    def undo(self, by: Actor) -> None:
        """Take the last press back."""
        self._ask("undo", by=actor_words(by))

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], by: Actor) -> None:
        """The big red button."""
        self._ask("stop", zones=zones, senses=[sense.value for sense in senses], by=actor_words(by))

    def resume(self, by: Actor) -> None:
        """End every stop."""
        self._ask("resume", by=actor_words(by))

    def publish(self, plan: Plan, by: Actor) -> None:
        """A new version of the plan."""
        self._ask("publish", plan=plan.model_dump(mode="json"), by=actor_words(by))

    def _ask(self, verb: str, **words: object) -> None:
        if self._programs.controller is None:
            raise Unavailable(NOBODY)
        self._programs.controller.ask(verb, **words)
        self._looked_at = -_FRESH_S

    # -- what is so

    def plan(self) -> Plan:
        """The plan in force, from the disk."""
        version = self._programs.memory.plan_in_force()
        if version is None:
            raise Unavailable("The plan in force cannot be read.")
        return version.plan

    def truth(self) -> Mapping[str, dict[str, object]]:
        """What the hardware does."""
        return self._programs.things.fleet.truth()

    def wrong(self, but_for: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
        """By plan and choices as they are on the disk; of the controller only what it says it lets be."""
        looked, now = self._look(), self._programs.clock.now()
        let_be = LetBe(frozenset(id for id, (*_, by_hand) in looked.devices.items() if by_hand), looked.held)
        live = self._programs.memory.live(now - LOOK_BACK)
        return astray(self.plan(), live, now, self.truth(), let_be, but_for=but_for)

    def mood(self, zone: str) -> str:
        """As the panel has it."""
        return self._look().moods[zone]

    def stood(self, device: str) -> Stood:
        """As the panel has it."""
        return Stood(*self._look().devices[device])

    def held(self, zone: str) -> frozenset[Sense]:
        """As the engine has it."""
        return self._look().held[zone]

    def stopped_by(self) -> tuple[str, ...]:
        """As the panel has it."""
        return self._look().stopped_by

    def entries(self) -> int:
        """How far the journal on the disk has come."""
        return self._programs.memory.chain_head()[0]

    def recorded(self, after: int = 0) -> list[JournalEntry]:
        """What it says."""
        found: list[JournalEntry] = []
        while page := self._programs.memory.journal(found[-1].number if found else after, 5000):
            found += page
        return found

    def orders(self) -> Mapping[str, int]:
        """What every run of the controller has published."""
        return dict(self._programs.by_topic)

    def digest(self) -> str:
        """No two runs in real time are the same."""
        return ""

    def _look(self) -> Look:
        """One look at the controller serves the questions of an instant; after it was killed, the last one."""
        controller = self._programs.controller
        if controller is not None and self.monotonic() - self._looked_at > _FRESH_S:
            self._looked, self._looked_at = Look.model_validate(controller.ask("look")), self.monotonic()
        return self._looked

    # -- time

    def true_time(self) -> datetime:
        """The machine's, shifted."""
        return self._programs.clock.true_time()

    def monotonic(self) -> float:
        """The machine's."""
        return time.monotonic()

    def settle(self) -> None:
        """A breath."""
        self._wait(BREATH_S)

    def instants(self, seconds: float) -> Iterator[None]:
        """Look often at first, and seldom later."""
        began = self.monotonic()
        while True:
            passed = self.monotonic() - began
            self._wait(max(0.0, min(_OFTEN_S if passed < _AT_FIRST_S else _SELDOM_S, seconds - passed)))
            yield
            if self.monotonic() - began >= seconds:
                return

    def _wait(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise Ended
