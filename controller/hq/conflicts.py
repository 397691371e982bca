"""What a campaign would meet, in which stores, before it is published (`semantics.md`, rule 28).

Ten thousand stores are not ten thousand plans: what matters here is when a store is open, where it stands, its kinds of
zones and the campaigns that it has. Stores that agree in these are one class, and each class is looked at once; of its
plan only the campaigns whose dates meet the new one's, and only within those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from controller.hq.documents import Document, Selector, StoreList
from controller.hq.selecting import Lists, is_selected
from profiles.check_week import Met, common_senses, meeting_campaigns
from profiles.overlay import Campaign
from profiles.places import Store, Zone
from profiles.plan import Plan
from profiles.profile import Profile
from profiles.scene import Scene, Sense
from profiles.week import Week, read_week

#: Before and after the dates of a campaign: its date is the store's, and it may last beyond midnight.
_MARGIN = timedelta(days=2)
#: Degrees: stores nearer than this see the sun at nearly the same time.
_NEAR_DEGREES = 1


class Relation(StrEnum):
    """What a campaign is to another that it meets: it wins, it loses, or neither, which is refused."""

    OVER = "over"
    UNDER = "under"
    TIE = "tie"


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What has to be known of a store to compare campaigns there. `key`: equal for stores that are alike in it."""

    store: Store
    zones: tuple[Zone, ...]
    campaigns: tuple[Campaign, ...]
    profiles: tuple[Profile, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """The new campaign and another one in some stores: who wins of which senses, in which zones, and when first.

    `stores`: their ids, sorted. `zones`: names of one of the stores. `first`: start and end of the first stretch, in
    UTC, the earliest of all the stores.
    """

    campaign: str
    name: str
    relation: Relation
    senses: tuple[Sense, ...]
    zones: tuple[str, ...]
    first: tuple[datetime, datetime]
    stores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What was found: who is in, in how many classes, what is met, and where the campaign never comes or is unread."""

    stores: tuple[str, ...]
    classes: int
    meetings: tuple[Meeting, ...]
    never: tuple[str, ...]
    unread: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Class:
    facts: StoreFacts
    others: tuple[Document, ...]
    stores: list[str] = field(default_factory=list)


def facts_of(local: Plan) -> StoreFacts:
    """What a store's own part of its plan says about it here."""
    named = {zone for campaign in local.campaigns for zone in campaign.zones or ()}
    used = {campaign.profile for campaign in local.campaigns}
    profiles = tuple(mood for name, mood in sorted(local.moods.items()) if name in used)
    place = local.store.model_copy(update={"id": "a", "name": "a", "tags": (), "language": "en", "coordinates": _rough(
        local.store.coordinates)})
    said = [place.model_dump(mode="json"), sorted({(zone.kind.value, zone.id if zone.id in named else "")
                                                   for zone in local.zones}),
            [campaign.model_dump(mode="json") for campaign in local.campaigns],
            [profile.model_dump(mode="json") for profile in profiles]]
    key = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    zones = tuple(Zone(id=zone.id, name=zone.name, kind=zone.kind, default=Scene()) for zone in local.zones)
    return StoreFacts(local.store, zones, local.campaigns, profiles, key)


def conflicts(
    campaign: Campaign, selector: Selector, stores: Iterable[StoreFacts], in_force: Sequence[Document], since: datetime,
) -> Conflicts:
    """What `campaign` meets in the stores that `selector` names. Pure.

    `in_force`: HQ's documents, an earlier version of the campaign among them or not. `since`: nothing before counts.
    """
    lists: Lists = {each.id: frozenset(each.body.stores) for each in in_force if isinstance(each.body, StoreList)}
    moods = {each.body.id: each.body for each in in_force if isinstance(each.body, Profile)}
    others = [each for each in in_force if isinstance(each.body, Campaign) and each.id != campaign.id
              and _dates_meet(campaign, each.body)]
    by_key: dict[tuple[str, tuple[str, ...]], _Class] = {}
    for facts in stores:
        if not is_selected(selector, facts.store, lists):
            continue
        here = tuple(each for each in others if is_selected(each.selector, facts.store, lists))
        key = (_key(facts, (campaign, *(each.body for each in here))), tuple(each.id for each in here))
        by_key.setdefault(key, _Class(facts, here)).stores.append(facts.store.id)
    return _gathered(campaign, list(by_key.values()), moods, since)


def _gathered(
    campaign: Campaign, classes: Sequence[_Class], moods: Mapping[str, Profile], since: datetime,
) -> Conflicts:
    found: dict[tuple[str, Relation, tuple[Sense, ...]], list[tuple[_Class, Met]]] = {}
    never: list[str] = []
    unread: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for each in classes:
        week, sentences = _week(campaign, each, moods, since)
        if week is None:
            for sentence in sentences:
                unread.setdefault(sentence, []).extend(each.stores)
            continue
        if not week.windows.get(("campaigns", 0)):
            never += each.stores
        for pair, met in meeting_campaigns(week, lambda _campaign: 0, about=0).items():
            other = week.plan.campaigns[pair[1]]
            names[other.id] = other.name
            senses = common_senses(week, pair, met.zones[0])
            found.setdefault((other.id, _relation(campaign, other), senses), []).append((each, met))
    meetings = tuple(_meeting(key, names[key[0]], where) for key, where in found.items())
    return Conflicts(
        tuple(sorted(store for each in classes for store in each.stores)), len(classes),
        tuple(sorted(meetings, key=lambda m: (m.relation is not Relation.TIE, m.first, m.campaign))),
        tuple(sorted(never)), {sentence: tuple(sorted(stores)) for sentence, stores in unread.items()})


def _week(
    campaign: Campaign, each: _Class, moods: Mapping[str, Profile], since: datetime,
) -> tuple[Week | None, list[str]]:
    """The windows of the new campaign (number 0) and of those that its dates meet, in one class of stores."""
    facts = each.facts
    own = [c for c in facts.campaigns if c.id != campaign.id and _dates_meet(campaign, c)]
    campaigns = (campaign, *own, *(document.body for document in each.others))
    used = {c.profile for c in campaigns}
    plan = Plan(store=facts.store, zones=facts.zones, campaigns=campaigns,
                profiles=(*facts.profiles, *(mood for name, mood in moods.items() if name in used)))
    first = since if campaign.first is None else max(since, datetime.combine(campaign.first, time(), UTC) - _MARGIN)
    last = None if campaign.last is None else datetime.combine(campaign.last, time(), UTC) + 2 * _MARGIN
    week, findings = read_week(plan, first, last)
    if week is not None and ("campaigns", 0) in week.windows:
        return week, []
    to_blame = [f.sentence for f in findings if f.field in ("campaigns[0].when", "store.hours")]
    return None, to_blame or [f.sentence for f in findings]


def _meeting(
    key: tuple[str, Relation, tuple[Sense, ...]], name: str, where: Sequence[tuple[_Class, Met]],
) -> Meeting:
    _, met = min(where, key=lambda pair: pair[1].first)
    start, end = (datetime.fromtimestamp(instant, UTC) for instant in met.first)
    return Meeting(key[0], name, key[1], key[2], tuple(zone.name for zone in met.zones), (start, end),
                   tuple(sorted(store for each, _ in where for store in each.stores)))


def _relation(campaign: Campaign, other: Campaign) -> Relation:
    if campaign.priority == other.priority:
        return Relation.TIE
    return Relation.OVER if campaign.priority > other.priority else Relation.UNDER


def _dates_meet(one: Campaign, other: Campaign) -> bool:
    first = max(each.first or date.min for each in (one, other))
    last = min(each.last or date.max for each in (one, other))
    return first <= last or (first - last) <= _MARGIN


def _key(facts: StoreFacts, campaigns: Sequence[Campaign]) -> str:
    """The class of a store; zones that are named count by their names, the others by their kind."""
    named = {zone for campaign in campaigns for zone in campaign.zones or ()}
    return facts.key if not named else facts.key + " ".join(sorted(z.id for z in facts.zones if z.id in named))


def _rough(coordinates: tuple[float, float] | None) -> tuple[float, float] | None:
    if coordinates is None:
        return None
    return round(coordinates[0], _NEAR_DEGREES), round(coordinates[1], _NEAR_DEGREES)
