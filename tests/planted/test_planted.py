"""Planted bugs: each patch here is a mistake that somebody could make, and the hunt finds every one of them.

The source is copied, the patch applied to the copy, and the command `sinne simulate --hunt` run on it: with the same
seed and the same number of store-days for all, for which the unpatched source keeps every rule.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
PACKAGES = ("profiles", "devices", "controller", "web")
SEED = 7
#: Well within 200. The hunt of the unpatched source takes this long and is the longest of all.
DAYS = 24
PROGRAM = "from controller.cli import main; main()"


def copy_of_the_source(to: Path) -> Path:
    """With what is compiled of it, which holds for each file that stays as it is."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, to / package,
                        ignore=shutil.ignore_patterns("node_modules", "assets", "*.map"))
    return to


def plant(patch: Path, tree: Path) -> None:
    applied = subprocess.run(["patch", "--strip=1", "--fuzz=0", "--silent", "--input", str(patch)], cwd=tree,
                             capture_output=True, text=True, check=False)
    if applied.returncode:
        pytest.fail(f"{patch.name} no longer applies to the source: plant this bug anew. {applied.stdout.strip()}")


def hunt(tree: Path) -> tuple[int, dict[str, object]]:
    """The exit status and the report of a hunt in the source under `tree`."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "simulate", "--hunt", "--seed", str(SEED), "--days", str(DAYS), "--no-shrink",
         "--json", "--report", str(tree / "found")],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode in (0, 1), ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def test_there_are_ten_planted_bugs_in_many_modules() -> None:
    touched = {line.split("b/", 1)[1] for patch in PATCHES for line in patch.read_text().splitlines()
               if line.startswith("+++ b/")}
    assert len(PATCHES) >= 10
    assert len(touched) >= 8


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_bug_says_what_it_is_and_applies(patch: Path, tmp_path: Path) -> None:
    words = patch.read_text().split("--- a/", 1)[0].strip()
    assert words.endswith((".", ":"))
    assert len(words) > 40
    for line in patch.read_text().splitlines():
        if line.startswith("--- a/"):
            path = Path(line.removeprefix("--- a/").split("\t")[0])
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    plant(patch, tmp_path)


@pytest.mark.real
@pytest.mark.timeout(900)
@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_bug_is_found_within_200_store_days(patch: Path, tmp_path: Path) -> None:
    tree = copy_of_the_source(tmp_path)
    plant(patch, tree)
    status, found = hunt(tree)
    assert status == 1, f"{patch.stem} was not found in {found['days']} store-days"
    assert isinstance(found["breach"], dict)
    assert found["breach"]["rule"]
    assert float(str(found["days"])) <= 200


@pytest.mark.real
@pytest.mark.timeout(900)
def test_the_source_itself_keeps_every_rule_with_the_same_seed(tmp_path: Path) -> None:
    status, found = hunt(copy_of_the_source(tmp_path))
    assert found["breach"] is None
    assert status == 0
    assert float(str(found["days"])) >= DAYS
