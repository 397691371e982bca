"""The commands for a plan's past, as a stranger uses them: versions, diff, rollback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne

CORNER = Path(__file__).parents[2] / "profiles" / "library" / "stores" / "minimal.yaml"


class Folder:
    """A folder with a store and plan files in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.quiet = folder / "quiet.yaml"
        self.quiet.write_text(CORNER.read_text(encoding="utf-8"), encoding="utf-8")
        self.loud = folder / "loud.yaml"
        self.loud.write_text(self.quiet.read_text().replace("volume_pct: 35", "volume_pct: 44"), encoding="utf-8")
        assert self.loud.read_text() != self.quiet.read_text()

    def __call__(self, *words: object, code: int = 0) -> Result:
        env = {"SINNE_DATA": str(self._folder / "store"), "COLUMNS": None}
        done = CliRunner().invoke(sinne, [str(word) for word in words], env=env)
        assert done.exit_code == code, (words, done.output, done.exception)
        return done

    def json(self, *words: object, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)


@pytest.fixture
def shop(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def kept(shop: Folder) -> Folder:
    """With two versions."""
    shop("import", shop.quiet, "--note", "first")
    shop("import", shop.loud, "--note", "louder")
    return shop


def test_versions_are_listed_with_when_by_whom_and_why(kept: Folder) -> None:
    lines = kept("versions").stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["2", "1"]
    assert "louder" in lines[2]
    assert "the owner of this machine" in lines[2]
    assert [v["version"] for v in kept.json("versions", "--limit", 1)["versions"]] == [2]


@pytest.mark.parametrize("words", [("versions",), ("diff",), ("rollback", "1")])
def test_where_there_is_no_store_it_is_said_how_to_begin(shop: Folder, words: tuple[str, ...]) -> None:
    told = shop(*words, code=1).output
    assert "There is no store in" in told
    assert "sinne import FILE" in told


def test_a_difference_has_exit_status_1_and_the_same_feeling_0(kept: Folder) -> None:
    told = kept("diff", code=1).stdout
    assert "From version 1 (first) to version 2 (louder), 28 days from" in told
    assert "music 35 → 44 %" in told
    assert "profile Golden hour changed: scene" in told
    kept("rollback", 1)
    assert "Nothing will feel different." in kept("diff", 1, 3).stdout


def test_versions_and_files_may_be_compared_in_any_mixture(kept: Folder) -> None:
    assert kept.json("diff", kept.quiet, kept.loud, code=1)["felt"][0]["after"] == 44
    assert kept.json("diff", kept.quiet, code=1)["felt"][0]["after"] == 35
    assert kept.json("diff", "1", code=1)["before"] == 1
    assert kept.json("diff", "2", kept.quiet, "--days", 7, code=1)["before"] == 2
    assert kept.json("diff", kept.loud)["felt"] == []


def test_what_cannot_be_compared_is_refused_with_a_sentence(kept: Folder) -> None:
    assert "There is no version 9" in kept("diff", 9, code=1).output
    assert "There is no file gone.yaml" in kept("diff", "gone.yaml", code=1).output
    kept("diff", "--days", 0, code=2)
    kept("diff", kept.quiet, kept.loud, "--data", "x", code=2)


def test_with_one_version_there_is_nothing_to_compare_yet(shop: Folder) -> None:
    shop("import", shop.quiet)
    assert "Version 1 is the only one yet" in shop("diff", code=1).output


def test_going_back_says_the_new_version_and_how_to_take_it_back(kept: Folder) -> None:
    told = kept("rollback", 1).stdout
    assert "Version 1 is in force again, as version 3. To take it back: sinne rollback 2" in told
    assert [v["note"] for v in kept.json("versions")["versions"]] == ["back to version 1", "louder", "first"]
    assert "Version 3 is in force already" in kept("rollback", 3, code=1).output
    assert "There is no version 9 of the plan" in kept("rollback", 9, code=1).output
    kept("rollback", "first", code=2)
