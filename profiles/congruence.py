"""Warnings about senses that pull against each other. Never errors: the store may know better.

The facts (`domain.md`, *Congruence*): scent and music of matching arousal please more, and Christmas scent without
Christmas music lowers the rating (Spangenberg, Grohmann & Sprott 2005); a third highly arousing cue overloads (Doucé &
Adams 2020). What a sense stirs comes from the tags of the profile that gives it.
"""

from __future__ import annotations

from collections.abc import Mapping

from profiles.profile import Arousal, Profile, Tags, Warmth, ZoneKind
from profiles.scene import Colour, Diffusion, Field, Sense, Setting

_ORDER = list(Arousal)
#: Where a tag and a setting plainly contradict each other. Our choice: warm lamps are 2700 to 3000 K, cool ones 4000 K
#: and more; 33 % is a medium duty of scent; conversation is easy below half of a shop player's range.
_WARM_MOST_KELVIN, _COOL_LEAST_KELVIN = 3500, 3500
_CALM_MOST_VOLUME_PCT, _CALM_MOST_SCENT_PCT = 50.0, 33.0


def clashes(by_sense: Mapping[Sense, Tags]) -> tuple[str, ...]:
    """What the senses that are on do to each other; `by_sense`: the tags of the profile that gives each."""
    said: list[str] = []
    scent, music = by_sense.get(Sense.SCENT), by_sense.get(Sense.MUSIC)
    if scent is not None and music is not None:
        apart = abs(_ORDER.index(scent.arousal) - _ORDER.index(music.arousal))
        if apart == len(_ORDER) - 1:
            said.append(f"the scent is of {scent.arousal} arousal and the music of {music.arousal}; "
                        "the two please more when they match (Spangenberg 2005).")
    if scent is not None and scent.season == "christmas" and (music is None or music.season != "christmas"):
        said.append("Christmas scent without Christmas music is liked less than neither (Spangenberg 2005); "
                    "play Christmas music, or leave the scent off.")
    if len(by_sense) == len(Sense) and all(tags.arousal is Arousal.HIGH for tags in by_sense.values()):
        said.append("light, music and scent all stir; a third highly arousing cue overloads (Doucé & Adams 2020): "
                    "calm one of them.")
    return tuple(said)


def profile_clashes(profile: Profile, kind: ZoneKind) -> tuple[str, ...]:
    """What in one profile, as it is in a zone of `kind`, pulls apart: its senses, and its tags against its settings."""
    settings = profile.settings_for(kind)
    return (*clashes(senses_on(profile, settings)), *_untrue(profile.tags, settings))


def untrue_tags(profile: Profile, kind: ZoneKind) -> tuple[str, ...]:
    """What the tags of a profile say against its own settings in a zone of `kind`."""
    return tuple(_untrue(profile.tags, profile.settings_for(kind)))


def senses_on(profile: Profile, settings: Mapping[Field, Setting]) -> dict[Sense, Tags]:
    """The senses that these settings of `profile` give and switch on, with its tags.

    Music of a season is that season's only where the profile names its source.
    """
    switches = {Sense.LIGHT: Field.AMBIENT_ON, Sense.MUSIC: Field.MUSIC_ON, Sense.SCENT: Field.SCENT_ON}
    given = {sense: profile.tags for sense, switch in switches.items() if settings.get(switch) is True}
    if Sense.MUSIC in given and Field.MUSIC_SOURCE not in settings:
        given[Sense.MUSIC] = profile.tags.model_copy(update={"season": "any"})
    return given


def _untrue(tags: Tags, settings: Mapping[Field, Setting]) -> list[str]:
    said: list[str] = []
    colour = settings.get(Field.AMBIENT_COLOUR)
    kelvin = colour.kelvin if isinstance(colour, Colour) else None
    if kelvin is not None and tags.warmth is Warmth.WARM and kelvin > _WARM_MOST_KELVIN:
        said.append(f"it is tagged warm, and its ambient light is {kelvin} K; warm light has 3000 K or less.")
    if kelvin is not None and tags.warmth is Warmth.COOL and kelvin < _COOL_LEAST_KELVIN:
        said.append(f"it is tagged cool, and its ambient light is {kelvin} K; cool light has 4000 K or more.")
    if tags.arousal is not Arousal.LOW:
        return said
    volume, diffusion = settings.get(Field.MUSIC_VOLUME), settings.get(Field.SCENT_DIFFUSION)
    if settings.get(Field.MUSIC_ON) is True and isinstance(volume, float) and volume > _CALM_MOST_VOLUME_PCT:
        said.append(f"it is tagged calm (low arousal), and its music is at {volume:g} %; calm music stays below "
                    f"{_CALM_MOST_VOLUME_PCT:g} %.")
    if (settings.get(Field.SCENT_ON) is True and isinstance(diffusion, Diffusion)
            and diffusion.intensity_pct > _CALM_MOST_SCENT_PCT):
        said.append(f"it is tagged calm (low arousal), and its scent is at {diffusion.intensity_pct:g} %; "
                    "a low duty is 17 %.")
    return said
