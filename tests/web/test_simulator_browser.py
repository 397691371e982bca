"""The simulator's page in a real browser, over a real `sinne demo` with its own broker: what a tester sees and does."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.patience import PATIENCE_MS, PATIENCE_S, eventually
from tests.real.shop import MOSQUITTO, SINNE
from tests.web.browser import PRESSED, WIDTHS, too_small, violations, wider_than_the_screen

pytestmark = pytest.mark.real

LAMP = "entrance-wall"


class Demo:
    """A running demo, its simulator's page, and the command beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = (folder.parent / "demo.log").open("wb")
        embedded = [] if MOSQUITTO else ["--embedded"]
        self.process = subprocess.Popen([SINNE, "demo", "--port", "0", "--data", folder, *embedded], stdout=self._log,
                                        stderr=self._log, stdin=subprocess.DEVNULL, start_new_session=True)
        self.url = eventually(self._address, "the simulator's address is left")

    def _address(self) -> str:
        assert self.process.poll() is None, (self.folder.parent / "demo.log").read_text()
        note = self.folder / "simulator.json"
        return json.loads(note.read_text())["url"] if note.exists() else ""

    def misbehave(self, verb: str = "", device: str = "", **to: object) -> Any:
        """What `sinne misbehave` does, without the second that a process takes to start."""
        path = "" if not verb else f"/devices/{device}/{verb}" if device else f"/{verb}"
        body = None if not verb else json.dumps({"to": to} if to else {}).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/simulator{path}", body, {
            "Content-Type": "application/json", "User-Agent": "sinne-misbehave"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read())

    def device(self, name: str) -> dict[str, Any]:
        return next(one for one in self.misbehave()["devices"] if one["id"] == name)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self._log.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("living")
    folder.chmod(0o711)
    folder = folder / "shop"
    found = Demo(folder)
    try:
        eventually(lambda: found.device(LAMP)["belief"]["reported"] and not found.device(LAMP)["moving"],
                   "the controller believes something")
        yield found
    finally:
        found.stop()


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    demo.misbehave("mend")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    found = context.new_page()
    found.goto(f"{demo.url}/?device={LAMP}")
    expect(found.locator("#desk")).to_have_attribute("data-zone", LAMP)
    yield found
    context.close()


def card(page: Page, name: str) -> Any:
    return page.locator(".thing", has=page.locator(f'[data-take="{name}"]'))


def let_it_be_lit(page: Page, demo: Demo) -> None:
    """By night a lamp of the shop is off, and pulling its plug would change nothing: somebody turns it on, and the
    store, which keeps to its plan, is kept from that by a lie."""
    demo.misbehave("lie", LAMP)
    demo.misbehave("switch", LAMP, on=True, brightness_pct=70)
    expect(card(page, LAMP)).to_contain_text("On, 7")


def test_unplugging_parts_hardware_and_belief_and_mending_brings_them_together(page: Page, demo: Demo) -> None:
    let_it_be_lit(page, demo)
    eventually(lambda: demo.device(LAMP)["belief"]["reported"]["on"], "the controller takes in the hand")
    page.get_by_role("button", name="Unplug", exact=True).click()
    expect(page.locator("#toast")).to_contain_text(f"{LAMP} is unplugged.")
    expect(card(page, LAMP)).to_contain_text("Unplugged")
    expect(card(page, LAMP).locator("dd.is-apart").first).to_be_visible()
    expect(card(page, LAMP).locator("dd b")).to_have_text("Off")
    expect(page.locator("#desk .is-apart").first).to_be_visible()
    expect(page.locator("#said")).to_contain_text("not what the controller believes")
    expect(page.get_by_role("button", name="Plug in")).to_be_visible()
    page.get_by_role("button", name="Mend everything").click()
    expect(card(page, LAMP).locator("dd.is-apart")).to_have_count(0)
    expect(card(page, LAMP).locator(".chip")).to_have_count(0)
    expect(page.locator("#said")).to_have_text("Every device does what the controller believes.")
    expect(page.locator("#done")).to_contain_text("Everything is mended.")


def test_what_somebody_else_does_is_on_the_page_within_a_moment(page: Page, demo: Demo) -> None:
    demo.misbehave("freeze", "cafe-player")
    expect(card(page, "cafe-player")).to_contain_text("Frozen")
    expect(page.locator("#done li").first).to_contain_text("cafe-player hangs.")
    expect(page.locator("#done li").first).to_contain_text("by command")
    demo.misbehave("thaw", "cafe-player")
    expect(card(page, "cafe-player").locator(".chip")).to_have_count(0)


def test_a_silent_drift_is_filled_in_and_shows_as_apart(page: Page, demo: Demo) -> None:
    let_it_be_lit(page, demo)
    page.locator("summary", has_text="Drift").click()
    page.get_by_label("Brightness, %").first.fill("5")
    demo.misbehave("babble", "checkout-player")  # the page is drawn again meanwhile, and keeps what was typed
    expect(card(page, "checkout-player")).to_contain_text("Talks nonsense")
    expect(page.get_by_label("Brightness, %").first).to_have_value("5")
    page.get_by_role("button", name="Drift", exact=True).click()
    expect(card(page, LAMP)).to_contain_text("Drifting")
    assert demo.device(LAMP)["does"]["brightness_pct"] == pytest.approx(5, abs=0.5)
    expect(page.get_by_role("button", name="Settle")).to_be_visible()


def test_a_refusal_stands_near_the_key(page: Page) -> None:
    page.locator("summary", has_text="Switch by hand").click()
    page.get_by_role("button", name="Switch by hand", exact=True).click()
    expect(page.locator(".deed__form [data-problem]:visible")).to_contain_text(f"Say what {LAMP} is to be set to")


def test_the_broker_itself_goes_down_and_comes_back(page: Page, demo: Demo) -> None:
    expect(page.locator("#broker")).to_contain_text("takes the real one down")
    page.get_by_label("For how long").select_option(label="until mended")
    page.get_by_role("button", name="Take it down").click()
    expect(page.locator("#broker")).to_contain_text("Down")
    expect(page.locator("#said")).to_have_text("The broker is down.")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#broker")).to_contain_text("Up")
    expect(page.locator("#said")).to_have_text("Every device does what the controller believes.")


def test_a_tester_with_a_keyboard_takes_a_device_in_hand_and_unplugs_it(page: Page, demo: Demo) -> None:
    link = page.locator('[data-take="sales-player"]')
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).to_have_attribute("data-zone", "sales-player")
    assert page.url.endswith("?device=sales-player")
    page.get_by_role("button", name="Unplug", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Plug in")).to_be_visible()
    expect(page.locator("#spoken")).to_contain_text("in hand")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_keeps_to_wcag_and_to_the_screen_at_every_width(browser: Browser, demo: Demo, scheme: Any) -> None:
    demo.misbehave("unplug", "entrance-table")
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{demo.url}/?device=sales-diffuser-west")
    assert wider_than_the_screen(page) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert too_small(page, pressed=f"{PRESSED}, summary, select", spared=(".foot a",)) == [], width
    assert violations(page) == []
    context.close()
    demo.misbehave("mend")


def test_without_a_word_from_another_site(page: Page, demo: Demo) -> None:
    found = page.request.post(f"{demo.url}/do", form={"device": LAMP, "verb": "unplug"},
                              headers={"Origin": "http://evil.example"})
    assert found.status == 403
    assert re.search("Another site", found.text())
    assert demo.device(LAMP)["misbehaves"] == []
