"""What a test asks for: `@pytest.mark.sinne(…)` on it, its class or its module, then the settings of the project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controller.testing.mistakes import Mistake, one_of
from controller.testing.plans import no_plan

#: Monday at nine by the store's own clock. A start that is not given has to be the same every day.
START = "2026-03-02 09:00"
_WORDS = ("plan", "start", "seed", "parts")


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan by its name and where to look for it, parts of it that are replaced, a start, a seed; for which test."""

    plan: str
    folders: tuple[Path, ...]
    parts: dict[str, Any]
    start: str
    seed: int
    test: str


def asked_by(node: pytest.Item, seed: int | None) -> Asked:
    """What `node` asks for; the nearest mark says. `seed`: of the command line, before all others. Raises Mistake."""
    said: dict[str, Any] = {}
    for mark in node.iter_markers("sinne"):
        if mark.args:
            raise Mistake(f"@pytest.mark.sinne takes words: plan=, start=, seed=, parts=; not {mark.args[0]!r} alone.")
        one_of("word", mark.kwargs, _WORDS, "@pytest.mark.sinne")
        said = {**mark.kwargs, **said}
    config = node.config
    folders = tuple(dict.fromkeys((node.path.parent, _home(config), config.rootpath)))
    plan = said.get("plan") or config.getini("sinne_plan")
    if not plan:
        raise no_plan(folders)
    parts = said.get("parts", {})
    if not isinstance(parts, dict):
        raise Mistake("parts are parts of a plan with what they are replaced by: parts={\"dayparts\": []}.")
    drawn = seed if seed is not None else said.get("seed", config.getini("sinne_seed") or 1)
    return Asked(str(plan), folders, parts, str(said.get("start") or config.getini("sinne_start") or START),
                 whole_seed(drawn), node.nodeid)


def whole_seed(text: object) -> int:
    """A seed. Raises Mistake."""
    if isinstance(text, str) and text.strip().isdecimal():
        text = int(text)
    if not isinstance(text, int) or isinstance(text, bool) or not 0 <= text <= 2**31:
        raise Mistake(f"A seed is a whole number from 0 to {2**31}, not {text!r}.")
    return text


def _home(config: pytest.Config) -> Path:
    """The folder of the settings, from which `sinne_plan` is counted."""
    return config.rootpath if config.inipath is None else config.inipath.parent
