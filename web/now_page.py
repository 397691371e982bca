"""What the templates of *Now* are given: the store, the zones as they are drawn, and the desk with the zone in hand.

Everything is asked of `Overview`; what is decided here is only which zone is in hand, and what the whole store has in
common: a mood may be pressed for it where every zone has it, and so an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.desk import Overview
from controller.errors import NotFound
from controller.ports import Actor
from controller.shapes import EndShown, MoodShown, PressShown, Standing, StopShown, ZoneShown
from profiles.limits import Person
from profiles.scene import Sense
from profiles.text import t
from web.drawing import Pearl, colours, draw, mood_pearl, sense_of, zone_pearl
from web.lanes import layer_words, rank_words
from web.rungs import limits, stacks, words
from web.wall import wall_of

#: The zone in hand when it is the whole store. No id of a zone can be this.
WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Mood:
    """A profile on its key."""

    shown: MoodShown
    pearl: Pearl


@dataclass(frozen=True, slots=True)
class Desk:
    """The zone in hand; `zone` is None for the whole store. `lives`: choices that are alive here, newest first.

    `quiet`: a quiet hour that will lie over a choice, in a sentence. `smells`: whether there is a scent to stop here;
    `scent_stops`: the stops of scent alone that hold it here.
    """

    key: str
    name: str
    zone: ZoneShown | None
    moods: tuple[Mood, ...]
    ends: tuple[EndShown, ...]
    lives: tuple[PressShown, ...]
    quiet: str | None
    smells: bool
    scent_stops: tuple[StopShown, ...]


@dataclass(frozen=True, slots=True)
class Toast:
    """What was just done. `press` or `stop`: what can be taken back, if it can."""

    sentence: str
    press: str | None = None
    limits: tuple[str, ...] = ()
    stop: str | None = None


def page(overview: Overview, by: Actor, wanted: str) -> dict[str, object]:
    """Everything of the page. `wanted`: the zone in hand as asked for; the first zone where it does not exist."""
    zones = overview.zones()
    first = zones[0].id if zones else WHOLE
    key = wanted if wanted == WHOLE or any(zone.id == wanted for zone in zones) else first
    return {**floor(overview, by, zones), "desk": desk(overview, by, key, zones), **words_of_page()}


def head(overview: Overview, by: Actor, zones: Sequence[ZoneShown]) -> dict[str, object]:
    """What every piece needs: the store, its clock, its zones, and whether this person may press."""
    store = overview.store()
    return {"store": store, "wall": wall_of(store), "zones": zones, "may_press": by.person.may(Person.STAFF)}


def floor(overview: Overview, by: Actor, zones: Sequence[ZoneShown]) -> dict[str, object]:
    """The sentence on top, notices, plan and cards."""
    drawn = draw(zones, overview.devices())
    return {
        **head(overview, by, zones), "drawn": {zone.id: zone for zone in drawn},
        "colours": colours(drawn), "pearls": {zone.id: zone_pearl(zone) for zone in zones},
        "seen": {zone.id: last_seen(zone) for zone in zones}, "stops": overview.stops(),
        "has_alarm": any(zone.standing is Standing.ALARM for zone in zones),
    }


def desk(overview: Overview, by: Actor, key: str, zones: Sequence[ZoneShown]) -> Desk:
    """The desk with a zone in hand, or with the whole store. Raises NotFound for a zone that does not exist."""
    zone = None if key == WHOLE else next((zone for zone in zones if zone.id == key), None)
    if zone is None and key != WHOLE:
        raise NotFound(t("There is no zone {zone} in this store.", zone=key))
    ids = [zone.id] if zone is not None else [zone.id for zone in zones]
    ends = _ends_of_all([overview.ends(z, by) for z in ids])
    smelling = [z.id for z in zones if z.id in ids and sense_of(z, Sense.SCENT) is not None]
    return Desk(
        key=key, name=zone.name if zone is not None else t("Whole store"), zone=zone,
        moods=tuple(Mood(mood, mood_pearl(mood)) for mood in _moods_of_all([overview.moods(z, by) for z in ids])),
        ends=ends, lives=tuple(press for press in overview.presses() if set(press.zones) & set(ids)),
        quiet=quiet_over(overview, ids, max((each.end for each in ends), default=None)), smells=bool(smelling),
        scent_stops=tuple(s for s in overview.stops() if s.senses == (Sense.SCENT,) and _holds(s, smelling)),
    )


def quiet_over(overview: Overview, zones: Sequence[str], end: datetime | None) -> str | None:
    """The first quiet hour in one of `zones` over a choice that is made now and lasts until `end`, in a sentence."""
    version = overview.plan()
    if end is None or version is None or not version.plan.quiet_hours:
        return None
    wall = wall_of(overview.store())
    found = [_first_quiet(overview, zone, wall.now, end) for zone in zones if wall.now < end]
    first = min((window for window in found if window is not None), default=None)
    if first is None:
        return None
    if first[0] <= wall.now:
        return t("Quiet hour until {until}: it goes above what you choose, which shows from then on.",
                 until=wall.at(first[1]))
    return t("Quiet hour from {since} to {until}: what you choose rests meanwhile.", since=wall.at(first[0]),
             until=wall.at(first[1]))


def _first_quiet(overview: Overview, zone: str, now: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """The first quiet hour of a zone that begins before `end`, with its true end up to three hours later."""
    window: tuple[datetime, datetime] | None = None
    for segment in overview.timeline(now, end + timedelta(hours=3), zone):
        if segment.rank == "quiet-hour" and (window is None or window[1] == segment.start):
            window = (window[0] if window else segment.start, segment.end)
    return window if window is not None and window[0] < end else None


def _holds(stop: StopShown, zones: Sequence[str]) -> bool:
    """Whether a stop reaches one of these zones."""
    return stop.zones is None or bool(set(stop.zones) & set(zones))


def why(overview: Overview, zone: ZoneShown) -> dict[str, object]:
    """Why a zone is as it is: stacks of rungs, limits that acted, holds."""
    store = overview.store()
    return {"why": zone, "stacks": stacks(zone.fields), "acted": limits(zone.fields), "wall": wall_of(store),
            "why_pearl": zone_pearl(zone), "sense_words": sense_words(zone), **words_of_page()}


def sense_words(zone: ZoneShown) -> dict[str, tuple[str, list[str], datetime | None]]:
    """By sense: what it should be, from which layers, and until when the first of it changes."""
    found: dict[str, tuple[str, list[str], datetime | None]] = {}
    for sense in Sense:
        mine = [shown for shown in zone.fields if shown.field.sense is sense]
        if mine:
            shown = sense_of(zone, sense)
            wanted = shown.wanted if shown is not None else words({field.field: field.value for field in mine})
            ends = [field.until for field in mine if field.until is not None]
            found[sense.value] = (wanted, list(dict.fromkeys(f.layer.name for f in mine)), min(ends, default=None))
    return found


def last_seen(zone: ZoneShown) -> datetime | None:
    """When a zone was last heard."""
    return max((sense.reported_at for sense in zone.senses if sense.reported_at is not None), default=None)


def words_of_page() -> dict[str, object]:
    """Words for what the controller names by a short key, and functions for templates."""
    return {
        "sense_of": sense_of,
        "states": {"reported": t("Reported"), "sent": t("On its way"), "assumed": t("Assumed"),
                   "lost": t("Out of reach"), "alarm": t("Alarm"), "none": t("No device")},
        "senses": {"light": t("Light"), "music": t("Music"), "scent": t("Scent")},
        "ranks": rank_words(), "layer_words": layer_words,
    }


def _moods_of_all(offered: Sequence[Sequence[MoodShown]]) -> Iterable[MoodShown]:
    """Moods that every zone offers, in the order of the first; chosen and planned where they are in every zone."""
    for mood in offered[0] if offered else ():
        twins = [other for moods in offered for other in moods if other.id == mood.id]
        if len(twins) == len(offered):
            yield replace(mood, chosen=all(m.chosen for m in twins), planned=all(m.planned for m in twins))


def _ends_of_all(offered: Sequence[Sequence[EndShown]]) -> tuple[EndShown, ...]:
    """Ends that every zone offers. Where they differ (the next change of each zone), the first one is told."""
    found = []
    for choice in offered[0] if offered else ():
        twins = [other for ends in offered for other in ends if other.key == choice.key]
        if len(twins) == len(offered):
            shortened = any(twin.shortened for twin in twins)
            found.append(replace(choice, end=min(twin.end for twin in twins), shortened=shortened))
    return tuple(found)
