# ruff: noqa: ARG002 -- a method of a port need not use every argument
"""A contact: the fire alarm's input. It only reports; its falling back resumes nothing, which is not its business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.simulator.firmware import Inert
from devices.simulator.wire import Json, Refused, switch


@dataclass(frozen=True, slots=True)
class ContactGoal:
    """Whether the contact is active."""

    active: bool


class Contact(Inert):
    """Says `{"active": …}` whenever it changes, and refuses to be told."""

    kind = "contact"
    sense = ""
    ends = float("-inf")

    def __init__(self) -> None:
        self.goal = ContactGoal(False)

    def meta(self) -> Json:
        """One capability."""
        return {"capabilities": ["active"], "levels": {}, "limits": {}, "model": "Contact 1"}

    def default(self) -> ContactGoal:
        """Whatever the wire says: a contact has no setting to lose."""
        return self.goal

    def safe(self) -> ContactGoal:
        """No stop reaches it."""
        return self.goal

    def judge(self, wanted: Mapping[str, object], base: ContactGoal) -> ContactGoal:
        """Raises Refused: nothing can be desired of a contact."""
        raise Refused("A contact only reports; nothing can be asked of it.")

    def go(self, goal: ContactGoal, fade_s: float, now: float) -> None:
        """It goes nowhere."""

    def state(self, now: float) -> Json:
        """Whether it is active."""
        return {"active": self.goal.active}

    def target(self) -> Json:
        """The same."""
        return {"active": self.goal.active}

    def touch(self, change: Mapping[str, object], now: float) -> ContactGoal:
        """The alarm goes off (`active`: true) or falls back."""
        active = switch(change, "active")
        if active is not None:
            self.goal = ContactGoal(active)
        return self.goal
