"""Commands about plans: `check`, `import`, `export`, `plan`, `explain`. They work on a file, or on a store's folder."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from controller.cli.owner import LOCAL, Asleep
from controller.cli.shown import as_table, jsonable
from controller.cli.sources import Running, data_option, json_option, plan_from, read_file
from controller.clock import SystemClock
from controller.errors import Refused, Unavailable
from controller.planning import StorePlanning
from controller.settings import BUILD_DATE, data_folder
from controller.storage.leases import hold_folder
from controller.storage.opening import open_memory
from controller.walltime import Wall
from controller.wording import reason, until_words
from controller.wording_values import names_of, sense_words, setting_words
from profiles.finding import Level
from profiles.layers import LayerName, Rank
from profiles.plan import Live, Plan
from profiles.planfile import PlanFileError, read_plan
from profiles.planwriter import write_plan
from profiles.resolve import resolve
from profiles.scene import Role, Sense
from profiles.timeline import Segment, timeline


@click.command()
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Check a plan file: every error and warning, with its line. Exit status 1 if it has errors."""
    plan, findings = read_file(file)
    errors = sum(1 for finding in findings if finding.level is Level.ERROR)
    if as_json:
        click.echo(json.dumps({"file": file, "ok": errors == 0, "digest": None if plan is None else plan.digest,
                               "findings": [dataclasses.asdict(f) for f in findings]}, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.level.value}: {finding}")
        warnings = len(findings) - errors
        click.echo(f"{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}."
                   + ("" if errors or plan is None else f" {_content(plan)}"))
    sys.exit(1 if errors or plan is None else 0)


@click.command("import")
@click.argument("file")
@data_option
@click.option("--note", default="", help="Why, for the record.")
def import_(file: str, data: str | None, note: str) -> None:
    """Bring a plan file into a store as its next version. A running store takes it over at once.

    Nothing changes unless the whole file is right.
    """
    bring_in(file, data_folder(data), note)


@click.command()
@data_option
@click.option("--output", "-o", metavar="FILE", help="Where to write it (default: standard output).")
@json_option
def export(data: str | None, output: str | None, as_json: bool) -> None:
    """Write the plan in force as a readable file, which `import` takes again."""
    plan, memory = plan_from(None, data)
    if memory is not None:
        memory.close()
    text = json.dumps(plan.model_dump(mode="json"), indent=2) + "\n" if as_json else write_plan(plan)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"{plan.store.name} is in {output}.", err=True)


@click.command()
@click.argument("file", required=False, metavar="[STORE.yaml]")
@data_option
@click.option("--day", metavar="YYYY-MM-DD", help="Which day of the store (default: today).")
@click.option("--zone", "only", metavar="ID", help="Only this zone.")
@json_option
def plan(file: str | None, data: str | None, day: str | None, only: str | None, as_json: bool) -> None:
    """Show a day of a store: what each zone is, from when to when, and why."""
    chosen, live = _with_live(file, data)
    tz = ZoneInfo(chosen.store.timezone)
    start = _midnight(_day(day, tz), tz)
    end = _midnight(start.astimezone(tz).date() + timedelta(days=1), tz)
    wall = Wall(tz, datetime.now(UTC))
    segments = [segment for zone in _zones(chosen, only) for segment in timeline(chosen, live, zone, start, end)]
    if as_json:
        click.echo(json.dumps(jsonable({
            "store": chosen.store.id, "timezone": chosen.store.timezone, "digest": chosen.digest,
            "segments": [_segment(segment, live, wall) for segment in segments]}), indent=2))
        return
    names = names_of(chosen)
    click.echo(f"{chosen.store.name}, {start.astimezone(tz):%A %d %B %Y} ({chosen.store.timezone})\n")
    rows = []
    for segment in segments:
        leading = segment.resolution.leading
        values = {field: got.value for field, got in segment.resolution.fields.items()}
        rows.append((segment.zone, _clock(segment.start, tz), _clock(segment.end, tz), leading.profile or leading.name,
                     *(sense_words(sense, values, names, (Role.AMBIENT,)) for sense in Sense),
                     _because(leading, live, wall)))
    click.echo(as_table(("Zone", "From", "To", "Mood", "Light", "Music", "Scent", "Why"), rows))


@click.command()
@click.argument("zone")
@click.argument("file", required=False, metavar="[STORE.yaml]")
@data_option
@click.option("--at", metavar="TIME", help="An instant: 2026-12-24T15:00, in the store's time unless it names a zone "
              "(default: now).")
