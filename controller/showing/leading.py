"""The one layer to name when only one can be named, why it is there, until when, and what comes after it.

A stop leads where it holds every sense. Otherwise a stop of some senses and complaints (*too loud*) are told beside the
layer that leads: a zone whose music was turned down a little is still in its mood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from controller.choosing import NUDGE
from controller.masks import mask_of
from controller.walltime import Wall
from controller.wording import and_also, nudged, reason, stopped_senses, until_words
from controller.wording_past import scent_ahead, waits_for_quiet_hour
from controller.wording_values import Names, names_of
from profiles.layers import LayerName, Rank
from profiles.plan import Live, Override, Plan, Stop
from profiles.resolve import Resolution, is_purge, resolve
from profiles.scene import Sense
from profiles.text import language, t

#: Boundaries at which the leading layer is looked for again. A zone that has as many without a change of it (light
#: floors of three weeks, and no daypart) is told without an end.
_MOST_BOUNDARIES = 40


@dataclass(frozen=True, slots=True)
class Ground:
    """What sentences rest on: plan, live choices by id, names, and the store's wall clock at the moment of looking.

    `trusted`: whether that clock is believed. `version`: of the plan, where it was published. `replaced`: when another
    plan took its place, which ends everything that it says.
    """

    plan: Plan
    live: Live
    wall: Wall
    names: Names
    overrides: Mapping[str, Override]
    stops: Mapping[str, Stop]
    trusted: bool = True
    version: int | None = None
    replaced: datetime | None = None

    def ended(self, until: datetime | None) -> datetime | None:
        """The end of something that this plan says: at the latest when another took its place."""
        return min((end for end in (until, self.replaced) if end is not None), default=None)

    def until_replaced(self, replaced: datetime | None) -> Ground:
        """The same ground of a plan whose place another took at `replaced`."""
        return replace(self, replaced=replaced)


def ground_of(plan: Plan, live: Live, now: datetime, trusted: bool = True, version: int | None = None) -> Ground:
    """The ground of a look at `now`."""
    return Ground(plan, live, Wall(plan.store.place.tz, now), names_of(plan), {o.id: o for o in live.overrides},
                  {s.id: s for s in live.stops}, trusted, version)


@dataclass(frozen=True, slots=True)
class Lead:
    """What a zone is, in one name: layer, words, the end of it, and what comes after."""

    layer: LayerName
    what: str
    until: datetime | None
    next: str | None


def leading(resolution: Resolution, ground: Ground) -> LayerName:
    """The layer to name: a full stop, else the strongest that is neither a stop, a complaint nor a purge."""
    layers = {resolved.because.layer for resolved in resolution.fields.values()}
    stops = [layer for layer in layers if layer.rank is Rank.STOP]
    stopped = {sense for stop in stops for sense in (ground.stops[stop.id].senses if stop.id in ground.stops else ())}
    if stopped >= set(Sense):
        return max(stops, key=lambda layer: strength(layer, ground))
    moods = {resolved.because.layer for field, resolved in resolution.fields.items()
             if not is_purge(field, resolved.because.layer)}
    moods = {layer for layer in moods if layer.rank is not Rank.STOP and not is_nudge(layer)}
    return max(moods or layers, key=lambda layer: strength(layer, ground))


def is_nudge(layer: LayerName) -> bool:
    """Whether a layer came of a complaint."""
    return layer.rank is Rank.OVERRIDE and layer.id.startswith(NUDGE)


def what(layer: LayerName) -> str:
    """A layer as the state of a zone: the name of its mood, `Stopped`, `Zone default`."""
    if layer.rank is Rank.STOP:
        return t("Stopped")
    return t("Zone default") if layer.rank is Rank.DEFAULT else layer.profile or layer.name


def reason_of(layer: LayerName, ground: Ground) -> str:
    """Why a layer is there, without its end."""
    stop = ground.stops.get(layer.id) if layer.rank is Rank.STOP else None
    return reason(layer.rank, layer.name, layer.by, "" if stop is None else ground.wall.at(stop.since))


def because(resolution: Resolution, lead: LayerName, until: datetime | None, ground: Ground) -> str:
    """The reason for a zone: the leading layer with its end, then stops of some senses and complaints."""
    said = [until_words(reason_of(lead, ground), until, ground.wall)]
    layers = {resolved.because.layer for resolved in resolution.fields.values()} - {lead}
    for layer in sorted(layers, key=lambda layer: strength(layer, ground), reverse=True):
        if layer.id in ground.stops and layer.rank is Rank.STOP and lead.rank is not Rank.STOP:
            said.append(stopped_senses(ground.stops[layer.id], ground.wall))
        elif is_nudge(layer) and layer.id in ground.overrides:
            override = ground.overrides[layer.id]
            said.append(nudged(override.name, override.by, override.over(), ground.wall))
        elif layer.rank is Rank.QUIET_HOUR:
            said.append(until_words(scent_ahead(layer.name), _scent_end(resolution), ground.wall))
    said += _waiting(resolution, ground)
    return and_also(*said)


def _waiting(resolution: Resolution, ground: Ground) -> list[str]:
    """What people chose last and a quiet hour goes before, and when it shows."""
    ruled = {r.because.layer.rank for field, r in resolution.fields.items() if not is_purge(field, r.because.layer)}
    if Rank.QUIET_HOUR not in ruled:
        return []
    alive = [o for o in ground.live.overrides if o.zone == resolution.zone and o.start <= resolution.at < o.over()
             and not o.id.startswith(NUDGE)]
    for override in sorted(alive, key=lambda o: (o.start, o.id), reverse=True)[:1]:
        mask = mask_of(ground.plan, ground.live, resolution, frozenset({override.id}))
        if mask is not None:
            return [waits_for_quiet_hour(override.by, ground.wall.at(mask.until), mask.partly, mask.shows)]
    return []


def _scent_end(resolution: Resolution) -> datetime | None:
    return min((r.until for field, r in resolution.fields.items()
                if is_purge(field, r.because.layer) and r.until is not None), default=None)


class Foresight:
    """Who leads in each zone, until when, and what then. Kept as long as the engine keeps the resolution."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._known: dict[str, tuple[Resolution, str, Lead]] = {}

    def lead(self, resolution: Resolution, ground: Ground) -> Lead:
        """The lead of a zone as resolved."""
        known = self._known.get(resolution.zone)
        if known is not None and known[0] is resolution and known[1] == language():
            return known[2]
        found = lead_of(resolution, ground)
        self._known[resolution.zone] = (resolution, language(), found)
        return found


