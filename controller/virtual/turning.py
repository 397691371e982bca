"""The engine as the use cases see it (`controller.turning.Turning`), on one thread: what is told is dealt with here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from controller.store.intake import Happening
from controller.store.sight import EngineSight
from controller.virtual.engine import VirtualEngine


class VirtualTurning:
    """Tells the engine and lets the store settle. `engine`: the one that runs at that moment."""

    def __init__(
        self, engine: Callable[[], VirtualEngine], settle: Callable[[], None],
        instants: Callable[[float], Iterable[None]],
    ) -> None:
        """Over whichever engine runs. `instants`: let so many seconds pass, stopping by where something happened."""
        self._engine, self._settle, self._instants = engine, settle, instants

    @property
    def revision(self) -> int:
        """Rises whenever something that is shown has changed."""
        return self._engine().revision

    def sight(self) -> EngineSight:
        """Everything that can be shown, at this moment."""
        return self._engine().sight()

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        """Announce; it has been dealt with when this returns."""
        del timeout_s
        self._engine().intake.put(happening)
        self._settle()
        return True

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        """Let time pass until there is news, at most `timeout_s`; the newest revision."""
        if self.revision <= after:
            for _ in self._instants(timeout_s):
                if self.revision > after:
                    break
        return self.revision
