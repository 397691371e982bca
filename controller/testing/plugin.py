"""The pytest plugin `sinne`: fixtures for a store, its devices and its clock, and scenario files as tests.

pytest reads this in every project of an environment in which sinne is installed. So it reads nothing else of ours until
a test asks for a store, claims no option and no setting without *sinne* in its name, and collects no file of a project
that does not name a plan. A fixture of the same name in a project's own tests goes before the one here.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from controller.testing.clock import StoreClock
    from controller.testing.devices import SimulatedDevices
    from controller.testing.store import StoreUnderTest

_MARK = ("sinne(plan, start, seed, parts): the plan of the test's store (a file, or one that ships), when it begins by "
         "the store's own clock, its seed, and parts of the plan that are replaced.")
_STORE: pytest.StashKey[StoreUnderTest] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option and three settings, all with our name in them."""
    group = parser.getgroup("sinne", "stores in virtual time (sinne)")
    group.addoption("--sinne-seed", type=int, metavar="N", default=None,
                    help="The seed of every store and scenario, instead of the one that a test asks for.")
    parser.addini("sinne_plan", "The plan file of the stores that tests ask for, counted from this file.")
    parser.addini("sinne_start", "When these stores begin, by their own clock (default: 2026-03-02 09:00, a Monday).")
    parser.addini("sinne_seed", "Their seed (default: 1).")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, so that --strict-markers lets it pass."""
    config.addinivalue_line("markers", _MARK)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """`*.scenario.yaml` is a test, in a project that names a plan."""
    if file_path.name.endswith(".scenario.yaml") and parent.config.getini("sinne_plan"):
        found: pytest.Collector = _room("scenario_files").ScenarioFile.from_parent(parent, path=file_path)
        return found
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells of its store."""
    report = yield
    store = item.stash.get(_STORE, None)
    if store is not None and report.failed and report.when == "call":
        report.sections.append(("sinne", store.section()))
    return report


@pytest.fixture
def sinne_store(request: pytest.FixtureRequest) -> Iterator[StoreUnderTest]:
    """A store in virtual time with the plan that the mark or the settings name; `store` is a shorter name of it."""
    asking, mistakes = _room("asking"), _room("mistakes")
    node: Any = request.node
    said = ""
    try:
        store = _room("store").StoreUnderTest(asking.asked_by(node, request.config.getoption("--sinne-seed")))
    except mistakes.Mistake as mistake:
        said = str(mistake)
    if said:  # not above, or it would be told twice
        pytest.fail(said, pytrace=False)
    node.stash[_STORE] = store
    yield store
    store.close()


@pytest.fixture
def store(sinne_store: StoreUnderTest) -> StoreUnderTest:
    """The store under test: people press and stop in it, things happen to it, and it is asked what is so."""
    return sinne_store


@pytest.fixture
def devices(sinne_store: StoreUnderTest) -> SimulatedDevices:
    """The devices of the store by their ids: what their hardware does, and what may happen to them."""
    return sinne_store.devices


@pytest.fixture
def clock(sinne_store: StoreUnderTest) -> StoreClock:
    """The clock of the store: time passes when the test says so."""
    return sinne_store.clock


def _room(name: str) -> Any:
    """A module of this package, read when it is needed and not at pytest's start."""
    return importlib.import_module(f"controller.testing.{name}")