def only(resolution: Resolution, sense: Sense | None) -> Resolution:
    """A resolution of one sense alone; None: of all, as it is."""
    if sense is None:
        return resolution
    fields = {field: resolved for field, resolved in resolution.fields.items() if field.sense == sense}
    return replace(resolution, fields=fields) if fields else resolution


def lead_of(resolution: Resolution, ground: Ground, sense: Sense | None = None) -> Lead:
    """The leading layer of a zone (or of one sense), the first instant at which another leads, and what that one is."""
    at = only(resolution, sense)
    layer = leading(at, ground)
    stop = ground.stops.get(layer.id) if layer.rank is Rank.STOP else None
    if stop is not None and stop.ended is None:
        return Lead(layer, what(layer), None, None)
    for _ in range(_MOST_BOUNDARIES):
        if at.until is None:
            break
        at = only(resolve(ground.plan, ground.live, resolution.zone, at.until), sense)
        then = leading(at, ground)
        if then.id != layer.id or then.rank is not layer.rank:
            return Lead(layer, what(layer), at.at, what(then))
    return Lead(layer, what(layer), None, None)


def strength(layer: LayerName, ground: Ground) -> tuple[int, int, float, str]:
    """A sort key of layers: rank, a campaign's priority, the newer press, the id."""
    override, stop = ground.overrides.get(layer.id), ground.stops.get(layer.id)
    start = override.start if override is not None else stop.since if stop is not None else None
    return layer.rank, layer.priority or 0, 0.0 if start is None else start.timestamp(), layer.id
