"""Commands as a person gives them: a data folder, and the processes that use it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.cli.plans import bring_in
from devices.machine import free_port
from tests.patience import PATIENCE_S, eventually
from tests.real.shop import MOSQUITTO, PLAN, SINNE


class Floor:
    """A data folder, whose name needs quoting, and the processes that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "a störe"
        self.plan = folder / "shop.yaml"
        self.plan.write_text(PLAN)
        folder.chmod(0o755)
        self.started: list[subprocess.Popen[bytes]] = []
        # Port 1883, which a store takes where it can, is wanted by every test that runs beside this one.
        self.port = free_port()
        kept = self.data / "broker" / "listen.json"
        kept.parent.mkdir(parents=True)
        kept.write_text(json.dumps({"port": self.port, "devices": f"mqtt://127.0.0.1:{self.port}"}))

    def ask(self, *words: object, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SINNE, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
            env={**os.environ, "SINNE_DATA": str(self.data), **environment}, check=False)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    def start(self, *words: object) -> subprocess.Popen[bytes]:
        with (self.folder / f"{words[0]}.log").open("wb") as log:
            process = subprocess.Popen([SINNE, *map(str, words)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                       env={**os.environ, "SINNE_DATA": str(self.data)}, start_new_session=True)
        self.started.append(process)
        return process

    def said(self, command: str = "store") -> str:
        return (self.folder / f"{command}.log").read_text()

    def store(self, *words: object) -> subprocess.Popen[bytes]:
        process = self.start("store", "--panel", "http://127.0.0.1:0", *words)
        eventually(lambda: process.poll() is not None or "Ctrl-C ends it." in self.said(), "the store is up")
        assert process.poll() is None, self.said()
        return process

    def devices(self) -> list[dict]:
        """What `sinne devices` says to a program, whether all is well or not."""
        done = subprocess.run([SINNE, "devices", "--json"], capture_output=True, timeout=PATIENCE_S, check=False,
                              env={**os.environ, "SINNE_DATA": str(self.data)})
        return json.loads(done.stdout)

    def seen(self) -> list[dict]:
        """The same as the panel has it: to wait for something, without a new Python at every look."""
        note = self.note()
        request = urllib.request.Request(f"{note['url']}/api/v1/devices",
                                         headers={"Authorization": f"Bearer {note['token']}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read())["devices"]

    def settled(self) -> bool:
        """Every device has reported what it should be."""
        return {device["standing"] for device in self.seen()} == {"reported"}

    def note(self) -> dict:
        return json.loads((self.data / "running.json").read_text())

    def kept(self) -> dict:
        return json.loads((self.data / "broker" / "listen.json").read_text())

    def api(self, method: str, path: str, token: str, body: object = None) -> int:
        request = urllib.request.Request(
            f"{self.note()['url']}/api/v1{path}", json.dumps(body).encode() if body else None, method=method,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE_S)
            if process.poll() is None:
                process.kill()
                process.wait(PATIENCE_S)


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    floor = Floor(tmp_path)
    try:
        yield floor
    finally:
        floor.end()


@pytest.fixture
def shop(floor: Floor) -> Floor:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    bring_in(str(floor.plan), floor.data, "")
    return floor
