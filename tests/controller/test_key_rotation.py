"""Changing HQ's key: no store is lost, also one that was away while it happened."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from controller.hq.in_force import signed_by
from controller.hq.rotation import progress
from controller.hq.topics import MANIFEST
from tests.controller.hq_house import CAMPAIGN, House, LightStore, a_house
from tests.patience import eventually


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as made:
        made.publisher()
        made.publish()
        made.settled()
        yield made


def obey(store: LightStore) -> None:
    """Believe what the last request names, as a store's link does."""
    keys = eventually(lambda: store.requests and store.requests[-1].keys)
    store.end.trust({name: Ed25519PublicKey.from_public_bytes(base64.b64decode(text)) for name, text in keys.items()})
    store.say()


def believed(store: LightStore) -> set[str]:
    return set(store.end.shelf.keys)


def signing(house: House) -> str:
    return signed_by(house.broker.retained[MANIFEST].payload)


def test_everything_stays_under_the_old_key_until_every_store_believes_the_next_one(house: House) -> None:
    nord, syd = house.enrol("nord", "syd")
    house.heard_of(nord, syd)
    old = signing(house)
    house.broker.cut("store-syd")
    assert house.order("rekey", {"step": "begin"}).said == "Every store is asked to believe the next key."
    house.clock.go(timedelta(minutes=1))
    obey(nord)
    assert len(believed(nord)) == 2
    house.clock.go(timedelta(days=30))
    house.publish({**CAMPAIGN, "id": "hq-summer"})
    house.settled()
    assert signing(house) == old
    house.broker.restore("store-syd")  # it was away for a month, and knows the old key alone
    syd.say()
    eventually(lambda: "hq-summer" in syd.campaigns)
    house.clock.go(timedelta(minutes=1))
    obey(syd)
    eventually(lambda: signing(house) != old)
    house.settled()
    assert {signed_by(m.payload) for t, m in house.broker.retained.items() if "/hq/" in t} == {signing(house)}
    assert nord.campaigns == syd.campaigns == ["hq-spring", "hq-summer"]
    for store in (nord, syd):
        house.clock.go(timedelta(minutes=2))
        eventually(lambda store=store: store.requests[-1].keys.keys() == {signing(house)})
        obey(store)
        assert believed(store) == {signing(house)}
    house.publish({**CAMPAIGN, "id": "hq-autumn"})
    eventually(lambda: "hq-autumn" in nord.campaigns and "hq-autumn" in syd.campaigns)


def test_the_same_content_under_another_key_is_the_same_to_a_store(house: House) -> None:
    [nord] = house.enrol("nord")
    eventually(lambda: nord.campaigns == ["hq-spring"])
    house.order("rekey", {"step": "begin"})
    house.clock.go(timedelta(minutes=1))
    before = nord.end.shelf.manifest
    obey(nord)
    eventually(lambda: house.key_file.read().coming is None)
    house.settled()
    assert nord.end.shelf.manifest == before
    assert nord.end.standing(house.clock.now()).refused == ()


def test_a_person_may_finish_without_the_stores_that_never_come_back(house: House) -> None:
    nord, gone = house.enrol("nord", "gone")
    house.heard_of(nord, gone)
    house.broker.cut("store-gone")
    old = signing(house)
    house.order("rekey", {"step": "begin"})
    house.clock.go(timedelta(minutes=1))
    obey(nord)
    eventually(lambda: progress(house.key_file.read(), house.memory.fleet_rows.fleet()).missing == ("gone",))
    house.order("rekey", {"step": "finish"})
    eventually(lambda: signing(house) != old)
    house.settled()
    house.broker.restore("store-gone")
    eventually(lambda: gone.end.standing(house.clock.now()).refused)
    assert gone.campaigns == ["hq-spring"]  # what it has, it keeps; and it says that it does not know the key
    assert "key that this store does not know" in gone.end.standing(house.clock.now()).refused[0]


def test_a_publisher_that_ended_between_the_new_key_and_the_new_envelopes_goes_on(house: House) -> None:
    house.order("rekey", {"step": "begin"})
    house.stop()
    if house.key_file.read().coming is not None:  # it may have finished: there is no store to wait for
        house.key_file.use_next()
    house.publisher()
    eventually(lambda: signing(house) == house.key_file.read().name)
    house.settled()


def test_finishing_what_has_not_begun_is_refused(house: House) -> None:
    assert "Begin one with" in house.order("rekey", {"step": "finish"}).refused
