"""One sense of a zone in short: what was reported and what should be, in the same words, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.shapes import HoldShown, SenseShown, Standing
from controller.showing.leading import Ground
from controller.showing.reported import kelvin_and_xy, known_states, level, title_of
from controller.showing.standing import Seen, agreed, newest, standing_of
from controller.store.holds import Reason
from controller.store.wishes import SENSE_OF
from controller.wording_values import light_in_short, scent_refusal, sense_words
from profiles.places import Zone
from profiles.scene import Field, Role, Sense, Setting
from profiles.text import t

_LEVEL: Mapping[Sense, str] = {
    Sense.LIGHT: "brightness_pct", Sense.MUSIC: "volume_pct", Sense.SCENT: "intensity_pct"}


@dataclass(frozen=True, slots=True)
class Told:
    """The fields of a zone: what is desired, what was reported, and what is held back."""

    desired: Mapping[Field, Setting]
    reported: Mapping[Field, Setting]
    holds: Sequence[HoldShown]


def senses_shown(zone: Zone, devices: Sequence[Seen], told: Told, ground: Ground) -> tuple[SenseShown, ...]:
    """Light, music and scent of a zone."""
    by_sense: dict[Sense, list[Seen]] = {sense: [] for sense in Sense}
    for seen in devices:
        sense = SENSE_OF.get(seen.sight.device.kind)
        if sense is not None:
            by_sense[sense].append(seen)
    return tuple(_sense(sense, zone, by_sense[sense], told, ground) for sense in Sense)


def _sense(sense: Sense, zone: Zone, devices: Sequence[Seen], told: Told, ground: Ground) -> SenseShown:
    states = known_states(devices)
    switches = [state["on"] for state in states if isinstance(state.get("on"), bool)]
    on = any(switches) if switches else None
    kelvin, xy = kelvin_and_xy(states) if sense is Sense.LIGHT else (None, None)
    standing = standing_of(devices)
    said, wanted = _words(sense, zone, devices, told, ground)
    if any(hold.sense is sense and hold.reason == Reason.PURGE.value for hold in told.holds):
        wanted = t("waiting")
        said = said if on else wanted
    return SenseShown(
        sense=sense, words=said or _unsaid(standing), wanted=wanted, standing=standing,
        reported_at=newest(seen.sight.reported_at for seen in devices),
        sent_at=newest(seen.sight.sent_at for seen in devices), on=on,
        level_pct=0.0 if on is False else level(states, _LEVEL[sense]), kelvin=kelvin, xy=xy,
        title=title_of(devices) if sense is Sense.MUSIC else None, device_count=len(devices),
        reported_count=agreed(devices), lost_count=sum(1 for seen in devices if not seen.in_reach))


def _words(
    sense: Sense, zone: Zone, devices: Sequence[Seen], told: Told, ground: Ground
) -> tuple[str, str]:
    """What was reported, and what should be. A scent that can never be here is told as such, unless one is reported."""
    named = {seen.sight.device.role for seen in devices}
    roles = tuple(role for role in Role if role.value in named) if sense is Sense.LIGHT and named else tuple(Role)
    if sense is Sense.LIGHT:
        return (light_in_short(told.reported, ground.names, roles), light_in_short(told.desired, ground.names, roles))
    said = sense_words(sense, told.reported, ground.names)
    wanted = sense_words(sense, told.desired, ground.names)
    refusal = scent_refusal(ground.plan, zone) if sense is Sense.SCENT else None
    if refusal is not None:
        return (said if told.reported.get(Field.SCENT_ON) is True else refusal), refusal
    return said, wanted


def _unsaid(standing: Standing) -> str:
    """Where nothing was reported."""
    if standing is Standing.NONE:
        return t("no device")
    return t("sent, cannot report") if standing is Standing.ASSUMED else t("nothing reported yet")
