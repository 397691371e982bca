"""Which presses a quiet hour goes before, and until when (`semantics.md`, rule 6: a press that is masked says so).

A quiet hour is a ceiling: staff may lower but not raise. So a press may show in part, or not at all, until the quiet
hour ends, or never, where the press ends first.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from controller.walltime import Wall
from controller.wording_past import under_quiet_hour
from profiles.layers import Rank
from profiles.plan import Live, Override, Plan
from profiles.resolve import Resolution, Resolved, resolve

#: Boundaries looked at: the light floor, opening and closing may fall into a quiet hour.
_MOST_BOUNDARIES = 40


@dataclass(frozen=True, slots=True)
class Mask:
    """A quiet hour goes before presses until `until`. `partly`: something of them shows. `shows`: so it does then."""

    until: datetime
    partly: bool
    shows: bool


def mask_of(plan: Plan, live: Live, resolution: Resolution, overrides: Set[str]) -> Mask | None:
    """What a quiet hour does to these overrides in a zone, as resolved; None where none goes before them."""
    if not _masked(resolution, overrides):
        return None
    partly = any(resolved.because.layer.id in overrides for resolved in resolution.fields.values())
    over = max((o.over() for o in live.overrides if o.id in overrides and o.zone == resolution.zone), default=None)
    at = resolution
    for _ in range(_MOST_BOUNDARIES):
        if at.until is None or (over is not None and at.until >= over):
            break
        at = resolve(plan, live, resolution.zone, at.until)
        if not _masked(at, overrides):
            return Mask(at.at, partly, shows=True)
    return None if over is None else Mask(over, partly, shows=False)


def quieted(sentence: str, plan: Plan, live: Live, overrides: Sequence[Override], now: datetime) -> str:
    """The sentence of a press, with until when a quiet hour goes before it, where one does."""
    if not plan.quiet_hours:
        return sentence
    mine = frozenset(override.id for override in overrides)
    masks = [mask for override in overrides
             if (mask := mask_of(plan, live, resolve(plan, live, override.zone, now), mine)) is not None]
    if not masks:
        return sentence
    longest = max(masks, key=lambda mask: mask.until)
    partly = len(masks) < len(overrides) or any(mask.partly for mask in masks)
    until = Wall(plan.store.place.tz, now).at(longest.until)
    return under_quiet_hour(sentence, until, partly, shows=any(mask.shows for mask in masks))


def _masked(resolution: Resolution, overrides: Set[str]) -> bool:
    return any(_is_masked(resolved, overrides) for resolved in resolution.fields.values())


def _is_masked(resolved: Resolved, overrides: Set[str]) -> bool:
    """Whether a field is a quiet hour's, and would be one of the overrides' without it."""
    if resolved.because.layer.rank is not Rank.QUIET_HOUR:
        return False
    below = next((opinion for opinion in resolved.because.beat if opinion.layer.rank is not Rank.QUIET_HOUR), None)
    return below is not None and below.layer.id in overrides
