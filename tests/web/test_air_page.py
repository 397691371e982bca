"""The public page In the air: what customers are told, and that they are told nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.accounts import Accounts
from controller.shapes import Standing, ZoneShown
from profiles.limits import Person
from profiles.profile import ZoneKind
from profiles.scene import Diffusion
from tests.web.fakes import FakeAccounts
from tests.web.showroom import Showroom
from tests.web.showroom_day import PLAN
from tests.web.showroom_doors import ShowCalendar
from web.air_page import air
from web.app import make_app
from web.context import Services


class Scented(Showroom):
    """A showroom in which the fitting rooms report a fragrance."""

    fragrance: str | None = None

    def zone(self, zone: str) -> ZoneShown:
        """As ever, and with what a diffuser reports."""
        shown = super().zone(zone)
        if self.fragrance is None or zone != "fitting":
            return shown
        diffused = Diffusion(fragrance=self.fragrance, intensity_pct=25)
        return replace(shown, reported={"scent.on": True, "scent.diffusion": diffused})


@pytest.fixture
def shop() -> Scented:
    return Scented()


def client_of(shop: Showroom, calendar: ShowCalendar | None = None, name: str | None = None) -> FlaskClient:
    accounts = FakeAccounts(elin=Person.STAFF)
    app = make_app(Services(planning=shop, overview=shop, accounts=cast(Accounts, accounts), secure=False,
                            assets=Path("/nonexistent"), calendar=calendar))
    client = app.test_client()
    if name is not None:
        client.set_cookie("sinne", accounts.enter(name))
    return client


def get(client: FlaskClient, **headers: str) -> TestResponse:
    return client.get("/in-the-air", base_url="http://localhost", headers=headers)


def words(answer: TestResponse) -> str:
    body = answer.text[answer.text.index("<main"):answer.text.index("</main>")]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def test_everybody_is_told_which_fragrance_is_where_with_its_allergens(shop: Scented) -> None:
    answer = get(client_of(shop))
    assert answer.status_code == 200
    assert "Fig leaf Where Sales floor, Fitting rooms Allergens Linalool, Limonene" in words(answer)
    assert "Cedar" not in words(answer)  # in the plan, but nowhere in use


def test_zones_without_scent_are_named_as_such(shop: Scented) -> None:
    text = words(get(client_of(shop)))
    assert "Always: Entrance, Checkout, Window." in text
    assert "This week: Café." in text


def test_what_devices_report_is_told_as_now_and_a_fragrance_by_anybody_s_choice_is_there(shop: Scented) -> None:
    assert "now in" not in words(get(client_of(shop)))
    shop.fragrance = "cedar"
    text = words(get(client_of(shop)))
    assert "Cedar Where Fitting rooms now in Fitting rooms Allergens none of those that must be named" in text


def test_a_zone_out_of_reach_is_not_told_as_now(shop: Scented) -> None:
    shop.fragrance = "fig-leaf"
    shop.zones_of["fitting"] = (*shop.zones_of["fitting"][:3], Standing.LOST, "Out of reach", None)
    assert "now in" not in words(get(client_of(shop)))


def test_a_store_without_consent_to_scent_says_that_there_is_none(shop: Scented) -> None:
    shop.planned = PLAN.changed(store=PLAN.store.model_copy(update={"scent_consent": False}))
    text = words(get(client_of(shop)))
    assert "There is no scent in the air here this week." in text
    assert "Always: Entrance, Sales floor, Fitting rooms, Checkout, Café, Window." in text


def test_where_customers_do_not_come_is_not_told(shop: Scented) -> None:
    hidden = tuple(zone.model_copy(update={"kind": ZoneKind.BACK_OF_HOUSE}) if zone.id == "fitting" else zone
                   for zone in PLAN.zones)
    shop.planned = PLAN.changed(zones=hidden)
    assert "Fitting" not in words(get(client_of(shop)))


def test_quiet_hours_are_told_in_words_with_their_next_times(shop: Scented) -> None:
    text = words(get(client_of(shop, ShowCalendar())))
    assert "Thursdays from 10:00 to 11:00" in text
    assert "Quiet hour , Sales floor and Fitting rooms" in text
    assert "Next: Thu 23 April 10:00–11:00, Thu 30 April 10:00–11:00, Thu 7 May 10:00–11:00." in text


@pytest.mark.parametrize(("kept", "told"), [(97.4, "Kept 97 % of the time, measured over the last 6."), (None, "")])
def test_how_well_it_was_kept_is_told_only_if_it_was_measured(shop: Scented, kept: float | None, told: str) -> None:
    text = words(get(client_of(shop, ShowCalendar(kept_pct=kept))))
    assert told in text
    assert ("Kept" in text) is bool(told)


def test_the_public_calendar_is_offered_where_there_is_one(shop: Scented) -> None:
    client = client_of(shop, ShowCalendar())
    there = any(rule.rule == "/quiet-hours.ics" for rule in client.application.url_map.iter_rules())
    assert ('href="/quiet-hours.ics"' in get(client).text) is there
    assert "/quiet-hours.ics" not in get(client_of(shop)).text


def test_nothing_else_of_the_store_leaks(shop: Scented) -> None:
    shop.stopped.clear()
    page = get(client_of(shop, ShowCalendar())).text
    for secret in ("Spring in linen", "Soft mirror", "Lin et sel", "elin", "Plan 12", "Sign out", "/now/", "/today",
                   "ask-key", "version", "lamp"):
        assert secret not in page, secret
    assert 'name="csrf-token" content=""' in page


def test_it_is_kept_for_a_minute_by_browsers_and_says_what_it_depends_on(shop: Scented) -> None:
    answer = get(client_of(shop))
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Vary"] == "Cookie, Accept-Language"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_thousand_visitors_cost_as_much_as_one(shop: Scented) -> None:
    asked: list[str] = []
    original = shop.zones

    def counted() -> list[ZoneShown]:
        asked.append("zones")
        return original()

    shop.zones = counted  # type: ignore[method-assign]
    client = client_of(shop)
    texts = {get(client).text for _ in range(20)}
    assert (len(texts), len(asked)) == (1, 1)


def test_whoever_is_signed_in_gets_the_bar_and_nothing_is_kept(shop: Scented) -> None:
    answer = get(client_of(shop, name="elin"))
    assert 'id="to-today" href="/today"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'aria-current="page"' in answer.text


def test_before_the_first_plan_there_is_a_page_all_the_same(shop: Scented) -> None:
    shop.planned = None
    answer = get(client_of(shop, ShowCalendar()))
    assert answer.status_code == 200
    assert "There is no scent in the air here this week." in words(answer)


def test_a_name_of_a_fragrance_is_text(shop: Scented) -> None:
    shop.planned = PLAN.changed(fragrances=(PLAN.fragrances[0].model_copy(update={"name": "<script>x</script>"}),))
    assert "<script>x" not in get(client_of(shop)).text
    assert air(shop, None).scented[0].name == "<script>x</script>"
