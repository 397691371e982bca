"""The measuring of quiet hours: how long what devices reported was what customers were promised.

Level-triggered, and without polling: between two rounds of the engine nothing was heard, so what was known at the end
of the one holds until the next. Each zone of a quiet hour has its time from the end of the ramp until the end of the
window, in which it was kept, broken or stopped; what is left, nobody was there to see. At the end it is written down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.ports import JournalEntry, Memory
from controller.store.ambience import Ambience
from controller.store.fleet import Fleet
from controller.store.kept import Standing, concerned, standing
from controller.store.recorder import Recorder
from controller.store.sight import QuietSight
from profiles.places import Zone
from profiles.quiet import QuietHours, QuietWindow, ramp

#: Devices need a moment to say that their ramp is over.
SETTLE = timedelta(seconds=5)
#: What was seen so far is written down so often, so that a restart does not forget it.
NOTE_EVERY = timedelta(minutes=15)
#: Quiet hours that ended so long ago, while nobody ran, are still accounted for.
_LOOK_BACK = timedelta(days=7)
MEASURED, WATCHED = "quiet-hour.measured", "quiet-hour.watched"
MOST_BREACHES = 10


@dataclass(slots=True)
class Tally:
    """One zone in one window. `begin` is the end of the ramp. `standing`: as at the end of the last round."""

    window: QuietWindow
    zone: str
    begin: datetime
    seconds: dict[Standing, float] = field(default_factory=lambda: dict.fromkeys(Standing, 0.0))
    breaches: list[str] = field(default_factory=list)
    standing: Standing = Standing.UNKNOWN

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by: the quiet hour, the zone, when it began."""
        return self.window.quiet.id, self.zone, self.window.start.isoformat()

    def count(self, since: datetime, until: datetime) -> None:
        """So it stood in [since, until)."""
        length_s = (min(until, self.window.end) - max(since, self.begin)).total_seconds()
        if length_s > 0:
            self.seconds[self.standing] += length_s

    def body(self, end: datetime) -> dict[str, object]:
        """For the journal: what nobody saw is unknown."""
        seconds = self.seconds
        planned_s = max(0.0, (end - self.begin).total_seconds())
        seen_s = seconds[Standing.KEPT] + seconds[Standing.BROKEN] + seconds[Standing.STOPPED]
        return {
            "quiet_hour": self.window.quiet.id, "name": self.window.quiet.name, "zone": self.zone,
            "start": self.window.start.isoformat(), "end": end.isoformat(), "planned_s": round(planned_s, 1),
            "kept_s": round(seconds[Standing.KEPT], 1), "broken_s": round(seconds[Standing.BROKEN], 1),
            "stopped_s": round(seconds[Standing.STOPPED], 1), "unknown_s": round(max(0.0, planned_s - seen_s), 1),
            "breaches": list(self.breaches)}


