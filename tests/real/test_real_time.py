"""The same scenario gives the same verdict in virtual time and in real time, on a real mosquitto, step by step.

The scenarios last some twenty seconds each, most of which is waiting, so they are played beside each other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from controller.cli.commands import sinne
from controller.clock import SystemClock
from controller.real.clock import ShiftedClock, ShiftedTimetable
from controller.real.running import longest, run_in_real_time
from controller.real.store import GRACE_S
from controller.scenarios.reading import Play, read_scenario
from controller.scenarios.report import as_text
from controller.scenarios.running import Verdict, run
from devices.broker import find_mosquitto
from tests.patience import PATIENCE_S, eventually

pytestmark = [
    pytest.mark.real, pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")]

SINNE = str(Path(sys.executable).with_name("sinne"))
MORNING = "start: 2026-03-02 11:00\n"

#: Those that hold.
HOLD = {
    "a press ends to the second, and what is refused": MORNING + """
steps:
  - {at: +3 s, press: {profile: golden-hour, end: "2026-03-02T10:00:40Z"}}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, journal: override.pressed, count: 1}}
  - {at: +0 s, press: {profile: morning-calm, role: viewer}, refused: viewer}
  - {at: +0 s, nudge: {zone: shop, complaint: too-strong}, refused: noted}
  - {at: "11:00:40", expect: {journal: zone.changed, count: 1, within: 1 s}}
  - {at: +2 s, expect: {zone: shop, profile: morning-calm, within: 50 s}}
""",
    "a lamp without power misses a press": MORNING + """
steps:
  - {at: +3 s, unplug: ceiling}
  - {at: +0 s, expect: {device: ceiling, stands: out-of-reach, within: 2 s}}
  - {at: +3 s, press: {profile: golden-hour}}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, but_for: [ceiling], within: 4 s}}
  - {at: +5 s, plug_in: ceiling}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, device: ceiling, stands: in-reach, within: 5 s, stays: 2 s}}
""",
    "a lamp reboots, and a hand at the switch": MORNING + """
steps:
  - {at: +3 s, press: {scene: {light: {on: true, brightness_pct: 33}}}}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 33}, within: 4 s}}
  - {at: +5 s, reboot: ceiling}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 33}, right: true, within: 5 s}}
  - {at: +6 s, switch: {device: ceiling, to: {on: false}}}
  - {at: +0 s, expect: {device: ceiling, stands: right, within: 5 s}}
""",
    "the controller is killed, and a lamp reboots meanwhile": MORNING + """
steps:
  - {at: +3 s, press: {profile: golden-hour}}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, within: 4 s}}
  - {at: +5 s, controller: kill}
  - {at: +0 s, press: {profile: morning-calm}, refused: not running}
  - {at: +1 s, reboot: ceiling}
  - {at: +1 s, expect: {device: ceiling, stands: wrong, within: 0 s}}
  - {at: +1 s, controller: start}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, within: 5 s}}
""",
    "the broker is away over two presses": MORNING + """
steps:
  - {at: +3 s, broker: down}
  - {at: +1 s, press: {profile: golden-hour}}
  - {at: +0 s, undo: true}
  - {at: +0 s, press: {scene: {light: {on: true, brightness_pct: 35}}}}
  - {at: +2 s, broker: up}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 35}, right: true, device: ceiling, orders_at_most: 3}}
  - {at: +6 s, expect: {right: true, device: ceiling, orders_at_most: 3, within: 0 s, stays: 1 s}}
  - {at: +2 s, broker: wiped}
  - {at: +1 s, broker: up}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 35}, right: true}}
""",
    "a stop outlives a restart": MORNING + """
steps:
  - {at: +3 s, stop: true}
  - {at: +0 s, expect: {zone: shop, light: {on: true, brightness_pct: 100}, music: {on: false}, within: 1 s}}
  - {at: +2 s, press: {profile: golden-hour}}
  - {at: +0 s, controller: restart}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 100}, stopped: true, within: 4 s, stays: 2 s}}
  - {at: +7 s, resume: true}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, stopped: false, within: 5 s}}
