"""`sinne simulate --scenario`: run a scenario in virtual time, show what came of it, and leave reports behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from controller.cli.files import read_text
from controller.cli.shown import as_table, say_json
from controller.errors import Refused
from controller.scenarios.picture import as_svg
from controller.scenarios.reading import Play, ScenarioError, read_scenario
from controller.scenarios.report import as_document, as_junit, as_text, step_text, summary
from controller.scenarios.running import Outcome, Verdict, run
from controller.scenarios.shipped import scenario_names, scenario_text


class Unreadable(click.ClickException):
    """A scenario that cannot be read: every reason on a line of its own, exit status 2."""

    exit_code = 2


def run_scenario(named: str, seed: int | None, speed: float | None, report: str | None, as_json: bool) -> None:
    """Run a shipped scenario or a file, or list those that ship. Exits with 1 where an expectation did not hold."""
    if named == "list":
        _list(as_json)
        return
    play = _read(named)

    def tell(outcome: Outcome) -> None:
        if not as_json:
            click.echo(step_text(play, outcome))

    verdict = run(play, seed, pace=_paced(speed), tell=tell)
    if report is not None:
        _leave(verdict, Path(report))
    if as_json:
        say_json(as_document(verdict))
    else:
        click.echo(summary(verdict))
    if not verdict.passed:
        raise click.exceptions.Exit(1)


def _read(named: str) -> Play:
    try:
        if named in scenario_names():
            return read_scenario(scenario_text(named), f"{named}.yaml", _beside(Path.cwd()))
        return read_scenario(read_text(named), named, _beside(Path(named).parent))
    except ScenarioError as wrong:
        count = "an error" if len(wrong.findings) == 1 else f"{len(wrong.findings)} errors"
        raise Unreadable(f"{named} has {count}:\n{wrong}") from None
    except Refused as refusal:
        hint = "" if Path(named).exists() else f" Those that ship: {', '.join(scenario_names())}."
        raise Unreadable(f"{refusal}{hint}") from None


def _beside(folder: Path) -> Callable[[str], str]:
    """Reads plan files that stand beside the scenario."""
    return lambda named: (folder / named).read_text(encoding="utf-8")


def _list(as_json: bool) -> None:
    plays = {name: _read(name).scenario for name in scenario_names()}
    if as_json:
        say_json([{"id": name, "name": s.name, "teaches": s.teaches} for name, s in plays.items()])
    else:
        click.echo(as_table(("scenario", "teaches"), [(name, s.teaches) for name, s in plays.items()]))


def _paced(speed: float | None) -> Callable[[float], None]:
    """Waits so that virtual time passes `speed` times as fast as life; None: not at all."""

    def wait(seconds: float) -> None:
        if speed is not None:
            time.sleep(seconds / speed)

    return wait


def _leave(verdict: Verdict, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("report.txt", as_text(verdict)), ("junit.xml", as_junit(verdict)),
                       ("timeline.svg", as_svg(verdict))):
        (folder / name).write_text(text, encoding="utf-8")
