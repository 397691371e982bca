"""`StorePlanning`: the use cases that change something in a store. The door `desk.Planning`, opened.

Each asks for the actor's role, works out in pure modules what is to be (`choosing`, `nudges`, `ends`, `publishing`),
commits it with its journal entry, and only then tells the engine: what people did is in the database, and what the
engine is told is a hint to look. A refusal changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from uuid import uuid4

from pydantic import ValidationError

from controller.choosing import (
    NUDGE,
    Pressed,
    Stamp,
    guardrail_of,
    journal_settings,
    needs,
    override_of,
    press_of,
    zones_named,
)
from controller.desk import Choice
from controller.errors import NotFound, Refused, Unavailable
from controller.flashes import Flashes
from controller.hq.store_ports import LinkedMemory
from controller.masks import quieted
from controller.nudges import COMPLAINTS, lowered, nothing_to_lower, nudge_end, step_down
from controller.ownpart import Wanted, publish_own
from controller.ports import Actor, Clock, Entry, PlanVersion
from controller.publishing import checked, own_part
from controller.shapes import PressShown, StopShown
from controller.store.intake import EndStops, Happening, Identify, KeepStop, LiveChanged, PlanChanged
from controller.turning import Turning
from controller.walltime import Wall
from controller.wording import complaint_name, masked, pressed, taken_back, where_words
from profiles.limits import Person
from profiles.places import Zone
from profiles.plan import Live, Override, Plan, Stop
from profiles.resolve import resolve
from profiles.scene import Role, Sense
from profiles.text import t

log = logging.getLogger("sinne.planning")


class StorePlanning:
    """Changes of one store, whose engine runs in this process. Safe to call from several threads."""

    def __init__(
        self, memory: LinkedMemory, engine: Turning, clock: Clock, draw: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        """Everything is given, nothing is started. `draw`: ids that nobody had before."""
        self._memory, self._engine, self._clock, self._draw = memory, engine, clock, draw
        self._publishing, self._flashes = threading.Lock(), Flashes(clock)

    # ── choices ─────────────────────────────────────────────────────────────────────

    def press(
        self, zones: tuple[str, ...] | None, choice: Choice, end: str, actor: Actor, *, once: str | None = None,
    ) -> PressShown:
        """Override zones. A profile takes staff and must be let through by their guardrail; an own scene a manager.

        `once`: an id of the caller's, under which this is pressed one time only. Raises Forbidden, NotFound, Refused,
        Unavailable; Conflict where it was pressed under that id before.
        """
        needs(actor, Person.STAFF if choice.scene is None else Person.MANAGER)
        plan = self._plan()
        stamp = Stamp(actor, self._clock.now(), f"press-{once or self._draw()}")
        made = press_of(plan, zones_named(plan, zones), choice, end, stamp)
        live = self._memory.live(stamp.now)
        self._flashes.let(plan, live, stamp.now, added=made.overrides)
        body = {**_body(made.overrides, actor), "asked_end": end[:80]}
        self._memory.add_overrides(made.overrides, stamp.now, Entry("override.pressed", body))
        self._engine.tell(LiveChanged())
        return _shown(plan, made, _with(live, *made.overrides))

    def nudge(self, zone: str, complaint: str, actor: Actor) -> PressShown:
        """A small step down. A complaint that nothing can be done about is recorded all the same, and Refused."""
        needs(actor, Person.STAFF)
        if complaint not in COMPLAINTS:
            raise Refused(t("A complaint is {known}; this one is not known.", known=", ".join(COMPLAINTS)))
        plan = self._plan()
        place = zones_named(plan, (zone,))[0]
        stamp = Stamp(actor, self._clock.now(), f"{NUDGE}{self._draw()}", complaint_name(complaint))
        made = self._step_down(plan, place, complaint, stamp)
        if made is None:
            body = {"zone": zone, "complaint": complaint, "by": actor.name, "acted": False}
            self._memory.record(stamp.now, Entry("feedback.complaint", body))
            raise Refused(nothing_to_lower(complaint, place))
        live = self._memory.live(stamp.now)
        self._flashes.let(plan, live, stamp.now, added=made.overrides)
        body = {**_body(made.overrides, actor), "zone": zone, "complaint": complaint, "acted": True}
        self._memory.add_overrides(made.overrides, stamp.now, Entry("feedback.complaint", body))
        self._engine.tell(LiveChanged())
        return _shown(plan, made, _with(live, *made.overrides))

    def undo(self, press: str | None, actor: Actor) -> PressShown:
        """Take back a press, anybody's; None: the actor's own last that is still alive. Raises NotFound."""
        needs(actor, Person.STAFF)
        plan, now = self._plan(), self._clock.now()
        live = self._memory.live(now)
        alive = [o for o in live.overrides if o.over() > now]
        if press is None:
            mine = [o for o in alive if o.by == actor.name]
            if not mine:
                raise NotFound(t("You have chosen nothing that could be taken back."))
            press = mine[-1].press
        taken = tuple(o for o in alive if o.press == press)
        if not taken:
            raise NotFound(t("That choice has ended already, or never was."))
        self._flashes.let(plan, live, now, ended=taken)
        body = {"press": press, "name": taken[0].name, "zones": [o.zone for o in taken], "pressed_by": taken[0].by,
                "by": actor.name}
        self._memory.end_overrides(tuple(o.id for o in taken), now, Entry("override.undone", body))
        self._engine.tell(LiveChanged())
        zones = tuple(o.zone for o in taken)
        return PressShown(press, taken[0].name, zones, now, taken[0].by,
                          taken_back(taken[0].name, _where(plan, zones)), ())

    def end_overrides(self, zone: str, actor: Actor) -> int:
        """End all overrides of a zone, anybody's; returns how many."""
        needs(actor, Person.STAFF)
        plan, now = self._plan(), self._clock.now()
        zones_named(plan, (zone,))
        live = self._memory.live(now)
        ended = tuple(o for o in live.overrides if o.zone == zone and o.over() > now)
        ids = tuple(override.id for override in ended)
        if ids:
            self._flashes.let(plan, live, now, ended=ended)
            body = {"zone": zone, "overrides": list(ids), "by": actor.name}
            self._memory.end_overrides(ids, now, Entry("override.ended", body))
            self._engine.tell(LiveChanged())
        return len(ids)

    # ── stops ───────────────────────────────────────────────────────────────────────

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], reason: str, actor: Actor) -> StopShown:
        """Stop at once. Any member of staff may, with or without a plan; nobody's guardrail is asked.

        It works whatever the disk says: one that cannot be saved is kept in force by the engine, which saves it later.
        """
        needs(actor, Person.STAFF)
        if not senses:
            raise Refused(t("No sense was named. Name light, music or scent, or leave senses out for all three."))
        now = self._clock.now()
        named = None if zones is None else tuple(z.id for z in zones_named(self._plan_at_hand(), zones))
        unique = tuple(sense for sense in Sense if sense in senses)
        try:
            stop = Stop(id=f"stop-{self._draw()}", zones=named, senses=unique, by=actor.name,
                        reason=" ".join(reason.split())[:120] or t("stopped by hand"), since=now)
        except ValidationError:
            raise Refused(t("The reason of a stop has no invisible characters.")) from None
        body = {"stop": stop.id, "zones": None if named is None else list(named),
                "senses": [sense.value for sense in unique], "reason": stop.reason, "by": actor.name}
        entry = Entry("stop.pressed", body)
        try:
            self._memory.add_stop(stop, now, entry)
        except Exception as refusal:
            log.error("Stop %s is in force, but not saved yet: %s", stop.id, refusal)
            self._insist(KeepStop(stop, entry))
        else:
            self._engine.tell(LiveChanged())
        return StopShown(stop.id, stop.zones, stop.senses, stop.by, stop.reason, stop.since)

    def resume(self, stops: tuple[str, ...] | None, actor: Actor) -> int:
        """End stops (None: all); returns how many. Raises NotFound for one that is not in force."""
        needs(actor, Person.STAFF)
        now = self._clock.now()
        saved = [s.id for s in self._memory.live(now).stops if s.ended is None]
        unsaved = [s for s in self._engine.sight().unsaved_stops if s not in saved]
        for stop in stops or ():
            if stop not in saved and stop not in unsaved:
                raise NotFound(t("That stop has ended already, or never was."))
        ids = tuple(dict.fromkeys((*saved, *unsaved) if stops is None else stops))
        ended = tuple(stop for stop in ids if stop in saved)
        if ended:
            entry = Entry("stop.ended", {"stops": list(ended), "by": actor.name})
            self._memory.end_stops(ended, actor.name, now, entry)
            self._engine.tell(LiveChanged())
        if len(ended) < len(ids):
            self._insist(EndStops(tuple(stop for stop in ids if stop in unsaved), actor.name, now))
        return len(ids)

    # ── plan and devices ────────────────────────────────────────────────────────────

    def publish(self, document: object, note: str, actor: Actor, seen: int | None = None) -> PlanVersion:
        """Publish the local part of a plan, given as a `Plan` or as parsed JSON. Raises Refused, Conflict."""
        needs(actor, Person.MANAGER)
        now = self._clock.now()
        plan = own_part(document)
        wanted = Wanted(plan, note, actor.name, tuple(str(warning) for warning in checked(plan, now)), seen)
        with self._publishing:
            made = publish_own(self._memory, wanted, now)
        self._engine.tell(PlanChanged())
        return made

    def identify(self, device: str, actor: Actor) -> None:
        """Make a device show itself. Raises NotFound; Unavailable where the broker is away."""
        needs(actor, Person.STAFF)
        if device not in {installed.id for installed in self._plan().devices}:
            raise NotFound(t("There is no device {device} in the plan.", device=device[:63]))
        if not self._engine.sight().connected:
            raise Unavailable(t("The broker is out of reach, so no device can be asked. Try again in a moment."))
        self._engine.tell(Identify(device))

    # ── within ──────────────────────────────────────────────────────────────────────

    def _insist(self, happening: Happening) -> None:
        """Tell the engine what is written nowhere else: it has to answer. Raises Unavailable."""
        if not self._engine.tell(happening):
            raise Unavailable(t("This could not be saved, and the engine does not answer. Use the switches in the "
                                "shop, then try again."))

    def _plan_at_hand(self) -> Plan:
        """The plan in force; where it cannot be read, the one that the engine has."""
        try:
            return self._plan()
        except Unavailable:
            version = self._engine.sight().plan
            if version is None:
                raise
            return version.plan

    def _plan(self) -> Plan:
        version = self._memory.plan_in_force()
        if version is None:
            raise Refused(t("There is no plan yet. Publish one first."))
        return version.plan

    def _step_down(self, plan: Plan, place: Zone, complaint: str, stamp: Stamp) -> Pressed | None:
        """The override that answers a complaint; None where nothing can be lowered."""
        live = self._memory.live(stamp.now)
        before = resolve(plan, live, place.id, stamp.now)
        roles = frozenset(d.role for d in plan.devices if d.kind == "light" and place.id in d.zones) or frozenset(Role)
        settings = step_down(complaint, before, roles)
        if not settings:
            return None
        end = nudge_end(plan, place.id, stamp.now, guardrail_of(plan, stamp.actor.person))
        override, limits = override_of(plan, place, settings, end, stamp)
        if override is None:
            return None
        after = resolve(plan, _with(live, override), place.id, stamp.now)
        return Pressed((override,), limits) if lowered(before, after, settings) else None


