"""Values that are shown of the fleet: how stores stand, and what can be asked of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.hq.alarms import Stand
from controller.hq.shapes import DocumentLine, TagShown


@dataclass(frozen=True, slots=True)
class FleetQuery:
    """Which stores are wanted. All that is named has to be so. `text`: part of a name, id, tag or digest.

    `country`: "" any, "??" not known. `only`: how they stand; None: all. `offset`, `limit`: which rows are given.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    country: str = ""
    only: Stand | None = None
    offset: int = 0
    limit: int = 200


@dataclass(frozen=True, slots=True)
class FleetStore:
    """A store of the fleet. `words`: its stand in a word or two; `why`: every alarm and whatever else is to be said.

    `digest`: of its composed plan; `applies`: of what applies of HQ's, as it said; `wants`: as HQ expects it, where
    it is another. `manifest`: *3.17*; `lag_s`: for how long it has not had what HQ said. `heard`: when it last spoke.
    """

    id: str
    name: str
    country: str | None
    time_zone: str
    tags: tuple[str, ...]
    stand: Stand
    words: str
    why: tuple[str, ...]
    digest: str
    applies: str
    wants: str
    manifest: str
    lag_s: float
    lag_words: str
    software: str
    online: bool | None
    heard: datetime | None
    heard_words: str
    devices: int
    devices_right: int
    devices_away: int
    devices_faulty: int
    journal_behind: int


@dataclass(frozen=True, slots=True)
class CountryLine:
    """The stores of a country, for the weave: (stand, devices) of each, by name. `country` None: not known."""

    country: str | None
    stores: int
    threads: tuple[tuple[str, Stand, int], ...]


@dataclass(frozen=True, slots=True)
class FleetShown:
    """The fleet. `sentence`: *398 of 412 stores run what they should. Three need a person.* `counts`: by stand, over
    all stores that the text, tags and country let through. `matching`: how many rows there are; `rows`: those of this
    page, alarms first. `revision`: rises when something changed.
    """

    sentence: str
    total: int
    counts: dict[str, int]
    matching: int
    rows: tuple[FleetStore, ...]
    countries: tuple[CountryLine, ...]
    tags: tuple[TagShown, ...]
    software: tuple[TagShown, ...]
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedShown:
    """Something that was asked of a store: what, by whom, when; `answer`: what came of it, or that it is open."""

    order: int
    by: str
    at: datetime
    words: str
    state: str
    answer: str


@dataclass(frozen=True, slots=True)
class StoreDetail:
    """One store: its row, what of HQ's applies in it, when its plan was last seen, what was asked of it.

    `zones`: (id, name, kind); `profiles`: (id, name, says) that an override can name; both empty while HQ has not seen
    its plan. `alarms`: sentences. `may_override`: whether the one who asks may ask the store for one.
    """

    row: FleetStore
    documents: tuple[DocumentLine, ...]
    plan_at: datetime | None
    plan_problem: str
    zones: tuple[tuple[str, str, str], ...]
    profiles: tuple[tuple[str, str, str], ...]
    ends: tuple[tuple[str, str], ...]
    asked: tuple[AskedShown, ...]
    enrolled_by: str
    enrolled_at: datetime
    may_override: bool
