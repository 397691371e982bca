"""What HQ's API takes, beside `web/bodies.py`: bodies and queries as values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from profiles.base import Id, Value
from web.bodies import Day, End, Instant, LayerKey

#: Bytes of a body with a draft in it: somewhat more than a draft may have.
LARGEST_DRAFT = 1024 * 1024

Kind = Literal["profile", "programme", "campaign", "limits", "quiet-hour", "fragrance", "playlist", "store-list"]
Revision = Annotated[int, Field(ge=0, lt=2**31)]
Note = Annotated[str, Field(max_length=400)]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2}|\?\?)?$")]
_Text = Annotated[str, Field(max_length=100)]
_Ids = Annotated[tuple[Id, ...], Field(max_length=200)]


class FleetQuery(Value):
    """Which stores; all that is named has to be so. `country`: `??` for those of which it is not known."""

    text: _Text = ""
    tag: _Ids = ()
    country: Country = ""
    only: Literal["right", "waiting", "lagging", "alarm", "offline", "unheard"] | None = None
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class StoreTimelineQuery(Value):
    """A stretch of time; without it the next 24 hours. At most 35 days, or 13 months of one zone."""

    start: Annotated[Instant | None, Field(alias="from")] = None
    end: Annotated[Instant | None, Field(alias="to")] = None
    zone: Id | None = None


class StoreExplainQuery(Value):
    """A zone of a store and an instant; without `at` now."""

    zone: Id
    at: Instant | None = None
    sense: Literal["light", "music", "scent"] | None = None
    without: LayerKey | None = None


class AskOverrideBody(Value):
    """What a store is asked for: a profile of its plan, in zones (without: everywhere), until when."""

    profile: Id
    zones: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)] | None = None
    until: End = "next-change"


class ZonesQuery(Value):
    """Which zones; without it all. May be repeated."""

    zone: Annotated[tuple[Id, ...], Field(max_length=200)] | None = None


class KindQuery(Value):
    """Documents of one kind; without it of all."""

    kind: Kind | None = None


class DocumentsQuery(Value):
    """Documents of one kind; without it of all. `gone`: deleted ones too."""

    kind: Kind | None = None
    gone: bool = False


class IdQuery(Value):
    """From what name an id is to be made."""

    kind: Kind
    name: Annotated[str, Field(min_length=1, max_length=120)]


class ContentBody(Value):
    """A draft's content: `body`, and beside it selector, stages, thresholds and note."""

    content: dict[str, Any]


class SaveBody(Value):
    """A draft's content, and the revision that its author has seen; without it there is none yet."""

    content: dict[str, Any]
    seen: Revision | None = None


class SeenBody(Value):
    """The revision that somebody has seen, with a note."""

    seen: Revision
    note: Note = ""


class VersionsQuery(Value):
    """Two versions: without `before` the one before `after`, without `after` the draft."""

    before: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    after: Annotated[int, Field(ge=1, lt=2**53)] | None = None


class RestoreBody(Value):
    """The version that a draft is to be made of."""

    version: Annotated[int, Field(ge=1, lt=2**53)]


class ReasonQuery(Value):
    """Why something is deleted."""

    reason: Annotated[str, Field(min_length=1, max_length=400)]


class ReasonBody(Value):
    """Why a person decides so; a halt needs a reason."""

    reason: Note = ""


class CalendarQuery(Value):
    """Two dates, both included, at most two years apart."""

    first: Day
    last: Day


class DatesBody(Value):
    """Other dates of a campaign, and the revision of its draft that was seen; 0: there is none."""

    first: Day | None = None
    last: Day | None = None
    seen: Revision = 0


class AudienceBody(Value):
    """A selector, and the waves of a campaign. `campaign`: its id, which decides whom a share reaches."""

    selector: dict[str, Any] = {}
    campaign: Annotated[str, Field(max_length=63)] = ""
    stages: Annotated[tuple[dict[str, Any], ...], Field(max_length=20)] = ()


class WhenQuery(Value):
    """A time expression, read in a store, in a time zone, or where most stores are. `first`, `last`: its dates."""

    text: Annotated[str, Field(min_length=1, max_length=500)]
    first: Day | None = None
    last: Day | None = None
    store: Id | None = None
    time_zone: Annotated[str, Field(max_length=64)] = ""
    count: Annotated[int, Field(ge=1, le=100)] = 10


class ConflictsBody(Value):
    """A campaign that is not published yet."""

    id: Annotated[str, Field(max_length=63)]
    content: dict[str, Any]


class PreviewBody(Value):
    """A draft, and on which store and day it is tried. `full`: with energy and scent, which takes seconds."""

    kind: Kind
    id: Annotated[str, Field(max_length=63)]
    content: dict[str, Any]
    place: Annotated[str, Field(max_length=80)]
    day: Day
    full: bool = False


class ReportQuery(Value):
    """Days, both included, and which stores; all that is named has to be so."""

    first: Day
    last: Day
    store: _Ids = ()
    tag: _Ids = ()
    country: Country = ""

    @model_validator(mode="after")
    def _in_order(self) -> ReportQuery:
        if not 0 <= (self.last - self.first).days <= 396:
            raise ValueError("last must be on or after first, and at most 13 months after it")
        return self


class RecordQuery(Value):
    """Which entries of HQ's record: before a number, of somebody, about a document or a store, with a text."""

    before: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    by: _Text = ""
    about: _Text = ""
    text: _Text = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
