"""`sinne calendar`: other people's calendars in, the store's calendar out, and addresses to subscribe to."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

import click

from controller.calendars.store_calendar import StoreCalendar, calendar_of, quiet_calendar_of
from controller.calendars.taking import KINDS
from controller.cli.accounts import accounts_in
from controller.cli.files import data_option, json_option
from controller.cli.owner import LOCAL, Asleep
from controller.cli.plans import held_memory
from controller.cli.shown import say_json
from controller.cli.sources import Running, has_store, no_plan, plan_from
from controller.clock import SystemClock
from controller.errors import Refused, Unavailable
from controller.planning import StorePlanning
from controller.ports import PlanVersion
from controller.settings import data_folder

#: One byte more than is read, so that a file that is too large is known to be.
_MOST_BYTES = 1024 * 1024 + 1


@click.group(short_help="Calendars: take days in, write them out, subscribe.")
def calendar() -> None:
    """Calendars (iCalendar): days of other calendars into the store, and the store's days into other programs.

    \b
    sinne calendar import holidays.ics --as holidays
    sinne calendar address "Maja's phone"
    """


@calendar.command("import", short_help="Take closed days or public holidays from a calendar file.")
@click.argument("file")
@click.option("--as", "kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True,
              help="What its days become: other opening hours (closed, unless a title says 10:00-15:00), or public "
              "holidays.")
@data_option
@json_option
def take(file: str, kind: str, data: str | None, as_json: bool) -> None:
    """Take the whole-day events of a calendar file into the store, as one new version of its plan.

    Nothing changes unless the whole file is right.
    """
    folder = data_folder(data)
    if not has_store(folder):
        raise Refused(no_plan(folder))
    content = _content(file)
    running = Running.of(folder)
    if running is not None:
        taken = running.ask("POST", f"/calendar/exceptions?as={kind}", content, "text/calendar")
    else:
        taken = _take(folder, content, kind)
    if as_json:
        say_json(taken)
        return
    for said, days in (("new", taken["added"]), ("instead of another", taken["replaced"]),
                       ("left out", taken["left_out"])):
        for day in days:
            click.echo(f"{said}: {day}")
    version = taken["version"]
    click.echo("Nothing was changed." if version is None else f"They are in version {version} of the plan.")


@calendar.command("export", short_help="Write the calendar of the store, a zone, or the quiet hours.")
@click.option("--zone", metavar="ID", help="Only this zone.")
@click.option("--quiet-hours", "quiet", is_flag=True, help="Only the published quiet hours.")
@click.option("--plan", "file", metavar="FILE", help="The store of a plan file, instead of one in a folder.")
@data_option
@click.option("--output", "-o", metavar="FILE", help="Where to write it (default: standard output).")
def export(zone: str | None, quiet: bool, file: str | None, data: str | None, output: str | None) -> None:
    """Write what the store, or a zone, will be as iCalendar: from last month to thirteen months ahead."""
    if zone is not None and quiet:
        raise click.UsageError("Name a zone, or --quiet-hours, and one of the two.")
    version = _version(file, data)
    now = SystemClock().now()
    text = quiet_calendar_of(version, now) if quiet else calendar_of(version, now, zone)
    if output is None:
        click.echo(text.encode(), nl=False)
        return
    try:
        Path(output).write_bytes(text.encode())
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"The calendar is in {output}.", err=True)


@calendar.command("address", short_help="Make addresses to subscribe to, and print them, this once.")
@click.argument("label")
@data_option
@json_option
def address(label: str, data: str | None, as_json: bool) -> None:
    """Make addresses of the store's calendars for a calendar program, and print them, this once.

    LABEL says whose it is: "Maja's phone". Who has an address sees calendars and nothing else of the store.
    """
    folder = data_folder(data)
    version = _version(None, data)
    with accounts_in(data) as accounts:
        secret = accounts.make_calendar_address(label, LOCAL)
    running = Running.of(folder)
    base = f"{running.url if running is not None else 'https://STORE'}/calendar/{secret}"
    found = {"store": f"{base}/store.ics",
             "zones": {zone.id: f"{base}/zones/{zone.id}.ics" for zone in version.plan.zones}}
    if as_json:
        say_json({"label": f"calendar {label.strip()}", **found})
        return
    click.echo(f"{version.plan.store.name}: {found['store']}")
    for zone in version.plan.zones:
        click.echo(f"{zone.name}: {base}/zones/{zone.id}.ics")
    click.echo("\nThey are not shown again. For other machines, put the store's own name in place of its "
               f"{'address' if running is not None else 'word STORE'}.\n"
               f"To end them: sinne token revoke {quote(f'calendar {label.strip()}')}", err=True)


def _version(file: str | None, data: str | None) -> PlanVersion:
    """The plan in force in a folder, or that of a file as if it were published now."""
    plan, memory = plan_from(file, data)
    try:
        version = None if memory is None else memory.plan_in_force()
    finally:
        if memory is not None:
            memory.close()
    return version or PlanVersion(1, plan.digest, LOCAL.name, "", SystemClock().now(), plan)


def _content(file: str) -> bytes:
    try:
        with Path(file).open("rb") as opened_file:
            return opened_file.read(_MOST_BYTES)
    except FileNotFoundError:
        raise Refused(f"There is no file {file}.") from None
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error


def _take(folder: Path, content: bytes, kind: str) -> dict[str, Any]:
    with held_memory(folder) as memory:
        clock = SystemClock()
        taken = StoreCalendar(memory, StorePlanning(memory, Asleep(), clock), clock).take_exceptions(
            content, LOCAL, kind)
    return {"version": None if taken.version is None else taken.version.version, "added": taken.added,
            "replaced": taken.replaced, "left_out": taken.left_out}
