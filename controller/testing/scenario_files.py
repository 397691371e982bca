"""`*.scenario.yaml` as tests: collected in a project that names its plan, and run in virtual time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from controller.scenarios.reading import ScenarioError, read_scenario
from controller.scenarios.report import step_text, summary
from controller.scenarios.running import Verdict, run
from controller.testing.asking import whole_seed
from controller.testing.mistakes import Mistake

ENDING = ".scenario.yaml"


class ScenarioFailed(Exception):
    """Not all was as expected; `verdict` has each step."""

    def __init__(self, verdict: Verdict) -> None:
        """Keep the verdict."""
        super().__init__(summary(verdict))
        self.verdict = verdict


class ScenarioFile(pytest.File):
    """One file, one test."""

    def collect(self) -> Iterable[ScenarioItem]:
        """The scenario, named like its file."""
        yield ScenarioItem.from_parent(self, name=self.path.name.removesuffix(ENDING))


class ScenarioItem(pytest.Item):
    """A scenario. It is read when it runs, so that a file that cannot be read is one failed test among the others."""

    def runtest(self) -> None:
        """Run it with its own seed, or that of the command line."""
        seed = self.config.getoption("--sinne-seed")
        text = self.path.read_text(encoding="utf-8-sig")
        folder = self.path.parent
        play = read_scenario(text, self._file(), lambda named: (folder / named).read_text(encoding="utf-8-sig"))
        verdict = run(play, None if seed is None else whole_seed(seed))
        if not verdict.passed:
            raise ScenarioFailed(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Errors of the file with their lines; or what was amiss, below what led to it."""
        error = excinfo.value
        if isinstance(error, ScenarioError):
            count = "an error" if len(error.findings) == 1 else f"{len(error.findings)} errors"
            return f"{self._file()} has {count}:\n{error}"
        if isinstance(error, ScenarioFailed):
            verdict = error.verdict
            steps = [step_text(verdict.play, outcome) for outcome in verdict.outcomes]
            again = f"Again: sinne simulate --scenario {self._file()} --seed {verdict.seed}"
            return "\n".join([str(error), *steps, again])
        if isinstance(error, Mistake):
            return str(error)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        return self.path, None, f"scenario {self.name}"

    def _file(self) -> str:
        """As people write it from where pytest runs."""
        folder = self.config.invocation_params.dir
        return self.path.relative_to(folder).as_posix() if self.path.is_relative_to(folder) else str(self.path)
