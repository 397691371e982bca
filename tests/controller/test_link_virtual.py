"""A store and HQ over two brokers in virtual time: away for a week and right at once, whatever HQ said meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.desk import Choice
from controller.hq.enrolling import keys_in_text
from controller.hq.reporting import plan_of
from controller.hq.sealed import open_sealed
from controller.hq.topics import document_topic
from controller.ports import Actor
from controller.storage.chain import verify_journal
from controller.virtual.linked import LinkedVirtualStore
from devices.loopback import LoopbackBroker
from devices.transport import Disconnected
from profiles.limits import Person
from profiles.planfile import read_plan
from profiles.starters import store_text
from tests.controller.hq_desk import OTHER_KEY, Desk, enrolment
from tests.controller.hq_press import KEYS

#: A Monday, 10:30 in Stockholm: the shop has been open for half an hour.
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINIMAL = read_plan(store_text("minimal"), "minimal.yaml")
SPRING = {"id": "hq-spring", "name": "Spring", "when": "Mo-Su 12:00-14:00", "profile": "hq-fresh", "priority": 60}
FRESH = {"id": "hq-fresh", "name": "Fresh", "scene": {"light": {"on": True, "brightness_pct": 80, "kelvin": 4200}}}
PUBLISHED = (("campaign", "hq-spring", SPRING), ("profile", "hq-fresh", FRESH))
MAJA = Actor("Maja (HQ)", Person.STAFF)
DAY_S = 24 * 3600.0


def made(grant=Person.STAFF, seed=3):
    broker = LoopbackBroker(pumped=True)
    store = LinkedVirtualStore(MINIMAL, enrolment("corner-shop", grant), broker, seed=seed, start=START)
    desk = Desk(store.clock.true_time, broker, arrives=store.settle)
    store.settle()
    store.run(1)
    return store, desk


@pytest.fixture
def both():
    store, desk = made()
    yield store, desk
    store.close()


def right(store):
    """Let what was asked of devices arrive; then what is not as it should be."""
    store.run(65)
    return store.wrong()


def campaigns(store):
    return [campaign.id for campaign in store.memory.plan_in_force().plan.campaigns]


def brightness(store):
    """As the lamp really shines, which knows 254 steps."""
    return round(store.world.truth()["ceiling"]["brightness_pct"])


def at(day, hour, minute=0):
    """An instant in March 2026, Stockholm's wall time (UTC+1)."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


# -- documents