@json_option
def explain(zone: str, file: str | None, data: str | None, at: str | None, as_json: bool) -> None:
    """Explain a zone at an instant: each field, which layer gave it, what it beat, the limits, and until when."""
    chosen, live = _with_live(file, data)
    tz = ZoneInfo(chosen.store.timezone)
    zone = _zones(chosen, zone)[0]
    instant = _instant(at, tz)
    resolution = resolve(chosen, live, zone, instant)
    fields = [{
        "field": field.value, "value": got.value, "layer": got.because.layer.name,
        "rank": got.because.layer.rank.name.lower(), "mood": got.because.layer.profile, "by": got.because.layer.by,
        "beat": [{"layer": b.layer.name, "rank": b.layer.rank.name.lower(), "value": b.value}
                 for b in got.because.beat],
        "limits": [{"limit": c.limit, "asked": c.asked, "given": c.given} for c in got.because.clamps],
        "until": got.until} for field, got in resolution.fields.items()]
    if as_json:
        click.echo(json.dumps(jsonable({"zone": zone, "at": instant, "digest": chosen.digest,
                                        "until": resolution.until, "fields": fields}), indent=2))
        return
    leading = resolution.leading
    what = leading.profile or leading.name
    click.echo(f"{chosen.zone(zone).name} at {instant.astimezone(tz):%Y-%m-%d %H:%M}: {what}")
    wall, names = Wall(tz, datetime.now(UTC)), names_of(chosen)
    click.echo(until_words(_because(leading, live, wall), resolution.until, wall) + "\n")
    click.echo(as_table(("Field", "Value", "Because", "Instead of", "Limits", "Until"), [
        (field.value, setting_words(got.value, names), _because(got.because.layer, live, wall),
         ", ".join(f"{setting_words(b.value, names)} ({b.layer.name})" for b in got.because.beat) or "–",
         ", ".join(f"{c.limit}: {setting_words(c.asked, names)} was asked" for c in got.because.clamps) or "–",
         "no change in sight" if got.until is None else wall.at(got.until))
        for field, got in resolution.fields.items()]))


def bring_in(file: str, folder: Path, note: str) -> None:
    """Publish a file into a store's folder: through its API where it runs, else straight into what it remembers."""
    path = Path(file)
    try:
        text = path.read_bytes().decode("utf-8")
        brought = read_plan(text, file)
    except UnicodeDecodeError as error:
        raise Refused(f"{file}: it is not a text in UTF-8.") from error
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    except PlanFileError as wrong:
        raise Refused("\n".join(str(finding) for finding in wrong.findings)) from wrong
    running = Running.of(folder)
    if running is not None:
        answer = running.ask("PUT", "/plan", text.encode(), "application/yaml")
        click.echo(f"{brought.store.name} runs it now, as version {answer['version']}.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    hold = hold_folder(folder)
    try:
        memory = open_memory(folder, BUILD_DATE)
        try:
            planning = StorePlanning(memory, Asleep(), SystemClock())
            version = planning.publish(brought, note or f"brought in from {path.name}", LOCAL)
        finally:
            memory.close()
    finally:
        hold.release()
    click.echo(f"{brought.store.name} is in {folder}, as version {version.version}.")


def _with_live(file: str | None, data: str | None) -> tuple[Plan, Live]:
    chosen, memory = plan_from(file, data)
    if memory is None:
        return chosen, Live()
    try:
        return chosen, memory.live(datetime.now(UTC) - timedelta(days=400))
    finally:
        memory.close()


def _zones(chosen: Plan, only: str | None) -> list[str]:
    known = [zone.id for zone in chosen.zones]
    if only is None:
        return known
    if only not in known:
        raise Refused(f"{chosen.store.name} has no zone {only!r}. It has: {', '.join(known)}.")
    return [only]


def _day(text: str | None, tz: ZoneInfo) -> date:
    try:
        return datetime.now(tz).date() if text is None else date.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter(f"{text!r} is not a date such as 2026-12-24.", param_hint="--day") from wrong


def _instant(text: str | None, tz: ZoneInfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        read = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-12-24T15:00.", param_hint="--at") from wrong
    return (read if read.tzinfo is not None else read.replace(tzinfo=tz)).astimezone(UTC)


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tz).astimezone(UTC)


def _clock(instant: datetime, tz: ZoneInfo) -> str:
    return f"{instant.astimezone(tz):%H:%M}"


def _segment(segment: Segment, live: Live, wall: Wall) -> dict[str, object]:
    leading = segment.resolution.leading
    return {"zone": segment.zone, "start": segment.start, "end": segment.end, "what": leading.profile or leading.name,
            "rank": leading.rank.name.lower(), "because": _because(leading, live, wall),
            "values": {field.value: got.value for field, got in segment.resolution.fields.items()}}


def _because(layer: LayerName, live: Live, wall: Wall) -> str:
    if layer.rank is Rank.DEFAULT:
        return f"Zone default of {layer.name}"
    since = next((stop.since for stop in live.stops if stop.id == layer.id), None)
    return reason(layer.rank, layer.name, layer.by, "" if since is None else wall.at(since))


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _content(plan: Plan) -> str:
    return (f"{plan.store.name}: {_count(len(plan.zones), 'zone')}, {_count(len(plan.devices), 'device')}, "
            f"{_count(len(plan.profiles), 'profile')}, {_count(len(plan.dayparts), 'daypart')}.")


