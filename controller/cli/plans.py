"""Commands about plan files: `check`, `import`, `export`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from urllib.parse import urlencode

import click

from controller.bootstrap import make_folder
from controller.cli.owner import LOCAL, Asleep
from controller.cli.shown import as_json as json_of
from controller.cli.shown import say_json
from controller.cli.sources import Running, data_option, good_file, json_option, plan_from, read_file
from controller.clock import SystemClock
from controller.errors import Conflict, Unavailable
from controller.planning import StorePlanning
from controller.ports import PlanVersion
from controller.settings import BUILD_DATE, data_folder
from controller.storage.leases import hold_folder
from controller.storage.opening import open_memory
from profiles.finding import Level
from profiles.plan import Plan
from profiles.planwriter import write_plan


@click.command(short_help="Check a plan file: every error and warning, with its line.")
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Check a plan file: every error and warning, with its line. Exit status 1 if it has errors."""
    plan, findings = read_file(file)
    errors = sum(1 for finding in findings if finding.level is Level.ERROR)
    if as_json:
        say_json({"file": file, "ok": errors == 0, "digest": None if plan is None else plan.digest,
                  "findings": [dataclasses.asdict(f) for f in findings]})
    else:
        for finding in findings:
            click.echo(f"{finding.level.value}: {finding}")
        warnings = len(findings) - errors
        click.echo(f"{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}."
                   + ("" if errors or plan is None else f" {_content(plan)}"))
    sys.exit(1 if errors or plan is None else 0)


@click.command("import", short_help="Bring a plan file into a store.")
@click.argument("file")
@data_option
@click.option("--note", default="", metavar="TEXT", help="Why, for the record: \"new opening hours\".")
def import_(file: str, data: str | None, note: str) -> None:
    """Bring a plan file into a store as its next version. A running store takes it over at once.

    Nothing changes unless the whole file is right. The folder is made if it is not there.

    \b
    For example:  sinne import shop.yaml --data /var/lib/sinne --note "new opening hours"
    """
    bring_in(file, data_folder(data), note)


@click.command(short_help="Write the plan in force as a file.")
@data_option
@click.option("--output", "-o", metavar="FILE", help="Where to write it (default: standard output).")
@json_option
def export(data: str | None, output: str | None, as_json: bool) -> None:
    """Write the plan in force as a readable file, which `import` takes again.

    \b
    For example:  sinne export -o shop.yaml
    """
    plan, memory = plan_from(None, data)
    if memory is not None:
        memory.close()
    text = json_of(plan.model_dump(mode="json")) + "\n" if as_json else write_plan(plan)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"{plan.store.name} is in {output}.", err=True)


def bring_in(file: str, folder: Path, note: str) -> None:
    """Publish a file into a store's folder: through its API where it runs, else straight into what it remembers.

    Prints what there is to weigh, and what became of it. Raises Refused with every error of the file.
    """
    brought, warnings = good_file(file, ", so nothing was changed")
    for warning in warnings:
        click.echo(f"{warning.level.value}: {warning}", err=True)
    note = note or f"brought in from {Path(file).name}"
    running = Running.of(folder)
    if running is not None:
        answer = running.ask("PUT", f"/plan?{urlencode({'note': note[:500]})}",
                             json_of(brought.model_dump(mode="json")).encode())
        click.echo(f"{brought.store.name} runs it now, as version {answer['version']}.")
        return
    version = _publish(brought, folder, note)
    click.echo(f"{brought.store.name} is in {folder}, as version {version.version}.")


def _publish(plan: Plan, folder: Path, note: str) -> PlanVersion:
    make_folder(folder)
    try:
        hold = hold_folder(folder)
    except Conflict as taken:
        raise Conflict(f"The store on {folder} is just starting or ending, or another command changes it. "
                       "Nothing was changed. Try again in a moment.") from taken
    try:
        memory = open_memory(folder, BUILD_DATE, SystemClock().now())
        try:
            return StorePlanning(memory, Asleep(), SystemClock()).publish(plan, note, LOCAL)
        finally:
            memory.close()
    finally:
        hold.release()


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _content(plan: Plan) -> str:
    return (f"{plan.store.name}: {_count(len(plan.zones), 'zone')}, {_count(len(plan.devices), 'device')}, "
            f"{_count(len(plan.profiles), 'profile')}, {_count(len(plan.dayparts), 'daypart')}.")
