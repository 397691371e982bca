"""How a run over several workers is dealt out. Which tests there are, and what they show, does not depend on it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from tests.dealing import dealt, unit_of

#: Workers more than cores, because many tests wait. Each takes its time to read all tests, so that more would not pay.
WAITING_WORKERS = 2

# How long an example takes, or drawing one, says how busy the machine is (tests/patience.py).
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """`-n auto`."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return len(os.sched_getaffinity(0)) + WAITING_WORKERS


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """`--dist loadfile` deals units, in the order of `pytest_collection_modifyitems`."""
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False
    return DealtByUnit(config, log)


class DealtByUnit(LoadFileScheduling):
    """Deals whole files, and some tests alone."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Each worker reads all tests. Where nothing is compiled yet, that costs more than anything else in a run: so each
    reads its own share first, and finds that of the others compiled."""
    here = getattr(session.config, "workerinput", None)
    if here is None or sys.dont_write_bytecode or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    for file in files[int(here["workerid"].removeprefix("gw"))::here["workercount"]]:
        if str(file.parent) not in sys.path:
            sys.path.insert(0, str(file.parent))
        with suppress(Exception, pytest.skip.Exception):  # it is read again, and then its trouble is reported
            import_module(file.stem)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On workers only: who runs a few tests at a desk gets them as they stand in the file."""
    if hasattr(config, "workerinput"):
        items[:] = dealt(items)
