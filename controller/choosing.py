"""What a press becomes in each zone: settings of the profile or scene, within the guardrail, with an end. Pure.

A press that would show nothing anywhere is refused: an empty scene, or values of a sense that stays off all the while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from controller.desk import Choice
from controller.ends import Ending, ending
from controller.errors import Forbidden, NotFound, Refused
from controller.ports import Actor
from controller.walltime import Wall
from controller.wording import forbidden_words, guardrail_words, limit_words, role_word, shortened_words
from controller.wording_values import names_of, sentence_case
from profiles.layers import Rank
from profiles.limits import STORE_ROLES, Clamp, Guardrail, Person, guard
from profiles.places import Zone
from profiles.plan import Live, Override, Plan
from profiles.profile import Profile
from profiles.resolve import Winner, winners_at
from profiles.scene import Colour, Diffusion, Field, Role, Sense, Setting, light_field, scene_of
from profiles.text import t

#: Overrides that a complaint made carry this in their id: they turn one thing down and are no mood of their own.
NUDGE = "nudge-"
#: Nobody chose anything: always the same, so that what was found for it is found once.
_NOBODY = Live()


@dataclass(frozen=True, slots=True)
class Pressed:
    """The overrides of one press, and what limits changed, in words, each once."""

    overrides: tuple[Override, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who presses, when, under which id; what it is called, and the profile it is, if it is one."""

    actor: Actor
    now: datetime
    press: str
    name: str = ""
    profile: str | None = None

    def named(self, name: str, profile: str | None) -> Stamp:
        """The same press, with its name."""
        return Stamp(self.actor, self.now, self.press, name, profile)


def needs(actor: Actor, role: Person) -> None:
    """Raise Forbidden unless the actor has at least `role`."""
    if not actor.person.may(role):
        raise Forbidden(forbidden_words(role, actor.person))


def guardrail_of(plan: Plan, person: Person) -> Guardrail:
    """The guardrail of a role; the defaults where the plan has none."""
    return plan.guardrails.get(person, Guardrail())


def zones_named(plan: Plan, zones: tuple[str, ...] | None) -> tuple[Zone, ...]:
    """The zones of these ids (None: all), each once. Raises NotFound, Refused for none at all."""
    if zones is None:
        return plan.zones
    if not zones:
        raise Refused(t("No zone was named. Name one or more, or leave zones out for the whole store."))
    known = {zone.id: zone for zone in plan.zones}
    for zone in zones:
        if zone not in known:
            raise NotFound(t("There is no zone {zone} in this store.", zone=zone[:63]))
    return tuple(known[zone] for zone in dict.fromkeys(zones))


def profile_allowed(plan: Plan, profile: str, actor: Actor) -> Profile:
    """The profile of this id, if the actor may press it. Raises NotFound, Forbidden."""
    try:
        found = plan.profile(profile)
    except KeyError:
        raise NotFound(t("There is no profile {profile} in the plan.", profile=profile[:63])) from None
    if not lets_through(plan, actor.person, profile):
        more = [role for role in STORE_ROLES if role.may(actor.person) and lets_through(plan, role, profile)]
        if not more:
            raise Forbidden(t("{profile} is for the plan alone; nobody may choose it by hand.", profile=found.name))
        raise Forbidden(t("{profile} is for {role} to choose.", profile=found.name, role=role_word(more[0])))
    return found


def lets_through(plan: Plan, person: Person, profile: str) -> bool:
    """Whether the guardrail of a role lets a profile through."""
    allowed = guardrail_of(plan, person).profiles
    return allowed is None or profile in allowed


def press_of(plan: Plan, zones: tuple[Zone, ...], choice: Choice, end: str, stamp: Stamp) -> Pressed:
    """The overrides that `choice` makes in `zones`; zones where it would show nothing are left out.

    Raises Refused where it shows nothing anywhere, where the scene names what the plan has not, or for the end;
    Forbidden and NotFound for the profile.
    """
    profile = None if choice.profile is None else profile_allowed(plan, choice.profile, stamp.actor)
    if (profile is None) == (choice.scene is None):
        raise Refused(t("A press names either a profile or a scene, and one of them."))
    name = profile.name if profile is not None else choice.name.strip() or t("By hand")
    overrides: list[Override] = []
    limits: dict[str, None] = {}
    for zone in zones:
        wished = profile.settings_for(zone.kind) if profile is not None else _scene_settings(plan, choice)
        found = ending(end, plan, zone.id, stamp.now, guardrail_of(plan, stamp.actor.person))
        override, said = override_of(plan, zone, wished, found, stamp.named(name, choice.profile))
        if override is not None:
            overrides.append(override)
            limits.update(dict.fromkeys(said))
    if not overrides:
        raise Refused(t("{name} would change nothing here: it sets nothing that is on, and switches nothing on or off.",
                        name=name))
    return Pressed(tuple(overrides), tuple(limits))


