"""Waves of a campaign: they grow, pass, ask, and stop by themselves before the next one begins (mode 17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.hq.waves import is_reached, lot
from tests.controller.hq_house import CAMPAIGN, House, LightStore, a_house
from tests.patience import eventually

NAMES = [f"shop-{n:02d}" for n in range(60)]
BY_LOT = sorted(NAMES, key=lambda name: lot("hq-spring", name))


def stage(share: float, **parts: object) -> dict[str, object]:
    return {"wave": {"share": share}, "soak_min": 60, "timeout_min": 600, **parts}


def share_of(count: int) -> float:
    """A share that reaches the first `count` of the stores by lot, and no more."""
    share = (lot("hq-spring", BY_LOT[count - 1]) + lot("hq-spring", BY_LOT[count])) / 2
    assert [name for name in BY_LOT if is_reached("hq-spring", name, share)] == BY_LOT[:count]
    return share


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as made:
        made.publisher()
        made.settled()
        yield made


def with_it(house: House) -> set[str]:
    return {store.name for store in house.stores.values() if "hq-spring" in store.campaigns}


def fleet(house: House) -> dict[str, LightStore]:
    stores = house.enrol(*NAMES)
    house.heard_of(*stores)
    return house.stores


def begun(house: House, *stages: dict[str, object], **parts: object) -> None:
    answer = house.publish(stages=list(stages), **parts)
    assert answer.refused == ""


def test_waves_follow_each_other_by_themselves_after_they_have_soaked(house: House) -> None:
    fleet(house)
    begun(house, stage(share_of(20)), stage(share_of(40)), stage(1.0))
    eventually(lambda: with_it(house) == set(BY_LOT[:20]))
    eventually(lambda: house.rollout()[1].reported == 20)
    house.clock.go(timedelta(minutes=59))
    assert house.rollout()[1].stage == 0
    house.clock.go(timedelta(minutes=2))
    eventually(lambda: with_it(house) == set(BY_LOT[:40]))
    house.clock.go(timedelta(minutes=61))
    eventually(lambda: with_it(house) == set(NAMES))
    house.clock.go(timedelta(minutes=61))
    assert house.until("done").words == "Every wave has passed."
    house.settled()


@pytest.mark.parametrize("what", ["fail", "complain"])
def test_five_percent_of_the_first_wave_that_fail_or_complain_keep_the_next_from_beginning(
    house: House, what: str,
) -> None:
    stores = fleet(house)
    if what == "fail":
        stores[BY_LOT[3]].broken = True
    begun(house, stage(share_of(20), soak_min=0), stage(1.0))
    if what == "complain":
        house.line(BY_LOT[3], "feedback.complaint")
    found = house.until("stopped")
    assert found.words == f"1 of 20 stores {'failed or stayed silent' if what == 'fail' else 'had complaints'}: " \
                          "5.0 %, and 4 % is the most."
    house.clock.go(timedelta(days=3))
    house.settled()
    assert with_it(house) <= set(BY_LOT[:20])
    assert house.rollout()[1].stage == 0


def test_a_store_that_stays_silent_counts_as_a_failure_after_the_timeout(house: House) -> None:
    stores = fleet(house)
    for name in BY_LOT[:2]:
        house.broker.cut(f"store-{name}")
    begun(house, stage(share_of(20)), stage(1.0))
    eventually(lambda: house.rollout()[1].reported == 18)
    assert house.rollout()[0] == "running"
    house.clock.go(timedelta(minutes=601))
    assert "2 of 20 stores failed or stayed silent" in house.until("stopped").words
    assert with_it(house) <= set(BY_LOT[2:20])
    assert stores


def test_a_person_lets_a_stopped_rollout_go_on_and_what_had_failed_is_not_counted_again(house: House) -> None:
    stores = fleet(house)
    stores[BY_LOT[3]].broken = True
    begun(house, stage(share_of(20)), stage(1.0))
    house.until("stopped")
    assert "Resume it first" in house.order("advance", {"campaign": "hq-spring"}).refused
    house.order("resume", {"campaign": "hq-spring"})
    eventually(lambda: house.rollout()[1].reported == 19)
    house.clock.go(timedelta(minutes=61))
    eventually(lambda: with_it(house) == set(NAMES))


def test_a_wave_by_hand_asks_and_a_person_lets_the_next_begin(house: House) -> None:
    fleet(house)
    begun(house, stage(share_of(20), by_hand=True, soak_min=0), stage(1.0))
    house.until("asking")
    assert with_it(house) == set(BY_LOT[:20])
    assert house.order("advance", {"campaign": "hq-spring"}).said == "Wave 2 of 2 has begun."
    eventually(lambda: with_it(house) == set(NAMES))
    house.clock.go(timedelta(minutes=61))
    house.until("done")
    assert "is over" in house.order("advance", {"campaign": "hq-spring"}).refused


def test_a_pause_keeps_the_wave_where_it_is(house: House) -> None:
    fleet(house)
    begun(house, stage(share_of(20), soak_min=10), stage(1.0))
    house.order("pause", {"campaign": "hq-spring", "reason": "Sale day."})
    house.clock.go(timedelta(hours=2))
    house.settled()
    assert house.rollout()[0] == "stopped"
    assert house.rollout()[1].words == "Bo paused it. Sale day."
    assert with_it(house) <= set(BY_LOT[:20])
    house.order("resume", {"campaign": "hq-spring"})
    house.clock.go(timedelta(minutes=11))
    eventually(lambda: with_it(house) == set(NAMES))


def test_a_halt_ends_a_rollout_and_reviving_begins_with_the_first_wave(house: House) -> None:
    fleet(house)
    begun(house, stage(share_of(20), soak_min=0), stage(1.0))
    eventually(lambda: with_it(house) == set(NAMES))
    house.order("halt", {"campaign": "hq-spring"})
    eventually(lambda: with_it(house) == set())
    assert house.rollout()[0] == "halted"
    house.order("pause", {"campaign": "hq-spring"})
    assert house.order("revive", {"campaign": "hq-spring"}).refused == ""
    eventually(lambda: with_it(house) >= set(BY_LOT[:20]))


def test_a_wave_with_no_store_is_refused_with_the_smallest_share_that_has_one(house: House) -> None:
    house.enrol("nord", "syd", tags=("big",))
    house.heard_of(*house.stores.values())
    refused = house.publish(stages=[stage(0.000001), stage(1.0)]).refused
    smallest = min(lot("hq-spring", name) for name in ("nord", "syd"))
    share = float(refused.rsplit(" is ", 1)[1].removesuffix(" %.")) / 100
    assert smallest < share <= smallest + 0.0001
    assert house.papers.newest() == []
    assert house.publish(stages=[stage(share)]).refused == ""
    assert "no store that HQ has heard of" in house.publish(
        {**CAMPAIGN, "id": "hq-small"}, stages=[stage(1.0)], selector={"tags": ["small"]}).refused


def test_waves_only_grow_within_a_rollout_and_from_version_to_version(house: House) -> None:
    fleet(house)
    assert "narrower" in house.publish(stages=[stage(0.5), stage(0.2)]).refused
    begun(house, stage(share_of(40), by_hand=True, soak_min=0), stage(1.0))
    eventually(lambda: with_it(house) == set(BY_LOT[:40]))
    begun(house, stage(share_of(20), by_hand=True, soak_min=0), stage(1.0))
    assert house.rollout()[1].stage == 1
    eventually(lambda: with_it(house) == set(NAMES))


def test_a_rollout_that_cannot_go_on_stops_and_says_why(house: House) -> None:
    fleet(house)
    begun(house, stage(share_of(20), soak_min=10), stage(1.0))
    eventually(lambda: house.rollout()[1].reported == 20)
    running = house.papers.rollout("hq-spring")
    house.order("halt", {"campaign": "hq-spring"})
    eventually(lambda: with_it(house) == set())
    for store in house.stores.values():
        store.say()
    house.stop()
    house.papers._rollouts["hq-spring"] = running  # as in a database that was mended by hand
    house.clock.go(timedelta(minutes=11))
    house.publisher()
    assert house.until("stopped").words == "It cannot go on: hq-spring is halted. Revive it, or publish a new version."


def test_a_list_that_a_rollout_goes_by_only_grows(house: House) -> None:
    fleet(house)

    def listed(*stores: str) -> str:
        return house.publish({"name": "Pilots", "stores": list(stores)}, "store-list", id="hq-pilots").refused

    assert listed(*NAMES[:10]) == listed(*NAMES[:9]) == ""  # nothing goes by it yet
    begun(house, {"wave": {"share": 0, "lists": ["hq-pilots"]}, "by_hand": True}, stage(1.0))
    eventually(lambda: with_it(house) == set(NAMES[:9]))
    assert listed(*NAMES[:12]) == ""
    eventually(lambda: with_it(house) == set(NAMES[:12]))
    for refused in (listed(*NAMES[4:12]), house.order("delete", {"kind": "store-list", "id": "hq-pilots"}).refused):
        assert "lists of a rollout only grow: shop-00, shop-01, shop-02 and " in refused
    assert with_it(house) == set(NAMES[:12])
    house.order("halt", {"campaign": "hq-spring"})
    assert listed(*NAMES[4:12]) == ""


def test_overrides_beyond_the_threshold_stop_it_and_older_ones_do_not_count(house: House) -> None:
    fleet(house)
    for name in BY_LOT[:10]:
        house.line(name, "override.pressed")
    house.clock.go(timedelta(minutes=1))
    begun(house, stage(share_of(20)), stage(1.0))
    eventually(lambda: house.rollout()[1].reported == 20)
    for name in BY_LOT[:5]:
        house.line(name, "override.pressed", 2)
    assert "5 of 20 stores had staff choose something else: 25.0 %" in house.until("stopped").words


def test_a_store_that_applies_something_else_than_hq_expects_has_not_reported(house: House) -> None:
    stores = fleet(house)
    liar = stores[BY_LOT[0]]
    liar.place = liar.place.model_copy(update={"tags": ("other",)})
    liar.say()
    eventually(lambda: house.memory.fleet_rows.fleet_row(liar.name).standing.place.tags == ("other",))
    begun(house, stage(share_of(20)), stage(1.0), selector={"not_tags": ["other"]})
    eventually(lambda: house.rollout()[1].reported == 19)
    assert house.rollout()[1].stores == 19  # by its tags it is not meant at all
    force, said = house.force(), house.memory.fleet_rows.fleet_row(liar.name).standing
    assert said.applies != force.applies(liar.name, said.place)


def test_a_rollout_goes_on_under_the_next_publisher(house: House) -> None:
    fleet(house)
    begun(house, stage(share_of(20), soak_min=10), stage(1.0))
    eventually(lambda: house.rollout()[1].reported == 20)
    house.stop()
    house.clock.go(timedelta(minutes=11))
    house.publisher()
    eventually(lambda: with_it(house) == set(NAMES))
