"""Answers about other instants than now: by the plan and the choices of then, and, for the past, by the journal.

Somebody looks from a `Standpoint`: the plan in force, the choices at hand, the time. The panel's is one look at the
engine; a command's is what it read from a folder or a file, which may have no memory behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.ports import Memory, PlanVersion
from controller.shapes import Explained, HoldShown, SegmentShown
from controller.showing.leading import Ground, ground_of
from controller.showing.record import Record
from controller.showing.unlike import Unlike
from controller.showing.week import checked_instant, explained, holding_at, reigns, segments_shown
from profiles.plan import Live
from profiles.scene import Sense

#: The engine keeps ended choices at hand for eight days; what is older is asked of the memory.
_AT_HAND = timedelta(days=7)
#: Versions that are read at first where the past is asked for; four times as many, as long as they do not reach back.
_FIRST_VERSIONS = 8


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where somebody looks from. `version.version` is 0 for a plan that was never published."""

    version: PlanVersion
    live: Live
    now: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Why is `zone` as it is `at` an instant? `without`: a layer's key, and what it would be without that one."""

    zone: str
    at: datetime
    without: str | None = None
    sense: Sense | None = None


class OtherInstants:
    """Timeline and reasons at any time. Safe to call from several threads."""

    def __init__(self, memory: Memory | None) -> None:
        """`memory`: where plans, choices and the journal of the past are; None: there is no past."""
        self._memory = memory
        self._record = None if memory is None else Record(memory)
        self._unlike = Unlike()

    def timeline(
        self, here: Standpoint, zones: Sequence[str], start: datetime, end: datetime, *,
        holds: Mapping[str, Sequence[HoldShown]],
    ) -> list[SegmentShown]:
        """The segments of `zones` in [start, end), which has been checked. `holds`: those of the present, by zone."""
        grounds = [(since, upto, self._ground(here, version, start))
                   for since, upto, version in reigns(self._versions(here, start), start, end)]
        return [segment for zone in zones for since, upto, ground in grounds
                for segment in segments_shown(zone, since, upto, ground, holds.get(zone, ()))]

    def explain(self, here: Standpoint, asked: Question, holds: Sequence[HoldShown]) -> Explained:
        """Why a zone is as it is. `holds`: those of the present. Raises NotFound, Refused."""
        at = checked_instant(asked.at)
        versions = self._versions(here, at)
        version, replaced = _reign(versions, at)
        ground = self._ground(here, version, at).until_replaced(replaced)
        found = explained(asked.zone, at, ground, holding_at(holds, here.now, at), asked.sense)
        if asked.without is not None:
            found = replace(found, without=self._unlike.without(asked.zone, at, asked.without, ground,
                                                                sense=asked.sense))
        if self._record is not None and at < here.now:
            found = replace(found, happened=self._record.of(asked.zone, at, ground))
        return found

    def gaps(self, start: datetime, end: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
        """Stretches of [start, end), up to `now`, in which the store was not running."""
        if self._record is None or start >= now:
            return []
        found = self._record.gaps(start, min(end, now))
        stretches = ((max(start, gap.start or start), min(end, now, gap.end or now)) for gap in found)
        return [(since, upto) for since, upto in stretches if since < upto]

    def _versions(self, here: Standpoint, since: datetime) -> list[PlanVersion]:
        """The plan in force and those before it, the newest first, as far back as `since`."""
        if self._memory is None or here.version.at <= since:
            return [here.version]
        limit = _FIRST_VERSIONS
        while True:
            found = self._memory.plan_versions(limit)
            if len(found) < limit or found[-1].at <= since:
                return found or [here.version]
            limit *= 4

    def _ground(self, here: Standpoint, version: PlanVersion, since: datetime) -> Ground:
        """What the sentences of a plan rest on, with the choices that were alive at `since` or came later."""
        live = here.live
        if self._memory is not None and since < here.now - _AT_HAND:
            live = self._memory.live(since)
        return ground_of(version.plan, live, here.now, version=version.version or None)


def _reign(versions: Sequence[PlanVersion], at: datetime) -> tuple[PlanVersion, datetime | None]:
    """The version in force at an instant, and when the next took its place. Before the oldest, that one counts."""
    replaced: datetime | None = None
    for version in versions:
        if version.at <= at:
            return version, replaced
        replaced = version.at
    return versions[-1], None if len(versions) < 2 else versions[-2].at
