"""Commands that look at a plan in time: `plan`, a day of a store; `explain`, one zone at one instant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from controller.cli.files import data_option, json_option
from controller.cli.shown import as_table, say_json
from controller.cli.sources import plan_from
from controller.clock import SystemClock
from controller.errors import Refused
from controller.walltime import Wall
from controller.wording import reason, until_words
from controller.wording_values import names_of, sense_words, setting_words
from profiles.instants import instant as instant_of
from profiles.layers import LayerName, Rank
from profiles.plan import Live, Plan
from profiles.resolve import Resolution, resolve
from profiles.scene import Role, Sense
from profiles.timeline import Segment, timeline

#: What is asked about lies between these years; time zones and holidays are known for few of the others.
_YEARS = range(1970, 2201)
#: What ended longer ago than this is not looked for among presses and stops.
_LOOK_BACK = timedelta(days=400)


@click.command(short_help="Show a day of a store: what, when and why.")
@click.argument("file", required=False, metavar="[STORE.yaml]")
@data_option
@click.option("--day", metavar="YYYY-MM-DD", help="Which day of the store (default: today).")
@click.option("--zone", "only", metavar="ID", help="Only this zone.")
@json_option
def plan(file: str | None, data: str | None, day: str | None, only: str | None, as_json: bool) -> None:
    """Show a day of a store: what each zone is, from when to when, and why.

    With a file it shows the file; else the plan in force in a store's folder, with what was pressed.

    \b
    For example:  sinne plan shop.yaml --day 2026-12-24
    """
    chosen, live = _with_live(file, data)
    tz = ZoneInfo(chosen.store.timezone)
    now = SystemClock().now()
    start = _midnight(_day(day, tz, now), tz)
    end = _midnight(start.astimezone(tz).date() + timedelta(days=1), tz)
    wall = Wall(tz, now)
    segments = [segment for zone in _zones(chosen, only) for segment in timeline(chosen, live, zone, start, end)]
    if as_json:
        say_json({"store": chosen.store.id, "timezone": chosen.store.timezone, "digest": chosen.digest,
                  "day": f"{start.astimezone(tz):%Y-%m-%d}", "start": start, "end": end,
                  "segments": [_segment(segment, live, wall) for segment in segments]})
        return
    names = names_of(chosen)
    click.echo(f"{chosen.store.name}, {start.astimezone(tz):%A %d %B %Y} ({chosen.store.timezone})\n")
    rows = []
    for segment in segments:
        leading = segment.resolution.leading
        values = {field: got.value for field, got in segment.resolution.fields.items()}
        rows.append((segment.zone, _clock(segment.start, tz), "24:00" if segment.end == end else
                     _clock(segment.end, tz), leading.profile or leading.name,
                     *(sense_words(sense, values, names, (Role.AMBIENT,)) for sense in Sense),
                     _because(leading, live, wall)))
    click.echo(as_table(("Zone", "From", "To", "Mood", "Light", "Music", "Scent", "Why"), rows))


@click.command(short_help="Explain a zone at an instant, field by field.")
@click.argument("zone")
@click.argument("file", required=False, metavar="[STORE.yaml]")
@data_option
@click.option("--at", metavar="TIME", help="An instant: 2026-12-24T15:00, or 15:00 for today, in the store's time; "
              "or with an offset, 2026-12-24T15:00+01:00 (default: now).")
@json_option
def explain(zone: str, file: str | None, data: str | None, at: str | None, as_json: bool) -> None:
    """Explain a zone at an instant: each field, which layer gave it, what it beat, the limits, and until when.

    ZONE is a zone's id, as the plan has it. With a file it explains the file; else the plan in force in a store's
    folder, with what was pressed.

    \b
    For example:  sinne explain sales shop.yaml --at 2026-12-24T15:00
    """
    chosen, live = _with_live(file, data)
    tz = ZoneInfo(chosen.store.timezone)
    zone = _zones(chosen, zone)[0]
    instant = _instant(at, tz, SystemClock().now())
    resolution = resolve(chosen, live, zone, instant)
    if as_json:
        say_json({"zone": zone, "at": instant, "digest": chosen.digest, "until": resolution.until,
                  "fields": _fields(resolution)})
        return
    leading = resolution.leading
    click.echo(f"{chosen.zone(zone).name} at {instant.astimezone(tz):%Y-%m-%d %H:%M %Z}: "
               f"{leading.profile or leading.name}")
    wall, names = Wall(tz, SystemClock().now()), names_of(chosen)
    click.echo(until_words(_because(leading, live, wall), resolution.until, wall) + "\n")
    click.echo(as_table(("Field", "Value", "Because", "Instead of", "Limits", "Until"), [
        (field.value, setting_words(got.value, names), _because(got.because.layer, live, wall),
         ", ".join(f"{setting_words(b.value, names)} ({b.layer.name})" for b in got.because.beat),
         ", ".join(f"{c.limit}: {setting_words(c.asked, names)} was asked" for c in got.because.clamps),
         "no change in sight" if got.until is None else wall.at(got.until))
        for field, got in resolution.fields.items()]))


def _with_live(file: str | None, data: str | None) -> tuple[Plan, Live]:
    chosen, memory = plan_from(file, data)
    if memory is None:
        return chosen, Live()
    try:
        return chosen, memory.live(SystemClock().now() - _LOOK_BACK)
    finally:
        memory.close()


def _zones(chosen: Plan, only: str | None) -> list[str]:
    known = [zone.id for zone in chosen.zones]
    if only is None:
        return known
    if only not in known:
        raise Refused(f"{chosen.store.name} has no zone {only!r}. It has: {', '.join(known)}.")
    return [only]


def _day(text: str | None, tz: ZoneInfo, now: datetime) -> date:
    try:
        found = now.astimezone(tz).date() if text is None else date.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter(f"{text!r} is not a date such as 2026-12-24.", param_hint="--day") from wrong
    return _in_range(found, "--day")


def _instant(text: str | None, tz: ZoneInfo, now: datetime) -> datetime:
    """What was meant, in UTC. A clock time of the store that does not exist, or exists twice, is read as plans are."""
    if text is None:
        return now
    try:
        if re.fullmatch(r"\d?\d:\d\d(:\d\d)?", text):
            read = datetime.combine(now.astimezone(tz).date(), time.fromisoformat(text.rjust(5, "0")))
        else:
            read = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-12-24T15:00 or 15:00.",
                                 param_hint="--at") from wrong
    _in_range(read.date(), "--at")
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    minute = datetime.fromtimestamp(instant_of(read.date(), read.hour * 60 + read.minute, tz), UTC)
    _say_odd_hour(read, minute, tz)
    return minute + timedelta(seconds=read.second)


def _say_odd_hour(read: datetime, meant: datetime, tz: ZoneInfo) -> None:
    early, late = (read.replace(tzinfo=tz, fold=fold).utcoffset() for fold in (0, 1))
    if early is None or late is None or early == late:
        return
    if early < late:
        click.echo(f"{read:%H:%M} does not exist in the store on {read:%Y-%m-%d}, when summer time begins; this is "
                   f"{meant.astimezone(tz):%H:%M}.", err=True)
    else:
        first = read.replace(tzinfo=tz, fold=0).isoformat(timespec="minutes")
        click.echo(f"{read:%H:%M} comes twice in the store on {read:%Y-%m-%d}, when summer time ends; this is the "
                   f"second. The first is --at {first}", err=True)


def _in_range(day: date, option: str) -> date:
    if day.year not in _YEARS:
        raise click.BadParameter(f"{day.isoformat()} is too far away; name a day from {_YEARS[0]} to {_YEARS[-1]}.",
                                 param_hint=option)
    return day


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tz).astimezone(UTC)


def _clock(instant: datetime, tz: ZoneInfo) -> str:
    return f"{instant.astimezone(tz):%H:%M}"


def _segment(segment: Segment, live: Live, wall: Wall) -> dict[str, object]:
    leading = segment.resolution.leading
    return {"zone": segment.zone, "start": segment.start, "end": segment.end, "what": leading.profile or leading.name,
            "rank": leading.rank.name.lower(), "because": _because(leading, live, wall),
            "values": {field.value: got.value for field, got in segment.resolution.fields.items()}}


def _fields(resolution: Resolution) -> list[dict[str, object]]:
    return [{
        "field": field.value, "value": got.value, "layer": got.because.layer.name,
        "rank": got.because.layer.rank.name.lower(), "mood": got.because.layer.profile, "by": got.because.layer.by,
        "beat": [{"layer": b.layer.name, "rank": b.layer.rank.name.lower(), "value": b.value}
                 for b in got.because.beat],
        "limits": [{"limit": c.limit, "asked": c.asked, "given": c.given} for c in got.because.clamps],
        "until": got.until} for field, got in resolution.fields.items()]


def _because(layer: LayerName, live: Live, wall: Wall) -> str:
    if layer.rank is Rank.DEFAULT:
        return f"Zone default of {layer.name}"
    since = next((stop.since for stop in live.stops if stop.id == layer.id), None)
    return reason(layer.rank, layer.name, layer.by, "" if since is None else wall.at(since))
