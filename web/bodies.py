"""What the API takes: bodies and queries as values, and one clear sentence for what does not fit them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

import orjson
from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError, WithJsonSchema, model_validator

from controller.desk import Choice
from profiles.base import Id, Value, Words
from profiles.scene import Scene, Sense
from profiles.text import t
from web.answers import utc
from web.errors import BadRequest, Invalid, WrongType

Shape = TypeVar("Shape", bound=BaseModel)

#: RFC 3339, with an offset: a time without one would mean another instant in each time zone.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)

_END = re.compile(r"(minutes:[1-9]\d{0,4}|next-change|closing|time:([01]\d|2[0-3]):[0-5]\d)\Z", re.ASCII)

#: In a query an unescaped `+` arrives as a space.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:\d\d\Z)")


def instant(text: object) -> datetime:
    """An instant in UTC from RFC 3339. Raises ValueError."""
    written = _LOST_PLUS.sub("+", text) if isinstance(text, str) and "T" in text.upper() else text
    if not isinstance(written, str) or not _INSTANT.match(written):
        raise ValueError("must be a time with its offset, such as 2026-04-16T14:30:00Z or 2026-04-16T16:30:00+02:00")
    found = datetime.fromisoformat(written.upper())
    if not 2000 <= found.year < 2100:
        raise ValueError("must be a time between the years 2000 and 2100")
    return found.astimezone(UTC)


def _end(text: str) -> str:
    if _END.match(text):
        return text
    try:
        return utc(instant(text))
    except ValueError:
        raise ValueError("must be minutes:30, next-change, closing, time:18:00, or a time such as "
                         "2026-04-16T18:00:00Z") from None


def _day(text: object) -> date:
    if not isinstance(text, str) or not _DAY.match(text):
        raise ValueError("must be a day such as 2026-04-16")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day that exists, such as 2026-04-16") from None
    if not 2000 <= found.year < 2100:
        raise ValueError("must be a day between the years 2000 and 2100")
    return found


#: A day of the store.
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]

Instant = Annotated[datetime, BeforeValidator(instant), WithJsonSchema({
    "type": "string", "format": "date-time", "description": "RFC 3339, with an offset"})]

#: How long a press lasts. Kept as text, because the engine turns it into one instant, once.
End = Annotated[str, AfterValidator(_end), WithJsonSchema({
    "type": "string", "examples": ["minutes:30", "next-change", "closing", "time:18:00", "2026-04-16T18:00:00Z"],
    "description": "`minutes:N` (N up to 99999), `next-change`, `closing`, `time:HH:MM` of the store, or RFC 3339"})]


class OverrideBody(Value):
    """A press: a profile of the plan, or a scene of one's own with a name. Exactly one of the two."""

    profile: Id | None = None
    scene: Scene | None = None
    name: Words | None = None
    until: End = "next-change"

    @model_validator(mode="after")
    def _one_of_two(self) -> OverrideBody:
        if (self.profile is None) == (self.scene is None):
            raise ValueError("names either a profile or a scene, and one of them")
        return self

    def choice(self) -> Choice:
        """What is pressed."""
        return Choice(profile=self.profile, scene=self.scene, name=self.name or ("" if self.profile else t("By hand")))


class StoreOverrideBody(OverrideBody):
    """A press for several zones at once; without `zones` for the whole store."""

    zones: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)] | None = None


class NudgeBody(Value):
    """A complaint, which turns one field down a little."""

    complaint: Annotated[str, Field(pattern="^(too-loud|too-bright|too-strong)$")]


class UndoBody(Value):
    """Which press to take back; without it one's own last."""

    press: Id | None = None


class StopBody(Value):
    """What to stop; without anything the whole store, all senses."""

    zones: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)] | None = None
    senses: Annotated[tuple[Sense, ...], Field(min_length=1, max_length=3)] = tuple(Sense)
    reason: Words = "stopped by hand"


class AnnounceBody(Value):
    """Where to say it; without `zones` wherever the announcement is for."""

    zones: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)] | None = None


class ResumeQuery(Value):
    """Which stops to end; without it all. May be repeated."""

    stop: Annotated[tuple[Id, ...], Field(max_length=200)] | None = None


class TimelineQuery(Value):
    """A stretch of time; without it the next 24 hours. At most 35 days, or 13 months of one zone."""

    start: Annotated[Instant | None, Field(alias="from")] = None
    end: Annotated[Instant | None, Field(alias="to")] = None
    zone: Id | None = None


