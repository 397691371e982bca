"""The door `Versions` over the invented store of `fakes.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from controller.differing import difference_of
from controller.doors import Difference
from controller.errors import NotFound, Refused
from controller.ports import Actor, PlanVersion
from controller.publishing import checked
from profiles.planfile import PlanFileError, plan_from_document

Publish = Callable[[object, str, Actor], PlanVersion]


class FakeVersions:
    """Versions as the invented store keeps them; they are compared by the real comparison."""

    def __init__(self, kept: list[PlanVersion], now: Callable[[], datetime], publish: Publish) -> None:
        self._kept, self._now, self._publish = kept, now, publish

    def versions(self, limit: int = 50) -> list[PlanVersion]:
        return self._kept[::-1][:limit]

    def version(self, number: int) -> PlanVersion:
        for version in self._kept:
            if version.version == number:
                return version
        raise NotFound(f"There is no version {number} of the plan.")

    def difference(self, before: int, after: int, start: datetime | None = None, days: int = 28) -> Difference:
        return difference_of(self.version(before).plan, self.version(after).plan, start or self._now(), days)

    def would_change(self, document: object, start: datetime | None = None, days: int = 28) -> Difference:
        try:
            plan = plan_from_document(document)
        except PlanFileError as error:
            raise Refused(str(error)) from None
        checked(plan, start or self._now())
        return difference_of(self._kept[-1].plan, plan, start or self._now(), days)

    def rollback(self, number: int, actor: Actor) -> PlanVersion:
        found = self.version(number)
        if found is self._kept[-1]:
            raise Refused(f"Version {number} is in force already.")
        return self._publish(found.plan.model_dump(mode="json"), f"back to version {number}", actor)
