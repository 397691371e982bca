"""Why a zone is as it is, as a stack of rungs: the ranks from stop down to the zone's default, for each sense.

Senses whose stacks have the same layers share one. A layer that wins anything steps out; a beaten one stays readable
with what it would have been. Pure: reads `ZoneShown.fields` or `Explained.fields`, decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controller.shapes import FieldShown, LayerShown
from profiles.scene import Colour, Diffusion, Field, Role, Sense, Setting, light_field
from profiles.text import t

#: Ranks from the strongest down. Each has its rung even where nothing is on it.
RANKS = ("stop", "quiet-hour", "override", "campaign", "daypart", "default")


@dataclass(frozen=True, slots=True)
class Rung:
    """A layer on its rank. `gives`: what holds because of it; `would`: what it would give if nothing beat it.

    `layer` is None on a rank without one. `until`: the first instant at which something that it gives changes.
    """

    rank: str
    layer: LayerShown | None
    gives: str = ""
    would: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """The rungs of one or more senses."""

    senses: tuple[Sense, ...]
    rungs: tuple[Rung, ...]


@dataclass(slots=True)
class _Seen:
    layer: LayerShown
    gives: dict[Field, Setting] = field(default_factory=dict)
    would: dict[Field, Setting] = field(default_factory=dict)
    ends: list[datetime] = field(default_factory=list)


def stacks(fields: Sequence[FieldShown]) -> tuple[Stack, ...]:
    """The stacks of a zone, in the order light, music, scent."""
    found: dict[tuple[object, ...], list[Sense]] = {}
    for sense in Sense:
        layers = _seen([shown for shown in fields if shown.field.sense is sense])
        if layers:
            key = tuple((seen.layer.rank, seen.layer.id, bool(seen.gives)) for seen in layers.values())
            found.setdefault(key, []).append(sense)
    return tuple(
        Stack(tuple(senses), _rungs(_seen([shown for shown in fields if shown.field.sense in senses])))
        for senses in found.values())


def whole(fields: Sequence[FieldShown]) -> Stack:
    """One stack for all senses: each layer once, with everything that it gives or would give."""
    return Stack(tuple(sense for sense in Sense if any(f.field.sense is sense for f in fields)), _rungs(_seen(fields)))


def words(settings: Mapping[Field, Setting]) -> str:
    """Settings as people read them: `60 %, 3500 K`; with the name of each sense where there is more than one."""
    said = {
        Sense.LIGHT: "; ".join(_light(settings)),
        Sense.MUSIC: _sense(settings, Field.MUSIC_ON, (Field.MUSIC_VOLUME, Field.MUSIC_SOURCE)),
        Sense.SCENT: _sense(settings, Field.SCENT_ON, (Field.SCENT_DIFFUSION,)),
    }
    told = {sense: what for sense, what in said.items() if what}
    if len(told) < 2:
        return "".join(told.values())
    return "; ".join(f"{t(sense.value)} {what}" for sense, what in told.items())


def limits(fields: Iterable[FieldShown]) -> tuple[str, ...]:
    """Every limit that acted, once, in order."""
    return tuple(dict.fromkeys(sentence for shown in fields for sentence in shown.limits))


def _seen(fields: Iterable[FieldShown]) -> dict[str, _Seen]:
    found: dict[str, _Seen] = {}
    for shown in fields:
        won = found.setdefault(shown.layer.id, _Seen(shown.layer))
        won.gives[shown.field] = shown.value
        if shown.until is not None:
            won.ends.append(shown.until)
        for layer in shown.beat:
            beaten = found.setdefault(layer.id, _Seen(layer))
            if layer.value is not None:
                beaten.would[shown.field] = layer.value
    return found


def _rungs(layers: Mapping[str, _Seen]) -> tuple[Rung, ...]:
    ranks = dict.fromkeys((*RANKS, *(seen.layer.rank for seen in layers.values())))
    rungs: list[Rung] = []
    for rank in ranks:
        here = [seen for seen in layers.values() if seen.layer.rank == rank]
        rungs += [_rung(seen) for seen in here] or [Rung(rank, None)]
    return tuple(rungs)


def _rung(seen: _Seen) -> Rung:
    return Rung(seen.layer.rank, seen.layer, words(seen.gives), words(seen.would), min(seen.ends, default=None))


def _light(settings: Mapping[Field, Setting]) -> Iterable[str]:
    """Roles of lamps that agree are said once, and without their names where all agree."""
    by_words: dict[str, list[Role]] = {}
    for role in Role:
        said = _sense(settings, light_field(role, "on"),
                      (light_field(role, "brightness_pct"), light_field(role, "colour")))
        if said:
            by_words.setdefault(said, []).append(role)
    for said_once, roles in by_words.items():
        named = " " + ", ".join(t(role.value) for role in roles) if len(by_words) > 1 else ""
        yield f"{said_once}{named}"


def _sense(settings: Mapping[Field, Setting], on: Field, others: Sequence[Field]) -> str:
    if settings.get(on) is False:
        return t("off")
    said = [_value(value) for value in (settings.get(other) for other in others) if value is not None]
    return ", ".join(said) or (t("on") if settings.get(on) is True else "")


def _value(value: Setting) -> str:
    if isinstance(value, Diffusion):
        fragrance = value.fragrance.replace("-", " ")
        return t("{fragrance} at {level} %", fragrance=fragrance, level=f"{value.intensity_pct:g}")
    if isinstance(value, Colour) and value.kelvin is None:
        return t("in colour")
    if isinstance(value, str):
        return value.replace("-", " ")
    return f"{value:g} %" if isinstance(value, int | float) else str(value)
