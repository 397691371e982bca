"""What HQ knows of every store's own part of its plan, from the last `up/plan` of each (`semantics.md`, rule 28).

Ten thousand stores are few different plans. Of each plan only what conflicts need is kept, and what is equal is kept
once: of a store its place and hours, of all else one copy for each that differs. A plan is read again only after the
store sent another one.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from controller.errors import NotFound, Refused
from controller.hq.conflicts import StoreFacts, facts_of
from controller.hq.ports import FleetMemory, FleetRow
from controller.hq.reporting import plan_json, plan_of
from profiles.composing import PREFIX, local_part
from profiles.overlay import Campaign
from profiles.places import Store, Zone
from profiles.plan import Live, Plan
from profiles.profile import Profile
from profiles.text import t

_log = logging.getLogger(__name__)

#: Above this share of stores with a new plan they are all asked for at once.
_ALL_AT_ONCE = 0.1


@dataclass(frozen=True, slots=True)
class StorePlan:
    """The last plan of a store, as it was composed there, people's choices, and when that was so."""

    plan: Plan
    live: Live
    at: datetime

    @property
    def local(self) -> Plan:
        """The store's own part, as far as it can be told apart."""
        return local_part(self.plan)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What stores have in common: all of a plan that conflicts need, but for the store."""

    zones: tuple[Zone, ...]
    campaigns: tuple[Campaign, ...]
    profiles: tuple[Profile, ...]


class Facts:
    """Facts of stores, kept in the process. Safe to ask from several threads."""

    def __init__(self, fleet: FleetMemory) -> None:
        """Nothing is read yet."""
        self._fleet = fleet
        self._reading = threading.Lock()
        self._known: dict[str, tuple[datetime, StoreFacts | None]] = {}
        self._rests: dict[str, _Rest] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def of(self, rows: Sequence[FleetRow]) -> dict[str, StoreFacts]:
        """The facts of those stores whose plan is known and can be read, by their ids."""
        with self._reading:
            self._read([row for row in rows if row.plan_at is not None and self._at(row.store) != row.plan_at])
            found = {}
            for row in rows:
                facts = self._known[row.store][1] if row.plan_at is not None and row.store in self._known else None
                if facts is not None:
                    found[row.store] = facts
            return found

    def plan(self, store: str) -> StorePlan:
        """The last plan of a store. Raises NotFound where none was seen, Refused where it cannot be read."""
        payload = self._fleet.plan_payload(store)
        if payload is None:
            raise NotFound(t("The store {store} has not said yet what its plan is.", store=store[:63]))
        return StorePlan(*plan_of(payload))

    def _at(self, store: str) -> datetime | None:
        known = self._known.get(store)
        return None if known is None else known[0]

    def _read(self, rows: Sequence[FleetRow]) -> None:
        wanted = {row.store: row.plan_at for row in rows if row.plan_at is not None}
        for store, payload in self._payloads(list(wanted)):
            at = wanted.get(store)
            if at is not None:
                self._known[store] = (at, self._facts(store, payload))

    def _payloads(self, stores: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        if len(stores) > 20 and len(stores) > _ALL_AT_ONCE * len(self._known):
            yield from self._fleet.plan_payloads()
            return
        for store in stores:
            payload = self._fleet.plan_payload(store)
            if payload is not None:
                yield store, payload

    def _facts(self, store: str, payload: bytes) -> StoreFacts | None:
        try:
            said = plan_json(payload)
            rest = self._rest(said)
            place = Store.model_validate(said["store"], extra="ignore")
        except (Refused, ValidationError, KeyError, TypeError, AttributeError) as broken:
            _log.warning("the plan of %s cannot be read: %s", store, broken)
            return None
        return facts_of(Plan.model_construct(
            store=place, zones=rest.zones, campaigns=rest.campaigns, profiles=rest.profiles))

    def _rest(self, said: dict[str, Any]) -> _Rest:
        """What is not about the store alone, read once for all stores that have it equal."""
        campaigns = [each for each in said.get("campaigns", ()) if not each["id"].startswith(PREFIX)]
        profiles = [each for each in said.get("profiles", ()) if not each["id"].startswith(PREFIX)] if campaigns else []
        zones = [{"id": each["id"], "name": each["name"], "kind": each["kind"], "default": {}}
                 for each in said["zones"]]
        digest = hashlib.sha256(orjson.dumps([zones, campaigns, profiles], option=orjson.OPT_SORT_KEYS)).hexdigest()
        known = self._rests.get(digest)
        if known is None:
            known = self._rests[digest] = _Rest(
                tuple(Zone.model_validate(each, extra="ignore") for each in zones),
                tuple(Campaign.model_validate(each, extra="ignore") for each in campaigns),
                tuple(Profile.model_validate(each, extra="ignore") for each in profiles))
        return known
