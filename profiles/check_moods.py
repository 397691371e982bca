"""What scenes ask for, apart from when: complete defaults, limits, consent, values that stay off, congruence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from profiles.check_names import scenes, scenes_of
from profiles.congruence import profile_clashes
from profiles.finding import Finding, error, listed, warning
from profiles.places import Zone
from profiles.plan import Daypart, Plan
from profiles.profile import Profile
from profiles.scene import Diffusion, Field, Role, Scene, Sense, Setting, light_field

#: For each switch, the values that mean nothing while it is off.
SWITCHED: Mapping[Field, tuple[Field, ...]] = {
    **{light_field(role, "on"): (light_field(role, "brightness_pct"), light_field(role, "colour")) for role in Role},
    Field.MUSIC_ON: (Field.MUSIC_VOLUME, Field.MUSIC_SOURCE),
    Field.SCENT_ON: (Field.SCENT_DIFFUSION,),
}


def check_moods(plan: Plan) -> Iterator[Finding]:
    """Everything about scenes that can be said without a calendar."""
    yield from _defaults(plan)
    for at, scene in scenes(plan):
        yield from _over_limits(plan, at, scene)
    for number, profile in enumerate(plan.profiles):
        for at, scene in scenes_of(f"profiles[{number}]", profile):
            yield from _switched_off(at, scene)
        said = {sentence: None for kind in dict.fromkeys(z.kind for z in plan.zones)
                for sentence in profile_clashes(profile, kind)}
        yield from (warning(f"profiles[{number}]", f"{profile.name}: {sentence}") for sentence in said)
    profiles = plan.moods
    for number, daypart in enumerate(plan.dayparts):
        chosen = profiles.get(daypart.profile)
        if chosen is not None:
            yield from _daypart(plan, f"dayparts[{number}]", daypart, chosen)


def zones_of(plan: Plan, daypart: Daypart) -> list[Zone]:
    """The zones that a daypart is for, as far as they exist."""
    return [z for z in plan.zones if daypart.zones is None or z.id in daypart.zones]


def _defaults(plan: Plan) -> Iterator[Finding]:
    """The ground gives every field (rule 4): what no layer gives would have no value at all."""
    for number, zone in enumerate(plan.zones):
        needed = set(Field)
        if not plan.sources:
            needed.discard(Field.MUSIC_SOURCE)
        if not plan.fragrances or zone.is_scent_free:
            needed.discard(Field.SCENT_DIFFUSION)
        missing = [field.value for field in Field if field in needed - zone.default.settings().keys()]
        if missing:
            yield error(f"zones[{number}].default", f"the default of {zone.name} gives no {_shortened(missing)}; "
                        "a zone's default gives every field.")


def _shortened(missing: list[str]) -> str:
    """`light.brightness_pct` for all three roles; `scent.fragrance` as people write it in a file."""
    names: list[str] = []
    for name in missing:
        sense, _, what = name.partition(".")
        role, _, field = what.partition(".")
        alike = [f"{sense}.{other.value}.{field}" for other in Role] if field else []
        short = f"{sense}.{field}" if field and all(other in missing for other in alike) else name
        if field and short == name:
            short = f"light.roles.{role}.{field}"
        short = short.replace("scent.diffusion", "scent.fragrance with intensity_pct")
        names.append(short.replace("colour", "kelvin (or xy)"))
    return listed(dict.fromkeys(names))


def _over_limits(plan: Plan, at: str, scene: Scene) -> Iterator[Finding]:
    limits = plan.limits
    bounds = {light_field(role, "brightness_pct"): (f"{role.value} light", limits.max_brightness_pct) for role in Role}
    bounds[Field.MUSIC_VOLUME] = "volume", limits.max_volume_pct
    settings = scene.settings()
    for field, (what, highest) in bounds.items():
        value = settings.get(field)
        if isinstance(value, float) and value > highest:
            yield warning(at, f"{what} {value:g} % is over the store's limit of {highest:g} %; {highest:g} % is given.")
    diffusion = settings.get(Field.SCENT_DIFFUSION)
    if isinstance(diffusion, Diffusion) and diffusion.intensity_pct > limits.max_intensity_pct:
        yield warning(at, f"scent {diffusion.intensity_pct:g} % is over the store's limit of "
                      f"{limits.max_intensity_pct:g} %; {limits.max_intensity_pct:g} % is given.")


def _switched_off(at: str, scene: Scene) -> Iterator[Finding]:
    """One scene that says off and a value: one of the two is not meant."""
    settings = scene.settings()
    for switch, values in SWITCHED.items():
        named = [field.value for field in values if field in settings]
        if settings.get(switch) is False and named:
            yield warning(at, f"{listed(named)} stays off, because the same scene says off; say on, or leave it out.")


def _daypart(plan: Plan, at: str, daypart: Daypart, profile: Profile) -> Iterator[Finding]:
    silent: dict[str, list[str]] = {}
    unheld: dict[str, list[str]] = {}
    unagreed: set[str] = set()
    for zone in zones_of(plan, daypart):
        own = profile.settings_for(zone.kind)
        ground = zone.default.settings()
        for switch, values in SWITCHED.items():
            refused = switch.sense is Sense.SCENT and zone.is_scent_free
            if switch not in own and ground.get(switch) is False and not refused and any(v in own for v in values):
                silent.setdefault(switch.value, []).append(zone.name)
        fragrance = fragrance_in(zone, {**ground, **own})
        if fragrance is None or Field.SCENT_ON not in own:
            continue
        if not plan.store.scent_consent:
            unagreed.add(fragrance)
        elif _lacks(plan, zone, fragrance):
            unheld.setdefault(fragrance, []).append(zone.name)
    for switch_name, names in silent.items():
        what = switch_name.removesuffix(".on")
        yield warning(f"{at}.profile", f"{profile.name} sets {what} in {listed(names)}, where {what} stays off all its "
                      "life; let the profile say on: true.")
    for fragrance in sorted(unagreed):
        yield warning(f"{at}.profile", f"{profile.name} diffuses {fragrance}, and this store has not agreed to scent; "
                      "none is diffused until store.scent_consent is true.")
    for fragrance, names in unheld.items():
        yield warning(f"{at}.profile", f"{profile.name} diffuses {fragrance}, and no diffuser in {listed(names)} holds "
                      "it.")


def fragrance_in(zone: Zone, settings: Mapping[Field, Setting]) -> str | None:
    """The fragrance that these settings diffuse in a zone; None where scent is off or not allowed."""
    diffusion = settings.get(Field.SCENT_DIFFUSION)
    if zone.is_scent_free or settings.get(Field.SCENT_ON) is not True or not isinstance(diffusion, Diffusion):
        return None
    return diffusion.fragrance


def _lacks(plan: Plan, zone: Zone, fragrance: str) -> bool:
    """Whether the zone has diffusers that say what they hold, and none of them holds this."""
    diffusers = [d for d in plan.devices if d.kind == "diffuser" and zone.id in d.zones]
    return bool(diffusers) and all(d.fragrances and fragrance not in d.fragrances for d in diffusers)