class QuietWatch:
    """Watches the quiet hours of the plan in force."""

    def __init__(self, fleet: Fleet, ambience: Ambience, recorder: Recorder, memory: Memory) -> None:
        """Nothing is watched yet."""
        self._fleet, self._ambience, self._recorder, self._memory = fleet, ambience, recorder, memory
        self._tallies: dict[tuple[str, str, str], Tally] = {}
        #: The windows that have their tallies, by quiet hour and beginning, and for which version of the plan.
        self._opened: tuple[int, set[tuple[str, str]]] = (0, set())
        #: Those that are written down already: a clock that was set back does not bring them again.
        self._measured: set[tuple[str, str, str]] = set()
        #: Notes of before the restart, by the key of their tally.
        self._notes: dict[tuple[str, str, str], Mapping[str, object]] = {}
        #: Up to here time has been counted, and whether somebody watched since.
        self._counted: datetime | None = None
        self._watched = False
        self._noted: datetime | None = None
        #: When a quiet hour next begins, is to be measured from, is to be noted, or ends.
        self.boundary: datetime | None = None

    def load(self, when: datetime) -> None:
        """Take up what was noted before the restart, and account for what ended while nobody ran."""
        hours = self._hours()
        version = self._ambience.plan
        if hours is None or version is None:
            return
        entries = self._memory.recorded(when - _LOOK_BACK - timedelta(days=2), when + timedelta(days=1),
                                        (WATCHED, MEASURED))
        self._measured = {_key(entry.body) for entry in entries if entry.kind == MEASURED}
        self._notes = _noted(entry for entry in entries if entry.kind == WATCHED)
        for window in hours.between(when - _LOOK_BACK, when):
            if window.end <= when and version.at <= window.start:
                for tally in self._fresh(window):
                    self._write(tally, window.end, window.end)

    def miss(self) -> None:
        """Nobody watched since the last round: the process slept, or the clock was set."""
        self._watched = False

    def look(self, now: float, when: datetime, able: bool) -> None:
        """Count the time since the last round, begin and end what begins and ends. `able`: devices can be heard."""
        hours, since = self._hours(), self._counted
        if hours is None and not self._tallies:
            self.boundary, self._counted = None, when
            return
        if self._watched and since is not None and since < when:
            for tally in self._tallies.values():
                tally.count(since, when)
        # A clock that was set back makes no time twice: it counts again from where it had been.
        self._counted = when if since is None else max(since, when)
        holding = [] if hours is None else hours.at(when)
        self._open(holding, when)
        for tally in self._tallies.values():
            self._judge(tally, now, when, able)
        self._watched = True
        self._note(when)
        self._look_ahead(hours, when)

    def save(self, when: datetime) -> None:
        """Write down what was seen so far: the store ends."""
        if self._tallies:
            self._noted = when
            self._recorder.record(when, WATCHED, zones=[tally.body(tally.window.end)
                                                        for tally in self._tallies.values()])

    def sights(self) -> tuple[QuietSight, ...]:
        """What is being measured, so far."""
        return tuple(QuietSight(t.window.quiet.id, t.zone, t.window.start, t.window.end, t.seconds[Standing.KEPT],
                                t.seconds[Standing.BROKEN], t.seconds[Standing.STOPPED])
                     for t in self._tallies.values())

    # ── within ──────────────────────────────────────────────────────────────────────

    def _hours(self) -> QuietHours | None:
        ramps = self._ambience.ramps
        return None if ramps is None or not ramps.any else ramps.quiet_hours

    def _open(self, holding: list[QuietWindow], when: datetime) -> None:
        """End the tallies of windows that are over, begin those of new ones; all anew for a new plan."""
        version = self._ambience.plan
        number = 0 if version is None else version.version
        windows = {(w.quiet.id, w.start.isoformat()): w for w in holding}
        if self._opened == (number, set(windows)):
            return
        self._end(windows.keys(), when)
        for window in windows.values():
            for tally in self._fresh(window):
                self._tallies[tally.key] = tally
        self._opened = (number, set(windows))

    def _fresh(self, window: QuietWindow) -> Iterable[Tally]:
        """The tallies of a window, with what was noted of them; only zones with something to measure have one."""
        version = self._ambience.plan
        zones: tuple[Zone, ...] = () if version is None else version.plan.zones
        for zone in zones:
            if window.concerns(zone.id) and concerned(self._fleet.of_zone(zone.id)):
                tally = Tally(window, zone.id, window.start + ramp(window) + SETTLE)
                if tally.key not in self._tallies and tally.key not in self._measured:
                    _restore(tally, self._notes.get(tally.key, {}))
                    yield tally

    def _end(self, holding: Collection[tuple[str, str]], when: datetime) -> None:
        for key, tally in list(self._tallies.items()):
            if (key[0], key[2]) not in holding:
                del self._tallies[key]
                self._notes.pop(key, None)
                self._write(tally, when, min(tally.window.end, max(when, tally.begin)))

    def _write(self, tally: Tally, when: datetime, end: datetime) -> None:
        self._measured.add(tally.key)
        self._recorder.record(when, MEASURED, **tally.body(end))

    def _judge(self, tally: Tally, now: float, when: datetime, able: bool) -> None:
        state = self._ambience.zones.get(tally.zone)
        if state is None or not able:
            tally.standing = Standing.UNKNOWN
            return
        tally.standing, wrong = standing(state, self._fleet.of_zone(tally.zone), now)
        if when >= tally.begin:
            for sentence in wrong:
                if sentence not in tally.breaches and len(tally.breaches) < MOST_BREACHES:
                    tally.breaches.append(sentence)

    def _note(self, when: datetime) -> None:
        if self._tallies and (self._noted is None or abs(when - self._noted) >= NOTE_EVERY):
            if self._noted is not None:
                self.save(when)
            self._noted = when

    def _look_ahead(self, hours: QuietHours | None, when: datetime) -> None:
        edges = [tally.begin for tally in self._tallies.values() if tally.begin > when]
        edges += [tally.window.end for tally in self._tallies.values()]
        if self._tallies and self._noted is not None:
            edges.append(self._noted + NOTE_EVERY)
        edge = None if hours is None else hours.edge(when)
        self.boundary = min((*edges, *(() if edge is None else (edge,))), default=None)


def _key(body: Mapping[str, object]) -> tuple[str, str, str]:
    return str(body.get("quiet_hour")), str(body.get("zone")), str(body.get("start"))


def _noted(entries: Iterable[JournalEntry]) -> dict[tuple[str, str, str], Mapping[str, object]]:
    found: dict[tuple[str, str, str], Mapping[str, object]] = {}
    for entry in entries:
        zones = entry.body.get("zones")
        for body in zones if isinstance(zones, list) else ():
            if isinstance(body, dict):
                found[_key(body)] = body
    return found


def _restore(tally: Tally, body: Mapping[str, object]) -> None:
    """Go on from a note; what was not watched since stays unknown."""
    for standing_, key in ((Standing.KEPT, "kept_s"), (Standing.BROKEN, "broken_s"), (Standing.STOPPED, "stopped_s")):
        seconds = body.get(key)
        if isinstance(seconds, float | int):
            tally.seconds[standing_] = float(seconds)
    breaches = body.get("breaches")
    tally.breaches = [str(b) for b in breaches][:MOST_BREACHES] if isinstance(breaches, list) else []
