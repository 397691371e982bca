"""What would it be without? The same plan and the same choices of people, less one layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from profiles.layers import Rank
from profiles.overlay import Campaign, QuietHour
from profiles.plan import Daypart, Live, Override, Plan, Stop

_Layer = TypeVar("_Layer", Daypart, Campaign, QuietHour, Override, Stop)

_WORDS = {Rank.DAYPART: "daypart", Rank.CAMPAIGN: "campaign", Rank.OVERRIDE: "override", Rank.QUIET_HOUR: "quiet hour",
          Rank.STOP: "stop"}


def without(plan: Plan, live: Live, rank: Rank, layer_id: str) -> tuple[Plan, Live]:
    """The inputs of `resolve` less the layer of this rank and id: a whole daypart, but one override of a press.

    Raises ValueError for a zone default, which is the ground that all stand on, and KeyError for a layer that is
    neither in the plan nor among what people did.
    """
    if rank is Rank.DEFAULT:
        raise ValueError("a zone default cannot be taken away: name a daypart, campaign, override, quiet hour or stop")
    if rank is Rank.DAYPART:
        return plan.changed(dayparts=_less(plan.dayparts, rank, layer_id)), live
    if rank is Rank.CAMPAIGN:
        return plan.changed(campaigns=_less(plan.campaigns, rank, layer_id)), live
    if rank is Rank.QUIET_HOUR:
        return plan.changed(quiet_hours=_less(plan.quiet_hours, rank, layer_id)), live
    if rank is Rank.OVERRIDE:
        return plan, Live(overrides=_less(live.overrides, rank, layer_id), stops=live.stops)
    return plan, Live(overrides=live.overrides, stops=_less(live.stops, rank, layer_id))


def _less(layers: Iterable[_Layer], rank: Rank, layer_id: str) -> tuple[_Layer, ...]:
    every = tuple(layers)
    left = tuple(layer for layer in every if layer.id != layer_id)
    if len(left) == len(every):
        raise KeyError(f"there is no {_WORDS[rank]} {layer_id}")
    return left
