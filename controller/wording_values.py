"""Values in words: what a sense is set to, how strong a scent is, how many of what, numbers in a sentence.

Short enough for a card (`74 %, 3400 K`) and the same for what should be and for what was reported, so that two texts
that differ mean two states that differ. Whole per cent and tens of kelvin: a lamp of 254 steps cannot say 60 %, and
3003 K is what 3000 K becomes in mireds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Colour, Diffusion, Field, Role, Sense, Setting, light_field
from profiles.text import t, tn

#: Duty cycles in use are 10, 20 and 30 min in the hour (`domain.md`, *Scent*; ScentAir): 17, 33 and 50 %. What lies
#: between is named by the nearest.
LOW_UP_TO_PCT, MEDIUM_UP_TO_PCT = 25.0, 41.7

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True)
class Names:
    """What the plan calls its fragrances and sources, by id."""

    fragrances: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def fragrance(self, fragrance: str) -> str:
        """The name of a fragrance; its id where the plan does not know it."""
        return self.fragrances.get(fragrance, fragrance)


def names_of(plan: Plan) -> Names:
    """The names in `plan`."""
    return Names({f.id: f.name for f in plan.fragrances}, {s.id: s.name for s in plan.sources})


def number(count: int) -> str:
    """A number as it stands in a sentence: in words up to twelve."""
    return t(_NUMBERS[count]) if 0 <= count < len(_NUMBERS) else str(count)


def sentence_case(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = list(names) or [""]
    return t("{first} and {last}", first=", ".join(first), last=last) if first else last


def counted(kind: str, count: int) -> str:
    """`1 lamp`, `2 lamps`; `kind` is that of a device."""
    if kind == "light":
        return tn("{count} lamp", "{count} lamps", count)
    if kind == "player":
        return tn("{count} player", "{count} players", count)
    if kind == "diffuser":
        return tn("{count} diffuser", "{count} diffusers", count)
    return tn("{count} device", "{count} devices", count)


def sense_name(sense: Sense) -> str:
    """`light`, `music`, `scent`."""
    return {Sense.LIGHT: t("light"), Sense.MUSIC: t("music"), Sense.SCENT: t("scent")}[sense]


def scent_dots(intensity_pct: float) -> int:
    """Strength of a scent from 0 to 3: none, low, medium, high."""
    if intensity_pct <= 0:
        return 0
    return 1 if intensity_pct <= LOW_UP_TO_PCT else 2 if intensity_pct <= MEDIUM_UP_TO_PCT else 3


def strength(intensity_pct: float) -> str:
    """`low`, `medium`, `high`."""
    return (t("off"), t("low"), t("medium"), t("high"))[scent_dots(intensity_pct)]


def setting_words(value: Setting, names: Names) -> str:
    """One value: `60 %`, `3500 K`, `in colour`, `low, Fig leaf`, `on`."""
    if isinstance(value, bool):
        return t("on") if value else t("off")
    if isinstance(value, Colour):
        return t("in colour") if value.kelvin is None else f"{round(value.kelvin, -1)} K"
    if isinstance(value, Diffusion):
        return f"{strength(value.intensity_pct)}, {names.fragrance(value.fragrance)}"
    if isinstance(value, str):
        return names.sources.get(value, value)
    return f"{round(value)} %"


def sense_words(
    sense: Sense, settings: Mapping[Field, Setting], names: Names, roles: Sequence[Role] = tuple(Role)
) -> str:
    """What a sense is set to. Light: lamps of `roles` that agree are said once; empty where nothing is known."""
    if sense is Sense.LIGHT:
        return _light_words(settings, names, roles)
    if sense is Sense.MUSIC:
        return _words(settings, Field.MUSIC_ON, (Field.MUSIC_VOLUME,), names)
    return _words(settings, Field.SCENT_ON, (Field.SCENT_DIFFUSION,), names)


def light_in_short(settings: Mapping[Field, Setting], names: Names, roles: Sequence[Role]) -> str:
    """Light for a card: the general light if it is on, else that of the first role that is: `accent 22 %, 2700 K`."""
    lit = [role for role in roles if settings.get(light_field(role, "on")) is True]
    if not lit:
        return _light_words(settings, names, roles)
    said = _light_words(settings, names, lit[:1])
    return said if lit[0] is roles[0] else f"{role_name(lit[0])} {said}"


def scent_refusal(plan: Plan, zone: Zone) -> str | None:
    """Why there is never scent in a zone, in words for a card; None where there may be."""
    if zone.is_scent_free:
        return t("scent-free")
    return None if plan.store.scent_consent else t("no scent in this store")


def role_name(role: Role) -> str:
    """`ambient`, `accent`, `feature`."""
    return {Role.AMBIENT: t("ambient"), Role.ACCENT: t("accent"), Role.FEATURE: t("feature")}[role]


def _light_words(settings: Mapping[Field, Setting], names: Names, roles: Sequence[Role]) -> str:
    by_words: dict[str, list[Role]] = {}
    for role in roles:
        said = _words(settings, light_field(role, "on"),
                      (light_field(role, "brightness_pct"), light_field(role, "colour")), names)
        if said:
            by_words.setdefault(said, []).append(role)
    if len(by_words) == 1:
        return next(iter(by_words))
    return "; ".join(f"{listed(role_name(role) for role in alike)} {said}" for said, alike in by_words.items())


def _words(settings: Mapping[Field, Setting], on: Field, others: Sequence[Field], names: Names) -> str:
    if settings.get(on) is False:
        return t("off")
    said = [setting_words(settings[other], names) for other in others if other in settings]
    return ", ".join(said) if said else t("on") if settings.get(on) is True else ""
