"""Commands in the folder of a store that belongs to HQ: they bring in, give out and go back to the own part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne
from controller.clock import SystemClock
from controller.ports import PlanVersion
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from profiles.plan import Plan
from profiles.planfile import read_plan, write_plan
from tests.controller import shop as shops
from tests.controller.test_fitting import fresh, publishing, spring
from tests.controller.test_own_part import campaigns, enrol, look, say


class Folder:
    def __init__(self, folder: Path) -> None:
        self.data, self.folder = folder / "data", folder

    def __call__(self, *words: object, code: int = 0) -> Result:
        done = CliRunner().invoke(sinne, [*map(str, words), "--data", str(self.data)])
        assert done.exit_code == code, (words, done.output, done.exception)
        return done

    def file(self, name: str, plan: Plan) -> Path:
        (self.folder / name).write_text(write_plan(plan), encoding="utf-8")
        return self.folder / name

    def in_force(self) -> PlanVersion:
        memory = open_memory(self.data, BUILD_DATE, SystemClock().now())
        found = memory.plan_in_force()
        memory.close()
        assert found is not None
        return found


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    """A store with a campaign of HQ's in force, as version 2."""
    made = Folder(tmp_path)
    made("import", made.file("first.yaml", shops.plan()), "--note", "first")
    memory = open_memory(made.data, BUILD_DATE, SystemClock().now())
    enrol(memory)
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    memory.close()
    assert made.in_force().version == 2
    return made


def test_what_is_exported_is_the_own_part_and_comes_back_as_it_was(store: Folder) -> None:
    out = store.folder / "out.yaml"
    store("export", "-o", out)
    assert read_plan(out.read_text(), "out.yaml").digest == shops.plan().digest
    before = store.in_force()
    assert "as version 2" in store("import", out).output
    assert store.in_force().digest == before.digest


def test_what_is_in_force_is_exported_where_it_is_asked_for_and_is_no_own_part(store: Folder) -> None:
    out = store.folder / "composed.yaml"
    store("export", "--composed", "-o", out)
    assert campaigns(read_plan(out.read_text(), "composed.yaml")) == ["hq-spring"]
    told = store("import", out, code=1).output
    assert "campaigns[0].id: hq-spring begins with hq-" in told
    assert store.in_force().version == 2


def test_what_is_brought_in_leaves_hqs_part_in_force(store: Folder) -> None:
    store("import", store.file("second.yaml", shops.plan(limits={"max_volume_pct": 60})))
    found = store.in_force()
    assert (campaigns(found.plan), found.plan.limits.max_volume_pct) == (["hq-spring"], 60)
    assert campaigns(found.own) == []


def test_a_file_is_compared_as_it_would_be_in_force(store: Folder) -> None:
    assert "Nothing will feel different." in store("diff", store.file("same.yaml", shops.plan())).output
    less = store.file("less.yaml", shops.plan(limits={"max_volume_pct": 60}))
    said = json.loads(store("diff", less, "--json").output)
    assert not any("Spring" in part for part in said["parts"])
    assert said["parts"]


def test_the_version_of_hqs_is_in_the_list_and_to_go_back_leaves_it(store: Folder) -> None:
    assert "from HQ: Spring, Fresh" in store("versions").output
    assert "only what HQ says has changed" in store("rollback", 1, code=1).output
    store("import", store.file("second.yaml", shops.plan(limits={"max_volume_pct": 60})))
    store("rollback", 1)
    found = store.in_force()
    assert (campaigns(found.plan), found.own.digest) == (["hq-spring"], shops.plan().digest)
