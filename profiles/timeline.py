"""A day or a year of a zone as segments, whose boundaries are those of `resolve`'s `until`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from profiles.plan import Live, Plan
from profiles.resolve import Resolution, resolve


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch [start, end) of one zone in which no field changes winner or value."""

    zone: str
    start: datetime
    end: datetime
    resolution: Resolution


def timeline(plan: Plan, live: Live, zone: str, start: datetime, end: datetime) -> list[Segment]:
    """The segments of `zone` in [start, end), first to last, without gaps. Raises KeyError for an unknown zone."""
    segments: list[Segment] = []
    at = start
    while at < end:
        resolution = resolve(plan, live, zone, at)
        until = resolution.until
        upto = end if until is None or until > end else until
        segments.append(Segment(zone, at, upto, resolution))
        at = upto
    return segments
