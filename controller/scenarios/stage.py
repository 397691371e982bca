"""The stage: what a scenario needs of the store that plays it, whether its time is virtual or real.

Scenarios own this port. Verbs are what happens to things and what people do; questions are what can be seen of the
store from outside; and time passes in `instants`. `staged` puts a `VirtualStore` on a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from controller.desk import Choice
from controller.ports import Actor, JournalEntry
from controller.shapes import Standing
from profiles.plan import Plan
from profiles.scene import Sense

#: What people hear while the controller is dead.
NOBODY = "The controller is not running, so nobody is there to be asked for anything."


class Things(Protocol):
    """The devices, and what can happen to each: by its id."""

    def unplug(self, device: str) -> None:
        """It loses its power."""

    def plug_in(self, device: str) -> None:
        """It has power again."""

    def freeze(self, device: str) -> None:
        """It hangs with its connection open."""

    def thaw(self, device: str) -> None:
        """It goes on."""

    def reboot(self, device: str) -> None:
        """It restarts with factory settings."""

    def lie(self, device: str, lying: bool) -> None:
        """It says yes and does nothing, or is honest again."""

    def touch(self, device: str, change: Mapping[str, object]) -> None:
        """A hand on the device itself. Raises ValueError."""

    def fill(self, device: str, ml: float) -> None:
        """A cartridge with so much in it."""

    def drift(self, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> None:
        """Its hardware departs from what it was told, and it reports that or not. Raises ValueError."""

    def babble(self, device: str, babbling: bool) -> None:
        """It says nonsense instead of every report, or makes sense again."""

    def slow_down(self, device: str, low_s: float, high_s: float) -> None:
        """It answers so late from now on."""


@dataclass(frozen=True, slots=True)
class Stood:
    """How a device stands for the controller. `by_hand`: somebody changed it, and the store lets it be."""

    standing: Standing
    online: bool | None
    alarm: bool
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Unfair:
    """Chances, from 0 to 1, that what arrives at the controller is lost, comes twice, or comes late."""

    losses: float = 0.0
    repeats: float = 0.0
    swaps: float = 0.0


class Stage(Protocol):
    """A store that plays a scenario.

    `grace_s`: what a real machine is given on top of the time in which something has to be so; 0 in virtual time.
    Verbs of people raise `controller.errors`.
    """

    grace_s: float

    # -- what happens to things

    def mishap(self, verb: Callable[[Things], None]) -> None:
        """Something happens to the devices."""

    def cut_broker(self, forgetful: bool) -> None:
        """The broker goes down; `forgetful`: with everything that is retained."""

    def restore_broker(self) -> None:
        """The broker is back, and so is everyone who has power."""

    def disturb(self, unfair: Unfair) -> None:
        """What becomes of messages on their way to the controller from now on."""

    def set_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock of the store."""

    def start_controller(self) -> None:
        """The controller is started on what the one before remembered."""

    def kill_controller(self) -> None:
        """The controller is gone between two instructions."""

    # -- what people do

    def press(self, choice: Choice, zones: tuple[str, ...] | None, end: str, by: Actor) -> None:
        """Press; None: the whole store."""

    def nudge(self, zone: str, complaint: str, by: Actor) -> None:
        """A complaint."""

    def announce(self, announcement: str, zones: Sequence[str] | None, by: Actor) -> None:
        """Have it said, in its own zones or in these."""

    def undo(self, by: Actor) -> None:
        """Take the last press back."""

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], by: Actor) -> None:
        """The big red button."""

    def resume(self, by: Actor) -> None:
        """End every stop."""

    def publish(self, plan: Plan, by: Actor) -> None:
        """A new version of the plan."""

    # -- what is so

    def plan(self) -> Plan:
        """The plan in force."""

    def truth(self) -> Mapping[str, dict[str, object]]:
        """What the hardware of every device does now, in the words of its reports."""

    def wrong(self, but_for: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
        """Devices that do not do what plan and choices say, each with what differs (as `VirtualStore.wrong`)."""

    def mood(self, zone: str) -> str:
        """The zone's mood as the panel names it."""

    def stood(self, device: str) -> Stood:
        """How a device stands for the controller."""

    def held(self, zone: str) -> frozenset[Sense]:
        """Senses that are held back in the zone."""

    def stopped_by(self) -> tuple[str, ...]:
        """Who pressed the stops that are in force."""

    def entries(self) -> int:
        """How far the journal has come."""

    def recorded(self, after: int = 0) -> list[JournalEntry]:
        """What the journal says after entry `after`."""

    def orders(self) -> Mapping[str, int]:
        """How many messages the controller has published, by topic."""

    def digest(self) -> str:
        """The same run gives the same; empty where no two runs are."""

    # -- time

    def true_time(self) -> datetime:
        """The time as it would be if nobody had set the clock."""

    def monotonic(self) -> float:
        """Seconds that never step."""

    def settle(self) -> None:
        """Let arrive what is under way since something last happened."""

    def instants(self, seconds: float) -> Iterator[None]:
        """Let so many seconds pass, and stop by wherever something may have happened, and at the end."""
