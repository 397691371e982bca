"""What is said over the music: at its instant or not at all, once, and only where it may be said.

An announcement is momentary. One that is more than half a minute late is left out, whatever it was late for: a sleep, a
clock that jumped, a broker or a player out of reach. It counts as said when a player has told that it took it, and what
became of each is in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from controller.ports import JournalEntry, Memory
from controller.store.ambience import Ambience
from controller.store.fleet import Fleet
from controller.store.recorder import Recorder
from controller.store.sight import LastSaid
from controller.store.track import Track
from devices.device import Kind
from devices.dialects.base import Announced
from devices.transport import Transport
from profiles.announcing import Due, Sayings
from profiles.layers import Rank
from profiles.overlay import Announcement
from profiles.plan import Plan
from profiles.scene import Field

#: Later than this it is not said any more.
LATE = timedelta(seconds=30)
#: A player that took an announcement says so within this.
ANSWER_S = 5.0
#: So far back it is looked for what fell due while nobody looked, and what was said before a restart.
_LOOK_BACK = timedelta(days=1)
SAID, LEFT_OUT = "announcement.said", "announcement.left-out"
#: Reasons for leaving one out; they stand in the journal.
STOPPED, QUIET, NO_PLAYER, LATE_WORDS, DOUBTED, UNTAKEN = (
    "stopped", "quiet hour", "no player in reach", "too late", "time not trusted", "no player took it")


@dataclass(slots=True)
class _Saying:
    """One occurrence: what, where, when, by whom (None: the plan)."""

    announcement: Announcement
    zones: tuple[str, ...]
    instant: datetime
    id: str
    by: str | None = None
    #: Players that were told, those that said that they took it, and the steady instant after which none is waited for.
    told: set[str] = field(default_factory=set)
    took: set[str] = field(default_factory=set)
    waits_until: float = 0.0


class Announcer:
    """Says what is due and what is pressed."""

    def __init__(
        self, fleet: Fleet, ambience: Ambience, transport: Transport, recorder: Recorder, *, memory: Memory
    ) -> None:
        """Nothing is due yet."""
        self._fleet, self._ambience = fleet, ambience
        self._transport, self._recorder, self._memory = transport, recorder, memory
        self._plan: Plan | None = None
        self._sayings: Sayings | None = None
        #: Up to here it was looked for what falls due.
        self._looked: datetime | None = None
        self._doubted = False
        self._waiting: list[_Saying] = []
        self._told: list[_Saying] = []
        self._said: dict[str, datetime] = {}
        #: What became of each announcement last.
        self.last: dict[str, LastSaid] = {}
        #: The next one, for which sayings it was looked for, and from when on.
        self._next: tuple[Sayings | None, datetime, datetime | None] | None = None
        #: The wall instant of the next one, and the steady instant at which there is something to do before.
        self.boundary: datetime | None = None
        self.due: float | None = None
        self.visible = False

    def load(self, when: datetime) -> None:
        """Take up what was said before the restart. What fell due while nobody ran is not said any more."""
        self._looked = when
        begun = self._memory.recorded(when - _LOOK_BACK, when + _LOOK_BACK, (SAID, LEFT_OUT))
        for entry in begun:
            self._remember(entry)

    def press(self, announcement: str, ident: str, zones: Iterable[str], when: datetime, by: str) -> None:
        """Somebody wants it said now."""
        plan = self._ambience.plan
        found = None if plan is None else next((a for a in plan.plan.announcements if a.id == announcement), None)
        if found is not None:
            self._waiting.append(_Saying(found, tuple(zones), when, ident, by))

    def look(self, now: float, when: datetime, trusted: bool, able: bool) -> None:
        """Say what is due. `able`: the broker is there and the look back is over."""
        if trusted:
            self._fall_due(when)
        self._doubted = not trusted
        for saying in list(self._waiting):
            if self._settled(saying, now, when, able):
                self._waiting.remove(saying)
        for saying in list(self._told):
            if self._answered(saying, now):
                self._told.remove(saying)
                self._write(saying, when)
        self._look_ahead(when, trusted)
        dues = [saying.waits_until for saying in self._told]
        dues += [now + max(0.0, (saying.instant + LATE - when).total_seconds()) for saying in self._waiting]
        self.due = min(dues, default=None)

    def _look_ahead(self, when: datetime, trusted: bool) -> None:
        known = self._next
        if known is None or known[0] is not self._sayings or not known[1] <= when < (known[2] or when + _LOOK_BACK):
            known = (self._sayings, when, None if self._sayings is None else self._sayings.next_of_all(when))
            self._next = known
        self.boundary = known[2] if trusted else None

    def _too_soon(self, looked: datetime, when: datetime) -> bool:
        """Whether it is known that nothing falls due from `looked` on until `when`: so it is at nearly every round."""
        known = self._next
        return (known is not None and known[0] is self._sayings and known[1] <= looked
                and when < (known[2] or known[1] + _LOOK_BACK))

    # ── what is due ─────────────────────────────────────────────────────────────────

    def _fall_due(self, when: datetime) -> None:
        version = self._ambience.plan
        plan = None if version is None else version.plan
        if plan is not self._plan:
            self._plan, self._sayings = plan, None
            if plan is not None and plan.announcements:
                self._sayings = Sayings(plan)
                self._looked = when if self._looked is None or self._looked > when else self._looked
        looked, self._looked = self._looked, when
        if self._sayings is None or plan is None or looked is None or looked >= when or self._too_soon(looked, when):
            return
        missed: dict[str, list[Due]] = {}
        for due in self._sayings.due(max(looked, when - _LOOK_BACK), when):
            ident = occurrence(plan.store.id, due)
            if ident in self._said:
                continue
            if when - due.instant > LATE:
                missed.setdefault(due.announcement.id, []).append(due)
            else:
                self._waiting.append(_Saying(due.announcement, due.zones, due.instant, ident))
        for lost in missed.values():
            self._leave_out(lost[-1].announcement, DOUBTED if self._doubted else LATE_WORDS, when, zones=lost[-1].zones,
                            instant=lost[-1].instant, times=len(lost), since=lost[0].instant.isoformat())
        self._said = {ident: at for ident, at in self._said.items() if abs(when - at) < 2 * _LOOK_BACK}

    # ── saying it ───────────────────────────────────────────────────────────────────

    def _settled(self, saying: _Saying, now: float, when: datetime, able: bool) -> bool:
        """Try to say it; False: it is to be tried again."""
        refused = self.refusals(saying.announcement, saying.zones)
        open_to_it = [zone for zone in saying.zones if zone not in refused]
        late = when - saying.instant > LATE or when < saying.instant - LATE
        if not open_to_it or late:
            reason = LATE_WORDS if open_to_it else _commonest(refused)
            self._leave_out(saying.announcement, reason, when, zones=saying.zones, instant=saying.instant, by=saying.by)
            return True
        players = self.players(saying.announcement, open_to_it, now)
        if not players or not able:
            if when - saying.instant >= LATE or (saying.by is not None and able):
                self._leave_out(saying.announcement, NO_PLAYER, when, zones=saying.zones, instant=saying.instant,
                                by=saying.by)
                return True
            return False
        for track in players:
            for message in track.dialect.announce(track.device, self._words(saying), when):
                if self._transport.publish(message):
                    saying.told.add(track.device.id)
        if not saying.told:
            return False
        saying.zones, saying.waits_until = tuple(open_to_it), now + ANSWER_S
        self._said[saying.id] = saying.instant
        self._told.append(saying)
        return True

    def refusals(self, announcement: Announcement, zones: Iterable[str]) -> dict[str, str]:
        """The zones in which it may not be said now, with the reason."""
        found = {}
        for zone in zones:
            state = self._ambience.zones.get(zone)
            if state is None:
                found[zone] = NO_PLAYER
                continue
            music = state.resolution.fields.get(Field.MUSIC_ON)
            if music is not None and music.because.layer.rank is Rank.STOP:
                found[zone] = STOPPED
            elif state.quiet and not announcement.emergency:
                found[zone] = QUIET
        return found

    def players(self, announcement: Announcement, zones: Iterable[str], now: float) -> list[Track]:
        """The players in reach that can say it: in one of `zones`, and in none where it may not be said."""
        here = {track.device.id: track for zone in zones for track in self._fleet.of_zone(zone)}
        return [track for track in here.values()
                if track.device.kind is Kind.PLAYER and track.device.capability.announces and track.in_reach(now)
                and not self.refusals(announcement, track.device.zones)]

    def _words(self, saying: _Saying) -> Announced:
        said, plan = saying.announcement, self._ambience.plan
        loudest = 100.0 if plan is None else plan.plan.limits.max_volume_pct
        volume = None if said.volume_pct is None else min(said.volume_pct, loudest)
        return Announced(saying.id, said.clip, said.text, said.manner, volume, said.length_s)

    # ── what became of it ───────────────────────────────────────────────────────────

    def _answered(self, saying: _Saying, now: float) -> bool:
        for device in saying.told:
            track = self._fleet.tracks.get(device)
            if track is not None and saying.id in str(track.extra.get("announced", "")).split():
                saying.took.add(device)
        return saying.took == saying.told or now >= saying.waits_until

    def _write(self, saying: _Saying, when: datetime) -> None:
        said = saying.announcement
        if not saying.took:
            self._leave_out(said, UNTAKEN, when, zones=saying.zones, instant=saying.instant, by=saying.by)
            return
        self._recorder.record(when, SAID, announcement=said.id, name=said.name, id=saying.id, zones=list(saying.zones),
                              due=saying.instant.isoformat(), players=sorted(saying.took),
                              silent=sorted(saying.told - saying.took), by=saying.by)
        self._note(said.id, LastSaid(when, "", saying.by))

    def _leave_out(self, said: Announcement, reason: str, when: datetime, *, zones: Iterable[str], instant: datetime,
                   by: str | None = None, **more: object) -> None:
        self._recorder.record(when, LEFT_OUT, announcement=said.id, name=said.name, zones=list(zones), reason=reason,
                              due=instant.isoformat(), by=by, **more)
        self._note(said.id, LastSaid(when, reason, by))

    def _note(self, announcement: str, last: LastSaid) -> None:
        self.last[announcement] = last
        self.visible = True

    def _remember(self, entry: JournalEntry) -> None:
        body: Mapping[str, object] = entry.body
        announcement, ident, reason, by = (body.get(key) for key in ("announcement", "id", "reason", "by"))
        if not isinstance(announcement, str):
            return
        if entry.kind == SAID and isinstance(ident, str):
            self._said[ident] = entry.at
        self.last[announcement] = LastSaid(entry.at, str(reason or ""), by if isinstance(by, str) else None)


def occurrence(store: str, due: Due) -> str:
    """The id of one announcement at one instant: the same whoever works it out, so that it is said once."""
    return uuid5(NAMESPACE_URL, f"sinne:{store}/{due.announcement.id}/{due.instant.isoformat()}").hex


def _commonest(refused: Mapping[str, str]) -> str:
    """One reason for all zones: the gravest that holds in any."""
    return next((reason for reason in (STOPPED, QUIET) if reason in refused.values()), NO_PLAYER)
