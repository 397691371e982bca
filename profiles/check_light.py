"""Light that changes and changes back before anybody can look at it, and quiet hours that are all ramp.

Never more than three flashes a second (`domain.md`, *Light*). Windows are of whole minutes, so a plan cannot flash;
what it can do is change the light for less than its fades take, which is seen as a flicker. Presses are held to the
rule by `controller.flashes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from profiles.check_air import minutes
from profiles.check_layers import Numbers
from profiles.check_senses import NOTICED_PCT
from profiles.finding import Finding, warning
from profiles.layers import LayerName
from profiles.notes import Notes, Sentence
from profiles.scene import Field, Role, light_field
from profiles.week import Week
from profiles.year import Situation, ZoneYear

#: How long the light takes from one daypart or campaign to the next (rule 12).
FADE_S = 45.0

_Levels = tuple[float, ...]


def look_for_flicker(year: ZoneYear, numbers: Numbers, notes: Notes) -> None:
    """Light that goes up and down again, or down and up, within the time that its fades take."""
    before: _Levels | None = None
    short: tuple[float, float, _Levels] | None = None
    for start, end, levels in year.stretches(_levels):
        if short is not None and before is not None and _turns_back(before, short[2], levels):
            layer = year.at(short[0]).winner(Field.AMBIENT_BRIGHTNESS)
            if layer is not None:
                notes.note((numbers.field(layer), "flicker"), year.zone.name, short[0],
                           _flicker(layer, short[1] - short[0]))
        if short is not None:
            before = short[2]
        if end - start < 2 * FADE_S:
            short = start, end, levels
        else:
            before, short = levels, None


def check_ramps(week: Week) -> Iterator[Finding]:
    """Quiet hours that end before they have come and gone."""
    for number, hour in enumerate(week.plan.quiet_hours):
        short = [(start, end) for start, end in week.windows.get(("quiet_hours", number), ())
                 if end - start < 2 * hour.ramp_s and start > week.start and end < week.end]
        if short:
            start, end = short[0]
            yield warning(f"quiet_hours[{number}].ramp_s", f"{hour.name} lasts {minutes(end - start)} on "
                          f"{week.date(start)}, and comes and goes over {minutes(hour.ramp_s)} each; let it last "
                          "longer, or come and go faster.")


def _levels(situation: Situation) -> _Levels:
    """How bright the lamps of each role are, in %; off is 0."""
    found: list[float] = []
    for role in Role:
        value = situation.value(light_field(role, "brightness_pct"))
        lit = situation.value(light_field(role, "on")) is True and isinstance(value, float | int)
        found.append(float(value) if lit and isinstance(value, float | int) else 0.0)
    return tuple(found)


def _turns_back(before: _Levels, short: _Levels, after: _Levels) -> bool:
    """Whether lamps of any role change noticeably, and change back."""
    return any((there - then) * (back - there) < 0 and min(abs(there - then), abs(back - there)) > NOTICED_PCT
               for then, there, back in zip(before, short, after, strict=True))


def _flicker(layer: LayerName, lasts: float) -> Sentence:
    return lambda where, first: (
        f"{layer.name} changes the light in {where} for {minutes(lasts)}, first on {first}, and a change takes "
        f"{FADE_S:g} s to come and to go; people see a flicker: let it last longer.")
