"""Reports from the stores' journals: against oracles that look at every minute, and as tables that are no formulas."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import NotFound, Refused
from controller.hq.ingest import BROKEN
from controller.hq.ports import Enrolled, StoredLine
from controller.hq.proof import reading, summing, tables
from controller.hq.proof.store_proofs import StoreProofs
from controller.hq.proof.windows import Window, window
from controller.hq.reporting import plan_payload
from controller.hq.said import JournalLine, JournalMark, Place, Standing
from controller.hq.shapes_proof import RecordQuery, ReportQuery
from controller.ports import Entry
from profiles.plan import Live
from profiles.resolve import winners_at
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.controller.journal_sender import journal_of, sealed
from tests.controller.memory_fake import FakeMemory, SteeredClock
from tests.controller.virtual_shop import plan_of

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
STOCKHOLM, NEW_YORK = ZoneInfo("Europe/Stockholm"), ZoneInfo("America/New_York")
ZONES = {"s1": STOCKHOLM, "s2": NEW_YORK}
MARCH = ReportQuery(date(2026, 3, 1), date(2026, 3, 31))


class Hq:
    """What HQ remembers, and its reports."""

    def __init__(self) -> None:
        self.memory, self.record, self.clock = FakeHqMemory(), FakeMemory(), SteeredClock(NOW)
        self.proofs = StoreProofs(self.memory.proof, self.memory.fleet_rows, self.record, self.clock)
        self._said: dict[str, list[JournalLine]] = {}
        for store, name, zone in (("s1", "Götgatan", "Europe/Stockholm"), ("s2", "Broadway", "America/New_York")):
            self.memory.fleet_rows.enrol(Enrolled(store, store, 1, NOW, "Ada"), NOW, Entry("store.enrolled"))
            self.stands(store, name, zone)

    def stands(self, store: str, name: str, zone: str, at: datetime = NOW, online: bool = True) -> None:
        self.memory.fleet_rows.note_standings([(Standing(
            store=store, at=at, online=online, place=Place(name=name, time_zone=zone,
                                                           country="SE" if store == "s1" else "US", tags=("flag",)),
            journal=JournalMark(id="j", newest=5, acknowledged=5)), at)], (1, 1))

    def says(self, store: str, at: datetime, kind: str, **body: object) -> None:
        lines = self._said.setdefault(store, [])
        head = (lines[-1].number, lines[-1].hash) if lines else (0, "0" * 64)
        lines += sealed(store, [(at, Entry(kind, body))], head)
        self.memory.proof.store_lines([(store, journal_of(store), lines[-1:])], NOW)

    def played(self, store: str, start: datetime, seconds: float, title: str = "Bro", zones=("floor",)) -> None:
        self.says(store, start + timedelta(seconds=seconds), "music.played", device="player-1", zones=list(zones),
                  start=start.isoformat(), seconds=seconds, title=title, artist="Anna", isrc="SE1", source="calm")

    def table(self, report: str, asked: ReportQuery = MARCH) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO("".join(self.proofs.csv(report, asked)), newline="")))


@pytest.fixture
def hq() -> Hq:
    return Hq()


# ── plays ───────────────────────────────────────────────────────────────────────────


def test_a_play_is_a_line_with_the_columns_of_collecting_societies(hq: Hq) -> None:
    hq.played("s1", datetime(2026, 3, 5, 11, tzinfo=UTC), 180.4)
    (row,) = hq.table("plays")
    assert row == {"Title": "Bro", "Artist": "Anna", "ISRC": "SE1", "Zone": "floor", "Store": "Götgatan",
                   "Start": "2026-03-05T12:00:00+01:00", "Seconds": "180", "Source": "calm", "Store id": "s1",
                   "Country": "SE"}


def test_a_play_belongs_to_the_date_on_which_it_began_in_its_store(hq: Hq) -> None:
    late = datetime(2026, 3, 6, 4, 30, tzinfo=UTC)  # 23:30 on the 5th in New York, 5:30 on the 6th in Stockholm
    for store in ("s1", "s2"):
        hq.played(store, late, 3600, title=store)
    fifth = ReportQuery(date(2026, 3, 5), date(2026, 3, 5))
    assert [row["Title"] for row in hq.table("plays", fifth)] == ["s2"]
    assert [line.title for line in hq.proofs.plays(fifth).lines] == ["s2"]


def test_plays_are_summed_by_piece_and_place(hq: Hq) -> None:
    start = datetime(2026, 3, 5, 11, tzinfo=UTC)
    for n in range(3):
        hq.played("s1", start + n * DAY, 100 + n)
    hq.played("s1", start, 50, title="Sol", zones=("floor", "cafe"))
    report = hq.proofs.plays(MARCH)
    assert [(line.title, line.zone, line.plays, line.seconds, line.first) for line in report.lines] == [
        ("Bro", "floor", 3, 303, start), ("Sol", "floor + cafe", 1, 50, start)]
    assert (report.line_count, report.plays, report.hours) == (2, 4, round(353 / 3600, 2))


@given(st.lists(st.tuples(st.sampled_from(["s1", "s2"]), st.integers(0, 6 * 24 * 60), st.integers(1, 300)),
                max_size=30), st.integers(0, 4), st.integers(0, 2))
def test_plays_within_dates_agree_with_the_local_calendar(plays, first, days) -> None:
    began = datetime(2026, 3, 6, tzinfo=UTC)  # clocks change on the 8th in New York
    wanted = window(date(2026, 3, 6) + first * DAY, date(2026, 3, 6) + (first + days) * DAY, ZONES)
    made = [reading.Play(store, ("z",), "T", "", "", "", began + timedelta(minutes=m), s) for store, m, s in plays]
    oracle = [p for p in made if wanted.first <= p.start.astimezone(ZONES[p.store]).date() <= wanted.last]
    assert list(summing.plays_within(made, wanted)) == oracle
    assert sum(one.seconds for one in summing.sum_plays(oracle)) == pytest.approx(sum(p.seconds for p in oracle))


# ── tables ──────────────────────────────────────────────────────────────────────────


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
                         min_size=3, max_size=3), min_size=1, max_size=6))
def test_tables_read_back_as_they_were_and_no_cell_is_a_formula(rows) -> None:
    said = "".join(tables.lines(("a", "b", "c"), rows))
    back = list(csv.reader(io.StringIO(said, newline="")))[1:]
    assert [[cell.removeprefix("'") if cell.startswith("'") and not was.startswith("'") else cell
             for cell, was in zip(got, row, strict=True)] for got, row in zip(back, rows, strict=True)] == rows
    assert not any(cell.lstrip(" ")[:1] in tuple("=+-@\t\r\n") and cell.strip(" ") for got in back for cell in got)
    assert all(line.endswith("\r\n") for line in tables.lines(("a",), [["b"]]))


@pytest.mark.parametrize("hostile", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1",
                                     '=HYPERLINK("http://evil","x")'])
def test_a_hostile_title_is_text_in_a_spreadsheet(hostile: str) -> None:
    (_, line) = tables.lines(("Title",), [[hostile]])
    (cell,) = next(csv.reader(io.StringIO(line, newline="")))
    assert cell == f"'{hostile}"


def test_numbers_are_numbers_and_a_mark_is_put_where_it_is_wanted() -> None:
    assert list(tables.lines(("a", "b", "c"), [[-1.23456, 1234567.5, None]], mark=True)) == [
        "\ufeffa,b,c\r\n", "-1.235,1234567.5,\r\n"]


# ── scents ──────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.integers(0, 4 * 24 * 60), st.integers(1, 600), st.sampled_from(["linen", "fig"]),
                          st.sampled_from([20.0, 50.0, 100.0]), st.sampled_from([None, 1.5])), max_size=15))
def test_scents_agree_with_a_look_at_every_minute(runs) -> None:
    began = datetime(2026, 3, 27, tzinfo=UTC)  # clocks change in Stockholm on the 29th
    wanted = window(date(2026, 3, 28), date(2026, 3, 29), ZONES)
    made = [reading.Diffused("s1", ("z",), f, pct, began + timedelta(minutes=m), 60.0 * n, ml)
            for m, n, f, pct, ml in runs]
    minutes: Counter[str] = Counter()
    full: Counter[str] = Counter()
    ml: Counter[str] = Counter()
    for run in made:
        for n in range(round(run.seconds / 60)):
            if wanted.first <= (run.start + timedelta(minutes=n)).astimezone(STOCKHOLM).date() <= wanted.last:
                minutes[run.fragrance] += 1
                full[run.fragrance] += run.intensity_pct / 100
                ml[run.fragrance] += (run.intensity_pct / 100 * 4 / 60 if run.ml is None
                                      else run.ml / (run.seconds / 60))
    sums = {one.fragrance: one for one in summing.sum_scents(made, wanted, lambda store, fragrance: 4.0)}
    assert set(sums) == set(minutes)
    for fragrance, one in sums.items():
        assert one.hours == pytest.approx(minutes[fragrance] / 60)
        assert one.full_h == pytest.approx(full[fragrance] / 60)
        assert one.ml == pytest.approx(ml[fragrance])


def test_scents_are_named_and_priced_by_the_plan_of_the_store(hq: Hq) -> None:
    plan = plan_of(fragrances=[{"id": "linen", "name": "Fresh linen", "safety_sheet": "s", "ifra_certificate": "i",
                                "ml_per_h": 2}])
    hq.memory.fleet_rows.note_plans([("s1", plan_payload(plan, Live(), NOW), NOW)])
    at = datetime(2026, 3, 5, 11, tzinfo=UTC)
    hq.says("s1", at + timedelta(hours=1), "scent.diffused", device="d", zones=["sales"], start=at.isoformat(),
            seconds=3600, fragrance="linen", intensity_pct=50, ml=None)
    (line,) = hq.proofs.scents(MARCH).lines
    assert (line.fragrance_name, line.zone_name, line.hours, line.full_hours, line.ml, line.modelled) == (
        "Fresh linen", "Sales", 1, 0.5, 1, True)


# ── campaigns ───────────────────────────────────────────────────────────────────────


def measured(hq: Hq, store: str, day: str, end: datetime, **seconds: float) -> None:
    row = {f"{key}_s": float(seconds.get(key, 0)) for key in (
        "kept", "overridden", "stopped", "differing", "unknown")}
    hq.says(store, end, "campaign.measured", start=(end - timedelta(hours=1)).isoformat(), end=end.isoformat(),
            zones=[{"campaign": "hq-spring", "zone": "sales", "date": day, "planned_s": sum(row.values()), **row}])


def test_compliance_is_kept_of_what_is_known(hq: Hq) -> None:
    at = datetime(2026, 3, 5, 11, tzinfo=UTC)
    measured(hq, "s1", "2026-03-05", at, kept=2700, overridden=600, unknown=300)
    measured(hq, "s1", "2026-03-05", at + timedelta(hours=1), kept=1800, stopped=900, differing=900)
    measured(hq, "s2", "2026-03-05", at, unknown=3600)
    measured(hq, "s1", "2026-02-28", at, kept=9999)
    report = hq.proofs.campaigns(MARCH)
    one, other = report.lines
    assert (one.planned_min, one.kept_min, one.overridden_min, one.stopped_min, one.differing_min, one.unknown_min) == (
        120, 75, 10, 15, 15, 5)
    assert one.kept_pct == pytest.approx(100 * 75 / 115, abs=0.01)
    assert (other.store_name, other.kept_pct, other.unknown_min) == ("Broadway", None, 60)
    (total,) = report.totals
    assert (total.planned_min, total.kept_pct) == (180, one.kept_pct)
    assert hq.table("campaigns")[0]["Kept %"] == f"{one.kept_pct:g}"


SPRING = {"id": "hq-spring", "name": "Spring", "when": "Mo-Su 10:00-12:00", "profile": "evening"}


def test_what_a_store_that_is_away_has_not_told_is_planned_by_its_plan_and_not_known(hq: Hq) -> None:
    plan = plan_of(campaigns=[SPRING])
    end = datetime(2026, 3, 18, 10, tzinfo=UTC)  # 11:00 in Stockholm, in the middle of the campaign
    hq.stands("s1", "Götgatan", "Europe/Stockholm", end, online=False)
    hq.memory.fleet_rows.note_plans([("s1", plan_payload(plan, Live(), end), end)])
    measured(hq, "s1", "2026-03-18", end, kept=3600)
    report = hq.proofs.campaigns(ReportQuery(date(2026, 3, 18), date(2026, 3, 19)))
    (line,) = report.lines
    # Two zones: the rest of the 18th (60 minutes) and the whole of the 19th (120).
    assert (line.campaign_name, line.kept_min, line.unknown_min, line.kept_pct) == ("Spring", 60, 2 * (60 + 120), 100)
    assert report.coverage.incomplete == ("Götgatan",)
    assert "1 has not told everything yet" in report.coverage.sentence


@given(st.integers(0, 23), st.integers(1, 20), st.integers(0, 100), st.integers(10, 3000))
def test_planned_minutes_agree_with_a_look_at_every_minute(hour, length, begin, minutes) -> None:
    plan = plan_of(campaigns=[
        {**SPRING, "when": f"Mo-Su {hour:02}:00-{(hour + length) % 24:02}:00" if length != 24 else "24/7"},
        {**SPRING, "id": "hq-strong", "priority": 90, "when": "Mo-Su 11:30-11:45", "zones": ["cafe"]}],
        quiet_hours=[{"id": "q", "name": "Q", "when": "Mo-Su 11:00-12:00"}])
    start = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=begin)
    end = start + timedelta(minutes=minutes)
    oracle: Counter[str] = Counter()
    for n in range(minutes):
        for zone in ("sales", "cafe"):
            for campaign in {w.because.layer.id for w in winners_at(
                    plan, Live(), zone, start + timedelta(minutes=n, seconds=30)).values()} & {
                    "hq-spring", "hq-strong"}:
                oracle[campaign] += 1
    assert summing.planned_minutes(plan, start, end) == {
        key: pytest.approx(value, abs=0.01) for key, value in oracle.items()}


# ── quiet hours ─────────────────────────────────────────────────────────────────────


def quiet(hq: Hq, store: str, start: datetime, zone: str, **seconds: float) -> None:
    hq.says(store, start + timedelta(hours=1), "quiet-hour.measured", quiet_hour="calm", name="Calm hour", zone=zone,
            start=start.isoformat(), end=(start + timedelta(hours=1)).isoformat(),
            breaches=["lamp-1 gave 90 % light, and 30 % is the most."] if seconds.get("broken") else [],
            **{f"{key}_s": seconds.get(key, 0) for key in ("kept", "broken", "stopped", "unknown")})


def test_quiet_hours_are_counted_by_window_and_what_nobody_saw_stands_apart(hq: Hq) -> None:
    start = datetime(2026, 3, 5, 9, tzinfo=UTC)
    quiet(hq, "s1", start, "sales", kept=3000, broken=600)
    quiet(hq, "s1", start, "cafe", kept=3600)
    quiet(hq, "s1", start + DAY, "sales", unknown=3600)
    quiet(hq, "s1", start + 40 * DAY, "sales", kept=3600)
    report = hq.proofs.quiet_hours(MARCH)
    (line,) = report.lines
    assert (line.name, line.windows, line.measured) == ("Calm hour", 2, 1)
    assert line.kept_pct == report.kept_pct == pytest.approx(100 * 6600 / 7200, abs=0.01)
    assert line.worst.startswith("lamp-1 gave")


# ── questions ───────────────────────────────────────────────────────────────────────


def test_reports_are_of_the_stores_that_are_asked_for(hq: Hq) -> None:
    for store in ("s1", "s2"):
        hq.played(store, datetime(2026, 3, 5, 12, tzinfo=UTC), 60, title=store)
    titles = {key: [row["Title"] for row in hq.table("plays", ReportQuery(MARCH.first, MARCH.last, **asked))]
              for key, asked in {"store": {"stores": ("s2",)}, "country": {"country": "SE"},
                                 "tags": {"tags": ("flag",)}, "none": {"tags": ("flag", "x")}}.items()}
    assert titles == {"store": ["s2"], "country": ["s1"], "tags": ["s1", "s2"], "none": []}


@pytest.mark.parametrize(("first", "last", "stores", "says"), [
    (date(2026, 3, 2), date(2026, 3, 1), (), "is after the last"),
    (date(2025, 1, 1), date(2026, 3, 1), (), "at most 13 months"),
    (date(2026, 3, 1), date(2026, 3, 2), ("nowhere",), "knows no store nowhere")])
def test_a_question_that_cannot_be_answered_says_why(hq: Hq, first, last, stores, says) -> None:
    for ask in (hq.proofs.plays, hq.proofs.scents, hq.proofs.campaigns, hq.proofs.quiet_hours):
        with pytest.raises(Refused, match=says):
            ask(ReportQuery(first, last, stores))
    with pytest.raises(NotFound, match="no report everything"):
        hq.proofs.csv("everything", MARCH)


def test_a_broken_journal_is_named(hq: Hq) -> None:
    hq.record.record(NOW, Entry(BROKEN, {"store": "s2", "journal": "j", "number": 4, "rewritten": False}))
    assert hq.proofs.plays(MARCH).coverage.broken == ("Broadway",)


@given(st.dictionaries(st.sampled_from(["start", "seconds", "zones", "title", "fragrance", "ml", "end", "date",
                                        "kept_s", "quiet_hour", "breaches", "intensity_pct"]),
                       st.one_of(st.none(), st.text(max_size=20), st.floats(), st.integers(), st.lists(st.text()),
                                 st.just("2026-03-05T09:00:00+00:00"), st.just([{"date": "2026-03-05"}]))))
def test_whatever_a_store_wrote_a_report_is_made(body) -> None:
    every = [StoredLine("s1", "j", JournalLine(number=1, at=NOW, kind=kind, body=body, hash="0" * 64))
             for kind in ("music.played", "scent.diffused", "campaign.measured", "quiet-hour.measured")]
    wanted = Window(MARCH.first, MARCH.last, ZONES)
    assert len(summing.sum_plays(summing.plays_within(reading.plays(every), wanted))) <= 1
    assert len(summing.sum_scents(reading.diffused(every), wanted, lambda store, fragrance: 3.0)) <= 1
    assert len(summing.sum_campaigns(reading.campaign_times(every), wanted)) <= 1
    assert len(summing.sum_quiet(reading.quiet_times(every), wanted)) <= 1


# ── HQ's own record ─────────────────────────────────────────────────────────────────


def test_hqs_own_record_is_told_in_sentences_and_found_by_what_is_asked(hq: Hq) -> None:
    hq.record.record(NOW, Entry("store.enrolled", {"store": "s1", "by": "Anna"}),
                     Entry("draft.saved", {"kind": "campaign", "id": "hq-spring", "by": "Margaux", "changes": [
                         {"field": "body.priority", "words": "priority", "before": "50", "after": "40"}]}),
                     Entry("campaign.halted", {"campaign": "hq-spring", "by": "Johan", "reason": "Wrong price {x}."}),
                     Entry("thing.unheard-of", {"by": "Eve"}))
    shown = hq.proofs.record()
    assert [(line.by, line.sentence, line.about) for line in shown.lines] == [
        ("Eve", "Eve: thing.unheard-of.", ("", "")),
        ("Johan", "Johan halted the campaign hq-spring everywhere: Wrong price {x}.", ("campaign", "hq-spring")),
        ("Margaux", "Margaux changed the draft of the campaign hq-spring.", ("campaign", "hq-spring")),
        ("Anna", "Anna enrolled the store s1.", ("store", "s1"))]
    assert shown.lines[2].changes == (("priority", "50", "40"),)
    assert (shown.people, shown.kinds) == (("Anna", "Eve", "Johan", "Margaux"), ("campaign", "draft", "store", "thing"))
    assert [line.number for line in hq.proofs.record(RecordQuery(about="hq-spring", limit=1)).lines] == [3]
    assert [line.number for line in hq.proofs.record(RecordQuery(text="ENROLLED")).lines] == [1]
    assert [line.number for line in hq.proofs.record(RecordQuery(kind="draft", by="Margaux")).lines] == [2]


def test_hqs_beginning_and_many_stores_at_once_are_told_in_sentences_too(hq: Hq) -> None:
    hq.record.record(NOW, Entry("hq.founded", {"organisation": "acme"}), *(
        Entry("store.enrolled", {**body, "by": "sinne simulate"}) for body in (
            {"stores": 3, "first": "sim-1", "last": "sim-3"}, {"stores": 1, "first": "sim-4", "last": "sim-4"},
            {"stores": 5})))
    assert [line.sentence for line in reversed(hq.proofs.record().lines)] == [
        "The HQ of acme was founded.", "sinne simulate enrolled 3 stores, sim-1 to sim-3.",
        "sinne simulate enrolled the store sim-4.", "sinne simulate enrolled 5 stores."]


def test_the_record_is_read_page_by_page_without_a_gap(hq: Hq) -> None:
    hq.record.record(NOW, *(Entry("draft.saved", {"kind": "campaign", "id": f"hq-{n}", "by": "A"})
                            for n in range(1203)))
    found: list[int] = []
    before: int | None = None
    while True:
        page = hq.proofs.record(RecordQuery(before=before, limit=100))
        found += [line.number for line in page.lines]
        before = page.next_before
        if before is None:
            break
    assert found == list(range(1203, 0, -1))
