"""Journal entries of stores as values for reports. What another sinne wrote otherwise is left aside, never guessed.

Names and titles come from stores and their devices: hostile text, cleaned here and escaped by whoever shows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from controller.hq.ports import StoredLine
from devices.state import visible_text

PLAYED, DIFFUSED, CAMPAIGN, QUIET = "music.played", "scent.diffused", "campaign.measured", "quiet-hour.measured"
_LONGEST_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Play:
    """A piece of music on one player, which serves `zones`."""

    store: str
    zones: tuple[str, ...]
    title: str
    artist: str
    isrc: str
    source: str
    start: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Diffused:
    """A stretch in which one diffuser gave a fragrance. `ml`: what it used, None where it did not tell."""

    store: str
    zones: tuple[str, ...]
    fragrance: str
    intensity_pct: float
    start: datetime
    seconds: float
    ml: float | None


@dataclass(frozen=True, slots=True)
class CampaignTime:
    """Planned seconds of a campaign in a zone on a date of its store, and what became of them."""

    store: str
    campaign: str
    zone: str
    day: date
    kept_s: float
    overridden_s: float
    stopped_s: float
    differing_s: float
    unknown_s: float
    told_until: datetime


@dataclass(frozen=True, slots=True)
class QuietTime:
    """One zone in one window of a quiet hour. `breach`: the first thing that was wrong."""

    store: str
    quiet_hour: str
    name: str
    zone: str
    start: datetime
    kept_s: float
    broken_s: float
    stopped_s: float
    unknown_s: float
    breach: str


def plays(lines: Iterable[StoredLine]) -> Iterator[Play]:
    """The plays among the lines, in their order."""
    for line in lines:
        body, start = line.line.body, _instant(line.line.body.get("start"))
        if line.line.kind == PLAYED and start is not None and _text(body, "title"):
            yield Play(line.store, _zones(body), _text(body, "title"), _text(body, "artist"), _text(body, "isrc"),
                       _text(body, "source"), start, _seconds(body, "seconds"))


def diffused(lines: Iterable[StoredLine]) -> Iterator[Diffused]:
    """The runs of diffusers among the lines, in their order."""
    for line in lines:
        body, start = line.line.body, _instant(line.line.body.get("start"))
        if line.line.kind == DIFFUSED and start is not None and _text(body, "fragrance"):
            ml = _seconds(body, "ml") if _is_number(body.get("ml")) else None
            yield Diffused(line.store, _zones(body), _text(body, "fragrance"),
                           min(100.0, _seconds(body, "intensity_pct")), start, _seconds(body, "seconds"), ml)


def campaign_times(lines: Iterable[StoredLine]) -> Iterator[CampaignTime]:
    """What stores measured of campaigns, in the order of the lines."""
    for line in lines:
        rows, end = line.line.body.get("zones"), _instant(line.line.body.get("end"))
        if line.line.kind != CAMPAIGN or end is None or not isinstance(rows, list):
            continue
        for row in rows:
            day = _day(row.get("date")) if isinstance(row, Mapping) else None
            if day is not None:
                yield CampaignTime(line.store, _text(row, "campaign"), _text(row, "zone"), day,
                                   _seconds(row, "kept_s"), _seconds(row, "overridden_s"), _seconds(row, "stopped_s"),
                                   _seconds(row, "differing_s"), _seconds(row, "unknown_s"), end)


def quiet_times(lines: Iterable[StoredLine]) -> Iterator[QuietTime]:
    """What stores measured of quiet hours, in the order of the lines."""
    for line in lines:
        body, start = line.line.body, _instant(line.line.body.get("start"))
        if line.line.kind == QUIET and start is not None and _text(body, "quiet_hour"):
            breaches = body.get("breaches")
            breach = visible_text(str(breaches[0]), 300) if isinstance(breaches, list) and breaches else ""
            yield QuietTime(line.store, _text(body, "quiet_hour"), _text(body, "name"), _text(body, "zone"), start,
                            _seconds(body, "kept_s"), _seconds(body, "broken_s"), _seconds(body, "stopped_s"),
                            _seconds(body, "unknown_s"), breach)


def _text(body: Mapping[str, object], key: str) -> str:
    value = body.get(key)
    return visible_text(value, 200) if isinstance(value, str) else ""


def _zones(body: Mapping[str, object]) -> tuple[str, ...]:
    zones = body.get("zones")
    return tuple(visible_text(str(zone), 63) for zone in zones[:50]) if isinstance(zones, list) else ()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _seconds(body: Mapping[str, object], key: str) -> float:
    """A number that cannot be negative or beyond a year, whatever was said."""
    value = body.get(key)
    if isinstance(value, int | float) and _is_number(value):
        return min(max(float(value), 0.0), _LONGEST_S)
    return 0.0


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
        return found + timedelta(0) if found.tzinfo is not None and 1971 < found.year < 9000 else None
    except (ValueError, OverflowError):
        return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
