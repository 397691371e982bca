"""The shop that benchmarks run: a plan of `n` lamps in ten zones, a broker of its own, a store and devices, all apart.

Broker, controller and devices are processes of their own, as in a shop. The controller is `sinne store`, unchanged; it
is asked over HTTP and watched from outside.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.cli.benches.names import STORE, lamps
from controller.cli.benches.simulator import specs
from controller.cli.sources import Running
from controller.errors import SinneError, Unavailable
from devices.broker import BrokerFailed, Mosquitto

#: Two moods that no lamp can take for each other: each press changes every lamp.
MOODS = {"dim": (20, 2700), "bright": (90, 4500)}
_PATIENCE_S = 120.0
#: The command line in a child, without asking where its script was installed.
SINNE = (sys.executable, "-c", "from controller.cli import main; main()")


class Part:
    """A child that is asked by a line of JSON and answers by one. It ends when its standard input does."""

    def __init__(self, module: str, name: str, config: dict[str, object], *, log: Path) -> None:
        """`name`: a function of `module` in this package."""
        run = f"from controller.cli.benches.{module} import {name}; {name}()"
        with log.open("ab") as words:
            self._child = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
                [sys.executable, "-c", run], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, text=True)
        self.pid, self._name, self._log = self._child.pid, name, log
        self.ready = self.ask(config)

    def ask(self, question: dict[str, object]) -> dict[str, Any]:
        """Ask, and wait for the answer. Raises Unavailable with its last words when it has ended."""
        assert self._child.stdin is not None  # noqa: S101 - a pipe
        assert self._child.stdout is not None  # noqa: S101 - a pipe
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(question) + "\n")
            self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise Unavailable(f"The {self._name} of the benchmark has ended: {last_words(self._log)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """End it, and wait until it has."""
        with contextlib.suppress(BrokenPipeError):
            self._child.communicate(timeout=20)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that runs. `running`: its API; `broker`: as the devices reach it; `folder`: of all that it writes."""

    n: int
    folder: Path
    broker: Mosquitto
    running: Running
    simulator: Part

    def wrong(self, mood: str) -> list[str]:
        """The lamps that do not report `mood`, by what the store says that they reported."""
        pct, kelvin = MOODS[mood]
        return [d["id"] for d in self.running.ask("GET", "/devices")["devices"]
                if d["standing"] != "reported" or abs(d["reported"].get("brightness_pct", -1) - pct) > 1
                or abs(d["reported"].get("kelvin", 0) - kelvin) > 50]

    def press(self, mood: str) -> str:
        """Press a mood for the whole store; returns the id of the press."""
        body = json.dumps({"profile": mood, "until": "minutes:60"}).encode()
        return str(self.running.ask("POST", "/override", body)["press"])


def plan_of(n: int) -> dict[str, object]:
    """The plan: ten zones, open round the clock, each with a tenth of the lamps."""
    def light(pct: int, kelvin: int) -> dict[str, object]:
        return {"light": {"on": True, "brightness_pct": pct, "kelvin": kelvin}}
    zones = min(n, 10)
    return {
        "store": {"id": STORE, "name": "Benchmark", "timezone": "Europe/Stockholm", "country": "SE", "hours": "24/7"},
        "profiles": [{"id": mood, "name": mood.title(), "scene": light(*look)} for mood, look in MOODS.items()],
        "zones": [{"id": f"zone-{z}", "name": f"Zone {z}", "kind": "sales-floor",
                   "default": light(60, 3300) | {"music": {"on": False, "volume_pct": 0}, "scent": {"on": False}}}
                  for z in range(zones)],
        "devices": [{"id": spec.id, "kind": "light", "zones": list(spec.zones)} for spec in specs(n)],
    }


@contextlib.contextmanager
def shop(n: int) -> Iterator[Shop]:
    """Run a shop of `n` lamps until the block ends. Raises Unavailable where something does not come up."""
    with contextlib.ExitStack() as shutdown:
        folder = Path(shutdown.enter_context(tempfile.TemporaryDirectory(prefix="sinne-bench-")))
        folder.chmod(0o711)  # so that a mosquitto started by root can give up its rights and still get in
        broker = _broker(folder, n)
        shutdown.callback(broker.stop)
        plan_file = folder / "plan.yaml"
        plan_file.write_text(json.dumps(plan_of(n)), encoding="utf-8")
        simulator = Part("simulator", "simulator", {
            "n": n, "address": broker.address.url(), "store": STORE,
            "accounts": [broker.device_credentials(lamp).password for lamp in lamps(n)]}, log=folder / "simulator.log")
        shutdown.callback(simulator.end)
        store = shutdown.enter_context(_store(folder, broker.controller_address.url(), plan_file))
        found = Shop(n, folder, broker, store, simulator)
        wait_until(lambda: _as_planned(found), "the shop has settled")
        yield found


def wait_until(look: Callable[[], bool], what: str) -> None:
    """Look now and then until it is so. Raises Unavailable after two minutes."""
    deadline = time.monotonic() + _PATIENCE_S
    while not look():
        if time.monotonic() > deadline:
            raise Unavailable(f"Not within {_PATIENCE_S:.0f} s: {what}.")
        time.sleep(0.2)


def last_words(log: Path) -> str:
    """The last line that a child said."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing."


def _broker(folder: Path, n: int) -> Mosquitto:
    try:
        broker = Mosquitto(folder / "broker")
        broker.add_devices(lamps(n))
        broker.start()
    except BrokerFailed as failed:
        raise Unavailable(f"A benchmark needs a real broker. {failed}") from failed
    return broker


@contextlib.contextmanager
def _store(folder: Path, broker: str, plan_file: Path) -> Iterator[Running]:
    log, kept = folder / "store.log", folder / "store"
    with log.open("ab") as words:
        child = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
            [*SINNE, "store", "--data", str(kept), "--broker", broker, "--plan", str(plan_file),
             "--panel", "http://127.0.0.1:0"], stdin=subprocess.DEVNULL, stdout=words, stderr=words)
    try:
        def is_up() -> bool:
            if child.poll() is not None:
                raise Unavailable(f"The store of the benchmark has ended: {last_words(log)}")
            return Running.of(kept) is not None
        wait_until(is_up, "the store is up")
        running = Running.of(kept)
        assert running is not None  # noqa: S101 - it was just there
        yield running
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)


def _as_planned(found: Shop) -> bool:
    try:
        seen = found.running.ask("GET", "/devices")["devices"]
    except SinneError:
        return False
    return all(device["standing"] == "reported" for device in seen)
