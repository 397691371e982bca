"""The page Try a plan in a real browser: a file is chosen, tried, read with a keyboard, and published."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from profiles.limits import Person
from tests.web.browser import DIST, Opener, Panel, too_small, violations, wider_than_the_screen
from tests.web.fakes import FakeAccounts
from tests.web.tried_shop import DUSK, TriedShop

pytestmark = pytest.mark.real


@pytest.fixture
def shop() -> TriedShop:
    return TriedShop()


@pytest.fixture
def panel(shop: TriedShop) -> Iterator[Panel]:
    if "src/dryrun.js" not in json.loads((DIST / ".vite" / "manifest.json").read_text("utf-8")):
        pytest.skip("the front end was built before there was this page: npm run build in web/assets")
    accounts = FakeAccounts(maja=Person.MANAGER)
    with Panel(shop.services(accounts, DIST), accounts, "/dry-run", (1024, 800)) as found:
        yield found


def tried(page: Page, text: str = DUSK) -> None:
    page.get_by_label("The plan, or campaigns alone").fill(text)
    page.get_by_label("Days").fill("1")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#tried-said")).to_be_visible()


def test_a_file_is_tried_with_the_keyboard_and_published(opened: Opener, shop: TriedShop) -> None:
    page = opened(name="maja")
    page.locator("#file").set_input_files({"name": "dusk.yaml", "mimeType": "text/yaml", "buffer": DUSK.encode()})
    expect(page.locator("#text")).to_have_value(DUSK)
    page.get_by_label("Days").fill("1")
    shop.gate.clear()
    page.get_by_label("Days").press("Enter")
    expect(page.locator("#way-words")).to_contain_text("40 % of it is done.")
    expect(page.get_by_role("button", name="Try it")).to_be_disabled()
    shop.gate.set()
    head = page.locator("#tried-said")
    expect(head).to_contain_text("kWh less")
    expect(head).to_be_focused()
    expect(page.locator("#spoken")).to_have_text(head.inner_text())
    expect(page.locator("#way")).to_be_hidden()
    expect(page.get_by_role("region", name="Energy").get_by_role("row", name="Sales floor")).to_contain_text("−")
    page.locator(".tried__publish summary").press("Enter")
    page.get_by_role("button", name="Publish it now").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 2 is in force now.")
    assert shop.version() == 2


def test_what_is_wrong_is_said_with_its_line_and_what_was_changed_cannot_be_published(opened: Opener) -> None:
    page = opened(name="maja")
    page.get_by_label("The plan, or campaigns alone").fill(DUSK.replace("profile: dusk", "profile: dawn"))
    page.get_by_role("button", name="Try it").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The text:2: campaigns[0].profile: there is no profile “dawn”")
    tried(page)
    expect(alert).to_have_count(0)
    expect(page.get_by_text("Publish this…")).to_be_visible()
    page.get_by_label("The plan, or campaigns alone").fill(DUSK.replace("40", "50"))
    expect(page.get_by_text("Publish this…")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_outcome_can_be_reached_and_read_by_everybody(opened: Opener, theme: str) -> None:
    page = opened(name="maja", width=390, color_scheme=theme)
    tried(page)
    page.get_by_text("Day by day").click()
    page.get_by_text("Publish this…").click()
    assert violations(page) == []
    assert too_small(page) == []
    assert wider_than_the_screen(page) == []
    box = page.locator("#file").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= page.evaluate("document.querySelector('#try').getBoundingClientRect().right")
