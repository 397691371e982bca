"""Values that the office shows of campaigns: bars of the calendar, rollouts with every wave's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from controller.hq.shapes import Audience, DocumentLine, DraftShown, OrderShown


@dataclass(frozen=True, slots=True)
class CampaignBar:
    """A campaign on the calendar. `first`, `last`: dates, both included; None: open. `state`: draft, review, returned,
    or that of its rollout (running, asking, stopped, done, halted), or `published` where it has none.

    `movable`: whether the one who asks may drag it, which saves a draft with other dates. `kelvin`, `xy`,
    `brightness_pct`: of the profile's light, as a `controller.shapes.MoodShown` has them.
    """

    id: str
    name: str
    first: date | None
    last: date | None
    when: str
    reading: str
    state: str
    words: str
    priority: int
    stores: int
    profile: str
    profile_name: str
    kelvin: int | None
    xy: tuple[float, float] | None
    brightness_pct: float | None
    movable: bool
    is_draft: bool
    revision: int


@dataclass(frozen=True, slots=True)
class QuietBar:
    """A quiet hour of HQ's on the calendar: the dates in the span on which it holds, in most stores."""

    id: str
    name: str
    reading: str
    stores: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class CalendarShown:
    """The campaigns that touch [first, last], by their dates, and quiet hours."""

    first: date
    last: date
    today: date
    bars: tuple[CampaignBar, ...]
    quiet: tuple[QuietBar, ...]


@dataclass(frozen=True, slots=True)
class StageShown:
    """A wave of a rollout. `state`: to-come, running, asking, stopped, passed, halted. `words`: *25 % of the stores*;
    `sentence`: why it is as it is. Of `stores` that it reaches, `reported` run it, `failed` did not or stayed silent,
    `pending` have not said; zeros for one to come, but for `stores`. `overrides`, `complaints`: stores with one since.
    """

    number: int
    words: str
    state: str
    sentence: str
    stores: int
    reported: int = 0
    failed: int = 0
    pending: int = 0
    overrides: int = 0
    complaints: int = 0
    since: datetime | None = None
    soak_until: datetime | None = None
    times_out: datetime | None = None
    by_hand: bool = False
    failing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolloutShown:
    """How far a campaign's rollout is. `state`: running, asking, stopped, done, halted; `sentence`: why, with numbers.

    `thresholds`: what stops it, in words. `verbs`: what the one who asks may do now: advance, pause, resume, halt,
    revive. `reached`: stores that have it by now, for *Hold to halt in 28 stores*.
    """

    campaign: str
    version: int
    edition: int
    state: str
    sentence: str
    stages: tuple[StageShown, ...]
    thresholds: tuple[str, ...]
    verbs: tuple[str, ...]
    reached: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CampaignShown:
    """A campaign with all there is of it. `line` None: it was never published. `content`: of the newest version, or of
    the draft where there is no version. `lead`: the sentence over the page. `orders`: what the publisher still has to
    do about it.
    """

    id: str
    name: str
    lead: str
    line: DocumentLine | None
    versions: tuple[DocumentLine, ...]
    content: Mapping[str, object]
    draft: DraftShown | None
    rollout: RolloutShown | None
    audience: Audience
    reading: str
    profile_name: str
    orders: tuple[OrderShown, ...] = ()
