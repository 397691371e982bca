"""A real store that belongs to an HQ it cannot reach: what HQ said is in force from its start, and people publish."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.bootstrap import running_store
from controller.brokers import started
from controller.cli.owner import LOCAL
from controller.cli.plans import bring_in
from controller.ports import Entry
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from devices.broker import EmbeddedBroker
from tests.controller.test_fitting import fresh, publishing, spring
from tests.controller.test_own_part import campaigns, enrol, say
from tests.patience import eventually
from tests.real.shop import PLAN

pytestmark = pytest.mark.real


def test_what_hq_said_is_in_force_from_the_start_and_what_people_publish_leaves_it(tmp_path: Path) -> None:
    plan = tmp_path / "shop.yaml"
    plan.write_text(PLAN)
    data = tmp_path / "data"
    bring_in(str(plan), data, "")
    memory = open_memory(data, BUILD_DATE, datetime.now(UTC))
    enrol(memory)
    found = memory.hq.enrolment()
    version = memory.plan_in_force()
    assert found is not None
    assert version is not None
    unreachable = replace(found, broker="mqtt://127.0.0.1:1", ca=None, store=version.plan.store.id)
    memory.hq.enrol(unreachable, datetime.now(UTC), Entry("hq.enrolled"))
    # What HQ says is kept, and the store is cut off before it published what comes of it.
    say(memory, *publishing(1, spring(when="00:00-24:00"), fresh()))
    assert memory.plan_in_force() == version
    memory.close()
    with running_store(data, None, lambda _folder, _store, _at: started(EmbeddedBroker)) as running:
        def in_force() -> list[str]:
            sight = running.engine.sight()
            return [] if sight.plan is None else campaigns(sight.plan.plan)

        eventually(lambda: "hq-spring" in in_force(), "the engine runs HQ's campaign")
        own = running.overview.plan()
        assert own is not None
        made = running.planning.publish(own.own.changed(limits=own.own.limits.model_copy(
            update={"max_volume_pct": 55})), "quieter", LOCAL)
        assert made.local is not None
        eventually(lambda: running.engine.sight().plan == made, "the engine runs what was published")
        assert "hq-spring" in in_force()
        assert running.versions.versions()[0].own.limits.max_volume_pct == 55
