"""A store seen from HQ: its *Today* and its reasons, from its last plan, by the store's own code. Read-only.

It is an `Overview` like the store's own, of which nothing is known of devices: what is planned and chosen is told, and
never that it is so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from controller.ends import ends_offered
from controller.errors import NotFound
from controller.health import HealthShown
from controller.hq.facts import StorePlan
from controller.ports import Actor, PlanVersion
from controller.shapes import (
    DeviceShown,
    EndShown,
    Explained,
    MoodShown,
    PressShown,
    SegmentShown,
    Standing,
    StopShown,
    StoreShown,
    ZoneShown,
)
from controller.showing.fields import fields_shown
from controller.showing.head import opening_at, presses_shown
from controller.showing.instants import OtherInstants, Question, Standpoint
from controller.showing.leading import because, ground_of, lead_of
from controller.showing.moods import moods_shown
from controller.showing.week import checked_span
from controller.wording import opening_words
from profiles.limits import Guardrail, Person
from profiles.places import Zone
from profiles.resolve import resolve
from profiles.scene import Sense
from profiles.text import t


class StoreFromAfar:
    """One store at one time, from its last plan. Keeps nothing else."""

    def __init__(self, last: StorePlan, now: datetime) -> None:
        """`last`: what the store said of its plan; `now`: when it is looked at."""
        self._last, self._now = last, now
        self._ground = ground_of(last.plan, last.live, now)
        self._version = PlanVersion(0, last.plan.digest, "", "", last.at, last.plan)
        self._instants = OtherInstants(None)
        self._here = Standpoint(self._version, last.live, now)

    def store(self) -> StoreShown:
        """The head of every page. Its clock is the store's."""
        plan, wall = self._last.plan, self._ground.wall
        opening = opening_at(plan, self._now)
        return StoreShown(
            id=plan.store.id, name=plan.store.name, timezone=plan.store.timezone, now=self._now.astimezone(wall.zone),
            opening_words=opening_words(opening.open, opening.change, wall),
            open_until=opening.change if opening.open else None,
            sentence=t("As it was planned and chosen {when}; what devices say stays in the store.",
                       when=wall.at(self._last.at)),
            plan_version=None, plan_digest=plan.digest, broker_connected=True, time_trusted=True, troubles=())

    def zones(self) -> list[ZoneShown]:
        """Every zone, as it should be now."""
        return [self._zone(zone) for zone in self._last.plan.zones]

    def zone(self, zone: str) -> ZoneShown:
        """One zone. Raises NotFound."""
        return self._zone(self._place(zone))

    def moods(self, zone: str, actor: Actor) -> list[MoodShown]:
        """What can be asked for in a zone. The store decides by the role that it grants to HQ."""
        place = self._place(zone)
        person = Person.STAFF if actor.person.may(Person.EDITOR) else Person.VIEWER
        return moods_shown(place, resolve(self._last.plan, self._last.live, place.id, self._now), person, self._ground)

    def ends(self, zone: str, actor: Actor) -> list[EndShown]:
        """How long something that is asked for may last. Raises NotFound."""
        del actor
        return ends_offered(self._last.plan, self._place(zone).id, self._now,
                            self._last.plan.guardrails.get(Person.STAFF, Guardrail()))

    def devices(self) -> list[DeviceShown]:
        """Nothing is known of devices."""
        return []

    def stops(self) -> list[StopShown]:
        """Stops in force."""
        return [StopShown(s.id, s.zones, s.senses, s.by, s.reason, s.since) for s in self._last.live.stops
                if s.ended is None]

    def presses(self) -> list[PressShown]:
        """Presses that are alive, newest first."""
        return presses_shown(self._ground)

    def timeline(self, start: datetime, end: datetime, zone: str | None = None) -> list[SegmentShown]:
        """What each zone is or will be by the plan of now, and was if it was in force then. Raises Refused, NotFound.
        """
        start, end = checked_span(start, end, zone is not None)
        wanted = [place.id for place in self._last.plan.zones] if zone is None else [self._place(zone).id]
        return self._instants.timeline(self._here, wanted, start, end, holds={})

    def explain(
        self, zone: str, at: datetime, without: str | None = None, sense: Sense | None = None
    ) -> Explained:
        """Why a zone is as it is. Raises NotFound, Refused."""
        return self._instants.explain(self._here, Question(zone, at, without, sense), ())

    def gaps(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Whether the store was running is in its journal alone. Raises Refused."""
        checked_span(start, end)
        return []

    def plan(self) -> PlanVersion | None:
        """The plan. Its version is not known: only the store counts them."""
        return self._version

    def health(self) -> HealthShown:
        """Of the store's engine nothing is known here."""
        return HealthShown(ok=False, alive=True, sentence=t("How a store's devices are is told in the fleet."),
                           broker_connected=False, engine_age_s=0, devices=0, converged=0, lost=0, alarms=0,
                           orders_sent=0, reports_taken=0, malformed=0, retries=0, uptime_s=0)

    def changes(self, after: int, timeout_s: float) -> int:
        """It never changes: who wants to know more looks again."""
        del timeout_s
        return max(after, 0)

    def stream(self, after: int) -> Iterator[int]:
        """There is no stream."""
        del after
        return iter(())

    def _place(self, zone: str) -> Zone:
        for place in self._last.plan.zones:
            if place.id == zone:
                return place
        raise NotFound(t("There is no zone {zone} in this store.", zone=zone[:63]))

    def _zone(self, zone: Zone) -> ZoneShown:
        ground = self._ground
        resolution = resolve(self._last.plan, self._last.live, zone.id, self._now)
        lead = lead_of(resolution, ground)
        overrides = sum(o.zone == zone.id and o.start <= self._now < o.over() for o in self._last.live.overrides)
        return ZoneShown(
            id=zone.id, name=zone.name, kind=zone.kind.value, shape=zone.shape, what=lead.what,
            because=because(resolution, lead.layer, lead.until, ground), until=lead.until, next=lead.next,
            next_at=lead.until if lead.next else None, standing=Standing.NONE, standing_words=t("As planned"),
            converged=False, desired={field.value: each.value for field, each in resolution.fields.items()},
            reported={}, senses=(), fields=fields_shown(resolution, ground), holds=(), overrides=overrides,
            stopped=any(stop.zones is None or zone.id in stop.zones for stop in self.stops()))
