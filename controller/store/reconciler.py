"""The reconciler: compares what every device should be with what it reported, and keeps at it until they agree.

`revise` brings wishes up to the moment, `work` decides about each device that is due and sends, `next_due` says when
it wants to be asked again: nothing polls. The same code runs in real and in virtual time; the thread, and everything
that happens from outside, is in `engine.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta

from controller.errors import SinneError
from controller.ports import LocalChange, Memory
from controller.store.ambience import Ambience
from controller.store.decide import Act, Decision, decide
from controller.store.fleet import Fleet
from controller.store.outlook import in_reach
from controller.store.recorder import Recorder
from controller.store.track import Track
from controller.store.wishes import Cause, wish_for
from devices.dialects.base import Order
from devices.transport import Transport
from profiles.resolve import next_change

#: When the broker takes nothing more for the moment, try again after this.
FULL_WINDOW_S = 0.02
#: A device whose owner changed it by hand is left alone at most so long, in a plan without any change.
LONGEST_YIELD = timedelta(hours=12)


class Reconciler:
    """Wishes, decisions and orders of one store."""

    def __init__(
        self, fleet: Fleet, ambience: Ambience, transport: Transport, memory: Memory, recorder: Recorder
    ) -> None:
        """Everything is given; nothing is started."""
        self.fleet, self.ambience = fleet, ambience
        self._transport, self._memory, self._recorder = transport, memory, recorder
        self.epoch = 0
        self.rev = 0
        self.orders = 0
        self.retries = 0
        self.visible = False
        self._dues: list[tuple[float, str]] = []
        #: Zones that changed and have not been reached yet: since when, and why.
        self._on_the_way: dict[str, float] = {}

    def stamp(self) -> tuple[int, int]:
        """The next (epoch, rev)."""
        self.rev += 1
        return self.epoch, self.rev

    def revise(self, now: float, when: datetime, trusted: bool) -> None:
        """Bring the zones up to `when` and lay what changed upon their devices."""
        for zone in self.ambience.look(when, trusted):
            state = self.ambience.zones[zone]
            self.visible = True
            self._on_the_way[zone] = now
            leading = state.resolution.leading
            self._recorder.record(when, "zone.changed", zone=zone, what=leading.profile or leading.name,
                                  layer=leading.id, rank=leading.rank.name.lower(), by=leading.by,
                                  holds=[hold.sentence for hold in state.holds])
            for track in self.fleet.of_zone(zone):
                self.wish(track, state.cause, now)

    def wish(self, track: Track, cause: Cause, now: float) -> None:
        """Work out what a device should be, from the zones that it serves."""
        wish = wish_for(track.device, self.ambience.zones)
        wanted = None if wish is None else track.dialect.quantise(track.device, wish.state)
        fade_s = 0.0 if wish is None else (Cause.STOP if wish.stopped_elsewhere else cause).fade_s
        if track.wish(wanted or None, fade_s, "" if wish is None else wish.because):
            self._stop_yielding(track)
            self.look_at(track, now)

    def wish_all(self, now: float, tracks: Iterable[Track] | None = None) -> None:
        """Work out every wish anew, after a change of plan or of what devices can do."""
        for track in list(self.fleet.tracks.values()) if tracks is None else tracks:
            self.wish(track, Cause.RECOVERY, now)

    def look_at(self, track: Track, at: float | None) -> None:
        """Have a device looked at no later than `at` (steady seconds)."""
        if at is not None and (track.due is None or at < track.due):
            track.due = at
            heapq.heappush(self._dues, (at, track.device.id))

    def next_due(self) -> float | None:
        """The steady instant at which `work` has something to do."""
        while self._dues:
            due, device = self._dues[0]
            track = self.fleet.tracks.get(device)
            if track is not None and track.due == due:
                return due
            heapq.heappop(self._dues)  # overtaken by an earlier look
        return None

    def work(self, now: float, when: datetime) -> None:
        """Decide about every device whose instant has come, and act."""
        touched: set[str] = set()
        while (due := self.next_due()) is not None and due <= now:
            device = heapq.heappop(self._dues)[1]
            track = self.fleet.tracks[device]
            track.due = None
            touched.update(track.device.zones)
            self._act(track, decide(track, now), now, when)
        for zone in touched & self._on_the_way.keys():
            self._arrived(zone, now, when)

    def refuse_own_past(self, track: Track, now: float) -> None:
        """The device follows a higher epoch than ours: order it anew, under the epoch that has been raised by now."""
        track.order = None
        self.look_at(track, now)

    def yields_until(self) -> datetime | None:
        """The wall instant at which the first local change ends."""
        return min((t.yielding_until for t in self.fleet.tracks.values() if t.yielding_until is not None), default=None)

    def end_yields(self, now: float, when: datetime) -> None:
        """Take back the devices whose local change has had its time."""
        for track in self.fleet.tracks.values():
            if track.yielding_until is not None and track.yielding_until <= when:
                self._stop_yielding(track)
                self.look_at(track, now)

    def _act(self, track: Track, decision: Decision, now: float, when: datetime) -> None:
        if decision.converged != track.converged:
            self._turn_converged(track, decision, when)
        if decision.act is Act.REST:
            track.asks = 0 if decision.converged else track.asks
            self.look_at(track, decision.due)
        elif decision.act is Act.ASK:
            self._ask(track, decision, now)
        elif decision.act is Act.YIELD:
            self._yield(track, when)
        else:
            self._send(track, decision, now, when)

    def _turn_converged(self, track: Track, decision: Decision, when: datetime) -> None:
        if decision.converged:
            track.converged, track.tries, track.unmet_since, track.asks = True, 0, None, 0
            self.visible = True
        elif decision.act in (Act.SEND, Act.RESEND):
            self._recorder.record(when, "device.drifted", device=track.device.id, keys=list(decision.differs))

    def _ask(self, track: Track, decision: Decision, now: float) -> None:
        if all(self._transport.publish(m) for m in track.dialect.refresh(track.device)):
            track.asked_at, track.asks = now, track.asks + 1
            self.look_at(track, decision.due)
        elif self._transport.connected:
            self.look_at(track, now + FULL_WINDOW_S)

    def _send(self, track: Track, decision: Decision, now: float, when: datetime) -> None:
        order = track.order
        if decision.act is not Act.RESEND or order is None:
            order = self._order(track, now, when)
        if order is None:
            return
        if not all(self._transport.publish(m) for m in track.dialect.encode(track.device, order)):
            if self._transport.connected:
                self.look_at(track, now + FULL_WINDOW_S)
            return
        self.orders += 1
        self.retries += track.order is not None and track.order.state == order.state
        track.sent(order, now, when)
        self.visible = True
        self.look_at(track, decide(track, now).due)

    def _order(self, track: Track, now: float, when: datetime) -> Order | None:
        if track.wanted is None:
            return None
        again = track.order is not None and track.order.state == track.wanted and track.tries > 0
        fade_s = track.fade_s
        if again:  # recovery: at most 2 s, or what is left of a ramp under way (rule 12)
            fade_s = max(Cause.RECOVERY.fade_s, round(track.ramp_end - now, 1))
        epoch, rev = self.stamp()
        issued = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Order(epoch, rev, track.wanted, fade_s, track.device.zones, track.because, issued)

    def _yield(self, track: Track, when: datetime) -> None:
        plan = self.ambience.plan
        change = None if plan is None else next_change(plan.plan, track.device.zones[0], when)
        until = min(change or when + LONGEST_YIELD, when + LONGEST_YIELD)
        track.yielding_until, self.visible = until, True
        body = {"device": track.device.id, "until": until.isoformat()}
        try:
            self._memory.note_local_change(
                LocalChange(track.device.id, when, until), self._recorder.entry("device.changed-by-hand", **body))
        except SinneError as refusal:
            self._recorder.trouble = str(refusal)

    def _stop_yielding(self, track: Track) -> None:
        if track.yielding_until is None:
            return
        track.yielding_until, track.converged, self.visible = None, False, True
        try:
            self._memory.forget_local_changes((track.device.id,))
        except SinneError as refusal:
            self._recorder.trouble = str(refusal)

    def _arrived(self, zone: str, now: float, when: datetime) -> None:
        """Record that a zone has reached what it should be: every device in reach says so."""
        tracks = [t for t in self.fleet.of_zone(zone) if t.wanted is not None]
        here = [t for t in tracks if in_reach(t, now)]
        if all(t.converged for t in here) and (here or not tracks):
            began = self._on_the_way.pop(zone)
            self._recorder.record(when, "zone.reached", zone=zone, after_s=round(now - began, 3), devices=len(here),
                                  out_of_reach=[t.device.id for t in tracks if t not in here])
