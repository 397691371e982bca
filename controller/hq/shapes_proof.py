"""Values that HQ shows as proof: what was on, where and when, from the stores' journals; and HQ's own record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What a report is over: days, both included, as each store counts them, and which stores (all that is named has
    to be so; `stores` empty: all).
    """

    first: date
    last: date
    stores: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    country: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the stores' journals a report rests on. `incomplete`: names of stores whose journal has gaps, or has
    not arrived until the end of the report; `broken`: whose chain is not whole. `sentence` says it.
    """

    sentence: str
    stores: int
    incomplete: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayLine:
    """A piece of music in a zone of a store: what it is called, from which source, when first, how often, how long.

    A player that serves several zones is counted once, under all of them.
    """

    store: str
    store_name: str
    country: str | None
    zone: str
    zone_name: str
    source: str
    source_name: str
    title: str
    first: datetime
    plays: int
    seconds: float
    artist: str = ""
    isrc: str = ""


@dataclass(frozen=True, slots=True)
class PlayReport:
    """What was played. `lines`: the first of `line_count`; the CSV has all of them."""

    asked: ReportQuery
    coverage: Coverage
    lines: tuple[PlayLine, ...]
    line_count: int
    plays: int
    hours: float


@dataclass(frozen=True, slots=True)
class ScentLine:
    """How long a fragrance was diffused in a zone of a store. `full_hours`: weighed by its intensity (100 % is 1).

    `ml`: used, as diffusers said; `modelled`: where one did not say, by the fragrance's consumption.
    """

    store: str
    store_name: str
    zone: str
    zone_name: str
    fragrance: str
    fragrance_name: str
    hours: float
    full_hours: float
    ml: float = 0.0
    modelled: bool = False


@dataclass(frozen=True, slots=True)
class ScentReport:
    """Run-time of scents."""

    asked: ReportQuery
    coverage: Coverage
    lines: tuple[ScentLine, ...]
    hours: float


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign in a store: of the zone-minutes in which the plan alone gives it, those in which devices reported so,
    in which people chose otherwise (a press; a stop: `stopped_min`), in which a device differed (`differing_min`), and
    those of which nothing is known. `kept_pct`: of the known ones, that it was on; None: none is known.
    """

    campaign: str
    campaign_name: str
    store: str
    store_name: str
    planned_min: float
    kept_min: float
    overridden_min: float
    unknown_min: float
    kept_pct: float | None
    stopped_min: float = 0.0
    differing_min: float = 0.0


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """Compliance of campaigns. `totals`: one line for each campaign over all stores, with an empty `store`."""

    asked: ReportQuery
    coverage: Coverage
    totals: tuple[CampaignLine, ...]
    lines: tuple[CampaignLine, ...]


@dataclass(frozen=True, slots=True)
class QuietLine:
    """A quiet hour in a store: windows that were to be, those that were measured, and how much of them was kept."""

    quiet_hour: str
    name: str
    store: str
    store_name: str
    windows: int
    measured: int
    kept_pct: float | None
    worst: str = ""


@dataclass(frozen=True, slots=True)
class QuietReport:
    """Compliance of quiet hours."""

    asked: ReportQuery
    coverage: Coverage
    lines: tuple[QuietLine, ...]
    kept_pct: float | None


@dataclass(frozen=True, slots=True)
class RecordLine:
    """An entry of HQ's own journal as people read it. `changes`: (field, before, after) in words. `about`: kind and id
    of the document that it is about, or the store; empty where it is about none.
    """

    number: int
    at: datetime
    by: str
    kind: str
    sentence: str
    about: tuple[str, str]
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """Which entries are wanted: before a number (None: the newest), of somebody, about something, with a text.

    `kind`: the first word of an entry's kind, as `draft` of `draft.saved`. `since`, `until`: instants, [since, until).
    """

    before: int | None = None
    by: str = ""
    about: str = ""
    text: str = ""
    limit: int = 50
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A page of the record, the newest first. `next_before`: to go on with; None: that was all.

    `people`, `kinds`: what can be asked for, as names of people and as first words of kinds.
    """

    lines: tuple[RecordLine, ...]
    next_before: int | None
    people: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
