"""The order in which tests are dealt out to several workers, and what of them stays together.

Half of the suite computes; the other half waits for real servers, processes and browsers to start and settle. So
waiting and computing work is dealt by turns, and what takes long begins early. A file stays with one worker, because
its tests may share a server; tests of `APART` share nothing and are dealt one by one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

#: Where each test starts all that it needs, so that no two have to run on one worker.
APART = ("tests/real/test_survival.py", "tests/real/test_commands.py", "tests/real/test_demo.py",
         "tests/controller/test_clock_jumps.py", "tests/planted/test_planted.py", "tests/controller/test_hunting.py")
#: Seconds of the files that take longest, on two cores; of a test of `APART`, of its file by the number of its tests.
#: Only the order depends on it, so that it need not be exact: a new file of half a minute is worth a line.
LONG_S: dict[str, float] = {
    "tests/real/test_survival.py": 220, "tests/real/test_commands.py": 180,
    "tests/controller/test_clock_jumps.py": 70, "tests/controller/test_hunting.py": 150,
    "tests/real/test_real_time.py": 90, "tests/planted/test_planted.py": 200, "tests/real/test_demo.py": 45,
    "tests/web/test_today_browser.py": 60, "tests/web/test_now_browser.py": 60, "tests/test_bench.py": 45,
    "tests/real/test_example_project.py": 30, "tests/real/test_announce.py": 30, "tests/real/test_poison.py": 25,
    "tests/real/test_calendars_served.py": 25, "tests/controller/test_migrations.py": 20,
    "tests/controller/test_storage_faults.py": 35, "tests/web/test_serving.py": 25, "tests/devices/test_mqtt.py": 25,
    "tests/devices/test_transport_contract.py": 30, "tests/devices/test_broker.py": 20,
    "tests/web/test_calendars.py": 20, "tests/web/test_cues_browser.py": 15,
    "tests/web/test_simulator_browser.py": 20, "tests/web/test_dryrun_browser.py": 20,
    "tests/profiles/test_resolve_year.py": 50, "tests/controller/test_hunt.py": 50, "tests/web/test_openapi.py": 45,
    "tests/controller/test_engine_storm.py": 40, "tests/controller/test_reasons_of_the_past.py": 35,
    "tests/controller/test_calendar_out.py": 25, "tests/controller/test_cli.py": 25,
    "tests/controller/test_engine.py": 25, "tests/profiles/test_difference.py": 25,
    "tests/profiles/test_check_layers.py": 20, "tests/controller/test_scenarios.py": 20,
    "tests/controller/test_virtual.py": 20, "tests/controller/test_cli_calendars.py": 15,
    "tests/controller/test_dryrun.py": 15, "tests/controller/test_gaps.py": 15, "tests/profiles/test_resolve.py": 15,
    "tests/profiles/test_check.py": 15, "tests/controller/test_overrides_keep_their_word.py": 15,
}
#: What each other file counts for.
SHORT_S = 5.0

def unit_of(nodeid: str) -> str:
    """What is dealt whole: the file of a test, or the test alone."""
    return nodeid if nodeid.startswith(APART) else nodeid.split("::")[0]


def dealt(items: list[pytest.Item]) -> list[pytest.Item]:
    """All items, unit by unit, in the order in which they are begun."""
    units: dict[str, list[pytest.Item]] = {}
    tests_in: dict[str, int] = {}
    for item in items:
        units.setdefault(unit_of(item.nodeid), []).append(item)
        file = item.nodeid.split("::")[0]
        tests_in[file] = tests_in.get(file, 0) + 1

    def seconds(unit: str) -> float:
        file = unit.split("::")[0]
        return LONG_S.get(file, SHORT_S) * len(units[unit]) / tests_in[file]

    def waits(unit: str) -> bool:
        return unit.startswith(APART) or any(
            item.get_closest_marker("real") is not None for item in units[unit])

    waiting = sorted((unit for unit in units if waits(unit)), key=seconds, reverse=True)
    computing = sorted((unit for unit in units if not waits(unit)), key=seconds, reverse=True)
    return [item for unit in by_turns(waiting, computing, seconds) for item in units[unit]]


def by_turns(first: list[str], second: list[str], seconds: Callable[[str], float]) -> list[str]:
    """Both lists as one, so that at each place about the same share of both is done."""
    placed = [(done, unit) for units in (first, second) for done, unit in shares(units, seconds)]
    return [unit for _, unit in sorted(placed, key=lambda one: one[0])]


def shares(units: list[str], seconds: Callable[[str], float]) -> list[tuple[float, str]]:
    """Each unit with the share of the whole that comes before it."""
    whole, done, found = sum(map(seconds, units)), 0.0, []
    for unit in units:
        found.append((done / whole, unit))
        done += seconds(unit)
    return found
