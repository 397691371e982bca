"""`sinne hq report`: what was on, where and when, by the journals of the stores (`docs/proof.md`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime

import click

from controller.cli.files import json_option
from controller.cli.hq_store import Given, opened_hq
from controller.cli.shown import as_table, say_json
from controller.clock import SystemClock
from controller.hq.proof.store_proofs import REPORTS, StoreProofs
from controller.hq.shapes_proof import Coverage, ReportQuery

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("report", short_help="What was on: plays, scents, campaigns, quiet hours.")
@click.argument("which", metavar="WHICH", type=click.Choice(REPORTS))
@click.option("--from", "first", type=_DAY, metavar="DAY", help="The first day, as stores count days: 2026-03-01. "
              "Unless given, the first of this month.")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="The last day, included. Unless given, today.")
@click.option("--store", "stores", multiple=True, metavar="STORE", help="Only this store (may be given several times).")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only stores with this tag (with all, if several).")
@click.option("--country", default="", metavar="CC", help="Only stores of this country, as SE.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values (RFC 4180), with all there is.")
@click.option("--bom", is_flag=True, help="With --csv: a byte order mark first, for spreadsheets that ask for one.")
@json_option
@click.option("--data", metavar="FOLDER", help="HQ's data folder (default: SINNE_HQ_DATA, else "
              "~/.local/share/sinne-hq).")
@click.option("--database", metavar="URL", help="postgresql://user@host/name instead of a file in the data folder.")
@click.pass_obj
def report(
    given: Given | None, which: str, first: datetime | None, last: datetime | None, stores: tuple[str, ...],
    tags: tuple[str, ...], country: str, as_csv: bool, bom: bool, as_json: bool, data: str | None, database: str | None,
) -> None:
    """What was on, where and when: WHICH is plays, scents, campaigns or quiet-hours.

    It rests on what stores wrote into their journals. What nobody saw is told apart, and never counted as kept.

    \b
    sinne hq report plays --from 2026-03-01 --to 2026-03-31 --csv > march.csv
    """
    if as_csv and as_json:
        raise click.UsageError("Say --csv or --json, not both.")
    if bom and not as_csv:
        raise click.UsageError("--bom goes with --csv.")
    today = SystemClock().now().date()
    asked = ReportQuery(_day(first, today.replace(day=1)), _day(last, today), stores, tags, country.upper())
    with opened_hq(data or (given.data if given else None), database or (given.database if given else None)) as opened:
        memory = opened.memory
        proofs = StoreProofs(memory.proof, memory.fleet_rows, memory, SystemClock())
        if as_csv:
            for line in proofs.csv(which, asked, bom):
                click.echo(line, nl=False)
        else:
            _SHOWN[which](proofs, asked, as_json)


def _day(said: datetime | None, default: date) -> date:
    return default if said is None else said.date()


def _plays(proofs: StoreProofs, asked: ReportQuery, as_json: bool) -> None:
    found = proofs.plays(asked)
    if as_json:
        say_json(asdict(found))
        return
    _say(("Store", "Zone", "Title", "Artist", "ISRC", "Plays", "Minutes"), [
        (line.store_name, line.zone_name, line.title, line.artist, line.isrc, line.plays, _one(line.seconds / 60))
        for line in found.lines], found.coverage)
    if found.line_count > len(found.lines):
        click.echo(f"These are the first {len(found.lines)} of {found.line_count} lines; --csv has every play.")
    click.echo(f"{found.plays} plays, {_one(found.hours)} hours.")


def _scents(proofs: StoreProofs, asked: ReportQuery, as_json: bool) -> None:
    found = proofs.scents(asked)
    if as_json:
        say_json(asdict(found))
        return
    _say(("Store", "Zone", "Fragrance", "Hours", "At full", "ml"), [
        (line.store_name, line.zone_name, line.fragrance_name, _one(line.hours), _one(line.full_hours),
         f"{_one(line.ml)} (modelled)" if line.modelled else _one(line.ml)) for line in found.lines], found.coverage)


def _campaigns(proofs: StoreProofs, asked: ReportQuery, as_json: bool) -> None:
    found = proofs.campaigns(asked)
    if as_json:
        say_json(asdict(found))
        return
    _say(("Campaign", "Store", "Kept", "Planned min", "Kept min", "Overridden", "Stopped", "Differing", "Not known"), [
        (line.campaign_name, line.store_name or "all stores", _pct(line.kept_pct), _one(line.planned_min),
         _one(line.kept_min), _one(line.overridden_min), _one(line.stopped_min), _one(line.differing_min),
         _one(line.unknown_min)) for line in (*found.totals, *found.lines)], found.coverage)


def _quiet_hours(proofs: StoreProofs, asked: ReportQuery, as_json: bool) -> None:
    found = proofs.quiet_hours(asked)
    if as_json:
        say_json(asdict(found))
        return
    _say(("Quiet hour", "Store", "Windows", "Measured", "Kept", "Worst"), [
        (line.name, line.store_name, line.windows, line.measured, _pct(line.kept_pct), line.worst)
        for line in found.lines], found.coverage)


_SHOWN: dict[str, Callable[[StoreProofs, ReportQuery, bool], None]] = dict(
    zip(REPORTS, (_plays, _scents, _campaigns, _quiet_hours), strict=True))


def _say(heads: Sequence[str], rows: Sequence[Sequence[object]], coverage: Coverage) -> None:
    click.echo(as_table(heads, rows) if rows else "Nothing was told of these days.")
    click.echo(coverage.sentence)


def _one(value: float) -> str:
    return f"{value:.1f}"


def _pct(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1f} %"