def _shown(plan: Plan, made: Pressed, live: Live) -> PressShown:
    """A press as it is answered. `live`: people's choices at its instant, itself among them."""
    first = made.overrides[0]
    zones, ends = tuple(o.zone for o in made.overrides), [o.over() for o in made.overrides]
    sentence = pressed(first.name, _where(plan, zones), ends, Wall(plan.store.place.tz, first.start))
    held = any(_stopped(live, zone) for zone in zones)
    sentence = masked(sentence) if held else quieted(sentence, plan, live, made.overrides, first.start)
    return PressShown(first.press, first.name, zones, min(ends), first.by, sentence, made.limits)


def _body(overrides: Sequence[Override], actor: Actor) -> dict[str, object]:
    """A press as it stands in the journal: who, what, where, until when, and what was asked beyond the guardrail."""
    first = overrides[0]
    return {
        "press": first.press, "by": actor.name, "person": actor.person.value, "name": first.name,
        "profile": first.profile, "zones": [o.zone for o in overrides],
        "until": {o.zone: o.end.isoformat() for o in overrides},
        "scene": {o.zone: journal_settings(o.scene.settings()) for o in overrides if o.profile is None},
        "asked": {o.zone: journal_settings(o.asked.settings()) for o in overrides if o.asked is not None},
    }


def _with(live: Live, *overrides: Override) -> Live:
    return Live(overrides=(*live.overrides, *overrides), stops=live.stops)


def _stopped(live: Live, zone: str) -> bool:
    return any(s.ended is None and (s.zones is None or zone in s.zones) for s in live.stops)


def _where(plan: Plan, zones: Iterable[str]) -> str:
    here = list(zones)
    names = {zone.id: zone.name for zone in plan.zones}
    return where_words([names.get(zone, zone) for zone in here], len(here) == len(plan.zones) > 1)
