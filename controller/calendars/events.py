"""What a calendar shows of a plan: who leads each zone, the quiet hours, and the days with other hours.

Pure. A stretch in which one daypart or campaign leads is one event, whatever shorter windows it was made of; where the
same leads in several zones at the same time, they share the event. A quiet hour is an event of its own, since it lies
over whatever leads. Presses are not shown: they are gone before anybody's program has fetched them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from profiles.layers import Layer, campaign_layer, daypart_layer
from profiles.overlay import Campaign
from profiles.places import Zone
from profiles.plan import Daypart, Plan
from profiles.text import t
from profiles.windows import members, spans

#: A stretch of a zone: start and end in seconds since 1970, and who leads.
Lead = tuple[float, float, "Daypart | Campaign"]
#: The windows of the so-manieth layer, worked out once for all zones that have it.
Windows = Callable[[int], list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a calendar. `start` and `end` are instants in UTC, or both dates (the end excluded) of whole days.

    `uid` stays the same for as long as the plan says the same: a program then changes its entry instead of adding one.
    """

    uid: str
    start: datetime | date
    end: datetime | date
    title: str
    words: str
    place: str
    kind: str


def events_of(plan: Plan, start: datetime, end: datetime, zone: str | None = None) -> list[Event]:
    """Everything between two instants in a zone, or in the store (None), by start. Raises WhenError."""
    zones = plan.zones if zone is None else (plan.zone(zone),)
    first, last = start.timestamp(), end.timestamp()

    @cache
    def windows(number: int) -> list[tuple[float, float]]:
        return [(max(a, first), min(b, last)) for a, b in spans(plan, layers[number], first, last)]

    layers: list[Daypart | Campaign] = [*plan.dayparts, *plan.campaigns]
    leads = _grouped((place.id, lead) for place in zones for lead in _leads(plan, place, layers, windows))
    found = [_lead_event(plan, lead, places, start.timestamp(), zone is None) for lead, places in leads]
    found += quiet_events(plan, start, end, zone=zone)
    found += _exceptions(plan, start, end)
    return sorted(found, key=lambda event: (_order(event), event.kind, event.uid))


def quiet_events(
    plan: Plan, start: datetime, end: datetime, *, zone: str | None = None, published: bool = False
) -> list[Event]:
    """The quiet hours between two instants: those of a zone, or of the store; `published`: only what customers hear."""
    found = []
    for quiet in plan.quiet_hours:
        places = [one.id for one in members(plan, quiet)]
        if (zone is not None and zone not in places) or not places or (published and not quiet.published):
            continue
        for a, b in spans(plan, quiet, start.timestamp(), end.timestamp()):
            uid = _uid(plan, "quiet-hour", quiet.id, f"{a:.0f}", zone or "")
            words = t("Softer light, no music, no scent.") if published else t(
                "Light at most {share} % of the usual, no music, no scent, announcements only in an emergency.",
                share=f"{quiet.light_share_pct:g}")
            found.append(Event(uid, _instant(a), _instant(b), quiet.name, words, _where(plan, places), "quiet hour"))
    return found


def _leads(plan: Plan, zone: Zone, layers: Sequence[Daypart | Campaign], windows: Windows) -> Iterator[Lead]:
    """Who leads a zone from when to when; nothing where only its default holds."""
    strengths = {n: _layer(plan, layer, zone) for n, layer in enumerate(layers) if zone in members(plan, layer)}
    # A profile that has nothing to say to this kind of zone leads nobody.
    by_strength = sorted((n for n, layer in strengths.items() if layer.settings), key=lambda n: strengths[n].order)
    turns: dict[float, list[tuple[int, bool]]] = {}
    for strength, number in enumerate(by_strength):
        for a, b in windows(number):
            turns.setdefault(a, []).append((strength, True))
            turns.setdefault(b, []).append((strength, False))
    for a, b, strength in _strongest(turns):
        yield a, b, layers[by_strength[strength]]


def _layer(plan: Plan, source: Daypart | Campaign, zone: Zone) -> Layer:
    return daypart_layer(plan, source, zone) if isinstance(source, Daypart) else campaign_layer(plan, source, zone)


def _strongest(turns: dict[float, list[tuple[int, bool]]]) -> Iterator[tuple[float, float, int]]:
    """Stretches in which the same is the strongest of what holds. `turns`: what begins (true) or ends, by instant."""
    alive: set[int] = set()
    leader, since = -1, 0.0
    for at in sorted(turns):
        for strength, begins in sorted(turns[at], key=lambda turn: turn[1]):
            (alive.add if begins else alive.discard)(strength)
        strongest = max(alive, default=-1)
        if strongest != leader:
            if leader >= 0:
                yield since, at, leader
            leader, since = strongest, at


def _grouped(leads: Iterable[tuple[str, Lead]]) -> list[tuple[Lead, list[str]]]:
    """Equal stretches of several zones as one, with these zones in the order of the plan."""
    found: dict[tuple[float, float, str, bool], tuple[Lead, list[str]]] = {}
    for zone, lead in leads:
        key = (lead[0], lead[1], lead[2].id, isinstance(lead[2], Campaign))
        found.setdefault(key, (lead, []))[1].append(zone)
    return list(found.values())


def _lead_event(plan: Plan, lead: Lead, zones: list[str], looked_from: float, shared: bool) -> Event:
    a, b, layer = lead
    mood = plan.profile(layer.profile).name
    kind = "campaign" if isinstance(layer, Campaign) else "daypart"
    words = t("Campaign, priority {priority}.", priority=layer.priority) if isinstance(layer, Campaign) else ""
    title = layer.name if layer.name == mood else f"{layer.name}: {mood}"
    # One that was under way already has no start of its own: next month it begins elsewhere, and is still the same.
    begun = "" if a <= looked_from else f"{a:.0f}"
    uid = _uid(plan, kind, layer.id, begun, zones[0] if shared else f"in {zones[0]}")
    return Event(uid, _instant(a), _instant(b), title, words, _where(plan, zones), kind)


def _exceptions(plan: Plan, start: datetime, end: datetime) -> Iterator[Event]:
    tz = plan.store.place.tz
    first, last = start.astimezone(tz).date(), end.astimezone(tz).date()
    for day in plan.store.exceptions:
        if first <= day.date < last:
            said = t("Closed") if day.hours is None else t("Open {hours}", hours=day.hours)
            title = f"{said}: {day.name}" if day.name else said
            uid = _uid(plan, "hours", day.date.isoformat(), "", "")
            yield Event(uid, day.date, day.date + timedelta(days=1), title, t("Other opening hours than usual."), "",
                        "hours")


def _where(plan: Plan, zones: list[str]) -> str:
    """The names of zones; nothing where it is the whole store."""
    return "" if len(zones) == len(plan.zones) else ", ".join(plan.zone(zone).name for zone in zones)


def _uid(plan: Plan, kind: str, name: str, start: str, zone: str) -> str:
    digest = hashlib.sha256("\n".join((kind, name, start, zone)).encode()).hexdigest()
    return f"{digest[:32]}@{plan.store.id}.sinne"


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _order(event: Event) -> str:
    """Dates before the instants of that date."""
    return event.start.isoformat()
