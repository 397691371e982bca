"""A shop whose plans can be tried: a store in virtual time behind the panel, and a runner that a test can hold up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from controller.accounts import Accounts
from controller.dryrun.copying import StoreCopy
from controller.dryrun.shapes import DryRun
from controller.dryrun.store_dryruns import StoreDryRuns
from controller.dryrun.trying import tried
from controller.virtual.store import VirtualStore
from tests.controller.shop import DOCUMENT, plan
from tests.patience import PATIENCE_S
from tests.web.fakes import FakeAccounts
from web.context import Services

#: Thursday 16 April 2026, 14:32 in Stockholm.
NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)

#: A campaign that dims the sales floor by day, with the profile that it needs.
DUSK = """campaigns:
  - {id: dusk, name: Dusk, when: "Mo-Sa opening..closing", priority: 60, profile: dusk, zones: [sales]}
profiles:
  - {id: dusk, name: Dusk, scene: {light: {brightness_pct: 40}}}
"""


class TriedShop:
    """A store, its doors, and dry runs in this very process. `gate`: closed, a run waits at 40 %."""

    def __init__(self) -> None:
        self.store = VirtualStore(plan(devices=DOCUMENT["devices"][:-1]), 1, NOW)
        self.gate = threading.Event()
        self.gate.set()
        self.under_way = threading.Event()
        self.runs: list[tuple[str, int]] = []
        self.dry_runs = StoreDryRuns(self.store.memory, self.store.planning, self.store.clock, self.store.engine.sight,
                                     self._run)

    def _run(self, copy: StoreCopy, text: str, name: str, days: int, tell: Callable[[float], None]) -> DryRun:
        self.runs.append((text, days))
        tell(0.4)
        self.under_way.set()
        if not self.gate.wait(PATIENCE_S):
            raise AssertionError("nobody opened the gate")
        return tried(copy, text, name, days, tell=tell)

    def services(self, accounts: FakeAccounts, assets: Path) -> Services:
        return Services(planning=self.store.planning, overview=self.store.overview,
                        accounts=cast(Accounts, accounts), secure=False, assets=assets, dry_runs=self.dry_runs)

    def version(self) -> int:
        found = self.store.memory.plan_in_force()
        assert found is not None
        return found.version