""",
    "a daypart begins, and a new plan": """
parts:
  profiles:
    - {id: linen, name: Linen, scene: {scent: {on: true, fragrance: linen, intensity_pct: 20}}}
    - {id: golden-hour, name: Golden hour, scene: {light: {brightness_pct: 55}}}
  dayparts:
    - {id: afternoon, name: Afternoon, when: "15:00..18:00", profile: linen}
start: 2026-03-02 14:59:30
steps:
  - {at: +3 s, expect: {zone: shop, scent: {on: false}, right: true, within: 0 s}}
  - {at: "15:00", wait: true}
  - {at: "15:00", expect: {zone: shop, profile: linen, scent: {on: true}, journal: zone.changed, count: 1, within: 2 s}}
  - {at: +5 s, publish: {dayparts: []}}
  - {at: +0 s, expect: {zone: shop, scent: {on: false}, journal: plan.published, count: 1, within: 5 s}}
""",
    "somebody sets the clock, on a bad line": """
start: 2026-03-02 14:30
seed: 7
steps:
  - {at: +3 s, clock: +45 min}
  - {at: +0 s, expect: {zone: shop, profile: golden-hour, journal: clock.stepped, within: 6 s}}
  - {at: +7 s, clock: -45 min}
  - {at: +0 s, line: {losses: 0.3, repeats: 0.2, swaps: 0.2}}
  - {at: +0 s, press: {scene: {light: {on: true, brightness_pct: 33}}}}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 33}, within: 6 s}}
  - {at: +7 s, line: {}}
  - {at: +0 s, expect: {right: true, within: 8 s}}
""",
}

#: Those that do not, and the numbers of the steps that fail, from 0.
FAIL = {
    "what is so is not what is expected": (MORNING + """
steps:
  - {at: +3 s, press: {scene: {light: {on: true, brightness_pct: 33}}}}
  - {at: +0 s, expect: {zone: shop, light: {brightness_pct: 80}, within: 1 s}}
  - {at: +2 s, expect: {zone: shop, light: {brightness_pct: 33}, within: 2 s}}
  - {at: +3 s, expect: {device: ceiling, orders_at_most: 0, within: 0 s}}
  - {at: +1 s, expect: {journal: override.pressed, count: 2, within: 0 s}}
  - {at: +1 s, expect: {stopped: true, within: 0 s}}
  - {at: +1 s, resume: true, refused: nothing to resume}
  - {at: +1 s, press: {profile: golden-hour, role: viewer}}
""", {1, 3, 4, 5, 6, 7}),
    "it was so, and then no longer": (MORNING + """
steps:
  - {at: +2 s, lie: ceiling}
  - {at: +0 s, press: {profile: golden-hour, end: "2026-03-02T10:00:40Z"}}
  - {at: +1 s, expect: {zone: shop, light: {brightness_pct: 55}, within: 1 s}}
  - {at: +1 s, expect: {zone: shop, profile: golden-hour, but_for: [ceiling], within: 2 s, stays: 38 s}}
  - {at: +40 s, expect: {device: ceiling, stands: right, within: 0 s}}
  - {at: +1 s, controller: kill}
  - {at: +0 s, press: {profile: golden-hour}}
