"""Where a fleet runs: the port that ties firmwares to a network and to time.

The same fleet runs over `SwarmHost` (a broker, monotonic time) and `LoopbackHost` (in memory, time as an argument),
so what was seen in virtual time is what happens in real time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from devices.messages import Message

T = TypeVar("T")


class Line(Protocol):
    """One connection of the fleet to the broker."""

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted it."""

    def publish(self, message: Message) -> bool:
        """False when not connected or the window is full; nothing is queued."""

    def lose_power(self) -> None:
        """Vanish without a word, so that the broker publishes the last will."""

    def power_up(self) -> None:
        """Connect, for the first time or again; harmless while connected."""

    def leave(self) -> None:
        """Go in an orderly way."""


class Client(Protocol):
    """What a host needs to know of one connection, and calls on its one thread."""

    id: str
    subscriptions: tuple[str, ...]
    will: Message

    def on_connect(self) -> None:
        """The broker has accepted it."""

    def on_message(self, message: Message) -> None:
        """A message arrived."""


class FirmwareHost(Protocol):
    """Network and time for a fleet. Everything that a fleet does happens on the host's one thread."""

    #: Unix seconds at `now()` = 0, for time stamps.
    wall_zero_s: float

    def now(self) -> float:
        """Seconds on a scale that only grows."""

    def join(self, client: Client) -> Line:
        """A line for `client`; it is connected after `power_up`, and stays so by itself."""

    def wake_at(self, at: float, call: Callable[[], None]) -> None:
        """Call once at `at`, unless this host's driver asks the fleet itself when it is due."""

    def ask(self, call: Callable[[], T]) -> T:
        """Run `call` on the host's thread and return what it returns, or raise what it raises."""

    def start(self) -> None:
        """Begin to connect."""

    def stop(self) -> None:
        """Everyone leaves."""