def override_of(
    plan: Plan, zone: Zone, wished: Mapping[Field, Setting], end: Ending, stamp: Stamp
) -> tuple[Override | None, tuple[str, ...]]:
    """The override of one zone and the limits that act on it, in words; None where it would show nothing."""
    person = stamp.actor.person
    given, clamps = guard(wished, guardrail_of(plan, person))
    if not given:
        return None, ()
    try:
        override = Override(
            id=f"{stamp.press}-{plan.zones.index(zone)}", press=stamp.press, zone=zone.id, profile=stamp.profile,
            name=stamp.name, scene=scene_of(given), start=stamp.now, end=end.end, by=stamp.actor.name, person=person,
            asked=scene_of({field: clamp.asked for field, clamp in clamps.items()}) if clamps else None)
    except ValidationError:
        raise Refused(t("A name has 1 to 120 characters, none of them invisible.")) from None
    alone = winners_at(_without_quiet_hours(plan, zone, stamp.now), Live(overrides=(override,)), zone.id, stamp.now)
    if not any(_shows(alone, field, override.id) for field in given):
        return None, ()
    return override, _limits_in_words(plan, alone, override, clamps, end)


def _without_quiet_hours(plan: Plan, zone: Zone, now: datetime) -> Plan:
    """The plan, less its quiet hours where one is in force: what it masks may be pressed, and shows when it ends."""
    found = winners_at(plan, _NOBODY, zone.id, now)
    if any(winner.because.layer.rank is Rank.QUIET_HOUR for winner in found.values()):
        return plan.changed(quiet_hours=())
    return plan


def _limits_in_words(
    plan: Plan, alone: Mapping[Field, Winner], override: Override, clamps: Mapping[Field, Clamp], end: Ending
) -> tuple[str, ...]:
    names, wall = names_of(plan), Wall(plan.store.place.tz, override.start)
    said = [guardrail_words(field, clamp, override.person, names) for field, clamp in clamps.items()]
    for field, winner in alone.items():
        if winner.because.layer.id == override.id:
            said += [limit_words(field, clamp, names) for clamp in winner.because.clamps]
    if end.shortened:
        said.append(shortened_words(end.end, override.person, wall))
    return tuple(dict.fromkeys(sentence_case(words) for words in said))


def _shows(alone: Mapping[Field, Winner], field: Field, override: str) -> bool:
    """Whether a field of the override can be seen, heard or smelt: it wins, and its switch is on or is what it sets."""
    winner = alone.get(field)
    if winner is None or winner.because.layer.id != override:
        return False
    switch = switch_of(field)
    if field is switch:
        return not any(isinstance(clamp.asked, bool) for clamp in winner.because.clamps)
    return switch not in alone or alone[switch].value is True


def switch_of(field: Field) -> Field:
    """The field that says whether `field` is on."""
    if field.sense is Sense.MUSIC:
        return Field.MUSIC_ON
    return Field.SCENT_ON if field.sense is Sense.SCENT else light_field(field.role or Role.AMBIENT, "on")


def _scene_settings(plan: Plan, choice: Choice) -> dict[Field, Setting]:
    settings = {} if choice.scene is None else choice.scene.settings()
    if not settings:
        raise Refused(t("The scene is empty. Say what light, music or scent should be."))
    source, diffusion = settings.get(Field.MUSIC_SOURCE), settings.get(Field.SCENT_DIFFUSION)
    if isinstance(source, str) and source not in {s.id for s in plan.sources}:
        raise Refused(t("There is no source {source} in the plan.", source=source))
    if isinstance(diffusion, Diffusion) and diffusion.fragrance not in {f.id for f in plan.fragrances}:
        raise Refused(t("There is no fragrance {fragrance} in the plan.", fragrance=diffusion.fragrance))
    return settings


def journal_settings(settings: Mapping[Field, Setting]) -> dict[str, object]:
    """Settings as they stand in the journal: plain JSON, by field."""
    return {field.value: value.model_dump(exclude_none=True) if isinstance(value, Colour | Diffusion) else value
            for field, value in settings.items()}