""", {2, 3, 6}),
}


def no_file(named: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", named)


def read(name: str) -> Play:
    text = HOLD.get(name) or FAIL[name][0]
    return read_scenario(f"name: {name}\nstore: minimal\n{text.lstrip()}" if text.startswith("start") else
                         f"name: {name}\nstore: minimal{text}", "test.yaml", no_file)


def patient(name: str) -> Play:
    """The same, but what is to be so soon may take as long as a busy machine wants: real time is not what is tested."""
    play, fails = read(name), FAIL.get(name, ("", set()))[1]
    return replace(play, steps=tuple(timed if number in fails else replace(timed, within_s=PATIENCE_S)
                                     for number, timed in enumerate(play.steps)))


@pytest.fixture(scope="module")
def really(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Verdict]]:
    """Verdicts in real time, of all that this session asks for, four beside each other."""
    names = {item.callspec.params["name"] for item in request.session.items  # type: ignore[attr-defined]
             if item.fspath == request.fspath and "name" in getattr(getattr(item, "callspec", None), "params", {})}
    with ThreadPoolExecutor(4) as pool:
        futures: dict[str, Future[Verdict]] = {
            name: pool.submit(run_in_real_time, patient(name)) for name in (*HOLD, *FAIL) if name in names}
        yield lambda name: futures[name].result()


def steps(verdict: Verdict) -> list[tuple[str, bool, bool]]:
    return [(outcome.words, outcome.passed, outcome.expectation) for outcome in verdict.outcomes]


def both(virtual: Verdict, real: Verdict) -> str:
    return f"In virtual time:\n{as_text(virtual)}\nIn real time:\n{as_text(real)}"


@pytest.mark.parametrize("name", HOLD)
def test_a_scenario_holds_in_virtual_and_in_real_time(name: str, really: Callable[[str], Verdict]) -> None:
    virtual, real = run(read(name)), really(name)
    assert steps(virtual) == steps(real), both(virtual, real)
    assert real.passed, both(virtual, real)
    assert (virtual.real, real.real) == (False, True)


@pytest.mark.parametrize("name", FAIL)
def test_a_scenario_fails_at_the_same_steps_in_virtual_and_in_real_time(
    name: str, really: Callable[[str], Verdict]
) -> None:
    virtual, real = run(read(name)), really(name)
    assert steps(virtual) == steps(real), both(virtual, real)
    assert {n for n, outcome in enumerate(real.outcomes) if not outcome.passed} == FAIL[name][1], both(virtual, real)


# ── the command ─────────────────────────────────────────────────────────────────────

SHORT = "name: Short\nstart: 2026-03-02 11:00\nsteps:\n  - {at: +2 s, expect: {right: true, within: 118 s}}\n"
LONG = SHORT + "  - {at: +1 h, wait: true}\n"


def test_the_command_reports_that_it_was_in_real_time(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(SHORT)
    done = CliRunner().invoke(sinne, ["simulate", "--scenario", str(tmp_path / "short.yaml"), "--real", "--json",
                                      "--report", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["time"], report["passed"], report["digest"]) == ("real", True, "")
    assert "It takes up to 2 min, until " in done.stderr
    assert "in real time" in (tmp_path / "out" / "timeline.svg").read_text()
    assert '<property name="time" value="real"/>' in (tmp_path / "out" / "junit.xml").read_text()
    assert (tmp_path / "out" / "report.txt").read_text().endswith("Seed 1, in real time.\n")


@pytest.mark.parametrize(("words", "sentence"), [
    (("--scenario", "lamp-loses-power", "--real", "--speed", "2"), "Real time passes as fast as it does"),
    (("--real",), "--real, --report and --json are of a scenario"),
    (("--hunt", "--real"), "leave out the plan"),
])
def test_what_real_time_cannot_do_is_refused(words: tuple[str, ...], sentence: str) -> None:
    done = CliRunner().invoke(sinne, ["simulate", *words])
    assert done.exit_code == 2
    assert sentence in done.output


def test_rules_are_refused_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(LONG + "  - {at: +1 h, expect: {rules: kept}}\n")
    done = CliRunner().invoke(sinne, ["simulate", "--scenario", str(tmp_path / "rules.yaml"), "--real"])
    assert done.exit_code == 2
    assert "Step 3 (+1 h) expects rules to be kept" in done.output
    assert "It takes" not in done.output


def children(parent: int) -> set[int]:
    """The processes whose parent it is, from /proc."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent and words[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()
            and ") Z " not in Path(f"/proc/{pid}/stat").read_text()}


