"""What HQ knows of every store's own part of its plan, from the last `up/plan` of each (`semantics.md`, rule 28).

Ten thousand stores are few different plans. Of each plan only what conflicts need is kept, and what is equal is kept
once: of a store its place and hours, of all else one copy for each that differs. A plan is read again only after the
store sent another one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from controller.errors import NotFound, Refused
from controller.hq.conflicts import StoreFacts, facts_of
from controller.hq.ports import FleetMemory, FleetRow
from controller.hq.reporting import plan_of, plan_text
from profiles.base import Id, Value, Words
from profiles.composing import PREFIX, local_part
from profiles.overlay import Campaign
from profiles.places import Store, Zone
from profiles.plan import Live, Plan
from profiles.profile import Profile
from profiles.text import t

_log = logging.getLogger(__name__)

#: Above this share of stores with a new plan they are all asked for at once.
_ALL_AT_ONCE = 0.1
_STORE, _ZONES = b',"store":{', b',"zones":['
#: Different plans that are kept; HQ's part of them changes with every campaign, and old ones are of no use any more.
_MOST_KEPT, _MOST_LIKES = 2_000, 20_000


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


class _Named(Value):
    """What makes stores that are otherwise alike different."""

    id: Id
    name: Words
    tags: tuple[Id, ...] = ()


class Facts:
    """Facts of stores, kept in the process. Safe to ask from several threads."""

    def __init__(self, fleet: FleetMemory) -> None:
        """Nothing is read yet."""
        self._fleet = fleet
        self._reading = threading.Lock()
        self._known: dict[str, tuple[datetime, StoreFacts | None]] = {}
        self._rests: dict[str, _Rest] = {}
        self._likes: dict[str, StoreFacts] = {}

    def of(self, rows: Sequence[FleetRow]) -> dict[str, StoreFacts]:
        """The facts of those stores whose plan is known and can be read, by their ids."""
        with self._reading:
            if len(self._rests) > _MOST_KEPT or len(self._likes) > _MOST_LIKES:
                self._rests.clear()
                self._likes.clear()
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
            digest, place = self._taken_apart(plan_text(payload))
            named = _Named.model_validate(place, extra="ignore")
            alike = self._alike(digest, place)
        except (Refused, ValidationError, LookupError, TypeError, AttributeError, ValueError, ArithmeticError,
                RecursionError) as broken:  # of one store, whatever it says: the others are to be known all the same
            _log.warning("the plan of %s cannot be read: %s", store, broken)
            return None
        where = alike.store.model_copy(update={"id": named.id, "name": named.name, "tags": named.tags})
        return replace(alike, store=where)

    def _taken_apart(self, text: bytes) -> tuple[str, dict[str, Any]]:
        """The digest of what stores have in common, which is read if it is new, and what is said of the store."""
        around = _around_store(text)
        if around is not None:
            digest = hashlib.sha256(around[0]).hexdigest()
            if digest in self._rests:
                return digest, around[1]
        # Numbers of any size are read as they are, as a plan's reader does it.
        said = json.loads(text)
        place: dict[str, Any] = said["store"]
        if around is None:
            digest = hashlib.sha256(json.dumps({**said, "store": None}, sort_keys=True).encode()).hexdigest()
        if digest not in self._rests:
            self._rests[digest] = _rest(said)
        return digest, place

    def _alike(self, digest: str, said: dict[str, Any]) -> StoreFacts:
        """The facts of stores that differ in their names and tags alone: hours are read once for all of them."""
        place = {**said, "id": "a", "name": "a", "tags": ()}
        key = digest + hashlib.sha256(orjson.dumps(place, option=orjson.OPT_SORT_KEYS)).hexdigest()
        if key not in self._likes:
            rest = self._rests[digest]
            self._likes[key] = facts_of(Plan.model_construct(
                store=Store.model_validate(place, extra="ignore"), zones=rest.zones, campaigns=rest.campaigns,
                profiles=rest.profiles))
        return self._likes[key]


def _around_store(text: bytes) -> tuple[bytes, dict[str, Any]] | None:
    """A plan's JSON without its store, and the store; None where it is not written as plans are (`Plan.digest`).

    Names are sorted, so `store` is the last but one; within a text a quotation mark has a backslash before it, so what
    looks like a name is one.
    """
    begin = text.rfind(_STORE)
    end = text.find(_ZONES, begin)
    if begin < 0 or end < 0:
        return None
    try:
        place = orjson.loads(text[begin + len(_STORE) - 1:end])
    except orjson.JSONDecodeError:
        return None
    return (text[:begin] + text[end:], place) if isinstance(place, dict) else None


def _rest(said: dict[str, Any]) -> _Rest:
    """What conflicts need of a plan beside its store. HQ's own parts are known here better."""
    campaigns = [each for each in said.get("campaigns", ()) if not each["id"].startswith(PREFIX)]
    profiles = [each for each in said.get("profiles", ()) if not each["id"].startswith(PREFIX)] if campaigns else []
    zones = [{"id": each["id"], "name": each["name"], "kind": each["kind"], "default": {}} for each in said["zones"]]
    return _Rest(tuple(Zone.model_validate(each, extra="ignore") for each in zones),
                 tuple(Campaign.model_validate(each, extra="ignore") for each in campaigns),
                 tuple(Profile.model_validate(each, extra="ignore") for each in profiles))
