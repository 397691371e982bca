# ruff: noqa: ARG002 -- a method of a port need not use every argument
"""The two ports of the simulator: a firmware (what speaks on one connection) and a body (the hardware under it).

Both are pure state machines without a clock: `now` is an argument in seconds on any scale that only grows, so the
same code runs in real time against a broker and in virtual time, a year in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from devices.messages import Message
from devices.simulator.wire import Json

G = TypeVar("G")


class Firmware(Protocol):
    """The device side of one connection: a native device, or a bridge with all of its lamps.

    `id` names the connection, `devices` the devices behind it; a native device is its own only one. Every method
    that returns messages returns what is to be published now. A bad payload never raises.
    """

    id: str
    devices: tuple[str, ...]
    subscriptions: tuple[str, ...]
    will: Message

    def power_up(self, now: float, device: str) -> list[Message]:
        """Boot with what was in flash. `device` is `id` for the whole, or one of the devices behind a bridge."""

    def lose_power(self, now: float, device: str) -> list[Message]:
        """The power of `device` is gone. The connection's own device says nothing: its last will does."""

    def greet(self, now: float) -> list[Message]:
        """What it says whenever the broker has accepted it."""

    def receive(self, now: float, message: Message) -> list[Message]:
        """Hear one message on a subscription."""

    def due(self) -> float | None:
        """The next instant at which something happens by itself: a fade's step or end, a heartbeat. None: never."""

    def tick(self, now: float) -> list[Message]:
        """Let happen what is due at `now`. Nothing due is nothing done."""

    def truth(self, now: float, device: str) -> Json:
        """What the hardware of `device` really does, in the words of `contract.md`."""

    def touch(self, now: float, device: str, change: Mapping[str, object]) -> list[Message]:
        """A hand on the device itself (a wall switch, a fresh cartridge, a fire contact). Raises Refused."""

    def reboot_to_defaults(self, now: float, device: str) -> list[Message]:
        """Restart with factory settings, as after a bad supply; versions stay known, so only a new one helps."""

    def lie(self, device: str, lying: bool) -> None:
        """From now on acknowledge everything and do nothing, or be honest again."""

    def drift(self, now: float, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> list[Message]:
        """The hardware goes where nobody sent it, in `over_s` seconds, and reports it or not. Raises Refused.

        The next order that it obeys, a hand, a restart or `settle` ends it.
        """

    def settle(self, now: float, device: str) -> list[Message]:
        """Hardware that had drifted is at once again where it says it is."""

    def mischief(self, device: str) -> tuple[str, ...]:
        """What lasts of what a tester has done to it: unplugged, lying, drifting."""

    def report_topics(self, device: str) -> tuple[str, ...]:
        """The topics on which `device` says how it is; all of them for a bridge."""


class Body(Protocol[G]):
    """Hardware under the native firmware: what it can do, where it is, where it goes. `G` is its kind of goal."""

    kind: str
    #: The sense that a stop must name to reach it; empty where no stop does.
    sense: str

    @property
    def goal(self) -> G:
        """Where it is going, in device units."""

    @property
    def ends(self) -> float:
        """The instant at which it arrives, or has."""

    def meta(self) -> Json:
        """Its part of the `meta` document."""

    def judge(self, wanted: Mapping[str, object], base: G) -> G:
        """The goal that `wanted` means, in device units; keys left out as in `base`. Raises Refused."""

    def default(self) -> G:
        """Factory settings."""

    def safe(self) -> G:
        """Where a stop sends it."""

    def go(self, goal: G, fade_s: float, now: float) -> None:
        """Set out for `goal`."""

    def state(self, now: float) -> Json:
        """Where it is, in the words of `contract.md`."""

    def target(self) -> Json:
        """Where it is going, in the same words."""

    def due(self) -> float | None:
        """When its next own event comes (a new title, an empty cartridge)."""

    def happen(self, now: float) -> bool:
        """Let own events due by `now` happen; True if there is something to report."""

    def fault(self) -> str | None:
        """Why it cannot do what its goal says, in one sentence."""

    def act(self, op: str, now: float) -> bool:
        """A momentary action; True if there is something to report."""

    def announce(self, command: Mapping[str, object], now: float) -> bool:
        """Say what a command names over the music; True if there is something to report. Raises Refused."""

    def hush(self) -> None:
        """Fall silent: nothing is said to its end."""

    def touch(self, change: Mapping[str, object], now: float) -> G:
        """A hand on it: the goal that follows. Raises Refused."""

    def cut(self, now: float) -> None:
        """The power goes."""

    def restore(self, now: float) -> None:
        """The power is back; it stands at once where it was going."""


class Inert:
    """What most bodies have in common: no events of their own, no faults, no momentary actions."""

    def due(self) -> float | None:
        """Nothing comes by itself."""
        return None

    def happen(self, now: float) -> bool:
        """Nothing happens."""
        return False

    def fault(self) -> str | None:
        """Nothing is wrong."""
        return None

    def act(self, op: str, now: float) -> bool:
        """Nothing is done."""
        return False

    def announce(self, command: Mapping[str, object], now: float) -> bool:
        """It does not speak."""
        return False

    def hush(self) -> None:
        """It says nothing anyway."""

    def cut(self, now: float) -> None:
        """What matters stays in flash."""

    def restore(self, now: float) -> None:
        """It is where it was."""
