"""`HqFleet`: how every store stands, one store from afar, and what HQ asks of it. The door `doors.Fleet`, opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain

from controller.choosing import needs
from controller.desk import Overview
from controller.errors import NotFound, Refused
from controller.hq.afar import StoreFromAfar
from controller.hq.alarms import Stand
from controller.hq.asked import ANSWERS, EXPIRES_S, SENT, Names, asked_shown
from controller.hq.doors import EVERY_STORE
from controller.hq.facts import Facts, StorePlan
from controller.hq.fleet_words import Known, ago_words, countries, ends_offered, matches
from controller.hq.library import HqLibrary
from controller.hq.muster import Muster, at_once, shown_of
from controller.hq.orders import Ask
from controller.hq.ports import FleetRow
from controller.hq.room import Look, Room
from controller.hq.shapes import DocumentLine, OrderShown
from controller.hq.shapes_fleet import AskedShown, FleetQuery, FleetShown, FleetStore, StoreDetail
from controller.ports import Actor
from profiles.limits import Person
from profiles.plan import Plan
from profiles.text import t

#: Alarms first, then what is away, then what is late.
ORDER = (Stand.ALARM, Stand.OFFLINE, Stand.LAGGING, Stand.WAITING, Stand.UNHEARD, Stand.RIGHT)
_ASKED_WITHIN = timedelta(days=7)
_MOST_SENT, _MOST_ROWS, _LONGEST_TEXT = 1000, 1000, 100


class HqFleet:
    """The fleet over one memory. Safe to use from several threads and processes."""

    def __init__(self, room: Room, facts: Facts) -> None:
        """`facts`: what is known of the stores' plans."""
        self._room, self._facts = room, facts
        self._library = HqLibrary(room, facts)
        self._muster = Muster()

    def fleet(self, asked: FleetQuery = EVERY_STORE) -> FleetShown:
        """How they stand, alarms first. Raises Refused for a question that is none."""
        if len(asked.text) > _LONGEST_TEXT:
            raise Refused(t("A search has at most {most} characters.", most=_LONGEST_TEXT))
        look, now = self._room.look(), self._room.now()
        whole = self._muster.whole(look, now)
        known = whole.known if _is_all(asked) else [each for each in whole.known if matches(asked, each)]
        stood: dict[Stand, list[Known]] = {stand: [] for stand in ORDER}
        for each in known:
            stood[each.shown.stand].append(each)
        rows = list(chain.from_iterable(stood[stand] for stand in ORDER if asked.only in (None, stand)))
        first = max(0, asked.offset)
        page = rows[first:first + max(1, min(asked.limit, _MOST_ROWS))]
        return FleetShown(
            whole.sentence, len(whole.known), {stand.value: len(stood[stand]) for stand in Stand}, len(rows),
            tuple(at_once(each, look.force, now) for each in page),
            whole.countries if known is whole.known else countries(each.shown for each in known),
            whole.tags, whole.software, look.revision, now)

    def stores(self) -> list[FleetStore]:
        """Every store, by name."""
        look, now = self._room.look(), self._room.now()
        return [at_once(each, look.force, now) for each in self._muster.whole(look, now).known]

    def store(self, id_: str, actor: Actor) -> StoreDetail:
        """One of them. Raises NotFound."""
        look = self._room.fresh()
        row = _row(look, id_)
        now = self._room.now()
        shown = replace(shown_of(row, look.force, now), heard_words=ago_words(row.heard, now))
        plan, problem = self._plan(row)
        place = None if row.standing is None else row.standing.place
        documents: list[DocumentLine] = [
            self._library.line_of(look.force.newest[each.kind, each.id], look)
            for each in (look.force.for_store(id_, place) if place is not None else ())]
        zones = () if plan is None else tuple((each.id, each.name, each.kind.value) for each in plan.plan.zones)
        return StoreDetail(
            shown, tuple(documents), row.plan_at, problem, zones, _profiles(plan), ends_offered(),
            self._asked(id_, plan), row.enrolled.by, row.enrolled.made,
            plan is not None and actor.person.may(Person.EDITOR))

    def afar(self, id_: str) -> Overview:
        """A store's own *Today*, from its last plan. Raises NotFound, Refused."""
        row = _row(self._room.look(), id_)
        plan, problem = self._plan(row)
        if plan is None:
            raise Refused(problem)
        return StoreFromAfar(plan, self._room.now())

    def override(
        self, id_: str, zones: Sequence[str] | None, profile: str, end: str, actor: Actor,
    ) -> OrderShown:
        """Ask a store for an override. Raises Forbidden, NotFound, Refused."""
        needs(actor, Person.EDITOR)
        plan = self._plan_to_ask(id_, zones)
        if profile not in plan.moods:
            raise Refused(t("There is no profile {profile} in the plan of this store.", profile=profile[:63]))
        if not end.strip() or len(end) > 40:
            raise Refused(t("Say until when: minutes:30, next-change, closing, or time:18:00."))
        return self._ask(Ask(store=id_, verb="override", by=actor.name, profile=profile, end=end,
                             zones=None if zones is None else tuple(zones), expires_s=EXPIRES_S), actor)

    def end_override(self, id_: str, zones: Sequence[str] | None, actor: Actor) -> OrderShown:
        """Ask a store to end what was chosen there. Raises Forbidden, NotFound, Refused."""
        needs(actor, Person.EDITOR)
        self._plan_to_ask(id_, zones)
        return self._ask(Ask(store=id_, verb="end-override", by=actor.name,
                             zones=None if zones is None else tuple(zones), expires_s=EXPIRES_S), actor)

    def revision(self) -> int:
        """Rises with every change."""
        return self._room.papers.revision()

    # ── within ──────────────────────────────────────────────────────────────────────

    def _plan(self, row: FleetRow) -> tuple[StorePlan | None, str]:
        """The last plan of a store; or None, and why."""
        try:
            return self._facts.plan(row.store), ""
        except (NotFound, Refused) as refusal:
            return None, str(refusal)

    def _plan_to_ask(self, id_: str, zones: Sequence[str] | None) -> Plan:
        row = _row(self._room.look(), id_)
        plan, problem = self._plan(row)
        if plan is None:
            raise Refused(problem)
        known = {zone.id for zone in plan.plan.zones}
        for zone in zones or ():
            if zone not in known:
                raise NotFound(t("There is no zone {zone} in this store.", zone=zone[:63]))
        return plan.plan

    def _ask(self, ask: Ask, actor: Actor) -> OrderShown:
        return self._room.order("request", ask.model_dump(mode="json"), actor, {
            "store": ask.store, "asked": ask.verb, "profile": ask.profile or "", "end": ask.end or ""})

    def _asked(self, store: str, plan: StorePlan | None) -> tuple[AskedShown, ...]:
        """What was asked of a store in the last days, and what came of it; the newest first."""
        now = self._room.now()
        since, until = now - _ASKED_WITHIN, now + timedelta(days=1)
        waiting = [order for order in self._room.papers.open_orders()
                   if order.verb == "request" and order.body.get("store") == store]
        sent = () if self._room.record is None else [
            entry for entry in self._room.record.recorded(since, until, (SENT,), _MOST_SENT, True)
            if entry.body.get("store") == store]
        answers = () if self._room.proof is None else list(
            self._room.proof.lines(since, until, stores=[store], kinds=tuple(ANSWERS)))
        return asked_shown(waiting, sent, answers, now, _names(plan))


def _row(look: Look, id_: str) -> FleetRow:
    for row in look.rows:
        if row.store == id_:
            return row
    raise NotFound(t("There is no store {store}.", store=id_[:63]))


def _is_all(asked: FleetQuery) -> bool:
    """Whether no store is left out but by how it stands."""
    return not asked.text.split() and not asked.tags and not asked.country


def _profiles(plan: StorePlan | None) -> tuple[tuple[str, str, str], ...]:
    if plan is None:
        return ()
    return tuple(sorted(((each.id, each.name, each.says) for each in plan.plan.moods.values()),
                        key=lambda each: each[1].casefold()))


def _names(plan: StorePlan | None) -> Names:
    if plan is None:
        return Names(ends=dict(ends_offered()))
    return Names({each.id: each.name for each in plan.plan.moods.values()},
                 {zone.id: zone.name for zone in plan.plan.zones}, dict(ends_offered()))
