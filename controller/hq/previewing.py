"""A day of a store as it is and as a draft would make it: on a shipped example, or on the last plan of a real store.

The same code as in a store: documents are chosen and composed, times read and layers resolved as a store does it.
Energy is metered by a dry run, the real controller with simulated devices in virtual time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from controller.differing import difference_of
from controller.doors import Difference
from controller.dryrun.comparing import energy_of
from controller.dryrun.copying import StoreCopy
from controller.dryrun.running import run
from controller.errors import NotFound, Refused
from controller.hq.checking import with_draft
from controller.hq.conflicts import StoreFacts
from controller.hq.drafting import Read
from controller.hq.facts import Facts
from controller.hq.fitting import amiss_in
from controller.hq.in_force import entry_of
from controller.hq.room import Look, Room, selected
from controller.hq.selecting import concerning
from controller.hq.shapes import PlaceShown, PreviewShown
from controller.hq.shelf import Held
from controller.shapes import SegmentShown
from controller.showing.leading import ground_of
from controller.showing.week import segments_shown
from controller.wording_values import listed
from profiles.composing import compose
from profiles.instants import instant
from profiles.plan import Live, Plan
from profiles.planfile import read_plan
from profiles.scene import Field
from profiles.starters import store_names, store_text
from profiles.text import t

#: Before the id of an example, which no store's can have.
EXAMPLE = "example:"
_MOST_PLACES = 200
_FURTHEST = timedelta(days=396)
_SEED = 1


class Previewing:
    """Places to preview on, and previews. Keeps nothing."""

    def __init__(self, room: Room, facts: Facts) -> None:
        """`facts`: where stores' plans are."""
        self._room, self._facts = room, facts

    def places(self) -> list[PlaceShown]:
        """Shipped examples, then real stores by name."""
        look = self._room.look()
        known = sorted(self._facts.of(look.rows).values(), key=lambda each: (each.store.name.casefold(), each.store.id))
        return [_example(name) for name in store_names()] + [_real(each) for each in known[:_MOST_PLACES]]

    def preview(self, found: Read, place: str, day: date, *, full: bool) -> PreviewShown:
        """A day before and after. Raises NotFound for a place, Refused for a draft that does not fit there."""
        now = self._room.now()
        if abs(day - now.date()) > _FURTHEST:
            raise Refused(t("Days can be looked at thirteen months back and ahead, no further."))
        look = self._room.look()
        shown, local, reached = self._place(found, place, look)
        before, after = self._plans(found, local, look, now)
        tz = local.store.place.tz
        start, end = (datetime.fromtimestamp(instant(each, 0, tz), UTC) for each in (day, day + timedelta(days=1)))
        difference = difference_of(before, after, start, 1)
        was, would = (_segments(plan, start, end, now) for plan in (before, after))
        return PreviewShown(
            shown, day, start, end, was, would, _sentence(difference, after, reached),
            tuple(each.sentence for each in difference.felt), reached,
            _energy(before, after, start) if full else None, (_scent_min(was), _scent_min(would)) if full else None)

    def _place(self, found: Read, place: str, look: Look) -> tuple[PlaceShown, Plan, bool]:
        if place.startswith(EXAMPLE):
            name = place.removeprefix(EXAMPLE)
            if name not in store_names():
                raise NotFound(t("There is no example {name}; there are {names}.", name=name[:40],
                                 names=listed(store_names())))
            return _example(name), example_plan(name), True
        row = next((each for each in look.rows if each.store == place), None)
        if row is None:
            raise NotFound(t("There is no store {store}.", store=place[:63]))
        facts = self._facts.of([row]).get(place)
        local = self._facts.plan(place).local
        if facts is None:
            raise Refused(t("The plan of {store} cannot be read here.", store=place))
        return _real(facts), local, selected(found.said.selector, row, look.force.lists)

    def _plans(self, found: Read, local: Plan, look: Look, now: datetime) -> tuple[Plan, Plan]:
        """The plan now, and the one with the draft, whether or not the draft is for this store."""
        force = look.force
        held = [Held(each, entry_of(force.newest[each.kind, each.id]).digest) for each in force.documents]
        before = compose(local, concerning(local.store, held).from_hq)
        if before is not local and amiss_in(before, local, now):
            # Of an example, not all that HQ says needs to fit; what stores have was found to fit.
            before, held = local, []
        everywhere = found.said.model_copy(update={"selector": type(found.said.selector)()})
        tried = with_draft(Read(found.kind, found.id, everywhere, found.body), force, self._room.organisation)
        mine = [each for each in tried if not held and (each.document.kind, each.document.id) == (found.kind, found.id)]
        after = compose(local, concerning(local.store, mine or tried).from_hq)
        amiss = amiss_in(after, local, now)
        if amiss:
            raise Refused("\n".join(amiss))
        return before, after


def example_plan(name: str) -> Plan:
    """The plan of a shipped example store."""
    return read_plan(store_text(name), f"{name}.yaml")


def _example(name: str) -> PlaceShown:
    plan = example_plan(name)
    return PlaceShown(EXAMPLE + name, t("Example: {name}", name=plan.store.name), True, plan.store.timezone,
                      tuple((zone.id, zone.name, zone.kind.value) for zone in plan.zones))


def _real(facts: StoreFacts) -> PlaceShown:
    return PlaceShown(facts.store.id, facts.store.name, False, facts.store.timezone,
                      tuple((zone.id, zone.name, zone.kind.value) for zone in facts.zones))


def _segments(plan: Plan, start: datetime, end: datetime, now: datetime) -> tuple[SegmentShown, ...]:
    ground = ground_of(plan, Live(), now)
    return tuple(each for zone in plan.zones for each in segments_shown(zone.id, start, end, ground))


def _sentence(found: Difference, plan: Plan, reached: bool) -> str:
    names = {zone.id: zone.name for zone in plan.zones}
    zones = list(dict.fromkeys(names[each.zone] for each in found.felt))
    said = t("Nothing would feel different on this day.") if not zones else t(
        "It would feel different in {zones}.", zones=_shortly(zones))
    return said if reached else t("It is not for this store; if it were: {said}", said=said)


def _shortly(names: Sequence[str]) -> str:
    return listed(names) if len(names) <= 4 else t("{count} zones", count=len(names))


def _energy(before: Plan, after: Plan, start: datetime) -> tuple[float, float]:
    """Energy of the day in kWh, by a dry run. Raises Refused where a device cannot be simulated."""
    span = start, start + timedelta(days=1)
    copy = StoreCopy(at=start - timedelta(minutes=5), plan=before)
    found = energy_of(before, after, (run(copy, before, span, _SEED, _untold), run(copy, after, span, _SEED, _untold)))
    return found.before_kwh, found.after_kwh


def _scent_min(segments: Sequence[SegmentShown]) -> float:
    """For how many minutes scent is wished, over all zones."""
    return sum((each.end - each.start).total_seconds() / 60 for each in segments
               if each.values.get(Field.SCENT_ON.value) is True)


def _untold(_share: float) -> None:
    """Nobody watches how far it is."""
