"""What is laid over the store's week: campaigns, quiet hours, announcements.

A campaign is a layer between dayparts and overrides. A quiet hour is a ceiling over all of them, and a contract with
customers. An announcement is no layer: it happens at an instant.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field as Bounds
from pydantic import model_validator

from profiles.base import Id, Percent, Value, Words
from profiles.cue import Cue
from profiles.profile import ZoneKind

#: A time expression (`profiles.when`).
Expression = Annotated[str, Bounds(min_length=1, max_length=500)]


class Campaign(Value):
    """A dated overlay with a profile. Among campaigns the higher priority wins; equal ones of one zone at one time are
    refused at publishing.

    `first`, `last`: the dates of the store, both included, on which windows of `when` may begin; None: no limit.
    `zones` and `kinds`: those that it is for; None: all. Both: zones of those ids that are also of those kinds.
    """

    id: Id
    name: Words
    version: Annotated[int, Bounds(ge=1)] = 1
    when: Expression
    first: dt.date | None = None
    last: dt.date | None = None
    priority: Annotated[int, Bounds(ge=1, le=100)] = 50
    profile: Id
    zones: tuple[Id, ...] | None = None
    kinds: tuple[ZoneKind, ...] | None = None
    cues: tuple[Cue, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"first ({self.first}) is after last ({self.last})")
        return self


class QuietHour(Value):
    """A sensory-friendly window: a ceiling with a contract (`semantics.md`, rule 6; `domain.md`, *Quiet hour*).

    While it holds, brightness is at most `light_share_pct` of the zone default's (never below the light floor), music
    and scent are off, and nothing but emergencies is announced. Scent stops earlier, by the modelled purge. `ramp_s`:
    how slowly it comes and goes, a minute at least. `published`: whether customers are told of it.
    """

    id: Id
    name: Words
    when: Expression
    zones: tuple[Id, ...] | None = None
    light_share_pct: Percent = 50
    ramp_s: Annotated[int, Bounds(ge=60, le=600)] = 60
    published: bool = True


class Announcement(Value):
    """Something said over the music: at times (`when`), by press, or both.

    `clip`: the recording's name on the players. `text`: what it says. `when`: windows; it is said as each begins, and
    again `every_min` minutes while it lasts; None: only by press. `manner`: `duck` lowers the music meanwhile,
    `interrupt` silences it. `length_s`: how long it takes. `emergency`: is said during quiet hours too.
    """

    id: Id
    name: Words
    clip: Id
    text: Annotated[str, Bounds(min_length=1, max_length=500)]
    when: Expression | None = None
    every_min: Annotated[int, Bounds(ge=5, le=24 * 60)] | None = None
    zones: tuple[Id, ...] | None = None
    manner: Annotated[str, Bounds(pattern="^(duck|interrupt)$")] = "duck"
    volume_pct: Percent | None = None
    length_s: Annotated[int, Bounds(ge=1, le=600)] = 20
    emergency: bool = False

    @model_validator(mode="after")
    def _repeats_in_windows(self) -> Self:
        if self.every_min is not None and self.when is None:
            raise ValueError("every_min repeats an announcement within its windows: it needs when")
        return self
