"""A layer as people read it, with the id of the profile that it brings."""

from __future__ import annotations

from controller.shapes import LayerShown
from controller.showing.leading import Ground, is_nudge
from controller.wording import rank_word
from profiles.layers import LayerName, Rank
from profiles.scene import Setting


def layer_shown(layer: LayerName, ground: Ground, value: Setting | None = None) -> LayerShown:
    """A layer as people read it; `value`: what it gives, or would give."""
    mood = None if is_nudge(layer) else layer.profile
    return LayerShown(rank_word(layer.rank), layer.id, layer.name, mood, layer.by, value, profile_of(layer, ground),
                      layer.priority)


def profile_of(layer: LayerName, ground: Ground) -> str | None:
    """The id of the profile that a layer brings: layers carry its name, which is for people."""
    if layer.rank is Rank.OVERRIDE:
        override = ground.overrides.get(layer.id)
        return None if override is None else override.profile
    if layer.rank is Rank.DAYPART:
        return next((daypart.profile for daypart in ground.plan.dayparts if daypart.id == layer.id), None)
    if layer.rank is Rank.CAMPAIGN:
        return next((campaign.profile for campaign in ground.plan.campaigns if campaign.id == layer.id), None)
    return None
