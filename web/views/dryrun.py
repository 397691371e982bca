"""The page *Try a plan*: a plan or campaigns tried on a copy of the store, and published from there if they please.

Without script everything is a plain form. With it the outcome is put in place, and how far it is can be read meanwhile.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request

from controller.dryrun.shapes import MOST_DAYS, USUAL_DAYS
from controller.errors import Refused, SinneError
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs, takes
from web.context import services
from web.dryrun_page import Outcome, outcome
from web.errors import code_of
from web.now_page import words_of_page
from web.views.api_dryrun import dry_runs_here
from web.views.api_plan import LARGEST_PLAN
from web.wall import wall_of

dryrun = Blueprint("dryrun", __name__)

#: A form holds the text and a little more.
_LARGEST = LARGEST_PLAN + 64 * 1024


@dryrun.get("/dry-run")
@needs(Person.MANAGER)
def whole() -> Response:
    """The page. `published`: the version that was just published from here."""
    return _page()


@dryrun.post("/dry-run")
@needs(Person.MANAGER)
@takes(_LARGEST)
def try_out() -> Response:
    """Try `text`, or `file`, over `days`."""
    by_script = "HX-Request" in request.headers
    try:
        text, name = _text()
        run = dry_runs_here().try_out(text, actor(), _days(), name)
    except SinneError as error:
        if by_script:
            raise
        return _page(problem=str(error), code=code_of(error))
    found = outcome(run, wall_of(services().overview.store()))
    if by_script:
        return make_response(render_template("dryrun/outcome.html", outcome=found,
                                             store=services().overview.store()))
    return _page(found, text=text)


@dryrun.get("/dry-run/progress")
@needs(Person.MANAGER)
def progress() -> Response:
    """How far the dry run that goes on is, for the page."""
    return json_answer({"share": dry_runs_here().progress()})


@dryrun.post("/dry-run/publish")
@needs(Person.MANAGER)
@takes(_LARGEST)
def publish() -> Response:
    """Publish what was tried: `text`, `tried` (its digest) and `seen` (the version that it was compared with)."""
    form = request.form
    try:
        made = dry_runs_here().publish(_text()[0], form.get("tried", ""), _number(form.get("seen", "")), actor())
    except SinneError as error:
        return _page(problem=str(error), code=code_of(error))
    return redirect(f"/dry-run?published={made.version}", 303)  # type: ignore[return-value]


def _text() -> tuple[str, str]:
    """What is to be tried, and what to call it: the file that was chosen, else what was written."""
    chosen = request.files.get("file")
    if chosen is not None and chosen.filename:
        try:
            return chosen.stream.read().decode("utf-8-sig"), chosen.filename[-60:]
        except UnicodeDecodeError:
            raise Refused(t("{name} is not text in UTF-8. Choose a plan file.", name=chosen.filename[-60:])) from None
    text = request.form.get("text", "").replace("\r\n", "\n")
    if not text.strip():
        raise Refused(t("There is nothing to try yet. Paste a plan or campaigns, or choose a file."))
    return text, request.form.get("name", "")[-60:] or t("The text")


def _days() -> int:
    days = _number(request.form.get("days", str(USUAL_DAYS)))
    if not 1 <= days <= MOST_DAYS:
        raise Refused(t("A dry run is over 1 to {most} days, not {days}.", most=MOST_DAYS, days=days))
    return days


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _page(found: Outcome | None = None, text: str = "", problem: str | None = None, code: int = 200) -> Response:
    store, by = services().overview.store(), actor()
    written = text or request.form.get("text", "")
    published = _number(request.args.get("published", ""))
    said = t("Version {version} is in force now.", version=published) \
        if published and published == store.plan_version else None
    answer = render_template(
        "dryrun/page.html", store=store, wall=wall_of(store), actor=by, may_press=by.person.may(Person.STAFF),
        stops=services().overview.stops(), is_still=True, outcome=found, text=written, problem=problem, said=said,
        days=_number(request.form.get("days", "")) or USUAL_DAYS, most_days=MOST_DAYS, chosen="", desk=None,
        **words_of_page())
    return make_response(answer, code)
