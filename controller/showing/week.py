"""Other instants than now: the timeline and the reasons at any time, by the plan that was or will be in force then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from controller.errors import NotFound, Refused
from controller.ports import PlanVersion
from controller.shapes import Explained, HoldShown, SegmentShown
from controller.showing.fields import fields_shown, limits_of
from controller.showing.layers import layer_shown, profile_of
from controller.showing.leading import Ground, because, lead_of, leading, only, strength, what
from controller.wording import rank_word
from profiles.compiled import HORIZON
from profiles.layers import LayerName
from profiles.resolve import Resolution, resolve
from profiles.scene import Field, Sense
from profiles.text import t
from profiles.timeline import timeline

#: Instants that can be asked for: wide enough for every plan, narrow enough for every calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2100
#: Of all zones at once no more than this is told: a year of a hundred zones would keep a store busy for a minute.
LONGEST_OF_ALL = timedelta(days=35)


def checked_instant(instant: datetime) -> datetime:
    """The instant in UTC. Raises Refused for one without a time zone or far away."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise Refused(t("A time needs its offset, such as 2026-04-16T14:30:00Z."))
    if not FIRST_YEAR <= instant.year < LAST_YEAR:
        raise Refused(t("Times lie between the years {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR))
    return instant.astimezone(UTC)


def checked_span(start: datetime, end: datetime, one_zone: bool = True) -> tuple[datetime, datetime]:
    """Both ends in UTC. Raises Refused unless `start` is before `end`, at most 13 months, or 35 days of all zones."""
    start, end = checked_instant(start), checked_instant(end)
    if start >= end:
        raise Refused(t("The end of the timeline must be later than its start."))
    if end - start > HORIZON:
        raise Refused(t("The timeline answers at most 13 months at a time."))
    if not one_zone and end - start > LONGEST_OF_ALL:
        raise Refused(t("The timeline of every zone answers at most {days} days at a time. Name a zone to see more.",
                        days=LONGEST_OF_ALL.days))
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


def segments_shown(
    zone: str, start: datetime, end: datetime, ground: Ground, holds: Sequence[HoldShown] = ()
) -> list[SegmentShown]:
    """The segments of a zone in [start, end) by one plan; none where that plan has not got the zone.

    `holds`: those of the present, told in the segments in which they hold.
    """
    if zone not in {known.id for known in ground.plan.zones}:
        return []
    found = []
    for segment in timeline(ground.plan, ground.live, zone, start, end):
        lead = leading(segment.resolution, ground)
        fields = segment.resolution.fields
        giving, beaten = _layers(segment.resolution, ground)
        found.append(SegmentShown(
            zone=zone, start=segment.start, end=segment.end, what=what(lead), rank=rank_word(lead.rank),
            because=because(segment.resolution, lead, None, ground),
            values={field.value: resolved.value for field, resolved in fields.items()},
            layer=layer_shown(lead, ground),
            others=tuple(layer_shown(layer, ground) for layer in giving if layer != lead),
            beat=tuple(layer_shown(layer, ground) for layer in beaten), profile=profile_of(lead, ground),
            limits=tuple(dict.fromkeys(said for field in Field if field in fields
                                       for said in limits_of(field, fields[field], ground))),
            holds=_holding(holds, segment.start, segment.end, ground.wall.now), version=ground.version))
    return found


def _layers(resolution: Resolution, ground: Ground) -> tuple[list[LayerName], list[LayerName]]:
    """The layers that give something, and those that give nothing, the strongest first."""
    giving = {resolved.because.layer for resolved in resolution.fields.values()}
    beaten = {opinion.layer for resolved in resolution.fields.values() for opinion in resolved.because.beat} - giving
    order = partial(strength, ground=ground)
    return sorted(giving, key=order, reverse=True), sorted(beaten, key=order, reverse=True)


def _holding(holds: Sequence[HoldShown], start: datetime, end: datetime, now: datetime) -> tuple[HoldShown, ...]:
    """Of the holds of the present those that hold in a part of [start, end)."""
    return tuple(h for h in holds if now < end and (start <= now if h.until is None else start < h.until))


def explained(
    zone: str, at: datetime, ground: Ground, holds: tuple[HoldShown, ...], sense: Sense | None = None
) -> Explained:
    """Why a zone (or a sense of it) is as it is at an instant; `holds`: those that hold then. Raises NotFound."""
    if zone not in {known.id for known in ground.plan.zones}:
        raise NotFound(t("There is no zone {zone} in this store.", zone=zone[:63]))
    resolution = resolve(ground.plan, ground.live, zone, at)
    lead = lead_of(resolution, ground, sense)
    mine, until = only(resolution, sense), ground.ended(lead.until)
    return Explained(
        zone=zone, at=at, what=lead.what, because=because(mine, lead.layer, until, ground), until=until,
        fields=fields_shown(mine, ground), holds=tuple(h for h in holds if sense in (None, h.sense)),
        layer=layer_shown(lead.layer, ground), version=ground.version)


def holding_at(holds: Sequence[HoldShown], now: datetime, at: datetime) -> tuple[HoldShown, ...]:
    """Of the holds of the present those that will still hold at `at`; what held in the past is not remembered."""
    if at < now - timedelta(seconds=1):
        return ()
    return tuple(h for h in holds if at <= now + timedelta(seconds=1) or (h.until is not None and at < h.until))
