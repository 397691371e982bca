"""Who acts when the owner of a data folder uses a command on this machine."""

from __future__ import annotations

from controller.ports import Actor
from controller.store.intake import Happening
from controller.store.sight import EngineSight
from profiles.limits import Person

#: Who can read the data folder could read the database as well, so nothing is gained by asking for a password.
LOCAL = Actor("the owner of this machine", Person.ADMINISTRATOR)

#: The label of the token that a running store draws for the commands of its owner.
LOCAL_TOKEN = "local-commands"  # noqa: S105 - the label, not the secret


class Asleep:
    """The engine of a store that does not run: there is nobody to tell. For changes to what it remembers."""

    revision = 0

    def sight(self) -> EngineSight:
        """There is nothing to see; what only remembers never asks."""
        raise NotImplementedError("the store does not run")

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:  # noqa: ARG002 - the port's signature
        """It will find out when it starts."""
        return True

    def wait_for_news(self, after: int, timeout_s: float) -> int:  # noqa: ARG002 - the port's signature
        """There is no news."""
        return after
