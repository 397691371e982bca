"""A dry run in a store that belongs to HQ: the store's own part is tried, with what HQ says in force."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from controller.dryrun.copying import StoreCopy, copy_of
from controller.dryrun.store_dryruns import StoreDryRuns
from controller.dryrun.trying import tried
from controller.errors import Refused, Unavailable
from controller.planning import StorePlanning
from controller.store.sight import EngineSight
from profiles.planfile import write_plan
from tests.controller import shop as shops
from tests.controller.shop import MAJA, Shop
from tests.controller.test_fitting import fresh, publishing, spring
from tests.controller.test_own_part import campaigns, enrol, in_force, look, say

OWN_CAMPAIGN = """\
profiles:
  - {id: dim, name: Dim, scene: {light: {brightness_pct: 40}}}
campaigns:
  - {id: dusk, name: Dusk, when: "18:00-19:00", priority: PRIORITY, profile: dim}
"""


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    enrol(made.memory)
    say(made.memory, *publishing(1, spring(), fresh()))
    look(made.memory)
    return made


def candidate(priority: int) -> str:
    return OWN_CAMPAIGN.replace("PRIORITY", str(priority))


def test_what_hq_says_is_in_both_runs(shop: Shop) -> None:
    copy = copy_of(shop.memory, shop.clock.now())
    assert campaigns(copy.plan) == ["hq-spring"]
    same = tried(copy, write_plan(copy.own), "same.yaml", 1)
    assert (same.felt, same.parts, same.digest) == ((), (), same.candidate)
    run = tried(copy, candidate(70), "dusk.yaml", 1)
    assert run.parts
    assert not any("Spring" in part for part in run.parts)
    assert run.felt


def test_the_copy_goes_to_a_process_of_its_own_as_json(shop: Shop) -> None:
    copies = TypeAdapter(StoreCopy)
    copy = copy_of(shop.memory, shop.clock.now())
    again = copies.validate_python(copies.validate_json(copies.dump_json(copy)))
    assert again.with_own(again.own).digest == copy.plan.digest == again.plan.digest
    assert json.loads(copies.dump_json(again)) == json.loads(copies.dump_json(copy))


def test_a_campaign_below_hqs_is_not_felt_and_one_that_ties_is_refused(shop: Shop) -> None:
    copy = copy_of(shop.memory, shop.clock.now())
    assert tried(copy, candidate(50), "dusk.yaml", 1).felt == ()
    with pytest.raises(Refused, match="does not go together with what HQ says"):
        tried(copy, candidate(60), "dusk.yaml", 1)


def test_ids_of_hqs_are_refused_with_the_line(shop: Shop) -> None:
    copy = copy_of(shop.memory, shop.clock.now())
    with pytest.raises(Refused, match=r"dusk\.yaml:4: campaigns\[0\]\.id: hq-dusk begins with hq-"):
        tried(copy, candidate(70).replace("id: dusk", "id: hq-dusk"), "dusk.yaml", 1)


def test_what_was_tried_is_published_as_the_own_part(shop: Shop) -> None:
    def here(copy: StoreCopy, text: str, name: str, days: int, tell: object) -> object:
        return tried(copy, text, name, days)

    desk = StorePlanning(shop.memory, shop.engine, shop.clock)
    door = StoreDryRuns(shop.memory, desk, shop.clock, lambda: EngineSight.__new__(EngineSight), here)  # type: ignore[arg-type]
    version = in_force(shop.memory).version
    run = tried(copy_of(shop.memory, shop.clock.now()), candidate(70), "dusk.yaml", 1)
    made = door.publish(candidate(70), run.candidate, version, MAJA)
    assert campaigns(made.plan) == ["dusk", "hq-spring"]
    assert campaigns(made.own) == ["dusk"]
    with pytest.raises(Refused, match="nothing to publish"):
        door.publish(candidate(70), run.candidate, made.version, MAJA)


def test_a_torn_shelf_is_not_tried_upon(shop: Shop) -> None:
    documents = [each.name for each in shop.memory.hq.shelf() if each.name[0] == "profile"]
    shop.memory.hq.forget(documents)
    with pytest.raises(Unavailable, match="not whole here"):
        copy_of(shop.memory, shop.clock.now())


def test_without_hq_a_copy_is_as_it_was() -> None:
    copy = copy_of(Shop().memory, shops.NOW)
    assert (copy.local, copy.held) == (None, {})
    assert copy.with_own(copy.own) is copy.plan
