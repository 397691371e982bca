"""Senses that different layers give at one time and that pull against each other, and light raised without its accent.

A campaign that only brings Christmas scent is fine over Christmas music and not over anything else, so what it does is
asked of what comes out (`profiles.year`), with the tags of whichever profile gives each sense (`profiles.congruence`).
"""

from __future__ import annotations

from collections.abc import Iterator

from profiles.check_layers import Numbers
from profiles.congruence import clashes
from profiles.layers import LayerName, Rank
from profiles.notes import Notes, Sentence
from profiles.places import Zone
from profiles.plan import Plan
from profiles.profile import Profile, Tags
from profiles.scene import Field, Role, Sense
from profiles.year import Situation, ZoneYear

#: A step that people notice is about 7 % (`domain.md`, *Light*: Akashi & Neches; Hu & Davis).
NOTICED_PCT = 7.0
#: Music that no profile gives: of no season, neither calm nor stirring.
_PLAIN = Tags()


class Givers:
    """Which profile gives each sense in a situation, by the layer that decides it."""

    def __init__(self, plan: Plan, numbers: Numbers) -> None:
        """Look the layers up in this plan."""
        self._plan, self._numbers = plan, numbers
        self.places = {profile.id: n for n, profile in reversed(list(enumerate(plan.profiles)))}

    def profile(self, layer: LayerName) -> Profile | None:
        """The profile of a daypart or campaign, with what it extends written out."""
        part = self._numbers.part(layer)
        if part is None:
            return None
        thing = self._plan.dayparts[part[1]] if part[0] == "dayparts" else self._plan.campaigns[part[1]]
        return self._plan.moods.get(thing.profile)

    def of(self, situation: Situation) -> dict[Sense, tuple[LayerName, Profile | None, Tags]]:
        """For each sense that is on: the layer that gives it, its profile, the tags. Light and scent that no profile
        gives are left out: nothing is known of them; music that none gives is of no season."""
        found: dict[Sense, tuple[LayerName, Profile | None, Tags]] = {}
        sourced = Field.MUSIC_SOURCE in situation.outcome
        deciding = {Sense.LIGHT: (Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS),
                    Sense.MUSIC: (Field.MUSIC_ON, Field.MUSIC_SOURCE if sourced else Field.MUSIC_ON),
                    Sense.SCENT: (Field.SCENT_ON, Field.SCENT_DIFFUSION)}
        for sense, (switch, decisive) in deciding.items():
            layer = situation.winner(decisive)
            if situation.value(switch) is not True or layer is None:
                continue
            profile = self.profile(layer)
            if profile is not None:
                tags = profile.tags
                if sense is Sense.MUSIC and not sourced:
                    tags = tags.model_copy(update={"season": "any"})
                found[sense] = layer, profile, tags
            elif sense is Sense.MUSIC:
                found[sense] = layer, None, _PLAIN
        return found


def look_for_clashes(year: ZoneYear, numbers: Numbers, givers: Givers, notes: Notes) -> None:
    """Senses that pull against each other, whichever layers give them."""
    for at, situation in year.each():
        given = givers.of(situation)
        for sentence, senses in _clashes({sense: tags for sense, (_, _, tags) in given.items()}):
            involved = {given[sense][0]: given[sense][1] for sense in senses if sense in given}
            profiles = {profile.id: profile for profile in involved.values() if profile is not None}
            if len(profiles) == 1 and None not in involved.values():
                (alone,) = profiles.values()
                notes.note((f"profiles[{givers.places[alone.id]}]", sentence), year.zone.name, at,
                           _alone(alone, sentence))
            else:
                layers = sorted((x for x in involved if x.rank is not Rank.DEFAULT), key=lambda x: -x.rank)
                notes.note((numbers.field(layers[0]), sentence, tuple(layers)), year.zone.name, at,
                           _together(layers, sentence))


def look_for_accent(year: ZoneYear, numbers: Numbers, roles: frozenset[Role], notes: Notes) -> None:
    """Ambient light that a layer raises while the accent stays: what is shown stands out less (`domain.md`, *Light*).

    `roles`: of the lamps in the zone. Per cent of two kinds of lamps are no ratio of lux, so 3:1 itself is not
    claimed; that it falls when only one of them is raised needs no calibration.
    """
    if not {Role.AMBIENT, Role.ACCENT} <= roles:
        return
    for at, situation in year.each():
        ambient, accent = (situation.outcome.get(f) for f in (Field.AMBIENT_BRIGHTNESS, Field.ACCENT_BRIGHTNESS))
        if ambient is None or accent is None or ambient.layer.name.rank not in (Rank.DAYPART, Rank.CAMPAIGN):
            continue
        lit = situation.value(Field.AMBIENT_ON) is True and situation.value(Field.ACCENT_ON) is True
        below = [layer.settings[Field.AMBIENT_BRIGHTNESS] for layer in situation.lying
                 if layer.name.rank < ambient.layer.name.rank and Field.AMBIENT_BRIGHTNESS in layer.settings]
        if not lit or not below or accent.layer.name.rank >= ambient.layer.name.rank:
            continue
        before, after = below[0], ambient.layer.settings[Field.AMBIENT_BRIGHTNESS]
        if isinstance(before, float) and isinstance(after, float) and after - before > NOTICED_PCT:
            layer = ambient.layer.name
            notes.note((numbers.field(layer), "accent"), year.zone.name, at, _raised(layer, before, after))


def lamp_roles(plan: Plan, zone: Zone) -> frozenset[Role]:
    """The roles of the lamps in a zone."""
    return frozenset(device.role for device in plan.devices if device.kind == "light" and zone.id in device.zones)


def _clashes(tags: dict[Sense, Tags]) -> Iterator[tuple[str, tuple[Sense, ...]]]:
    """Each clash with the senses that it is about."""
    pair = clashes({sense: tags[sense] for sense in (Sense.SCENT, Sense.MUSIC) if sense in tags})
    yield from ((sentence, (Sense.SCENT, Sense.MUSIC)) for sentence in pair)
    yield from ((sentence, tuple(Sense)) for sentence in clashes(tags) if sentence not in pair)


def _alone(profile: Profile, sentence: str) -> Sentence:
    return lambda _where, _first: f"{profile.name}: {sentence}"


def _together(layers: list[LayerName], sentence: str) -> Sentence:
    names = " over ".join(layer.name for layer in layers)
    return lambda where, first: f"{names} in {where}, first on {first}: {sentence}"


def _raised(layer: LayerName, before: float, after: float) -> Sentence:
    return lambda where, _: (f"{layer.name} raises the ambient light in {where} from {before:g} to {after:g} % and "
                             "leaves the accent as it was, so that what is shown stands out less (accent to ambient "
                             "is at least 3:1); raise the accent too.")
