"""When a store says what to HQ: changes at once, a plan at most once a minute, and never ten thousand at one second."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import orjson
from hypothesis import given
from hypothesis import strategies as st

from controller.hq.link.telling import HEARTBEAT_S, Telling, batches
from controller.hq.said import DeviceCounts, JournalBatch, Standing, read
from controller.hq.sealed import MOST_BYTES
from controller.ports import JournalEntry
from tests.controller.hq_press import NOW


def standing(**parts):
    return Standing(store="shop", at=NOW, **parts)


def telling():
    made = Telling(random.Random(7).uniform)
    made.connected(100.0)
    return made


def test_nothing_is_said_while_nobody_listens():
    quiet = Telling(random.Random(7).uniform)
    assert not quiet.wants_standing(standing(), 5.0)
    assert not quiet.wants_plan("a", 5.0)
    assert quiet.due() is None
    quiet.connected(5.0)
    quiet.lost()
    assert quiet.due() is None


def test_the_standing_is_said_at_once_after_connecting_at_a_change_and_now_and_then():
    tell = telling()
    assert tell.wants_standing(standing(), 100.0)
    tell.said_standing(standing(), 100.0, taken=True)
    later = standing().model_copy(update={"at": NOW + timedelta(minutes=2)})
    assert not tell.wants_standing(later, 220.0), "the time alone is no news"
    assert tell.wants_standing(standing(refused=("no",)), 221.0)
    tell.said_standing(standing(refused=("no",)), 221.0, taken=True)
    assert not tell.wants_standing(standing(), 221.5), "two changes of one burst are one report"
    assert tell.due() == 222.0
    assert tell.wants_standing(standing(), 222.0)
    tell.said_standing(standing(), 222.0, taken=True)
    assert 222.0 + 0.8 * HEARTBEAT_S <= tell.due() <= 222.0 + 1.2 * HEARTBEAT_S
    assert tell.wants_standing(standing(), tell.due())


def test_numbers_of_devices_are_said_at_leisure():
    tell = telling()
    tell.said_standing(standing(), 100.0, taken=True)
    fewer = standing(devices=DeviceCounts(total=8, right=7))
    assert not tell.wants_standing(fewer, 101.0)
    assert tell.due() == 130.0
    assert tell.wants_standing(fewer, 130.0)


def test_what_the_broker_did_not_take_is_said_again_soon():
    tell = telling()
    tell.said_standing(standing(), 100.0, taken=False)
    assert tell.due() == 102.0
    assert tell.wants_standing(standing(), 102.0)


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 3)), max_size=60), st.integers(0, 99))
def test_a_plan_goes_out_at_most_once_a_minute_and_the_last_one_always_does(changes, seed):
    tell = Telling(random.Random(seed).uniform)
    tell.connected(0.0)
    now, said, key = 0.0, [], 0
    for wait_s, key in changes:
        now += wait_s
        if tell.wants_plan(key, now):
            said.append((now, key))
            tell.said_plan(key, now, taken=True)
    if tell.wants_plan(key, now + 60):
        said.append((now + 60, key))
    assert all(after - before >= 60 - 1e-6 for (before, _), (after, _) in pairwise(said))
    assert said[-1][1] == key


def test_after_an_outage_of_all_no_second_hears_more_than_a_few_stores():
    rng, buckets = random.Random(1), [0] * 61
    for _ in range(5_000):
        tell = Telling(rng.uniform)
        tell.connected(0.0)
        tell.wants_plan("plan", 0.0)
        buckets[int(tell._plan_due)] += 1
    assert max(buckets) < 150


def journal(sizes):
    return [JournalEntry("j", number, NOW, "test.entry", {"text": "x" * size}, "0" * 64)
            for number, size in enumerate(sizes, 1)]


def test_a_journal_is_said_in_order_in_packets_that_a_broker_takes():
    sizes = [10] * 150 + [60_000] * 40 + [10] * 3
    payloads = list(batches(journal(sizes)))
    assert all(len(payload) < MOST_BYTES for payload in payloads)
    found = [line for payload in payloads for line in read(JournalBatch, payload, "It").entries]
    assert [line.number for line in found] == list(range(1, len(sizes) + 1))
    assert [len(line.body["text"]) for line in found] == sizes
    assert orjson.loads(payloads[0])["journal"] == "j"
