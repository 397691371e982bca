"""What reports call stores, zones, fragrances, sources and campaigns: by what stores last said of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from controller.errors import Refused
from controller.hq.ports import FleetMemory, FleetRow
from controller.hq.proof.windows import zone_named
from controller.hq.reporting import plan_text
from controller.hq.shapes_proof import ReportQuery
from devices.state import visible_text

#: Consumption of a fragrance of which nothing is known (`profiles.plan.Fragrance`).
DEFAULT_ML_PER_H = 3.0
#: Of more stores than this only ids are shown for zones: their plans would have to be unpacked one by one.
_MOST_NAMED = 500
_PARTS = ("zones", "sources", "fragrances", "campaigns")


@dataclass(slots=True)
class Names:
    """The stores of a report by id, and the words of their plans, each read when it is first asked for."""

    fleet: FleetMemory
    rows: Mapping[str, FleetRow]
    _plans: dict[str, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)

    def store(self, store: str) -> str:
        """Its name; its id where it has not said one."""
        row = self.rows.get(store)
        return row.standing.place.name if row and row.standing and row.standing.place else store

    def country(self, store: str) -> str | None:
        """Where it is."""
        row = self.rows.get(store)
        return row.standing.place.country if row and row.standing and row.standing.place else None

    def zones(self, store: str, zones: Iterable[str]) -> str:
        """The zones of a device, one after another."""
        return " + ".join(self._name(store, "zones", zone) for zone in zones)

    def source(self, store: str, source: str) -> str:
        """A source of music."""
        return self._name(store, "sources", source)

    def fragrance(self, store: str, fragrance: str) -> str:
        """A fragrance."""
        return self._name(store, "fragrances", fragrance)

    def campaign(self, store: str, campaign: str) -> str:
        """A campaign, as the plan of this store names it."""
        return self._name(store, "campaigns", campaign)

    def ml_per_h(self, store: str, fragrance: str) -> float:
        """What a diffuser uses of it in an hour at 100 %, by the plan."""
        rate = self._part(store, "fragrances").get(fragrance, {}).get("ml_per_h")
        return float(rate) if isinstance(rate, int | float) else DEFAULT_ML_PER_H

    def _name(self, store: str, part: str, id_: str) -> str:
        name = self._part(store, part).get(id_, {}).get("name")
        return visible_text(name) if isinstance(name, str) and name else id_

    def _part(self, store: str, part: str) -> Mapping[str, dict[str, Any]]:
        known = self._plans.get(store)
        if known is None:
            known = self._plans[store] = self._read(store) if len(self._plans) < _MOST_NAMED else {}
        return known.get(part, {})

    def _read(self, store: str) -> dict[str, dict[str, dict[str, Any]]]:
        row = self.rows.get(store)
        payload = self.fleet.plan_payload(store) if row is not None and row.plan_at is not None else None
        try:
            said = {} if payload is None else orjson.loads(plan_text(payload))
            return {part: {str(each["id"]): each for each in said.get(part, ())} for part in _PARTS}
        except (Refused, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return {}


def chosen(rows: Iterable[FleetRow], asked: ReportQuery) -> dict[str, FleetRow]:
    """The stores that a report is asked for."""
    found = {}
    for row in rows:
        place = row.standing.place if row.standing is not None else None
        if (not asked.stores or row.store in asked.stores) and (
                not asked.tags or (place is not None and set(asked.tags) <= set(place.tags))) and (
                not asked.country or (place is not None and place.country == asked.country)):
            found[row.store] = row
    return found


def time_zones(rows: Mapping[str, FleetRow]) -> dict[str, ZoneInfo]:
    """Of each store; UTC of one that has not said where it is."""
    return {store: zone_named(row.standing.place.time_zone if row.standing and row.standing.place else "UTC")
            for store, row in rows.items()}


def behind(row: FleetRow, end: datetime, now: datetime) -> bool:
    """Whether a store may have more to tell of a time that ends at `end`: it was not heard since, or its journal has
    not come as far as it said that it goes.
    """
    standing = row.standing
    if standing is None or row.heard is None or (row.heard < min(end, now) and not standing.online):
        return True
    return standing.journal is not None and standing.journal.acknowledged + 500 < standing.journal.newest
