"""`sinne cues`: what people are asked to do on a day of the store, and what they did about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from controller.cli.files import data_option, json_option
from controller.cli.owner import Asleep
from controller.cli.shown import as_table, jsonable, say_json
from controller.cli.sources import Running, no_plan, opened
from controller.clock import SystemClock
from controller.cueing import StoreCues
from controller.errors import Refused
from controller.settings import data_folder

_WORDS = {"to-come": "to come"}


@click.command(short_help="Show what people are asked to do, and what they did.")
@data_option
@click.option("--day", metavar="YYYY-MM-DD", help="Which day of the store (default: today).")
@json_option
def cues(data: str | None, day: str | None, as_json: bool) -> None:
    """Show the cues of a day: the tasks for people that its moods and campaigns bring, and how each stands.

    \b
    For example:  sinne cues --day 2026-12-24
    """
    wanted = _day(day)
    running = Running.of(data_folder(data))
    found, timezone = _asleep(data, wanted) if running is None else _awake(running, wanted)
    if as_json:
        say_json(found)
        return
    if not found["cues"]:
        click.echo(f"Nobody is asked for anything on {found['day']}.")
        return
    tz = ZoneInfo(timezone)
    click.echo(as_table(("Due", "Late from", "What", "Where", "Why", "Stands", "By"),
                        [_row(cue, tz) for cue in found["cues"]]))


def _awake(running: Running, day: date | None) -> tuple[dict[str, Any], str]:
    """As the store that runs says it, and its time zone."""
    found: dict[str, Any] = running.ask("GET", "/cues" if day is None else f"/cues?day={day.isoformat()}")
    return found, str(running.ask("GET", "/store")["timezone"])


def _asleep(data: str | None, day: date | None) -> tuple[dict[str, Any], str]:
    """From what a store remembers that does not run. Raises Refused where there is none."""
    memory = opened(data_folder(data))
    try:
        version = memory.plan_in_force()
        if version is None:
            raise Refused(no_plan(data_folder(data)))
        here = StoreCues(memory, Asleep(), SystemClock())
        today = here.today()
        found = {"day": (day or today).isoformat(), "open": here.open_count(),
                 "next_change": here.next_change() if day in (None, today) else None,
                 "cues": [asdict(cue) for cue in here.day(None if day == today else day)]}
        return jsonable(found), version.plan.store.timezone
    finally:
        memory.close()


def _row(cue: dict[str, Any], tz: ZoneInfo) -> tuple[str, ...]:
    by = "" if cue["by"] is None else f"{cue['by']}, {_clock(cue['at'], tz)}"
    where = cue["place"] if cue["place"] and cue["once"] == "store" else \
        ", ".join(part for part in (cue["place"], cue["zone_name"]) if part)
    return (_clock(cue["due"], tz), _clock(cue["late_from"], tz), cue["text"], where, cue["layer"],
            _WORDS.get(cue["standing"], cue["standing"]), by)


def _clock(instant: str, tz: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(tz):%H:%M}"


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter(f"{text!r} is not a date such as 2026-12-24.", param_hint="--day") from wrong
