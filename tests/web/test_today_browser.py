"""The page Today in a real browser: days and pieces by every means, reasons, widths, keyboard, and what stays put."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page, expect

from controller.accounts import Accounts
from controller.errors import Unavailable
from controller.shapes import PressShown
from profiles.limits import Person
from tests.web.browser import DIST, Opener, Panel, too_small, violations, whole_and_light, wider_than_the_screen
from tests.web.fakes import FakeAccounts
from tests.web.showroom import NOW, Showroom
from tests.web.showroom_doors import ShowAnnouncements, ShowCalendar, ShowCues
from web.context import Services

pytestmark = pytest.mark.real


class Shop:
    """A showroom with all its doors. Elin has just chosen Soft mirror."""

    def __init__(self) -> None:
        self.room = Showroom()
        self.room.pressed.append(PressShown(
            "p-elin", "Soft mirror", ("fitting",), NOW + timedelta(minutes=30), "Elin", "Soft mirror", ()))
        self.said = ShowAnnouncements()

    def services(self, accounts: FakeAccounts) -> Services:
        return Services(planning=self.room, overview=self.room, accounts=cast(Accounts, accounts), secure=False,
                        assets=DIST, cues=ShowCues(), announcements=self.said, calendar=ShowCalendar())


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def panel(shop: Shop) -> Iterator[Panel]:
    accounts = FakeAccounts(elin=Person.STAFF)
    with Panel(shop.services(accounts), accounts, "/today") as found:
        yield found


def piece(page: Page, zone: str, name: str) -> Any:
    return page.locator(f"#lane-{zone}").get_by_role("link", name=name)


# ── another day ─────────────────────────────────────────────────────────────────────


def drag(page: Page, by_px: int, *, release: bool = True) -> None:
    hours = page.locator("#day-hours")
    hours.scroll_into_view_if_needed()
    box = hours.bounding_box()
    day = page.locator("#day").bounding_box()
    assert box is not None
    assert day is not None
    x, y = day["x"] + day["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + by_px * step / 8, y)
    if release:
        page.mouse.up()


@pytest.mark.parametrize(("by_px", "said", "address"), [
    (110, "Wednesday 15 April.", "day=2026-04-15"),
    (-310, "Sunday 19 April.", "day=2026-04-19"),
])
def test_dragging_the_hours_shows_another_day(opened: Opener, by_px: int, said: str, address: str) -> None:
    page = opened()
    drag(page, by_px)
    expect(page.locator("#day-said")).to_contain_text(said)
    expect(page).to_have_url(re.compile(address))
    page.go_back()
    expect(page.locator("#day-said")).to_contain_text("Thursday 16 April.")


def test_while_it_is_dragged_a_tag_says_which_day_it_would_be(opened: Opener, shop: Shop) -> None:
    page = opened()
    looked = len(shop.room.looked)
    drag(page, -210, release=False)
    expect(page.locator("#day-tag")).to_have_text(re.compile("Saturday"))
    page.keyboard.press("Escape")
    expect(page.locator("#day-tag")).to_be_hidden()
    page.mouse.up()
    expect(page.locator("#day-said")).to_contain_text("Thursday 16 April.")
    assert "day=" not in page.url
    assert {start.date() for start, _ in shop.room.looked[looked:]} <= {shop.room.looked[0][0].date()}


TOUCH = """([from, to]) => {
  const hours = document.querySelector("#day-hours"), box = document.querySelector("#day").getBoundingClientRect();
  const y = hours.getBoundingClientRect().top + 10, x = box.left + box.width / 2;
  const send = (type, dx) => hours.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 7,
    pointerType: "touch", isPrimary: true, button: type === "pointermove" ? -1 : 0, clientX: x + dx, clientY: y }));
  hours.setPointerCapture = () => {};
  send("pointerdown", from); send("pointermove", to / 2); send("pointermove", to); send("pointerup", to);
}"""


def test_a_finger_drags_too(opened: Opener) -> None:
    page = opened(width=390, has_touch=True)
    assert page.evaluate("getComputedStyle(document.querySelector('#day-hours')).touchAction") == "pan-y"
    page.evaluate(TOUCH, [0, -120])
    expect(page.locator("#day-said")).to_contain_text("Friday 17 April.")


def test_keys_show_the_day_before_and_after_and_come_back_to_today(opened: Opener) -> None:
    page = opened()
    page.locator("#day-after").click()
    expect(page.locator("#day-said")).to_contain_text("Friday 17 April.")
    expect(page.locator("#day-today")).not_to_have_attribute("aria-current", "date")
    page.locator("#day-today").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#day-said")).to_contain_text("Saturday 18 April.")
    expect(page.locator("#day-today")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#day-said")).to_contain_text("Friday 17 April.")
    page.locator("#day-today").click()
    expect(page.locator("#day-said")).to_contain_text("Thursday 16 April.")
    expect(page).to_have_url(re.compile(r"/today$"))
    expect(page.locator("#spoken")).to_contain_text("Thursday 16 April.")


def test_a_date_field_leads_to_any_day(opened: Opener) -> None:
    page = opened()
    page.get_by_label("Another day").fill("2026-12-24")
    expect(page.locator("#day-said")).to_contain_text("Thursday 24 December.")
    expect(page.get_by_text("Christmas Eve: open 11:00–15:00")).to_be_visible()
    expect(page).to_have_url(re.compile("day=2026-12-24"))
    page.reload()
    expect(page.locator("#day-said")).to_contain_text("Thursday 24 December.")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-04-16", 24)])
def test_on_the_screen_an_hour_is_as_wide_as_another_on_every_day(opened: Opener, day: str, hours: int) -> None:
    page = opened(f"/today?day={day}")
    found = page.evaluate("""() => {
      const scale = document.querySelector(".day__scale").getBoundingClientRect();
      const ticks = [...document.querySelectorAll(".day__tick")].map((tick) => tick.style.getPropertyValue("--at"));
      const seg = [...document.querySelectorAll("#lane-sales .seg")].find((one) => one.textContent.includes("Spring"));
      return { ticks: ticks.map((at) => at * scale.width / 100), width: seg.getBoundingClientRect().width }; }""")
    gaps = [b - a for a, b in zip(found["ticks"], found["ticks"][1:], strict=False)]
    assert len(gaps) == hours
    assert max(gaps) - min(gaps) < 0.01
    assert found["width"] == pytest.approx(7 * gaps[0] - 3, abs=0.6)


# ── a piece and its reasons ─────────────────────────────────────────────────────────


def test_pressing_a_piece_says_why_and_what_it_would_be_without(opened: Opener) -> None:
    page = opened()
    expect(page.locator("#why-title")).to_have_text("Soft mirror")
    piece(page, "sales", "Spring in linen").click()
    expect(page.locator("#why-title")).to_have_text("Spring in linen")
    expect(page.locator("#why .rung--won")).to_contain_text("Campaign")
    expect(page.locator("#without")).to_contain_text("Clear day")
    expect(piece(page, "sales", "Spring in linen")).to_have_attribute("aria-current", "true")
    expect(page.locator("#spoken")).to_contain_text("Sales floor, 11:00 to 18:00: Spring in linen.")
    assert "zone=sales&at=2026-04-16T09%3A00%3A00Z" in page.url
    page.reload()
    expect(page.locator("#why-title")).to_have_text("Spring in linen")


def test_any_layer_can_be_thought_away(opened: Opener) -> None:
    page = opened("/today?zone=fitting")
    expect(page.locator("#without .mood")).to_have_text("Spring in linen")
    page.locator(".without__others").get_by_role("link", name="Spring in linen").click()
    expect(page.locator("#why").get_by_role("heading", name="Without Spring in linen")).to_be_visible()
    expect(page.locator("#without .mood")).to_have_text("Soft mirror")


def test_the_past_says_what_was_recorded(opened: Opener) -> None:
    page = opened()
    piece(page, "cafe", "Jonas").click()
    expect(page.locator("#why")).to_contain_text("Evening warm was reached after 3 s.")


def test_a_choice_is_ended_from_here_and_taken_back_to_the_plan(opened: Opener, shop: Shop) -> None:
    page = opened("/today?zone=fitting")
    page.get_by_role("button", name="End it now").click()
    expect(page.locator(".toast")).to_contain_text("Soft mirror was taken back.")
    expect(page.locator("#why-title")).to_have_text("Spring in linen")
    assert shop.room.pressed == []


def test_a_choice_is_made_longer_with_an_undo(opened: Opener, shop: Shop) -> None:
    page = opened("/today?zone=fitting")
    page.get_by_role("button", name="30 min longer").click()
    expect(page.locator(".toast")).to_contain_text("Soft mirror in Fitting rooms, until 15:32")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("was taken back")
    assert [press.press for press in shop.room.pressed] == ["p-elin"]


def test_what_is_refused_is_told(opened: Opener, shop: Shop) -> None:
    page = opened("/today?zone=fitting")
    shop.room.refusal = Unavailable("The disk is full. Nothing was changed.")
    page.get_by_role("button", name="End it now").click()
    expect(page.locator("#problem")).to_have_text("The disk is full. Nothing was changed.")


# ── keyboard, screen reader, widths ─────────────────────────────────────────────────


def test_the_keyboard_alone_goes_through_lanes_and_opens_reasons(opened: Opener) -> None:
    page = opened()
    first = piece(page, "entrance", "Stocking")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(piece(page, "entrance", "Quiet hour")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(piece(page, "sales", "Quiet hour")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#why-title")).to_have_text("Quiet hour")
    expect(piece(page, "sales", "Quiet hour")).to_be_focused()


def test_a_piece_in_focus_is_seen_whole_in_its_lane(opened: Opener) -> None:
    page = opened(width=390)
    late = piece(page, "sales", "Evening warm")
    late.focus()
    seen = page.evaluate("""() => { const day = document.querySelector("#day").getBoundingClientRect();
      const one = document.activeElement.getBoundingClientRect();
      return one.left < day.right && one.right > day.left; }""")
    assert seen


@pytest.mark.parametrize(("path", "theme", "width"), [
    ("/today", "light", 1440), ("/today", "dark", 390), ("/today?day=2026-12-25", "dark", 1440),
    ("/in-the-air", "light", 390), ("/in-the-air", "dark", 1440), ("/?zone=sales", "light", 1024),
])
def test_the_page_meets_wcag_aa(opened: Opener, path: str, theme: str, width: int) -> None:
    page = opened(path, width=width, color_scheme=theme)
    expect(page.locator("h1")).to_have_count(1)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_on_pieces_have_contrast_filled_and_outlined(opened: Opener, theme: str) -> None:
    page = opened(color_scheme=theme)
    for ground in ("--tint", "--plan"):
        # axe cannot read through a gradient: each piece is laid out in the one colour, then in the other.
        page.evaluate("""(ground) => { for (const seg of document.querySelectorAll(".seg")) {
          seg.style.background = `var(${ground})`; seg.style.overflow = "visible"; } }""", ground)
        unsure = page.evaluate("""async () => { const found = await axe.run(document.querySelector("#day"),
          { runOnly: ["color-contrast"] }); return found.violations.flatMap((rule) =>
            rule.nodes.map((node) => node.html.slice(0, 120) + node.failureSummary)); }""") if page.evaluate(
                "typeof axe !== 'undefined'") else violations(page)
        assert unsure == []


@pytest.mark.parametrize("path", ["/today", "/in-the-air", "/?zone=sales"])
def test_nothing_is_wider_than_the_screen(opened: Opener, path: str) -> None:
    assert wider_than_the_screen(opened(path)) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_everything_to_press_is_as_large_as_a_finger(opened: Opener, width: int) -> None:
    page = opened(width=width)
    assert too_small(page, spared=(".seg",)) == []
    low = page.evaluate("""() => [...document.querySelectorAll(".seg")].map((e) => e.getBoundingClientRect())
      .filter((box) => box.height < 48 || box.width < 24).length""")
    assert low == 0


@pytest.mark.parametrize("width", [360, 1024])
def test_every_page_is_in_the_bar_and_reached_with_one_press(opened: Opener, width: int) -> None:
    page = opened(width=width)
    for key, title in (("cues", "Cues"), ("air", "In the air"), ("now", "Now"), ("today", "Today")):
        link = page.locator(f"#to-{key}")
        expect(link).to_be_in_viewport()
        link.click()
        expect(page.locator(f"#to-{key}")).to_have_attribute("aria-current", "page")
        expect(page.locator(f"#to-{key}")).to_contain_text(title)


def test_the_count_of_open_cues_is_in_the_bar(opened: Opener) -> None:
    expect(opened().locator("#to-cues")).to_contain_text("1 to do")


# ── live, light, whole ──────────────────────────────────────────────────────────────


def test_a_change_shows_and_takes_nothing_from_a_hand(opened: Opener, shop: Shop) -> None:
    page = opened("/today?zone=sales", width=1024)
    page.evaluate("document.querySelector('#day').scrollLeft = 333")
    piece(page, "sales", "Spring in linen").focus()
    shop.room.now += timedelta(minutes=45)
    shop.room.pressed.clear()
    shop.room.changed()
    expect(page.locator("[data-clock]")).to_have_text("15:17")
    expect(page.locator("#lane-fitting").get_by_role("link", name="Soft mirror")).to_have_count(0)
    expect(piece(page, "sales", "Spring in linen")).to_be_focused()
    expect(page.locator("[data-now-words]")).to_have_text("15:17")
    assert page.evaluate("document.querySelector('#day').scrollLeft") == 333
    at = float(page.evaluate("document.querySelector('#day').style.getPropertyValue('--now')"))
    assert at == pytest.approx((15 + 17 / 60) / 24 * 100, abs=0.2)


def test_the_hours_of_trade_are_in_view_at_first_and_the_night_can_be_scrolled_to(opened: Opener) -> None:
    page = opened()
    expect(page.locator(".now-line b")).to_be_in_viewport()
    seen = page.evaluate("""() => { const day = document.querySelector("#day").getBoundingClientRect();
      return [...document.querySelectorAll(".day__tick")].filter((tick) => {
        const box = tick.getBoundingClientRect(); return box.left > day.left + 152 && box.right < day.right + 1; })
        .map((tick) => tick.textContent); }""")
    assert (seen[0], seen[-1]) == ("09", "21")
    assert page.evaluate("document.querySelector('#day').scrollLeft") > 100


def test_the_page_is_light_and_whole_and_asks_no_other_host(browser: Browser, panel: Panel) -> None:
    context = browser.new_context()
    context.add_cookies([panel.cookie("elin")])
    page = context.new_page()

    def show_tomorrow() -> None:
        page.locator("#day-after").click()
        expect(page.locator("#day-said")).to_contain_text("Friday 17 April.")

    whole_and_light(page, panel, "/today", show_tomorrow)
    context.close()


def test_without_script_a_day_and_a_piece_are_pages(opened: Opener) -> None:
    page = opened(java_script_enabled=False)
    page.locator("#day-after").click()
    expect(page.locator("#day-said")).to_contain_text("Friday 17 April.")
    piece(page, "cafe", "Fika").click()
    expect(page.locator("#why-title")).to_have_text("Fika")
    page.get_by_label("Another day").fill("2026-12-25")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#day-said")).to_have_text("Friday 25 December. The store is closed.")


def test_a_stop_can_be_pressed_from_here(opened: Opener, shop: Shop) -> None:
    page = opened()
    page.locator("#ask-key").click()
    page.get_by_role("button", name="Stop now").click()
    expect(page.locator("#stopped")).to_contain_text("Light is full.")
    assert shop.room.asked[-1][0] == "stop"


# ── what the page Now has of it ─────────────────────────────────────────────────────


def test_the_scent_stops_with_one_tap_and_comes_back_with_one(opened: Opener, panel: Panel, shop: Shop) -> None:
    page = opened("/?zone=sales")
    page.get_by_role("button", name="Stop the scent here").click()
    expect(page.locator("#stopped")).to_contain_text("Scent: stopped.")
    stop = shop.room.stopped[0]
    assert (stop.zones, [sense.value for sense in stop.senses]) == (("sales",), ["scent"])
    expect(page.locator("#scent-key")).to_have_text("Bring the scent back")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#stopped")).to_be_hidden()
    expect(page.locator("#scent-key")).to_have_text("Stop the scent here")
    page.goto(panel.url + "/?zone=*")
    page.get_by_role("button", name="Stop the scent everywhere").click()
    expect(page.locator("#stopped")).to_contain_text("Scent: stopped.")
    page.get_by_role("button", name="Bring the scent back").click()
    expect(page.locator("#stopped")).to_be_hidden()
    assert [asked[0] for asked in shop.room.asked] == ["stop", "resume", "stop", "resume"]


def test_an_announcement_is_said_by_press_and_a_refusal_stands_beside_its_key(opened: Opener, shop: Shop) -> None:
    page = opened("/?zone=sales")
    page.get_by_role("button", name="Closing soon").click()
    expect(page.locator(".toast")).to_contain_text("Closing soon is being said.")
    assert shop.said.said == [("closing", None, "elin")]
    shop.said.refusal = "A quiet hour lasts until 11:00: only emergencies are announced."
    page.get_by_role("button", name="Closing soon").click()
    expect(page.locator("#announce [data-problem]")).to_have_text(shop.said.refusal)
    expect(page.locator("#problem")).to_be_hidden()
