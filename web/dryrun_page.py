"""What the page *Try a plan* shows of a dry run: tables and days, in numbers and words that a store manager reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from controller.dryrun.shapes import Cartridge, DryRun, FeltDay, FeltTogether
from profiles.text import t, tn
from web.wall import PanelWall

_MINUS = "−"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what, as it is, with the candidate, and the difference; numbers in words already."""

    name: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a day on its track, in % of the day."""

    start_pct: float
    width_pct: float


@dataclass(frozen=True, slots=True)
class ZoneDay:
    """A zone on a day: where on the track, and what in words, by time."""

    name: str
    bars: tuple[Bar, ...]
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day on which something feels different."""

    words: str
    zones: tuple[ZoneDay, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A dry run as it is drawn."""

    run: DryRun
    span: str
    compared: str
    zones: tuple[tuple[str, tuple[FeltTogether, ...]], ...]
    days: tuple[DayShown, ...]
    energy: tuple[Row, ...]
    energy_total: Row
    energy_note: str
    scent: tuple[Row, ...]
    cartridges: tuple[str, ...]
    may_publish: bool


def outcome(run: DryRun, wall: PanelWall) -> Outcome:
    """A dry run, ready to be drawn."""
    days = tn("{count} day", "{count} days", run.days)
    span = t("{days} from {start} to {end}", days=days, start=wall.at(run.start), end=wall.at(run.end))
    compared = t("Compared with version {version} of the plan, which is in force.", version=run.version)
    energy = run.energy
    return Outcome(
        run, span, compared, tuple((name, tuple(changes)) for name, changes in groupby(
            run.together, lambda one: one.name)), tuple(_days(run.by_day, wall)),
        tuple(_row(zone.name, zone.before_kwh, zone.after_kwh) for zone in energy.zones),
        _row(t("The whole store"), energy.before_kwh, energy.after_kwh), energy_note(energy.typical, energy.devices),
        tuple(_row(t("{fragrance}, {diffuser}", fragrance=use.fragrance_name, diffuser=use.name), use.before_ml,
                   use.after_ml, 1) for use in run.scent),
        tuple(cartridge_words(one, wall) for one in run.cartridges if one.changes), run.digest != run.candidate)


def energy_note(typical: int, devices: int) -> str:
    """What the reckoning rests on."""
    if not typical:
        return t("Reckoned from the rated power that the plan names; a model, no measurement.")
    return t("For {typical} of {devices} devices the plan names no rated power, so what is typical of their kind is "
             "taken: 20 W for a light, 15 W for a player, 8 W for a diffuser. A model, no measurement.",
             typical=typical, devices=devices)


def cartridge_words(one: Cartridge, wall: PanelWall) -> str:
    """How long the liquid lasts, in one sentence."""
    head = t("{name}, nothing reported, so taken for full ({ml} ml):", name=one.name, ml=f"{one.ml:.0f}") \
        if one.assumed else t("{name}, {ml} ml now:", name=one.name, ml=f"{one.ml:.0f}")
    return f"{head} {_lasts(one, wall)}"


def _lasts(one: Cartridge, wall: PanelWall) -> str:
    if one.empty_after is None:
        left = t("{ml} ml left at the end", ml=f"{one.left_after_ml:.1f}")
        was = t("{ml} ml as it is", ml=f"{one.left_before_ml:.1f}") if one.empty_before is None else \
            t("as it is, empty {time}", time=wall.at(one.empty_before))
        return t("{left} ({was}).", left=left, was=was)
    was = t("it would last as it is") if one.empty_before is None else \
        t("as it is, {time}", time=wall.at(one.empty_before))
    return t("empty {time} ({was}).", time=wall.at(one.empty_after), was=was)


def _row(name: str, before: float, after: float, digits: int = 2) -> Row:
    change = round(after - before, digits)
    sign = "+" if change > 0 else _MINUS if change < 0 else ""
    return Row(name, f"{before:.{digits}f}", f"{after:.{digits}f}", f"{sign}{abs(change):.{digits}f}")


def _days(found: Iterable[FeltDay], wall: PanelWall) -> Iterator[DayShown]:
    for day, zones in groupby(found, lambda one: one.day):
        begin, end = (datetime.combine(each, time(), wall.zone) for each in (day, day + timedelta(days=1)))
        yield DayShown(_day_words(day, wall), tuple(_zone(zone, begin, end, wall) for zone in zones))


def _zone(day: FeltDay, begin: datetime, end: datetime, wall: PanelWall) -> ZoneDay:
    whole = end.timestamp() - begin.timestamp()
    spans = dict.fromkeys((window.start, window.end) for window in day.windows)
    bars = tuple(Bar(round((start.timestamp() - begin.timestamp()) / whole * 100, 3),
                     round((close.timestamp() - start.timestamp()) / whole * 100, 3)) for start, close in spans)
    said = tuple((_clock(start, close, end, wall), ", ".join(w.what for w in day.windows if (w.start, w.end) == (
        start, close))) for start, close in spans)
    return ZoneDay(day.name, bars, said)


def _clock(start: datetime, close: datetime, midnight: datetime, wall: PanelWall) -> str:
    end = "24:00" if close.timestamp() == midnight.timestamp() else wall.clock(close)
    return f"{wall.clock(start)}–{end}"


def _day_words(day: date, wall: PanelWall) -> str:
    return wall.day(datetime.combine(day, time(12), wall.zone))
