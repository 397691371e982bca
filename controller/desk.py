"""The two doors to the engine for the panel, the API and the commands: change (`Planning`), look (`Overview`).

Protocols, so that HQ can run the panel apart from the engine, and so that the web floor is tested with a fake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.health import HealthShown
from controller.ports import Actor, PlanVersion
from controller.shapes import (
    DeviceShown,
    EndShown,
    Explained,
    MoodShown,
    PressShown,
    SegmentShown,
    StopShown,
    StoreShown,
    ZoneShown,
)
from profiles.scene import Scene, Sense


@dataclass(frozen=True, slots=True)
class Choice:
    """What is pressed: a profile of the plan, or a scene of one's own (API), under `name`. One of the two."""

    profile: str | None = None
    scene: Scene | None = None
    name: str = ""


class Planning(Protocol):
    """Changes. Each asks for the actor's role, commits before it returns, and raises `controller.errors` otherwise."""

    def press(self, zones: tuple[str, ...] | None, choice: Choice, end: str, actor: Actor) -> PressShown:
        """Override zones (None: the whole store).

        `end`: `minutes:N`, `next-change`, `closing`, `time:HH:MM` or an instant (RFC 3339).
        """

    def nudge(self, zone: str, complaint: str, actor: Actor) -> PressShown:
        """`too-loud`, `too-bright`, `too-strong`: a small step down as an absolute override of one field; recorded."""

    def undo(self, press: str | None, actor: Actor) -> PressShown:
        """Take back a press; None: the actor's last that is still alive. Raises NotFound where there is none."""

    def end_overrides(self, zone: str, actor: Actor) -> int:
        """End all overrides of a zone; returns how many ended."""

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], reason: str, actor: Actor) -> StopShown:
        """Stop at once. Any member of staff may."""

    def resume(self, stops: tuple[str, ...] | None, actor: Actor) -> int:
        """End stops (None: all); returns how many ended."""

    def publish(self, document: object, note: str, actor: Actor, seen: int | None = None) -> PlanVersion:
        """Publish the local part of a plan given as parsed JSON. Refused with every error of `check`.

        `seen`: the version that the author started from; Conflict if it is no longer in force.
        """

    def identify(self, device: str, actor: Actor) -> None:
        """Make a device show itself."""


class Overview(Protocol):
    """The read side. Never waits for a device or a broker."""

    def store(self) -> StoreShown:
        """The head of every page."""

    def zones(self) -> list[ZoneShown]:
        """Every zone, in the order of the plan."""

    def zone(self, zone: str) -> ZoneShown:
        """One zone. Raises NotFound."""

    def moods(self, zone: str, actor: Actor) -> list[MoodShown]:
        """What this person may press in this zone."""

    def ends(self, zone: str, actor: Actor) -> list[EndShown]:
        """How long a press may last here and now."""

    def devices(self) -> list[DeviceShown]:
        """Every device of the plan, then those seen on the wire that are not in it."""

    def stops(self) -> list[StopShown]:
        """Stops in force."""

    def presses(self) -> list[PressShown]:
        """Presses that are alive, newest first."""

    def timeline(self, start: datetime, end: datetime, zone: str | None = None) -> list[SegmentShown]:
        """What each zone was, is or will be in [start, end): at most 35 days, or 13 months of one zone."""

    def explain(
        self, zone: str, at: datetime, without: str | None = None, sense: Sense | None = None
    ) -> Explained:
        """Why a zone is as it was, is or will be at an instant; for the past, what was recorded as well.

        `without`: a layer (`campaign:spring`, a `LayerShown.key`): what it would be without that one. `sense`: only
        the fields of one. Raises NotFound, Refused.
        """

    def gaps(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Stretches of [start, end), up to now, of which nothing is known: the store was not running."""

    def plan(self) -> PlanVersion | None:
        """The plan in force."""

    def health(self) -> HealthShown:
        """For a supervisor and for metrics."""

    def changes(self, after: int, timeout_s: float) -> int:
        """Wait until something shown has changed since revision `after`; the newest revision (maybe the same)."""

    def stream(self, after: int) -> Iterator[int]:
        """Revisions as they come, at most five a second, until closed."""
