"""`StoreBelonging`: a store enrols with HQ, leaves it, and says what HQ may do here; and runs the link meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import orjson

from controller.choosing import needs
from controller.errors import NotFound, Refused, SinneError
from controller.hq.applying import put_alone
from controller.hq.enrolling import Bundle, bundle_of
from controller.hq.link.doors import BelongingShown
from controller.hq.link.running import RunningLink
from controller.hq.link.sight import LinkSight
from controller.hq.store_ports import Enrolment, LinkedMemory
from controller.ports import Actor, Clock, Entry
from controller.store.intake import Happening, PlanChanged
from controller.walltime import Wall
from profiles.limits import Person
from profiles.text import t

#: Whose rights a remote override by HQ can be given.
GRANTS = (Person.VIEWER, Person.STAFF, Person.MANAGER)

#: Make the link of an enrolment, not started.
MakeLink = Callable[[Enrolment], RunningLink]


class StoreBelonging:
    """The belonging of one store. Safe to call from several threads."""

    def __init__(self, memory: LinkedMemory, clock: Clock, tell: Callable[[Happening], object], make: MakeLink) -> None:
        """`tell` the engine; `make` a link. Nothing is started; `start` begins what is on disk."""
        self._memory, self._clock, self._tell, self._make = memory, clock, tell, make
        self._lock = threading.Lock()
        self._running: RunningLink | None = None
        self._trouble = ""

    def start(self) -> None:
        """Begin the link, where the store belongs to somebody. Never raises: a store runs without HQ."""
        with self._lock:
            try:
                enrolment = self._memory.hq.enrolment()
                if enrolment is not None:
                    self._begin(enrolment)
            except SinneError as error:
                self._trouble = str(error)

    def stop(self) -> None:
        """End the link."""
        with self._lock:
            self._end()

    def nudge(self) -> None:
        """Something was committed. Only enqueues."""
        running = self._running
        if running is not None:
            running.link.inbox.nudge()

    # -- the door

    def shown(self) -> BelongingShown | None:
        """None where the store belongs to nobody. Never raises."""
        running = self._running
        if running is not None:
            return self._linked(running.link.sight())
        if self._trouble:
            return BelongingShown("", "", Person.VIEWER.value, False, None, self._trouble, (), True)
        return None

    def enrol(self, bundle: object, grant: str | None, actor: Actor) -> BelongingShown:
        """Belong to the HQ of a bundle, given as parsed JSON, at once. Raises Refused, Forbidden, Unavailable."""
        needs(actor, Person.ADMINISTRATOR)
        read = bundle_of(orjson.dumps(bundle))
        with self._lock:
            enrolment = enrolment_of(read, granted_to(self._memory, read.organisation, grant))
            enrol(self._memory, enrolment, actor, self._clock)
            self._end()
            self._begin(enrolment)
            self._trouble = ""
        found = self.shown()
        if found is None:
            raise AssertionError("a store that was enrolled belongs to somebody")
        return found

    def leave(self, actor: Actor) -> None:
        """Belong to nobody; the store's own part stays. Raises NotFound, Forbidden, Unavailable."""
        needs(actor, Person.ADMINISTRATOR)
        with self._lock:
            if self._running is None and not self._trouble:
                raise NotFound(nobody())
            self._end()
            leave(self._memory, actor, self._clock)
            self._trouble = ""
        self._tell(PlanChanged())

    def grant(self, grant: str, actor: Actor) -> BelongingShown:
        """Let HQ do what this role may. Raises NotFound, Refused, Forbidden, Unavailable."""
        needs(actor, Person.ADMINISTRATOR)
        with self._lock:
            fresh = regrant(self._memory, granted(grant), actor, self._clock)
            if self._running is not None:
                self._running.link.regrant(fresh.grant)
        found = self.shown()
        if found is None:
            raise NotFound(nobody())
        return replace(found, grant=fresh.grant.value)

    # -- within

    def _begin(self, enrolment: Enrolment) -> None:
        self._running = self._make(enrolment)
        self._running.start()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def _linked(self, sight: LinkSight) -> BelongingShown:
        version = self._memory.plan_in_force()
        zone = ZoneInfo("UTC") if version is None else version.own.store.place.tz
        return BelongingShown(sight.organisation, sight.broker, sight.grant.value, sight.up, sight.since,
                              sentence_of(sight, Wall(zone, self._clock.now())), sight.refused + sight.alarms,
                              bool(sight.refused or sight.alarms))


