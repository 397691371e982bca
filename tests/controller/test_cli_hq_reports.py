"""`sinne hq report`, on the database of an HQ: what people, programs and spreadsheets get."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne
from controller.hq.founding import found
from controller.hq.ports import Enrolled
from controller.hq.said import Place, Standing
from controller.ports import Entry
from controller.storage.opening import open_memory
from tests.controller.journal_sender import journal_of, sealed
from tests.controller.stored_memory import BUILT

AT = datetime(2026, 3, 5, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("hq")
    memory = open_memory(where, BUILT, AT)
    found(memory, "acme", AT)
    memory.fleet_rows.enrol(Enrolled("gotgatan", "gotgatan", 1, AT, "Ada"), AT, Entry("store.enrolled"))
    memory.fleet_rows.note_standings([(Standing(store="gotgatan", at=AT, place=Place(
        name="Götgatan", time_zone="Europe/Stockholm", country="SE", tags=("flag",))), AT)], (1, 1))
    seconds = {"kept_s": 3000.0, "overridden_s": 600.0, "stopped_s": 0.0, "differing_s": 0.0, "unknown_s": 0.0}
    bodies = [
        ("music.played", {"zones": ["floor"], "start": AT.isoformat(), "seconds": 180, "title": "=1+1",
                          "artist": "Anna, och Bo", "isrc": "SE1", "source": "calm"}),
        ("scent.diffused", {"zones": ["floor"], "start": AT.isoformat(), "seconds": 1800, "fragrance": "linen",
                            "intensity_pct": 50, "ml": 0.75}),
        ("campaign.measured", {"start": AT.isoformat(), "end": AT.isoformat(), "zones": [
            {"campaign": "hq-spring", "zone": "floor", "date": "2026-03-05", "planned_s": 3600.0, **seconds}]}),
        ("quiet-hour.measured", {"quiet_hour": "calm", "name": "Calm hour", "zone": "floor", "start": AT.isoformat(),
                                 "kept_s": 3600, "broken_s": 0, "stopped_s": 0, "unknown_s": 0, "breaches": []})]
    lines = sealed("gotgatan", ((AT + timedelta(hours=1), Entry(kind, body)) for kind, body in bodies))
    memory.proof.store_lines([("gotgatan", journal_of("gotgatan"), lines)], AT)
    memory.close()
    return where


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(sinne, ["hq", "report", *words, "--from", "2026-03-01", "--to", "2026-03-31",
                                      "--data", str(folder)])


def test_plays_as_csv_have_the_columns_of_collecting_societies_and_no_formula(folder: Path) -> None:
    done = run(folder, "plays", "--csv", "--bom")
    assert done.stdout_bytes.startswith(b"\xef\xbb\xbfTitle,Artist,ISRC,Zone,Store,Start,Seconds")
    assert b"\r\n" in done.stdout_bytes
    (row,) = csv.DictReader(io.StringIO(done.stdout_bytes.decode("utf-8-sig"), newline=""))
    assert (row["Title"], row["Artist"], row["Seconds"], row["Start"]) == (
        "'=1+1", "Anna, och Bo", "180", "2026-03-05T12:00:00+01:00")


@pytest.mark.parametrize(("which", "says"), [
    ("plays", ["=1+1", "Anna, och Bo", "1 plays, 0.1 hours."]), ("scents", ["linen", "0.5", "0.2", "0.8"]),
    ("campaigns", ["hq-spring", "all stores", "83.3 %", "60.0"]), ("quiet-hours", ["Calm hour", "100.0 %"])])
def test_people_get_a_table_and_on_what_it_rests(folder: Path, which: str, says: list[str]) -> None:
    done = run(folder, which)
    assert done.exit_code == 0
    assert all(words in done.output for words in (*says, "Götgatan", "It rests on the journal of 1 store."))


@pytest.mark.parametrize("which", ["plays", "scents", "campaigns", "quiet-hours"])
def test_programs_get_json_and_of_other_stores_nothing(folder: Path, which: str) -> None:
    assert len(json.loads(run(folder, which, "--json").output)["lines"]) == 1
    assert json.loads(run(folder, which, "--json", "--country", "no").output)["lines"] == []
    assert "Nothing was told of these days." in run(folder, which, "--tag", "other").output


def test_what_cannot_be_asked_is_refused_with_a_sentence(folder: Path, tmp_path: Path) -> None:
    assert "Say --csv or --json" in run(folder, "plays", "--csv", "--json").output
    assert "--bom goes with --csv" in run(folder, "plays", "--bom").output
    assert "'nonsense' is not one of" in run(folder, "nonsense").output
    assert "HQ knows no store nowhere." in run(folder, "plays", "--store", "nowhere").output
    assert "There is no HQ in" in run(tmp_path, "plays").output
