"""`sinne demo` as a stranger meets it: an address, a press that reaches the floor, and nothing left behind."""

from __future__ import annotations

import http.cookiejar
import json
import re
import signal
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.patience import PATIENCE_S, eventually
from tests.real.shop import MOSQUITTO, SINNE, left_behind

pytestmark = pytest.mark.real


class Demo:
    """A running demo, and a browser's cookie jar beside it."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen([SINNE, "demo", "--port", "0", *arguments], stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        self.link = eventually(self._link, "a link is printed")
        self.url = self.link.split("/set-up")[0]
        self._jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    @property
    def said(self) -> str:
        return self._log.read_text()

    def _link(self) -> str:
        assert self.process.poll() is None, self.said
        found = re.search(r"http://\S+/set-up\?secret=\S+", self.said)
        return found.group(0) if found and "Ctrl-C" in self.said else ""

    def open(self, path: str, form: dict | None = None) -> str:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Origin": self.url})
        with self._jar.open(request, timeout=PATIENCE_S) as answer:
            return answer.read().decode()

    def api(self, path: str) -> dict:
        return json.loads(self.open(f"/api/v1{path}"))

    def csrf(self, page: str) -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)

    def set_up(self) -> None:
        page = self.open(self.link.removeprefix(self.url))
        secret = urllib.parse.parse_qs(urllib.parse.urlsplit(self.link).query)["secret"][0]
        form = {"secret": secret, "name": "Elin", "password": "a shop with many lamps"}
        if 'name="csrf_token"' in page:
            form["csrf_token"] = self.csrf(page)
        self.open("/set-up", form)

    def family(self) -> list[int]:
        return [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children(recursive=True))]


@pytest.fixture(params=["mosquitto", "embedded"])
def demo(request, tmp_path):
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    demo = Demo(tmp_path / "demo.log", *(["--embedded"] if request.param == "embedded" else []))
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)
            demo.process.wait(PATIENCE_S)


def test_from_the_printed_link_to_a_press_that_devices_report_and_nothing_is_left_behind(demo):
    demo.set_up()
    zones = demo.api("/zones")["zones"]
    devices = demo.api("/devices")["devices"]
    assert len(zones) >= 4
    assert len(devices) >= 20
    eventually(lambda: all(zone["converged"] for zone in demo.api("/zones")["zones"]), "the shop has settled")

    page = demo.open("/")
    assert "Stockholm Götgatan" in page
    demo.open("/now/press", {"csrf_token": demo.csrf(page), "zone": "sales", "profile": "evening-warm",
                             "end": "minutes:30"})
    eventually(lambda: _evening(demo), "every lamp of the sales floor reports the evening")

    family = demo.family()
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(PATIENCE_S) == 0, demo.said
    eventually(lambda: not left_behind(family), "no process is left")
    assert "Traceback" not in demo.said
    assert not re.search(r"(?m)^.*(ERROR|WARNING) ", demo.said), demo.said


def _evening(demo: Demo) -> bool:
    sales = next(zone for zone in demo.api("/zones")["zones"] if zone["id"] == "sales")
    return sales["what"] == "Evening warm" and sales["converged"] and sales["reported"]["light.ambient.on"] is True


def test_a_port_that_is_taken_gives_another_one_and_says_so(tmp_path):
    first = Demo(tmp_path / "first.log", "--embedded")
    try:
        port = urllib.parse.urlsplit(first.url).port
        log = tmp_path / "second.log"
        with log.open("wb") as out:
            second = subprocess.Popen([SINNE, "demo", "--embedded", "--port", str(port)], stdout=out, stderr=out,
                                      stdin=subprocess.DEVNULL)
        try:
            eventually(lambda: f"Port {port} is taken" in log.read_text(), "it takes another port")
        finally:
            second.send_signal(signal.SIGINT)
            assert second.wait(PATIENCE_S) == 0
    finally:
        first.process.send_signal(signal.SIGINT)
        first.process.wait(PATIENCE_S)