@pytest.fixture
def under_way(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], set[int], Path]]:
    """A long scenario after its first step: the command, the programs that it started, and where they keep things."""
    (tmp_path / "long.yaml").write_text(LONG)
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o711)
    command = subprocess.Popen([SINNE, "simulate", "--scenario", str(tmp_path / "long.yaml"), "--real"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {
                                   "TMPDIR": str(kept), "PYTHONUNBUFFERED": "1"}, start_new_session=True)
    try:
        assert command.stdout is not None
        assert "It takes up to 1 h " in command.stdout.readline()
        said = []
        while "  ok  " not in (line := command.stdout.readline()):
            assert line, ("it ended before its first step", said)
            said.append(line)  # beside steps: a warning where root's broker stays root
        yield command, children(command.pid), kept
    finally:
        command.kill()
        command.wait()
        if command.stdout is not None:
            command.stdout.close()


def test_ctrl_c_leaves_nothing_behind(under_way: tuple[subprocess.Popen[str], set[int], Path]) -> None:
    command, programs, kept = under_way
    assert len(programs) == 2
    command.send_signal(signal.SIGINT)
    assert command.wait(PATIENCE_S) == 130
    assert command.stdout is not None
    assert command.stdout.read().strip().endswith("Ended after 1 of 2 steps. Nothing is left running.")
    assert (alive(programs), list(kept.iterdir())) == (set(), [])


def test_programs_do_not_outlive_a_command_that_is_killed(
    under_way: tuple[subprocess.Popen[str], set[int], Path]
) -> None:
    command, programs, _kept = under_way
    assert len(programs) == 2
    command.kill()
    eventually(lambda: not alive(programs), "mosquitto and the controller are gone")


# ── the clock ───────────────────────────────────────────────────────────────────────


def test_a_shifted_clock_runs_with_the_machines_and_can_be_set() -> None:
    start = datetime(2026, 3, 2, 10, tzinfo=UTC)
    clock = ShiftedClock.beginning(start)
    assert timedelta() <= clock.now() - start < timedelta(seconds=PATIENCE_S)
    steady = clock.monotonic()
    clock.set_by(timedelta(days=400))
    assert clock.now() - clock.true_time() > timedelta(days=399)
    assert 0 <= clock.monotonic() - steady < PATIENCE_S
    assert abs(ShiftedClock(clock.shift, clock.was_set_by).now() - clock.now()) < timedelta(seconds=PATIENCE_S)


def test_a_shifted_timetable_rings_at_the_instant_of_the_clock_and_after_it_was_set_once_it_is_rebuilt() -> None:
    clock, rung = ShiftedClock(datetime(2026, 3, 2, tzinfo=UTC) - SystemClock().now()), list[datetime]()
    timetable = ShiftedTimetable(clock)
    timetable.start(lambda: rung.append(clock.now()))
    try:
        due = clock.now() + timedelta(seconds=0.3)
        timetable.wake_at(due)
        eventually(lambda: len(rung) == 1, "it rings")
        assert rung[0] >= due
        timetable.wake_at(clock.now() + timedelta(hours=1))
        clock.set_by(timedelta(hours=2))
        timetable.rebuild()
        eventually(lambda: len(rung) == 2, "it rings again")
    finally:
        timetable.stop()


def test_how_long_it_takes_counts_what_may_be_waited_for() -> None:
    play = read_scenario("name: A test\nstart: 2026-03-02 11:00\nsteps:\n  - {at: +1 min, wait: true}\n"
                         "  - {at: +0 s, expect: {right: true, within: 10 s, stays: 20 s}}\n", "test.yaml", no_file)
    assert longest(play) == timedelta(seconds=90)
    assert GRACE_S <= 2
