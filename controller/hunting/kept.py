"""Whether all rules are kept so far: the watches over one store, and the first breach, which is the one that counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from controller.hunting.watching import Breach, Watches
from controller.scenarios.model import Step
from controller.scenarios.reading import Play
from controller.virtual.store import VirtualStore

#: The rule that is broken when the product itself breaks down.
NOTHING_RAISES = "nothing-raises"


class Kept:
    """Asks the watches until the first breach; from then on there is nothing to ask."""

    def __init__(self, store: VirtualStore, play: Play) -> None:
        """Begin to watch a store that has just been started for `play`."""
        self._watches = Watches(store, play)
        self._now: Callable[[], datetime] = store.clock.true_time
        self.breach: Breach | None = None

    def happened(self, step: Step, refused: str) -> None:
        """A step was acted on; `refused`: in which words it was refused, if it was."""
        if self.breach is None:
            self._watches.happened(step, refused)
            self.look()

    def look(self) -> bool:
        """After every instant at which something happened: whether the rules are still kept."""
        if self.breach is None:
            self.breach = self._watches.look()
        return self.breach is None

    def ended(self) -> Breach | None:
        """The story is over: the first breach there was, if any."""
        if self.breach is None:
            self.breach = self._watches.ended()
        return self.breach

    def raised(self, error: Exception) -> None:
        """The product broke down."""
        if self.breach is None:
            words = " ".join(str(error).split())[:300]
            self.breach = Breach(NOTHING_RAISES, self._now(), f"{type(error).__name__}: {words}")
