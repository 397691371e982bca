"""`StoreProofs`: the reports of HQ, made anew each time from what stands in the database (the door `doors.Proof`).

Nothing is kept between two questions, so that any number of web workers gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from controller.errors import NotFound, Refused
from controller.hq.ingest import BROKEN
from controller.hq.ports import FleetMemory, FleetRow, ProofMemory, StoredLine
from controller.hq.proof import reading, summing, tables
from controller.hq.proof.fleet_names import Names, behind, chosen, time_zones
from controller.hq.proof.own_record import OwnRecord
from controller.hq.proof.windows import Window, window
from controller.hq.reporting import plan_of
from controller.hq.shapes_proof import (
    CampaignLine,
    CampaignReport,
    Coverage,
    PlayLine,
    PlayReport,
    QuietLine,
    QuietReport,
    RecordQuery,
    RecordShown,
    ReportQuery,
    ScentLine,
    ScentReport,
)
from controller.ports import Clock, JournalEntry
from profiles.text import t, tn

REPORTS = ("plays", "scents", "campaigns", "quiet-hours")
#: Lines of plays that a page shows; the CSV has every play.
MOST_PLAYS = 500
#: Of so many stores that are behind, planned time is worked out from their plans.
MOST_UNTOLD = 200
#: How long after its date an entry may be written: a title to its end, scent to its hour, what nobody measured when the
#: store runs again (`campaign_watch.LOOK_BACK`, and a week for quiet hours).
_LATE = {reading.PLAYED: timedelta(days=2), reading.DIFFUSED: timedelta(days=2), reading.CAMPAIGN: timedelta(days=37),
         reading.QUIET: timedelta(days=10)}
_NEWEST = RecordQuery()


class HqRecord(Protocol):
    """HQ's own record (`controller.ports.Memory` is one)."""

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end, of these kinds."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what it is about: stores, dates."""

    query: ReportQuery
    rows: Mapping[str, FleetRow]
    window: Window
    names: Names
    coverage: Coverage
    lag: Sequence[FleetRow] = field(default_factory=tuple)


