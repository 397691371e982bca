"""HQ's JSON API, campaigns: calendar, audiences, times, conflicts, previews, and what people decide about rollouts."""

from __future__ import annotations

from flask import Blueprint, Response

from profiles.limits import Person
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import body, query
from web.hq_bodies import (
    AudienceBody,
    CalendarQuery,
    ConflictsBody,
    DatesBody,
    PreviewBody,
    ReasonBody,
    WhenQuery,
)
from web.hq_context import hq
from web.hq_shown import Places
from web.views.hq_api_drafts import large_body, number_of

hq_plans = Blueprint("hq_plans", __name__, url_prefix="/api/v1")


@hq_plans.get("/campaigns")
@needs(Person.VIEWER)
def calendar() -> Response:
    """The campaigns that touch some dates."""
    asked = query(CalendarQuery)
    return json_answer(hq().office.calendar(asked.first, asked.last, actor()))


@hq_plans.get("/campaigns/<name>")
@needs(Person.VIEWER)
def campaign(name: str) -> Response:
    """One campaign with all there is of it."""
    return json_answer(hq().office.campaign(name, actor()))


@hq_plans.post("/campaigns/<name>/dates")
@needs(Person.EDITOR)
def move(name: str) -> Response:
    """Other dates, as a draft."""
    asked = body(DatesBody)
    return json_answer(hq().office.move(name, asked.first, asked.last, asked.seen, actor()))


@hq_plans.post("/campaigns/<name>/<verb>")
@needs(Person.APPROVER)
def steer(name: str, verb: str) -> Response:
    """What a person decides about a rollout."""
    return json_answer(hq().office.steer(name, verb, body(ReasonBody, may_be_empty=True).reason, actor()), 202)


@hq_plans.get("/choices")
@needs(Person.VIEWER)
def choices() -> Response:
    """What selectors and campaigns can name."""
    return json_answer(hq().office.choices())


@hq_plans.post("/audience")
@needs(Person.VIEWER)
def audience() -> Response:
    """Who is in, and who is not."""
    asked = body(AudienceBody)
    return json_answer(hq().office.audience(asked.selector, asked.campaign, asked.stages))


@hq_plans.get("/when")
@needs(Person.VIEWER)
def when() -> Response:
    """A time expression in words, with its next times."""
    asked = query(WhenQuery)
    return json_answer(hq().office.occurrences(
        asked.text, asked.first, asked.last, store=asked.store or "", time_zone=asked.time_zone, count=asked.count))


@hq_plans.post("/conflicts")
@needs(Person.EDITOR)
def conflicts() -> Response:
    """What a campaign would meet."""
    asked = large_body(ConflictsBody)
    return json_answer(hq().office.conflicts(asked.id, asked.content))


@hq_plans.get("/places")
@needs(Person.VIEWER)
def places() -> Response:
    """Where something can be previewed."""
    return json_answer(Places(hq().office.places()))


@hq_plans.post("/preview")
@needs(Person.EDITOR)
def preview() -> Response:
    """A day of a store before and after."""
    asked = large_body(PreviewBody)
    return json_answer(hq().office.preview(asked.kind, asked.id, asked.content, asked.place, asked.day,
                                           full=asked.full))


@hq_plans.get("/orders/<number>")
@needs(Person.VIEWER)
def order(number: str) -> Response:
    """What became of an order."""
    return json_answer(hq().office.order(number_of(number, "order")))
