"""HQ and two stores, all real processes: enrolled by bundle, a campaign through two people, halted, one revoked."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.machine import free_port
from tests.devices.brokers import need_mosquitto
from tests.patience import eventually
from tests.real.hq_floor import HqFloor, hq_floor
from tests.real.shop import PLAN

pytestmark = pytest.mark.real
BRIGHT = {"id": "hq-bright", "name": "Bright", "scene": {"light": {"brightness_pct": 90}}}
SPRING = {"id": "hq-spring", "name": "Spring", "when": "00:00-24:00", "profile": "hq-bright"}


class Hq:
    """An HQ that runs, with an editor and an approver."""

    def __init__(self, floor: HqFloor) -> None:
        self.floor, self.data = floor, floor.folder / "hq"
        floor.start("hq", "hq", "--data", self.data, "--organisation", "acme", "--panel", "http://127.0.0.1:0")
        self.url = re.search(r"The panel is at (\S+)", floor.said("hq"))[1]  # type: ignore[index]
        self.keys = {role: floor.ask("hq", "token", "make", role, "--role", role, "--data", self.data).stdout.strip()
                     for role in ("editor", "approver")}

    def ask(self, method: str, path: str, body: object = None, role: str = "approver") -> Any:
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=sent, method=method, headers={
            "Authorization": f"Bearer {self.keys[role]}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            raise AssertionError(f"{method} {path}: {refusal.code} {refusal.read()!r}") from refusal

    def publish(self, kind: str, body: dict[str, Any], **content: Any) -> None:
        """Written by one, approved by another."""
        path = f"/drafts/{kind}/{body['id']}"
        saved = self.ask("PUT", path, {"content": {"body": body, **content}}, "editor")
        asked = self.ask("POST", f"{path}/submit", {"seen": saved["line"]["revision"]}, "editor")
        order = self.ask("POST", f"{path}/approve", {"seen": asked["line"]["revision"]})
        eventually(lambda: self.ask("GET", f"/orders/{order['number']}")["state"] == "done", "it is published")

    def stands(self) -> dict[str, str]:
        return {each["id"]: each["stand"] for each in self.ask("GET", "/stores")["stores"]}


class Shop:
    """A store that was enrolled, and runs."""

    def __init__(self, hq: Hq, name: str) -> None:
        self.hq, self.name, self.data = hq, name, hq.floor.folder / name
        floor = hq.floor
        plan = floor.folder / f"{name}.yaml"
        plan.write_text(PLAN.replace("  id: shop\n  name: Shop", f"  id: {name}\n  name: {name.title()}"))
        port = free_port()
        kept = self.data / "broker" / "listen.json"
        kept.parent.mkdir(parents=True)
        kept.write_text(json.dumps({"port": port, "devices": f"mqtt://127.0.0.1:{port}"}))
        floor.ask("import", plan, "--data", self.data)
        bundle = floor.folder / f"{name}.json"
        floor.ask("hq", "enrol", name, "--data", hq.data, "--out", bundle)
        floor.ask("store", "enrol", bundle, "--data", self.data)
        floor.start(name, "store", "--data", self.data, "--panel", "http://127.0.0.1:0")

    def explained(self) -> str:
        return self.hq.floor.ask("explain", "sales", "--data", self.data).stdout


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    need_mosquitto()
    with hq_floor(tmp_path) as floor:
        yield Hq(floor)


def test_a_campaign_reaches_two_stores_that_were_enrolled_by_bundle_and_a_halt_takes_it_back(hq: Hq) -> None:
    nord, syd = Shop(hq, "nord"), Shop(hq, "syd")
    eventually(lambda: hq.stands() == {"nord": "right", "syd": "right"}, "both stores are there")
    hq.publish("profile", BRIGHT)
    hq.publish("campaign", SPRING, stages=[{"wave": {"share": 1.0}, "soak_min": 0}])
    for shop in (nord, syd):
        eventually(lambda shop=shop: "Spring" in shop.explained(), f"{shop.name} runs it")
    eventually(lambda: hq.stands() == {"nord": "right", "syd": "right"}, "both report what HQ expects")
    eventually(lambda: hq.ask("GET", "/campaigns/hq-spring")["rollout"]["state"] == "done", "every wave has passed")

    hq.ask("POST", "/campaigns/hq-spring/halt", {"reason": "The wrong pictures."})
    for shop in (nord, syd):
        eventually(lambda shop=shop: "Spring" not in shop.explained(), f"{shop.name} has it no more")
    eventually(lambda: hq.stands() == {"nord": "right", "syd": "right"}, "both report that")

    hq.floor.ask("hq", "revoke", "syd", "--data", hq.data)
    eventually(lambda: hq.stands() == {"nord": "right"}, "one is revoked")
    listed = json.loads(hq.floor.ask("hq", "stores", "--json", "--data", hq.data).stdout)
    assert [(each["store"], "revoked" in each) for each in listed] == [("nord", False), ("syd", True)]
