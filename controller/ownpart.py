"""Publishing the store's own part of a plan: a new version of the plan in force, in which what HQ says stays.

`PUT /plan`, `import`, a calendar taken in, a dry run that is published, a version gone back to: all of them come here,
and change only what the people of this store have written (`semantics.md`, rule 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.errors import Conflict, Refused
from controller.hq.applying import PUBLISHED, with_hq
from controller.hq.store_ports import LinkedMemory
from controller.ports import Entry, PlanVersion
from profiles.plan import Plan
from profiles.text import t

#: A note to a published plan is a remark, not a document.
_LONGEST_NOTE = 500
#: So often a version is made anew because HQ was quicker.
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """An own part that is to be published, checked by itself. `seen`: the version that the author started from."""

    plan: Plan
    note: str
    author: str
    warnings: tuple[str, ...] = ()
    seen: int | None = None


def publish_own(memory: LinkedMemory, wanted: Wanted, now: datetime) -> PlanVersion:
    """Publish it, with what HQ says. Raises Refused, Conflict (somebody here was quicker), Unavailable."""
    for _ in range(_TRIES):
        before = memory.plan_in_force()
        _may_follow(memory, before, wanted)
        plan = with_hq(memory, before, wanted.plan, now)
        note = " ".join(wanted.note.split())[:_LONGEST_NOTE]
        body = {"digest": plan.digest, "note": note, "by": wanted.author, "warnings": list(wanted.warnings)}
        try:
            return memory.publish(plan, wanted.author, note, now, Entry(PUBLISHED, body), local=wanted.plan,
                                  upon=0 if before is None else before.version)
        except Conflict:
            continue
    raise Conflict(t("The plan changes all the time. Nothing was changed. Try again in a moment."))


def _may_follow(memory: LinkedMemory, before: PlanVersion | None, wanted: Wanted) -> None:
    if wanted.seen is not None and not _is_fresh(memory, before, wanted.seen):
        raise Conflict(_overtaken(before, wanted.seen))
    if before is not None and before.plan.store.id != wanted.plan.store.id:
        raise Refused(t("This is the plan of the store {theirs}, and here is {ours}.",
                        theirs=wanted.plan.store.id, ours=before.plan.store.id))


def _is_fresh(memory: LinkedMemory, before: PlanVersion | None, seen: int) -> bool:
    """Whether nobody here published anything since: versions in which only HQ's part is another do not count."""
    if before is None or seen >= before.version:
        return seen == (0 if before is None else before.version)
    since = (memory.plan_version(number) for number in range(before.version - 1, seen - 1, -1))
    return all(version is not None and version.own.digest == before.own.digest for version in since)


def _overtaken(before: PlanVersion | None, seen: int) -> str:
    if before is None:
        return t("There is no plan yet, so there is no version {seen} to start from.", seen=seen)
    return t("Version {version} by {author} is in force, and you started from {seen}. Look at it, then decide.",
             version=before.version, author=before.author, seen=seen)
