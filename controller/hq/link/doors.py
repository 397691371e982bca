"""What people see of a store's belonging to HQ, and what they do about it: the door for panel, API and commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.ports import Actor


@dataclass(frozen=True, slots=True)
class BelongingShown:
    """To whom a store belongs. `sentence` is for the people of the shop, and alarms nobody: a store runs without HQ.

    `connected`, `since`: since when it is, or is not; None where nobody knows. `grant`: whose rights HQ has here.
    `refused`: what of HQ's is not in force here and why, each a sentence. `attention`: whether somebody at HQ should
    look.
    """

    organisation: str
    broker: str
    grant: str
    connected: bool
    since: datetime | None
    sentence: str
    refused: tuple[str, ...] = ()
    attention: bool = False


class Belonging(Protocol):
    """To whom the store belongs. Every change takes an administrator."""

    def shown(self) -> BelongingShown | None:
        """None where the store belongs to nobody. Never raises."""

    def enrol(self, bundle: object, grant: str | None, actor: Actor) -> BelongingShown:
        """Belong to the HQ of a bundle, given as parsed JSON, at once. `grant`: viewer, staff or manager; None: as it
        was where the store belongs to this HQ already, else staff.

        Raises Refused, Forbidden, Unavailable.
        """

    def leave(self, actor: Actor) -> None:
        """Belong to nobody; what came from HQ goes, and the store's own part stays.

        Raises NotFound, Forbidden, Unavailable.
        """

    def grant(self, grant: str, actor: Actor) -> BelongingShown:
        """Let HQ do what this role may. Raises NotFound, Refused, Forbidden, Unavailable."""