def sentence_of(sight: LinkSight, wall: Wall) -> str:
    """A link in one sentence for the people of a shop, who need not do anything about it."""
    since = "" if sight.since is None else wall.at(sight.since)
    who = sight.organisation
    if not sight.up:
        if not sight.words:
            return t("Connecting to HQ ({who}). The store runs by itself meanwhile.", who=who)
        return t("Not connected to HQ ({who}) since {since}. The store runs by itself with what it has.",
                 who=who, since=since)
    if sight.refused or sight.alarms:
        return t("Connected to HQ ({who}). Something that HQ sent cannot be used here; HQ has been told, and the store "
                 "goes on with what it has.", who=who)
    return t("Connected to HQ ({who}) since {since}.", who=who, since=since)


def nobody() -> str:
    """What to do where a store belongs to nobody."""
    return t("This store belongs to no HQ. Bring the bundle that HQ made for it in with: sinne store enrol BUNDLE")


def granted(text: str) -> Person:
    """The role whose rights HQ gets. Raises Refused."""
    for person in GRANTS:
        if person.value == text:
            return person
    raise Refused(t("HQ can have the rights of {roles} here; {given} is none of them.",
                    roles=", ".join(person.value for person in GRANTS), given=text[:40]))


def granted_to(memory: LinkedMemory, organisation: str, text: str | None) -> Person:
    """The role named; else the one that this HQ has here already, else staff. Raises Refused."""
    if text is not None:
        return granted(text)
    try:
        before = memory.hq.enrolment()
    except Refused:  # it cannot be read any more: enrolling again is what mends it
        return Person.STAFF
    return Person.STAFF if before is None or before.organisation != organisation else before.grant


def enrolment_of(bundle: Bundle, grant: Person) -> Enrolment:
    """What a store keeps of a bundle."""
    return Enrolment(
        organisation=bundle.organisation, store=bundle.store, broker=bundle.broker, username=bundle.username,
        password=bundle.password, keys=dict(bundle.keys), ca=bundle.ca, grant=grant, once=bundle.once)


def enrol(memory: LinkedMemory, enrolment: Enrolment, actor: Actor, clock: Clock) -> None:
    """Put it on disk. Raises Refused where the bundle is for another store, or there is no plan; Unavailable."""
    version = memory.plan_in_force()
    if version is None:
        raise Refused(t("There is no plan yet. Publish one first."))
    if version.own.store.id != enrolment.store:
        raise Refused(t("This bundle is for the store {theirs}, and here is {ours}. Bring the one that HQ made for "
                        "{ours}.", theirs=enrolment.store, ours=version.own.store.id))
    if _goes_elsewhere(memory, enrolment.organisation):
        put_alone(memory, actor.name, t("left HQ"), clock.now())
    body = {"organisation": enrolment.organisation, "broker": enrolment.broker, "grant": enrolment.grant.value,
            "bundle": enrolment.once, "by": actor.name}
    memory.hq.enrol(enrolment, clock.now(), Entry("hq.enrolled", body))


def leave(memory: LinkedMemory, actor: Actor, clock: Clock) -> None:
    """Take everything of HQ's away, from the plan first. Raises Unavailable."""
    now = clock.now()
    put_alone(memory, actor.name, t("left HQ"), now)
    memory.hq.leave(now, Entry("hq.left", {"by": actor.name}))


def _goes_elsewhere(memory: LinkedMemory, organisation: str) -> bool:
    """Whether the store belongs to another organisation, as far as that can be read: nothing of its may stay."""
    try:
        before = memory.hq.enrolment()
    except Refused:
        return True
    return before is not None and before.organisation != organisation


def regrant(memory: LinkedMemory, grant: Person, actor: Actor, clock: Clock) -> Enrolment:
    """Put another grant on disk. Raises NotFound, Unavailable."""
    enrolment = memory.hq.enrolment()
    if enrolment is None:
        raise NotFound(nobody())
    fresh = replace(enrolment, grant=grant)
    memory.hq.enrol(fresh, clock.now(), Entry("hq.granted", {"grant": grant.value, "by": actor.name}))
    return fresh
