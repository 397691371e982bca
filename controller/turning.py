"""What the use cases need of the engine: see it, tell it, wait for its news. `controller.store.engine.Engine` has it.

A protocol of its own, beside the two doors and not in them, because it speaks of devices and the web floor must not.
"""

from __future__ import annotations

from typing import Protocol

from controller.store.intake import Happening
from controller.store.sight import EngineSight


class Turning(Protocol):
    """An engine that turns."""

    @property
    def revision(self) -> int:
        """Rises whenever something that is shown has changed."""

    def sight(self) -> EngineSight:
        """Everything that can be shown, at this moment."""

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        """Announce, and wait until it has been dealt with; False when that took longer than `timeout_s`."""

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        """Wait until the revision is past `after`, at most `timeout_s`; the newest revision."""
