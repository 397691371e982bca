"""What becomes of presses that are alive now: their ends never move (rule 9), but what comes then may be another."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime

from controller.dryrun.shapes import PressEnds
from controller.masks import mask_of
from controller.walltime import Wall
from controller.wording import pressed, reason, where_words
from controller.wording_values import listed
from profiles.plan import Live, Override, Plan
from profiles.resolve import resolve
from profiles.text import t

#: Boundaries of a zone that are looked at while a press lasts.
_MOST = 200


def press_ends(before: Plan, after: Plan, live: Live, at: datetime) -> tuple[PressEnds, ...]:
    """Every press that is alive at `at`, oldest first, with what becomes of it under either plan."""
    together: dict[str, list[Override]] = {}
    for override in live.overrides:
        if override.start <= at < override.over() and override.zone in {zone.id for zone in before.zones}:
            together.setdefault(override.press, []).append(override)
    return tuple(_ends(before, after, live, at, overrides) for overrides in together.values())


def _ends(before: Plan, after: Plan, live: Live, at: datetime, overrides: Sequence[Override]) -> PressEnds:
    first, wall = overrides[0], Wall(before.store.place.tz, at)
    names = {zone.id: zone.name for zone in before.zones}
    zones = tuple(o.zone for o in overrides)
    where = where_words([names[zone] for zone in zones], len(zones) == len(before.zones) > 1)
    said = [t("{press} ({name}).", press=pressed(first.name, where, [o.over() for o in overrides], wall),
              name=first.by), *_said(before, after, live, at, overrides)]
    return PressEnds(first.press, first.name, zones, first.by, min(o.over() for o in overrides), " ".join(said))


def _said(before: Plan, after: Plan, live: Live, at: datetime, overrides: Sequence[Override]) -> list[str]:
    kept = {zone.id for zone in after.zones}
    here = [o for o in overrides if o.zone in kept]
    said = []
    if len(here) < len(overrides):
        said.append(t("With the candidate it ends with its zone."))
    was = _then(before, live, here)
    now = _then(after, live, here)
    if was == now and was:
        said.append(t("It ends alike with either plan; then: {what}.", what=was))
    elif was or now:
        said.append(t("It ends at the same time with either plan; then as it is: {was}; with the candidate: {now}.",
                      was=was, now=now))
    hidden = _hidden(after, live, at, here)
    if hidden is not None and _hidden(before, live, at, here) is None:
        said.append(t("With the candidate a quiet hour goes before it from {time}.",
                      time=Wall(before.store.place.tz, at).at(hidden)))
    return said


def _then(plan: Plan, live: Live, overrides: Sequence[Override]) -> str:
    """What rules the zones when the press is over: `Daypart Day`."""
    found = []
    for override in overrides:
        layer = resolve(plan, live, override.zone, override.over()).leading
        since = Wall(plan.store.place.tz, override.over()).at(override.over())
        found.append(reason(layer.rank, layer.name, layer.by, since))
    return listed(dict.fromkeys(found))


def _hidden(plan: Plan, live: Live, at: datetime, overrides: Sequence[Override]) -> datetime | None:
    """When a quiet hour first goes before one of the overrides; None: never, while they last."""
    mine = frozenset(override.id for override in overrides)
    found = [when for override in overrides if (when := _first(plan, live, at, override, mine)) is not None]
    return min(found, default=None)


def _first(plan: Plan, live: Live, at: datetime, override: Override, mine: Set[str]) -> datetime | None:
    here = at
    for _ in range(_MOST):
        resolution = resolve(plan, live, override.zone, here)
        if mask_of(plan, live, resolution, mine) is not None:
            return here
        if resolution.until is None or resolution.until >= override.over():
            return None
        here = resolution.until
    return None
