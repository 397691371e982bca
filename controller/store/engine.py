"""The engine of a store: one thread, in which everything that happens is dealt with, one thing after the other.

MQTT callbacks, the timetable, the beat and the panel only enqueue. A happening that raises is logged and the next one
is dealt with: the engine lives. What it shows is copied under the lock.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from controller.ports import Clock, Memory, Timetable
from controller.store.ambience import Ambience
from controller.store.arrivals import Arrivals
from controller.store.epoch import Epoch
from controller.store.fleet import Fleet
from controller.store.inputs import Inputs
from controller.store.intake import (
    Announce,
    Ended,
    EndStops,
    Happening,
    Identify,
    Intake,
    KeepStop,
    LiveChanged,
    PlanChanged,
    Woken,
)
from controller.store.ledger import Ledger
from controller.store.lookback import Lookback
from controller.store.moments import Moments
from controller.store.outlook import device_sight
from controller.store.past import Past
from controller.store.reconciler import Reconciler
from controller.store.recorder import Recorder
from controller.store.sight import Counters, EngineSight, ZoneSight
from controller.store.standstill import as_of
from controller.store.stops import StopBoard
from controller.store.strangers import Strangers
from controller.store.trust import Trust
from controller.store.wallclock import WallClock
from devices.messages import Message
from devices.transport import Connected, Disconnected, Received, Transport

log = logging.getLogger("sinne.engine")

#: After a reconnect, devices say by themselves how they are: they get this long before they are judged.
GRACE_S = 0.4
#: A round that comes so late was slept through, by the process or by the machine.
_OVERSLEPT_S = 5.0
#: After a flood the line is made anew at most so often, and one kind of failure is logged at most so often.
_FLOOD_PAUSE_S, _LOG_PAUSE_S = 10.0, 60.0


class Engine:
    """Drives the devices of one store. `load`, `start` and `stop` from outside; `turn` is one round of it."""

    def __init__(
        self, store: str, *, memory: Memory, transport: Transport, clock: Clock, timetable: Timetable, trust: Trust
    ) -> None:
        """Everything is given, nothing is started."""
        self._clock, self._transport, self._timetable = clock, transport, timetable
        self.intake = Intake()
        self._lock = threading.RLock()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._recorder = Recorder(memory)
        self._fleet, self._ambience = Fleet(), Ambience()
        self._time = WallClock(clock, trust, self._ambience, self._recorder)
        self.believed = self._time.believed
        self._stops = StopBoard(store, transport, memory, self._recorder)
        self._reconciler = Reconciler(
            self._fleet, self._ambience, self._stops, transport, self._recorder, memory=memory)
        self._moments = Moments(self._reconciler, transport, self._recorder, memory)
        self._arrivals = Arrivals(self._fleet, self._stops.contact)
        self._ledger = Ledger(memory, self._ambience, self._recorder)
        self._strangers = Strangers(store)
        self._inputs = Inputs(memory, transport, self._reconciler, self._stops, time=self._time,
                              recorder=self._recorder, always_heard=self._strangers.filters)
        self._lookback = Lookback(Past(store), Epoch(memory, self._recorder), self._reconciler, self._stops,
                                  inputs=self._inputs, transport=transport)
        self._protocol, self._broker_words = "", "The broker has not been reached yet."
        self._began = self._turned = clock.monotonic()
        self._promised: float | None = None
        self._cut_at: float | None = None
        self._lost_seen, self._dropped_at = 0, -_FLOOD_PAUSE_S
        self._logged: dict[str, float] = {}
        self.revision = 0
        self.boundary: datetime | None = None

    # ── from outside ────────────────────────────────────────────────────────────────

    def load(self) -> None:
        """Take in what is remembered, and say which topics are to be heard."""
        with self._lock:
            self._time.look(self._clock.monotonic())
            self._ledger.load()
            self._transport.subscribe((*self._lookback.past.filters, *self._strangers.filters))
            self._inputs.load(self._time.when)
            self._moments.load(self._time.when)
            self._recorder.record(self._time.when, "engine.started")

    def start(self) -> None:
        """Begin to turn. The transport is started by who made it, with `intake.put_event` as its sink."""
        self._timetable.start(self.wake)
        self._thread.start()

    def stop(self) -> None:
        """Deal with what waits, then end."""
        self._timetable.stop()
        self.intake.put(Ended())
        if self._thread.is_alive():
            self._thread.join(5)
        with self._lock:
            self._recorder.due = None
            self._moments.save(self._recorder.now, self._time.when)
            self._ledger.flush(self._time.when, self._fleet.tracks.values(), force=True)
            self._recorder.end(self._time.when)

    def wake(self) -> None:
        """The timetable or the beat says that a boundary has come."""
        self.intake.put(Woken())

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        """Enqueue and wait until it has been dealt with, so that who changed something also sees it."""
        return self.intake.wait_until_dealt(self.intake.put(happening), timeout_s)

    def sight(self) -> EngineSight:
        """Everything that can be shown, at this moment."""
        with self._lock:
            now, when = self._clock.monotonic(), self._clock.now()
            return EngineSight(
                at=when, revision=self.revision, plan=self._ambience.plan, live=as_of(self._ambience.live, when),
                zones={zone: ZoneSight(state.resolution, state.holds, state.desired, tuple(state.quiet))
                       for zone, state in self._ambience.zones.items()},
                devices={device: device_sight(track, now) for device, track in self._fleet.tracks.items()},
                unknown=self._strangers.seen(self._fleet.tracks), connected=self._transport.connected,
                protocol=self._protocol, broker_words=self._broker_words, time_trusted=self._time.trusted,
                epoch=self._reconciler.epoch, turned_s_ago=now - self._turned, uptime_s=now - self._began,
                counters=Counters(self._reconciler.orders, self._arrivals.reports, self._arrivals.malformed,
                                  self._reconciler.retries, self.intake.lost), unsaved_stops=self._stops.unsaved,
                announced=dict(self._moments.announcer.last), quiet=self._moments.quiet.sights(),
                troubles=tuple(t for t in (self._recorder.trouble, self._stops.trouble) if t))

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        """Wait until the revision is past `after`; returns the newest one."""
        with self._news:
            self._news.wait_for(lambda: self.revision > after, timeout_s)
            return self.revision

    # ── one round ───────────────────────────────────────────────────────────────────

    def turn(self, happenings: list[Happening]) -> float | None:
        """Deal with what happened, do what is due, and return the steady instant of the next round (None: on news)."""
        with self._lock:
            now = self._clock.monotonic()
            self._begin_round(now)
            when = self._time.when
            for happening in happenings:
                try:
                    self._deal(happening, now, when)
                except Exception:
                    self._complain(happening, now)
            self._lookback.end(self._arrivals.highest_epoch, now, when)
            self._lookback.follow(self._arrivals.highest_epoch, now)
            self._follow_plan(now, when)
            if not self._lookback.under_way and self._transport.connected:
                if self._stops.unsaid and not self._stops.publish(self._reconciler.stamp()):
                    self._reconciler.found_full(now)
                self._reconciler.work(now, when)
            self._ledger.flush(when, self._fleet.tracks.values())
            self._recorder.flush(self.intake.waits)
            due = self._promised = self._next_due(now)
            seen, self._arrivals.visible, self._reconciler.visible = (
                self._arrivals.visible or self._reconciler.visible, False, False)
        if seen:
            with self._news:
                self.revision += 1
                self._news.notify_all()
        return due

    def _run(self) -> None:
        due: float | None = None
        while True:
            timeout = None if due is None else max(0.0, due - self._clock.monotonic())
            happenings = self.intake.take(timeout)
            try:
                due = self.turn(happenings)
            except Exception:
                log.exception("A round of the engine failed; it goes on")
                due = self._clock.monotonic() + 1
            self.intake.dealt()
            if any(isinstance(h, Ended) for h in happenings):
                return

    def _begin_round(self, now: float) -> None:
        if self._promised is not None and now > self._promised + _OVERSLEPT_S:
            for track in self._fleet.tracks.values():  # nobody listened: that was no silence of the devices
                track.not_listening(now - self._promised)
            self._moments.miss()
        self._turned = self._recorder.now = now
        stepped_s = self._time.stepped(now)
        if self._time.look(now):
            self._reconciler.visible = True
        if stepped_s:
            self._recorder.record(self._time.when, "clock.stepped", by_s=round(stepped_s, 1))
            self._timetable.rebuild()
            self._moments.miss()
            self._ambience.shift_scent(stepped_s)
            self._ambience.forget(recovering=True)

    def _next_due(self, now: float) -> float | None:
        dues = [self._recorder.due, self._ambience.due, self._time.due, self._moments.announcer.due]
        if self._inputs.to_read:
            dues.append(now)
        if self._lookback.under_way:
            dues.append(self._lookback.due())
        elif self._transport.connected:
            dues += [self._reconciler.next_due(), self._lookback.due()]
            dues.append(self._reconciler.full_until if self._stops.unsaid else None)
        return min((due for due in dues if due is not None), default=None)

    def _deal(self, happening: Happening, now: float, when: datetime) -> None:
        if isinstance(happening, Received):
            self._received(happening.message, now, when)
        elif isinstance(happening, Connected):
            self._connected(happening, now)
        elif isinstance(happening, Disconnected):
            self._disconnected(happening, now, when)
        elif isinstance(happening, LiveChanged | KeepStop | EndStops):
            self._inputs.chosen(happening, when)
        elif isinstance(happening, PlanChanged):
            self._inputs.read_plan()
        elif isinstance(happening, Identify | Announce):
            self._moments.asked(happening, when)
        # Woken and ClockStepped only bring a round about, and every round looks at the clock.

    def _complain(self, happening: Happening, now: float) -> None:
        """Log a failure, but not for every message of a flood."""
        kind = type(happening).__name__
        if now - self._logged.get(kind, -_LOG_PAUSE_S) >= _LOG_PAUSE_S:
            self._logged[kind] = now
            log.exception("A %s could not be dealt with", kind)

    def _received(self, message: Message, now: float, when: datetime) -> None:
        if self._lookback.under_way:
            self._lookback.past.take(message, now)
        arrivals = self._arrivals
        arrivals.take(message, now, when)
        self._strangers.take(message, when)
        for track in arrivals.touched:
            self._ledger.take(track, when)
            self._moments.heard(track, when)
            self._reconciler.agenda.now(track)
        arrivals.touched.clear()
        if arrivals.described:
            self._reconciler.wish_all(now, arrivals.described)
            arrivals.described.clear()

    def _connected(self, event: Connected, now: float) -> None:
        self._protocol, self._broker_words = event.protocol, f"Connected ({event.protocol})"
        self._reconciler.visible = True
        if self._lookback.under_way:
            self._lookback.past.begin(now)
            return
        self._stops.unsaid = True
        away_s, self._cut_at = 0.0 if self._cut_at is None else now - self._cut_at, None
        for track in self._fleet.tracks.values():
            track.not_listening(away_s)
            self._reconciler.agenda.no_later(track, now + GRACE_S)

    def _disconnected(self, event: Disconnected, now: float, when: datetime) -> None:
        self._broker_words = event.reason
        self._reconciler.visible = True
        self._lookback.past.interrupt()
        if self._cut_at is None and not self._lookback.under_way:
            self._recorder.record(when, "broker.lost", reason=event.reason)
            self._cut_at = now
            for track in self._fleet.tracks.values():
                track.doubt()

    def _follow_plan(self, now: float, when: datetime) -> None:
        self._inputs.read_again()
        self._reconciler.revise(now, when, self._time.trusted)
        if self._inputs.replanned:
            # Devices may be new, or hang elsewhere, in zones that have not changed.
            self._inputs.replanned = False
            self._reconciler.wish_all(now)
        self._reconciler.end_local_changes(when)
        able = self._transport.connected and not self._lookback.under_way
        self._arrivals.visible |= self._moments.look(now, when, self._time.trusted, able)
        ends = (self._ambience.boundary, self._reconciler.by_hand.until, *self._moments.boundaries)
        self.boundary = min((end for end in ends if end is not None), default=None) if self._time.trusted else None
        self._timetable.wake_at(self.boundary)
        if self.intake.lost > self._lost_seen and now - self._dropped_at >= _FLOOD_PAUSE_S:
            # Messages were dropped in a flood: what they said is asked for again by connecting anew.
            self._lost_seen, self._dropped_at = self.intake.lost, now
            self._transport.drop()
