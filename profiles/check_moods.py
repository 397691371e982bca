"""What scenes ask for, apart from when: complete defaults, limits, consent, values that stay off, congruence."""

from __future__ import annotations

from collections.abc import Iterator

from profiles.check_layers import SWITCHED
from profiles.check_names import scenes, scenes_of
from profiles.congruence import profile_clashes, untrue_tags
from profiles.finding import Finding, error, listed, warning
from profiles.plan import Plan
from profiles.scene import Diffusion, Field, Role, Scene, light_field


def check_moods(plan: Plan, layered: bool = False) -> Iterator[Finding]:
    """Everything about scenes that can be said without a calendar.

    `layered`: what the senses of dayparts and campaigns do to each other is asked of what comes out of all layers
    (`profiles.check_senses`), so here only of profiles that are pressed by hand.
    """
    yield from _defaults(plan)
    yield from _guardrails(plan)
    planned = {d.profile for d in plan.dayparts} | {c.profile for c in plan.campaigns} if layered else set[str]()
    for at, scene in scenes(plan):
        yield from _over_limits(plan, at, scene)
    for number, profile in enumerate(plan.profiles):
        for at, scene in scenes_of(f"profiles[{number}]", profile):
            yield from _switched_off(at, scene)
        mood = plan.moods.get(profile.id, profile)
        judge = untrue_tags if profile.id in planned else profile_clashes
        said = {sentence: None for kind in dict.fromkeys(z.kind for z in plan.zones) for sentence in judge(mood, kind)}
        yield from (warning(f"profiles[{number}]", f"{profile.name}: {sentence}") for sentence in said)



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


def _guardrails(plan: Plan) -> Iterator[Finding]:
    """Guardrails that let nothing through, or nothing but what the store's limits then change."""
    limits = plan.limits
    for person, rail in plan.guardrails.items():
        at = f"guardrails.{person.value}"
        if rail.profiles == ():
            yield warning(f"{at}.profiles", f"{person.value} may choose no profile at all; name some, or leave "
                          "profiles out to let every one through.")
        highest = {"volume_pct": (rail.volume_pct.lowest, limits.max_volume_pct, "volume"),
                   "brightness_pct": (rail.brightness_pct.lowest, limits.max_brightness_pct, "brightness"),
                   "intensity_pct": (rail.intensity_pct.lowest, limits.max_intensity_pct, "scent")}
        for name, (lowest, limit, what) in highest.items():
            if lowest > limit:
                yield warning(f"{at}.{name}", f"{what} from {lowest:g} % lets nothing through: the store's limit is "
                              f"{limit:g} %, which is always given; lower the guardrail.")
        if rail.brightness_pct.highest < limits.light_floor_pct and any(zone.people for zone in plan.zones):
            yield warning(f"{at}.brightness_pct", f"brightness up to {rail.brightness_pct.highest:g} % lets nothing "
                          f"through while people are there: the light floor of {limits.light_floor_pct:g} % is given; "
                          "raise the guardrail.")
