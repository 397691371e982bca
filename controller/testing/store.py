"""The store under test: a whole store in virtual time with what an integrator asks of it, in sentences when it fails.

It stands on `VirtualStore`: the real controller and storage, simulated devices, one thread, one seed. What is expected
is judged by the same code as in scenarios, so that a test and a scenario never disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, Unpack

from pydantic import ValidationError

from controller.desk import Choice
from controller.errors import SinneError, Unavailable
from controller.ports import Actor, JournalEntry
from controller.scenarios.felt import amiss, since
from controller.scenarios.model import Expect, Line, Press
from controller.scenarios.reading import ScenarioError, plan_with
from controller.scenarios.stage import NOBODY
from controller.shapes import Explained, PressShown, StopShown
from controller.testing.asking import Asked
from controller.testing.clock import StoreClock
from controller.testing.devices import SimulatedDevices
from controller.testing.expecting import Expected, expectation, failure
from controller.testing.mistakes import Mistake, all_known, known, sentences
from controller.testing.plans import plan_asked_for
from controller.testing.telling import Tail, section
from controller.testing.zones import ZoneSeen, zone_seen
from controller.virtual.store import SOMEBODY, VirtualStore
from controller.virtual.world import World
from profiles.plan import Plan
from profiles.scene import Sense

T = TypeVar("T")

#: A store is switched on so long before a test begins, so that its lamps are no longer on their way then.
_SETTLED_AFTER = timedelta(minutes=1)


class StoreUnderTest:
    """A store that runs the plan of a test. The same plan, seed, start and verbs give the same store, to the last byte.

    `plan`: as it began; `warnings`: what `sinne check` warns of; `seed`. Every verb that takes a name raises Mistake
    where there is none such; what the store itself refuses is raised as in the product (`controller.errors`).
    """

    def __init__(self, asked: Asked) -> None:
        """Publish the plan, power devices up, start the controller. Raises Mistake, with every error of the plan."""
        given, start = plan_asked_for(asked.plan, asked.folders, asked.parts, asked.start)
        self.plan: Plan = given.plan
        self.warnings, self.seed, self.file, self.test = given.warnings, asked.seed, given.file, asked.test
        self._document, self._tail = given.document, Tail()
        self.virtual = VirtualStore(given.plan, asked.seed, start - _SETTLED_AFTER, record=self._tail)
        self.virtual.run_until(start)
        self.clock = StoreClock(self.virtual, given.plan.store.place.tz, self._note)
        self.devices = SimulatedDevices(self)
        self._profiles = {profile.id for profile in given.plan.profiles}
        self._note()

    def __repr__(self) -> str:
        """As assertions show it."""
        return f"<{self.plan.store.name}, seed {self.seed}, {self.clock.now:%a %Y-%m-%d %H:%M:%S}>"

    # -- what people do

    def press(
        self, profile: str | None = None, zones: str | Iterable[str] | None = None, *, minutes: int | None = None,
        end: str = "minutes:60", scene: Mapping[str, Any] | None = None, by: str = "Elin", role: str = "manager",
    ) -> PressShown:
        """Press a mood or a `scene` of one's own in `zones` or everywhere; for `minutes`, or to an `end` of the API."""
        __tracebackhide__ = True
        if profile is not None:
            known("profile", profile, self._profiles, self.plan.store.name)
        named = self._zones(zones)
        if (profile is None) == (scene is None):
            raise Mistake("Press a profile, as in store.press(\"peak\"), or a scene of one's own, as in "
                          "store.press(scene={\"light\": {\"on\": True, \"brightness_pct\": 40}}).")
        try:
            press = Press.model_validate({"profile": profile, "scene": None if scene is None else dict(scene),
                                          "zones": named, "by": by, "role": role})
        except ValidationError as broken:
            raise Mistake(sentences(broken, Press)) from None
        self._note()
        choice = Choice(press.profile, press.scene, "" if press.scene is None else "By hand")
        until = end if minutes is None else f"minutes:{minutes}"
        return self._ask(lambda: self.virtual.press(choice, named, until, Actor(by, press.role)))

    def nudge(self, zone: str, complaint: str) -> PressShown:
        """A complaint: `too-loud`, `too-bright`, `too-strong`."""
        __tracebackhide__ = True
        self._zones(zone)
        known("complaint", complaint, ("too-loud", "too-bright", "too-strong"), "the panel")
        self._note()
        return self._ask(lambda: self.virtual.planning.nudge(zone, complaint, SOMEBODY))

    def announce(self, announcement: str, zones: str | Iterable[str] | None = None) -> None:
        """Have an announcement of the plan said now: in its own zones, or in these."""
        __tracebackhide__ = True
        known("announcement", announcement, {each.id for each in self.plan.announcements}, self.plan.store.name)
        named = self._zones(zones)
        self._note()
        self._ask(lambda: self.virtual.announcements.announce(announcement, named, SOMEBODY))

    def undo(self) -> None:
        """Take the last press back."""
        __tracebackhide__ = True
        self._note()
        self._ask(lambda: self.virtual.planning.undo(None, SOMEBODY))

    def end_overrides(self, zone: str) -> int:
        """End all that people have chosen in a zone; how many ended."""
        __tracebackhide__ = True
        self._zones(zone)
        self._note()
        return self._ask(lambda: self.virtual.planning.end_overrides(zone, SOMEBODY))

    def stop(self, zones: str | Iterable[str] | None = None, senses: str | Iterable[str] | None = None) -> StopShown:
        """The big red button: everywhere and for light, music and scent unless something is named."""
        __tracebackhide__ = True
        named = self._zones(zones)
        asked = all_known("sense", senses, tuple(sense.value for sense in Sense), "a store")
        self._note()
        stopped = tuple(Sense) if asked is None else tuple(Sense(sense) for sense in asked)
        return self._ask(lambda: self.virtual.stop(named, stopped))

    def resume(self) -> int:
        """End every stop; how many ended."""
        __tracebackhide__ = True
        self._note()
        return self._ask(lambda: self.virtual.planning.resume(None, SOMEBODY))

    def publish(self, **parts: Any) -> None:
        """A new version of the plan: parts, as written in a plan file, in place of what was given. Same devices."""
        __tracebackhide__ = True
        try:
            plan = plan_with(self._document, parts, "publish")
        except ScenarioError as broken:
            raise Mistake(str(broken)) from None
        self._note()
        self._ask(lambda: self.virtual.publish(plan))
        self.plan, self._document = plan, self._document | parts
        self._profiles = {profile.id for profile in plan.profiles}

    # -- what happens to things

    def lose_power(self) -> None:
        """Every device loses its power at once."""
        self.mishap(World.lose_power)

    def power_up(self) -> None:
        """Every device has power again."""
        self.mishap(World.power_up)

    def cut_broker(self, forgetful: bool = False) -> None:
        """The broker is killed; `forgetful`: all that it retained goes with it."""
        self._note()
        self.virtual.cut_broker(forgetful)

    def restore_broker(self) -> None:
        """The broker is back."""
        self._note()
        self.virtual.restore_broker()

    def disturb_line(self, losses: float = 0, repeats: float = 0, swaps: float = 0) -> None:
        """Shares, from 0 to 1, of what arrives at the controller that is lost, comes twice, comes late; 0 mends it."""
        __tracebackhide__ = True
        try:
            line = Line(losses=losses, repeats=repeats, swaps=swaps)
        except ValidationError as broken:
            raise Mistake(sentences(broken, Line)) from None
        self._note()
        over = self.virtual.line
        over.losses, over.repeats, over.swaps = line.losses, line.repeats, line.swaps

    def kill_controller(self) -> None:
        """The controller is gone between two instructions. Raises Mistake where it is gone already."""
        __tracebackhide__ = True
        if not self.virtual.running:
            raise Mistake("The controller is not running, so it cannot be killed; start it first.")
        self._note()
        self.virtual.kill_controller()

    def start_controller(self) -> None:
        """A new controller on the same disk. Raises Mistake where one runs."""
        __tracebackhide__ = True
        if self.virtual.running:
            raise Mistake("The controller is running, and a store has one; kill it first, or restart it.")
        self._note()
        self.virtual.start_controller()

    def restart_controller(self) -> None:
        """Killed, and started again at once."""
        __tracebackhide__ = True
        if self.virtual.running:
            self.kill_controller()
        self.start_controller()

    def mishap(self, verb: Callable[[World], None]) -> None:
        """Anything else that can happen to devices: `store.mishap(lambda world: world.reboot("lamp-3"))`."""
        self._note()
        self.virtual.mishap(verb)

    # -- what is so

    def zone(self, zone: str, at: str | datetime | None = None) -> ZoneSeen:
        """What a zone is to be, now or at any other instant (the past: by the plan and the choices of then)."""
        __tracebackhide__ = True
        return zone_seen(self.explain(zone, at))

    def explain(self, zone: str, at: str | datetime | None = None, without: str | None = None) -> Explained:
        """The full reasons, field by field; `without` a layer, as `campaign:spring`. As `sinne explain` has them."""
        __tracebackhide__ = True
        self._zones(zone)
        when = self.clock.wall if at is None else self.clock.instant(at)
        try:
            return replace(self.virtual.overview.explain(zone, when, without), at=when)
        except SinneError as refusal:
            raise refusal.with_traceback(None) from None

    def wrong(self, but_for: str | Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
        """Devices with power that do not do what plan and people want, each with what differs; none is good."""
        __tracebackhide__ = True
        return self.virtual.wrong(all_known("device", but_for, self.devices, self.plan.store.name) or ())

    @property
    def stopped(self) -> bool:
        """Whether a stop is in force."""
        return bool(self.virtual.overview.stops())

    def journal(self, kind: str = "") -> list[JournalEntry]:
        """What was recorded, of one kind (`override.pressed`) or all of it."""
        return self.virtual.journal(kind)

    def digest(self) -> str:
        """SHA-256 over every message and the journal: the same run gives the same."""
        return self.virtual.digest()

    def expect(self, *, within: str = "5 s", stays: str | None = None, **what: Unpack[Expected]) -> None:
        """Let time pass until all of this is so at one instant; fails if it is not `within` so long, or does not stay.

        `zone` with `profile`, `light`, `music`, `scent`, `held`; `device` with `does`, `stands`; `right`, `stopped`,
        `journal` with `count`, `orders_at_most`; `but_for`: as in scenarios (`docs/scenarios.md`).
        """
        __tracebackhide__ = True
        asked = expectation({"within": within, "stays": stays, **what}, self.plan)
        wrong = asked.missed(self.virtual, self._before)
        if wrong:
            zone = asked.expect.zone
            why = "" if zone is None else str(self.zone(zone))
            raise AssertionError(failure(asked, wrong, self.clock.now, why))

    # -- for the fixtures and for devices

    def truth(self) -> Mapping[str, Mapping[str, object]]:
        """What the hardware of every device does, in the words of its reports."""
        return self.virtual.world.truth()

    def amiss(self, expect: Expect) -> tuple[str, ...]:
        """What is not as expected at this instant, a sentence each."""
        return amiss(self.virtual, expect, self._before)

    def section(self) -> str:
        """What a failed test says of its store: seed, time, how to repeat it, the last entries and messages."""
        return section(self, self._tail)

    def close(self) -> None:
        """The test is over."""
        self.virtual.close()

    def _zones(self, zones: str | Iterable[str] | None) -> tuple[str, ...] | None:
        __tracebackhide__ = True
        return all_known("zone", zones, {zone.id for zone in self.plan.zones}, self.plan.store.name)

    def _ask(self, what: Callable[[], T]) -> T:
        """Let people ask for something. A refusal is told as it is, without its way through the product."""
        __tracebackhide__ = True
        try:
            if not self.virtual.running:
                raise Unavailable(NOBODY)
            return what()
        except SinneError as refusal:
            raise refusal.with_traceback(None) from None

    def _note(self) -> None:
        """Something happens: from here on entries and orders are counted."""
        self._before = since(self.virtual)
