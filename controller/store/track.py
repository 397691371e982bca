"""What the engine knows of one device: what it should be, what was sent, what came back. Changed by the engine only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

from controller.ports import LocalChange
from devices.device import Device
from devices.dialects.base import Dialect, Order, Reported, State
from devices.state import MergedReport, merge

#: A device that missed three heartbeats is out of reach (`semantics.md`, rule 19).
MISSED_HEARTBEATS = 3
#: After so long without success, people are told.
ALARM_S = 60.0
#: Words of a device that will not do what it was told.
REFUSALS = frozenset({"rejected", "failed"})
#: Other things that a device says of itself (title, ml left): more than this of them are nobody's business.
_MOST_EXTRAS = 32


@dataclass(slots=True, eq=False)
class Track:
    """One device. Instants named `_at` are in steady seconds, `_when` in wall time."""

    device: Device
    dialect: Dialect
    #: What it should be, quantised; None while nothing is wished of it.
    wanted: State | None = None
    fade_s: float = 0.0
    because: str = ""
    #: Until when the fade is to last, had the order been sent as soon as it was wished.
    wish_over: float = 0.0
    #: Whether a stop in any of its zones is what it should be.
    stopped: bool = False
    #: Until when a ramp that was ordered is under way: recovery then takes what is left of it.
    ramp_end: float = 0.0
    order: Order | None = None
    sent_at: float = 0.0
    sent_when: datetime | None = None
    #: Orders sent for the same wish without success, and since when it has not been met.
    tries: int = 0
    unmet_since: float | None = None
    asked_at: float | None = None
    asks: int = 0
    merged: MergedReport = field(default_factory=MergedReport)
    stamp: tuple[int, int] | None = None
    #: When it said that it took the last order, and since when it says that it is under way.
    accepted_at: float | None = None
    unsettled_at: float | None = None
    answer: str = ""
    #: Whether it has said of this wish that it will not or cannot.
    refused: bool = False
    error: str = ""
    #: What the device said of itself, and what its bridge said of itself: it is in reach while neither says no.
    own_word: bool | None = None
    bridge_word: bool | None = None
    heard_at: float | None = None
    heard_when: datetime | None = None
    #: In virtual time a healthy device's heartbeat is no message: until when it beats (`semantics.md`, rule 16).
    beats_until: float = 0.0
    #: When the last report with any state in it came, retained ones aside.
    reported_at: float | None = None
    reported_when: datetime | None = None
    converged: bool = False
    #: How often within a minute it left what it had reached, and when last.
    drifts: int = 0
    drifted_at: float = 0.0
    #: Somebody's own change at the device, which is left alone.
    local: LocalChange | None = None
    model: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    #: The steady instant at which the engine will look again, None: only when something happens.
    due: float | None = None
    #: As last told to people: whether it was in reach (None: never heard), and whether it was an alarm.
    told_reach: bool | None = None
    told_alarm: bool = False

    @property
    def yielding_until(self) -> datetime | None:
        """Until when somebody's own change at the device is left alone."""
        return None if self.local is None else self.local.until

    def wish(self, wanted: State | None, fade_s: float, because: str) -> bool:
        """Set what it should be; returns whether that is something new."""
        self.because = because
        if wanted == self.wanted:
            return False
        self.wanted, self.fade_s = wanted, fade_s
        self.tries, self.unmet_since, self.drifts = 0, None, 0
        self.converged = self.refused = False
        return True

    def sent(self, order: Order, at: float, when: datetime) -> None:
        """An order has been handed to the broker."""
        fresh = self.order is None or order.state != self.order.state or order.zones != self.order.zones
        again = order is self.order  # said again for want of an answer: it is to be over no later than it was before
        self.order, self.sent_at, self.sent_when = order, at, when
        self.tries = 1 if fresh else self.tries + 1
        self.unmet_since = at if self.unmet_since is None else self.unmet_since
        if not again:
            self.ramp_end = at + order.fade_s if fresh else max(self.ramp_end, at + order.fade_s)
        self.asked_at, self.asks, self.answer, self.error = None, 0, "", ""
        self.accepted_at = self.unsettled_at = None
        self.converged = False

    def take(self, report: Reported, at: float, when: datetime) -> None:
        """A report has arrived. A retained one is the last known: it fills gaps and does not count as heard."""
        self.merged = merge(self.merged, report, when)
        if report.epoch is not None and report.rev is not None:
            self.stamp = (report.epoch, report.rev)
            if self.accepted_at is None and self.accepted():
                self.accepted_at = at
        if report.answer:
            self.answer = report.answer
            if report.answer in REFUSALS:
                self.refused, self.converged = True, False
        if report.settled:
            self.unsettled_at = None
        elif self.unsettled_at is None:
            self.unsettled_at = at
        if report.fresh:
            if self.error and not report.error:
                self.back(at)
            self.reported_at, self.reported_when = at, when
            self.heard(at, when)
        self.error = report.error or ""
        if report.extra:
            self.extra.update(report.extra)
            if len(self.extra) > _MOST_EXTRAS:
                self.extra = dict(report.extra)

    def heard(self, at: float, when: datetime) -> None:
        """The device gave a sign of life."""
        if self.own_word is not True or self.silent(at):
            self.back(at)
        self.heard_at, self.heard_when = at, when
        self.own_word = True
        if self.bridge_word is False:
            self.bridge_word = None

    def back(self, at: float) -> None:
        """It can be reached again: what it did not do while it was away says nothing of it now."""
        self.tries = min(self.tries, 1)
        if self.unmet_since is not None:
            self.unmet_since = at

    def doubt(self) -> None:
        """The line was cut: what was known is the last known, and what is retained meanwhile may be newer."""
        if self.merged.state:
            self.merged = replace(self.merged, stale=frozenset(self.merged.state))
        if self.dialect.confirms_by_refresh:
            self.asked_at = None

    def not_listening(self, seconds: float) -> None:
        """We could not hear it for so long: that is no silence of its own."""
        if self.heard_at is not None:
            self.heard_at += seconds
        if self.unmet_since is not None:
            self.unmet_since += seconds

    @property
    def online(self) -> bool | None:
        """Whether it is there, by its own and its bridge's word; None while neither has spoken."""
        if self.own_word is False or self.bridge_word is False:
            return False
        return True if self.own_word or self.bridge_word else None

    @property
    def met(self) -> bool:
        """Whether it is what is desired: as it should be, or held as somebody set it."""
        return self.converged or self.local is not None

    def lost_at(self) -> float | None:
        """The steady instant at which silence means out of reach; None where that is not known yet, or never comes."""
        if self.heard_at is None or self.beats_until == inf:
            return None
        return max(self.heard_at, self.beats_until) + MISSED_HEARTBEATS * self.device.heartbeat_s

    def silent(self, now: float) -> bool:
        """Whether it has missed three heartbeats."""
        lost_at = self.lost_at()
        return lost_at is not None and now >= lost_at

    def in_reach(self, now: float) -> bool:
        """Whether it was heard of, says that it is there, and has not fallen silent."""
        return self.online is True and not self.silent(now)

    def alarm_at(self) -> float | None:
        """The steady instant from which people are told that it does not do what it is told; None while it does."""
        if self.wanted is None or self.converged or self.local is not None or self.online is False:
            return None
        if self.refused:
            return 0.0
        return None if self.unmet_since is None else self.unmet_since + ALARM_S + self.fade_s

    def accepted(self) -> bool:
        """Whether the device says that it has taken the last order, where its dialect can say so."""
        return self.order is not None and self.stamp == (self.order.epoch, self.order.rev)
