"""The plan that stores of one kind make of the same documents: composed once, then shared.

Whether it fits is looked at once for all kinds of one format: that reads weeks of every part, and says the same of all
of them but for what hours and the sun make of a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.crowd.kinds import format_of, kind_plan
from controller.hq.fitting import amiss_in
from controller.hq.reporting import canonical
from controller.hq.selecting import Concerning
from profiles.composing import compose
from profiles.plan import Plan

#: Few kinds and few sets of documents are in force at a time; what is older is composed again.
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Composed:
    """A plan, and what keeps it from being put in force."""

    plan: Plan
    amiss: tuple[str, ...]
    _around: tuple[bytes, bytes]

    def of_store(self, store: str) -> bytes:
        """The plan's canonical JSON with this store in it (canonical JSON too); its SHA-256 is the plan's digest."""
        before, after = self._around
        return before + store.encode() + after


class Composer:
    """Plans by kind and by the digest of what applies."""

    def __init__(self) -> None:
        """Nothing is composed yet."""
        self._known: dict[tuple[int, str], Composed] = {}
        self._amiss: dict[tuple[int, str], tuple[str, ...]] = {}

    def composed(self, kind: int, found: Concerning, now: datetime) -> Composed:
        """The plan of a kind with these documents."""
        key = (kind, found.digest)
        known = self._known.get(key)
        if known is None:
            local = kind_plan(kind)
            plan = compose(local, found.from_hq)
            if len(self._known) >= _MOST:
                self._known.clear()
                self._amiss.clear()
            judged = (format_of(kind), found.digest)
            if plan is not local and judged not in self._amiss:
                self._amiss[judged] = amiss_in(plan, local, now)
            known = self._known[key] = Composed(plan, self._amiss.get(judged, ()), _around(plan))
        return known


def _around(plan: Plan) -> tuple[bytes, bytes]:
    """What stands before and after the store in the plan's canonical JSON."""
    before, _, after = canonical(plan).partition(f'"store":{canonical(plan.store)}')
    return f'{before}"store":'.encode(), after.encode()
