"""What must hold all the time while a story is lived through in virtual time, watched from outside the engine.

Each watch asks the hardware, the plan and the memory, and as little as it can the engine, whose opinion of itself is
what is under test. Watches see each step of the story, look at every instant, and once more when the story is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.hunting.aims import Aims
from controller.hunting.airing import Airing
from controller.hunting.bystander import Bystander
from controller.hunting.watches_journal import ChoicesKept, JournalComplete
from controller.hunting.watches_limits import LimitsHold, ScentsApart
from controller.hunting.watches_orders import NoFlood, OrdersForward, StopsSaid, Wire
from controller.hunting.watches_reasons import ReasonsTrue, ResolvesRightly
from controller.hunting.watches_right import ChoicesFelt, Converged, Rightness, StopWins
from controller.hunting.watches_said import SaidOnce
from controller.scenarios.model import Step
from controller.scenarios.reading import Play
from controller.virtual.store import VirtualStore


@dataclass(frozen=True, slots=True)
class Breach:
    """What did not hold: the rule's short name, when by true time (UTC), and a sentence."""

    rule: str
    at: datetime
    words: str


class Watch(Protocol):
    """One thing that must hold. `rule`: its short name, in words joined by hyphens."""

    rule: str

    def happened(self, step: Step, refused: str) -> None:
        """A step was acted on. `refused`: the words of the refusal; empty where it was not refused."""

    def look(self) -> Iterator[str]:
        """After every instant at which something happened: a sentence for each breach."""

    def ended(self) -> Iterator[str]:
        """Once, when the story is over: a sentence for each breach."""


class Watches:
    """All of them over one store. The first breach is what counts: what follows from it is no news."""

    def __init__(self, store: VirtualStore, play: Play) -> None:
        """Begin to watch a store that has just been started for `play`."""
        self._store, self._here = store, Bystander(store, play)
        wire = Wire(self._here)
        self._airing, self._aims = Airing(self._here, wire), Aims(self._here)
        self._rightness = right = Rightness(self._here, self._aims, self._airing)
        # What is nearest to the cause goes first: the first breach is the one that is told.
        self._watches: tuple[Watch, ...] = (
            ResolvesRightly(self._here), ChoicesKept(self._here), OrdersForward(self._here, wire),
            StopWins(self._here, self._aims, right), ScentsApart(self._here, self._airing),
            LimitsHold(self._here, self._aims), SaidOnce(self._here), ChoicesFelt(right), Converged(right),
            StopsSaid(self._here), JournalComplete(self._here), ReasonsTrue(self._here, self._aims, right),
            NoFlood(self._here, wire))

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of all that is watched, in their order."""
        return tuple(watch.rule for watch in self._watches)

    def happened(self, step: Step, refused: str) -> None:
        """Tell all of them of a step that was acted on. `refused`: as in `Watch`."""
        self._here.happened(step, refused)
        for watch in self._watches:
            watch.happened(step, refused)

    def look(self) -> Breach | None:
        """Ask all of them; the first breach, or None."""
        self._bring_up()
        found = self._first(lambda watch: watch.look())
        self._here.glance()
        return found

    def ended(self) -> Breach | None:
        """Ask all of them for the last time; the first breach, or None."""
        self._bring_up()
        return self._first(lambda watch: watch.ended())

    def _bring_up(self) -> None:
        for follower in (self._here, self._airing, self._aims, self._rightness):
            follower.look()

    def _first(self, ask: Callable[[Watch], Iterator[str]]) -> Breach | None:
        for watch in self._watches:
            for words in ask(watch):
                return Breach(watch.rule, self._store.clock.true_time(), words)
        return None
