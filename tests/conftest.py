"""How a run over several workers is dealt out. Which tests there are, and what they show, does not depend on it.

Half of the suite computes; the other half waits for real servers, processes and browsers to start and settle. So there
are two workers to a core, waiting and computing work is dealt by turns, and what takes long begins early. A file stays
with one worker, because its tests may share a server; tests of `APART` share nothing and are dealt one by one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

#: Where each test starts all that it needs, so that no two have to run on one worker.
APART = ("tests/real/", "tests/controller/test_clock_jumps.py")
#: Seconds of the files that take longest, on two cores; of a test of `APART`, of its file by the number of its tests.
#: Only the order depends on it, so that it need not be exact: a new file of half a minute is worth a line.
LONG_S: dict[str, float] = {}
#: What each other file counts for.
SHORT_S = 5.0
MOST_WORKERS = 16


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """`-n auto`: two workers to a core, for about half of them wait."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return max(2, min(MOST_WORKERS, 2 * len(os.sched_getaffinity(0))))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWork | None:
    """`--dist loadfile`, with the tests of `APART` one by one, in the order of `pytest_collection_modifyitems`."""
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False
    return ByWork(config, log)


class ByWork(LoadFileScheduling):
    """Deals whole files, and the tests of `APART` alone."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On workers: what waits and what computes by turns, long before short."""
    if hasattr(config, "workerinput"):
        items[:] = dealt(items)


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
        return unit.startswith(APART) or units[unit][0].get_closest_marker("real") is not None

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
