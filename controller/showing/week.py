"""Other instants than now: the timeline and the reasons at any time, by the plan that was or will be in force then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from controller.errors import NotFound, Refused
from controller.ports import PlanVersion
from controller.shapes import Explained, HoldShown, SegmentShown
from controller.showing.fields import fields_shown
from controller.showing.leading import Ground, because, lead_of, leading, what
from profiles.compiled import HORIZON
from profiles.resolve import resolve
from profiles.text import t
from profiles.timeline import timeline

#: Instants that can be asked for: wide enough for every plan, narrow enough for every calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2100


def checked_instant(instant: datetime) -> datetime:
    """The instant in UTC. Raises Refused for one without a time zone or far away."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise Refused(t("A time needs its offset, such as 2026-04-16T14:30:00Z."))
    if not FIRST_YEAR <= instant.year < LAST_YEAR:
        raise Refused(t("Times lie between the years {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR))
    return instant.astimezone(UTC)


def checked_span(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Both ends in UTC. Raises Refused unless `start` is before `end` and at most 13 months before it."""
    start, end = checked_instant(start), checked_instant(end)
    if start >= end:
        raise Refused(t("The end of the timeline must be later than its start."))
    if end - start > HORIZON:
        raise Refused(t("The timeline answers at most 13 months at a time."))
    return start, end


def reigns(
    versions: Sequence[PlanVersion], start: datetime, end: datetime
) -> list[tuple[datetime, datetime, PlanVersion]]:
    """Which of `versions` (newest first) is in force when in [start, end). Before the oldest, the oldest counts."""
    found: list[tuple[datetime, datetime, PlanVersion]] = []
    upto = end
    for number, version in enumerate(versions):
        since = start if number == len(versions) - 1 else max(version.at, start)
        if since < upto:
            found.append((since, upto, version))
            upto = since
    return found[::-1]


def segments_shown(zone: str, start: datetime, end: datetime, ground: Ground) -> list[SegmentShown]:
    """The segments of a zone in [start, end) by one plan; none where that plan has not got the zone."""
    if zone not in {known.id for known in ground.plan.zones}:
        return []
    found = []
    for segment in timeline(ground.plan, ground.live, zone, start, end):
        lead = leading(segment.resolution, ground)
        found.append(SegmentShown(
            zone=zone, start=segment.start, end=segment.end, what=what(lead), rank=lead.rank.name.lower(),
            because=because(segment.resolution, lead, None, ground),
            values={field.value: resolved.value for field, resolved in segment.resolution.fields.items()}))
    return found


def explained(zone: str, at: datetime, ground: Ground, holds: tuple[HoldShown, ...]) -> Explained:
    """Why a zone is as it is at an instant; `holds`: those that hold then. Raises NotFound."""
    if zone not in {known.id for known in ground.plan.zones}:
        raise NotFound(t("There is no zone {zone} in this store.", zone=zone[:63]))
    resolution = resolve(ground.plan, ground.live, zone, at)
    lead = lead_of(resolution, ground)
    return Explained(
        zone=zone, at=at, what=lead.what, because=because(resolution, lead.layer, lead.until, ground), until=lead.until,
        fields=fields_shown(resolution, ground), holds=holds)


def holding_at(holds: Sequence[HoldShown], now: datetime, at: datetime) -> tuple[HoldShown, ...]:
    """Of the holds of the present those that will still hold at `at`; what held in the past is not remembered."""
    if at < now - timedelta(seconds=1):
        return ()
    return tuple(h for h in holds if at <= now + timedelta(seconds=1) or (h.until is not None and at < h.until))
