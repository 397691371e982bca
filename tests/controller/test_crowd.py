"""Light stores: HQ sees of them what it sees of real ones, and those that misbehave are the same ones each time."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest

from controller.crowd.composing import Composer
from controller.crowd.crowd import Crowd
from controller.crowd.kinds import MOST_KINDS, kind_plan, store_of
from controller.crowd.shares import Manners, Shares
from controller.crowd.store import Crew, LightStore, Moment
from controller.hq.reporting import plan_of
from controller.hq.said import Ack, JournalBatch, Standing, payload_of, read
from controller.hq.topics import down_topic
from controller.ports import Entry
from controller.publishing import findings
from controller.storage.chain import GENESIS, hash_of
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.transport import Received
from profiles.check import errors
from tests.controller.hq_house import TestClock
from tests.controller.hq_press import (
    FRESH,
    KEYS,
    NOW,
    SPRING,
    STRANGERS_KEY,
    Said,
    document,
    entry,
    halt,
    manifest,
    sealed,
)
from tests.patience import eventually

GOOD = Manners()
MOOD = document("profile", "hq-fresh", 1, FRESH)


def spring(version: int = 1, **parts: object) -> Said:
    return document("campaign", "hq-spring", version, SPRING, **parts)


class Shop:
    """One light store whose broker takes everything and says nothing by itself."""

    def __init__(self, number: int = 0, manners: Manners = GOOD) -> None:
        place, kind = store_of(number, 60, "sim")
        self.store = LightStore(place, kind, Crew("acme", KEYS, Composer(), "1.2"), manners, 1)
        self.said: list[Message] = []
        self.now = Moment(NOW, 100.0)
        self.store.connected(self.now)
        self.round()

    def hear(self, *said: Said) -> None:
        for topic, payload in said:
            self.store.take(topic, payload, self.now)
        self.round()

    def wait(self, seconds: float) -> None:
        self.now = Moment(self.now.at + timedelta(seconds=seconds), self.now.steady + seconds)
        self.round()

    def round(self) -> None:
        self.store.round(self.now, self._publish)

    def of(self, leaf: str) -> list[bytes]:
        return [each.payload for each in self.said if each.topic == f"sinne/v1/{self.store.id}/up/{leaf}"]

    def standing(self) -> Standing:
        return read(Standing, self.of("status")[-1], "the standing")

    def kinds(self) -> list[str]:
        found: dict[int, str] = {}
        for payload in self.of("journal"):
            found |= {line.number: line.kind for line in read(JournalBatch, payload, "the journal").entries}
        return [kind for _, kind in sorted(found.items())]

    def _publish(self, message: Message) -> bool:
        self.said.append(message)
        return True


def test_a_light_store_says_who_and_where_it_is() -> None:
    shop = Shop(0)
    said = shop.standing()
    assert said.place is not None
    assert (said.store, said.place.country, said.place.time_zone) == ("sim-00001", "SE", "Europe/Stockholm")
    assert set(said.place.tags) == {"city", "large", "pilot"}
    assert (said.software, said.manifest, said.trusted) == ("1.2", None, True)
    assert said.devices.total == said.devices.right > 0


def test_it_applies_a_manifest_as_a_whole_and_reports_it() -> None:
    shop = Shop()
    shop.hear(spring(), manifest(1, [entry(spring()), entry(MOOD)]))
    shop.wait(2)
    waiting = shop.standing().waiting
    assert waiting is not None
    assert shop.standing().manifest is None
    shop.hear(MOOD)
    shop.wait(2)
    said = shop.standing()
    assert said.manifest is not None
    assert (said.manifest.number, said.waiting, said.refused) == (1, None, ())
    assert said.applies is not None
    assert "plan.published" in shop.kinds()


def test_its_plan_is_the_one_whose_digest_it_reports_with_the_campaign_in_it() -> None:
    shop = Shop()
    shop.hear(MOOD, spring(), manifest(1, [entry(spring()), entry(MOOD)]))
    shop.wait(90)
    plan, live, _ = plan_of(shop.of("plan")[-1])
    assert plan.digest == shop.standing().plan
    assert plan.store.id == shop.store.id
    assert [campaign.id for campaign in plan.campaigns] == ["hq-spring"]
    assert live.overrides == ()
    shop.hear(halt(1, {"hq-spring": 1}))
    shop.wait(90)
    assert plan_of(shop.of("plan")[-1])[0].campaigns == ()
    halted = shop.standing().halt
    assert halted is not None
    assert halted.number == 1


def test_what_hq_did_not_sign_is_refused_and_said() -> None:
    shop = Shop()
    topic, payload = spring()
    forged = sealed(topic, orjson.loads(base64.b64decode(orjson.loads(payload)["body"])), STRANGERS_KEY)
    shop.hear(forged)
    shop.wait(2)
    assert shop.standing().manifest is None
    assert any("hq-spring" in sentence for sentence in shop.standing().refused)


def test_a_campaign_that_does_not_fit_is_refused_as_in_a_real_store() -> None:
    shop = Shop()
    shop.hear(spring(), manifest(1, [entry(spring())]))  # its mood is missing
    shop.wait(2)
    said = shop.standing()
    assert said.manifest is None
    assert said.waiting is not None
    assert any("hq-fresh" in sentence for sentence in said.refused)


def test_its_journal_is_a_chain_and_is_said_until_it_is_acknowledged() -> None:
    shop = Shop()
    shop.hear(MOOD, spring(), manifest(1, [entry(spring()), entry(MOOD)]))
    shop.wait(15)
    batches = [read(JournalBatch, payload, "the journal") for payload in shop.of("journal")]
    assert {line.number for batch in batches for line in batch.entries} == {1, 2}
    assert len(batches) > 1
    before = GENESIS
    for line in sorted({line.number: line for batch in batches for line in batch.entries}.values(),
                       key=lambda each: each.number):
        made = hash_of(before, batches[0].journal, line.number, line.at, Entry(line.kind, dict(line.body)))
        assert made == line.hash
        before = made
    shop.hear((down_topic(shop.store.id, "ack"), payload_of(Ack(journal=batches[0].journal, number=2))))
    said = len(shop.of("journal"))
    shop.wait(60)
    assert len(shop.of("journal")) == said
    assert shop.store.diary.entries(range(1, 3)) == []


@pytest.mark.parametrize(("manners", "kind"), [
    (Manners(overrides=True), "override.pressed"), (Manners(complains=True), "feedback.complaint")])
def test_who_is_told_to_choose_over_or_to_complain_does_so_within_half_a_minute(manners: Manners, kind: str) -> None:
    shop, calm = Shop(manners=manners), Shop()
    for each in (shop, calm):
        each.hear(MOOD, spring(), manifest(1, [entry(spring()), entry(MOOD)]))
        each.wait(31)
        each.wait(1)
    assert shop.kinds().count(kind) == 1
    assert kind not in calm.kinds()


def test_who_is_told_to_fail_refuses_campaigns_and_nothing_else() -> None:
    shop = Shop(manners=Manners(fails=True))
    shop.hear(MOOD, manifest(1, [entry(MOOD)]))
    shop.hear(spring(), manifest(2, [entry(spring()), entry(MOOD)]))
    shop.wait(2)
    said = shop.standing()
    assert said.manifest is not None
    assert said.waiting is not None
    assert (said.manifest.number, said.waiting.number) == (1, 2)
    assert any("hq-spring" in sentence for sentence in said.refused)


def test_who_is_told_to_be_away_says_who_it_is_and_leaves() -> None:
    shop = Shop(manners=Manners(offline=True))
    assert shop.standing().online
    shop.wait(6)
    assert not shop.standing().online
    said = len(shop.said)
    shop.hear(MOOD, manifest(1, [entry(MOOD)]))
    shop.wait(600)
    assert len(shop.said) == said


def test_shares_are_drawn_by_lot_and_the_same_each_time() -> None:
    stores = [f"sim-{number:05}" for number in range(2000)]
    shares = Shares(fail_pct=10, override_pct=100, seed=7)
    drawn = [shares.of(store) for store in stores]
    assert drawn == [Shares(fail_pct=10, override_pct=100, seed=7).of(store) for store in stores]
    assert 140 < sum(each.fails for each in drawn) < 260
    assert all(each.overrides and not each.complains and not each.offline for each in drawn)
    assert [each.fails for each in drawn] != [Shares(fail_pct=10, seed=8).of(store).fails for store in stores]


@pytest.mark.parametrize("kind", [0, 7, 31, 59, 200, MOST_KINDS - 1])
def test_the_plan_of_every_kind_is_without_an_error(kind: int) -> None:
    assert errors(findings(kind_plan(kind), NOW)) == []


def test_kinds_do_not_repeat_and_stores_are_all_different() -> None:
    assert len({kind_plan(kind).changed(store=kind_plan(kind).store.model_copy(update={"id": "x", "name": "x"})).digest
                for kind in range(0, MOST_KINDS, 7)}) == len(range(0, MOST_KINDS, 7))
    made = [store_of(number, 60, "sim")[0] for number in range(300)]
    assert len({place.id for place in made}) == 300
    assert len({place.country for place in made}) == 10


def test_a_composed_plan_of_a_store_is_byte_for_byte_the_one_that_its_digest_is_of() -> None:
    shop = Shop(7)
    shop.hear(MOOD, spring(), manifest(1, [entry(spring()), entry(MOOD)]))
    shop.wait(90)
    plan, _, _ = plan_of(shop.of("plan")[-1])
    again = orjson.loads(plan.model_dump_json())
    assert type(plan).model_validate(again).digest == shop.standing().plan
    assert plan.digest != kind_plan(7).digest


def test_a_crowd_on_a_few_connections_answers_for_every_store_and_says_goodbye() -> None:
    broker, heard = LoopbackBroker(), dict[str, Any]()
    clock = TestClock(NOW)

    def note(event: object) -> None:
        if isinstance(event, Received):
            heard[event.message.topic] = orjson.loads(event.message.payload)

    hq = broker.transport("hq")
    hq.subscribe(["sinne/v1/+/up/status"])
    hq.start(note)
    crew = Crew("acme", KEYS, Composer(), "1.2", plans=False)
    crowd = Crowd([LightStore(*store_of(number, 6, "sim"), crew, Manners(), 1) for number in range(25)],
                  broker.transport, clock, connections=3)
    crowd.start()
    try:
        for topic, payload in (MOOD, spring(), manifest(1, [entry(spring()), entry(MOOD)])):
            hq.publish(Message(topic, payload, 1, retain=True))
        eventually(lambda: sum(bool(said.get("manifest")) for said in heard.values()) == 25, "all have applied it")
        assert crowd.seen().applied == {(1, 1): 25}
        hq.publish(Message(*halt(1, {"hq-spring": 1}), 1, retain=True))
        eventually(lambda: crowd.seen().halted == {(1, 1): 25}, "all have halted")
    finally:
        crowd.stop()
    eventually(lambda: not any(said["online"] for said in heard.values()), "all have said goodbye")
    assert len(heard) == 25
    hq.stop()
