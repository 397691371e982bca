"""What an outage of the broker is: of the broker itself, where this command runs it, else for the devices alone."""

from __future__ import annotations

from typing import Protocol

from controller.errors import Unavailable
from devices.broker import BrokerFailed, LocalBroker
from devices.simulator.fleet import Fleet
from profiles.text import t


class BrokerSwitch(Protocol):
    """Takes the broker away and brings it back. `real`: from everybody, the controller too."""

    real: bool
    address: str

    def sentence(self) -> str:
        """What an outage really does."""

    def down(self) -> None:
        """Begin."""

    def up(self) -> None:
        """End. Raises Unavailable."""


class DevicesOutage:
    """Somebody else's broker: the connections of the simulated devices are cut, and none is made until the end."""

    real = False

    def __init__(self, fleet: Fleet, address: str) -> None:
        self._fleet, self.address = fleet, address

    def sentence(self) -> str:
        """The controller keeps its connection."""
        return t("This command does not run the broker. So an outage is for the simulated devices alone: their "
                 "connections are cut and none is made, and the controller keeps its own.")

    def down(self) -> None:
        """Cut them."""
        self._fleet.lose_broker()

    def up(self) -> None:
        """Let them connect."""
        self._fleet.find_broker()


class RealOutage:
    """A broker of this command: it really goes down, for the devices and for the controller."""

    real = True

    def __init__(self, broker: LocalBroker, *, forgets: bool) -> None:
        """`forgets`: it keeps nothing on disk, so that what was retained is gone afterwards."""
        self._broker, self._forgets, self.address = broker, forgets, str(broker.address)

    def sentence(self) -> str:
        """Everybody loses it."""
        words = t("This command runs the broker itself. So an outage takes the real one down, for the devices and for "
                  "the controller.")
        return words + " " + t("The embedded one forgets what it had retained.") if self._forgets else words

    def down(self) -> None:
        """End the broker's process, or its thread."""
        self._broker.stop()

    def up(self) -> None:
        """Start it again. Raises Unavailable with its own last words."""
        try:
            self._broker.start()
        except BrokerFailed as failed:
            raise Unavailable(str(failed)) from failed
