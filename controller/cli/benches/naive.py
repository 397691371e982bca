"""The plain way to find out what a zone is: ask every layer whether it holds now, and lay those that do on each other.

Nothing is kept between two questions but the rules themselves. It is the baseline of resolving: what one would write
first, with dateutil for time. Limits and reasons are left out, which makes it cheaper than ours has to be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from controller.cli.benches.weekly import CAMPAIGNS, DAYPARTS, QUIET, Weekly, local
from profiles.plan import Live, Plan
from profiles.scene import Field, Setting

Settings = dict[Field, Setting]


class Naive:
    """One zone of the plan of the benchmark."""

    def __init__(self, plan: Plan, zone: str) -> None:
        """Turn every window into its rules."""
        scenes = {profile.id: profile.scene.settings() for profile in plan.profiles}
        self._ground: Settings = next(z.default.settings() for z in plan.zones if z.id == zone)
        self._zone = zone
        layers: Iterable[tuple[str, Weekly]] = [
            *zip((part.profile for part in plan.dayparts), DAYPARTS, strict=True),
            *zip((campaign.profile for campaign in plan.campaigns), CAMPAIGNS, strict=True)]
        self._layers = [(weekly.rules(), scenes[profile]) for profile, weekly in layers]
        self._quiet = QUIET.rules()

    def at(self, live: Live, instant: datetime) -> Settings:
        """What the zone is at `instant`: the weakest layer first, then every press that is alive, the newest last."""
        when, found = local(instant), dict(self._ground)
        for rules, settings in self._layers:
            if _holds(rules, when):
                found.update(settings)
        for press in sorted(live.overrides, key=lambda override: override.start):
            if press.zone == self._zone and press.start <= instant < press.over():
                found.update(press.scene.settings())
        return self._hushed(found) if _holds(self._quiet, when) else found

    def _hushed(self, found: Settings) -> Settings:
        for key, value in self._ground.items():
            mine = found[key]
            if key.value.endswith("brightness_pct") and isinstance(value, float) and isinstance(mine, float):
                found[key] = min(mine, value / 2)
        return found | {Field.MUSIC_ON: False, Field.SCENT_ON: False}


def _holds(rules: list[Any], when: datetime) -> bool:
    begin, end = (rule.before(when, inc=True) for rule in rules)
    return begin is not None and (end is None or end < begin)
