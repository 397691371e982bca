"""What a store makes of what HQ says: order says nothing, a refusal changes nothing, a manifest holds whole or not."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import Refused
from controller.hq.documents import Entry
from controller.hq.sealed import Unsigned, digest_of, open_sealed, seal
from controller.hq.shelf import Shelf, Verdict
from controller.hq.topics import HALT, MANIFEST, document_topic
from tests.controller.hq_press import (
    FRESH,
    KEY,
    KEYS,
    NOW,
    SPRING,
    STRANGERS_KEY,
    document,
    entry,
    halt,
    manifest,
    sealed,
)

LATER = NOW + timedelta(days=30)


def shelf():
    return Shelf("acme", KEYS)


def first_publishing():
    spring, fresh = document("campaign", "hq-spring", 1, SPRING), document("profile", "hq-fresh", 1, FRESH)
    return [spring, fresh, manifest(1, [entry(spring), entry(fresh)])]


def take_all(on, said, now=NOW):
    return [on.take(topic, payload, now) for topic, payload in said]


def in_force(on):
    return {(held.document.kind, held.document.id): held.document.version for held in on.in_force()}


# -- what is signed


@given(st.dictionaries(st.text(max_size=8), st.integers(-9, 9) | st.text(max_size=8), max_size=4))
def test_what_was_sealed_is_opened_as_it_was(said):
    opened = open_sealed("sinne/v1/hq/manifest", seal("sinne/v1/hq/manifest", said, KEY), KEYS)
    assert opened.said == said
    assert opened.digest == digest_of(said)


@given(st.data())
def test_not_one_byte_can_be_changed(data):
    topic, payload = first_publishing()[0]
    envelope = json.loads(payload)
    part = data.draw(st.sampled_from(["sig", "body"]))
    raw = bytearray(base64.b64decode(envelope[part]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    envelope[part] = base64.b64encode(bytes(raw)).decode()
    with pytest.raises(Unsigned, match="not as HQ signed it"):
        open_sealed(topic, json.dumps(envelope).encode(), KEYS)


@given(st.binary(max_size=60) | st.just(b"[" * 4000) | st.just(b'{"key":1,"sig":"","body":""}')
       | st.just(b'{"key":"a","sig":"!","body":"?"}') | st.just(b'{"key":"a","sig":"QQ==","body":"QQ=="}'))
def test_whatever_comes_is_refused_with_a_sentence_and_changes_nothing(payload):
    on = shelf()
    for topic in (MANIFEST, HALT, document_topic("profile", "hq-fresh"), "sinne/v1/hq/else", "x"):
        taken = on.take(topic, payload, NOW)
        assert taken.verdict is Verdict.REFUSED
        assert taken.words.endswith(".")
    assert (on.held, on.manifest, on.waiting, on.halt) == ({}, None, None, None)


def test_a_document_cannot_be_moved_to_another_topic():
    _topic, payload = first_publishing()[0]
    taken = shelf().take(document_topic("campaign", "hq-summer"), payload, NOW)
    assert taken.verdict is Verdict.REFUSED
    assert "signed for another topic" in taken.words


def test_a_stranger_s_key_is_refused():
    topic, payload = sealed(document_topic("profile", "hq-fresh"), {"organisation": "acme"}, STRANGERS_KEY)
    assert "a key that this store does not know" in shelf().take(topic, payload, NOW).words


def test_what_is_too_large_for_a_packet_is_not_sealed():
    with pytest.raises(Refused, match="Make it smaller"):
        seal(MANIFEST, {"a": "x" * 1024 * 1024}, KEY)


# -- one by one


def test_a_foreign_organisation_is_refused():
    for topic, payload in (document("profile", "hq-fresh", 1, FRESH, organisation="other"),
                           manifest(1, [], organisation="other")):
        assert "is of other, and this store belongs to acme" in shelf().take(topic, payload, NOW).words


def test_a_document_under_another_name_is_refused():
    said = {"organisation": "acme", "kind": "profile", "id": "hq-fresh", "version": 1, "body": FRESH,
            "not_before": NOW.isoformat(), "expires": LATER.isoformat()}
    topic, payload = sealed(document_topic("profile", "hq-other"), said)
    assert "came under the name of the profile hq-other" in shelf().take(topic, payload, NOW).words


@pytest.mark.parametrize(("change", "words"), [
    ({"body": {**FRESH, "scene": {"light": {"brightness_pct": 400}}}}, "less than or equal to 100"),
    ({"body": {**FRESH, "id": "hq-else"}}, "holds one of the id hq-else"),
    ({"version": -1}, "version"),
    ({"kind": "poem"}, "kind"),
    ({"wave": {"share": 0.5}}, "a profile has no waves"),
    ({"expires": (NOW - timedelta(days=2)).isoformat()}, "is not before expires"),
])
def test_a_document_with_something_wrong_in_it_is_refused_with_the_place(change, words):
    topic, payload = document("profile", "hq-fresh", 1, FRESH)
    said = {**open_sealed(topic, payload, KEYS).said, **change}
    taken = shelf().take(*sealed(topic, said), NOW)
    assert taken.verdict is Verdict.REFUSED
    assert words in taken.words


def test_what_a_newer_hq_says_beyond_what_is_known_is_left_aside():
    said = document("profile", "hq-fresh", 1, {**FRESH, "smells_like": "spring"}, mood_ring="blue")
    on = shelf()
    assert on.take(*said, NOW).verdict is Verdict.TAKEN
    assert take_all(on, [manifest(1, [entry(said)])])[0].verdict is Verdict.TAKEN
    assert in_force(on) == {("profile", "hq-fresh"): 1}


def test_an_older_version_is_refused_and_the_same_one_ignored():
    on = shelf()
    take_all(on, [document("profile", "hq-fresh", 3, FRESH)])
    assert on.take(*document("profile", "hq-fresh", 3, FRESH), NOW) .verdict is Verdict.SAME
    assert "is older than what is here, version 3" in on.take(*document("profile", "hq-fresh", 2, FRESH), NOW).words


def test_the_same_version_with_other_content_is_an_alarm_and_the_first_is_kept():
    on = shelf()
    take_all(on, first_publishing())
    before = list(on.in_force())
    taken = on.take(*document("profile", "hq-fresh", 1, {**FRESH, "name": "Other"}), NOW)
    assert taken.verdict is Verdict.ALARM
    assert list(on.in_force()) == before
    assert on.take(*manifest(1, []), NOW).verdict is Verdict.ALARM
    on.take(*halt(1, {}), NOW)
    assert on.take(*halt(1, {"hq-spring": 1}), NOW).verdict is Verdict.ALARM
    assert list(on.in_force()) == before


def test_dates_are_of_acceptance_only():
    said = first_publishing()
    on = shelf()
    early = on.take(*document("profile", "hq-soon", 1, {**FRESH, "id": "hq-soon"}, not_before=LATER.isoformat(),
                              expires=(LATER + timedelta(days=1)).isoformat()), NOW)
    assert (early.verdict, early.until) == (Verdict.EARLY, LATER)
    assert all(taken.verdict is Verdict.REFUSED and "until 2026-03-03 09:00 UTC only" in taken.words
               for taken in take_all(on, said[:2], LATER))
    take_all(on, said)
    assert {taken.verdict for taken in take_all(on, said, LATER)} == {Verdict.SAME}
    assert in_force(on) == {("campaign", "hq-spring"): 1, ("profile", "hq-fresh"): 1}


def test_nothing_with_dates_is_taken_while_the_clock_is_not_trusted():
    on = shelf()
    assert [taken.verdict for taken in take_all(on, first_publishing(), None)] == [
        Verdict.EARLY, Verdict.EARLY, Verdict.TAKEN]
    assert in_force(on) == {}


# -- manifests, tombstones, halts


def test_a_manifest_is_applied_when_all_of_it_is_here_and_not_before():
    on = shelf()
    take_all(on, first_publishing())
    newer, other = document("campaign", "hq-spring", 2, {**SPRING, "priority": 70}), document(
        "profile", "hq-other", 1, {**FRESH, "id": "hq-other"})
    take_all(on, [newer, manifest(2, [entry(newer), entry(other)])])
    assert in_force(on) == {("campaign", "hq-spring"): 1, ("profile", "hq-fresh"): 1}
    assert on.missing() == [Entry.model_validate(entry(other))]
    take_all(on, [other])
    assert in_force(on) == {("campaign", "hq-spring"): 2, ("profile", "hq-other"): 1}
    assert on.surplus() == []
    on.settle()
    assert on.surplus() == [("campaign", "hq-spring", 1)]
    on.forget(on.surplus())
    assert in_force(on) == {("campaign", "hq-spring"): 2, ("profile", "hq-other"): 1}


def test_an_older_manifest_or_halt_is_refused_and_a_higher_term_wins():
    on = shelf()
    take_all(on, [manifest(7, [], term=2), halt(7, {"hq-spring": 3}, term=2)])
    assert "is older than the one that is here, 2.7" in on.take(*manifest(9, [], term=1), NOW).words
    assert "is older than the one that is here, 2.7" in on.take(*halt(9, {}, term=1), NOW).words
    assert on.take(*manifest(1, [], term=3), NOW).verdict is Verdict.TAKEN


def test_a_manifest_that_does_not_fit_leaves_the_one_before_in_force_until_it_is_tried_again():
    on = shelf()
    said = first_publishing()
    take_all(on, said)
    on.settle()
    newer = document("campaign", "hq-spring", 2, {**SPRING, "priority": 70})
    second = [newer, manifest(2, [entry(newer), entry(said[1])])]
    take_all(on, second)
    on.refuse()
    assert in_force(on) == {("campaign", "hq-spring"): 1, ("profile", "hq-fresh"): 1}
    assert on.surplus() == [], "neither manifest can be spared"
    assert on.take(*second[1], NOW).verdict is Verdict.SAME
    assert "is older than the one that is here, 1.2" in on.take(*manifest(1, []), NOW).words
    on.retry()
    assert in_force(on)["campaign", "hq-spring"] == 2
    on.refuse()
    take_all(on, [manifest(3, [entry(said[1])])])
    assert in_force(on) == {("profile", "hq-fresh"): 1}
    assert [each.number for each in on.manifests()] == [1, 3]
    on.refuse()
    assert in_force(on)["campaign", "hq-spring"] == 1
    assert [each.number for each in on.manifests()] == [1, 3]


def test_a_first_manifest_that_does_not_fit_leaves_none_in_force():
    on = shelf()
    take_all(on, first_publishing())
    on.refuse()
    assert in_force(on) == {}
    assert on.refused is not None
    on.retry()
    on.settle()
    assert in_force(on) == {("campaign", "hq-spring"): 1, ("profile", "hq-fresh"): 1}


def test_a_tombstone_ends_a_document():
    on = shelf()
    said = first_publishing()
    take_all(on, said)
    gone = document("campaign", "hq-spring", 2, None)
    take_all(on, [gone, manifest(2, [entry(gone), entry(said[1])])])
    assert in_force(on) == {("profile", "hq-fresh"): 1}


def test_a_halt_acts_on_receipt_and_a_higher_version_revives():
    on = shelf()
    said = first_publishing()
    take_all(on, [halt(1, {"hq-spring": 1}), *said])
    assert in_force(on) == {("profile", "hq-fresh"): 1}
    again = document("campaign", "hq-spring", 2, SPRING)
    take_all(on, [again, manifest(2, [entry(again), entry(said[1])])])
    assert in_force(on) == {("campaign", "hq-spring"): 2, ("profile", "hq-fresh"): 1}


def story():
    """Three publishings and two halts, as HQ said them in time."""
    first = first_publishing()
    spring, summer = (document("campaign", "hq-spring", 2, {**SPRING, "priority": 61}),
                      document("campaign", "hq-summer", 1, {**SPRING, "id": "hq-summer"}))
    second = [spring, summer, manifest(2, [entry(spring), entry(summer), entry(first[1])])]
    gone = document("campaign", "hq-spring", 3, None)
    third = [gone, manifest(3, [entry(gone), entry(summer), entry(first[1])])]
    return [*first, halt(1, {"hq-spring": 1}), *second, halt(2, {"hq-summer": 0}), *third]


@given(st.data())
def test_in_whatever_order_and_however_often_it_comes_the_end_is_the_same(data):
    said = story()
    right = shelf()
    take_all(right, said)
    retained = dict(said)  # what a broker keeps: the last of each topic
    order = data.draw(st.permutations([*retained.items(), *data.draw(st.lists(st.sampled_from(said), max_size=6))]))
    on = shelf()
    seen = []
    for topic, payload in [*order, *retained.items()]:
        taken = on.take(topic, payload, NOW)
        assert taken.verdict is not Verdict.ALARM
        assert on.waiting is None or on.missing(), "a whole manifest does not wait"
        seen.append(on.manifest.number if on.manifest else 0)
    assert seen == sorted(seen), "a manifest went backwards"
    assert in_force(on) == in_force(right) == {("campaign", "hq-summer"): 1, ("profile", "hq-fresh"): 1}
    assert on.halt == right.halt


@given(st.integers(0, 30))
def test_after_a_restart_at_any_moment_all_is_as_it_was(cut):
    said = story()
    before, kept = shelf(), []
    for topic, payload in said[:cut]:
        if before.take(topic, payload, NOW).verdict is Verdict.TAKEN:
            kept.append((topic, payload))
    after = shelf()
    assert after.restore(kept) == []
    assert (after.held, after.manifest, after.waiting, after.halt) == (
        before.held, before.manifest, before.waiting, before.halt)
    take_all(after, said[cut:])
    assert in_force(after) == {("campaign", "hq-summer"): 1, ("profile", "hq-fresh"): 1}
