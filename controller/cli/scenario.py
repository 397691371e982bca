"""`sinne simulate --scenario`: run a scenario in virtual or real time, show what came of it, leave reports behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click

from controller.cli.files import read_text
from controller.cli.shown import as_table, say_json
from controller.cli.signals import ended_by_signals
from controller.errors import Refused
from controller.real.running import longest, playable, run_in_real_time
from controller.real.store import Ended
from controller.scenarios.picture import as_svg
from controller.scenarios.reading import Play, ScenarioError, read_scenario
from controller.scenarios.report import as_document, as_junit, as_text, step_text, summary
from controller.scenarios.running import Outcome, Verdict, run
from controller.scenarios.shipped import scenario_names, scenario_text


class Unreadable(click.ClickException):
    """A scenario that cannot be read, or not be played so: every reason on a line of its own, exit status 2."""

    exit_code = 2


class EndedEarly(click.ClickException):
    """Somebody ended a scenario: exit status 130, as of a program that Ctrl-C ended."""

    exit_code = 130


def run_scenario(
    named: str, seed: int | None, speed: float | None, report: str | None, as_json: bool, *, real: bool = False,
) -> None:
    """Run a shipped scenario or a file, or list those that ship. Exits with 1 where an expectation did not hold."""
    if real and speed is not None:
        raise click.UsageError("Real time passes as fast as it does: leave out --speed, or --real.")
    if named == "list":
        _list(as_json)
        return
    play = _read(named)

    def tell(outcome: Outcome) -> None:
        if not as_json:
            click.echo(step_text(play, outcome))

    verdict = _really(play, seed, tell) if real else run(play, seed, pace=_paced(speed), tell=tell)
    if report is not None:
        _leave(verdict, Path(report))
    if as_json:
        say_json(as_document(verdict))
    else:
        click.echo(summary(verdict))
    if not verdict.passed:
        raise click.exceptions.Exit(1)


def _really(play: Play, seed: int | None, tell: Callable[[Outcome], None]) -> Verdict:
    """In real time, having said how long that takes. What it says by the way goes to standard error."""
    told: list[Outcome] = []

    def count(outcome: Outcome) -> None:
        told.append(outcome)
        tell(outcome)

    try:
        playable(play)
    except Refused as refusal:
        raise Unreadable(str(refusal)) from None
    takes = longest(play)
    click.echo(f"In real time, with a mosquitto, simulated devices and a controller of its own. It takes up to "
               f"{_minutes(takes)}, until {datetime.now() + takes:%H:%M:%S}. Ctrl-C ends it.", err=True)
    with ended_by_signals() as ended:
        try:
            return run_in_real_time(play, seed, ended=ended, tell=count)
        except Ended:
            raise EndedEarly(f"Ended after {len(told)} of {len(play.steps)} steps. Nothing is left running.") from None


def _minutes(takes: timedelta) -> str:
    hours, rest = divmod(round(takes.total_seconds()), 3600)
    parts = ((hours, "h"), (rest // 60, "min"), (rest % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "a moment"


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
