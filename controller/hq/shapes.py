"""Values that the office shows: drafts, documents, campaigns with their rollouts, audiences, conflicts, previews.

As in `controller.shapes`: sentences in here are finished, in the language at hand, without markup. Built by the use
cases of the office, without any logic of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from controller.hq.documents import Kind
from controller.shapes import SegmentShown
from profiles.scene import Sense


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a draft. `level`: `error` keeps it from being reviewed, `warning` does not. `field`: where
    in its content, as `body.when` or `stages[0].wave`; empty for the whole.
    """

    level: str
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in a list. `state`: draft, review, returned, approved; `words` say it. `published`: the version in force
    of what it changes; None: it is new.
    """

    kind: Kind
    id: str
    name: str
    state: str
    words: str
    author: str
    at: datetime
    revision: int
    published: int | None = None


@dataclass(frozen=True, slots=True)
class DraftShown:
    """A draft. `content`: `{"body", "selector", "stages", "thresholds", "note"}`, as it is saved. `revision`: 0 for one
    that is not saved yet; who saves names the one that was seen. `authors`: everybody who wrote in it.

    `may`: what the one who asks may do to it now: save, submit, approve, return, discard. `why_not`: why somebody who
    could approve in general may not approve this one; empty otherwise.
    """

    line: DraftLine
    content: Mapping[str, object]
    problems: tuple[Problem, ...]
    authors: tuple[str, ...] = ()
    reviewer: str = ""
    note: str = ""
    may: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether nothing keeps it from being reviewed."""
        return not any(each.level == "error" for each in self.problems)


@dataclass(frozen=True, slots=True)
class OrderShown:
    """Something that the publisher is to do. `state`: waiting, done, refused; `sentence` says it. `version`: of the
    document that came of it.
    """

    number: int
    verb: str
    by: str
    at: datetime
    state: str
    sentence: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """What is published under a kind and an id: its newest version. `gone`: it was deleted. `for_whom`: its selector in
    words. `stores`: how many it names. `draft`: the state of a draft of it, empty where there is none.

    `version`: the number that stores know; `edition`: counted from 1, for people.
    """

    kind: Kind
    id: str
    name: str
    version: int
    edition: int
    at: datetime
    author: str
    approver: str
    note: str
    gone: bool
    for_whom: str
    stores: int
    draft: str = ""


@dataclass(frozen=True, slots=True)
class DocumentShown:
    """A document: its versions, the newest first, and the content of the newest as a draft has it; None: gone.

    `warnings`: on congruence and the like, of a profile. `used_by`: names of what refers to it.
    """

    line: DocumentLine
    versions: tuple[DocumentLine, ...]
    content: Mapping[str, object] | None
    warnings: tuple[Problem, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A field that was written differently: where, in words and as a path, and what it was and is, in words."""

    field: str
    words: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DocumentDifference:
    """Two versions of a document compared; `before` None: against nothing. `sentence` sums it up."""

    before: int | None
    after: int
    sentence: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class StoreName:
    """A store in a list. `why`: why it is not in, or which wave reaches it; empty where there is nothing to say."""

    id: str
    name: str
    country: str | None
    tags: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class WaveShown:
    """A wave before it begins. `reaches`: stores in all by then; `more`: how many of them are new with it.
    `smallest`: where it reaches nobody, the smallest share that would. `words`: *25 % of the stores*.
    """

    number: int
    words: str
    reaches: int
    more: int
    smallest: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Countries:
    """How many of the stores are in a country; `country` None: of which it is not known."""

    country: str | None
    stores: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is in, and who is not, and why. `words`: the selector in words. `zones`: of those that are in, as far as
    their plans are known. `problem`: a sentence where it names nobody.
    """

    words: str
    total: int
    zones: int
    by_country: tuple[Countries, ...]
    in_: tuple[StoreName, ...]
    out: tuple[StoreName, ...]
    out_total: int
    waves: tuple[WaveShown, ...]
    unheard: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TagShown:
    """Something to choose stores by: a tag, a country or a list of stores, and how many have it."""

    id: str
    name: str
    stores: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What a selector can name, and what a campaign can show: profiles as (id, name, says)."""

    countries: tuple[TagShown, ...]
    tags: tuple[TagShown, ...]
    lists: tuple[TagShown, ...]
    profiles: tuple[tuple[str, str, str], ...]
    time_zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OccurrencesShown:
    """A time expression in a store or a time zone: words in three languages, the next times, or what is wrong and at
    which column. `where`: whose time it is, in words. `notes`: what to know of these times (a change of clock, hours
    that end it earlier).
    """

    text: str
    where: str
    time_zone: str
    words: dict[str, str]
    occurrences: tuple[tuple[datetime, datetime], ...]
    notes: tuple[str, ...] = ()
    problem: str | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class MeetingShown:
    """Another campaign that the new one meets. `relation`: over (the new one wins), under, tie (refused).

    `sentence`: who beats whom, of which senses, in how many stores. `first_words`: when first, in words.
    """

    campaign: str
    name: str
    relation: str
    sentence: str
    senses: tuple[Sense, ...]
    zones: tuple[str, ...]
    first: tuple[datetime, datetime]
    first_words: str
    stores: tuple[StoreName, ...]
    store_count: int


@dataclass(frozen=True, slots=True)
class ConflictsShown:
    """What a campaign meets before it is published. `sentence` sums it up; `blocks`: it cannot be published so.

    `stores`: looked at, in `classes` that are alike. `unknown`: stores whose plan HQ has not seen. `never`: where its
    times never come. `problems`: sentences for what cannot be read in some stores.
    """

    sentence: str
    blocks: bool
    stores: int
    classes: int
    meetings: tuple[MeetingShown, ...]
    never: tuple[StoreName, ...]
    unknown: int
    problems: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """A store that something can be previewed on: `id` of a real one (its last plan) or of a shipped example.

    `virtual`: it is an example. `zones`: (id, name, kind).
    """

    id: str
    name: str
    virtual: bool
    time_zone: str
    zones: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """A day of a store as it is and as it would be: the segments of every zone. `start`, `end`: of the day of the
    store. `changes`: sentences for what would feel different; `sentence` sums them up. `reached`: whether the document
    is for this store at all. `energy_kwh`, `scent_on_min`: before and after; None where they were not asked for.
    """

    place: PlaceShown
    day: date
    start: datetime
    end: datetime
    before: tuple[SegmentShown, ...]
    after: tuple[SegmentShown, ...]
    sentence: str
    changes: tuple[str, ...]
    reached: bool
    energy_kwh: tuple[float, float] | None = None
    scent_on_min: tuple[float, float] | None = None
