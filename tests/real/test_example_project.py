"""The example project in `docs/` does what its README shows, command by command, as a stranger would type it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "docs" / "example-project"
#: A block of commands, and the block right below it with what they say.
BLOCKS = re.compile(r"^```sh\n(.*?)^```\n(?:\n^```\n(.*?)^```\n)?", re.M | re.S)
PLACE = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}


def said(command: str, folder: Path) -> str:
    """What a command prints."""
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=PLACE, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy elsewhere: nothing around it may be needed."""
    return Path(shutil.copytree(PROJECT, tmp_path / "my project", ignore=shutil.ignore_patterns("__pycache__", ".*")))


def test_each_command_of_its_readme_says_what_stands_below_it(copied: Path) -> None:
    blocks = BLOCKS.findall((PROJECT / "README.md").read_text())
    assert len(blocks) == 4
    assert blocks[0][0].startswith("pip install")
    for commands, shown in blocks[1:]:
        out = said(commands, copied)
        missing = [line for line in shown.splitlines() if line not in out]
        assert shown
        assert missing == [], out


def test_the_tests_of_the_page_pass_in_it(copied: Path) -> None:
    page = (ROOT / "docs" / "testing-your-plan.md").read_text()
    written = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert len(written) == 2
    for number, text in enumerate(written):
        (copied / "tests" / f"test_page_{number}.py").write_text(f"import pytest\n{text}")
    assert "2 passed" in said("python -m pytest -k page_", copied)


def test_scenario_files_give_the_same_verdict_by_command(copied: Path) -> None:
    assert "1 of 1 as expected" in said("sinne simulate --scenario tests/power-cut.scenario.yaml", copied)
