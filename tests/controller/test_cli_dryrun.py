"""`sinne simulate --dry-run`: what it says to a store manager, to a program, and how it ends."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne
from controller.clock import SystemClock
from controller.ports import Entry
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from profiles.planwriter import write_plan
from tests.controller.shop import DOCUMENT, plan

DUSK = """campaigns:
  - {id: dusk, name: Dusk, when: "00:00-24:00", priority: 60, profile: dusk, zones: [sales]}
profiles:
  - {id: dusk, name: Dusk, scene: {light: {brightness_pct: 40}}}
"""


@pytest.fixture
def dusk(tmp_path: Path) -> str:
    path = tmp_path / "dusk.yaml"
    path.write_text(DUSK, encoding="utf-8")
    return str(path)


@pytest.fixture
def shop_file(tmp_path: Path) -> str:
    path = tmp_path / "shop.yaml"
    path.write_text(write_plan(plan(devices=DOCUMENT["devices"][:-1])), encoding="utf-8")
    return str(path)


def said(*words: str) -> Result:
    return CliRunner().invoke(sinne, ["simulate", *words])


def test_a_campaign_on_a_plan_file_is_told_in_parts(dusk: str, shop_file: str) -> None:
    result = said("--dry-run", dusk, shop_file, "--days", "1")
    assert result.exit_code == 0, result.output
    parts = ["on a copy of The shop, beside the plan file", "kWh less", "What would be felt", "→ 40 %",
             "Written differently", "campaign Dusk added", "Energy, kWh (rated power of 6 of 6 devices not in the plan",
             "In all", "Scent, ml", "Warnings"]
    assert [part for part in parts if part not in result.output] == []
    places = [result.output.index(part) for part in parts]
    assert places == sorted(places)
    energy = result.output[places[6]:places[8]]
    zones = {line.split("  ")[1]: line.split()[-1] for line in energy.splitlines() if line.startswith("  ")}
    assert zones["Sales floor"].startswith("−")
    assert zones["Checkout"] == "0.00"


def test_a_store_that_does_not_run_is_tried_on_a_copy_of_its_folder(tmp_path: Path, dusk: str) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    memory = open_memory(folder, BUILD_DATE, SystemClock().now())
    for _ in range(2):
        memory.publish(plan(devices=DOCUMENT["devices"][:-1]), "maja", "", SystemClock().now(), Entry("plan.published"))
    memory.close()
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    result = said("--dry-run", dusk, "--data", str(folder), "--days", "1", "--json", "--seed", "3")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["version"], found["days"], found["seed"]) == (1, 1, 3)
    assert found["energy"]["after_kwh"] < found["energy"]["before_kwh"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == before


def test_an_error_is_said_with_its_line_and_ends_with_1(tmp_path: Path, shop_file: str) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(DUSK.replace("profile: dusk", "profile: dawn"), encoding="utf-8")
    result = said("--dry-run", str(broken), shop_file)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert f"{broken}:2: campaigns[0].profile: there is no profile “dawn”" in result.output


@pytest.mark.parametrize(("words", "code", "sentence"), [
    (("nowhere.yaml", "SHOP"), 1, "There is no file nowhere.yaml."),
    (("DUSK", "SHOP", "--days", "32"), 2, "1 to 31 days"),
    (("DUSK", "SHOP", "--days", "1.5"), 2, "1 to 31 days"),
    (("DUSK", "SHOP", "--data", "somewhere"), 2, "not both"),
    (("DUSK", "SHOP", "--hunt"), 2, "needs no broker"),
    (("DUSK", "--data", "/nonexistent/here"), 1, "There is no store in /nonexistent/here"),
])
def test_wrong_use_ends_with_2_and_a_refusal_with_1(
    dusk: str, shop_file: str, words: tuple[str, ...], code: int, sentence: str
) -> None:
    result = said("--dry-run", *({"DUSK": dusk, "SHOP": shop_file}.get(word, word) for word in words))
    assert result.exit_code == code
    assert sentence in result.output
