"""Rubbish on the wire of a real store: counted, dropped, and the store lives."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.patience import PATIENCE_S, eventually
from tests.real.shop import Shop

pytestmark = pytest.mark.real

RUBBISH = (
    b"", b"\x00\xff\xfe", b"null", b"[]", b"{", b'{"state": 5}', b'{"state": {"on": "yes"}}', b'{"epoch": -1}',
    b'{"state": {"brightness_pct": 1e999}}', b'{"state": {"brightness_pct": NaN}}', b"[" * 5000,
    b'{"epoch": 99999999999999999999999, "applied_rev": 1, "status": "applied", "state": {"on": true}}',
    b'{"state": {"title": "<script>alert(1)</script>"}}', b"x" * 60_000,
)
#: What a device or a stranger may write. That nobody but the controller writes `desired` is the broker's business
#: (`tests/devices/test_broker.py`).
TOPICS = ("dev/lamp-1/reported", "dev/lamp-1/meta", "dev/lamp-1/avail", "dev/player-1/reported", "stop",
          "dev/nobody/meta", "dev/Ünknown/reported")


def test_rubbish_on_every_topic_is_dropped_and_the_store_goes_on(tmp_path):
    publish = shutil.which("mosquitto_pub")
    if publish is None:
        pytest.skip("mosquitto_pub is not installed")
    shop = Shop(tmp_path)
    shop.bring_in_plan()
    try:
        shop.start()
        eventually(shop.converged, "the shop has settled")
        for topic in TOPICS:
            for payload in RUBBISH:
                how = ["-s"] if payload else ["-n"]
                subprocess.run([publish, "-h", "127.0.0.1", "-p", str(shop.broker_port),
                                "-t", f"sinne/v1/shop/{topic}", *how], input=payload, check=True, timeout=PATIENCE_S)
        subprocess.run([publish, "-h", "127.0.0.1", "-p", str(shop.broker_port), "-t", "zigbee2mqtt/Lamp 1", "-s"],
                       input=b'{"brightness": "lots"}', check=True, timeout=PATIENCE_S)
        pid = shop.running["store"].pid
        shop.ask("POST", "/zones/sales/override", {"profile": "warm", "until": "minutes:30"})
        eventually(shop.converged, "a press still reaches every device")
        assert shop.running["store"].poll() is None
        assert shop.running["store"].pid == pid
        assert shop.reported()["lamp-1"]["state"]["brightness_pct"] == pytest.approx(40, abs=1)
        log = (shop.folder / "store.log").read_text()
        assert "Traceback" not in log
        assert log.count("dev/lamp-1/reported") <= 3, "a topic is complained about once a minute"
    finally:
        shop.end()
