"""What a person may press in a zone, with a swatch of what it would be there, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

from controller.choosing import guardrail_of, lets_through
from controller.shapes import MoodShown
from controller.showing.layers import profile_of
from controller.showing.leading import Ground, leading
from controller.wording_values import scent_dots, scent_refusal
from profiles.layers import Rank
from profiles.limits import Person, guard
from profiles.places import Zone
from profiles.plan import Live
from profiles.profile import Profile
from profiles.resolve import Resolution, resolve
from profiles.scene import Colour, Diffusion, Field, Role, Setting, light_field


def moods_shown(zone: Zone, resolution: Resolution, person: Person, ground: Ground) -> list[MoodShown]:
    """The profiles that a role may press in a zone and that say something there; viewers may press nothing."""
    if not person.may(Person.STAFF):
        return []
    plan, now = ground.plan, ground.wall.now
    leads, planned_lead = leading(resolution, ground), leading(resolve(plan, Live(), zone.id, now), ground)
    chosen = profile_of(leads, ground) if leads.rank is Rank.OVERRIDE else None
    planned = profile_of(planned_lead, ground)
    rail = guardrail_of(plan, person)
    found = []
    for profile in plan.moods.values():
        settings = guard(profile.settings_for(zone.kind), rail)[0]
        if settings and lets_through(plan, person, profile.id):
            found.append(_mood(profile, settings, zone, ground, chosen=chosen == profile.id,
                               planned=planned == profile.id))
    return found


def _mood(
    profile: Profile, settings: Mapping[Field, Setting], zone: Zone, ground: Ground, *, chosen: bool, planned: bool
) -> MoodShown:
    colour, brightness = _light(settings)
    volume, diffusion = settings.get(Field.MUSIC_VOLUME), settings.get(Field.SCENT_DIFFUSION)
    scented = settings.get(Field.SCENT_ON) is True and scent_refusal(ground.plan, zone) is None
    return MoodShown(
        id=profile.id, name=profile.name, says=profile.says, kelvin=None if colour is None else colour.kelvin,
        xy=None if colour is None else colour.xy, brightness_pct=brightness,
        volume_pct=0.0 if settings.get(Field.MUSIC_ON) is False else volume if isinstance(volume, float) else None,
        scent_dots=scent_dots(diffusion.intensity_pct) if scented and isinstance(diffusion, Diffusion) else 0,
        chosen=chosen, planned=planned)


def _light(settings: Mapping[Field, Setting]) -> tuple[Colour | None, float | None]:
    """Colour and brightness of the first role that the profile lights; a profile that says *off* is dark."""
    dark = False
    for role in Role:
        colour, level = settings.get(light_field(role, "colour")), settings.get(light_field(role, "brightness_pct"))
        if settings.get(light_field(role, "on")) is False:
            dark = True
        elif isinstance(colour, Colour) or isinstance(level, float):
            return colour if isinstance(colour, Colour) else None, level if isinstance(level, float) else None
    return None, 0.0 if dark else None
