"""Whether what HQ says fits the store's own part, and the plan that comes of both (`semantics.md`, rules 3 and 23).

A manifest is applied as a whole or not at all: where the plan that it would make has an error that the store's own part
has not by itself, the manifest before stays in force, and the errors are what HQ is told. It is tried again whenever
something changed. Pure but for the shelf, on which is noted what became of each manifest.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from controller.errors import Refused
from controller.hq.documents import Manifest
from controller.hq.selecting import Concerning, concerning
from controller.hq.shelf import Held, Shelf
from controller.publishing import findings, plan_read
from profiles.check import errors
from profiles.composing import FromHq, compose
from profiles.finding import Finding
from profiles.plan import Plan

_log = logging.getLogger("sinne.hq")

_DAYPART = re.compile(r"^dayparts\[\d+\]")

#: Sentences of one refusal; a manifest with more is wrong in one way, many times.
MOST_SENTENCES = 10
#: Whole manifests that do not fit, the newest first, each with what is amiss.
Unfit = tuple[tuple[Manifest, tuple[str, ...]], ...]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The plan, and what of HQ's is in it. `whole`: whether it is the manifest in force with the store's own part; else
    it is the plan that was in force, because nothing on the shelf can take its place.

    `unfit`: whole manifests that are not in force because they do not fit, the newest first, each with what is amiss.
    """

    plan: Plan
    concerning: Concerning
    unfit: Unfit = ()
    whole: bool = True

    @property
    def refused(self) -> tuple[str, ...]:
        """Why the newest whole manifest is not in force; empty where it is."""
        return self.unfit[0][1] if self.unfit else ()


def together(local: Plan, held: Iterable[Held]) -> tuple[Plan, Concerning]:
    """The plan of a store with this own part and these documents in force, and what of them concerns it."""
    found = concerning(local.store, held)
    return compose(local, found.from_hq), found


#: What is amiss in a composed plan, given the store's own part: sentences, empty where nothing is.
Judge = Callable[[Plan, Plan, datetime], tuple[str, ...]]


def amiss_in(composed: Plan, local: Plan, now: datetime) -> tuple[str, ...]:
    """The errors of a composed plan that the store's own part has not by itself. Never raises."""
    try:
        # What was put together is within the bounds of a plan only if it can be read as one.
        found = errors(findings(plan_read(composed.model_dump(mode="json")), now))
        known = Counter(_place(one) for one in errors(findings(local, now))) if found else Counter[str]()
    except Refused as refusal:
        return tuple(str(refusal).splitlines())
    except Exception:
        # Whatever HQ says, the store goes on: what breaks the check is refused like what fails it.
        _log.exception("A composed plan could not be checked")
        return ("The plan that it makes here cannot be checked: the store's log says why.",)
    return tuple(str(one) for one in found if not _is_known(one, known))


def _is_known(finding: Finding, known: Counter[str]) -> bool:
    """Whether there is one in the same place without HQ. What it says may differ: sentences name what else there is."""
    known[_place(finding)] -= 1
    return known[_place(finding)] >= 0


def _place(finding: Finding) -> str:
    """Where it is. HQ's parts stand after the store's own, but programmes take dayparts out from between."""
    return _DAYPART.sub("dayparts[]", finding.field)


def fit(
    shelf: Shelf, local: Plan, now: datetime, in_force: Plan | None = None, judge: Judge = amiss_in,
) -> Fitted:
    """The plan of the newest whole manifest that fits `local`. What did not fit before is tried again. Never raises.

    `in_force`: the plan in force with what HQ says; where the shelf has nothing to put in its place (a torn one, one
    that is not filled yet) it stays, less what is halted. None: there is none that has anything of HQ's.
    """
    def tried() -> tuple[tuple[Plan, Concerning], tuple[str, ...]]:
        plan, found = together(local, shelf.in_force())
        known = plan is local or (in_force is not None and plan.digest == in_force.digest)
        return (plan, found), () if known else judge(plan, local, now)

    best, unfit = newest_that_fits(shelf, tried)
    if best is not None:
        return Fitted(*best, unfit)
    nothing = Concerning(FromHq(), ())
    if in_force is None:
        return Fitted(local, nothing, unfit)
    return Fitted(_less_halted(in_force, shelf), nothing, unfit, whole=False)


def newest_that_fits(shelf: Shelf, tried: Callable[[], tuple[Made, tuple[str, ...]]]) -> tuple[Made | None, Unfit]:
    """Put the newest whole manifest in force that fits, those too that did not before; what was made of it, and the
    others. `tried`: makes something of the manifest that is in force by then, and says what is amiss in it.
    """
    shelf.retry()
    unfit: Unfit = ()
    while shelf.manifest is not None:
        made, amiss = tried()
        if not amiss:
            shelf.settle()
            return made, unfit
        unfit = (*unfit, (shelf.manifest, amiss[:MOST_SENTENCES]))
        shelf.refuse()
    return None, unfit


def _less_halted(plan: Plan, shelf: Shelf) -> Plan:
    """A halt acts whatever else is amiss; but a campaign that some manifest here revived may be the revived one."""
    withdrawn = {} if shelf.halt is None else {each.campaign: each.version for each in shelf.halt.withdrawn}
    revived = {entry.id for manifest in shelf.manifests() for entry in manifest.entries
               if entry.kind == "campaign" and entry.version > withdrawn.get(entry.id, -1)}
    kept = tuple(each for each in plan.campaigns if each.id not in withdrawn.keys() - revived)
    return plan if len(kept) == len(plan.campaigns) else plan.changed(campaigns=kept)