class StoreProofs:
    """Reports over the journals of stores."""

    def __init__(self, proof: ProofMemory, fleet: FleetMemory, record: HqRecord, clock: Clock) -> None:
        """Ask these."""
        self._proof, self._fleet, self._record, self._clock = proof, fleet, record, clock
        self._own = OwnRecord(record, clock)

    def plays(self, asked: ReportQuery) -> PlayReport:
        """What was played. Raises Refused."""
        about = self._about(asked)
        sums = summing.sum_plays(self._plays(about))
        lines = tuple(
            PlayLine(one.first.store, about.names.store(one.first.store), about.names.country(one.first.store),
                     " + ".join(one.first.zones), about.names.zones(one.first.store, one.first.zones),
                     one.first.source, about.names.source(one.first.store, one.first.source), one.first.title,
                     one.first.start, one.plays, round(one.seconds, 1), one.first.artist, one.first.isrc)
            for one in islice(sums, MOST_PLAYS))
        return PlayReport(asked, about.coverage, lines, len(sums), sum(one.plays for one in sums),
                          round(sum(one.seconds for one in sums) / 3600, 2))

    def scents(self, asked: ReportQuery) -> ScentReport:
        """Run-time of scents. Raises Refused."""
        about = self._about(asked)
        lines = tuple(self._scent_lines(about))
        return ScentReport(asked, about.coverage, lines, round(sum(line.hours for line in lines), 2))

    def campaigns(self, asked: ReportQuery) -> CampaignReport:
        """Campaigns, in % of planned minutes. Raises Refused."""
        about = self._about(asked)
        sums = self._campaign_sums(about)
        called = {one.campaign: about.names.campaign(one.store, one.campaign) for one in reversed(sums)}
        return CampaignReport(asked, about.coverage,
                              tuple(_campaign_line(one, called, about.names) for one in summing.total_of(sums)),
                              tuple(_campaign_line(one, called, about.names) for one in sums))

    def quiet_hours(self, asked: ReportQuery) -> QuietReport:
        """Quiet hours, in % of what was measured. Raises Refused."""
        about = self._about(asked)
        sums = self._quiet_sums(about)
        lines = tuple(QuietLine(one.quiet_hour, one.name, one.store, about.names.store(one.store), one.windows,
                                one.measured, _pct(one.kept_pct), one.worst) for one in sums)
        kept = summing.pct_kept(sum(one.kept_s for one in sums), sum(one.broken_s for one in sums))
        return QuietReport(asked, about.coverage, lines, _pct(kept))

    def csv(self, report: str, asked: ReportQuery, mark: bool = False) -> Iterator[str]:
        """A report line by line, with all there is (RFC 4180). `mark`: byte order mark. Raises NotFound, Refused.

        Of plays one line each, with the columns of `domain.md`: title, artist, ISRC, zone, store, start, seconds.
        """
        if report not in REPORTS:
            raise NotFound(t("There is no report {report}. There are: {all}.", report=report[:40],
                             all=", ".join(REPORTS)))
        about = self._about(asked)
        head, rows = {"plays": self._play_rows, "scents": self._scent_rows, "campaigns": self._campaign_rows,
                      "quiet-hours": self._quiet_rows}[report](about)
        return tables.lines(head, rows, mark)

    def record(self, asked: RecordQuery = _NEWEST) -> RecordShown:
        """HQ's own record, the newest first."""
        return self._own.shown(asked)

    # ── what a report is about ──────────────────────────────────────────────────────

    def _about(self, asked: ReportQuery) -> _Asked:
        rows = chosen(self._fleet.fleet(), asked)
        unknown = [store for store in asked.stores if store not in rows]
        if unknown and not (asked.tags or asked.country):
            raise Refused(t("HQ knows no store {store}.", store=unknown[0][:63]))
        dates = window(asked.first, asked.last, time_zones(rows))
        now = self._clock.now()
        lag = [row for store, row in rows.items() if behind(row, dates.span(store)[1], now)]
        names = Names(self._fleet, rows)
        return _Asked(asked, rows, dates, names, self._coverage(rows, lag, names, now), lag)

    def _coverage(
        self, rows: Mapping[str, FleetRow], lag: Sequence[FleetRow], names: Names, now: datetime,
    ) -> Coverage:
        broken = sorted({str(entry.body.get("store")) for entry in self._record.recorded(
            now - timedelta(days=800), now + timedelta(days=1), (BROKEN,), limit=10_000, newest_first=True)}
            & set(rows))
        said = tn("It rests on the journal of {count} store.", "It rests on the journals of {count} stores.", len(rows))
        if lag:
            said += " " + tn("{count} has not told everything yet.", "{count} have not told everything yet.", len(lag))
        if broken:
            said += " " + tn("In {count} entries were changed or are missing.",
                             "In {count} entries were changed or are missing.", len(broken))
        return Coverage(said, len(rows), tuple(names.store(row.store) for row in lag),
                        tuple(names.store(store) for store in broken))

    def _lines(self, about: _Asked, kind: str) -> Iterator[StoredLine]:
        start, end = about.window.around(_LATE[reading.PLAYED], _LATE[kind])
        query = about.query
        some = sorted(about.rows) if query.stores or query.tags or query.country else None
        if some == []:
            return
        for line in self._proof.lines(start, end, stores=some, kinds=(kind,)):
            if line.store in about.rows:
                yield line

    def _plays(self, about: _Asked) -> Iterator[reading.Play]:
        return summing.plays_within(reading.plays(self._lines(about, reading.PLAYED)), about.window)

    def _scent_lines(self, about: _Asked) -> Iterator[ScentLine]:
        names = about.names
        for one in summing.sum_scents(reading.diffused(self._lines(about, reading.DIFFUSED)), about.window,
                                      names.ml_per_h):
            yield ScentLine(one.store, names.store(one.store), " + ".join(one.zones),
                            names.zones(one.store, one.zones), one.fragrance, names.fragrance(one.store, one.fragrance),
                            round(one.hours, 3), round(one.full_h, 3), round(one.ml, 3), one.modelled)

    def _campaign_sums(self, about: _Asked) -> list[summing.CampaignSum]:
        times = list(reading.campaign_times(self._lines(about, reading.CAMPAIGN)))
        told: dict[str, datetime] = {}
        for time in times:
            told[time.store] = max(time.told_until, told.get(time.store, time.told_until))
        untold: dict[tuple[str, str], float] = {}
        for row in islice(about.lag, MOST_UNTOLD):
            begins, ends = about.window.span(row.store)
            for campaign, minutes in self._planned(
                    row, max(begins, told.get(row.store, begins)), min(ends, self._clock.now())).items():
                untold[campaign, row.store] = minutes
        return summing.sum_campaigns(times, about.window, untold)

    def _planned(self, row: FleetRow, start: datetime, end: datetime) -> Mapping[str, float]:
        """By the last plan that a store sent: minutes of which it has told nothing."""
        payload = self._fleet.plan_payload(row.store) if row.plan_at is not None and start < end else None
        try:
            return {} if payload is None else summing.planned_minutes(plan_of(payload)[0], start, end)
        except Refused:
            return {}

    def _quiet_sums(self, about: _Asked) -> list[summing.QuietSum]:
        return summing.sum_quiet(reading.quiet_times(self._lines(about, reading.QUIET)), about.window)

    # ── as tables ───────────────────────────────────────────────────────────────────

    def _play_rows(self, about: _Asked) -> _Table:
        names = about.names
        return ("Title", "Artist", "ISRC", "Zone", "Store", "Start", "Seconds", "Source", "Store id", "Country"), (
            (play.title, play.artist, play.isrc, names.zones(play.store, play.zones), names.store(play.store),
             play.start.astimezone(about.window.zone(play.store)).isoformat(timespec="seconds"), round(play.seconds),
             names.source(play.store, play.source), play.store, names.country(play.store))
            for play in self._plays(about))

    def _scent_rows(self, about: _Asked) -> _Table:
        return ("Store", "Zone", "Fragrance", "Hours", "Hours at full", "ml", "ml is modelled", "Store id"), (
            (line.store_name, line.zone_name, line.fragrance_name, line.hours, line.full_hours, line.ml,
             "yes" if line.modelled else "no", line.store) for line in self._scent_lines(about))

    def _campaign_rows(self, about: _Asked) -> _Table:
        names = about.names
        return ("Campaign", "Store", "Planned minutes", "Kept", "Overridden", "Stopped", "Differing", "Not known",
                "Kept %", "Campaign id", "Store id"), (
            (names.campaign(one.store, one.campaign), names.store(one.store), one.planned, one.kept, one.overridden,
             one.stopped, one.differing, one.unknown, _pct(one.kept_pct), one.campaign, one.store)
            for one in self._campaign_sums(about))

    def _quiet_rows(self, about: _Asked) -> _Table:
        return ("Quiet hour", "Store", "Windows", "Measured", "Kept minutes", "Broken minutes", "Stopped minutes",
                "Not known minutes", "Kept %", "Worst", "Store id"), (
            (one.name, about.names.store(one.store), one.windows, one.measured, one.kept_s / 60, one.broken_s / 60,
             one.stopped_s / 60, one.unknown_s / 60, _pct(one.kept_pct), one.worst, one.store)
            for one in self._quiet_sums(about))


_Table = tuple[Sequence[str], Iterator[Sequence[tables.Cell]]]


def _pct(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _campaign_line(one: summing.CampaignSum, called: Mapping[str, str], names: Names) -> CampaignLine:
    return CampaignLine(
        one.campaign, called.get(one.campaign, one.campaign), one.store, names.store(one.store) if one.store else "",
        round(one.planned, 2), round(one.kept, 2), round(one.overridden, 2), round(one.unknown, 2),
        _pct(one.kept_pct), round(one.stopped, 2), round(one.differing, 2))
