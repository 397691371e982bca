"""What a dry run knows of the store: a consistent copy of what it runs on, taken through ports that only read.

The real store is never written to. What it decides on is copied: the plan in force, live presses and stops, what holds
rest on, what is left in cartridges. The record of the past is not; nothing is decided on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.errors import Refused, Unavailable
from controller.hq.applying import held_in_force, not_together
from controller.hq.documents import document_of
from controller.hq.fitting import amiss_in, together
from controller.hq.shelf import Held
from controller.hq.store_ports import LinkedMemory
from controller.ports import Entry, LocalChange, ScentRun
from controller.storage.memory import StoredMemory
from controller.storage.ram import memory_in_ram
from controller.store.sight import EngineSight
from profiles.plan import Live, Plan
from profiles.text import t

#: Presses and stops that ended so long ago are of no consequence any more.
_LOOK_BACK = timedelta(hours=1)
#: So often a copy is taken anew because somebody changed something meanwhile.
_TRIES = 20


@dataclass(frozen=True, slots=True)
class StoreCopy:
    """A store at one instant. `version` None: a plan file, which no store runs. `ml`: left in each cartridge, as its
    diffuser last reported; one that is not in it has not said. `local`: the store's own part of the plan, where that is
    another; `held`: documents of HQ's that are in force, by digest, which any other own part is put together with.
    """

    at: datetime
    plan: Plan
    version: int | None = None
    live: Live = field(default_factory=Live)
    scent_runs: tuple[ScentRun, ...] = ()
    local_changes: tuple[LocalChange, ...] = ()
    ml: Mapping[str, float] = field(default_factory=dict)
    local: Plan | None = None
    held: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def own(self) -> Plan:
        """The store's own part of the plan."""
        return self.plan if self.local is None else self.local

    def with_own(self, own: Plan) -> Plan:
        """The plan that would be in force with another own part. Raises Refused where HQ's does not go with it."""
        if not self.held:
            return own
        plan, _ = together(own, [Held(document_of(said), digest) for digest, said in self.held.items()])
        amiss = amiss_in(plan, own, self.at)
        if amiss:
            raise not_together(amiss)
        return plan


def copy_of(memory: LinkedMemory, at: datetime, ml: Mapping[str, float] | None = None) -> StoreCopy:
    """A copy of what a store remembers, of one state of it. Raises Refused without a plan, Unavailable.

    Every change of plan or choices commits with its journal entry, so a copy during which none came is of one state.
    """
    for _ in range(_TRIES):
        newest = memory.newest_entry()
        version, live = memory.plan_in_force(), memory.live(at - _LOOK_BACK)
        runs, changes = memory.scent_runs(), memory.local_changes()
        if memory.newest_entry() == newest:
            if version is None:
                raise Refused(t("There is no plan yet. Publish one first."))
            held = {each.digest: each.document.model_dump(mode="json") for each in held_in_force(memory, version, at)}
            return StoreCopy(at, version.plan, version.version, live, tuple(runs), tuple(changes), dict(ml or {}),
                             version.local, held)
    raise Unavailable(t("The store changes all the time, so it cannot be copied. Try again in a moment."))


def levels_in(sight: EngineSight) -> dict[str, float]:
    """What is left in each cartridge, in ml, as its diffuser last reported."""
    return {device: seen.ml_left for device, seen in sight.devices.items() if seen.ml_left is not None}


def memory_of(copy: StoreCopy, journal_id: str) -> StoredMemory:
    """A memory in RAM that holds what the copy holds. What is put into it is gone with the process."""
    memory = memory_in_ram(journal_id)
    entry = Entry("dryrun.copied")
    memory.publish(copy.plan, "sinne", "", copy.at, Entry("plan.published", {"digest": copy.plan.digest}))
    memory.add_overrides(copy.live.overrides, copy.at, entry)
    for stop in copy.live.stops:
        memory.add_stop(stop, copy.at, entry)
    memory.note_scent(copy.scent_runs)
    for change in copy.local_changes:
        memory.note_local_change(change, entry)
    return memory
