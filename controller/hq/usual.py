"""A store to read times in where no store is named: where most of the stores are, open by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from controller.errors import Refused
from controller.hq.conflicts import StoreFacts
from controller.hq.ports import FleetRow
from profiles.places import Store
from profiles.text import t

_HOURS = "Mo-Sa 10:00-19:00; Su 11:00-17:00"
_UTC = "UTC"


def usual_store(rows: Sequence[FleetRow], facts: Mapping[str, StoreFacts]) -> Store:
    """A real store of the time zone in which most stores are, whose plan is known; else one as it could be there."""
    counts = Counter(row.standing.place.time_zone for row in rows
                     if row.standing is not None and row.standing.place is not None)
    for zone, _ in counts.most_common():
        known = [each.store for each in facts.values() if each.store.timezone == zone]
        if known:
            return min(known, key=lambda store: store.id)
    return store_in(counts.most_common(1)[0][0] if counts else _UTC, rows)


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
