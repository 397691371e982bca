"""How tests are dealt to workers: none is lost, files stay together, and waiting begins as early as computing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dealing import APART, LONG_S, dealt, unit_of

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Item:
    """What is asked of a test."""

    nodeid: str
    real: bool

    def get_closest_marker(self, name: str) -> object:
        return self if self.real and name == "real" else None


FILES = st.sampled_from(["tests/web/test_a.py", "tests/web/test_b.py", "tests/controller/test_engine_storm.py",
                         "tests/real/test_survival.py", "tests/real/test_new.py", "tests/web/test_now_browser.py"])
ITEMS = st.lists(st.builds(Item, st.builds("{}::test_{}".format, FILES, st.integers(0, 30)), st.booleans()),
                 unique_by=lambda item: item.nodeid)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ITEMS)
def test_every_test_is_dealt_once_and_a_file_stays_together_in_its_order(items):
    found = dealt(items)
    assert sorted(found, key=lambda item: item.nodeid) == sorted(items, key=lambda item: item.nodeid)
    units = [unit for unit, _ in groupby(found, key=lambda item: unit_of(item.nodeid))]
    assert len(units) == len(set(units))
    for unit in units:
        assert [i for i in found if unit_of(i.nodeid) == unit] == [i for i in items if unit_of(i.nodeid) == unit]


def test_long_files_begin_first_and_what_waits_and_what_computes_go_side_by_side():
    items = [Item(f"tests/web/test_{n}.py::test_one", real=False) for n in range(20)]
    items += [Item(f"tests/devices/test_{n}.py::test_one", real=True) for n in range(20)]
    items += [Item("tests/controller/test_engine_storm.py::test_day", real=False),
              Item("tests/web/test_now_browser.py::test_plates", real=True)]
    found = [item.nodeid.split("::")[0] for item in dealt(items)]
    assert set(found[:2]) == {"tests/controller/test_engine_storm.py", "tests/web/test_now_browser.py"}
    for share in (0.25, 0.5, 0.75):
        begun = found[:round(len(found) * share)]
        waiting = sum(file.startswith("tests/devices") for file in begun)
        assert abs(waiting - 20 * share) <= 6


def test_tests_that_share_nothing_are_dealt_one_by_one():
    assert unit_of("tests/real/test_survival.py::test_a[x]") == "tests/real/test_survival.py::test_a[x]"
    assert unit_of("tests/web/test_now_browser.py::test_a") == "tests/web/test_now_browser.py"


def test_what_is_known_of_files_is_known_of_files_that_are_there():
    assert [path for path in (*LONG_S, *APART) if not (ROOT / path).exists()] == []
