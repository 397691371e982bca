"""Campaigns at HQ in a real browser: bars that are dragged, a form that is looked at, a halt that is held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import pytest
from playwright.sync_api import Page, Route, expect

from controller.accounts import Accounts
from tests.controller.memory_fake import SteeredClock
from tests.web.browser import DIST, Opener, Panel, too_small, violations, wider_than_the_screen
from tests.web.fakes import FakeAccounts
from tests.web.hq_doors_fake import NOW, FakeHq
from tests.web.hq_shop import ROLES_OF
from web.hq_app import make_hq_app
from web.hq_context import HqServices
from web.serving import Server

pytestmark = pytest.mark.real

#: Pressed with a mouse at a desk, and everything that they do is in the list or the form as well.
SPARED = ("#calendar *", ".tick input", "summary", "input[type=date]", ".asks a", ".lead a", ".findings *")


class HqPanel(Panel):
    """HQ's panel on a port of its own."""

    def _served(self) -> Server:
        given = cast(HqServices, self.services)
        server = Server(make_hq_app(given), given, "127.0.0.1", self.port)
        server.start()
        return server


@pytest.fixture
def hq() -> FakeHq:
    return FakeHq()


@pytest.fixture
def panel(hq: FakeHq) -> Iterator[Panel]:
    if "src/hq-campaigns.js" not in json.loads((DIST / ".vite" / "manifest.json").read_text("utf-8")):
        pytest.skip("the front end was built before there was this page: npm run build in web/assets")
    accounts = FakeAccounts(**ROLES_OF)
    services = HqServices(hq, hq, hq, cast(Accounts, accounts), SteeredClock(NOW), False, DIST, "Europe/Stockholm")
    with HqPanel(services, accounts, "/campaigns", (1440, 900)) as found:
        yield found


def drag(page: Page, name: str, days: int) -> None:
    """Drag a campaign's bar by its middle."""
    bar = page.locator("#calendar .ec-event", has_text=name).first
    expect(bar).to_be_visible()
    box, column = bar.bounding_box(), page.locator("#calendar .ec-day").first.bounding_box()
    assert box
    assert column
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 6
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(x + column["width"] * days * step / 10, y)
    page.mouse.up()


def test_a_bar_is_dragged_to_other_dates_and_is_a_draft(opened: Opener, hq: FakeHq) -> None:
    page = opened(name="elsa")
    drag(page, "Spring in linen", 7)
    expect(page.locator("#row-hq-spring")).to_contain_text("20 April")
    expect(page.locator("#row-hq-spring")).to_contain_text("9 May")
    expect(page.locator("#spoken")).to_have_text("Spring in linen has new dates, as a draft.")
    assert any(draft.id == "hq-spring" for draft in hq.drafts("campaign"))
    expect(page.locator("#calendar .ec-event.is-draft", has_text="Spring in linen")).to_be_visible()


def test_where_somebody_else_was_quicker_the_bar_goes_back(opened: Opener, hq: FakeHq, panel: Panel) -> None:
    page = opened(name="elsa")
    expect(page.locator("#calendar .ec-event", has_text="Spring in linen")).to_be_visible()
    before = page.locator("#calendar .ec-event", has_text="Spring in linen").bounding_box()
    page.route("**/campaigns/hq-spring/move", lambda route: route.fulfill(
        status=409, content_type="application/json", body='{"sentence": "Somebody else has changed this draft."}'))
    drag(page, "Spring in linen", 7)
    expect(page.locator("#problem")).to_contain_text("Somebody else has changed this draft.")
    after = page.locator("#calendar .ec-event", has_text="Spring in linen").bounding_box()
    assert before
    assert after
    assert abs(before["x"] - after["x"]) < 2


def test_a_viewer_drags_nothing(opened: Opener, hq: FakeHq) -> None:
    page = opened(name="vera")
    drag(page, "Spring in linen", 7)
    expect(page.locator("#row-hq-spring")).to_contain_text("13 April")
    assert not any(draft.id == "hq-spring" for draft in hq.drafts("campaign"))


def test_a_form_is_looked_at_while_it_is_written_and_kept_when_told(opened: Opener, hq: FakeHq) -> None:
    page = opened("/campaigns/hq-spring", name="elsa")
    expect(page.locator("#meets")).to_contain_text("Late fika beats it")
    expect(page.locator("#preview")).to_contain_text("It would feel different")
    page.get_by_label("Narrow it").select_option("not:outlet")
    expect(page.get_by_role("button", name="Without outlet")).to_be_visible()
    page.get_by_label("Time expression").fill("25:00-26:00")
    expect(page.locator("#when")).to_contain_text("There is no 25:00")
    page.get_by_label("Time expression").fill("Mo-Fr 10:00-12:00")
    expect(page.locator("#when .tickets li")).to_have_count(10)
    page.get_by_role("button", name="Add a wave").click()
    expect(page.locator(".stages li")).to_have_count(4)
    page.get_by_role("button", name="Without wave 1").click()
    expect(page.locator(".stages li")).to_have_count(3)
    assert not any(draft.id == "hq-spring" for draft in hq.drafts("campaign"))
    page.get_by_role("button", name="Keep as draft").click()
    expect(page.locator("#review")).to_contain_text("Written by elsa")
    draft = next(draft for draft in hq.drafts("campaign") if draft.id == "hq-spring")
    assert draft.revision == 1


def test_a_late_look_undoes_nothing_that_was_written_since(opened: Opener) -> None:
    page = opened("/campaigns/hq-spring", name="elsa")
    expect(page.locator("#preview")).to_contain_text("It would feel different")
    late: list[Route] = []
    page.route("**/campaigns/hq-spring/look", lambda route: late.append(route), times=1)
    page.locator("#profile").select_option("hq-fika")
    while not late:
        page.wait_for_timeout(20)
    for number in (1, 2, 3):
        page.locator(f"#soak-{number}").fill("0")
    late[0].continue_()
    page.get_by_role("button", name="Add a wave").click()
    expect(page.locator(".stages li")).to_have_count(4)
    for number in (1, 2, 3):
        expect(page.locator(f"#soak-{number}")).to_have_value("0")
    expect(page.locator("#profile")).to_have_value("hq-fika")


def test_halt_is_held(opened: Opener, hq: FakeHq) -> None:
    page = opened("/campaigns/hq-spring", name="johan")
    page.get_by_label("Why it is halted").fill("wrong price")
    key = page.get_by_role("button", name="Hold to halt in")
    key.click()
    assert ("halt", "hq-spring") not in hq.asked
    key.focus()
    page.keyboard.down("Enter")
    expect(page.locator("#said + p")).to_contain_text("withdrawn everywhere")
    page.keyboard.up("Enter")
    assert ("halt", "hq-spring") in hq.asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/campaigns", "/campaigns/hq-spring", "/profiles", "/profiles/hq-fika"])
def test_everybody_can_use_it(opened: Opener, path: str, scheme: str) -> None:
    page = opened(path, name="johan", color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    assert wider_than_the_screen(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert too_small(page, spared=SPARED) == []
