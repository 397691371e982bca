"""What the engine knows of one device: what it should be, what was sent, what came back. Changed by the engine only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from devices.device import Device
from devices.dialects.base import Dialect, Order, Reported, State
from devices.state import MergedReport, merge

#: A device that missed three heartbeats is out of reach (`semantics.md`, rule 19).
MISSED_HEARTBEATS = 3


@dataclass(slots=True)
class Track:
    """One device. Instants named `_at` are in steady seconds, `_when` in wall time."""

    device: Device
    dialect: Dialect
    #: What it should be, quantised; None while nothing is wished of it.
    wanted: State | None = None
    fade_s: float = 0.0
    because: str = ""
    #: Until when a ramp that was ordered is under way: recovery then takes what is left of it.
    ramp_end: float = 0.0
    order: Order | None = None
    sent_at: float = 0.0
    sent_when: datetime | None = None
    #: Orders sent for the same wish without success, and when the first of them was.
    tries: int = 0
    unmet_since: float | None = None
    asked_at: float | None = None
    asks: int = 0
    merged: MergedReport = field(default_factory=MergedReport)
    stamp: tuple[int, int] | None = None
    answer: str = ""
    error: str = ""
    #: What the device said of itself, and what its bridge said of itself: it is in reach while neither says no.
    own_word: bool | None = None
    bridge_word: bool | None = None
    heard_at: float | None = None
    heard_when: datetime | None = None
    #: When the last report with any state in it came, retained ones aside.
    reported_at: float | None = None
    reported_when: datetime | None = None
    converged: bool = False
    #: Whether somebody's own change at the device is left alone, and until when.
    yielding_until: datetime | None = None
    model: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    #: The steady instant at which the engine will look again, None: only when something happens.
    due: float | None = None

    def wish(self, wanted: State | None, fade_s: float, because: str) -> bool:
        """Set what it should be; returns whether that is something new."""
        self.because = because
        if wanted == self.wanted:
            return False
        self.wanted, self.fade_s = wanted, fade_s
        self.tries, self.unmet_since, self.converged = 0, None, False
        return True

    def sent(self, order: Order, at: float, when: datetime) -> None:
        """An order has been handed to the broker."""
        fresh = self.order is None or order.state != self.order.state or order.zones != self.order.zones
        self.order, self.sent_at, self.sent_when = order, at, when
        self.tries = 1 if fresh else self.tries + 1
        self.unmet_since = at if self.unmet_since is None else self.unmet_since
        self.ramp_end = max(self.ramp_end, at + order.fade_s) if not fresh else at + order.fade_s
        self.asked_at, self.asks, self.answer, self.error = None, 0, "", ""
        self.converged = False

    def take(self, report: Reported, at: float, when: datetime) -> None:
        """A report has arrived. A retained one is the last known: it fills gaps and does not count as heard."""
        self.merged = merge(self.merged, report, when)
        if report.epoch is not None and report.rev is not None:
            self.stamp = (report.epoch, report.rev)
        if report.answer:
            self.answer = report.answer
        self.error = report.error or ""
        self.extra.update(report.extra)
        if report.fresh:
            self.reported_at, self.reported_when = at, when
            self.heard(at, when)

    def heard(self, at: float, when: datetime) -> None:
        """The device gave a sign of life."""
        self.heard_at, self.heard_when = at, when
        self.own_word = True
        if self.bridge_word is False:
            self.bridge_word = None

    @property
    def online(self) -> bool | None:
        """Whether it is there, by its own and its bridge's word; None while neither has spoken."""
        if self.own_word is False or self.bridge_word is False:
            return False
        return True if self.own_word or self.bridge_word else None

    def lost_at(self) -> float | None:
        """The steady instant at which silence means out of reach; None where that is not known yet."""
        return None if self.heard_at is None else self.heard_at + MISSED_HEARTBEATS * self.device.heartbeat_s

    def accepted(self) -> bool:
        """Whether the device says that it has taken the last order, where its dialect can say so."""
        return self.order is not None and self.stamp is not None and self.stamp >= (self.order.epoch, self.order.rev)
