"""`StoreDryRuns`: dry runs of a store that runs. The door `controller.dryrun.doors.DryRuns`, opened."""

from __future__ import annotations

import threading
from collections.abc import Callable

from controller.choosing import needs
from controller.desk import Planning
from controller.dryrun.candidate import read_candidate
from controller.dryrun.copying import copy_of, levels_in
from controller.dryrun.shapes import USUAL_DAYS, DryRun
from controller.dryrun.worker import Runner, Workers
from controller.errors import Conflict, Refused, TooSoon
from controller.hq.store_ports import LinkedMemory
from controller.ports import Actor, Clock, PlanVersion
from controller.store.sight import EngineSight
from profiles.limits import Person
from profiles.text import t, tn

#: Who is told to come back, after so many seconds.
_COME_BACK_S = 10.0


class StoreDryRuns:
    """One dry run at a time. Safe to call from several threads."""

    def __init__(
        self, memory: LinkedMemory, planning: Planning, clock: Clock, sight: Callable[[], EngineSight],
        runner: Runner | None = None,
    ) -> None:
        """`planning` publishes; `sight`: the engine's, for what devices reported; `runner`: where it is run, unless
        given in processes of their own.
        """
        self._memory, self._planning, self._clock, self._sight = memory, planning, clock, sight
        self._workers = Workers()
        self._runner, self._running = runner or self._workers, threading.Lock()
        self._share: float | None = None

    def try_out(self, text: str, actor: Actor, days: int = USUAL_DAYS, name: str = "plan.yaml") -> DryRun:
        """What `text` would make different. Raises Forbidden, Refused, TooSoon, Unavailable."""
        needs(actor, Person.MANAGER)
        if not self._running.acquire(blocking=False):
            raise TooSoon(t("Another plan is being tried in this store. It takes some seconds: try again then."),
                          _COME_BACK_S)
        try:
            self._share = 0.0
            copy = copy_of(self._memory, self._clock.now(), levels_in(self._sight()))
            return self._runner(copy, text, name, days, self._note)
        finally:
            self._share = None
            self._running.release()

    def progress(self) -> float | None:
        """How far the one that goes on is."""
        return self._share

    def publish(self, text: str, tried: str, seen: int, actor: Actor) -> PlanVersion:
        """Publish what was tried. Raises Forbidden, Refused, Conflict."""
        needs(actor, Person.MANAGER)
        in_force = self._memory.plan_in_force()
        if in_force is None:
            raise Refused(t("There is no plan yet. Publish one first."))
        if in_force.version != seen:
            raise Conflict(t("It was compared with version {seen}, and version {version} by {author} is in force by "
                             "now. Try it again, then publish.", seen=seen, version=in_force.version,
                             author=in_force.author))
        candidate = read_candidate(text, "plan.yaml", in_force.own, self._clock.now())
        if candidate.plan.digest != tried:
            raise Conflict(t("The text is not the one that was tried any more. Try it again, then publish."))
        if candidate.plan.digest == in_force.own.digest:
            raise Refused(t("This is the plan in force already, so there is nothing to publish."))
        campaigns = (*candidate.added, *candidate.replaced)
        note = tn("campaign {names}, tried before", "campaigns {names}, tried before", len(campaigns),
                  names=", ".join(campaigns)) if campaigns else t("tried before")
        return self._planning.publish(candidate.plan, note, actor, seen)

    def stop(self) -> None:
        """The store ends: what goes on is ended, not waited for."""
        self._workers.stop()

    def _note(self, share: float) -> None:
        self._share = share
