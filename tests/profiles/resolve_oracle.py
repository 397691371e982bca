"""A deliberately naive reading of the rules: every layer is asked at every minute, and nothing is kept."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache

from profiles.hours import Hours
from profiles.plan import Live, Plan
from profiles.scene import Diffusion, Field, Role, Sense, light_field
from profiles.when import When


@lru_cache(maxsize=64)
def _hours(store):
    return Hours.parse(store.hours, store.place, store.exceptions)


@lru_cache(maxsize=256)
def _when(text, store):
    return When.parse(text, store.place, _hours(store))


def _stop_says(senses):
    says = {}
    if Sense.LIGHT in senses:
        for role in Role:
            says[light_field(role, "on")] = True
            says[light_field(role, "brightness_pct")] = 100.0
    if Sense.MUSIC in senses:
        says[Field.MUSIC_ON] = False
    if Sense.SCENT in senses:
        says[Field.SCENT_ON] = False
    return says


def settings_of(plan: Plan, profile_id: str, kind):
    """A profile in a kind of zone: of what it extends first the scene, then the variation, then its own two."""
    profile = next(p for p in plan.profiles if p.id == profile_id)
    found = settings_of(plan, profile.extends, kind) if profile.extends else {}
    found.update(profile.scene.settings())
    if kind in profile.variations:
        found.update(profile.variations[kind].settings())
    return found


def is_for(overlay, zone):
    kinds = getattr(overlay, "kinds", None)
    return (overlay.zones is None or zone.id in overlay.zones) and (kinds is None or zone.kind in kinds)


def ceilings_of(quiet, zone):
    """What a quiet hour allows at most: scent, and all else."""
    says = {Field.MUSIC_ON: False}
    for role in Role:
        field = light_field(role, "brightness_pct")
        default = zone.default.settings().get(field)
        if default is not None:
            says[field] = round(default * quiet.light_share_pct / 100, 2)
    return {Field.SCENT_ON: False}, says


def lead_of(zone):
    """How much earlier scent stops: until 5 % of it is left, in whole seconds."""
    return timedelta(seconds=math.ceil(math.log(20) / zone.air_changes_per_h * 3600))


def is_on(overlay, store, start):
    """Whether a window that begins at `start` begins on a date of a campaign."""
    day = start.astimezone(store.place.tz).date()
    return (overlay.first is None or overlay.first <= day) and (overlay.last is None or day <= overlay.last)


def windows_near(text, store, at):
    """Windows around an instant."""
    return _when(text, store).intervals(at - timedelta(days=2), at + timedelta(days=2))


def planned_at(plan: Plan, zone_id: str, at: datetime):
    """The plan's layers below override that are alive, as (rank, priority, pressed, version, id, settings)."""
    zone = plan.zone(zone_id)
    found = [(0, 0, 0.0, 0, zone.id, zone.default.settings())]
    for daypart in plan.dayparts:
        if is_for(daypart, zone) and any(i.start <= at < i.end for i in windows_near(daypart.when, plan.store, at)):
            found.append((10, 0, 0.0, 0, daypart.id, settings_of(plan, daypart.profile, zone.kind)))
    for c in plan.campaigns:
        if is_for(c, zone) and any(i.start <= at < i.end and is_on(c, plan.store, i.start)
                                   for i in windows_near(c.when, plan.store, at)):
            found.append((20, c.priority, 0.0, c.version, c.id, settings_of(plan, c.profile, zone.kind)))
    return found


def layers_at(plan: Plan, live: Live, zone_id: str, at: datetime):
    """Every layer that is alive, weakest first."""
    zone = plan.zone(zone_id)
    found = planned_at(plan, zone_id, at)
    for press in live.overrides:
        if press.zone == zone_id and press.start <= at < press.end and (press.ended is None or at < press.ended):
            found.append((30, 0, press.start.timestamp(), 0, press.id, press.scene.settings()))
    for quiet in plan.quiet_hours:
        if not is_for(quiet, zone):
            continue
        scent, rest = ceilings_of(quiet, zone)
        near = windows_near(quiet.when, plan.store, at)
        if any(i.start <= at < i.end for i in near):
            found.append((40, 0, 0.0, 0, quiet.id, rest))
        if any(i.start - lead_of(zone) <= at < i.end for i in near):
            found.append((40, 0, 0.0, 0, quiet.id, scent))
    for stop in live.stops:
        here = stop.zones is None or zone_id in stop.zones
        if here and stop.since <= at and (stop.ended is None or at < stop.ended):
            found.append((50, 0, stop.since.timestamp(), 0, stop.id, _stop_says(stop.senses)))
    return sorted(found, key=lambda layer: layer[:5])


def floor_holds(plan: Plan, zone_id: str, at: datetime) -> bool:
    if not plan.zone(zone_id).people:
        return False
    hours = _hours(plan.store)
    if hours.always_open:
        return True
    margin = timedelta(minutes=60)
    days = hours.business_days(at.date() - timedelta(days=4), at.date() + timedelta(days=4))
    return any(day.opening - margin <= at < day.closing + margin for day in days)


def expected(plan: Plan, live: Live, zone_id: str, at: datetime):
    """By field: (id of the layer that wins, value after the limits)."""
    return laid(plan, zone_id, layers_at(plan, live, zone_id, at), floor_holds(plan, zone_id, at))


def laid(plan: Plan, zone_id: str, layers, floor: bool):
    """Layers, weakest first, over each other: what wins below the ceilings, the ceilings, the limits, the stops."""
    winner, value = {}, {}
    for rank, _, _, _, layer_id, settings in (x for x in layers if x[0] < 40):
        for field, setting in settings.items():
            winner[field], value[field] = (rank, layer_id), setting
    for rank, _, _, _, layer_id, settings in (x for x in layers if x[0] == 40):
        for field, setting in settings.items():
            tie = field in value and setting == value[field] and winner[field][0] == 40
            if field not in value or setting < value[field] or tie:
                winner[field], value[field] = (rank, layer_id), setting
    for rank, _, _, _, layer_id, settings in (x for x in layers if x[0] == 50):
        for field, setting in settings.items():
            winner[field], value[field] = (rank, layer_id), setting
    limits = plan.limits
    free = {f for f in value if winner[f][0] != 50}
    for role in Role:
        field = light_field(role, "brightness_pct")
        if field in free:
            value[field] = min(value[field], limits.max_brightness_pct)
    if Field.AMBIENT_ON in free and floor:
        shines = value[Field.AMBIENT_BRIGHTNESS] if value[Field.AMBIENT_ON] else 0
        if shines < limits.light_floor_pct:
            value[Field.AMBIENT_ON], value[Field.AMBIENT_BRIGHTNESS] = True, limits.light_floor_pct
    if Field.MUSIC_VOLUME in free:
        value[Field.MUSIC_VOLUME] = min(value[Field.MUSIC_VOLUME], limits.max_volume_pct)
    if Field.SCENT_DIFFUSION in free:
        was = value[Field.SCENT_DIFFUSION]
        value[Field.SCENT_DIFFUSION] = Diffusion(
            fragrance=was.fragrance, intensity_pct=min(was.intensity_pct, limits.max_intensity_pct))
    zone = plan.zone(zone_id)
    if Field.SCENT_ON in free and (zone.is_scent_free or not plan.store.scent_consent):
        value[Field.SCENT_ON] = False
    return {field: (winner[field], value[field]) for field in value}