#: A layer: its rank and its id, as `LayerShown.key` gives it.
LayerKey = Annotated[str, Field(pattern=r"^((daypart|campaign|override|quiet-hour|stop|default):)?"
                                        r"[a-z0-9][a-z0-9-]{0,62}$")]


class ExplainQuery(Value):
    """A zone and an instant; without `at` now. `without`: a layer, such as `campaign:spring`. `sense`: only of one."""

    zone: Id
    at: Instant | None = None
    sense: Literal["light", "music", "scent"] | None = None
    without: LayerKey | None = None


class CuesQuery(Value):
    """A day of the store; without it today."""

    day: Day | None = None


class CueBody(Value):
    """What somebody did about a cue; `open` takes it back."""

    outcome: Annotated[str, Field(pattern="^(done|skipped|open)$")]


class WhenQuery(Value):
    """A time expression, and how many of its next occurrences are told."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]
    count: Annotated[int, Field(ge=1, le=100)] = 10


class TakeQuery(Value):
    """What the days of a calendar become: exceptions of the opening hours, or public holidays."""

    kind: Annotated[Literal["closed", "holidays"], Field(alias="as")] = "closed"


class PlanQuery(Value):
    """Which part of a plan: the store's own, which can be edited and sent back, or with what HQ says, as it runs."""

    part: Literal["own", "composed"] = "own"


class PublishQuery(Value):
    """A word on why this version is published."""

    note: Words = "published through the API"


#: Over how many days of the store two plans are compared.
Days = Annotated[int, Field(ge=1, le=397)]

#: A version of the plan.
Version = Annotated[int, Field(ge=1, lt=10**9)]


class VersionsQuery(Value):
    """How many versions, from the newest."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50


class DifferenceQuery(Value):
    """Which two versions, over how many days: without `after` the one in force, without `before` the one before it."""

    before: Version | None = None
    after: Version | None = None
    days: Days = 28


class WouldChangeQuery(Value):
    """Over how many days a plan is compared with the one in force."""

    days: Days = 28


class DryRunQuery(Value):
    """Over how many days a plan or a campaign is tried."""

    days: Annotated[int, Field(ge=1, le=31)] = 7


class RollbackBody(Value):
    """The version that is to be in force again."""

    version: Version


class EventsQuery(Value):
    """The revision that the reader has already; `Last-Event-ID` goes before it."""

    after: Annotated[int, Field(ge=0, lt=2**53)] | None = None


def body(shape: type[Shape], *, may_be_empty: bool = False) -> Shape:
    """The body of the request at hand. Raises WrongType, BadRequest, Invalid."""
    raw = request.get_data()
    if may_be_empty and not raw:
        return shape()
    if request.mimetype != "application/json":
        raise WrongType(t("Send JSON, with Content-Type: application/json."))
    return read(shape, parsed(raw))


def parsed(raw: bytes) -> object:
    """JSON. Raises BadRequest."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(t("The body is not JSON: {why}.", why=str(error).rstrip("."))) from None


def query(shape: type[Shape]) -> Shape:
    """The query of the request at hand. Raises Invalid, for a repeated name too where one is expected."""
    given: dict[str, object] = {}
    for name, values in request.args.lists():
        known = next((f for key, f in shape.model_fields.items() if name in (key, f.alias)), None)
        many = known is not None and "tuple" in str(known.annotation)
        if len(values) > 1 and not many:
            raise Invalid(t("{name} is given {n} times; once is right.", name=name[:60], n=len(values)), name[:60])
        given[name] = values if many else values[0]
    return read(shape, given)


def read(shape: type[Shape], given: object) -> Shape:
    """`given` as a value of `shape`. Raises Invalid with the first thing that is wrong."""
    if not isinstance(given, dict):
        raise Invalid(t("The body must be an object, in curly brackets."))
    try:
        return shape.model_validate(given)
    except ValidationError as broken:
        raise _said(shape, broken) from None


def _said(shape: type[BaseModel], broken: ValidationError) -> Invalid:
    first: Any = broken.errors(include_url=False)[0]
    field = ".".join(str(step)[:60] for step in first["loc"])
    if first["type"] == "missing":
        sentence = t("{field} is missing.", field=field)
    elif first["type"] == "extra_forbidden" and "." not in field:
        known = ", ".join(info.alias or name for name, info in shape.model_fields.items())
        sentence = t("{field} is not known here; known: {known}.", field=field, known=known)
    elif first["type"] == "extra_forbidden":
        sentence = t("{field} is not known here.", field=field)
    else:
        why = str(first["msg"]).removeprefix("Value error, ")
        sentence = f"{field or t('The body')}: {why[:1].lower()}{why[1:].rstrip('.')}."
    return Invalid(sentence, field or None)
