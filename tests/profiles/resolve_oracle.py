"""A deliberately naive reading of the rules: every layer is asked at every minute, and nothing is kept."""

from __future__ import annotations

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


def layers_at(plan: Plan, live: Live, zone_id: str, at: datetime):
    """(rank word, pressed, id, settings) of every layer that is alive, weakest first."""
    zone = plan.zone(zone_id)
    found = [(0, 0.0, zone.id, zone.default.settings())]
    for daypart in plan.dayparts:
        if daypart.zones is not None and zone_id not in daypart.zones:
            continue
        when = _when(daypart.when, plan.store)
        if any(i.start <= at < i.end for i in when.intervals(at - timedelta(days=2), at + timedelta(days=2))):
            found.append((10, 0.0, daypart.id, plan.profile(daypart.profile).settings_for(zone.kind)))
    for press in live.overrides:
        if press.zone == zone_id and press.start <= at < press.end and (press.ended is None or at < press.ended):
            found.append((30, press.start.timestamp(), press.id, press.scene.settings()))
    for stop in live.stops:
        here = stop.zones is None or zone_id in stop.zones
        if here and stop.since <= at and (stop.ended is None or at < stop.ended):
            found.append((50, stop.since.timestamp(), stop.id, _stop_says(stop.senses)))
    return sorted(found, key=lambda layer: layer[:3])


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
    layers = layers_at(plan, live, zone_id, at)
    winner, value = {}, {}
    for rank, _, layer_id, settings in layers:
        for field, setting in settings.items():
            winner[field], value[field] = (rank, layer_id), setting
    limits = plan.limits
    free = {f for f in value if winner[f][0] != 50}
    for role in Role:
        field = light_field(role, "brightness_pct")
        if field in free:
            value[field] = min(value[field], limits.max_brightness_pct)
    if Field.AMBIENT_ON in free and floor_holds(plan, zone_id, at):
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
