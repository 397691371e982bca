"""The benchmarks measure what they say, on a shop of a few lamps. No speed is asserted: machines differ."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import psutil
import pytest

from controller.cli.benches.costs import cpu_s, resident_mb
from controller.cli.benches.device_parts import orders
from controller.cli.benches.figures import Baseline, Figure, medians
from controller.cli.benches.journal import Journal
from controller.cli.benches.names import bare_topics, lamps
from controller.cli.benches.plans import measure_plan, occurrences, windows
from controller.cli.benches.shop import plan_of
from controller.errors import Unavailable
from controller.ports import Entry
from controller.publishing import findings
from controller.storage.opening import open_memory
from devices.dialects.native import read_stamp
from devices.messages import device_topic
from profiles.plan import Plan

KEYS = ["bench", "n", "value", "unit", "baseline", "ratio", "runs"]
NOW = datetime(2026, 11, 2, tzinfo=UTC)
needs_mosquitto = pytest.mark.skipif(
    not any(shutil.which("mosquitto", path=path) for path in (None, "/usr/sbin:/usr/local/sbin")),
    reason="mosquitto is not installed")


def run(*words: str) -> list[dict]:
    """Run `sinne bench …` and return the lines that it prints."""
    code = "from controller.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "bench", *words], capture_output=True, text=True, timeout=110,
                          check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_figure_is_the_median_beside_the_median_of_its_baseline():
    figure = medians("apply", 10, "ms", [3.0, 1.0, 200.0], ("bare", [2.0, 1.0, 100.0]))
    assert figure == Figure("apply", 10, 3.0, "ms", 3, Baseline("bare", 2.0))
    assert figure.ratio == 1.5


def test_a_baseline_of_nothing_gives_no_ratio():
    assert medians("idle", 1, "%", [3.0], ("bare", [0.0])).ratio is None
    assert medians("plan", 1, "ms", [3.0]).ratio is None


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
    assert all(figure.value > 0 and figure.n > 0 for figure in figures)
    assert sum(figure.baseline is not None for figure in figures) == 3


def test_the_baseline_of_planning_finds_as_many_windows_as_we_do():
    assert windows() == occurrences() > 3000


@pytest.mark.real
@needs_mosquitto
def test_apply_prints_each_figure_as_a_line_and_leaves_no_process():
    lines = run("apply", "--n", "12", "--runs", "2", "--json")
    assert [list(line) for line in lines] == [KEYS] * 5
    first = lines[0]
    assert (first["bench"], first["n"], first["unit"], first["runs"]) == ("apply", 12, "ms", 2)
    assert first["baseline"]["name"] == "bare paho publish and echo"
    assert first["ratio"] == pytest.approx(first["value"] / first["baseline"]["value"], rel=0.01)
    by_name = {line["bench"]: line["value"] for line in lines}
    assert 0 < by_name["apply: first order at a lamp"] <= by_name["apply: last order at a lamp"] <= by_name["apply"]
    assert not [p for p in psutil.Process().children(recursive=True) if p.is_running()]


@pytest.mark.real
@needs_mosquitto
def test_idle_prints_processor_and_memory_beside_a_bare_subscriber():
    lines = run("idle", "--n", "5", "--minutes", "0.03", "--json")
    assert [list(line) for line in lines] == [KEYS] * 3
    memory = next(line for line in lines if line["bench"] == "idle: memory")
    assert memory["value"] > memory["baseline"]["value"] > 5, "a bare paho process is smaller than a store"
    assert lines[0]["unit"] == "% of a core"


def test_every_order_of_a_press_has_a_rev_of_its_own_and_the_lamps_can_take_it():
    messages = orders(12, 3)
    stamps = [read_stamp(message) for message in messages]
    assert len({message.topic for message in messages}) == len(set(stamps)) == 12
    assert all(message.qos == 1 and message.retain and len(message.payload) < 300 for message in messages)
    assert min(stamps) > max(read_stamp(message) for message in orders(12, 2)), "a press is newer than the one before"


@pytest.mark.real
@needs_mosquitto
def test_devices_prints_time_processor_and_memory_beside_bare_echoes_and_leaves_no_process():
    lines = run("devices", "--n", "15", "--runs", "4", "--json")
    assert [list(line) for line in lines] == [KEYS] * 3
    assert [line["bench"] for line in lines] == [
        "devices", "devices: processor for one press", "devices: memory of one"]
    first = lines[0]
    assert (first["n"], first["unit"], first["runs"]) == (15, "s", 4)
    assert first["value"] > 0
    assert first["baseline"]["name"] == "bare paho echo on the same loop"
    assert not [p for p in psutil.Process().children(recursive=True) if p.is_running()]
