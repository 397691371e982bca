"""What a store makes of all that HQ says: the order says nothing, what is kept is enough, a refusal is said."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.hq.backlog import Backlog
from controller.hq.link.effects import CarryOut, Decline, Forget, Keep, NoteAcknowledged
from controller.hq.link.end import StoreEnd
from controller.hq.sealed import name_of, open_sealed
from controller.hq.topics import HALT, MANIFEST, document_of_topic, down_topic
from profiles.places import Store
from tests.controller.hq_press import FRESH, KEY, KEYS, NOW, SPRING, STRANGERS_KEY, document, halt, manifest, sealed

SHOP = Store.model_validate({"id": "shop", "name": "Shop", "timezone": "Europe/Stockholm", "hours": "Mo-Su 09:00-19:00",
                             "country": "SE", "tags": ["flagship"]})
REQUEST = down_topic("shop", "request")


def entry(said):
    opened = open_sealed(*said, {**KEYS, name_of(STRANGERS_KEY.public_key()): STRANGERS_KEY.public_key()})
    kind, name = document_of_topic(said[0])
    return {"kind": kind, "id": name, "version": opened.said["version"], "digest": opened.digest}


def publishing(number, *said, term=1):
    return [*said, manifest(number, [entry(each) for each in said], term)]


SPRING_1, FRESH_1 = document("campaign", "hq-spring", 1, SPRING), document("profile", "hq-fresh", 1, FRESH)
SPRING_2 = document("campaign", "hq-spring", 2, {**SPRING, "priority": 70})
SPRING_GONE = document("campaign", "hq-spring", 3, None)
AUTUMN = document("campaign", "hq-autumn", 1, {**SPRING, "id": "hq-autumn", "name": "Autumn"})
STORY = [*publishing(1, SPRING_1, FRESH_1), *publishing(2, SPRING_2, FRESH_1),
         *publishing(3, SPRING_2, FRESH_1, AUTUMN), halt(1, {"hq-autumn": 1}),
         *publishing(4, SPRING_GONE, FRESH_1, AUTUMN)]


class Shop:
    """A store end whose effects are done at once, on a disk that is a dictionary."""

    def __init__(self, disk=None):
        self.disk = {} if disk is None else disk
        self.done = []
        self.applied = None
        self.end = StoreEnd("acme", SHOP, KEYS)
        self.amiss = self.end.restore(self.disk.values())
        self.apply()

    def take(self, *said, now=NOW):
        for topic, payload in said:
            self.do(self.end.take(topic, payload, now, 0.0))
        return self

    def do(self, effects):
        for effect in effects:
            self.done.append(effect)
            if isinstance(effect, Keep):
                self.disk.pop(effect.kept.name, None)
                self.disk[effect.kept.name] = effect.kept
            elif isinstance(effect, Forget):
                for name in effect.names:
                    del self.disk[name]
        self.apply()

    def apply(self):
        if self.end.changed:
            self.applied, effects = self.end.apply_unseen()
            self.do(effects)

    def says(self):
        return self.end.standing(NOW)


def in_force(shop):
    return sorted((e.kind, e.id, e.version) for e in shop.applied.entries)


# -- order, repetition, restart


def retained(story):
    """What a broker holds in the end: the last of every topic."""
    return list({topic: (topic, payload) for topic, payload in story}.items())


@settings(max_examples=60)
@given(st.data())
def test_whatever_the_order_in_which_a_broker_gives_what_it_holds_the_end_is_the_same(data):
    before = data.draw(st.integers(0, len(STORY)))
    held = [said for _topic, said in retained(STORY)]
    again = data.draw(st.permutations(held)) + data.draw(st.lists(st.sampled_from(STORY), max_size=12))
    again += data.draw(st.permutations(held))
    shop = Shop().take(*STORY[:before]).take(*again)
    straight = Shop().take(*STORY)
    assert in_force(shop) == in_force(straight) == [("profile", "hq-fresh", 1)]
    assert shop.says().manifest == straight.says().manifest
    assert (shop.says().applies, shop.says().halt) == (straight.says().applies, straight.says().halt)
    assert set(shop.disk) == set(straight.disk)


@settings(max_examples=60)
@given(st.integers(0, len(STORY)), st.integers(0, len(STORY)))
def test_a_restart_anywhere_changes_nothing(first, second):
    through = Shop().take(*STORY)
    shop = Shop()
    for part in (STORY[:first], STORY[first:second], STORY[max(first, second):]):
        shop = Shop(shop.disk).take(*part)
        assert shop.amiss == []
        assert Shop(dict(shop.disk)).says() == shop.says(), "what is on disk is all that there is"
    if second >= first:
        assert shop.says() == through.says()


def test_what_is_not_needed_any_more_leaves_the_disk():
    shop = Shop().take(*STORY)
    assert set(shop.disk) == {("campaign", "hq-spring", 3), ("profile", "hq-fresh", 1), ("campaign", "hq-autumn", 1),
                              ("manifest", "1.4", 0), ("halt", "1.1", 0)}


def test_what_is_taken_is_kept_before_anything_follows_from_it():
    end = StoreEnd("acme", SHOP, KEYS)
    for said in publishing(1, SPRING_1, FRESH_1):
        effects = end.take(*said, NOW, 0.0)
        assert [type(effect) for effect in effects] == [Keep]
        assert effects[0].kept.payload == said[1]


def test_after_a_reconnect_the_same_again_costs_nothing():
    shop = Shop().take(*STORY)
    done = len(shop.done)
    shop.end.connected()
    shop.take(*[said for _topic, said in retained(STORY)])
    assert len(shop.done) == done


# -- refusals


def damaged(said):
    return said[0], said[1][:-9] + bytes([said[1][-9] ^ 1]) + said[1][-8:]


@pytest.mark.parametrize(("bad", "words"), [
    (damaged(SPRING_2), "not as HQ signed it|base64"),
    (sealed(SPRING_2[0], {"organisation": "acme"}, STRANGERS_KEY), "a key that this store does not know"),
    (SPRING_1, "older than what is here"),
    (document("campaign", "hq-spring", 9, SPRING, expires=(NOW - timedelta(minutes=1)).isoformat()),
     "could be accepted until"),
    (document("campaign", "hq-spring", 9, SPRING, organisation="other"), "is of other"),
    ((SPRING_2[0], FRESH_1[1]), "signed for another topic"),
    (manifest(1, []), "is older than the one that is here, 1.2"),
    (document("campaign", "hq-spring", 9, {**SPRING, "priority": 7_000}), "cannot be read at priority"),
])
def test_what_is_forged_replayed_older_expired_or_foreign_is_refused_and_said_and_the_store_carries_on(bad, words):
    shop = Shop().take(*publishing(2, SPRING_2, FRESH_1))
    before, disk = shop.says(), dict(shop.disk)
    shop.take(bad)
    assert len(shop.says().refused) == 1
    assert re.search(words, shop.says().refused[0])
    assert shop.says().model_copy(update={"refused": ()}) == before
    assert shop.disk == disk
    shop.take(*publishing(7, document("campaign", "hq-spring", 10, SPRING), FRESH_1))
    assert ("campaign", "hq-spring", 10) in in_force(shop)


def test_the_same_version_with_other_content_is_an_alarm_until_it_is_in_order_again():
    shop = Shop().take(*publishing(1, SPRING_1, FRESH_1))
    shop.take(document("campaign", "hq-spring", 1, {**SPRING, "priority": 3}))
    assert "a second time with other content" in shop.says().alarms[0]
    shop.take(SPRING_1)
    assert shop.says().alarms == ()


def test_what_is_refused_is_forgotten_when_the_broker_does_not_hold_it_any_more():
    shop = Shop().take(*publishing(1, SPRING_1, FRESH_1), damaged(SPRING_2))
    assert shop.says().refused
    shop.end.connected()
    shop.take(SPRING_1, FRESH_1)
    assert shop.says().refused == ()
    shop.take(damaged(SPRING_2), (SPRING_2[0], b""))
    assert shop.says().refused == ()
    assert in_force(shop) == [("campaign", "hq-spring", 1), ("profile", "hq-fresh", 1)], "only a tombstone does"


def test_a_report_never_has_more_than_it_has_room_for():
    shop = Shop()
    for number in range(60):
        shop.take((f"sinne/v1/hq/doc/campaign/hq-{number}", b"?"))
    assert len(shop.says().refused) == 20
    assert "hq-59" in shop.says().refused[-1]
    shop.take((f"sinne/v1/hq/{'x' * 60_000}", b"{}"))
    assert len(shop.says().refused[-1]) == 400


def test_a_broker_that_makes_up_topics_without_end_does_not_fill_the_memory():
    shop = Shop().take(*publishing(1, SPRING_1, FRESH_1))
    for number in range(60_000):
        shop.end.take(f"sinne/v1/hq/doc/campaign/hq-{number}", b"?", NOW, 0.0)
    assert len(shop.end._seen) <= 50_000
    assert len(shop.end._amiss.refused) <= 200
    assert in_force(shop.take(SPRING_1, FRESH_1)) == [("campaign", "hq-spring", 1), ("profile", "hq-fresh", 1)]


# -- early


def test_a_document_of_later_is_taken_when_its_time_has_come_and_not_before():
    later = NOW + timedelta(hours=2)
    spring = document("campaign", "hq-spring", 1, SPRING, not_before=later.isoformat())
    shop = Shop().take(*publishing(1, spring, FRESH_1))
    assert shop.says().waiting.number == 1
    assert shop.says().refused == ()
    assert shop.end.due(NOW, 50.0) == 50.0 + 7200
    shop.do(shop.end.take_early(later - timedelta(seconds=1)))
    assert shop.says().manifest is None
    shop.do(shop.end.take_early(later))
    assert ("campaign", "hq-spring", 1) in in_force(shop)
    assert shop.end.due(later, 90.0) is None


def test_while_the_clock_is_not_trusted_documents_wait_and_a_halt_does_not():
    shop = Shop().take(*publishing(1, SPRING_1, FRESH_1), halt(1, {"hq-spring": 1}), now=None)
    assert shop.says().manifest is None
    assert shop.says().halt.number == 1
    assert shop.end.due(None, 5.0) is None
    assert shop.end.due(NOW, 5.0) == 5.0
    shop.do(shop.end.take_early(NOW))
    assert in_force(shop) == [("profile", "hq-fresh", 1)]


# -- keys


def test_after_a_change_of_keys_only_what_the_new_ones_signed_is_believed_and_what_is_here_stays():
    shop = Shop().take(*publishing(1, SPRING_1, FRESH_1))
    other = {name_of(STRANGERS_KEY.public_key()): STRANGERS_KEY.public_key()}
    shop.end.trust(other)
    shop.take(SPRING_1, SPRING_2)
    assert "a key that this store does not know" in shop.says().refused[0]
    assert in_force(shop) == [("campaign", "hq-spring", 1), ("profile", "hq-fresh", 1)]
    body = json.loads(json.dumps(open_sealed(*SPRING_2, KEYS).said))
    signed = sealed(SPRING_2[0], body, STRANGERS_KEY)
    shop.take(signed, sealed(MANIFEST, {"organisation": "acme", "term": 1, "number": 2, "entries": [
        entry(signed), entry(FRESH_1)]}, STRANGERS_KEY))
    assert ("campaign", "hq-spring", 2) in in_force(shop)
    assert shop.says().refused == ()
    assert shop.says().keys == tuple(other)
    again = StoreEnd("acme", SHOP, other)
    assert again.restore(shop.disk.values(), {**KEYS, **other}) == []
    assert again.take(*SPRING_2, NOW, 0.0) == []


def test_what_is_damaged_on_disk_comes_again_from_the_broker():
    shop = Shop().take(*publishing(1, SPRING_1, FRESH_1))
    name = ("campaign", "hq-spring", 1)
    kept = shop.disk[name]
    shop.disk[name] = type(kept)(name, kept.topic, kept.payload[:-20])
    fresh = Shop(shop.disk)
    assert len(fresh.amiss) == 1
    assert fresh.says().manifest is None
    fresh.take(SPRING_1, FRESH_1)
    assert in_force(fresh) == [("campaign", "hq-spring", 1), ("profile", "hq-fresh", 1)]


# -- requests


def request(key=KEY, **parts):
    return sealed(REQUEST, {
        "organisation": "acme", "id": "request-1", "store": "shop", "verb": "override", "by": "Maja", "zones": None,
        "profile": "day", "end": "minutes:30", "issued": NOW.isoformat(),
        "expires": (NOW + timedelta(minutes=5)).isoformat(), **parts}, key)


def asked(said, now=NOW):
    return StoreEnd("acme", SHOP, KEYS).take(*said, now, 0.0)


def test_a_request_is_to_be_carried_out_only_where_hq_asks_it_of_this_store_and_in_time():
    (carry,) = asked(request())
    assert isinstance(carry, CarryOut)
    assert carry.request.profile == "day"
    for said, now, words in ((request(store="cafe"), NOW, "It is for cafe"), (request(organisation="x"), NOW, "of x"),
                             (request(), NOW + timedelta(minutes=5), "too late"), (request(), None, "not trusted")):
        (no,) = asked(said, now)
        assert isinstance(no, Decline)
        assert words in no.words


def test_a_forged_request_is_not_even_answered_but_reported():
    end = StoreEnd("acme", SHOP, KEYS)
    topic, payload = request()
    for bad in ((topic, payload[:-4]), request(STRANGERS_KEY), (topic, b"{}"), request(verb="burn"),
                (topic, sealed(MANIFEST, {}, KEY)[1])):
        assert end.take(*bad, NOW, 0.0) == []
        assert len(end.standing(NOW).refused) == 1
    assert end.take(topic, payload, NOW, 0.0)
    assert end.standing(NOW).refused == ()


# -- journal


def ack(number, journal="j"):
    return down_topic("shop", "ack"), json.dumps({"journal": journal, "number": number}).encode()


def test_the_journal_is_said_in_windows_and_an_acknowledgement_is_to_be_noted():
    end = StoreEnd("acme", SHOP, KEYS)
    end.journal_is("j", 1200)
    assert end.journal_to_say(0.0) == range(1, 501)
    assert end.take(*ack(300), NOW, 1.0) == [NoteAcknowledged("j", 300)]
    assert end.journal_to_say(1.0) == range(501, 801)
    assert end.take(*ack(300), NOW, 1.0) == end.take(*ack(100), NOW, 1.0) == end.take(*ack(9, "other"), NOW, 1.0) == []
    assert end.standing(NOW).journal.acknowledged == 300
    assert end.due(NOW, 1.0) == 11.0


def test_while_the_line_is_gone_nothing_has_to_be_said_again():
    end = StoreEnd("acme", SHOP, KEYS)
    end.journal_is("j", 20)
    assert end.journal_to_say(0.0) == range(1, 21)
    end.lost()
    assert end.due(NOW, 60.0) is None, "or whoever waits for it would never sleep"
    end.connected()
    assert end.journal_to_say(60.0) == range(1, 21)


def test_what_hq_has_from_before_and_this_store_could_not_note_is_not_said_for_ever():
    end = StoreEnd("acme", SHOP, KEYS, Backlog(0))
    end.journal_is("j", 5000)
    assert end.journal_to_say(0.0) == range(1, 501)
    assert end.take(*ack(4200), NOW, 1.0) == [NoteAcknowledged("j", 4200)]
    assert end.journal_to_say(1.0) == range(4201, 4701)
    assert end.take(*ack(9000), NOW, 1.0) == [], "what does not exist was not stored"


def test_another_journal_is_told_from_its_beginning():
    end = StoreEnd("acme", SHOP, KEYS, Backlog(40))
    end.journal_is("j", 60)
    assert end.journal_to_say(0.0) == range(41, 61)
    end.journal_is("k", 3)
    assert end.journal_to_say(0.0) == range(1, 4)


@given(st.binary(max_size=60)
       | st.sampled_from([b"[" * 3000, b'{"journal":1}', b"{}", b'{"key":"","sig":"","body":""}']))
def test_nothing_that_comes_raises(payload):
    end = StoreEnd("acme", SHOP, KEYS)
    for topic in (MANIFEST, HALT, REQUEST, down_topic("shop", "ack"), SPRING_1[0], "sinne/v1/hq/doc/a/b/c", "x"):
        assert end.take(topic, payload, NOW, 0.0) == []
        assert end.take(topic, payload, None, 0.0) == []
    assert end.shelf.manifests() == []
