"""A shop of real processes: a mosquitto, `sinne store` and `sinne simulate`, which a test starts, kills and asks.

Every process is started by this file and ended by its own id.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from controller.cli.plans import bring_in
from devices.machine import free_port
from tests.patience import PATIENCE_S, eventually

SINNE = str(Path(sys.executable).with_name("sinne"))
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
MOSQUITTO_SUB = shutil.which("mosquitto_sub")

PLAN = """
store:
  id: shop
  name: Shop
  timezone: Europe/Stockholm
  country: SE
  coordinates: [59.33, 18.06]
  hours: "24/7"
  scent_consent: true
profiles:
  - id: day
    name: Day
    scene:
      light: {on: true, brightness_pct: 70, kelvin: 3500}
      music: {on: true, volume_pct: 30, source: calm}
  - id: warm
    name: Warm
    scene:
      light: {on: true, brightness_pct: 40, kelvin: 2700}
      music: {on: true, volume_pct: 45, source: lively}
  - {id: bright, name: Bright, scene: {light: {on: true, brightness_pct: 95, kelvin: 4500}}}
zones:
  - id: sales
    name: Sales floor
    kind: sales-floor
    default: &ground
      light: {on: true, brightness_pct: 60, kelvin: 3300}
      music: {on: false, volume_pct: 25, source: calm}
      scent: {on: false, fragrance: linen, intensity_pct: 20}
  - id: cafe
    name: Café
    kind: cafe
    default:
      light: {on: true, brightness_pct: 50, kelvin: 2900}
      music: {on: false, volume_pct: 25, source: calm}
      scent: {on: false, fragrance: linen, intensity_pct: 20}
dayparts:
  - {id: day, name: Day, when: "24/7", profile: day}
sources:
  - {id: calm, name: Calm, licence: Invented Licence 1, territory: SE}
  - {id: lively, name: Lively, licence: Invented Licence 2, territory: SE}
fragrances:
  - {id: linen, name: Linen, safety_sheet: SDS-1, ifra_certificate: IFRA-1}
devices:
  - {id: lamp-1, kind: light, zones: [sales]}
  - {id: lamp-2, kind: light, zones: [sales]}
  - {id: zigbee-1, kind: light, zones: [sales], dialect: zigbee2mqtt, address: zigbee2mqtt/Lamp 1}
  - {id: player-1, kind: player, zones: [sales]}
  - {id: lamp-3, kind: light, zones: [cafe]}
  - {id: diffuser-1, kind: diffuser, zones: [cafe], fragrances: [linen]}
""".replace(" &ground", "")
NATIVE = ("lamp-1", "lamp-2", "player-1", "lamp-3", "diffuser-1")


class Shop:
    """The three processes. Each can be killed (-9) and started again on what it left behind."""

    def __init__(self, folder: Path) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed")
        self.folder = folder
        self.plan = folder / "shop.yaml"
        self.plan.write_text(PLAN)
        self.data = folder / "data"
        self.broker_port, self.panel_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        broker = folder / "broker"
        broker.mkdir()
        broker.chmod(0o777)
        folder.chmod(0o755)
        (broker / "mosquitto.conf").write_text(
            f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
            f"persistence true\npersistence_location {broker}/\nautosave_interval 1\nmax_queued_messages 20000\n")

    @property
    def broker_url(self) -> str:
        return f"mqtt://127.0.0.1:{self.broker_port}"

    def start(self, *names: str) -> None:
        for name in names or ("broker", "simulator", "store"):
            command = {
                "broker": [str(MOSQUITTO), "-c", str(self.folder / "broker" / "mosquitto.conf")],
                "simulator": [SINNE, "simulate", str(self.plan), "--broker", self.broker_url],
                "store": [SINNE, "-v", "store", "--data", str(self.data), "--broker", self.broker_url,
                          "--panel", f"http://127.0.0.1:{self.panel_port}"],
            }[name]
            log = (self.folder / f"{name}.log").open("ab")
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            log.close()
            if name == "broker":
                eventually(self.broker_answers, "the broker answers")
            if name == "store":
                eventually(self.ask_store, "the panel answers")

    def kill(self, *names: str) -> None:
        """Kill -9, as a power cut would."""
        for name in names:
            process = self.running.pop(name)
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)

    def end(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE_S)

    def bring_in_plan(self) -> None:
        bring_in(str(self.plan), self.data, "")

    def broker_answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.broker_port), PATIENCE_S):
            return True

    # ── the API, with the key that the store leaves for its owner ────────────────────

    def ask(self, method: str, path: str, body: object = None):
        note = json.loads((self.data / "running.json").read_text())
        request = urllib.request.Request(
            f"{note['url']}/api/v1{path}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {note['token']}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read() or b"null")

    def ask_store(self) -> bool:
        if self.running["store"].poll() is not None:
            raise RuntimeError((self.folder / "store.log").read_text())
        note = json.loads((self.data / "running.json").read_text())
        return note["pid"] == self.running["store"].pid and self.ask("GET", "/store") is not None

    def zones(self) -> dict:
        return {zone["id"]: zone for zone in self.ask("GET", "/zones")["zones"]}

    def converged(self) -> bool:
        """Every zone has settled on desired, by what devices reported, and nobody is out of reach."""
        zones, devices = self.zones().values(), self.ask("GET", "/devices")["devices"]
        return all(z["converged"] for z in zones) and all(
            d["standing"] == "reported" for d in devices if d["in_plan"])

    def reported(self) -> dict[str, dict]:
        """What the native devices say on the wire, as an independent client reads it."""
        if MOSQUITTO_SUB is None:
            pytest.skip("mosquitto_sub is not installed")
        seen = subprocess.run(
            [MOSQUITTO_SUB, "-h", "127.0.0.1", "-p", str(self.broker_port), "-t", "sinne/v1/shop/dev/+/reported",
             "-F", "%t %p", "-C", str(len(NATIVE)), "-W", "60"],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        lines = [line.split(" ", 1) for line in seen.stdout.splitlines()]
        return {topic.split("/")[4]: json.loads(payload) for topic, payload in lines}


def left_behind(pids: list[int]) -> list[int]:
    """Which of these processes are still there."""
    found = []
    for pid in pids:
        try:
            os.kill(pid, 0)
        except OSError:
            continue
        found.append(pid)
    return found
