"""A store to read times in where no store is named: where most of the stores are, open by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from controller.errors import Refused
from controller.hq.facts import Facts
from controller.hq.ports import FleetRow
from profiles.places import Store
from profiles.text import t

_HOURS = "Mo-Sa 10:00-19:00; Su 11:00-17:00"
_UTC = "UTC"
#: Stores whose plan is looked at, in case one cannot be read.
_TRIES = 5


def usual_store(rows: Sequence[FleetRow], facts: Facts) -> Store:
    """A real store of the time zone in which most stores are, whose plan is known; else one as it could be there."""
    counts = Counter(row.standing.place.time_zone for row in rows
                     if row.standing is not None and row.standing.place is not None)
    if not counts:
        return store_in(_UTC)
    zone = counts.most_common(1)[0][0]
    there = sorted((row for row in rows if row.plan_at is not None and row.standing is not None
                    and row.standing.place is not None and row.standing.place.time_zone == zone),
                   key=lambda row: row.store)
    for row in there[:_TRIES]:
        known = facts.of([row]).get(row.store)
        if known is not None:
            return known.store
    try:
        return store_in(zone, rows)
    except Refused:  # that is what stores say, and whatever they say, drafts can be written
        return store_in(_UTC)


def store_in(time_zone: str, rows: Sequence[FleetRow] = ()) -> Store:
    """A store as it could be in a time zone, in the country in which most of the fleet's stores there are.

    It stands in the middle of Europe, so that times by the sun can be read: they are only about right. Raises Refused.
    """
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(t("There is no time zone {zone}; one is Europe/Stockholm.", zone=repr(time_zone[:40]))) from None
    countries = Counter(row.standing.place.country for row in rows
                        if row.standing is not None and row.standing.place is not None
                        and row.standing.place.time_zone == time_zone and row.standing.place.country)
    country = countries.most_common(1)[0][0] if countries else None
    return Store(id="somewhere", name=time_zone, timezone=time_zone, country=country, coordinates=(52.0, 13.0),
                 hours=_HOURS)
