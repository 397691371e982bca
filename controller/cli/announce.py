"""`sinne announce`: what is said over the music, and saying it now."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from controller.cli.files import data_option, json_option
from controller.cli.shown import as_table, say_json
from controller.cli.sources import running_in
from controller.walltime import Wall


@click.command(short_help="Say an announcement of the plan now.")
@click.argument("announcement", required=False)
@click.option("--zone", "zones", metavar="ID", multiple=True, help="Only in this zone. May be given several times.")
@data_option
@json_option
def announce(announcement: str | None, zones: tuple[str, ...], data: str | None, as_json: bool) -> None:
    """Have the store that runs on this machine say ANNOUNCEMENT now. Without one, list those of the plan.

    Exit status 1 where it may not be said (a quiet hour, a stop) or no player took it.
    """
    if announcement is None:
        if zones:
            raise click.UsageError("--zone says where an announcement is to be said. Name the announcement too.")
        _list(data, as_json)
        return
    running = running_in(data)
    body = json.dumps({"zones": list(zones)} if zones else {}).encode()
    shown = running.ask("POST", f"/announcements/{announcement}", body)
    if as_json:
        say_json(shown)
    else:
        click.echo(f"{shown['name']}: {shown['last_words']}.")


def _list(data: str | None, as_json: bool) -> None:
    running = running_in(data)
    found = running.ask("GET", "/announcements")["announcements"]
    if as_json:
        say_json(found)
        return
    shop = running.ask("GET", "/store")
    wall = Wall(ZoneInfo(shop["timezone"]), datetime.fromisoformat(shop["now"]))
    rows = [(one["id"], one["name"], ", ".join(one["zones"]),
             "by press only" if one["next_at"] is None else wall.soon(datetime.fromisoformat(one["next_at"])),
             one["last_words"], one["text"]) for one in found]
    if rows:
        click.echo(as_table(("Announcement", "Name", "Zones", "Next", "Last", "It says"), rows) + "\n")
    click.echo(f"{len(rows)} announcements." if len(rows) != 1 else "1 announcement.")
