"""Commands for the plan's past: `versions`, `diff` between two of them or a file, `rollback` to an earlier one."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from shlex import quote

import click

from controller.cli.files import data_option, good_file, json_option
from controller.cli.owner import LOCAL, Asleep
from controller.cli.shown import as_json as json_of
from controller.cli.shown import as_table, say_json
from controller.cli.sources import Running, no_plan, opened
from controller.clock import SystemClock
from controller.differing import MOST_DAYS, USUAL_DAYS, difference_of
from controller.errors import Conflict, NotFound, Refused
from controller.hq.applying import with_hq
from controller.planning import StorePlanning
from controller.ports import PlanVersion
from controller.settings import data_folder
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.versions import StoreVersions
from controller.walltime import Wall
from profiles.plan import Plan


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of two plans that are compared: what it is called, and its version, if it is one."""

    name: str
    plan: Plan
    version: int | None = None


@click.command(short_help="List the versions of a store's plan.")
@data_option
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many, from the newest.")
@json_option
def versions(data: str | None, limit: int, as_json: bool) -> None:
    """List the versions of a store's plan, newest first: number, when, by whom, why. The first is in force.

    \b
    For example:  sinne versions --data /var/lib/sinne
    """
    folder = data_folder(data)
    memory = opened(folder)
    try:
        found = memory.plan_versions(limit)
    finally:
        memory.close()
    if not found:
        raise Refused(no_plan(folder))
    if as_json:
        say_json({"versions": [{"version": v.version, "digest": v.digest, "author": v.author, "note": v.note,
                                "at": v.at} for v in found]})
        return
    wall = Wall(found[0].plan.store.place.tz, SystemClock().now())
    click.echo(as_table(("Version", "Published", "By", "Note"),
                        [(v.version, wall.at(v.at), v.author, v.note) for v in found]))


@click.command(short_help="Show what feels different between two plans, where and when.")
@click.argument("before", required=False, metavar="[A]")
@click.argument("after", required=False, metavar="[B]")
@data_option
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=USUAL_DAYS, show_default=True,
              help="How many days of the store to look at, from today.")
@json_option
def diff(before: str | None, after: str | None, data: str | None, days: int, as_json: bool) -> None:
    """Show what feels different between two plans: zone, when, and from what to what.

    A and B are numbers of versions (`sinne versions`) or plan files. Without them, the version in force is compared
    with the one before it; with A alone, a version with the one in force, or the one in force with a file.

    Exit status 0 if nothing will feel different, even where the text differs; 1 if something will.

    \b
    For example:  sinne diff
                  sinne diff new.yaml
                  sinne diff 3 5 --days 7
    """
    old, new = _sides(before, after, data)
    found = difference_of(old.plan, new.plan, SystemClock().now(), days)
    if as_json:
        say_json({"before": old.version or old.name, "after": new.version or new.name,
                  **dataclasses.asdict(found)})
    else:
        start = Wall(new.plan.store.place.tz, SystemClock().now()).day(found.start.astimezone(new.plan.store.place.tz))
        click.echo(f"From {old.name} to {new.name}, {days} {'day' if days == 1 else 'days'} from {start}:\n")
        for felt in found.felt:
            click.echo(f"  {felt.sentence}")
        if not found.felt:
            click.echo("  Nothing will feel different.")
        if found.parts:
            click.echo("\nWritten differently:\n")
            for part in found.parts:
                click.echo(f"  {part}")
    sys.exit(1 if found.felt else 0)


@click.command(short_help="Go back to an earlier version of the plan.")
@click.argument("version", type=click.IntRange(1))
@data_option
def rollback(version: int, data: str | None) -> None:
    """Go back to an earlier VERSION of the plan: it is published anew, as the next version, at once.

    Nothing is lost: what was in force stays among the versions, and can be gone back to in turn. The earlier plan has
    to pass today's check like any other. In a store that belongs to HQ its own part goes back; what HQ says stays.

    \b
    For example:  sinne rollback 3 --data /var/lib/sinne
    """
    folder = data_folder(data)
    running = Running.of(folder)
    if running is not None:
        made = running.ask("POST", "/plan/rollback", json_of({"version": version}).encode())
        click.echo(f"Version {version} is in force again, as version {made['version']}. To take it back: "
                   f"{_back(made['version'] - 1, folder)}")
        return
    opened(folder).close()  # says it where there is no store
    published = _go_back(version, folder)
    click.echo(f"Version {version} is in force again, as version {published.version}. To take it back: "
               f"{_back(published.version - 1, folder)}")


def _back(version: int, folder: Path) -> str:
    return f"sinne rollback {version} --data {quote(str(folder))}"


def _go_back(version: int, folder: Path) -> PlanVersion:
    try:
        hold = hold_folder(folder)
    except Conflict as taken:
        raise Conflict(f"The store on {folder} is just starting or ending, or another command changes it. "
                       "Nothing was changed. Try again in a moment.") from taken
    try:
        memory = opened(folder)
        try:
            clock = SystemClock()
            return StoreVersions(memory, StorePlanning(memory, Asleep(), clock), clock).rollback(version, LOCAL)
        finally:
            memory.close()
    finally:
        hold.release()


def _sides(before: str | None, after: str | None, data: str | None) -> tuple[Side, Side]:
    """The two plans that are meant. A store is only opened where a version is named or left out."""
    named = [one for one in (before, after) if one is not None]
    if len(named) == 2 and not any(one.isdecimal() for one in named):
        if data is not None:
            raise click.UsageError(f"Two plan files are compared without a store: leave out --data {data}.")
        return _of_file(named[0]), _of_file(named[1])
    memory = opened(data_folder(data))
    try:
        in_force = memory.plan_in_force()
        if in_force is None:
            raise Refused(no_plan(data_folder(data)))
        if not named:
            return _earlier(memory, in_force), _of_version(in_force)
        sides = [_of_version(_version(memory, int(one))) if one.isdecimal() else _of_file(one, memory, in_force)
                 for one in named]
        if len(sides) == 1:
            return ((sides[0], _of_version(in_force)) if sides[0].version is not None
                    else (_of_version(in_force), sides[0]))
        return sides[0], sides[1]
    finally:
        memory.close()


def _of_file(file: str, memory: StoredMemory | None = None, in_force: PlanVersion | None = None) -> Side:
    """A file by itself; beside a version, as it would be in force in that store."""
    plan = good_file(file)[0]
    return Side(file, plan if memory is None else with_hq(memory, in_force, plan, SystemClock().now()))


def _of_version(version: PlanVersion) -> Side:
    note = f" ({version.note})" if version.note else ""
    return Side(f"version {version.version}{note}", version.plan, version.version)


def _version(memory: StoredMemory, number: int) -> PlanVersion:
    found = memory.plan_version(number)
    if found is None:
        raise NotFound(f"There is no version {number} of the plan. List them with: sinne versions")
    return found


def _earlier(memory: StoredMemory, in_force: PlanVersion) -> Side:
    found = memory.plan_versions(2)
    if len(found) < 2:
        raise Refused(f"Version {in_force.version} is the only one yet, so there is nothing to compare it with. "
                      "Name a plan file: sinne diff new.yaml")
    return _of_version(found[1])
