"""What is installed: locked versions with hashes and no address, and a wheel in which nothing is missing."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("constraints.txt", "constraints-hq.txt", "constraints-dev.txt", "constraints-assets.txt")
FLOORS = ("profiles", "devices", "controller", "web")


def locked(name: str) -> dict[str, tuple[Version, list[str]]]:
    """Package to version and hashes, as a lock has them."""
    found: dict[str, tuple[Version, list[str]]] = {}
    for block in re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / name).read_text()):
        head = re.match(r"([A-Za-z0-9._-]+)==(\S+)", block)
        if head:
            found[canonicalize_name(head[1])] = (Version(head[2]), re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block))
    return found


def asked(*groups: str) -> list[Requirement]:
    """What pyproject.toml asks for."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    for group in groups:
        lines += project["optional-dependencies"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert re.findall(r"https?:|file:/|://|--(?:extra-)?index-url|--find-links|--trusted-host", text) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    packages = locked(name)
    assert packages
    assert [package for package, (_, hashes) in packages.items() if not hashes] == []


@pytest.mark.parametrize(("name", "groups"), [
    ("constraints.txt", ()), ("constraints-hq.txt", ("hq",)), ("constraints-dev.txt", ("dev",))])
def test_what_the_project_asks_for_is_locked_within_its_bounds(name: str, groups: tuple[str, ...]) -> None:
    packages = locked(name)
    for wish in asked(*groups):
        version = packages.get(canonicalize_name(wish.name))
        assert version is not None, f"{name} lacks {wish.name}: make constraints"
        assert wish.specifier.contains(version[0]), f"{name} has {wish.name} {version[0]}, asked is {wish.specifier}"


@pytest.mark.parametrize("shipped", ["constraints.txt", "constraints-hq.txt"])
def test_tests_run_on_the_very_versions_that_are_shipped(shipped: str) -> None:
    run, dev = locked(shipped), locked("constraints-dev.txt")
    assert {package: run[package] for package in run} == {package: dev.get(package) for package in run}


def test_apscheduler_has_the_fixes_that_we_rest_on() -> None:
    assert Version("3.11.3") <= locked("constraints.txt")["apscheduler"][0] < Version("4")


def test_the_front_end_lock_has_digests_and_no_address() -> None:
    text = (ROOT / "web/assets/package-lock.json").read_text()
    lock = json.loads(text)
    assert "resolved" not in text
    assert "://" not in text, "links to sponsors, which npm puts there, are taken out by hand"
    assert [path for path, entry in lock["packages"].items() if path and "integrity" not in entry] == []
    wanted = json.loads((ROOT / "web/assets/package.json").read_text())
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]


def test_every_library_in_use_is_asked_for() -> None:
    wishes = {canonicalize_name(wish.name) for wish in asked()}
    for_tests = wishes | {canonicalize_name(wish.name) for wish in asked("test")}
    homes = packages_distributions()
    missing = set()
    for folder in FLOORS:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            here = for_tests if path.is_relative_to(ROOT / "controller/testing") else wishes
            for node in ast.walk(ast.parse(path.read_text())):
                names = ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                         else [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else [])
                for top in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - set(FLOORS):
                    if not {canonicalize_name(home) for home in homes.get(top, [])} & here:
                        missing.add(f"{path.relative_to(ROOT)} imports {top}")
    assert missing == set()


def test_the_oldest_python_is_the_one_that_is_checked() -> None:
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert PROJECT["tool"]["mypy"]["python_version"] == "3.11"
    assert "with Python 3.11" in (ROOT / "constraints.txt").read_text()


@pytest.mark.real
def test_the_wheel_holds_all_that_is_not_code(tmp_path: Path) -> None:
    if not (ROOT / "web/static/dist/.vite/manifest.json").exists():
        pytest.skip("the front end is not built: make assets")
    copy = tmp_path / "a copy"
    copy.mkdir()
    # From a copy, so that building leaves nothing in the tree that other tests read.
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, copy / floor, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    made = subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
                           "-w", str(tmp_path), str(copy)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PIP_NO_INDEX": "1"})
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = set(wheel.namelist())
        gates = wheel.read(next(name for name in inside if name.endswith("/entry_points.txt"))).decode()
    assert "[pytest11]\nsinne = controller.testing.plugin\n" in gates
    expected = {path.relative_to(ROOT).as_posix() for pattern in (
        "profiles/library/**/*.yaml", "web/templates/**/*.html", "web/static/dist/**/*.*", "*/py.typed",
        "controller/storage/migrations/*.mako", "controller/scenarios/library/*.yaml",
    ) for path in ROOT.glob(pattern) if path.is_file()}
    expected |= {path.relative_to(ROOT).as_posix() for floor in FLOORS for path in (ROOT / floor).rglob("*.py")
                 if "node_modules" not in path.parts}
    assert expected - inside == set()
    assert "web/static/dist/.vite/manifest.json" in inside
    assert [name for name in inside if name.startswith(("tests/", "web/assets/", "docs/"))] == []
