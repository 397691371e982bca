"""Each field of a zone with its reason: the layer that won, what it beat, which limits acted, until when."""

from __future__ import annotations

from collections.abc import Iterator

from controller.shapes import FieldShown
from controller.showing.layers import layer_shown
from controller.showing.leading import Ground, is_nudge, reason_of
from controller.wording import guardrail_words, limit_words, nudged, until_words
from controller.wording_values import sentence_case
from profiles.layers import LayerName
from profiles.limits import Clamp
from profiles.resolve import Resolution, Resolved
from profiles.scene import Field


def fields_shown(resolution: Resolution, ground: Ground) -> tuple[FieldShown, ...]:
    """Every field of the zone, in the order of `Field`."""
    return tuple(_field(field, resolution.fields[field], ground) for field in Field if field in resolution.fields)


def _field(field: Field, resolved: Resolved, ground: Ground) -> FieldShown:
    layer = resolved.because.layer
    return FieldShown(
        field=field, value=resolved.value, because=_because(layer, resolved, ground), layer=layer_shown(layer, ground),
        beat=tuple(layer_shown(beaten.layer, ground, beaten.value) for beaten in resolved.because.beat),
        limits=limits_of(field, resolved, ground), until=ground.ended(resolved.until))


def _because(layer: LayerName, resolved: Resolved, ground: Ground) -> str:
    override = ground.overrides.get(layer.id)
    if override is not None and is_nudge(layer):
        return sentence_case(nudged(override.name, override.by, override.over(), ground.wall))
    return until_words(reason_of(layer, ground), ground.ended(resolved.until), ground.wall)


def limits_of(field: Field, resolved: Resolved, ground: Ground) -> tuple[str, ...]:
    """What limits changed of a field, as sentences."""
    return tuple(sentence_case(words) for words in _limits(field, resolved, ground))


def _limits(field: Field, resolved: Resolved, ground: Ground) -> Iterator[str]:
    """What the guardrail changed at the press comes first, then what the store's limits changed."""
    override = ground.overrides.get(resolved.because.layer.id)
    if override is not None and override.asked is not None:
        asked, given = override.asked.settings().get(field), override.scene.settings().get(field)
        if asked is not None and given is not None and asked != given:
            yield guardrail_words(field, Clamp("guardrail", asked, given), override.person, ground.names)
    for clamp in resolved.because.clamps:
        yield limit_words(field, clamp, ground.names)