def test_a_campaign_is_in_the_plan_when_it_is_published_and_the_store_says_so(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run(3)
    assert campaigns(store) == ["hq-spring"]
    assert desk.last["manifest"]["digest"] == desk.digest == desk.last["applies"]
    assert desk.last["plan"] == store.memory.plan_in_force().digest
    assert desk.last["place"] == {"name": "The corner shop", "time_zone": "Europe/Stockholm", "country": "SE",
                                  "tags": []}
    assert desk.last["devices"]["total"] == 3
    store.run_until(at(2, 12, 5))
    assert right(store) == {}
    assert brightness(store) == 80
    plan, _live, _at = plan_of(desk.plans[-1][1])
    assert plan.digest == store.memory.plan_in_force().digest


def test_a_store_that_was_restarted_goes_on_with_what_it_had_though_hq_is_away(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run(3)
    store.cut_hq()
    store.restart_controller()
    store.run_until(at(2, 13))
    assert campaigns(store) == ["hq-spring"]
    assert right(store) == {}
    assert not store.link.sight().up
    store.restore_hq()
    assert store.link.sight().up
    store.run(3)
    assert desk.last["manifest"]["number"] == 1
    assert desk.last["refused"] == []


def test_a_killed_store_is_known_at_hq_by_its_last_will_and_one_that_ends_says_goodbye(both):
    store, desk = both
    store.kill_controller()
    desk.broker.pump()
    assert (desk.last["online"], desk.last["store"]) == (False, "corner-shop")
    store.start_controller()
    store.run(1)
    assert desk.last["online"]
    store.link.stop()
    desk.broker.pump()
    assert not desk.last["online"]
    assert desk.last["software"] or desk.last["keys"], "a farewell says how it stood"


def test_a_manifest_that_would_break_the_plan_is_refused_as_a_whole_and_the_last_one_stays(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run(3)
    desk.publish(("campaign", "hq-spring", {**SPRING, "profile": "hq-nowhere", "name": "Broken"}),
                 ("profile", "hq-other", {**FRESH, "id": "hq-other"}))
    store.run(3)
    assert [c.name for c in store.memory.plan_in_force().plan.campaigns] == ["Spring"]
    assert desk.last["manifest"]["number"] == 1
    assert desk.last["waiting"]["number"] == 2
    assert any("1.2 is not applied here" in words and "hq-nowhere" in words for words in desk.last["refused"])
    store.restart_controller()
    store.run(3)
    assert [c.name for c in store.memory.plan_in_force().plan.campaigns] == ["Spring"]
    assert desk.last["refused"]
    desk.publish(("campaign", "hq-spring", {**SPRING, "name": "Mended"}))
    store.run(3)
    assert [c.name for c in store.memory.plan_in_force().plan.campaigns] == ["Mended"]
    assert (desk.last["refused"], desk.last["manifest"]["number"], desk.last["waiting"]) == ([], 3, None)


def test_a_halt_acts_on_receipt_also_before_anything_else(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run_until(at(2, 12, 30))
    assert brightness(store) == 80
    desk.halt(spring=1_000_001)
    assert campaigns(store) == [], "at once, without a manifest"
    assert right(store) == {}
    assert brightness(store) != 80
    desk.publish(("campaign", "hq-spring", SPRING))
    assert campaigns(store) == ["hq-spring"], "a higher version revives"


def test_the_line_is_gone_since_it_went_however_often_it_was_tried_since(both):
    store, desk = both
    store.cut_hq()
    gone = store.link.sight().since
    store.run(600)
    desk.broker.restore("sinne-store-corner-shop")
    store.settle()
    came = store.link.sight().since
    assert (store.link.sight().up, came - gone) == (True, timedelta(seconds=600))
    for _ in range(3):  # a broker that is there and lets nobody in says so at every try
        store.run(30)
        store.link.inbox.put(0, Disconnected("The broker refused the connection: not authorized."))
        store.settle()
    assert store.link.sight().since == came + timedelta(seconds=30)
    assert "not authorized" in store.link.sight().words


# -- mode 1, mode 6: a week without HQ


def test_a_week_without_hq_is_right_throughout_and_made_up_for_at_once(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run(120)
    store.cut_hq()
    # Meanwhile HQ withdraws one campaign, halts one that the store never had, begins one and ends it again.
    wrong_minutes = []
    said = {1: lambda: desk.publish(("campaign", "hq-winter", {**SPRING, "id": "hq-winter", "name": "Winter"})),
            2: lambda: desk.halt(winter=1_000_001),
            3: lambda: desk.publish(("campaign", "hq-flash", {**SPRING, "id": "hq-flash", "name": "Flash",
                                                              "when": "Mo-Su 15:00-16:00"})),
            4: lambda: desk.publish(("campaign", "hq-flash", None)),
            5: lambda: desk.publish(("campaign", "hq-spring", None), ("profile", "hq-fresh", FRESH)),
            6: lambda: desk.publish(("campaign", "hq-easter", {**SPRING, "id": "hq-easter", "name": "Easter",
                                                               "when": "Mo-Su 10:00-18:00"}))}
    for half in range(7 * 24 * 2):
        day, hour = divmod(half // 2, 24)
        if hour == 12 and half % 2 == 0:
            said.get(day, lambda: None)()
            if day == 3:
                store.press(Choice(profile="golden-hour"), end="minutes:45")
        store.run_until(START + timedelta(minutes=30 * half + 8))  # after every fade
        if store.wrong():
            wrong_minutes.append((store.clock.true_time(), store.wrong()))
    assert wrong_minutes == []
    assert campaigns(store) == ["hq-spring"], "the last that it knew"
    # It comes back on Monday at 10:40, in the middle of what is new.
    store.run_until(at(9, 10, 40))
    store.restore_hq()
    assert campaigns(store) == ["hq-easter"]
    store.run(6)
    assert (desk.last["manifest"]["number"], desk.last["halt"]["number"], desk.last["refused"]) == (6, 1, [])
    assert right(store) == {}
    assert brightness(store) == 80
    store.run(3600)
    newest = store.memory.newest_entry()
    lines = desk.journals["corner-shop", newest.journal_id]
    assert sorted(lines) == list(range(1, newest.number + 1)), "nothing lost"
    assert newest.number > 80
    assert [lines[entry.number]["hash"] for entry in store.journal()] == [entry.hash for entry in store.journal()]
    assert desk.last["journal"]["acknowledged"] >= newest.number - 2
    assert verify_journal(store.memory, store.memory.chain_head()) == []


def test_a_campaign_that_was_withdrawn_while_the_store_was_away_does_not_come_back(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run(3)
    store.cut_hq()
    store.kill_controller()
    desk.publish(("campaign", "hq-spring", None))
    store.run(5 * DAY_S)
    store.start_controller()
    store.run_until(at(9, 12, 30))
    assert campaigns(store) == ["hq-spring"], "nobody has told it"
    store.restore_hq()
    assert campaigns(store) == []
    assert right(store) == {}
    assert brightness(store) != 80
    store.restart_controller()
    store.run(3)
    assert campaigns(store) == []


# -- mode 7: a broker that replays


def test_a_broker_that_replays_everything_makes_each_device_move_once_at_most(both):
    store, desk = both
    store.run_until(at(2, 12, 30))
    for brightness_pct in (60, 65, 70, 75, 85):
        desk.publish(("campaign", "hq-spring", SPRING), ("profile", "hq-fresh", {**FRESH, "scene": {
            "light": {"on": True, "brightness_pct": brightness_pct}}}))
    assert right(store) == {}
    assert brightness(store) == 85
    store.cut_hq()
    desk.publish(("profile", "hq-fresh", {**FRESH, "scene": {"light": {"on": True, "brightness_pct": 50}}}))
    ordered = store.record.by_topic.copy()
    store.restore_hq()
    for topic, payload in list(desk.said):  # v2 … v6 again, each as it was said, manifests among them
        desk.say(topic, payload)
    assert right(store) == {}
    assert brightness(store) == 50
    moved = [count - ordered[topic] for topic, count in store.record.by_topic.items() if topic.endswith("desired")]
    assert max(moved) == 1
    assert all("older" in words for words in desk.last["refused"])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_in_whatever_order_and_however_often_hq_is_heard_the_plan_is_the_same(data):
    store, desk = made()
    store.cut_hq()
    desk.publish(*PUBLISHED)
    desk.publish(("campaign", "hq-autumn", {**SPRING, "id": "hq-autumn", "name": "Autumn", "priority": 61}))
    desk.halt(autumn=1_000_001)
    desk.publish(("profile", "hq-fresh", {**FRESH, "name": "Fresher"}))
    story, held = list(desk.said), list({topic: (topic, payload) for topic, payload in desk.said}.values())
    for topic in [topic for topic, _payload in held]:
        desk.say(topic, b"")
    store.restore_hq()
    for topic, payload in data.draw(st.lists(st.sampled_from(story), max_size=14)):
        desk.say(topic, payload)
        if data.draw(st.integers(0, 9)) == 0:
            store.restart_controller()
    for topic, payload in data.draw(st.permutations(held)):
        desk.say(topic, payload)
    store.run(3)
    plan = store.memory.plan_in_force().plan
    assert [c.id for c in plan.campaigns] == ["hq-spring"]
    assert [p.name for p in plan.profiles if p.id == "hq-fresh"] == ["Fresher"]
    assert (desk.last["manifest"]["number"], desk.last["halt"]["number"]) == (3, 1)
    store.close()


# -- what must not be believed


def test_what_is_forged_older_expired_foreign_or_damaged_is_said_and_changes_nothing(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    newer = desk.document("campaign", "hq-spring", {**SPRING, "priority": 61})
    desk.manifest()
    store.run(3)
    digest = store.memory.plan_in_force().digest
    old_topic, old_payload = desk.said[0]
    bad = {
        "a key that this store does not know": desk.seal(old_topic, {"organisation": "acme"}, OTHER_KEY),
        "is older than what is here": (old_topic, old_payload),
        "not as HQ signed it": (newer[0], newer[1].replace(b'"sig":"', b'"sig":"AAAA')[:-4] + b'"}'),
        "signed for another topic": (document_topic("campaign", "hq-else"), newer[1]),
        "could be accepted until": desk.seal(old_topic, {
            **open_sealed(*newer, KEYS).said, "version": 9_000_000, "not_before": "2026-01-01T00:00:00Z",
            "expires": "2026-02-01T00:00:00Z"}),
        "is of other": desk.seal(old_topic, {**open_sealed(*newer, KEYS).said, "organisation": "other",
                                             "version": 9_000_000}),
        "no signed envelope": (old_topic, b"\x00" * 50_000),
    }
    for words, (topic, payload) in bad.items():
        desk.say(topic, payload)
        store.run(3)
        assert any(words in said or "no signed envelope" in said for said in desk.last["refused"]), words
        assert store.memory.plan_in_force().digest == digest
        assert store.link.sight().refused
        desk.say(*newer)
    store.run(3)
    desk.say(document_topic("campaign", "hq-else"), b"")
    store.run(3)
    assert desk.last["refused"] == []
    desk.publish(("campaign", "hq-spring", None))
    store.run(3)
    assert campaigns(store) == [], "it carries on"


# -- requests


def overrides(store):
    return store.memory.live(store.clock.now()).overrides


def answers(store):
    return [(entry.kind, entry.body["request"], entry.body["sentence"]) for entry in store.journal()
            if entry.kind.startswith("hq.request")]


def test_a_remote_override_is_a_press_of_the_granted_role_and_is_answered_once(both):
    store, desk = both
    asked = desk.ask("corner-shop", profile="golden-hour", end="minutes:30")
    store.run(3)
    (override,) = overrides(store)
    assert (override.by, override.person, override.press) == ("Maja (HQ)", Person.STAFF, "press-request-0001")
    assert override.end == override.start + timedelta(minutes=30)
    assert [kind for kind, _id, _words in answers(store)] == ["hq.request.done"]
    desk.say(*asked, retain=False)
    store.restart_controller()
    desk.say(*asked, retain=False)
    store.run(3)
    assert len(overrides(store)) == len(answers(store)) == 1
    desk.ask("corner-shop", "end-override")
    store.run(3)
    assert overrides(store) == ()
    assert answers(store)[-1][2] == "1 choices were ended."


def test_a_press_that_was_made_before_its_answer_could_be_noted_is_not_made_twice(both):
    store, desk = both
    store.planning.press(None, Choice(profile="golden-hour"), "minutes:30", MAJA, once="request-0001")
    desk.ask("corner-shop", profile="golden-hour", end="minutes:30")
    store.run(3)
    assert len(overrides(store)) == 1
    assert answers(store)[-1][0] == "hq.request.done"


def test_what_hq_may_not_or_cannot_do_here_is_answered_with_the_reason(both):
    store, desk = both
    good = {"profile": "golden-hour", "end": "minutes:5"}
    for parts, words in (({**good, "profile": "nowhere"}, "nowhere"), ({**good, "end": "for ever"}, "cannot be read"),
                         ({"profile": "golden-hour"}, "names a profile and an end"),
                         ({**good, "zones": ["attic"]}, "attic"),
                         ({**good, "expires": START.isoformat()}, "too late")):
        desk.ask("corner-shop", **parts)
        store.run(3)
        assert answers(store)[-1][0] == "hq.request.refused"
        assert words in answers(store)[-1][2]
    assert overrides(store) == ()
    assert len(answers(store)) == 5


def test_an_old_request_that_is_said_again_is_answered_once_and_after_a_month_not_at_all(both):
    store, desk = both
    said = desk.ask("corner-shop", profile="golden-hour", end="minutes:5")
    store.run(3)
    for wait_s in (10 * 60, DAY_S):
        store.run(wait_s)
        for _ in range(3):
            desk.say(*said, retain=False)
            store.run(3)
    desk.ask("corner-shop", profile="golden-hour", end="minutes:5", expires=f"{START - timedelta(days=30):%FT%TZ}")
    store.run(3)
    assert [(kind, request) for kind, request, _ in answers(store)] == [("hq.request.done", "request-0001")]


def test_a_store_that_grants_nothing_declines():
    store, desk = made(Person.VIEWER)
    desk.ask("corner-shop", profile="golden-hour", end="minutes:5")
    store.run(3)
    assert answers(store) == [("hq.request.refused", "request-0001", "This store lets HQ look on, and choose nothing.")]
    store.close()


def test_a_change_of_keys_and_password_reconnects_and_believes_the_new_key_alone(both):
    store, desk = both
    desk.publish(*PUBLISHED)
    store.run(3)
    desk.ask("corner-shop", "re-key", keys=keys_in_text(OTHER_KEY.public_key()), password="second")
    store.run(3)
    assert store.entered == ["first", "second"]
    assert store.link.sight().up
    assert answers(store)[-1][0] == "hq.request.done"
    assert "second" not in json.dumps([dict(entry.body) for entry in store.journal()])
    assert desk.last["keys"] == list(keys_in_text(OTHER_KEY.public_key()))
    desk.publish(("campaign", "hq-spring", None))
    store.run(3)
    assert campaigns(store) == ["hq-spring"], "the old key is not believed any more"
    assert desk.last["refused"]
    desk.key = OTHER_KEY
    desk.publish(("campaign", "hq-spring", None), ("profile", "hq-fresh", FRESH))
    store.run(3)
    assert (campaigns(store), desk.last["refused"]) == ([], [])
    store.restart_controller()
    store.run(3)
    assert (campaigns(store), desk.last["refused"], store.entered[-1]) == ([], [], "second")


# -- reports


def test_the_plan_goes_out_at_most_once_a_minute_and_shows_what_people_choose(both):
    store, desk = both
    store.run(61)
    for _ in range(20):
        store.press(Choice(profile="golden-hour"), end="minutes:45")
        store.run(10)
    store.run(60)
    times = [when for when, _payload in desk.plans]
    assert all(after - before >= timedelta(seconds=59.9) for before, after in pairwise(times))
    _plan, live, _at = plan_of(desk.plans[-1][1])
    assert len(live.overrides) == 20


def test_what_hq_does_not_acknowledge_is_said_again_until_it_does(both):
    store, desk = both
    store.run(30)
    desk.deaf = True
    store.press(Choice(profile="golden-hour"), end="minutes:45")
    store.run(400)
    before = desk.batches
    desk.deaf = False
    store.run(330)
    newest = store.memory.newest_entry()
    assert desk.batches > before
    assert sorted(desk.journals["corner-shop", newest.journal_id])[-1] >= newest.number - 1


def test_a_store_without_anything_to_do_for_hq_is_let_sleep(both):
    store, _desk = both
    store.run(300)
    turns, jumps = store.turns, store.jumps
    store.run(3600)
    assert store.jumps - jumps < 200
    assert store.turns - turns < 200
