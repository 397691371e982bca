"""Layers that do not do what they say: never come through, stay off, are lifted to the light floor.

Every situation of every zone over 13 months is looked at, as `resolve` has it (`profiles.year`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from profiles.finding import Finding, listed, warning
from profiles.layers import LayerName, Rank
from profiles.notes import Notes, Sentence
from profiles.plan import Plan
from profiles.scene import Diffusion, Field, Role, Scene, Setting, light_field
from profiles.week import Part, Week, timed_parts
from profiles.year import Situation, ZoneYear

#: For each switch, the values that mean nothing while it is off.
SWITCHED: dict[Field, tuple[Field, ...]] = {
    **{light_field(role, "on"): (light_field(role, "brightness_pct"), light_field(role, "colour")) for role in Role},
    Field.MUSIC_ON: (Field.MUSIC_VOLUME, Field.MUSIC_SOURCE),
    Field.SCENT_ON: (Field.SCENT_DIFFUSION,),
}
PARTS = {Rank.DAYPART: "dayparts", Rank.CAMPAIGN: "campaigns", Rank.QUIET_HOUR: "quiet_hours"}
_WITH_PROFILE = (Rank.DAYPART, Rank.CAMPAIGN)
_FLOOR = "light floor"


class Numbers:
    """Where the layers of a plan stand in it: the first of each id, as everywhere else."""

    def __init__(self, plan: Plan) -> None:
        """Number the parts of the plan."""
        self._numbers: dict[tuple[Rank, str], int] = {}
        named = {Rank.DEFAULT: [z.id for z in plan.zones], Rank.DAYPART: [d.id for d in plan.dayparts],
                 Rank.CAMPAIGN: [c.id for c in plan.campaigns], Rank.QUIET_HOUR: [q.id for q in plan.quiet_hours]}
        for rank, ids in named.items():
            for number, name in enumerate(ids):
                self._numbers.setdefault((rank, name), number)

    def field(self, layer: LayerName) -> str:
        """The field of the plan in which a layer says what it gives: `campaigns[2].profile`."""
        number = self._numbers.get((layer.rank, layer.id), 0)
        if layer.rank is Rank.DEFAULT:
            return f"zones[{number}].default"
        if layer.rank is Rank.QUIET_HOUR:
            return f"quiet_hours[{number}].light_share_pct"
        return f"{PARTS[layer.rank]}[{number}].profile"

    def part(self, layer: LayerName) -> Part | None:
        """The part that a daypart or campaign is; None for other layers."""
        number = self._numbers.get((layer.rank, layer.id))
        return (PARTS[layer.rank], number) if number is not None and layer.rank in _WITH_PROFILE else None


def look_for_floor(year: ZoneYear, numbers: Numbers, notes: Notes, floor_pct: float) -> None:
    """Ambient light below the floor while the floor holds: it is raised, so the layer is not what people see."""
    for at, situation in year.each():
        layer = _floored(situation)
        if layer is None or (layer.rank is Rank.DEFAULT and _incomplete(year)):
            continue
        if layer.rank is Rank.DEFAULT:
            notes.note(("zones", _FLOOR), year.zone.name, at, lambda where, _: (
                f"the default of {where} has less ambient light than the floor of {floor_pct:g} % at hours when "
                f"people are there and no other layer gives light; {floor_pct:g} % is given then."))
        else:
            notes.note((numbers.field(layer), _FLOOR), year.zone.name, at, _under_floor(layer, floor_pct))


def look_for_silence(year: ZoneYear, numbers: Numbers, notes: Notes) -> None:
    """Values of a layer that stay off all its life in a zone (rule 4)."""
    lit: dict[tuple[LayerName, Field], bool] = {}
    firsts: dict[tuple[LayerName, Field], float] = {}
    for at, situation in year.each():
        for switch, values in SWITCHED.items():
            if switch is Field.SCENT_ON and year.zone.is_scent_free:
                continue
            is_on = situation.asked(switch) is True
            for won in {id(w.layer): w.layer for f in values if (w := situation.outcome.get(f)) is not None}.values():
                if won.name.rank in (Rank.DAYPART, Rank.CAMPAIGN) and switch not in won.settings:
                    key = won.name, switch
                    lit[key] = lit.get(key, False) or is_on
                    firsts.setdefault(key, at)
    for (layer, switch), is_on in lit.items():
        if not is_on:
            notes.note((numbers.field(layer), switch), year.zone.name, firsts[layer, switch], _silent(layer, switch))


class Reach:
    """Which dayparts and campaigns come through anywhere at all, and what goes before those that never do."""

    def __init__(self, plan: Plan, numbers: Numbers) -> None:
        """Nothing has been seen yet. `plan`: what is compiled; `numbers`: of the plan as it was written."""
        self._plan, self._numbers = plan, numbers
        self._looked = {numbers.part(name) for name in (
            *(LayerName(Rank.DAYPART, d.id, d.name) for d in plan.dayparts),
            *(LayerName(Rank.CAMPAIGN, c.id, c.name) for c in plan.campaigns))}
        self._won: set[Part] = set()
        self._beaten: dict[Part, Counter[str]] = {}

    def look(self, year: ZoneYear) -> None:
        """Take in one zone."""
        for situation in year.situations:
            winners = {id(won.layer) for won in situation.outcome.values()}
            for layer in situation.layers:
                part = self._numbers.part(layer.name)
                if part is None:
                    continue
                if id(layer) in winners:
                    self._won.add(part)
                else:
                    beaten = self._beaten.setdefault(part, Counter())
                    beaten.update({situation.outcome[f].layer.name.name: 1 for f in layer.settings
                                   if f in situation.outcome})

    def findings(self, week: Week) -> Iterator[Finding]:
        """What never comes through, of the parts that come at all."""
        for part, thing in timed_parts(week.plan):
            if part not in self._looked or part in self._won or not week.windows.get(part):
                continue
            at, beaten = f"{part[0]}[{part[1]}]", self._beaten.get(part)
            if beaten is None and not set(thing.zones or ()) <= {zone.id for zone in week.plan.zones}:
                continue  # it names zones that are not there, which is an error of its own
            if beaten is None:
                yield warning(at, f"{thing.name} is for no zone of this store; look at its zones and kinds, or take it "
                              "out.")
            elif beaten:
                others = listed([name for name, _ in beaten.most_common(3)])
                yield warning(at, f"{thing.name} never comes through in the 13 months from {week.date(week.start)}: "
                              f"{others} {'goes' if len(beaten) == 1 else 'go'} before it whenever it holds; change "
                              "what goes before it, or take it out.")
            elif not _has_cues(week.plan, part):
                yield warning(at, f"{thing.name} says nothing about light, music or scent in its zones; say something "
                              "in its profile, or take it out.")


def _incomplete(year: ZoneYear) -> bool:
    """Whether the default gives no ambient light, which is an error of its own."""
    return not {Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS} <= year.zone.default.settings().keys()


def _floored(situation: Situation) -> LayerName | None:
    """The layer whose ambient light the floor lifts, if it does."""
    if not situation.floor:
        return None
    ambient = (situation.outcome.get(field) for field in (Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS))
    lifted = (won for won in ambient if won is not None and any(clamp.limit == _FLOOR for clamp in won.clamps))
    return next((won.layer.name for won in lifted), None)


def _under_floor(layer: LayerName, floor_pct: float) -> Sentence:
    return lambda where, first: (f"{layer.name} has less ambient light in {where} than the floor of {floor_pct:g} % "
                                 f"while people are there, first on {first}; {floor_pct:g} % is given.")


def _silent(layer: LayerName, switch: Field) -> Sentence:
    what = switch.value.removesuffix(".on")
    return lambda where, _: (f"{layer.profile or layer.name} sets {what} in {where}, where {what} stays off all its "
                             "life; let the profile say on: true.")


def _has_cues(plan: Plan, part: Part) -> bool:
    """Whether a daypart or campaign brings tasks for people, which is enough to be there for."""
    thing = plan.dayparts[part[1]] if part[0] == "dayparts" else plan.campaigns[part[1]]
    mood = plan.moods.get(thing.profile)
    own: tuple[object, ...] = plan.campaigns[part[1]].cues if part[0] == "campaigns" else ()
    scenes: list[Scene] = [] if mood is None else [mood.scene, *mood.variations.values()]
    return bool(own) or any(scene.cues for scene in scenes)


def fragrance_in(situation: Situation) -> str | None:
    """The fragrance that is diffused; None where scent is off or not allowed."""
    diffusion: Setting | None = situation.value(Field.SCENT_DIFFUSION)
    if situation.value(Field.SCENT_ON) is not True or not isinstance(diffusion, Diffusion):
        return None
    return diffusion.fragrance
