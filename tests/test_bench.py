"""The benchmarks measure what they say, on a shop of a few lamps. No speed is asserted: machines differ."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from controller.cli.benches.catalogue import BENCHES, Bench, measure_all
from controller.cli.benches.commands import bench
from controller.cli.benches.comparing import as_markdown, kept_figures
from controller.cli.benches.costs import cpu_s, resident_mb
from controller.cli.benches.device_parts import orders
from controller.cli.benches.figures import Baseline, Figure, medians
from controller.cli.benches.journal import Journal
from controller.cli.benches.naive import Naive
from controller.cli.benches.names import bare_topics, lamps
from controller.cli.benches.noise import Look, look, told
from controller.cli.benches.plans import measure_plan, occurrences, plan_of_layers, presses_alive, windows
from controller.cli.benches.shop import plan_of
from controller.cli.benches.weekly import START
from controller.errors import Refused, Unavailable
from controller.ports import Entry
from controller.publishing import findings
from controller.storage.opening import open_memory
from devices.dialects.native import read_stamp
from devices.messages import device_topic
from profiles.plan import Plan
from profiles.resolve import resolve

ROOT = Path(__file__).parents[1]
KEYS = ["bench", "n", "value", "unit", "baseline", "ratio", "runs"]
NOW = datetime(2026, 11, 2, tzinfo=UTC)
needs_mosquitto = pytest.mark.skipif(
    not any(shutil.which("mosquitto", path=path) for path in (None, "/usr/sbin:/usr/local/sbin")),
    reason="mosquitto is not installed")


def right(line: dict) -> bool:
    """Whether a figure has the one shape: what, of how many, in what unit, beside what, of how many runs."""
    beside, value = line["baseline"], line["value"]
    assert list(line) == KEYS
    assert line["bench"]
    assert line["unit"]
    assert isinstance(line["n"], int)
    assert line["n"] > 0
    assert line["runs"] >= 1
    assert isinstance(value, int | float)
    assert value >= 0
    assert list(beside) == ["name", "value"]
    assert beside["name"]
    if beside["value"]:
        assert line["ratio"] == pytest.approx(value / beside["value"], rel=0.01)
    else:
        assert line["ratio"] is None
    return True


@pytest.fixture(scope="module")
def everything() -> tuple[dict[str, dict], str]:
    """One tiny run of all benchmarks: the figures by their names, and what was said on standard error."""
    code = "from controller.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "bench", "all", "--quick", "--json"], capture_output=True,
                          text=True, timeout=580, check=False)
    assert done.returncode == 0, done.stderr
    assert not [p for p in psutil.Process().children(recursive=True) if p.is_running()]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(right(line) for line in lines)
    return {line["bench"]: line for line in lines}, done.stderr


def test_a_figure_is_the_median_beside_the_median_of_its_baseline():
    figure = medians("apply", 10, "ms", [3.0, 1.0, 200.0], ("bare", [2.0, 1.0, 100.0]))
    assert figure == Figure("apply", 10, 3.0, "ms", 3, Baseline("bare", 2.0))
    assert figure.ratio == 1.5


def test_a_baseline_of_nothing_gives_no_ratio():
    assert medians("idle", 1, "%", [3.0], ("bare", [0.0])).ratio is None
    assert medians("plan", 1, "µs", [3.0], ("bare", [4000.0])).ratio == 0.00075


def test_the_bare_topics_are_as_long_as_those_of_the_store():
    assert len({len(lamp) for lamp in lamps(1000)}) == 1
    assert [len(topic) for topic in bare_topics("lamp-00001")] == [
        len(device_topic("shop", "lamp-00001", leaf)) for leaf in ("desired", "reported")]


@pytest.mark.parametrize("n", [1, 7, 100])
def test_the_plan_of_a_benchmark_has_no_error(n):
    plan = Plan.model_validate(plan_of(n))
    assert len(plan.devices) == n
    assert [str(finding) for finding in findings(plan, NOW)] == []


def test_the_journal_is_read_from_outside_while_the_store_writes_it(tmp_path):
    memory = open_memory(tmp_path, NOW)
    memory.record(NOW, Entry("zone.reached", {"zone": "before"}))
    journal = Journal(tmp_path)
    assert journal.news() == []
    began = time.monotonic()

    def write() -> None:
        for zone in ("a", "b"):
            memory.record(NOW, Entry("zone.changed", {"zone": "c"}), Entry("zone.reached", {"zone": zone}))

    writer = threading.Timer(0.1, write)
    writer.start()
    seen = journal.await_zones({"a", "b"})
    writer.join()
    assert began < seen <= time.monotonic()
    with pytest.raises(sqlite3.OperationalError):
        journal._database.execute("DELETE FROM journal")
    journal.close()
    memory.close()


def test_what_a_process_costs_is_what_the_system_says():
    me = psutil.Process()
    for _ in range(200_000):
        pass
    before = me.cpu_times()
    used = cpu_s(me.pid)
    after = me.cpu_times()
    assert before.user + before.system <= used + 0.02
    assert used <= after.user + after.system + 0.02
    assert resident_mb(me.pid) == pytest.approx(me.memory_info().rss / 1e6, rel=0.2)


def test_a_process_that_is_not_there_is_one_sentence():
    with pytest.raises(Unavailable, match="cannot be read from /proc"):
        cpu_s(2**22 + 1)


def test_planning_is_measured_without_a_broker():
    figures = measure_plan(runs=1, zones=2)
    assert len({figure.bench for figure in figures}) == len(figures) == 8
    assert all(right(json.loads(figure.line())) and figure.value > 0 for figure in figures)


def test_the_baseline_of_planning_finds_as_many_windows_as_we_do():
    assert windows() == occurrences() > 3000


def test_every_order_of_a_press_has_a_rev_of_its_own_and_the_lamps_can_take_it():
    messages = orders(12, 3)
    stamps = [read_stamp(message) for message in messages]
    assert len({message.topic for message in messages}) == len(set(stamps)) == 12
    assert all(message.qos == 1 and message.retain and len(message.payload) < 300 for message in messages)
    assert min(stamps) > max(read_stamp(message) for message in orders(12, 2)), "a press is newer than the one before"


def test_two_runs_are_compared_by_their_ratios(tmp_path):
    def kept(name: str, *figures: Figure) -> str:
        (tmp_path / name).write_text("".join(f"{figure.line()}\n" for figure in figures))
        return str(tmp_path / name)

    before = kept("before", Figure("apply", 100, 30.0, "ms", 5, Baseline("bare", 20.0)),
                  Figure("gone", 1, 1.0, "s", 1, Baseline("bare", 1.0)))
    after = kept("after", Figure("apply", 100, 70.0, "ms", 5, Baseline("bare", 40.0)),
                 Figure("new", 1, 1.0, "s", 1, Baseline("bare", 0.0)))
    done = CliRunner().invoke(bench, ["compare", before, after])
    assert [line.split() for line in done.stdout.splitlines()[2:]] == [
        ["apply", "100", "1.5", "1.75", "1.17"], ["gone", "1", "1", "–", "–"], ["new", "1", "–", "–", "–"]]
    assert [figure.line() for figure in kept_figures(tmp_path / "before")] == (
        tmp_path / "before").read_text().splitlines()


@pytest.mark.parametrize("line", ["no json", "[]", "{}", '{"bench": "apply"}', json.dumps(dict.fromkeys(KEYS, "x"))])
def test_what_is_no_figure_is_told_with_its_line(tmp_path, line):
    good = Figure("apply", 100, 30.0, "ms", 5, Baseline("bare", 20.0)).line()
    (tmp_path / "kept").write_text(f"{good}\n\n{line}\n")
    with pytest.raises(Refused, match="kept:3: this is not a figure"):
        kept_figures(tmp_path / "kept")
    (tmp_path / "kept").write_text("\n")
    with pytest.raises(Refused, match="holds no figure"):
        kept_figures(tmp_path / "kept")
    with pytest.raises(Refused, match="cannot be read"):
        kept_figures(tmp_path / "none")


def test_the_page_shows_the_figures_that_are_kept():
    page = (ROOT / "docs/benchmarks.md").read_text()
    figures = kept_figures(ROOT / "docs/figures.jsonl")
    assert as_markdown(figures) in page
    assert all(right(json.loads(figure.line())) for figure in figures)
    assert {figure.bench.partition(":")[0] for figure in figures} == {each.name for each in BENCHES}
    assert all(f"\n## {each.name}\n" in page for each in BENCHES)


@pytest.mark.real
@pytest.mark.timeout(600)
@needs_mosquitto
def test_all_measures_each_benchmark_of_the_list(everything):
    figures, said = everything
    assert {name.partition(":")[0] for name in figures} == {bench.name for bench in BENCHES}
    assert [line.partition(":")[0] for line in said.splitlines()[:-1]] == [bench.name for bench in BENCHES]
    assert re.search(r"thers used \d+\.\d\d cores meanwhile \(load .* before, .* after, \d+ cores?\)", said)


@pytest.mark.real
@pytest.mark.timeout(600)
@needs_mosquitto
def test_apply_prints_a_press_and_its_parts(everything):
    figures, _ = everything
    names = ["apply", "apply: processor of the store", "apply: request answered", "apply: first order at a lamp",
             "apply: last order at a lamp"]
    found = {name: figures[name] for name in names}
    assert {(each["n"], each["unit"], each["runs"]) for each in found.values()} == {(20, "ms", 2)}
    for side in (lambda each: each["value"], lambda each: each["baseline"]["value"]):
        first, last, whole = (side(found[name]) for name in (names[3], names[4], names[0]))
        assert 0 < first <= last <= whole
    assert found["apply: request answered"]["baseline"]["name"] == "bare HTTP server and one commit"


@pytest.mark.real
@pytest.mark.timeout(600)
@needs_mosquitto
def test_idle_prints_processor_memory_and_changes_beside_a_bare_subscriber(everything):
    figures, _ = everything
    memory = figures["idle: memory"]
    assert memory["value"] > memory["baseline"]["value"] > 5, "a bare paho process is smaller than a store"
    assert figures["idle: processor"]["unit"] == "% of a core"
    assert figures["idle: changes told to the panel"]["unit"] == "messages"


@pytest.mark.real
@pytest.mark.timeout(600)
@needs_mosquitto
def test_devices_prints_time_processor_and_memory_beside_bare_echoes(everything):
    figures, _ = everything
    first = figures["devices"]
    assert (first["n"], first["unit"], first["runs"]) == (50, "s", 2)
    assert first["value"] > 0
    assert first["baseline"]["name"] == "bare paho echo on the same loop"
    assert {"devices: processor for one press", "devices: memory of one"} <= set(figures)


def test_year_prints_seconds_beside_bare_devices():
    done = CliRunner().invoke(bench, ["year", "--days", "1", "--runs", "1", "--json"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["bench"] for line in lines if right(line)] == ["year: 1 days", "year: an order and what follows"]
    assert "cores meanwhile" in done.stderr


def test_the_list_says_what_how_well_and_how_long():
    rows = json.loads(CliRunner().invoke(bench, ["list", "--json"]).stdout)
    assert [row["bench"] for row in rows] == [each.name for each in BENCHES]
    assert all(all(row.values()) for row in rows)
    assert {each.name for each in BENCHES} == set(bench.commands) - {"all", "list", "compare"}
    shown = CliRunner().invoke(bench, ["list"]).stdout
    assert all(each.name in shown for each in BENCHES)


def test_one_that_cannot_be_measured_is_told_and_the_others_are_measured(capsys):
    def refuse() -> list[Figure]:
        raise Unavailable("A benchmark needs a real broker.")

    def measure() -> list[Figure]:
        return [medians("plan", 1, "ms", [2.0], ("bare", [1.0]))]

    table = [Bench("broker", "that there is one", "none", "one", "1 s", [refuse], [refuse]),
             Bench("plan", "planning", "rrule", "2 s", "1 s", [measure, measure], [measure])]
    assert measure_all(True, True, table) == ["broker"]
    told = capsys.readouterr()
    assert "broker could not be measured: A benchmark needs a real broker." in told.err
    assert [json.loads(line)["ratio"] for line in told.out.splitlines()] == [2.0]
    assert measure_all(False, True, table) == ["broker"]
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_busy_machine_is_not_to_be_trusted():
    before = Look(100.0, 0.1, 1000.0, 50.0)
    quiet, busy = Look(110.0, 1.0, 1010.1, 60.0), Look(110.0, 2.0, 1015.0, 60.0)
    assert told(before, quiet, 2) == "Others used 0.01 cores meanwhile (load 0.1 before, 1.0 after, 2 cores)."
    assert told(before, busy, 2) == (
        "Not to be trusted: others used 0.50 cores meanwhile (load 0.1 before, 2.0 after, 2 cores). "
        "Measure on a quiet machine.")
    unknown = Look(100.0, 1.5, None, 50.0)
    assert told(unknown, busy, 2).startswith("Not to be trusted: the machine was busy before it began (load 1.5")
    assert told(Look(100.0, 0.0, None, 50.0), busy, 1).startswith("The machine was at rest")


def test_a_look_at_the_machine_counts_what_this_process_uses():
    before = look()
    spin_until = time.process_time() + 0.2
    while time.process_time() < spin_until:
        pass
    after = look()
    assert after.ours_s - before.ours_s >= 0.19
    assert before.busy_s is None or (after.busy_s or 0) - before.busy_s >= 0.1
    assert before.load >= 0


def test_the_plain_way_finds_what_we_find():
    plan, live = plan_of_layers(1), presses_alive()
    naive = Naive(plan, "zone-0")
    for minutes in (0, 15, 4 * 60 + 15, 3 * 24 * 60 + 195, 40 * 24 * 60 + 200, 200 * 24 * 60 + 310):
        at = START + timedelta(minutes=minutes)
        found = resolve(plan, live, "zone-0", at)
        assert naive.at(live, at) == {field: resolved.value for field, resolved in found.fields.items()}, at
