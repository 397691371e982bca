"""HQ's pages in a real browser: filters and keys, what can be reached, how it keeps up, themes and widths."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser import (
    DIST,
    Opener,
    Panel,
    too_small,
    violations,
    whole_and_light,
    wider_than_the_screen,
)
from tests.web.hq_shop import BigHq, HqShop

pytestmark = pytest.mark.real

PATHS = ["/", "/stores/lyon-presquile", "/stores/bergen-torgallmenningen", "/proof/campaigns", "/record", "/enrol"]
ROWS = "#found tbody tr"


@pytest.fixture
def shop() -> HqShop:
    return HqShop(assets=DIST)


@pytest.fixture
def panel(shop: HqShop) -> Iterator[Panel]:
    with Panel(shop.services, shop.accounts, app=shop.app) as found:
        yield found


def see(opened: Opener, path: str, **how: object) -> Page:
    return opened(path, name="elsa", **how)


def tick(page: Page) -> None:
    """The page asks whether something is newer, as it does every few seconds."""
    page.evaluate("document.getElementById('live').dispatchEvent(new Event('tick'))")


def something_happens(shop: HqShop, page: Page) -> None:
    """Something changes at HQ, and the page is drawn again."""
    before = page.locator("#live").get_attribute("hx-headers") or ""
    shop.hq.touch()
    tick(page)
    expect(page.locator("#live")).not_to_have_attribute("hx-headers", before)


# -- how it looks


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wider_than_the_screen(opened: Opener, path: str) -> None:
    assert wider_than_the_screen(see(opened, path)) == []


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_everything_to_press_is_as_large_as_a_finger(opened: Opener, path: str, width: int) -> None:
    # Links within a line of text are spared, as WCAG does (2.5.8, inline).
    assert too_small(see(opened, path, width=width), spared=(".link", "input[type=checkbox]")) == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_meets_wcag_aa(opened: Opener, path: str, theme: str, width: int) -> None:
    assert violations(see(opened, path, width=width, color_scheme=theme)) == []


@pytest.mark.parametrize("path", ["/", "/stores/gotgatan", "/record"])
def test_a_page_is_whole_and_light(opened: Opener, panel: Panel, path: str) -> None:
    page = see(opened, "/enrol")
    whole_and_light(page, panel, path, lambda: expect(page.locator("h1")).to_be_visible())


ROWS_APART = """() => {
  const rows = [...document.querySelectorAll("#found tbody tr")].map((row) => [row, row.getBoundingClientRect()]);
  return rows.filter(([row, box], n) => (n && box.top < rows[n - 1][1].bottom - 1)
    || [...row.children].some((cell) => cell.getBoundingClientRect().bottom > box.bottom + 1)).map(([row]) => row.id);
}"""


@pytest.mark.parametrize("path", ["/", "/record", "/proof/campaigns", "/proof/plays"])
@pytest.mark.parametrize("width", [360, 760, 1024, 1440])
def test_rows_hold_what_is_in_them(opened: Opener, path: str, width: int) -> None:
    page = see(opened, path, width=width)
    expect(page.locator(ROWS).first).to_be_visible()
    assert page.evaluate(ROWS_APART) == []


# -- the fleet


def test_a_filter_is_pressed_and_the_address_follows(opened: Opener) -> None:
    page = see(opened, "/")
    expect(page.locator(ROWS)).to_have_count(14)
    page.locator("#only-alarm").click()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/\?only=alarm$"))
    expect(page.locator("#only-alarm")).to_have_attribute("aria-current", "true")
    expect(page.locator("#spoken")).to_contain_text("3 of 14 stores")
    page.locator("#country").select_option("FR")
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator("#every").click()
    expect(page.locator(ROWS)).to_have_count(14)
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(2)


def test_what_is_typed_is_looked_for_and_the_field_keeps_the_hand(opened: Opener) -> None:
    page = see(opened, "/")
    page.locator("#find").press_sequentially("paris", delay=20)
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#find")).to_have_value("paris")
    expect(page).to_have_url(re.compile(r"text=paris"))
    page.reload()
    expect(page.locator(ROWS)).to_have_count(2)


def test_tags_are_added_and_taken_away(opened: Opener) -> None:
    page = see(opened, "/")
    page.locator("#tag").select_option("flagship")
    expect(page.locator("#tags")).to_contain_text("flagship")
    expect(page.locator(ROWS)).to_have_count(7)
    page.locator("#tag").select_option("scent")
    expect(page.locator(ROWS)).to_have_count(4)
    page.locator("#tag-1").click()
    expect(page.locator("#tags")).not_to_contain_text("flagship")
    expect(page.locator(ROWS)).to_have_count(4)


def test_the_fleet_by_keyboard_alone(opened: Opener) -> None:
    page = see(opened, "/")
    page.locator("#only-offline").focus()
    page.keyboard.press("Enter")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#only-offline")).to_be_focused()
    page.locator("#only-all").focus()
    page.keyboard.press("Enter")
    expect(page.locator(ROWS)).to_have_count(14)
    page.locator("#row-goteborg-nordstan th a").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#row-lyon-presquile th a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Lyon Presqu’île")


def test_without_script_the_fleet_is_filtered_by_its_form(opened: Opener) -> None:
    page = see(opened, "/", java_script_enabled=False)
    page.locator("#find").fill("paris")
    page.locator("#sift-form button").click()
    expect(page.locator(ROWS)).to_have_count(2)


def test_the_page_keeps_up_and_what_is_in_hand_stays(opened: Opener, shop: HqShop) -> None:
    page = see(opened, "/?only=alarm")
    expect(page.locator("#offline")).to_be_hidden()
    page.locator("#row-paris-batignolles th a").focus()
    something_happens(shop, page)
    expect(page.locator("#row-paris-batignolles th a")).to_be_focused()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page).to_have_url(re.compile(r"only=alarm$"))


def test_when_hq_does_not_answer_the_page_says_since_when(opened: Opener, panel: Panel) -> None:
    page = see(opened, "/")
    panel.go_away()
    tick(page)
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#offline")).to_contain_text("HQ has not answered since")
    expect(page.locator("#problem")).to_be_hidden()
    panel.come_back()
    tick(page)
    expect(page.locator("#offline")).to_be_hidden()


# -- a store


def test_an_override_is_asked_for(opened: Opener, shop: HqShop) -> None:
    page = see(opened, "/stores/gotgatan")
    page.locator("#profile").select_option("hq-fika")
    page.locator("label[for=zone-cafe]").click()
    page.locator("#end").select_option("closing")
    page.locator("#ask-key").click()
    expect(page.locator("#toast")).to_contain_text("The store was asked.")
    assert shop.hq.asked == [("override", ("gotgatan", ("cafe",), "hq-fika", "closing"))]
    expect(page).to_have_url(re.compile(r"/stores/gotgatan$"))


def test_the_day_of_a_store_is_walked_by_arrow_keys(opened: Opener) -> None:
    page = see(opened, "/stores/gotgatan")
    page.locator("#lane-cafe .seg").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/stores/gotgatan\?zone=cafe&at="))
    expect(page.locator("#why")).to_contain_text("Café")
    page.locator("#day-after").click()
    expect(page.locator("#day-said")).to_contain_text("Friday 17 April")
    expect(page).to_have_url(re.compile(r"day=2026-04-17"))
    page.go_back()
    expect(page.locator("#day-said")).to_contain_text("Thursday 16 April")


def test_what_somebody_chooses_stays_while_the_page_keeps_up(opened: Opener, shop: HqShop) -> None:
    page = see(opened, "/stores/gotgatan")
    page.locator("#profile").select_option("hq-clear-day")
    page.locator("label[for=zone-cafe]").click()
    something_happens(shop, page)
    expect(page.locator("#profile")).to_have_value("hq-clear-day")
    expect(page.locator("#zone-cafe")).to_be_checked()


# -- record, proof


def test_the_record_is_sifted_by_person_and_words(opened: Opener) -> None:
    page = see(opened, "/record")
    page.locator("#by").select_option("Johan Ek")
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator("#find").press_sequentially("halted", delay=20)
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"by=Johan"))


def test_a_report_comes_down_as_a_file(opened: Opener) -> None:
    page = see(opened, "/proof")
    page.locator("#report-plays").click()
    expect(page.locator("#found")).to_contain_text("Våren")
    with page.expect_download() as coming:
        page.locator("#file").click()
    assert coming.value.suggested_filename == "plays-2026-04-09-2026-04-15.csv"


class TestTenThousand:
    """A large fleet."""

    @pytest.fixture
    def shop(self) -> HqShop:
        return HqShop(BigHq(), assets=DIST)

    def test_ten_thousand_stores_are_light_and_paged(self, opened: Opener, panel: Panel) -> None:
        page = see(opened, "/enrol")
        whole_and_light(page, panel, "/", lambda: expect(page.locator(ROWS)).to_have_count(50))
        page.locator("#page-after").click()
        expect(page.locator("#seen")).to_contain_text("51 to 100 of 10000")
        expect(page).to_have_url(re.compile(r"page=2$"))
        assert wider_than_the_screen(page) == []
        for width, highest in ((1440, 700), (1024, 900), (390, 1900)):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.locator("#weave").bounding_box()["height"] < highest, width  # type: ignore[index]
