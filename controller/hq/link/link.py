"""`Link`: a store's second connection, to HQ's broker, and all that follows from it. `turn` is one round of it.

One thread deals with one thing after the other; the line and whoever commits something only enqueue. What HQ says is
on disk before anything is done about it, and what the disk refuses is tried again. The store runs without all of this:
a link that is away, or broken, changes nothing of what the engine does (`reliability.md`, modes 1 and 2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.errors import Refused, SinneError
from controller.hq.backlog import Backlog
from controller.hq.link.asked import Asked
from controller.hq.link.chores import Chores, Host
from controller.hq.link.end import StoreEnd, shortened
from controller.hq.link.inbox import Inbox
from controller.hq.link.sight import LinkSight, device_counts, place_of, plan_key
from controller.hq.link.telling import Telling, batches
from controller.hq.reporting import plan_payload
from controller.hq.said import Standing, payload_of
from controller.hq.store_ports import Enrolment
from controller.hq.topics import up_topic
from controller.ports import PlanVersion
from devices.messages import Message
from devices.transport import Connected, Disconnected, Received, Transport, TransportEvent
from profiles.limits import Person

log = logging.getLogger("sinne.hq")

#: What was committed is looked at so often, at most.
LOOK_S = 1.0
#: HQ shows a day of the store: choices that ended since its beginning belong to it.
_LOOK_BACK = timedelta(days=1)

#: A connection to HQ's broker as this enrolment says, with its last will. Not started.
MakeLine = Callable[[Enrolment, Message], Transport]


@dataclass(slots=True)
class _Line:
    """The connection, by number: what an earlier one still says does not count."""

    transport: Transport
    number: int
    up: bool = False
    since: datetime | None = None
    words: str = ""
    lost_seen: int = 0


class Link:
    """The link of one store. Made when it is enrolled, and made anew when it is enrolled again."""

    def __init__(self, enrolment: Enrolment, host: Host, make_line: MakeLine) -> None:
        """Take up what is on disk. Raises Refused where the store has no plan, or its keys cannot be read."""
        self.inbox = Inbox()
        self._host, self._make_line = host, make_line
        version = host.memory.plan_in_force()
        if version is None:
            raise Refused("A store without a plan cannot belong to HQ.")
        self._enrolment, self._version, self._own = enrolment, version, version.own.digest
        self._end = StoreEnd(enrolment.organisation, version.own.store, enrolment.keyring(),
                             Backlog(host.memory.hq.acknowledged()))
        for words in self._end.restore(host.memory.hq.shelf(), enrolment.every_key()):
            log.warning("Something of HQ's that was kept cannot be used any more: %s", words)
        self._telling = Telling(host.draw)
        asked = Asked(host.memory, host.planning, lambda: self._enrolment, self._rekeyed)
        self._chores = Chores(host, self._end, asked)
        self._line = self._new_line(0)
        self._looked_at = -LOOK_S
        self._look_due: float | None = None
        self._plan_trouble = ""
        self._turning = False
        self._shown = self._look_at_itself()

    # -- from outside

    def start(self) -> None:
        """Begin to connect."""
        line = self._line
        line.transport.start(lambda event: self.inbox.put(line.number, event))

    def stop(self) -> None:
        """Say that the store leaves the line, and leave it."""
        if self._line.up:
            farewell = payload_of(self._end.standing(self._host.clock.now()).model_copy(update={"online": False}))
            self._say("status", farewell, retain=True)
        self._line.transport.stop()

    def sight(self) -> LinkSight:
        """What people are shown, as it was at the end of the last round. Safe from any thread."""
        return self._shown

    def _look_at_itself(self) -> LinkSight:
        line, enrolment = self._line, self._enrolment
        said = self._end.standing(self._host.clock.now())
        return LinkSight(enrolment.organisation, enrolment.broker, enrolment.grant, line.up, line.since, line.words,
                         said.refused, (*said.alarms, *self._troubles()), said.manifest, said.waiting)

    def regrant(self, grant: Person) -> None:
        """The store grants HQ other rights from now on."""
        self._enrolment = replace(self._enrolment, grant=grant)
        self.inbox.nudge()

    # -- one round

    def turn(self, events: list[tuple[int, TransportEvent]]) -> float | None:
        """Deal with what came, do what is due, and return the steady instant of the next round (None: on news)."""
        if self._turning:  # what it does itself brings a store in virtual time back here
            return self._host.clock.monotonic()
        self._turning = True
        try:
            return self._turn(events)
        finally:
            self._turning = False
            before, self._shown = self._shown, self._look_at_itself()
            for words in dict.fromkeys(self._shown.refused):
                if words not in before.refused:
                    log.warning("Something of HQ's is refused: %s", words)

    def _turn(self, events: list[tuple[int, TransportEvent]]) -> float | None:
        now = self._host.clock.monotonic()
        when = self._host.clock.now() if self._host.trusted() else None
        for number, event in events:
            if number == self._line.number:
                self._deal(event, when, now)
        if events or now >= self._looked_at + LOOK_S:
            self._look(now, when)
        else:
            self._look_due = self._looked_at + LOOK_S
        if self.inbox.lost > self._line.lost_seen:
            self._line.lost_seen = self.inbox.lost
            self._line.transport.drop()
        dues = (self._end.due(when, now), self._telling.due(), self._chores.until, self._look_due)
        due = min((due for due in dues if due is not None), default=None)
        return None if due is None else max(due, self._looked_at + LOOK_S)  # nothing is done before, but for news

    def _deal(self, event: TransportEvent, when: datetime | None, now: float) -> None:
        line = self._line
        if isinstance(event, Received):
            self._chores.add(self._end.take(event.message.topic, event.message.payload, when, now))
            return
        up = isinstance(event, Connected)
        if up is not line.up:  # a try that failed again is no other line than before
            line.up, line.since = up, self._host.clock.now()
        if isinstance(event, Connected):
            line.words = ""
            self._end.connected()
            self._telling.connected(now)
        elif isinstance(event, Disconnected):
            line.words = event.reason
            self._telling.lost()
            self._end.lost()

    def _look(self, now: float, when: datetime | None) -> None:
        self._looked_at, self._look_due = now, None
        try:
            version = self._host.memory.plan_in_force()
            if version is not None and version.own.digest != self._own:
                self._own = version.own.digest
                self._end.local_changed(version.own.store)
            self._chores.add(self._end.take_early(when))
            self._chores.do(now)
            self._version = self._host.memory.plan_in_force() or self._version
            self._tell(now)
        except SinneError as refusal:
            self._chores.try_again(refusal, now)

    # -- the line

    def _rekeyed(self, enrolment: Enrolment) -> None:
        """HQ gave other keys, another password, or both: it is on disk already."""
        before, self._enrolment = self._enrolment, enrolment
        self._end.trust(enrolment.keyring())
        if enrolment.password != before.password:
            self._line.transport.stop()
            self._telling.lost()
            self._line = self._new_line(self._line.number + 1)
            self.start()

    def _new_line(self, number: int) -> _Line:
        now = self._host.clock.now()
        will = Message(up_topic(self._version.plan.store.id, "status"), payload_of(
            Standing(store=self._version.plan.store.id, at=now, online=False)), qos=1, retain=True)
        transport = self._make_line(self._enrolment, will)
        transport.subscribe(self._end.filters)
        return _Line(transport, number, since=now, words="", lost_seen=self.inbox.lost)

    # -- what HQ is told

    def _tell(self, now: float) -> None:
        if not self._line.up:
            return
        memory, at = self._host.memory, self._host.clock.now()
        newest = memory.newest_entry()
        if newest is not None:
            self._end.journal_is(newest.journal_id, newest.number)
        self._tell_journal(now)
        live = memory.live(at - _LOOK_BACK)
        key = plan_key(self._version, live)
        if self._telling.wants_plan(key, now):
            self._plan_trouble = ""
            try:
                taken = self._say("plan", plan_payload(self._version.plan, live, at), retain=True)
            except Refused as refusal:
                self._plan_trouble, taken = str(refusal), True  # it will not fit in a minute either
            self._telling.said_plan(key, now, taken=taken)
        standing = self._standing(at, self._version)
        if self._telling.wants_standing(standing, now):
            taken = self._say("status", payload_of(standing), retain=True)
            self._telling.said_standing(standing, now, taken=taken)
            self._telling.wants_standing(standing, now)

    def _tell_journal(self, now: float) -> None:
        numbers = self._end.journal_to_say(now)
        if numbers:
            for payload in batches(self._host.memory.journal(numbers[0] - 1, len(numbers))):
                if not self._say("journal", payload, retain=False):
                    return  # what was not taken is said again when its time has come

    def _standing(self, at: datetime, version: PlanVersion) -> Standing:
        sight = self._host.engine.sight()
        said = self._end.standing(at)
        return said.model_copy(update={
            "software": self._host.software, "place": place_of(version.own.store), "plan": version.digest,
            "devices": device_counts(sight), "trusted": sight.time_trusted,
            "alarms": shortened((*said.alarms, *self._troubles(), *sight.troubles))})

    def _troubles(self) -> tuple[str, ...]:
        return tuple(words for words in (self._chores.trouble, self._plan_trouble) if words)

    def _say(self, leaf: str, payload: bytes, *, retain: bool) -> bool:
        return self._line.transport.publish(
            Message(up_topic(self._version.plan.store.id, leaf), payload, qos=1, retain=retain))
