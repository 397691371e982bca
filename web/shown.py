"""The answers of the API that are not a shape of the controller by themselves: lists in an object, counts, problems.

A list is never answered bare, so that something can be added beside it later. `web/openapi.py` documents these very
types.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from controller.doors import AnnouncementShown, CueShown, QuietHourShown
from controller.shapes import DeviceShown, EndShown, MoodShown, PressShown, SegmentShown, StopShown, ZoneShown


@dataclass(frozen=True, slots=True)
class Zones:
    """Every zone. What is shown is of `revision` or newer."""

    revision: int
    zones: list[ZoneShown]


@dataclass(frozen=True, slots=True)
class Moods:
    """What may be pressed."""

    moods: list[MoodShown]


@dataclass(frozen=True, slots=True)
class Ends:
    """How long a press may last."""

    ends: list[EndShown]


@dataclass(frozen=True, slots=True)
class Devices:
    """Every device."""

    devices: list[DeviceShown]


@dataclass(frozen=True, slots=True)
class Stops:
    """Stops in force; none when nothing is stopped."""

    stops: list[StopShown]


@dataclass(frozen=True, slots=True)
class Presses:
    """Presses that can be taken back, newest first."""

    presses: list[PressShown]


@dataclass(frozen=True, slots=True)
class Segments:
    """The timeline in [start, end)."""

    start: datetime
    end: datetime
    segments: list[SegmentShown]


@dataclass(frozen=True, slots=True)
class Ended:
    """How many ended."""

    ended: int


@dataclass(frozen=True, slots=True)
class Announced:
    """Every announcement of the plan."""

    announcements: list[AnnouncementShown]


@dataclass(frozen=True, slots=True)
class Left:
    """The store belongs to nobody any more."""

    left: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The device that was asked to show itself. It does not answer."""

    asked: str


@dataclass(frozen=True, slots=True)
class Published:
    """The version of the plan that is in force now."""

    version: int
    digest: str
    author: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CueDay:
    """The cues of a day of the store, by their time. `open`: how many of today's wait for somebody now.

    `next_change`: when one of today's stands differently by itself; null for another day.
    """

    day: date
    open: int
    next_change: datetime | None
    cues: list[CueShown]


@dataclass(frozen=True, slots=True)
class PlanVersions:
    """Versions of the plan, newest first."""

    versions: list[Published]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One window of a time expression, [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class WhenShown:
    """A time expression in words by language, with its next occurrences; or a problem and its column, from 1."""

    text: str
    words: dict[str, str]
    occurrences: list[Occurrence]
    problem: str | None
    column: int | None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The quiet hours that customers are told of."""

    quiet_hours: list[QuietHourShown]


@dataclass(frozen=True, slots=True)
class TakenShown:
    """What an imported calendar changed, in words. `version`: of the plan that has it; null: nothing changed."""

    version: int | None
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemShown:
    """What is wrong, in one sentence for people, and the field that it is about, if it is about one."""

    sentence: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Problems:
    """Every answer from 400 up."""

    error: ProblemShown
