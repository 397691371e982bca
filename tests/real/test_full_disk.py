"""A store whose disk takes nothing: its panel is there all the same, and stop can be pressed."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from controller.bootstrap import running_store
from controller.brokers import started
from controller.cli.plans import bring_in
from controller.cli.store import served
from controller.ports import Actor
from controller.settings import Listen
from devices.broker import EmbeddedBroker
from profiles.limits import Person
from profiles.scene import Sense
from tests.patience import PATIENCE_S
from tests.real.shop import PLAN

pytestmark = pytest.mark.real


def test_a_store_starts_serves_and_stops_on_a_disk_that_refuses(tmp_path: Path) -> None:
    plan = tmp_path / "shop.yaml"
    plan.write_text(PLAN)
    data = tmp_path / "data"
    bring_in(str(plan), data, "")
    with running_store(data, None, lambda _folder, _store, _at: started(EmbeddedBroker)) as running:
        running.memory.database.unwritable = "The disk is full: nothing was saved."
        with served(running, data, Listen(False, "127.0.0.1", 0)) as url:
            with urllib.request.urlopen(f"{url}/sign-in", timeout=PATIENCE_S) as page:
                assert page.status == 200
            assert not (data / "running.json").exists(), "nobody was given a key that was not saved"
            running.planning.stop(None, tuple(Sense), "smoke", Actor("Elin", Person.STAFF))
            assert running.overview.stops()[0].reason == "smoke"
            assert running.overview.store().troubles
