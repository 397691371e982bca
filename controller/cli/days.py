"""Commands that look at a plan in time: `plan`, a day of a store; `explain`, one zone at one instant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from controller.cli.files import data_option, json_option
from controller.cli.shown import as_table, say_json
from controller.cli.sources import plan_from
from controller.clock import SystemClock
from controller.errors import Refused
from controller.ports import PlanVersion
from controller.shapes import Explained, FieldShown, SegmentShown, Without
from controller.showing.instants import OtherInstants, Question, Standpoint
from controller.walltime import Wall
from controller.wording_values import names_of, sense_words, setting_words
from profiles.instants import instant as instant_of
from profiles.plan import Live, Plan
from profiles.scene import Field, Role, Sense

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
    with _looking(file, data) as (here, instants):
        chosen = here.version.plan
        tz = ZoneInfo(chosen.store.timezone)
        start = _midnight(_day(day, tz, here.now), tz)
        end = _midnight(start.astimezone(tz).date() + timedelta(days=1), tz)
        segments = instants.timeline(here, _zones(chosen, only), start, end, holds={})
    if as_json:
        say_json({"store": chosen.store.id, "timezone": chosen.store.timezone, "digest": chosen.digest,
                  "day": f"{start.astimezone(tz):%Y-%m-%d}", "start": start, "end": end,
                  "segments": [_segment(segment) for segment in segments]})
        return
    names = names_of(chosen)
    click.echo(f"{chosen.store.name}, {start.astimezone(tz):%A %d %B %Y} ({chosen.store.timezone})\n")
    rows = []
    for segment in segments:
        values = {Field(field): value for field, value in segment.values.items()}
        rows.append((segment.zone, _clock(segment.start, tz), "24:00" if segment.end == end else
                     _clock(segment.end, tz), segment.what,
                     *(sense_words(sense, values, names, (Role.AMBIENT,)) for sense in Sense), _why(segment)))
    click.echo(as_table(("Zone", "From", "To", "Mood", "Light", "Music", "Scent", "Why"), rows))


@click.command(short_help="Explain a zone at an instant, field by field.")
@click.argument("zone")
@click.argument("file", required=False, metavar="[STORE.yaml]")
@data_option
@click.option("--at", metavar="TIME", help="An instant: 2026-12-24T15:00, or 15:00 for today, in the store's time; "
              "or with an offset, 2026-12-24T15:00+01:00 (default: now).")
@click.option("--sense", type=click.Choice([sense.value for sense in Sense]), help="Only light, music or scent.")
@click.option("--without", metavar="LAYER", help="What it would be without a layer: campaign:spring, or its id alone.")
@json_option
def explain(
    zone: str, file: str | None, data: str | None, *, at: str | None, sense: str | None, without: str | None,
    as_json: bool,
) -> None:
    """Explain a zone at an instant: what, why, until when; each field with the layer that gave it and what it beat.

    ZONE is a zone's id, as the plan has it. With a file it explains the file; else the plan in force in a store's
    folder, with what was pressed. Of an instant in the past it tells by the plan of then, and what really happened.

    \b
    For example:  sinne explain sales shop.yaml --at 2026-12-24T15:00
                  sinne explain sales --at 09:30 --without campaign:spring
    """
    with _looking(file, data) as (here, instants):
        tz = ZoneInfo(here.version.plan.store.timezone)
        zone = _zones(here.version.plan, zone)[0]
        asked = Question(zone, _instant(at, tz, here.now), without, None if sense is None else Sense(sense))
        found = instants.explain(here, asked, ())
    if as_json:
        say_json(_answer(found, here.version.plan.digest))
        return
    wall, names = Wall(tz, here.now), names_of(here.version.plan)
    click.echo(f"{here.version.plan.zone(zone).name} at {found.at.astimezone(tz):%Y-%m-%d %H:%M %Z}: {found.what}")
    click.echo(found.because + (f" (plan {found.version})" if found.version else ""))
    for said in (found.happened, found.without):
        if said is not None:
            click.echo(said.sentence)
    click.echo()
    click.echo(as_table(("Field", "Value", "Because", "Instead of", "Limits", "Until"), [
        (got.field.value, setting_words(got.value, names), _without_end(got, wall),
         ", ".join(f"{'' if b.value is None else setting_words(b.value, names)} ({b.name})" for b in got.beat),
         "; ".join(got.limits), "no change in sight" if got.until is None else wall.at(got.until))
        for got in found.fields]))


@contextmanager
def _looking(file: str | None, data: str | None) -> Iterator[tuple[Standpoint, OtherInstants]]:
    """Where the question is asked from: a plan file, or a store's folder with its past."""
    chosen, memory = plan_from(file, data)
    now = SystemClock().now()
    if memory is None:
        yield Standpoint(PlanVersion(0, chosen.digest, "", "", now, chosen), Live(), now), OtherInstants(None)
        return
    try:
        version = memory.plan_in_force() or PlanVersion(0, chosen.digest, "", "", now, chosen)
        yield Standpoint(version, memory.live(now - _LOOK_BACK), now), OtherInstants(memory)
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


def _without_end(got: FieldShown, wall: Wall) -> str:
    """The reason of a field without its end, which has a column of its own."""
    return got.because if got.until is None else got.because.removesuffix(f", until {wall.at(got.until)}")


def _why(segment: SegmentShown) -> str:
    """The reason, and what lies under the layer that leads where that leaves something to it."""
    under = [layer.name for layer in segment.others if layer.rank in ("daypart", "campaign", "override")]
    return f"{segment.because}, over {', '.join(under)}" if under else segment.because


def _segment(segment: SegmentShown) -> dict[str, object]:
    return {"zone": segment.zone, "start": segment.start, "end": segment.end, "what": segment.what,
            "rank": segment.rank, "because": segment.because, "values": segment.values, "layer": segment.layer.key,
            "others": [layer.key for layer in segment.others], "beat": [layer.key for layer in segment.beat],
            "limits": list(segment.limits)}


def _answer(found: Explained, digest: str) -> dict[str, object]:
    return {"zone": found.zone, "at": found.at, "digest": digest, "version": found.version, "what": found.what,
            "because": found.because, "until": found.until,
            "layer": None if found.layer is None else found.layer.key, "fields": [_field(got) for got in found.fields],
            "without": None if found.without is None else _without(found.without),
            "happened": None if found.happened is None else asdict(found.happened)}


def _without(would: Without) -> dict[str, object]:
    return {"layer": would.layer.key, "what": would.what, "because": would.because, "until": would.until,
            "sentence": would.sentence, "changes": list(would.changes), "values": would.values}


def _field(got: FieldShown) -> dict[str, object]:
    return {"field": got.field.value, "value": got.value, "layer": got.layer.name, "rank": got.layer.rank,
            "key": got.layer.key, "mood": got.layer.mood, "by": got.layer.by, "because": got.because,
            "beat": [{"layer": b.name, "rank": b.rank, "key": b.key, "value": b.value} for b in got.beat],
            "limits": list(got.limits), "until": got.until}
