"""A story: a store, a start, and steps at instants. As a scenario it is a file; as a play it can be lived through.

Steps are kept with their instants and not with their words for them, so that one can be left out and the others stay
where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from controller.scenarios.model import Expect, Scenario, Step
from controller.scenarios.reading import Play, play_of
from controller.scenarios.timing import instant

#: What every story ends with: no rule was broken on the way.
KEPT = Expect(rules="kept", within="0 s")
#: Whose plan stands behind the parts of a story.
_STORE = "minimal"


@dataclass(frozen=True, slots=True)
class Moment:
    """A step and its instant (UTC). What `step.at` says is not looked at."""

    at: datetime
    step: Step


@dataclass(frozen=True, slots=True)
class Story:
    """`seed`: of the virtual store. `parts`: of its plan. `end`: until when it is watched; all instants in UTC."""

    name: str
    seed: int
    parts: dict[str, Any]
    start: datetime
    moments: tuple[Moment, ...]
    end: datetime

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.end - self.start) / timedelta(days=1)


def scenario_of(story: Story) -> Scenario:
    """The same as a scenario, which expects that all rules are kept until the end."""
    zone = ZoneInfo(story.parts.get("store", {}).get("timezone", "Europe/Stockholm"))
    steps, before = [], story.start
    for moment in (*story.moments, Moment(story.end, Step(at="", expect=KEPT))):
        steps.append(moment.step.model_copy(update={"at": _at(moment.at, before, zone)}))
        before = moment.at
    return Scenario(name=story.name, store=_STORE, parts=story.parts, start=_on_the_wall(story.start, zone),
                    seed=story.seed, steps=tuple(steps))


def play_of_story(story: Story, before: Play | None = None) -> Play:
    """The same, ready to be lived through. Raises ScenarioError where the parts make no plan.

    `before`: a play of the same store, perhaps: then its plan is taken, with all that was worked out about it.
    """
    play = play_of(scenario_of(story), _no_file)
    return replace(play, plan=before.plan) if before is not None and before.plan == play.plan else play


def can_begin(start: datetime, timezone: str) -> bool:
    """Whether what the wall shows then says which instant it is."""
    zone = ZoneInfo(timezone)
    return instant(_on_the_wall(start, zone), None, zone) == start


def _on_the_wall(start: datetime, zone: ZoneInfo) -> str:
    return f"{start.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _at(at: datetime, before: datetime, zone: ZoneInfo) -> str:
    """The time on the wall where that says which instant is meant, else so long after the step before."""
    if at == before:
        return "+0 s"
    local = at.astimezone(zone)
    shown = f"{local:%Y-%m-%d} " if local.date() != before.astimezone(zone).date() else ""
    text = f"{shown}{local:%H:%M:%S}".removesuffix(":00" if local.second == 0 else "never")
    try:
        if instant(text, before, zone) == at:
            return text
    except ValueError:
        pass  # in the hour that comes twice
    return f"+{(at - before) / timedelta(milliseconds=1) / 1000:.10g} s"


def _no_file(named: str) -> str:
    raise FileNotFoundError(2, "a story brings its own store", named)
