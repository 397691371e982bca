"""`compose`: one plan for a store from its own part and what HQ says to it (`semantics.md`, rule 3).

The store owns places, hours, devices, safety limits and its consent to scent; none of that can come from HQ. HQ's ids
begin with `hq-`, so nothing of HQ replaces anything of the store's but by the rules written here: a programme takes the
place of the store's dayparts in the zones that it names, and guardrails of both are kept both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self, TypeVar

from pydantic import Field as Bounds
from pydantic import model_validator

from profiles.base import Id, Value, Words
from profiles.limits import Guardrail, Person, Range
from profiles.overlay import Campaign, QuietHour
from profiles.places import Zone
from profiles.plan import Daypart, Fragrance, Plan, Source
from profiles.profile import Profile, ZoneKind

#: Of every id that HQ has given; a store's own part may not use it.
PREFIX = "hq-"
_LONGEST_ID = 63

_T = TypeVar("_T", Profile, Campaign, QuietHour, Fragrance, Source)


class Programme(Value):
    """Base dayparts for zones of some kinds (None: all): they replace a store's own dayparts there.

    A daypart of a programme names no zones: HQ does not know them; in the plan its id follows the programme's. Of two
    programmes for one zone the one with the higher `priority` is taken, and of equal ones the one whose id comes first.
    """

    id: Id
    name: Words
    kinds: tuple[ZoneKind, ...] | None = None
    priority: Annotated[int, Bounds(ge=1, le=100)] = 50
    dayparts: Annotated[tuple[Daypart, ...], Bounds(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _dayparts_fit(self) -> Self:
        for daypart in self.dayparts:
            if daypart.zones is not None:
                raise ValueError(f"the daypart {daypart.id} names zones; a programme has kinds instead")
            if len(self.id) + 1 + len(daypart.id) > _LONGEST_ID:
                raise ValueError(f"the ids {self.id} and {daypart.id} are more than {_LONGEST_ID - 1} letters together")
        return self


@dataclass(frozen=True, slots=True)
class FromHq:
    """What HQ says to one store at one time. `guardrails`: of each limits document, by role."""

    profiles: Sequence[Profile] = ()
    programmes: Sequence[Programme] = ()
    campaigns: Sequence[Campaign] = ()
    quiet_hours: Sequence[QuietHour] = ()
    fragrances: Sequence[Fragrance] = ()
    sources: Sequence[Source] = ()
    guardrails: Sequence[Mapping[Person, Guardrail]] = ()

    def __bool__(self) -> bool:
        return any((self.profiles, self.programmes, self.campaigns, self.quiet_hours, self.fragrances, self.sources,
                    self.guardrails))


def compose(local: Plan, from_hq: FromHq) -> Plan:
    """The plan of the store. With nothing from HQ it is `local` itself. The order of documents says nothing."""
    if not from_hq:
        return local
    return local.changed(
        profiles=local.profiles + _in_order(from_hq.profiles),
        dayparts=_dayparts(local, from_hq.programmes),
        campaigns=local.campaigns + _in_order(from_hq.campaigns),
        quiet_hours=local.quiet_hours + _in_order(from_hq.quiet_hours),
        fragrances=local.fragrances + _in_order(from_hq.fragrances),
        sources=local.sources + _in_order(from_hq.sources),
        guardrails=tightened(local.guardrails, from_hq.guardrails),
    )


def local_part(plan: Plan) -> Plan:
    """The plan without whatever bears an id of HQ's; what a programme had replaced cannot be found there again."""
    return plan.changed(**{part: tuple(each for each in getattr(plan, part) if not each.id.startswith(PREFIX))
                           for part in ("profiles", "dayparts", "campaigns", "quiet_hours", "fragrances", "sources")})


def tightened(
    own: Mapping[Person, Guardrail], others: Iterable[Mapping[Person, Guardrail]],
) -> dict[Person, Guardrail]:
    """Guardrails of all by role: what is let through is what each of them lets through.

    Where nothing would be left of a range, HQ's holds and the store's gives way: it is the nearest value of HQ's.
    """
    found: dict[Person, Guardrail] = {}
    for guardrails in others:
        for person, guardrail in guardrails.items():
            known = found.get(person)
            found[person] = guardrail if known is None else _both(known, guardrail)
    for person, guardrail in own.items():
        theirs = found.get(person)
        found[person] = guardrail if theirs is None else _both(theirs, guardrail)
    return {person: found[person] for person in Person if person in found}


def _dayparts(local: Plan, programmes: Sequence[Programme]) -> tuple[Daypart, ...]:
    """The store's own where no programme is, and each programme's for the zones that are its."""
    chosen: dict[str, list[str]] = {}
    for zone in local.zones:
        programme = _programme_of(zone, programmes)
        if programme is not None:
            chosen.setdefault(programme.id, []).append(zone.id)
    taken = {zone for zones in chosen.values() for zone in zones}
    if not taken:
        return local.dayparts
    kept = []
    for daypart in local.dayparts:
        everywhere = tuple(zone.id for zone in local.zones) if daypart.zones is None else daypart.zones
        zones = tuple(zone for zone in everywhere if zone not in taken)
        if zones:
            kept.append(daypart if zones == daypart.zones else daypart.model_copy(update={"zones": zones}))
    given = [daypart.model_copy(update={"id": f"{programme.id}-{daypart.id}", "zones": tuple(chosen[programme.id])})
             for programme in sorted(programmes, key=lambda each: each.id) if programme.id in chosen
             for daypart in programme.dayparts]
    return (*kept, *given)


def _programme_of(zone: Zone, programmes: Sequence[Programme]) -> Programme | None:
    meant = [each for each in programmes if each.kinds is None or zone.kind in each.kinds]
    return min(meant, key=lambda each: (-each.priority, each.id), default=None)


def _both(first: Guardrail, second: Guardrail) -> Guardrail:
    profiles = first.profiles if second.profiles is None else second.profiles if first.profiles is None else tuple(
        profile for profile in first.profiles if profile in second.profiles)
    return Guardrail(
        profiles=profiles, volume_pct=_narrower(first.volume_pct, second.volume_pct),
        brightness_pct=_narrower(first.brightness_pct, second.brightness_pct),
        intensity_pct=_narrower(first.intensity_pct, second.intensity_pct),
        longest_min=min(first.longest_min, second.longest_min))


def _narrower(first: Range, second: Range) -> Range:
    return Range(lowest=first.clamp(second.lowest), highest=first.clamp(second.highest))


def _in_order(found: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(sorted(found, key=lambda each: each.id))
