"""`Plan`: what was published for one store, immutable, with a digest. `Live`: overrides and stops.

Desired state is never stored. It is computed from these two and an instant (`profiles/resolve.py`).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, PrivateAttr
from pydantic import Field as Bounds

from profiles.base import Id, Value, Words
from profiles.extending import laid_out
from profiles.limits import Guardrail, Person, SafetyLimits, StoreRole
from profiles.overlay import Announcement, Campaign, Expression, QuietHour
from profiles.places import InstalledDevice, Store, Zone
from profiles.profile import Profile
from profiles.scene import Scene, Sense


class Daypart(Value):
    """A named, recurring window of the store's week with a profile. `zones`: None means the whole store."""

    id: Id
    name: Words
    when: Expression
    profile: Id
    zones: tuple[Id, ...] | None = None


class Fragrance(Value):
    """A fragrance that may be diffused. Without these papers it cannot be activated (`domain.md`, *Scent*).

    `allergens`: of the EU's list for cosmetics, as a disclosure. `ml_per_h`: consumption while running, 1 to 8.
    """

    id: Id
    name: Words
    allergens: tuple[Words, ...] = ()
    safety_sheet: Words
    ifra_certificate: Words
    ml_per_h: Annotated[float, Bounds(gt=0, le=8)] = 3


class Source(Value):
    """Something to play. Consumer streaming accounts are not licensed for shops, so the licence is named."""

    id: Id
    name: Words
    licence: Words
    territory: Words
    may_cache: bool = False
    explicit: bool = False


class Plan(Value):
    """What was published for one store. Two plans with the same content have the same digest."""

    store: Store
    zones: Annotated[tuple[Zone, ...], Bounds(min_length=1, max_length=200)]
    profiles: Annotated[tuple[Profile, ...], Bounds(max_length=500)] = ()
    dayparts: Annotated[tuple[Daypart, ...], Bounds(max_length=500)] = ()
    campaigns: Annotated[tuple[Campaign, ...], Bounds(max_length=500)] = ()
    quiet_hours: Annotated[tuple[QuietHour, ...], Bounds(max_length=50)] = ()
    announcements: Annotated[tuple[Announcement, ...], Bounds(max_length=200)] = ()
    limits: SafetyLimits = SafetyLimits()
    guardrails: dict[StoreRole, Guardrail] = {}
    fragrances: tuple[Fragrance, ...] = ()
    sources: tuple[Source, ...] = ()
    devices: Annotated[tuple[InstalledDevice, ...], Bounds(max_length=20_000)] = ()

    # What is derived once: the digest, and the compiled form that `resolve` keeps here.
    _digest: str | None = PrivateAttr(default=None)
    _compiled: Any = PrivateAttr(default=None)
    _moods: dict[str, Profile] | None = PrivateAttr(default=None)

    @property
    def moods(self) -> dict[str, Profile]:
        """The profiles by id with what they extend written out: those that layers and presses are made of."""
        if self._moods is None:
            self._moods = laid_out(self.profiles)
        return self._moods

    def changed(self, **parts: Any) -> Plan:
        """A plan with other parts, and nothing derived taken over. The parts must be valid values already."""
        made = self.model_copy(update=parts)
        made._digest = made._compiled = made._moods = None
        return made

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's canonical JSON, in hexadecimal."""
        if self._digest is None:
            canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
            self._digest = hashlib.sha256(canonical.encode()).hexdigest()
        return self._digest

    def zone(self, zone_id: str) -> Zone:
        """The zone of this id. Raises KeyError."""
        for zone in self.zones:
            if zone.id == zone_id:
                return zone
        raise KeyError(zone_id)

    def profile(self, profile_id: str) -> Profile:
        """The profile of this id, with what it extends written out. Raises KeyError."""
        return self.moods[profile_id]


class Override(Value):
    """A choice for one zone by a person. It always expires: `end` is fixed at the press and never moves (rule 9).

    A press for the whole store is one `press` with an override a zone, so that undo takes all of them back.
    `asked` keeps what the guardrail did not let through. `ended`: taken back before its end.
    """

    id: Id
    press: Id
    zone: Id
    profile: Id | None = None
    name: Words
    scene: Scene
    asked: Scene | None = None
    start: AwareDatetime
    end: AwareDatetime
    ended: AwareDatetime | None = None
    by: Words
    person: Person = Person.STAFF

    def over(self) -> datetime:
        """The instant at which it ends or ended."""
        return self.end if self.ended is None else min(self.end, self.ended)


class Stop(Value):
    """Safety: mute, full light, scent off; only a person ends it. `zones`: None means the whole store."""

    id: Id
    zones: tuple[Id, ...] | None = None
    senses: tuple[Sense, ...] = tuple(Sense)
    by: Words
    reason: Words
    since: AwareDatetime
    ended: AwareDatetime | None = None
    ended_by: Words | None = None


class Live(Value):
    """What people did on top of the plan. Nothing is deleted when it ends, so that the past can be explained."""

    overrides: tuple[Override, ...] = ()
    stops: tuple[Stop, ...] = ()

    _indexed: Any = PrivateAttr(default=None)
