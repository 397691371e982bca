"""The page Now in a real browser: where things are, what can be reached, what happens while the store changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, expect

from controller.accounts import Accounts
from controller.errors import Unavailable
from controller.shapes import Standing
from profiles.limits import Person
from tests.web.browser import (
    DIST,
    WIDTHS,
    Opener,
    Panel,
    too_small,
    violations,
    whole_and_light,
    wider_than_the_screen,
)
from tests.web.fakes import FakeAccounts
from tests.web.showroom import Showroom
from web.context import Services

pytestmark = pytest.mark.real


@pytest.fixture
def room() -> Showroom:
    return Showroom()


def served(room: Showroom, **people: Person) -> Panel:
    accounts = FakeAccounts(**people)
    return Panel(Services(planning=room, overview=room, accounts=cast(Accounts, accounts), secure=False, assets=DIST),
                 accounts)


@pytest.fixture
def panel(room: Showroom) -> Iterator[Panel]:
    with served(room, elin=Person.STAFF) as found:
        yield found


IS_ALIVE = "() => document.getElementById('desk').dataset.zone !== undefined && document.readyState === 'complete'"

PLATES = """() => [...document.querySelectorAll(".slot")].map((slot) => {
  const id = slot.id.slice(5), box = slot.querySelector(".plate").getBoundingClientRect();
  const shape = document.querySelector(`#zone-${id} .zone__floor`), back = shape.getScreenCTM().inverse();
  const path = document.getElementById(`shape-${id}`);
  const within = [[box.left, box.top], [box.right, box.top], [box.left, box.bottom], [box.right, box.bottom]]
    .every(([x, y]) => path.isPointInFill(new DOMPoint(x, y).matrixTransform(back)));
  const name = slot.querySelector("b");
  return { id, within, cut: name.scrollWidth > name.clientWidth + 1, left: box.left, top: box.top, right: box.right,
           bottom: box.bottom };
})"""


def overlapping(plates: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(a["id"], b["id"]) for n, a in enumerate(plates) for b in plates[n + 1:]
            if a["left"] < b["right"] and b["left"] < a["right"] and a["top"] < b["bottom"] and b["top"] < a["bottom"]]


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn", "grid"])
def test_plates_stay_in_their_zones_and_off_each_other_at_every_width(
    room: Showroom, opened: Opener, drawn: bool,
) -> None:
    if not drawn:
        room.shapes = {}
    page = opened()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        plates = page.evaluate(PLATES)
        assert len(plates) == 6
        assert [p["id"] for p in plates if not p["within"]] == [], width
        assert overlapping(plates) == [], width
        assert [p["id"] for p in plates if p["cut"]] == [], width


def test_nothing_is_wider_than_the_screen(opened: Opener) -> None:
    assert wider_than_the_screen(opened("/?zone=sales")) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_everything_to_press_is_as_large_as_a_finger(opened: Opener, width: int) -> None:
    page = opened("/?zone=sales", width=width)
    assert too_small(page, spared=(".plate", ".slot__reach")) == []
    reach = page.evaluate("""() => [...document.querySelectorAll(".slot__reach")].map((e) => e.getBoundingClientRect())
      .filter((box) => box.width < 48 || box.height < 48).length""")
    assert reach == 0


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_now_meets_wcag_aa(opened: Opener, room: Showroom, theme: str, width: int) -> None:
    room.zones_of["checkout"] = (*room.zones_of["checkout"][:3], Standing.ALARM, "Alarm", None)
    room.troubles = ("The disk of this store is almost full.",)
    page = opened("/?zone=sales", width=width, color_scheme=theme)
    assert violations(page) == []
    page.locator("#why-of-sales").click()
    expect(page.locator("#why")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("#ask-key").click()
    assert violations(page) == []
    page.locator("#ask-stop .key--stop").click()
    expect(page.locator("#stopped")).to_be_visible()
    assert violations(page) == []


FLATTEN = """(ground) => {
  // axe cannot read through a gradient or a drawing: each is laid out as its lightest, then as its darkest colour.
  document.body.style.background = document.querySelector(".bar").style.background = `var(--${ground})`;
  document.querySelector(".plan").style.background = ground === "bench" ? "#fff" : "#000";
  // The hatch of an assumed card is a frame of 7 px, with no word on it.
  document.querySelector(".card--assumed")?.classList.remove("card--assumed");
  for (const over of document.querySelectorAll(".card__open, .slot__reach, .plan__drawing")) over.remove();
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_has_contrast_on_whatever_lies_below(opened: Opener, room: Showroom, theme: str) -> None:
    room.zones_of["checkout"] = (*room.zones_of["checkout"][:3], Standing.ALARM, "Alarm", None)
    page = opened("/?zone=fitting", color_scheme=theme)
    page.route("**/now-*.js", lambda route: route.abort())  # nothing is drawn again while it is looked at
    page.reload()
    for ground in ("bench", "ground"):
        page.evaluate(FLATTEN, ground)
        assert violations(page) == []
        unsure = page.evaluate("""async () => (await axe.run(document, { runOnly: ["color-contrast"] })).incomplete
          .flatMap((rule) => rule.nodes.map((node) => `${node.html.slice(0, 90)} ${node.any[0].message}`))""")
        assert unsure == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/sign-in", "/nowhere"])
def test_the_door_meets_wcag_aa(opened: Opener, theme: str, path: str) -> None:
    page = opened(path, name=None, color_scheme=theme)
    assert page.locator("h1").count() == 1
    assert violations(page) == []


def test_set_up_meets_wcag_aa_and_shows_the_password_on_demand(browser: Browser) -> None:
    with served(Showroom()) as panel:
        page = browser.new_page()
        page.goto(f"{panel.url}/set-up?secret={panel.accounts.secret}")
        assert violations(page) == []
        field = page.locator("#password")
        field.fill("a sentence that works")
        page.get_by_role("button", name="Show").click()
        expect(field).to_have_attribute("type", "text")
        expect(field).to_be_focused()
        page.locator("#name").fill("elin")
        page.get_by_role("button", name="Make the account").click()
        expect(page.locator("#desk")).to_be_visible()
        page.context.close()


def test_the_page_is_light_and_whole_and_asks_no_other_host(browser: Browser, panel: Panel) -> None:
    context = browser.new_context()
    context.add_cookies([panel.cookie("elin")])
    page = context.new_page()

    def choose_a_zone() -> None:
        page.wait_for_function(IS_ALIVE)
        page.locator("#plate-cafe").click()
        expect(page.locator("#desk-title")).to_have_text("Café")

    whole_and_light(page, panel, "/", choose_a_zone)
    context.close()


def test_two_taps_press_a_mood_and_a_third_takes_it_back(opened: Opener, room: Showroom) -> None:
    page = opened()
    page.locator("#plate-sales").click()
    expect(page.locator("#desk-title")).to_have_text("Sales floor")
    page.locator("#mood-evening-warm").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Evening warm in Sales floor, until 15:02")
    assert room.asked[-1] == ("press", ("sales",), "evening-warm", "minutes:30", "elin")
    expect(page.locator("#mood-evening-warm")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#card-sales .mood")).to_have_text("Evening warm")
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text("Evening warm was taken back.")
    expect(page.locator("#card-sales .mood")).to_have_text("Spring in linen")
    assert room.pressed == []


def test_the_keyboard_alone_chooses_a_zone_a_time_and_a_mood(opened: Opener, room: Showroom) -> None:
    page = opened()
    page.locator("#plate-cafe").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#desk-title")).to_have_text("Café")
    expect(page.locator("#plate-cafe")).to_be_focused()
    expect(page.locator("#plate-cafe")).to_have_attribute("aria-current", "true")
    expect(page.locator("#spoken")).to_contain_text("Café in hand: Fika, Assumed")
    page.locator("input[name=end]").first.focus()
    page.keyboard.press("ArrowRight")
    page.locator("#mood-clear-day").focus()
    page.keyboard.press("Space")
    expect(page.locator(".toast")).to_contain_text("Clear day in Café, until 18:00")
    assert room.asked[-1] == ("press", ("cafe",), "clear-day", "next-change", "elin")


def test_a_change_in_the_store_shows_without_taking_anything_from_a_hand(opened: Opener, room: Showroom) -> None:
    page = opened("/?zone=sales", height=700)
    page.get_by_text("Closing").click()
    page.locator("#mood-fika").focus()
    page.evaluate("scrollTo(0, 240)")
    top = "document.activeElement.getBoundingClientRect().top"
    before = page.evaluate(top)
    room.sentence = "All zones are as they should be."
    room.now += timedelta(minutes=9)
    room.zones_of["fitting"] = (*room.zones_of["fitting"][:3], Standing.REPORTED, "Reported", "Slow Harbour")
    room.changed()
    expect(page.locator("#said")).to_have_text("All zones are as they should be.")
    expect(page.locator("#zone-fitting")).to_have_class("zone zone--reported")
    expect(page.locator("[data-clock]")).to_have_text("14:41")
    expect(page.locator("#mood-fika")).to_be_focused()
    expect(page.locator("input[value=closing]")).to_be_checked()
    expect(page.locator("#desk-title")).to_have_text("Sales floor")
    assert page.evaluate(top) == pytest.approx(before, abs=1)


def test_a_change_leaves_an_open_drawer_open(opened: Opener, room: Showroom) -> None:
    page = opened()
    page.locator("#why-of-sales").click()
    expect(page.locator("#why")).to_be_visible()
    room.sentence = "Something else."
    room.changed()
    expect(page.locator("#said")).to_have_text("Something else.")
    expect(page.locator("#why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#why")).to_be_hidden()
    expect(page.locator("#why-of-sales")).to_be_focused()


def test_stop_asks_once_with_the_safe_choice_in_focus_then_acts(opened: Opener, room: Showroom) -> None:
    page = opened()
    page.locator("#ask-key").click()
    expect(page.locator("#ask-stop [data-close]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#ask-stop")).to_be_hidden()
    assert room.asked == []
    page.locator("#ask-key").click()
    page.get_by_role("button", name="Stop now").click()
    expect(page.locator("#stopped")).to_contain_text("Light is full. Music is muted. Scent is off.")
    expect(page.locator("#ask-stop")).to_be_hidden()
    page.get_by_role("button", name="Bring the plan back").click()
    expect(page.locator("#stopped")).to_be_hidden()
    assert [asked[0] for asked in room.asked] == ["stop", "resume"]


def test_scent_alone_is_stopped_by_one_tap_in_the_dialog(opened: Opener, room: Showroom) -> None:
    page = opened()
    page.locator("#ask-key").click()
    page.get_by_role("button", name="Only scent off").click()
    expect(page.locator("#stopped")).to_contain_text("Scent: stopped.")
    assert [sense.value for sense in room.stopped[0].senses] == ["scent"]


def test_what_is_refused_is_told_near_the_key_and_goes_with_the_next_try(opened: Opener, room: Showroom) -> None:
    page = opened("/?zone=cafe")
    room.refusal = Unavailable("The disk is full. Nothing was changed.")
    page.locator("#mood-fika").click()
    problem = page.locator("#problem")
    expect(problem).to_have_text("The disk is full. Nothing was changed.")
    room.sentence = "Something else has changed."
    room.changed()
    expect(page.locator("#said")).to_have_text("Something else has changed.")
    expect(problem).to_have_text("The disk is full. Nothing was changed.")
    room.refusal = None
    page.locator("#mood-fika").click()
    expect(problem).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("Fika in Café")


def test_a_lost_connection_is_told_with_its_time_and_rests_the_keys(
    opened: Opener, panel: Panel, room: Showroom,
) -> None:
    page = opened()
    page.wait_for_function(IS_ALIVE)
    panel.go_away()
    banner = page.locator("#offline")
    expect(banner).to_contain_text("No connection to the store's controller since 14:32")
    expect(page.locator("#mood-fika")).to_be_disabled()
    room.sentence = "Everything is back."
    panel.come_back()
    expect(banner).to_be_hidden()
    expect(page.locator("#said")).to_have_text("Everything is back.")
    expect(page.locator("#mood-fika")).to_be_enabled()


def test_a_session_that_has_ended_leads_to_the_door(opened: Opener, room: Showroom) -> None:
    page = opened()
    page.context.clear_cookies()
    room.changed()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is at the desk?")


def test_without_script_a_press_an_undo_and_a_stop_work(opened: Opener, room: Showroom) -> None:
    page = opened(java_script_enabled=False)
    page.locator("#plate-sales").click()
    page.get_by_text("Closing").click()
    page.locator("#mood-evening-warm").click()
    expect(page.locator(".toast")).to_contain_text("Evening warm in Sales floor, until 20:00")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert room.pressed == []
    page.locator("#ask-key").click()
    page.get_by_role("button", name="Stop now").click()
    expect(page.locator("#stopped")).to_be_visible()


def test_a_theme_that_was_chosen_stays_and_is_there_before_the_first_paint(opened: Opener) -> None:
    page = opened(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("[data-theme-key]").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload(wait_until="commit")
    page.wait_for_selector("main", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.wait_for_load_state()
    assert page.evaluate(ground) == dark


def test_nothing_moves_for_people_who_asked_for_that(opened: Opener, room: Showroom) -> None:
    running = "document.getAnimations().filter((a) => a.playState === 'running').length"
    assert opened(reduced_motion="no-preference").evaluate(running) > 0
    assert opened(reduced_motion="reduce").evaluate(running) == 0


def test_a_title_from_a_device_cannot_become_markup(opened: Opener, room: Showroom) -> None:
    room.zones_of["sales"] = (*room.zones_of["sales"][:5], "<img src=x onerror=\"document.title='taken'\">")
    page = opened("/?zone=sales")
    room.changed()
    expect(page.locator(".reports").first).to_contain_text("<img src=x")
    assert page.locator("img").count() == 0
    assert "taken" not in page.title()
