"""`StoreVersions`: the past versions of a store's plan, how they differ, and one step back. The door `doors.Versions`.

A version is never taken away. Going back publishes an earlier one anew, as the next version, so that the record stays
whole and going back can itself be taken back.
"""

from __future__ import annotations

from datetime import datetime

from controller.choosing import needs
from controller.desk import Planning
from controller.differing import USUAL_DAYS, difference_of
from controller.doors import Difference
from controller.errors import NotFound, Refused
from controller.hq.applying import with_hq
from controller.hq.store_ports import LinkedMemory
from controller.ports import Actor, Clock, PlanVersion
from controller.publishing import checked, own_part
from profiles.limits import Person
from profiles.text import t


class StoreVersions:
    """The versions of one store. Safe to call from several threads."""

    def __init__(self, memory: LinkedMemory, planning: Planning, clock: Clock) -> None:
        """`planning` publishes."""
        self._memory, self._planning, self._clock = memory, planning, clock

    def versions(self, limit: int = 50) -> list[PlanVersion]:
        """The newest first."""
        return self._memory.plan_versions(limit)

    def version(self, number: int) -> PlanVersion:
        """One of them. Raises NotFound."""
        found = self._memory.plan_version(number)
        if found is None:
            raise NotFound(t("There is no version {number} of the plan.", number=number))
        return found

    def difference(
        self, before: int, after: int, start: datetime | None = None, days: int = USUAL_DAYS
    ) -> Difference:
        """What feels different between two versions. Raises NotFound, Refused."""
        old, new = self.version(before), self.version(after)
        return difference_of(old.plan, new.plan, start or self._clock.now(), days)

    def would_change(self, document: object, start: datetime | None = None, days: int = USUAL_DAYS) -> Difference:
        """What a plan that is not published yet would make different. Raises Refused with every error of it."""
        now = self._clock.now()
        plan, in_force = own_part(document), self._in_force()
        checked(plan, now)
        return difference_of(in_force.plan, with_hq(self._memory, in_force, plan, now), start or now, days)

    def rollback(self, number: int, actor: Actor) -> PlanVersion:
        """Publish an earlier version anew, as the next one. Raises NotFound, Forbidden, Refused, Conflict.

        What goes back is the store's own part; what HQ says is HQ's to take back. It has to pass today's check.
        """
        needs(actor, Person.MANAGER)
        wanted, in_force = self.version(number), self._in_force()
        if wanted.version == in_force.version:
            raise Refused(t("Version {number} is in force already.", number=number))
        if wanted.own.digest == in_force.own.digest:
            words = t("Version {number} is the same plan as version {other}, which is in force.", number=number,
                      other=in_force.version)
            if wanted.digest != in_force.digest:
                words = t("Between version {number} and version {other}, which is in force, only what HQ says has "
                          "changed. HQ can take it back, and nobody here.", number=number, other=in_force.version)
            raise Refused(words)
        return self._planning.publish(wanted.own, t("back to version {number}", number=number), actor,
                                      in_force.version)

    def _in_force(self) -> PlanVersion:
        found = self._memory.plan_in_force()
        if found is None:
            raise Refused(t("There is no plan yet. Publish one first."))
        return found
