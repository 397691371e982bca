"""What a zone would be without one of its layers: the same question asked of a plan, or of choices, that lack it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime

from controller.errors import NotFound, Refused
from controller.shapes import Without
from controller.showing.layers import layer_shown
from controller.showing.leading import Ground, because, ground_of, is_nudge, lead_of, only, strength
from controller.wording import rank_word
from controller.wording_past import instead_of, layer_words, would_be, would_not_differ
from controller.wording_values import listed, sense_name, sense_words
from profiles.counterfactual import without
from profiles.layers import LayerName, Rank
from profiles.plan import Plan
from profiles.resolve import Resolution, resolve
from profiles.scene import Sense
from profiles.text import t

#: Plans that lack a layer and are ready to be asked. A page asks about the same few; each is as big as a plan.
_KEPT = 12
_RANKS = {rank_word(rank): rank for rank in Rank}


class Unlike:
    """Answers what would be, and keeps the plans that it took a layer out of. Safe to call from several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._plans: OrderedDict[tuple[str, Rank, str], Plan] = OrderedDict()
        self._lock = threading.Lock()

    def without(self, zone: str, at: datetime, key: str, ground: Ground, *, sense: Sense | None = None) -> Without:
        """The zone (or one sense of it) at `at` without the layer that `key` names. Raises NotFound, Refused."""
        now = only(resolve(ground.plan, ground.live, zone, at), sense)
        layer = _found(now, key, ground)
        other = self._less(layer, ground)
        full = resolve(other.plan, other.live, zone, at)
        then, lead = only(full, sense), lead_of(full, other, sense)
        until = other.ended(lead.until)
        return Without(
            layer=layer_shown(layer, ground), what=lead.what, because=because(then, lead.layer, until, other),
            values={field.value: resolved.value for field, resolved in then.fields.items()}, until=until,
            sentence=_sentence(layer, now, then, ground, would=lead.what, sense=sense),
            changes=tuple(field.value for field, resolved in now.fields.items()
                          if field not in then.fields or then.fields[field].value != resolved.value))

    def _less(self, layer: LayerName, ground: Ground) -> Ground:
        """The ground without the layer. The plan is taken from those at hand where it has been asked for lately."""
        key = (ground.plan.digest, layer.rank, layer.id)
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
        live = ground.live
        if plan is None:
            plan, live = without(ground.plan, ground.live, layer.rank, layer.id)
            if plan is not ground.plan:
                with self._lock:
                    self._plans[key] = plan
                    while len(self._plans) > _KEPT:
                        self._plans.popitem(last=False)
        made = ground_of(plan, live, ground.wall.now, ground.trusted, ground.version)
        return made.until_replaced(ground.replaced)


def _found(resolution: Resolution, key: str, ground: Ground) -> LayerName:
    """The layer of the zone named `rank:id`, or by its id alone. Raises NotFound, Refused."""
    rank, colon, layer_id = key.partition(":")
    if not colon:
        rank, layer_id = "", key
    elif rank not in _RANKS:
        raise Refused(t("A layer is named by its rank and its id, such as campaign:spring. The ranks are {ranks}.",
                        ranks=listed(word for word, each in _RANKS.items() if each is not Rank.DEFAULT)))
    there = _layers(resolution, ground)
    found = [layer for layer in there if layer.id == layer_id and (not rank or layer.rank is _RANKS[rank])]
    if found and found[0].rank is Rank.DEFAULT:
        raise Refused(t("The zone default is the ground that everything stands on. It cannot be taken away."))
    if found:
        return found[0]
    others = [f"{rank_word(layer.rank)}:{layer.id}" for layer in there if layer.rank is not Rank.DEFAULT]
    if not others:
        raise NotFound(t("There is no layer {layer} there at that time: nothing lies over the zone default.",
                         layer=key[:90]))
    raise NotFound(t("There is no layer {layer} there at that time. There is {layers}.", layer=key[:90],
                     layers=listed(others)))


def _layers(resolution: Resolution, ground: Ground) -> list[LayerName]:
    """Every layer that has anything to say, the strongest first."""
    found = {resolved.because.layer for resolved in resolution.fields.values()}
    found |= {opinion.layer for resolved in resolution.fields.values() for opinion in resolved.because.beat}
    return sorted(found, key=lambda layer: strength(layer, ground), reverse=True)


def _sentence(
    layer: LayerName, now: Resolution, then: Resolution, ground: Ground, *, would: str, sense: Sense | None
) -> str:
    named = layer_words(layer, is_nudge(layer))
    before = {field: resolved.value for field, resolved in now.fields.items()}
    after = {field: resolved.value for field, resolved in then.fields.items()}
    if before == after:
        return would_not_differ(named, _going_before(layer, now, ground))
    differences = []
    for each in Sense if sense is None else (sense,):
        said, instead = (sense_words(each, values, ground.names) for values in (after, before))
        if said != instead:
            differences.append(instead_of(sense_name(each), said, instead))
    return would_be(named, would, differences, would == lead_of(now, ground, sense).what)


def _going_before(layer: LayerName, now: Resolution, ground: Ground) -> list[str]:
    """The layers that beat one which gives nothing; none where it gives something."""
    winners = {resolved.because.layer for resolved in now.fields.values()}
    if layer in winners:
        return []
    beating = {resolved.because.layer for resolved in now.fields.values()
               if any(opinion.layer == layer for opinion in resolved.because.beat)}
    return [layer_words(one, is_nudge(one)) for one in
            sorted(beating, key=lambda one: strength(one, ground), reverse=True)]
