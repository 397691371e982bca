"""The publisher on a broker in memory: orders, versions, tombstones, halts, and a broker that is as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from controller.errors import Refused
from controller.hq.documents import VERSIONS_A_TERM, Manifest, Selector
from controller.hq.documents import Entry as Named
from controller.hq.in_force import InForce
from controller.hq.issuing import Issuer, New
from controller.hq.ports import Enrolled
from controller.hq.signing import KeyFile
from controller.hq.topics import HALT, MANIFEST, document_topic
from controller.ports import Entry
from devices.messages import Message
from devices.transport import Received
from tests.controller.hq_house import BEGAN, CAMPAIGN, House, a_house
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.patience import eventually

SPRING = document_topic("campaign", "hq-spring")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as made:
        yield made


def test_the_first_start_says_an_empty_manifest(house: House) -> None:
    house.publisher()
    house.settled()
    assert house.on_broker(MANIFEST) == {"organisation": "acme", "term": 1, "number": 1, "entries": []}


def test_a_document_is_published_with_the_first_version_of_the_term_and_named(house: House) -> None:
    house.publisher()
    answer = house.publish()
    assert answer.version == VERSIONS_A_TERM
    house.settled()
    [entry] = house.on_broker(MANIFEST)["entries"]
    assert (entry["id"], entry["version"]) == ("hq-spring", VERSIONS_A_TERM)
    assert house.publish().version == VERSIONS_A_TERM + 1


def test_documents_come_before_the_manifest(house: House) -> None:
    house.publisher()
    house.settled()
    topics: list[str] = []
    ear = house.broker.transport("ear")
    ear.subscribe(["sinne/v1/hq/#"])
    ear.start(lambda event: topics.append(event.message.topic) if isinstance(event, Received) else None)
    topics.clear()
    house.publish()
    house.settled()
    assert topics == [SPRING, MANIFEST]


def test_stores_apply_what_is_published_and_drop_what_is_deleted(house: House) -> None:
    house.publisher()
    nord, syd = house.enrol("nord", "syd")
    house.publish()
    eventually(lambda: nord.campaigns == syd.campaigns == ["hq-spring"])
    answer = house.order("delete", {"kind": "campaign", "id": "hq-spring"})
    eventually(lambda: nord.campaigns == syd.campaigns == [])
    assert house.on_broker(SPRING)["body"] is None
    assert house.on_broker(MANIFEST)["entries"][0]["version"] == answer.version


def test_a_tombstone_is_named_for_thirteen_months_and_then_gone(house: House) -> None:
    house.publisher()
    house.publish()
    house.order("delete", {"kind": "campaign", "id": "hq-spring"})
    house.clock.go(timedelta(days=390))
    house.settled()
    assert house.on_broker(MANIFEST)["entries"]
    house.clock.go(timedelta(days=10))
    eventually(lambda: house.on_broker(MANIFEST)["entries"] == [])
    eventually(lambda: SPRING not in house.broker.retained)


def test_a_halt_withdraws_at_once_and_a_higher_version_revives(house: House) -> None:
    house.publisher()
    [nord] = house.enrol("nord")
    house.publish()
    eventually(lambda: nord.campaigns == ["hq-spring"])
    assert house.order("halt", {"campaign": "hq-spring", "reason": "Wrong picture."}).version == VERSIONS_A_TERM
    eventually(lambda: nord.campaigns == [])
    house.settled()
    assert house.on_broker(HALT)["withdrawn"] == [{"campaign": "hq-spring", "version": VERSIONS_A_TERM}]
    assert house.order("revive", {"campaign": "hq-spring"}).version == VERSIONS_A_TERM + 1
    eventually(lambda: nord.campaigns == ["hq-spring"])


def test_what_cannot_be_done_is_answered_with_a_sentence_and_the_next_order_is_done(house: House) -> None:
    house.publisher()
    assert house.order("halt", {"campaign": "hq-nothing"}).refused == \
        "There is no campaign hq-nothing among what is published."
    assert "cannot be read" in house.publish({"id": "hq-spring"}).refused
    assert house.order("sing", {}).refused == "Nobody here knows how to sing."
    assert house.order("revive", {"campaign": "hq-spring"}).refused
    assert house.publish().version == VERSIONS_A_TERM


def test_an_order_is_carried_out_once_whatever_else_happens(house: House) -> None:
    house.publisher()
    numbers = [house.papers.give_order("publish", {"kind": "campaign", "id": "hq-spring", "body": CAMPAIGN,
                                                   "author": "Ada"}, "Bo", BEGAN, Entry("order.given")).number
               for _ in range(20)]
    eventually(lambda: all(house.papers.order(number).done for number in numbers))
    versions = [each.document.version for each in house.papers.versions("campaign", "hq-spring")]
    assert versions == list(range(VERSIONS_A_TERM + 19, VERSIONS_A_TERM - 1, -1))


def test_nothing_is_done_while_the_broker_is_away_and_everything_after_it_is_back(house: House) -> None:
    house.publisher()
    house.settled()
    house.broker.go_down()
    number = house.papers.give_order("publish", {"kind": "campaign", "id": "hq-spring", "body": CAMPAIGN,
                                                 "author": "Ada"}, "Bo", BEGAN, Entry("order.given")).number
    assert house.papers.order(number).done is None
    house.broker.come_back()
    eventually(lambda: house.papers.order(number).done)
    house.settled()


def test_a_broker_that_lost_its_disk_is_told_everything_again(house: House) -> None:
    house.publisher()
    house.publish()
    house.order("halt", {"campaign": "hq-spring"})
    house.settled()
    house.broker.go_down()
    house.broker.forget_retained()
    house.broker.come_back()
    house.settled()
    assert SPRING in house.broker.retained


def test_what_somebody_else_left_on_the_broker_is_cleared_and_replaced(house: House) -> None:
    stranger = house.broker.transport("stranger")
    stranger.start(lambda event: None)
    stranger.publish(Message(document_topic("campaign", "hq-old"), b"{}", 1, retain=True))
    stranger.publish(Message(MANIFEST, b"nonsense", 1, retain=True))
    house.publisher()
    house.publish()
    house.settled()
    stranger.publish(Message(MANIFEST, orjson.dumps({"key": "x", "sig": "", "body": ""}), 1, retain=True))
    house.settled()


def test_a_publisher_that_starts_again_begins_a_new_term_and_says_nothing_twice(house: House) -> None:
    first = house.publisher()
    house.publish()
    house.settled()
    manifest = house.broker.retained[MANIFEST]
    first.stop()
    second = house.publisher()
    eventually(lambda: second.sight().state == "publishing")
    assert second.sight().term == 2
    assert house.broker.retained[MANIFEST] is manifest
    assert house.publish().version == 2 * VERSIONS_A_TERM


def test_a_database_that_was_restored_is_ahead_of_what_the_broker_holds(house: House, tmp_path: Path) -> None:
    [nord] = house.enrol("nord")
    house.publisher()
    house.publish()
    house.publish({**CAMPAIGN, "id": "hq-summer"})
    house.order("halt", {"campaign": "hq-spring"})
    house.settled()
    eventually(lambda: nord.campaigns == ["hq-summer"])
    house.stop()
    house.memory = FakeHqMemory()  # an empty copy of long ago
    house.memory.fleet_rows.enrol(Enrolled("nord", "nord", 1, BEGAN, "Ada"), BEGAN, Entry("store.enrolled"))
    house.publisher()
    house.settled()
    assert house.on_broker(MANIFEST)["term"] == 2
    eventually(lambda: nord.campaigns == [])
    assert house.on_broker(HALT)["withdrawn"][0]["campaign"] == "hq-spring"
    assert house.publish().version == 2 * VERSIONS_A_TERM  # above what is withdrawn: it lives
    eventually(lambda: nord.campaigns == ["hq-spring"])


def test_a_database_that_was_restored_says_again_what_stores_have_newer_and_revives_nothing(house: House) -> None:
    [nord] = house.enrol("nord")
    house.publisher()
    for id_ in ("hq-spring", "hq-summer", "hq-autumn"):
        house.publish({**CAMPAIGN, "id": id_})
    house.order("halt", {"campaign": "hq-autumn"})
    house.settled()
    house.stop()
    copy = house.memory.copy()
    house.publisher()
    house.settled()
    for id_ in ("hq-spring", "hq-autumn"):  # what the copy does not know of any more
        house.publish({**CAMPAIGN, "id": id_, "when": "Mo-Su 15:00-16:00"})
    house.order("halt", {"campaign": "hq-summer"})
    house.settled()
    eventually(lambda: sorted(nord.campaigns) == ["hq-autumn", "hq-spring"])
    house.stop()
    house.memory = copy
    house.publisher()
    house.settled()
    eventually(lambda: nord.end.shelf.manifest is not None and nord.end.shelf.manifest.term == 3)
    assert nord.end.shelf.waiting is None
    assert nord.campaigns == ["hq-spring"]  # as the copy has it; both halts hold
    assert not nord.end.standing(BEGAN).refused
    for campaign in ("hq-summer", "hq-autumn"):
        assert house.force().is_halted(campaign)
        assert house.order("revive", {"campaign": campaign}).version
    eventually(lambda: sorted(nord.campaigns) == ["hq-autumn", "hq-spring", "hq-summer"])


def test_more_documents_than_a_manifest_holds_are_refused_with_a_sentence_of_their_own(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path).read_or_make()
    many = Manifest(organisation="acme", term=1, number=1, entries=tuple(
        Named(kind="campaign", id=f"hq-{n}", version=VERSIONS_A_TERM, digest="0" * 64) for n in range(7_000)))
    new = New("campaign", "hq-spring", {**CAMPAIGN}, Selector())
    with pytest.raises(Refused, match=r"HQ has 7,001 documents.*no room for so many"):
        Issuer("acme", keys, 1).issue(InForce(many, None, {}), (new,), BEGAN)


def test_a_lost_lock_stops_publishing_at_once_and_a_fenced_commit_changes_nothing(house: House) -> None:
    publisher = house.publisher()
    house.publish()
    house.papers.lock = None
    eventually(lambda: publisher.sight().term == 2)  # it took the lock again, in a new term
    house.papers.raise_term(0)  # somebody else is the publisher by now
    number = house.papers.give_order("delete", {"kind": "campaign", "id": "hq-spring"}, "Bo", BEGAN,
                                     Entry("order.given")).number
    done = eventually(lambda: house.papers.order(number).done and house.papers.order(number))
    assert done.answer["version"] == 4 * VERSIONS_A_TERM  # refused in term 2, done once, in term 4


def test_of_two_publishers_one_waits(house: House) -> None:
    one, two = house.publisher(), house.publisher()
    eventually(lambda: {one.sight().state, two.sight().state} == {"publishing", "waiting"})
    at_work = one if one.sight().state == "publishing" else two
    house.publish()
    at_work.stop()
    assert house.publish().version == 2 * VERSIONS_A_TERM


def test_a_request_reaches_one_store_once_and_expires(house: House) -> None:
    house.publisher()
    nord, syd = house.enrol("nord", "syd")
    house.heard_of(nord, syd)
    answer = house.order("request", {"store": "nord", "verb": "override", "by": "Bo", "profile": "hq-bright",
                                     "end": "minutes:30"})
    [request] = eventually(lambda: nord.requests)
    assert (request.id, request.verb, request.profile) == (answer.request, "override", "hq-bright")
    assert syd.requests == []
    house.broker.go_down()
    number = house.papers.give_order("request", {"store": "nord", "verb": "end-override", "by": "Bo"}, "Bo",
                                     house.clock.now(), Entry("order.given")).number
    house.clock.go(timedelta(minutes=6))
    house.broker.come_back()
    late = eventually(lambda: house.papers.order(number).done and house.papers.order(number))
    assert "could not be reached" in late.answer["refused"]
    assert len(nord.requests) == 1


def test_documents_are_renewed_long_before_they_cannot_be_accepted_any_more(house: House) -> None:
    house.publisher()
    [nord] = house.enrol("nord")
    house.publish(stages=[])
    house.settled()
    house.clock.go(timedelta(days=310))
    eventually(lambda: house.force().newest["campaign", "hq-spring"].document.version > VERSIONS_A_TERM)
    eventually(lambda: nord.campaigns == ["hq-spring"])
    house.settled()
    house.clock.go(timedelta(days=120))
    [late] = house.enrol("late")
    eventually(lambda: late.campaigns == ["hq-spring"])


def test_a_halted_campaign_is_never_renewed_but_taken_away(house: House) -> None:
    house.publisher()
    [nord] = house.enrol("nord")
    house.publish()
    house.order("halt", {"campaign": "hq-spring"})
    house.clock.go(timedelta(days=310))
    eventually(lambda: house.force().newest["campaign", "hq-spring"].document.gone)
    house.settled()
    assert nord.campaigns == []


def test_a_database_that_is_away_for_a_while_stops_nothing_for_good(house: House) -> None:
    publisher = house.publisher()
    house.publish()
    house.memory.go_away()
    eventually(lambda: publisher.sight().state != "publishing")
    house.memory.come_back()
    assert house.publish().version is not None
    house.settled()


def test_the_key_is_private_and_made_once(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    first = keys.read_or_make()
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert keys.read_or_make().name == first.name
    assert "PRIVATE" not in repr(first)
    keys.path.chmod(0o644)
    with pytest.raises(Exception, match="chmod 600"):
        keys.read()
    keys.path.write_text("something else")
    keys.path.chmod(0o600)
    with pytest.raises(Exception, match="is not HQ's key"):
        keys.read()
