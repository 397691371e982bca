"""The page Cues in a real browser: one tap, two tablets, the hour that comes, and what can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from profiles.limits import Person
from tests.web.browser import DIST, WIDTHS, Opener, Panel, too_small, violations
from tests.web.cue_shop import CueShop
from tests.web.fakes import FakeAccounts

pytestmark = pytest.mark.real


@pytest.fixture
def shop() -> CueShop:
    return CueShop()


@pytest.fixture
def panel(shop: CueShop) -> Iterator[Panel]:
    accounts = FakeAccounts(elin=Person.STAFF, sara=Person.STAFF)
    with Panel(shop.services(accounts, DIST), accounts, "/cues", (1024, 800)) as found:
        yield found


def card(page: Page, shop: CueShop, cue: str) -> Any:
    return page.locator(f"#cue-{shop.id_of(cue)}")


def test_one_tap_and_it_is_done_and_one_takes_it_back(opened: Opener, shop: CueShop) -> None:
    page = opened(width=390)
    card(page, shop, "tray").get_by_role("button", name="Done").click()
    expect(page.locator(".toast")).to_contain_text("Done: Put out the tasting tray")
    expect(card(page, shop, "tray")).to_contain_text("done by elin, 14:32")
    expect(page.locator("#to-cues .bar__count")).to_have_text(re.compile("^2"))
    assert shop.standing("tray") == "done"
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(card(page, shop, "tray")).to_contain_text("Late")
    assert shop.standing("tray") == "late"


def test_what_one_tablet_does_the_other_shows(opened: Opener, shop: CueShop) -> None:
    mine, theirs = opened(), opened(name="sara")
    expect(card(theirs, shop, "steam").get_by_role("button", name="Skip")).to_be_visible()
    card(mine, shop, "steam").get_by_role("button", name="Skip").click()
    expect(card(theirs, shop, "steam")).to_contain_text("skipped by elin, 14:32")


def test_a_cue_comes_due_while_the_page_is_looked_at_and_nobody_does_anything(opened: Opener, shop: CueShop) -> None:
    shop.at(14, 59, 57)
    page = opened()
    expect(page.locator("#said")).to_have_text("Three things are late.")
    shop.at(15)
    expect(page.locator("#said")).to_have_text("Three things are late, and one more is due.")
    expect(card(page, shop, "water")).to_contain_text("Due since 15:00")


def test_with_a_keyboard_one_key_leads_to_the_next(opened: Opener, shop: CueShop) -> None:
    page = opened()
    page.locator(f"#done-{shop.id_of('towels')}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#done-{shop.id_of('tray')}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#done-{shop.id_of('steam')}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_be_focused()
    assert {shop.standing(cue) for cue in ("towels", "tray", "steam")} == {"done"}


def test_a_refusal_stands_above_the_list(opened: Opener, shop: CueShop) -> None:
    page = opened()
    shop.memory.fill_the_disk()
    card(page, shop, "tray").get_by_role("button", name="Done").click()
    expect(page.locator("#problem")).to_contain_text("The disk is full")
    expect(card(page, shop, "tray")).to_contain_text("Late")


def test_without_script_a_tap_an_undo_and_another_day_work(opened: Opener, shop: CueShop) -> None:
    page = opened(java_script_enabled=False)
    card(page, shop, "steam").get_by_role("button", name="Done").click()
    expect(page.locator(".toast")).to_contain_text("Done: Steam the linen rail")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert shop.standing("steam") == "due"
    page.get_by_role("link", name="Day after").click()
    expect(page.locator("#said")).to_have_text("Six cues to come.")


def test_nothing_is_wider_than_the_screen_or_smaller_than_a_finger(opened: Opener, shop: CueShop) -> None:
    shop.publish({"id": "long", "text": "Unbelievably" * 10, "sense": "touch", "at": "14:40", "place": "Overby" * 17,
                  "once": "store"},
                 {"id": "later", "text": "Slow" * 30, "sense": "taste", "at": "17:30", "place": "Overby" * 17})
    shop.at(14, 50)
    page = opened()
    expect(page.locator(".cue")).to_have_count(1)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = too_small(page, pressed="main a, main button, .bar a, .bar button")
        assert small == [], width


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_cues_meet_wcag_aa(opened: Opener, shop: CueShop, theme: str, width: int) -> None:
    page = opened(width=width, color_scheme=theme)
    card(page, shop, "towels").get_by_role("button", name="Skip").click()
    expect(page.locator(".toast")).to_be_visible()
    assert violations(page) == []
    page.goto(page.url + "?day=2026-04-10")
    expect(page.locator("#said")).to_have_text("Nobody was asked for anything on this day.")
    assert violations(page) == []
