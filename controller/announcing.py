"""`StoreAnnouncements`: what is said over the music, and saying it now. The door `doors.Announcements`, opened.

The engine says it; here it is asked whether it may be said, so that a refusal is a sentence for who pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

from controller.choosing import needs, zones_named
from controller.doors import AnnouncementShown
from controller.errors import NotFound, Refused, Unavailable
from controller.ports import Actor, Clock, Memory, PlanVersion
from controller.store.announcer import LATE_WORDS, NO_PLAYER, QUIET, STOPPED, UNTAKEN
from controller.store.intake import Announce
from controller.store.sight import EngineSight, LastSaid
from controller.turning import Turning
from controller.walltime import Wall
from controller.wording import where_words
from devices.device import Kind
from profiles.announcing import Sayings, zones_of
from profiles.layers import Rank
from profiles.limits import Person
from profiles.overlay import Announcement
from profiles.plan import Plan
from profiles.quiet import QuietHours
from profiles.scene import Field
from profiles.text import t

#: A player answers in milliseconds; who pressed waits no longer than this to be told that it did.
ANSWER_S = 2.0


class StoreAnnouncements:
    """The announcements of one store, whose engine runs in this process. Safe to call from several threads."""

    def __init__(
        self, memory: Memory, engine: Turning, clock: Clock, draw: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        """Everything is given, nothing is started. `draw`: ids that nobody had before."""
        self._memory, self._engine, self._clock, self._draw = memory, engine, clock, draw
        self._read: tuple[int, Sayings] | None = None

    def announcements(self) -> list[AnnouncementShown]:
        """Those of the plan, in its order."""
        version, sight = self._memory.plan_in_force(), self._engine.sight()
        if version is None:
            return []
        return [self._shown(version, announcement, sight) for announcement in version.plan.announcements]

    def announce(self, announcement: str, zones: Sequence[str] | None, actor: Actor) -> AnnouncementShown:
        """Have it said now, in `zones` (None: its own). Any member of staff may; it is said where it may be said.

        Raises Forbidden; NotFound; Refused in a quiet hour, while the music is stopped, and for zones that it is not
        for; Unavailable where no player can be reached, or none took it.
        """
        needs(actor, Person.STAFF)
        version = self._memory.plan_in_force()
        plan = None if version is None else version.plan
        found = None if plan is None else next((a for a in plan.announcements if a.id == announcement), None)
        if version is None or plan is None or found is None:
            raise NotFound(t("There is no announcement {announcement} in the plan.", announcement=announcement[:63]))
        named = _zones(plan, found, zones)
        before = self._engine.sight()
        self._ask(plan, found, named, before)
        asked = Announce(found.id, self._draw(), named, actor.name)
        if not self._engine.tell(asked):
            raise Unavailable(t("The engine does not answer. Try again in a moment."))
        sight = self._answer(found.id, before.announced.get(found.id))
        last = sight.announced.get(found.id)
        if last is not None and last != before.announced.get(found.id) and last.reason:
            raise Unavailable(t("It was not said: {reason}.", reason=reason_words(last.reason)))
        return self._shown(version, found, sight)

    # ── within ──────────────────────────────────────────────────────────────────────

    def _ask(self, plan: Plan, found: Announcement, zones: tuple[str, ...], sight: EngineSight) -> None:
        """Whether it may be said anywhere. Raises Refused, Unavailable."""
        if not sight.connected:
            raise Unavailable(t("The broker is out of reach, so nothing can be announced. Try again in a moment."))
        free = [zone for zone in zones if not _stopped(sight, zone)]
        if not free:
            raise Refused(t("The music is stopped in {where}, and nothing is announced. Resume first.",
                            where=_where(plan, zones)))
        quiet = [] if found.emergency else [z for z in free if sight.zones[z].quiet]
        if len(quiet) == len(free):
            raise Refused(self._quiet_words(plan, quiet, sight.at))
        open_to_it = {zone for zone in free if zone not in quiet}
        if not any(seen.device.kind is Kind.PLAYER and seen.online and seen.device.capability.announces
                   and open_to_it.intersection(seen.device.zones) for seen in sight.devices.values()):
            raise Unavailable(t("No player that can announce is in reach in {where}.", where=_where(plan, zones)))

    def _quiet_words(self, plan: Plan, zones: Sequence[str], now: datetime) -> str:
        windows = [w for zone in zones for w in QuietHours(plan).in_zone(zone, now)]
        until = max((window.end for window in windows), default=None)
        where = _where(plan, zones)
        if until is None:
            return t("It is a quiet hour in {where}. Only emergencies are announced.", where=where)
        return t("It is a quiet hour in {where} until {time}. Only emergencies are announced.", where=where,
                 time=Wall(plan.store.place.tz, now).at(until))

    def _answer(self, announcement: str, before: LastSaid | None) -> EngineSight:
        """Wait until a player has answered, or none has in time."""
        until = self._clock.monotonic() + ANSWER_S
        while True:
            revision, sight = self._engine.revision, self._engine.sight()
            left_s = until - self._clock.monotonic()
            if sight.announced.get(announcement) != before or left_s <= 0:
                return sight
            if self._engine.wait_for_news(revision, left_s) == revision:
                return self._engine.sight()

    def _sayings(self, version: PlanVersion) -> Sayings:
        known = self._read
        if known is None or known[0] != version.version:
            known = self._read = (version.version, Sayings(version.plan))
        return known[1]

    def _shown(self, version: PlanVersion, announcement: Announcement, sight: EngineSight) -> AnnouncementShown:
        wall = Wall(version.plan.store.place.tz, sight.at)
        last = sight.announced.get(announcement.id)
        return AnnouncementShown(
            id=announcement.id, name=announcement.name, text=announcement.text, manner=announcement.manner,
            zones=zones_of(version.plan, announcement), emergency=announcement.emergency,
            next_at=self._sayings(version).next(announcement.id, sight.at), last_at=None if last is None else last.at,
            last_words="" if last is None else last_words(last, wall))


def last_words(last: LastSaid, wall: Wall) -> str:
    """What became of it last: `said 14:32`, `said 14:32, by Elin`, `left out 14:32: quiet hour`."""
    time = wall.at(last.at)
    if last.reason:
        return t("left out {time}: {reason}", time=time, reason=reason_words(last.reason))
    if last.by is None:
        return t("said {time}", time=time)
    return t("said {time}, by {name}", time=time, name=last.by)


def reason_words(reason: str) -> str:
    """The engine's reason for leaving one out, for people."""
    words = {STOPPED: t("the music is stopped"), QUIET: t("it is a quiet hour"),
             NO_PLAYER: t("no player is in reach"), LATE_WORDS: t("it would have been too late"),
             UNTAKEN: t("no player took it")}
    return words.get(reason, t("the time was not trusted"))


def _zones(plan: Plan, found: Announcement, zones: Sequence[str] | None) -> tuple[str, ...]:
    own = zones_of(plan, found)
    if zones is None:
        return own
    named = tuple(zone.id for zone in zones_named(plan, tuple(zones)))
    if not set(named) <= set(own):
        raise Refused(t("{name} is not for {where}.", name=found.name,
                        where=_where(plan, [zone for zone in named if zone not in own])))
    return named


def _stopped(sight: EngineSight, zone: str) -> bool:
    state = sight.zones.get(zone)
    music = None if state is None else state.resolution.fields.get(Field.MUSIC_ON)
    return state is None or (music is not None and music.because.layer.rank is Rank.STOP)


def _where(plan: Plan, zones: Sequence[str]) -> str:
    names = {zone.id: zone.name for zone in plan.zones}
    return where_words([names[zone] for zone in zones], len(zones) == len(plan.zones) > 1)
