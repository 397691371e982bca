"""What the engine shows of itself: values copied under its lock, from which `overview` makes what people see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from controller.ports import PlanVersion
from controller.store.holds import Hold
from devices.device import Device
from devices.dialects.base import State, StateValue
from profiles.plan import Live
from profiles.resolve import Resolution
from profiles.scene import Field, Setting

#: No cartridge holds more, in ml.
MOST_ML = 10_000


@dataclass(frozen=True, slots=True)
class DeviceSight:
    """One device: what it should be (quantised), what it said, and how the two stand to each other.

    `converged`: in reach, and its last settled report is `wanted` within tolerance. `heard`, `reported_at`,
    `sent_at`: wall times. `alarm`: it has not done what it was told for a minute, or refuses. `trouble`: one sentence.
    """

    device: Device
    wanted: State | None
    reported: State
    settled: bool
    converged: bool
    online: bool | None
    heard: datetime | None
    reported_at: datetime | None
    sent_at: datetime | None
    tries: int
    differs: tuple[str, ...]
    alarm: bool
    trouble: str
    assumed: bool
    yielding_until: datetime | None
    model: str
    extra: Mapping[str, StateValue]

    @property
    def ml_left(self) -> float | None:
        """What is left in a cartridge, as the device last said; None where it has not, or nothing that can be."""
        ml = self.extra.get("ml_left")
        return float(ml) if isinstance(ml, int | float) and not isinstance(ml, bool) and 0 <= ml <= MOST_ML else None


@dataclass(frozen=True, slots=True)
class ZoneSight:
    """One zone: what is wished, what is held back, and what is desired: wished less holds. `quiet`: the quiet hours
    that hold.
    """

    resolution: Resolution
    holds: tuple[Hold, ...]
    desired: Mapping[Field, Setting]
    quiet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastSaid:
    """What became of an announcement last. `reason`: why it was left out, empty where it was said. `by`: a person."""

    at: datetime
    reason: str
    by: str | None


@dataclass(frozen=True, slots=True)
class QuietSight:
    """How well a quiet hour is kept in one zone, so far. Seconds of what is measured, from the end of its ramp on."""

    quiet: str
    zone: str
    start: datetime
    end: datetime
    kept_s: float
    broken_s: float
    stopped_s: float


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals since the start."""

    orders: int = 0
    reports: int = 0
    malformed: int = 0
    retries: int = 0
    messages_lost: int = 0


@dataclass(frozen=True, slots=True)
class EngineSight:
    """The whole engine at one moment. `unknown`: devices seen on the wire that are not in the plan.

    `unsaved_stops`: ids of those in force that the disk has not taken yet. `announced`: by announcement. `quiet`: the
    quiet hours that hold, by zone.
    """

    at: datetime
    revision: int
    plan: PlanVersion | None
    live: Live
    zones: Mapping[str, ZoneSight]
    devices: Mapping[str, DeviceSight]
    unknown: Mapping[str, datetime]
    connected: bool
    protocol: str
    broker_words: str
    time_trusted: bool
    epoch: int
    turned_s_ago: float
    uptime_s: float
    counters: Counters
    troubles: tuple[str, ...] = field(default=())
    unsaved_stops: tuple[str, ...] = ()
    announced: Mapping[str, LastSaid] = field(default_factory=dict)
    quiet: tuple[QuietSight, ...] = ()
