"""HQ's panel as `sinne hq web` serves it: several gunicorn processes that agree on sessions, forms and the first link.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import urllib.parse
from pathlib import Path

import pytest

from controller.clock import SystemClock
from controller.hq.founding import found
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from devices.machine import free_port
from tests.patience import eventually
from tests.real.hq_floor import hq_floor

pytestmark = pytest.mark.real

WORKERS = 3


class Browser:
    """A browser that opens a connection for every request, so that any process may get it."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port, self._headers = port, headers
        self.cookie = ""

    def ask(self, method: str, path: str, **form: str) -> tuple[int, str, str]:
        """Code, text, and where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, urllib.parse.urlencode(form) if form else None, {
                "Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie, **self._headers})
            answer = connection.getresponse()
            self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).partition(";")[0]
            return answer.status, answer.read().decode(), answer.headers.get("Location", "")
        finally:
            connection.close()


@pytest.mark.parametrize(("proxies", "headers", "name"), [
    (0, {}, "sinne="),
    (1, {"X-Forwarded-Host": "hq.example", "X-Forwarded-Proto": "https", "Origin": "https://hq.example"},
     "__Host-sinne="),
], ids=["alone", "behind-a-proxy"])
def test_workers_of_hqs_panel_agree(tmp_path: Path, proxies: int, headers: dict[str, str], name: str) -> None:
    (tmp_path / "hq").mkdir(mode=0o700)
    with contextlib.closing(open_memory(tmp_path / "hq", BUILD_DATE)) as memory:
        found(memory, "acme", SystemClock().now())
    port = free_port()
    with hq_floor(tmp_path) as floor:
        floor.start("web", "hq", "web", "--data", tmp_path / "hq", "--panel", f"http://127.0.0.1:{port}",
                    "--workers", WORKERS, "--threads", 2, "--proxies", proxies)
        link = re.search(r"secret=(\S+)", floor.said("web"))
        assert link is not None
        browser = Browser(port, headers)
        eventually(lambda: browser.ask("GET", "/health")[0] == 200, "the panel answers")
        code, _, where = browser.ask("POST", "/set-up", secret=link.group(1), name="anna",
                                     password="three blue lamps hum")
        assert (code, where) == (303, "/")
        assert browser.cookie.startswith(name)
        for _ in range(6 * WORKERS):
            code, page, _ = browser.ask("GET", "/")
            assert code == 200
            assert "No store is enrolled yet." in page
        token = re.search(r'name="csrf-token" content="(\w+)"', page)
        assert token is not None
        for _ in range(2 * WORKERS):  # a form of one process is good at every other
            assert browser.ask("POST", "/stores/nowhere/end", csrf_token=token.group(1))[0] == 404
        assert browser.ask("POST", "/sign-out", csrf_token=token.group(1))[2] == "/sign-in"
        for _ in range(2 * WORKERS):
            assert browser.ask("GET", "/")[2] == "/sign-in"
