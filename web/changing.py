"""What a server has to know of what it serves: a store's panel, HQ's, and the living store of a tester alike."""

from __future__ import annotations

from typing import Protocol


class Changing(Protocol):
    """What event streams tell of: something that counts its revisions (`controller.desk.Overview` does)."""

    def changes(self, after: int, timeout_s: float) -> int:
        """Wait until something shown has changed since revision `after`; the newest revision (maybe the same)."""


class Served(Protocol):
    """The services behind an application."""

    @property
    def secure(self) -> bool:
        """Whether they are meant to be served over TLS."""

    @property
    def overview(self) -> Changing | None:
        """What the event streams tell of; None where the pages ask by themselves, as HQ's do."""
