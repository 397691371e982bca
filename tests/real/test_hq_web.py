"""`sinne hq web`: HQ's panel and API by gunicorn, with several processes over one database."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.hq.founding import found
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from devices.machine import free_port
from tests.patience import PATIENCE_S, eventually
from tests.real.hq_floor import hq_floor


@pytest.mark.real
def test_several_processes_serve_one_hq_and_end_when_they_are_told(tmp_path: Path) -> None:
    data, port = tmp_path / "hq", free_port()
    memory = open_memory(data, BUILD_DATE)
    found(memory, "acme", datetime.now(UTC))
    memory.close()
    with hq_floor(tmp_path) as floor:
        key = floor.ask("hq", "token", "make", "board", "--data", data).stdout.strip()
        process = floor.start("web", "hq", "web", "--data", data, "--panel", f"http://127.0.0.1:{port}",
                              "--workers", "2")
        assert f"http://127.0.0.1:{port}/set-up?secret=" in floor.said("web")

        def get(path: str) -> object:
            asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {key}"})
            with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
                return json.loads(answer.read())

        assert eventually(lambda: get("/health"), "it answers")
        assert [get("/api/v1/stores") for _ in range(20)] == [{"stores": []}] * 20
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        assert "Traceback" not in floor.said("web")
