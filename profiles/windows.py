"""Where and when: the zones and the windows of a daypart, campaign, quiet hour or announcement."""

from __future__ import annotations

from profiles.compiled import Overlay, belongs, compiled
from profiles.overlay import Campaign
from profiles.places import Zone
from profiles.plan import Plan
from profiles.when import ALWAYS


def members(plan: Plan, overlay: Overlay) -> tuple[Zone, ...]:
    """The zones that it is for, in the order of the plan; a zone that is not in the plan is not among them."""
    return tuple(zone for zone in plan.zones if belongs(overlay, zone))


def spans(plan: Plan, overlay: Overlay, start: float, end: float) -> list[tuple[float, float]]:
    """The windows that meet [start, end), as seconds since 1970, sorted and merged, not clipped.

    Of a campaign only those that begin on one of its dates; of a quiet hour those that are announced, without the time
    before them in which scent is off already. None for an announcement by press alone. Raises WhenError.
    """
    if overlay.when is None:
        return []
    dates = (overlay.first, overlay.last) if isinstance(overlay, Campaign) else ALWAYS
    return [(float(a), float(b)) for a, b in compiled(plan).looms.when(overlay.when).spans(start, end, dates)]
