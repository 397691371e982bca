"""Commands that move a plan between a file and a store: `import`, `export`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import click

from controller.cli.files import data_option, good_file, json_option
from controller.cli.owner import LOCAL, Asleep
from controller.cli.shown import as_json as json_of
from controller.cli.sources import Running, no_plan, opened
from controller.clock import SystemClock
from controller.errors import Conflict, Refused, Unavailable
from controller.planning import StorePlanning
from controller.ports import PlanVersion
from controller.settings import BUILD_DATE, data_folder, make_folder
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from profiles.plan import Plan
from profiles.planwriter import write_plan


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
@click.option("--composed", is_flag=True, help="With what HQ says, as it is in force: to look at.")
@click.option("--output", "-o", metavar="FILE", help="Where to write it (default: standard output).")
@json_option
def export(data: str | None, composed: bool, output: str | None, as_json: bool) -> None:
    """Write the plan in force as a readable file, which `import` takes again.

    In a store that belongs to HQ that is the store's own part; what HQ says stays in force whatever is brought in.

    \b
    For example:  sinne export -o shop.yaml
    """
    version = _in_force(data)
    plan = version.plan if composed else version.own
    text = json_of(plan.model_dump(mode="json")) + "\n" if as_json else write_plan(plan)
    if output is None:
        click.echo(text.encode(), nl=False)  # a plan file is UTF-8, whatever the terminal is
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"{plan.store.name} is in {output}.", err=True)


def _in_force(data: str | None) -> PlanVersion:
    memory = opened(data_folder(data))
    try:
        version: PlanVersion | None = memory.plan_in_force()
    finally:
        memory.close()
    if version is None:
        raise Refused(no_plan(data_folder(data)))
    return version


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
    with held_memory(folder) as memory:
        return StorePlanning(memory, Asleep(), SystemClock()).publish(plan, note, LOCAL)


@contextlib.contextmanager
def held_memory(folder: Path) -> Iterator[StoredMemory]:
    """What the store of a folder remembers, to change it while no store runs there. Raises Conflict."""
    try:
        hold = hold_folder(folder)
    except Conflict as taken:
        raise Conflict(f"The store on {folder} is just starting or ending, or another command changes it. "
                       "Nothing was changed. Try again in a moment.") from taken
    try:
        memory = open_memory(folder, BUILD_DATE, SystemClock().now())
        try:
            yield memory
        finally:
            memory.close()
    finally:
        hold.release()
