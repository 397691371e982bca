"""Chromium and a served panel: what every test of pages in a real browser is set up with.

A file of such tests marks itself `real` and gives a fixture `panel` (a `Panel` over the services that it shows). The
fixtures here open its pages: `opened("/cues", width=390, color_scheme="dark")` signs Elin in and returns the page.
`violations`, `too_small` and `wider_than_the_screen` are what every page is asked at every width and in both themes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from devices.machine import free_port
from tests.patience import PATIENCE_MS
from tests.web.fakes import FakeAccounts
from web.app import make_app
from web.context import Services
from web.hq_context import HqServices
from web.serving import Server

WEB = Path(__file__).parents[2] / "web"
DIST = WEB / "static" / "dist"
AXE = WEB / "assets" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
WIDTHS = (360, 390, 768, 1024, 1440, 1920)

expect.set_options(timeout=PATIENCE_MS)

Opener = Callable[..., Page]


class Panel:
    """The panel over `services`, on a port of its own. `home` and `screen` are what `opened()` shows if not told.

    `app`: the application, where it is another than a store's panel.
    """

    def __init__(
        self, services: Services | HqServices, accounts: FakeAccounts, home: str = "/",
        screen: tuple[int, int] = (1440, 900), *, app: Flask | None = None,
    ) -> None:
        self.services = services
        self._app = app if app is not None else make_app(cast(Services, services))
        self.accounts = accounts
        self.home = home
        self.screen = screen
        # A port of its own from the start: one that the server picks cannot be taken again while it lingers.
        self.port = free_port()
        self.server = self._served()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def __enter__(self) -> Panel:
        return self

    def __exit__(self, *error: object) -> None:
        self.server.stop()

    def cookie(self, name: str) -> dict[str, str]:
        """What a browser holds when this person has signed in."""
        return {"name": "sinne", "value": self.accounts.enter(name), "url": self.url}

    def go_away(self) -> None:
        """The controller cannot be reached any more."""
        self.server.stop()

    def come_back(self) -> None:
        """It can be reached again."""
        self.server = self._served()

    def _served(self) -> Server:
        server = Server(self._app, self.services, "127.0.0.1", self.port)
        server.start()
        return server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests. Playwright's loop stays in the thread meanwhile, so not for a session."""
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium at /usr/bin/chromium")
    if not (DIST / ".vite" / "manifest.json").exists():
        pytest.skip("the front end is not built: npm ci && npm run build in web/assets")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser, panel: Panel) -> Iterator[Opener]:
    """Opens a path of the panel, each time in a browser of its own; `name` is who is signed in, if anybody."""
    contexts = []

    def open_page(
        path: str | None = None, *, width: int | None = None, height: int | None = None, name: str | None = "elin",
        **how: Any,
    ) -> Page:
        screen = {"width": width or panel.screen[0], "height": height or panel.screen[1]}
        context = browser.new_context(viewport=screen, **{"reduced_motion": "reduce", **how})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if name is not None:
            context.add_cookies([panel.cookie(name)])
        page = context.new_page()
        page.goto(panel.url + (panel.home if path is None else path))
        return page

    yield open_page
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA or axe's best practice on the page as it is now."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/assets")
    # The page forbids foreign script; the test runs axe in the page by the debugger, which is not bound by it.
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("""() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
      "best-practice"] })""")
    return [f"{v['id']}: {json.dumps([n['failureSummary'] + n['html'][:160] for n in v['nodes'][:3]])}"
            for v in found["violations"]]


_SMALL = """([pressed, spared]) => [...document.querySelectorAll(pressed)]
  .filter((e) => e.checkVisibility() && !e.matches(spared))
  .map((e) => [e.id || e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 47.9 || box.height < 47.9).map(([what, box]) => [what, box.width, box.height])"""
PRESSED = "a, button, label:has(input), input:not([type=hidden], [type=radio])"


def too_small(page: Page, *, pressed: str = PRESSED, spared: Iterable[str] = ()) -> list[Any]:
    """What is to be pressed and smaller than a finger (48 px), but for what matches `spared`: [what, width, height]."""
    return list(page.evaluate(_SMALL, [pressed, ", ".join((".skip", *spared))]))


def wider_than_the_screen(page: Page, height: int = 900) -> list[int]:
    """The widths at which the page would have to be moved sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


def whole_and_light(page: Page, panel: Panel, path: str, use: Callable[[], object]) -> None:
    """Load the path and `use` it: nothing is asked of another host, nothing complains, and it is light."""
    answers, words = [], []
    page.on("response", lambda answer: answers.append(answer))
    page.on("console", lambda message: words.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: words.append(str(error)))
    page.goto(panel.url + path)
    use()
    sizes = {answer.url: int(answer.headers.get("content-length", 0))
             for answer in answers if "events" not in answer.url}
    assert words == []
    assert [url for url in sizes if not url.startswith(panel.url)] == []
    assert 20_000 < sum(sizes.values()) < 200_000
