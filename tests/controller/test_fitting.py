"""What HQ says and the store's own part make one plan; a manifest that does not fit is refused as a whole."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.hq.fitting import MOST_SENTENCES, amiss_in, fit
from controller.hq.shelf import Shelf, Verdict
from profiles.composing import compose, local_part
from profiles.plan import Plan
from tests.controller.hq_press import FRESH, KEYS, NOW, SPRING, document, entry, halt, manifest
from tests.controller.stored_memory import plan

TIED = {"id": "lokal", "name": "Our own", "when": "opening..closing", "profile": "calm", "priority": 60}
#: A campaign of HQ's whose profile is on no shelf: the plan that it makes has an error in every store.
HOLLOW = {**SPRING, "id": "hq-hollow", "profile": "hq-nowhere", "priority": 61}


def shelf(*said):
    on = Shelf("acme", KEYS)
    for topic, payload in said:
        assert on.take(topic, payload, NOW).verdict is Verdict.TAKEN
    return on


def publishing(number, *documents, term=1):
    """Documents and the manifest that names them."""
    return [*documents, manifest(number, [entry(each) for each in documents], term)]


def spring(version=1, **parts):
    return document("campaign", "hq-spring", version, {**SPRING, **parts})


def fresh(version=1):
    return document("profile", "hq-fresh", version, FRESH)


def hollow(version=1):
    return document("campaign", "hq-hollow", version, HOLLOW)


def with_campaign(local: Plan, **campaign: object) -> Plan:
    return Plan.model_validate({**local.model_dump(mode="json"), "campaigns": [campaign]})


def test_a_store_without_a_manifest_keeps_its_own_part_to_the_letter():
    local = plan()
    found = fit(shelf(spring(), fresh()), local, NOW)
    assert found.plan is local
    assert (found.refused, found.whole, found.concerning.entries) == ((), True, ())


def test_what_hq_says_is_put_together_with_the_stores_own_part():
    local, on = plan(), shelf(*publishing(1, spring(), fresh()))
    found = fit(on, local, NOW)
    assert [c.id for c in found.plan.campaigns] == ["hq-spring"]
    assert local_part(found.plan).digest == local.digest
    assert {e.id for e in found.concerning.entries} == {"hq-spring", "hq-fresh"}
    assert on.before is None


def test_a_manifest_with_an_error_is_refused_as_a_whole_and_the_one_before_stays():
    local, on = plan(), shelf(*publishing(1, spring(), fresh()))
    first = fit(on, local, NOW)
    for topic, payload in publishing(2, spring(2, priority=70), fresh(2), hollow()):
        on.take(topic, payload, NOW)
    found = fit(on, local, NOW, first.plan)
    assert found.plan.digest == first.plan.digest
    assert on.manifest is not None
    assert (on.manifest.number, [m.number for m in on.manifests()]) == (1, [1, 2])
    assert any("hq-nowhere" in sentence for sentence in found.refused)
    assert found.whole


def test_a_manifest_that_did_not_fit_is_in_force_once_it_does():
    local, on = plan(), shelf(*publishing(1, fresh()))
    mine = with_campaign(local, **TIED)
    before = fit(on, mine, NOW)
    for topic, payload in publishing(2, spring(), fresh(2)):
        on.take(topic, payload, NOW)
    refused = fit(on, mine, NOW, before.plan)
    assert any("Spring" in sentence or "hq-spring" in sentence for sentence in refused.refused), refused.refused
    assert on.manifest is not None
    assert on.manifest.number == 1
    found = fit(on, local, NOW, refused.plan)
    assert (on.manifest.number, found.refused) == (2, ())
    assert [c.id for c in found.plan.campaigns] == ["hq-spring"]


def test_errors_of_the_stores_own_part_are_not_held_against_hq():
    broken = with_campaign(plan(), **{**TIED, "profile": "gone"})
    assert amiss_in(broken, broken, NOW) == ()
    on = shelf(*publishing(1, spring(priority=65), fresh()))
    found = fit(on, broken, NOW)
    assert [c.id for c in found.plan.campaigns] == ["lokal", "hq-spring"]
    assert found.refused == ()


def test_a_halt_takes_a_campaign_out_of_the_plan_at_once():
    local, on = plan(), shelf(*publishing(1, spring(), fresh()))
    first = fit(on, local, NOW)
    on.take(*halt(1, {"hq-spring": 1}), NOW)
    found = fit(on, local, NOW, first.plan)
    assert found.plan.campaigns == ()
    assert [p.id for p in found.plan.profiles] == ["calm", "hq-fresh"]


def test_a_torn_shelf_leaves_the_plan_in_force_less_what_is_halted():
    local = plan()
    full = fit(shelf(*publishing(1, spring(), fresh())), local, NOW).plan
    torn = shelf(fresh(), manifest(1, [entry(spring()), entry(fresh())]))
    found = fit(torn, local, NOW, full)
    assert (found.plan, found.whole) == (full, False)
    torn.take(*halt(1, {"hq-spring": 1}), NOW)
    assert fit(torn, local, NOW, full).plan.campaigns == ()


def test_a_torn_shelf_does_not_take_out_what_was_revived():
    local = plan()
    full = fit(shelf(*publishing(2, spring(2), fresh())), local, NOW).plan
    torn = shelf(halt(1, {"hq-spring": 1}), manifest(2, [entry(spring(2)), entry(fresh())]))
    assert [c.id for c in fit(torn, local, NOW, full).plan.campaigns] == ["hq-spring"]


def test_what_breaks_the_check_is_refused_and_the_store_goes_on(caplog):
    def breaks(_composed, _local, _now):
        raise RuntimeError("a defect")

    local, on = plan(), shelf(*publishing(1, spring(), fresh()))
    with pytest.raises(RuntimeError):
        fit(on, local, NOW, judge=breaks)
    with caplog.at_level(logging.CRITICAL, "sinne.hq"):
        assert "cannot be checked" in amiss_in(None, local, NOW)[0]


def test_more_than_a_plan_can_hold_is_refused_with_a_sentence():
    many = [document("quiet-hour", f"hq-q{n}", 1, {"id": f"hq-q{n}", "name": f"Quiet {n}", "when": "Mo 10:00-11:00"})
            for n in range(51)]
    found = fit(shelf(*publishing(1, *many)), plan(), NOW)
    assert found.plan.quiet_hours == ()
    assert found.refused
    assert any("quiet_hours" in sentence for sentence in found.refused)


def test_a_refusal_has_a_handful_of_sentences_at_most():
    many = [document("campaign", f"hq-c{n}", 1, {**HOLLOW, "id": f"hq-c{n}", "priority": n + 1}) for n in range(30)]
    assert 0 < len(fit(shelf(*publishing(1, *many)), plan(), NOW).refused) <= MOST_SENTENCES


@st.composite
def told(draw):
    """What HQ says over time: manifests with and without errors, and halts, each as it is published."""
    said, versions = [], {"hq-spring": 0, "hq-hollow": 0}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        documents = [fresh()]
        for name, make in (("hq-spring", spring), ("hq-hollow", hollow)):
            if draw(st.booleans()):
                versions[name] += 1
                documents.append(make(versions[name]))
        said += list(publishing(number, *documents))
        if draw(st.booleans()):
            said.append(halt(number, {"hq-spring": draw(st.integers(0, versions["hq-spring"]))}))
    return said


def no_hollow(composed, _local, _now):
    """As `amiss_in` judges these documents, without looking through a year of windows."""
    known = {profile.id for profile in composed.profiles}
    return tuple(f"{c.id}: no profile {c.profile}" for c in composed.campaigns if c.profile not in known)


@settings(max_examples=40, deadline=None)
@given(told(), st.lists(st.booleans(), min_size=20, max_size=20))
def test_local_changes_never_lose_hqs_part_and_hqs_never_the_stores(said, moments):
    """Whenever the store's own part changes between HQ's messages: the plan is always compose(own, some manifest)."""
    parts = [plan(), plan("Renamed"), plan(brightness_pct=40)]
    on, local, last, disk = Shelf("acme", KEYS), parts[0], None, {}
    for step, (topic, payload) in enumerate(said):
        taken = on.take(topic, payload, NOW)
        if taken.verdict is Verdict.TAKEN:
            disk[taken.name] = (topic, payload)
        if moments[step % len(moments)]:
            local = parts[step % len(parts)]
            last = None
        found = fit(on, local, NOW, last, no_hollow)
        last = found.plan
        assert local_part(found.plan).digest == local.digest
        assert found.plan.digest == compose(local, found.concerning.from_hq).digest
        assert no_hollow(found.plan, local, NOW) == ()
        on.forget(on.surplus())
        disk = {name: kept for name, kept in disk.items() if name in on.names()}
        assert disk.keys() == on.names()
        again = Shelf("acme", KEYS)
        assert again.restore(disk.values()) == []
        assert fit(again, local, NOW, last, no_hollow).plan.digest == found.plan.digest, "after a restart"
