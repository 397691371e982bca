"""The reconciler: compares what every device should be with what it reported, and keeps at it until they agree.

`revise` brings wishes up to the moment, `work` decides about each device that is due and sends, `next_due` says when
it wants to be asked again: nothing polls. The same code runs in real and in virtual time; the thread, and everything
that happens from outside, is in `engine.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from controller.ports import Memory
from controller.store.agenda import Agenda
from controller.store.ambience import Ambience
from controller.store.byhand import ByHand
from controller.store.decide import ANSWER_S, RECOVERY_S, Act, Decision, decide
from controller.store.fleet import Fleet
from controller.store.milestones import Milestones
from controller.store.outlook import is_alarm
from controller.store.recorder import Recorder
from controller.store.rightness import Rightness
from controller.store.stops import StopBoard
from controller.store.track import Track
from controller.store.wishes import Cause, Wish, fields_of, wish_for
from devices.device import Capability
from devices.dialects.base import Order, State
from devices.messages import Message
from devices.transport import Transport

#: When the broker takes nothing more for the moment, try again after this, and then ever later up to the longest.
FULL_WINDOW_S, LONGEST_FULL_S = 0.02, 0.25
#: A device that drifts again within this is one that keeps falling back.
_DRIFTS_WITHIN_S = 60.0


class Reconciler:
    """Wishes, decisions and orders of one store."""

    def __init__(
        self, fleet: Fleet, ambience: Ambience, stops: StopBoard, transport: Transport, recorder: Recorder,
        *, memory: Memory
    ) -> None:
        """Everything is given; nothing is started."""
        self.fleet, self.ambience = fleet, ambience
        self.agenda = Agenda(fleet)
        self.by_hand = ByHand(memory, recorder)
        self.milestones = Milestones(fleet, recorder)
        self.rightness = Rightness(fleet)
        self._stops, self._transport, self._recorder = stops, transport, recorder
        self.epoch = 0
        self.rev = 0
        self.orders = 0
        self.retries = 0
        self.visible = False
        #: The steady instant before which the broker is not offered anything; how often in a row it took nothing.
        self.full_until = 0.0
        self._fulls = 0
        #: What devices that hang alike and are alike should be: worked out once, kept until a zone changes.
        self._wishes: dict[object, Wish | None] = {}
        self._states: dict[tuple[object, str, Capability], State] = {}
        self._issued: tuple[datetime | None, str] = (None, "")

    def stamp(self) -> tuple[int, int]:
        """The next (epoch, rev)."""
        self.rev += 1
        return self.epoch, self.rev

    # ── what should be ──────────────────────────────────────────────────────────────

    def revise(self, now: float, when: datetime, trusted: bool) -> None:
        """Bring the zones up to `when` and lay what changed upon their devices."""
        changed = self.ambience.look(when, now, trusted)
        if not changed:
            return
        self.visible = True
        self._forget_wishes()
        plan = self.ambience.plan
        for zone in changed:
            state = self.ambience.zones[zone]
            self.milestones.set_out(zone, state, now, when, None if plan is None else plan.version)
            for track in self.fleet.of_zone(zone):
                # At the start, what was changed by hand before stays so.
                fields = fields_of(track.device.kind, track.device.role)
                fade_s = state.recovery_s(now, fields) if state.cause is Cause.RECOVERY else state.fade_s
                if self.wish(track, fade_s, now):
                    self._take_back(track)

    def wish(self, track: Track, fade_s: float, now: float) -> bool:
        """Work out what a device should be, from the zones that it serves; returns whether that is something new."""
        device = track.device
        alike = (device.zones, device.kind, device.role)
        if alike not in self._wishes:
            self._wishes[alike] = wish_for(device, self.ambience.zones)
        wish = self._wishes[alike]
        if wish is None:
            wanted, fade_s, because, track.stopped = None, 0.0, "", False
        else:
            twin = (alike, track.dialect.name, device.capability)
            if twin not in self._states:
                self._states[twin] = track.dialect.quantise(device, wish.state)
            wanted, because, track.stopped = self._states[twin] or None, wish.because, wish.stopped
            fade_s = Cause.STOP.fade_s if wish.stopped_elsewhere else fade_s
        if wanted != track.wanted and _is_off(wanted) and _is_off(track.wanted):
            # Off it is, or on its way there: what changes under that is not felt, and makes the way no longer.
            fade_s = min(fade_s, max(RECOVERY_S, round(track.wish_over - now, 1)))
        first, new = track.wanted is None, track.wish(wanted, fade_s, because)
        if new:
            track.wish_over = now + track.fade_s
        if new or (track.order is not None and track.order.zones != device.zones):
            self.agenda.now(track)
        return new and not first

    def wish_all(self, now: float, tracks: Iterable[Track] | None = None) -> None:
        """Work out every wish anew, after a change of plan or of what devices can do."""
        self._forget_wishes()
        for track in list(self.fleet.tracks.values()) if tracks is None else tracks:
            home = self.ambience.zones.get(track.device.zones[0])
            fields = fields_of(track.device.kind, track.device.role)
            self.wish(track, Cause.RECOVERY.fade_s if home is None else home.recovery_s(now, fields), now)

    def _forget_wishes(self) -> None:
        self._wishes.clear()
        self._states.clear()

    def end_local_changes(self, when: datetime) -> None:
        """Take back the devices whose local change has had its time."""
        for track in self.by_hand.over(when):
            self._take_back(track)
            self.agenda.now(track)

    def _take_back(self, track: Track) -> None:
        if self.by_hand.take_back(track):
            track.converged, self.visible = False, True

    # ── what is done about it ───────────────────────────────────────────────────────

    def next_due(self) -> float | None:
        """The steady instant at which `work` has something to do."""
        due = self.agenda.next()
        return None if due is None else max(due, self.full_until)

    def work(self, now: float, when: datetime) -> None:
        """Decide about every device whose instant has come, and act."""
        if now >= self.full_until:
            for track in self.agenda.take(now):
                if self.full_until > now:
                    self.agenda.now(track)
                else:
                    self._act(track, decide(track, now), now, when)
        self.milestones.look(now, when)

    def _act(self, track: Track, decision: Decision, now: float, when: datetime) -> None:
        if decision.converged and not track.converged:
            track.converged, track.tries, track.unmet_since, track.asks = True, 0, None, 0
            track.refused = False
            track.ramp_end = min(track.ramp_end, now)  # it has arrived: no ramp of its own is under way
            self.milestones.met(track)
            self.visible = True
        due = decision.due
        if decision.act in (Act.SEND, Act.RESEND):
            due = self._send(track, decision, now, when)
        elif decision.act is Act.ASK:
            due = self._ask(track, decision, now)
        elif decision.act is Act.YIELD:
            self.by_hand.leave(track, self.ambience.plan, when)
            self.visible = True
            due = decide(track, now).due
        elif decision.act is Act.FREE:
            self._stops.unsaid = True
            track.asked_at, track.asks = now, track.asks + 1
            due = decide(track, now).due
        elif decision.converged:
            track.asks = 0
        self._tell(track, now, when)
        self.rightness.note(track, now)
        self.agenda.set(track, _watch(track, due, now))

    def _tell(self, track: Track, now: float, when: datetime) -> None:
        """What people are told of: it came into reach or left it; it became an alarm or is one no longer."""
        reach = None if track.online is None else track.in_reach(now)
        if reach != track.told_reach:
            if track.told_reach is not None:
                self._recorder.record(when, "device.back" if reach else "device.lost", device=track.device.id)
            track.told_reach, self.visible = reach, True
            self.milestones.reach_changed(track)
        alarm = is_alarm(track, now)
        if alarm != track.told_alarm:
            track.told_alarm, self.visible = alarm, True
            self._recorder.record(when, "device.alarm" if alarm else "device.alarm-over", device=track.device.id,
                                  error=track.error)

    def _ask(self, track: Track, decision: Decision, now: float) -> float | None:
        if not self._published(now, *track.dialect.refresh(track.device)):
            return self.full_until
        track.asked_at, track.asks = now, track.asks + 1
        return decision.due

    def _send(self, track: Track, decision: Decision, now: float, when: datetime) -> float | None:
        again = track.order is not None and track.order.state == track.wanted
        order = track.order
        if decision.act is Act.SEND or order is None:
            order = self._order(track, again, now, when)
        if not self._published(now, *track.dialect.encode(track.device, order)):
            return self.full_until
        if track.converged:
            self._drifted(track, decision, now, when)
        self.orders += 1
        self.retries += again
        track.sent(order, now, when)
        self.visible = True
        return decide(track, now).due

    def _published(self, now: float, *messages: Message) -> bool:
        """Hand messages over; where the window is full, everybody waits for a moment."""
        if all(self._transport.publish(message) for message in messages):
            self._fulls = 0
            return True
        self.found_full(now)
        return False

    def found_full(self, now: float) -> None:
        """The broker takes nothing more for the moment."""
        self.full_until = now + min(FULL_WINDOW_S * 2 ** min(self._fulls, 10), LONGEST_FULL_S)
        self._fulls += 1

    def _order(self, track: Track, again: bool, now: float, when: datetime) -> Order:
        fade_s = track.fade_s
        if again:  # recovery: at most 2 s, or what is left of a ramp under way (rule 12)
            fade_s = max(RECOVERY_S, round(track.ramp_end - now, 1))
        elif now + fade_s > track.wish_over + ANSWER_S:  # the broker or the device was away when it was wished
            fade_s = min(fade_s, max(RECOVERY_S, round(track.wish_over - now, 1)))
        if self._issued[0] != when:
            self._issued = when, when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        epoch, rev = self.stamp()
        return Order(epoch, rev, track.wanted or {}, fade_s, track.device.zones, track.because, self._issued[1])

    def _drifted(self, track: Track, decision: Decision, now: float, when: datetime) -> None:
        """It left what it had reached."""
        track.drifts = track.drifts + 1 if now - track.drifted_at < _DRIFTS_WITHIN_S else 1
        track.drifted_at = now
        self._recorder.record(when, "device.drifted", device=track.device.id, keys=list(decision.differs))


def _is_off(wanted: State | None) -> bool:
    return wanted is not None and wanted.get("on") is False


def _watch(track: Track, due: float | None, now: float) -> float | None:
    """When to look again: when the decision says so, when silence becomes a loss, when failing becomes an alarm."""
    soonest = due
    if track.told_reach:
        lost_at = track.lost_at()
        if lost_at is not None and lost_at > now and (soonest is None or lost_at < soonest):
            soonest = lost_at
    if not track.told_alarm and not track.converged:
        alarm_at = track.alarm_at()
        if alarm_at is not None and alarm_at > now and (soonest is None or alarm_at < soonest):
            soonest = alarm_at
    return None if soonest is None else max(soonest, now + 0.001)
