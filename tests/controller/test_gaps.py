"""The stretches of a span in which the store was not running: the same as instant by instant, found all at once."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from controller.overview import StoreOverview
from tests.controller.test_reasons_of_the_past import live_through, random_plan
from tests.controller.virtual_shop import VirtualShop


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_every_instant_lies_in_a_gap_if_and_only_if_its_reasons_say_so(seed: int) -> None:
    rng = random.Random(seed)
    shop = VirtualShop(random_plan(rng), seed=seed)
    began = shop.clock.now()
    live_through(shop, rng, 7)
    see = StoreOverview(shop.memory, shop.engine, shop.clock)
    now = shop.clock.now()
    gaps = see.gaps(began - timedelta(hours=1), now + timedelta(hours=1))
    assert gaps[0][0] == began - timedelta(hours=1)  # before the record begins
    assert len(gaps) > 1, f"seed {seed} has neither a crash nor an end"
    assert all(since < upto <= now for since, upto in gaps)
    assert all(first[1] <= second[0] for first, second in pairwise(gaps))
    for _ in range(80):
        at = began + timedelta(seconds=rng.uniform(1, (now - began).total_seconds() - 1))
        happened = see.explain("sales", at).happened
        assert happened is not None
        if not any(abs(at - edge) < timedelta(milliseconds=1) for gap in gaps for edge in gap):
            assert happened.gap is any(since < at < upto for since, upto in gaps), f"seed {seed}, {at}: {gaps}"


def test_a_span_to_come_has_no_gaps_and_one_that_ran_has_none() -> None:
    shop = VirtualShop()
    shop.run(600)
    see, now = StoreOverview(shop.memory, shop.engine, shop.clock), shop.clock.now()
    assert see.gaps(now, now + timedelta(days=1)) == []
    assert see.gaps(now - timedelta(seconds=300), now + timedelta(days=1)) == []
