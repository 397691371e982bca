"""`sinne simulate --dry-run`: a plan or campaigns tried on a copy of a store, told to a store manager."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

import click

from controller.cli.files import good_file, read_text
from controller.cli.shown import as_table, say_json
from controller.cli.sources import Running, has_store, no_plan
from controller.clock import SystemClock
from controller.dryrun.copying import StoreCopy, copy_of
from controller.dryrun.shapes import MOST_DAYS, USUAL_DAYS, Cartridge, DryRun
from controller.dryrun.trying import tried
from controller.errors import Refused, SinneError
from controller.settings import data_folder
from controller.storage.copying import copied_memory
from controller.walltime import Wall
from profiles.plan import Plan

_MINUS = "−"
#: A terminal is told how far it is at most so often.
_TELL_EVERY_S = 0.5


def run_dry_run(
    file: str, store_plan: str | None, data: str | None, days: float | None, seed: int | None, *, as_json: bool
) -> None:
    """Try `file` and say what is different. Raises Refused (exit status 1), click.UsageError (2)."""
    over = USUAL_DAYS if days is None else int(days)
    if days is not None and (days != over or not 1 <= over <= MOST_DAYS):
        raise click.UsageError(f"A dry run is over 1 to {MOST_DAYS} days: --days {days:g} is not one of them.")
    if store_plan is not None and data is not None:
        raise click.UsageError(f"Name a plan file or a store's folder, not both: {store_plan} and --data {data}.")
    copy = _copy(store_plan, data)
    found = tried(copy, read_text(file), file, over, seed=1 if seed is None else seed, tell=_Way(not as_json))
    if as_json:
        say_json(dataclasses.asdict(found))
    else:
        click.echo("\n".join(_told(found, copy.plan, file, copy)))


def _copy(store_plan: str | None, data: str | None) -> StoreCopy:
    now = SystemClock().now()
    if store_plan is not None:
        return StoreCopy(now, good_file(store_plan)[0])
    folder = data_folder(data)
    if not has_store(folder):
        raise Refused(no_plan(folder))
    memory = copied_memory(folder)
    try:
        return copy_of(memory, now, _levels(folder))
    finally:
        memory.close()


def _levels(folder: Path) -> Mapping[str, float]:
    """What is left in cartridges: only a running store knows. Where it does not answer, nobody does."""
    try:
        running = Running.of(folder)
        devices = [] if running is None else running.ask("GET", "/devices")["devices"]
    except SinneError:
        return {}
    return {device["id"]: float(device["ml_left"]) for device in devices if device.get("ml_left") is not None}


class _Way:
    """Tells on a terminal how far it is, and wipes that away at the end."""

    def __init__(self, told: bool) -> None:
        self._told = told and sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, share: float) -> None:
        if self._told and time.monotonic() >= self._next:
            self._next = time.monotonic() + _TELL_EVERY_S
            click.echo(f"\r{share:4.0%} of two copies of the store …\r", nl=False, err=True)


def _told(run: DryRun, plan: Plan, file: str, copy: StoreCopy) -> Iterator[str]:
    wall = Wall(plan.store.place.tz, copy.at)
    with_what = "the plan file" if run.version is None else f"version {run.version}, which is in force"
    yield f"{file} on a copy of {plan.store.name}, beside {with_what}."
    yield (f"{_count(run.days, 'day')}, from {wall.at(run.start)} to {wall.at(run.end)}. Nothing in the store is "
           "changed.")
    yield f"\n{run.sentence}"
    yield "\nWhat would be felt"
    yield from _felt(run)
    if run.parts:
        yield "\nWritten differently"
        yield from _list(run.parts)
    yield f"\nEnergy, kWh{_typical(run)}"
    yield _table(("Zone", "As it is", "With it", "Difference"), [
        *((zone.name, zone.before_kwh, zone.after_kwh) for zone in run.energy.zones),
        ("In all", run.energy.before_kwh, run.energy.after_kwh)], 2)
    yield "\nScent, ml"
    if run.scent:
        yield _table(("Fragrance", "As it is", "With it", "Difference"), [
            (f"{use.fragrance_name}, {use.name}", use.before_ml, use.after_ml) for use in run.scent], 1)
    changed = [_lasts(one, wall) for one in run.cartridges if one.changes]
    yield from _list(changed, "Every cartridge lasts as long as it does now." if run.cartridges else "None is used.")
    if run.presses:
        yield "\nPresses that are alive now"
        yield from _list([press.sentence for press in run.presses])
    yield "\nWarnings"
    yield from _list([*run.warnings, *run.seen], "None that the plan does not have already.")


def _felt(run: DryRun) -> Iterator[str]:
    for zone, changes in groupby(run.together, lambda one: one.name):
        yield f"  {zone}"
        for change in changes:
            yield f"    {change.when}: {change.what}"
    if not run.together:
        yield "  Nothing is different."


def _typical(run: DryRun) -> str:
    if not run.energy.typical:
        return ""
    return (f" (rated power of {run.energy.typical} of {_count(run.energy.devices, 'device')} not in the plan: typical "
            "of their kind)")


def _lasts(one: Cartridge, wall: Wall) -> str:
    head = f"{one.name}, {'taken for full, ' if one.assumed else ''}{one.ml:.0f} ml now:"
    was = f"{one.left_before_ml:.1f} ml left as it is" if one.empty_before is None else \
        f"as it is, empty {wall.at(one.empty_before)}"
    if one.empty_after is None:
        return f"{head} {one.left_after_ml:.1f} ml left at the end ({was})."
    return f"{head} empty {wall.at(one.empty_after)} ({was})."


def _table(heads: tuple[str, ...], rows: list[tuple[str, float, float]], digits: int) -> str:
    lines = []
    for name, before, after in rows:
        change = round(after - before, digits)
        sign = "+" if change > 0 else _MINUS if change < 0 else ""
        lines.append((name, f"{before:.{digits}f}", f"{after:.{digits}f}", f"{sign}{abs(change):.{digits}f}"))
    return "\n".join(f"  {line}" for line in as_table(heads, lines).splitlines())


def _list(said: list[str] | tuple[str, ...], empty: str = "") -> Iterator[str]:
    yield from (f"  {line}" for line in said)
    if not said and empty:
        yield f"  {empty}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
