"""A real store process that belongs to an HQ: HQ's own mosquitto with its access list, documents signed by hand."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from controller.hq.broker import HqAccounts, hq_account, own_hq_broker
from controller.hq.enrolling import Bundle, keys_in_text, write_bundle
from controller.hq.reporting import plan_of
from devices.mqtt import MqttTransport
from tests.controller.hq_desk import Desk
from tests.controller.hq_press import KEY
from tests.patience import PATIENCE_S, eventually
from tests.real.floor import Floor, floor, shop

pytestmark = pytest.mark.real
__all__ = ["floor", "shop"]

GLOW = {"id": "hq-glow", "name": "Glow", "scene": {"light": {"on": True, "brightness_pct": 80, "kelvin": 4200}}}
ALWAYS = {"id": "hq-always", "name": "Always", "when": "00:00-24:00", "profile": "hq-glow", "priority": 60}


@pytest.fixture
def desk(shop: Floor, tmp_path: Path) -> Iterator[Any]:
    folder = tmp_path / "hq"
    folder.mkdir(mode=0o711)
    broker = own_hq_broker(folder / "broker")
    try:
        HqAccounts(folder / "broker").put("shop", "a-password-for-the-shop")
        line = MqttTransport(hq_account(folder / "broker"), "sinne-publisher", max_payload=1 << 20)
        made = Desk(lambda: datetime.now(UTC), line=line)
        made.bundle = tmp_path / "shop.bundle"
        write_bundle(Bundle(
            organisation="acme", store="shop", broker=f"mqtt://127.0.0.1:{broker.address.port}",
            username="shop", password="a-password-for-the-shop", keys=keys_in_text(KEY.public_key()),
            once="bundle-0001"), made.bundle)
        made.mosquitto = broker
        eventually(lambda: line.connected, "HQ is on its broker")
        yield made
        line.stop()
    finally:
        broker.stop()


def api(shop: Floor, path: str) -> Any:
    note = shop.note()
    request = urllib.request.Request(f"{note['url']}{path}", headers={"Authorization": f"Bearer {note['token']}"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.loads(answer.read())


def campaigns(shop: Floor) -> list[str]:
    return [campaign["id"] for campaign in api(shop, "/api/v1/plan?part=composed")["campaigns"]]


def test_a_store_is_enrolled_while_it_runs_and_is_then_hqs_to_plan_for(shop: Floor, desk: Any) -> None:
    process = shop.store()
    assert "hq_connected" not in api(shop, "/health")
    said = shop.ask("store", "enrol", desk.bundle, "--grant", "staff").stdout
    assert "connects to mqtt://127.0.0.1" in said
    eventually(lambda: api(shop, "/health")["hq_connected"], "the store is on HQ's broker")
    assert api(shop, "/api/v1/store")["hq"]["sentence"].startswith("Connected to HQ (acme) since ")
    desk.publish(("campaign", "hq-always", ALWAYS), ("profile", "hq-glow", GLOW))
    eventually(lambda: campaigns(shop) == ["hq-always"], "the campaign is in the plan")
    eventually(lambda: (desk.last["manifest"] or {}).get("digest") == desk.digest, "the store has told HQ")
    desk.ask("shop", profile="warm", end="minutes:30")
    eventually(lambda: [press["by"] for press in api(shop, "/api/v1/presses")["presses"]] == ["Maja (HQ)"], "pressed")

    def answers() -> list[str]:
        lines = [line for journal in list(desk.journals.values()) for line in list(journal.values())]
        return [line["body"]["request"] for line in lines if line["kind"] == "hq.request.done"]
    eventually(lambda: answers() == ["request-0001"], "the answer is in the journal that HQ has")

    # Killed, and started again without HQ: all of it is still so.
    process.kill()
    process.wait(PATIENCE_S)
    eventually(lambda: desk.last["online"] is False, "HQ is told by the last will")
    desk.mosquitto.stop()
    shop.store()
    assert campaigns(shop) == ["hq-always"]
    assert api(shop, "/health")["ok"]
    assert not api(shop, "/health")["hq_connected"]
    # HQ is back with another plan; the store comes by itself.
    desk.mosquitto.start()
    eventually(lambda: desk.said and desk._line.connected, "HQ is on its broker")
    desk.publish(("campaign", "hq-always", None))
    eventually(lambda: campaigns(shop) == [], "the campaign is gone")
    eventually(lambda: plan_of(desk.plans[-1][1])[0].campaigns == (), "HQ has the plan of now")
    (journal,) = desk.journals.values()
    eventually(lambda: sorted(journal) == list(range(1, max(journal) + 1)), "the journal is whole")
    assert "belongs to no HQ" in shop.ask("store", "leave").stdout
    assert "hq_connected" not in api(shop, "/health")
