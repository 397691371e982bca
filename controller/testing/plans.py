"""The plan that a test asks for: found, read and checked as `sinne check` does it, once for all tests that share it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from controller.publishing import findings
from controller.scenarios.reading import ScenarioError, plan_with
from controller.scenarios.timing import instant
from controller.testing.mistakes import Mistake
from profiles.finding import Finding, Level, listed, nearest, quoted
from profiles.plan import Plan
from profiles.planfile import PlanFileError, read_plan_text
from profiles.starters import store_names, store_text
from profiles.yamltext import YamlTextError, read_yaml

_ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class GivenPlan:
    """A plan without errors. `document`: as written, for what is published over it; `file`: for people."""

    plan: Plan
    document: dict[str, Any]
    file: str
    warnings: tuple[str, ...]


def plan_asked_for(
    named: str, folders: Sequence[Path], parts: dict[str, Any], start: str,
) -> tuple[GivenPlan, datetime]:
    """The plan in a file of one of `folders`, or one that ships, with `parts` replaced; and `start` as an instant.

    Raises Mistake with every error of the plan, a line each.
    """
    text, file = _text(named, folders)
    try:
        replaced = json.dumps(parts, sort_keys=True)
    except (TypeError, ValueError) as wrong:
        raise Mistake(f"parts are written as in a plan file, of plain values: {wrong}.") from None
    given = _given(text, file, replaced, start[:7])
    try:
        return given, instant(start, None, given.plan.store.place.tz)
    except ValueError as wrong:
        raise Mistake(f"start: {wrong}.") from None


def _text(named: str, folders: Sequence[Path]) -> tuple[str, str]:
    if named in store_names():
        return store_text(named), f"{named}.yaml"
    for folder in folders:
        file = folder / named
        try:
            return file.read_text(encoding="utf-8-sig"), _short(file)
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as wrong:
            raise Mistake(f"The plan file {file} cannot be read: {wrong}.") from None
    there = [each.name for folder in folders if folder.is_dir() for each in folder.iterdir() if each.suffix in _ENDINGS]
    hint = nearest(named, [*there, *store_names()])
    places = " or ".join(dict.fromkeys(str(folder) for folder in folders))
    raise Mistake(f"There is no plan file {quoted(named)} in {places}{'; ' + hint if hint else '.'}")


@lru_cache(maxsize=64)
def _given(text: str, file: str, parts: str, month: str) -> GivenPlan:
    """Reading and looking thirteen months ahead takes a second for a large plan, and tests share theirs."""
    replaced: dict[str, Any] = json.loads(parts)
    try:
        document = read_yaml(text, file).document
        if replaced:
            plan = plan_with(document if isinstance(document, dict) else {}, replaced, "parts")
            found = findings(plan, _since(month))
        else:
            read = read_plan_text(text, file)
            plan, found = read.plan, read.located(findings(read.plan, _since(month)))
    except YamlTextError as broken:
        raise _errors([broken.finding], file) from None
    except (PlanFileError, ScenarioError) as broken:
        raise _errors(broken.findings, file) from None
    wrong = [finding for finding in found if finding.level is Level.ERROR]
    if wrong:
        raise _errors(wrong, file)
    assert isinstance(document, dict)  # noqa: S101 - a plan was read from it
    return GivenPlan(plan, document | replaced, file, tuple(str(finding) for finding in found))


def _errors(found: Sequence[Finding], file: str) -> Mistake:
    count = "an error" if len(found) == 1 else f"{len(found)} errors"
    return Mistake("\n".join([f"{file} has {count}, so there is no store to test:", *map(str, found)]))


def _since(month: str) -> datetime:
    """The checks look ahead from the month in which the test begins; a start that is none is told of later."""
    try:
        return datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    except ValueError:
        return datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def _short(file: Path) -> str:
    """As seen from where pytest runs, if it is below."""
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(file)


def no_plan(known_folders: Sequence[Path]) -> Mistake:
    """Nobody said which plan."""
    there = sorted({each.name for folder in known_folders for each in folder.glob("*.yaml")})
    hint = f" Here there is {listed(there[:5])}." if there else ""
    return Mistake("Which plan is to be tested? Write sinne_plan = shop.yaml in the pytest section of your project's "
                   f"settings, or @pytest.mark.sinne(plan=\"shop.yaml\") above the test.{hint}")
