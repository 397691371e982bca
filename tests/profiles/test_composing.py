"""One plan from a store's own part and HQ's: what the store owns stays its own, and the order says nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.composing import PREFIX, FromHq, Programme, compose, local_part, tightened
from profiles.limits import STORE_ROLES, Guardrail, Range
from profiles.overlay import Campaign, QuietHour
from profiles.plan import Daypart, Fragrance, Source
from profiles.profile import Profile
from tests.profiles.plans import KINDS, plans, scenes

names = st.sampled_from(["hq-a", "hq-b", "hq-c", "hq-d"])
percents = st.floats(0, 100)
ranges = st.tuples(percents, percents).map(lambda pair: Range(lowest=min(pair), highest=max(pair)))
guardrails = st.dictionaries(st.sampled_from(STORE_ROLES), st.builds(
    Guardrail, profiles=st.none() | st.lists(names, max_size=3, unique=True).map(tuple), volume_pct=ranges,
    brightness_pct=ranges, intensity_pct=ranges, longest_min=st.integers(1, 600)), max_size=3)
dayparts = st.lists(st.builds(Daypart, id=st.sampled_from(["early", "late"]), name=st.just("Day"),
                              when=st.just("opening..closing"), profile=names), min_size=1, max_size=2,
                    unique_by=lambda daypart: daypart.id).map(tuple)
programmes = st.builds(Programme, id=names, name=st.just("Programme"), dayparts=dayparts,
                       kinds=st.none() | st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple),
                       priority=st.integers(1, 3))


def each(strategy, most=3):
    return st.lists(strategy, max_size=most, unique_by=lambda part: part.id)


said = st.builds(
    FromHq,
    profiles=each(st.builds(Profile, id=names, name=st.just("Mood"), scene=scenes)), programmes=each(programmes),
    campaigns=each(st.builds(Campaign, id=names, name=st.just("Spring"), when=st.just("24/7"), profile=names)),
    quiet_hours=each(st.builds(QuietHour, id=names, name=st.just("Quiet"), when=st.just("Tu 10:00-11:00"))),
    fragrances=each(st.builds(Fragrance, id=names, name=st.just("Fig"), safety_sheet=st.just("s"),
                              ifra_certificate=st.just("i"))),
    sources=each(st.builds(Source, id=names, name=st.just("Calm"), licence=st.just("l"), territory=st.just("SE"))),
    guardrails=st.lists(guardrails, max_size=2))
OWNED = ("store", "zones", "devices", "limits", "announcements")


@settings(max_examples=10)
@given(plans())
def test_with_nothing_from_hq_the_plan_is_the_store_s_own(local):
    assert compose(local, FromHq()) is local


@settings(max_examples=40)
@given(plans(), said)
def test_what_the_store_owns_is_never_hq_s(local, from_hq):
    made = compose(local, from_hq)
    for part in OWNED:
        assert getattr(made, part) == getattr(local, part)
    for part in ("profiles", "campaigns", "quiet_hours", "fragrances", "sources"):
        assert getattr(local_part(made), part) == getattr(local, part)
        assert {p.id for p in getattr(made, part) if p.id.startswith(PREFIX)} == {p.id for p in getattr(from_hq, part)}


@settings(max_examples=40)
@given(plans(), said, st.randoms(use_true_random=False))
def test_the_order_of_documents_says_nothing(local, from_hq, random):
    def shuffled(parts):
        return random.sample(list(parts), len(parts))

    other = FromHq(**{part: shuffled(getattr(from_hq, part)) for part in
                      ("profiles", "programmes", "campaigns", "quiet_hours", "fragrances", "sources")},
                   guardrails=from_hq.guardrails)
    assert compose(local, other).digest == compose(local, from_hq).digest


@settings(max_examples=40)
@given(plans(), st.lists(programmes, min_size=1, max_size=3, unique_by=lambda p: p.id))
def test_a_programme_replaces_the_dayparts_of_its_zones_and_of_no_others(local, given_programmes):
    made = compose(local, FromHq(programmes=given_programmes))
    for zone in local.zones:
        meant = sorted((p for p in given_programmes if p.kinds is None or zone.kind in p.kinds),
                       key=lambda p: (-p.priority, p.id))
        here = {(d.id, d.when, d.profile) for d in made.dayparts if d.zones is None or zone.id in d.zones}
        own = {(d.id, d.when, d.profile) for d in local.dayparts if d.zones is None or zone.id in d.zones}
        if meant:
            assert here == {(f"{meant[0].id}-{d.id}", d.when, d.profile) for d in meant[0].dayparts}
        else:
            assert here == own


@given(guardrails, st.lists(guardrails, max_size=3), st.sampled_from(STORE_ROLES), percents)
def test_guardrails_let_through_what_each_of_them_lets_through(own, others, person, value):
    made = tightened(own, others)
    all_of_them = [each[person] for each in (own, *others) if person in each]
    if not all_of_them:
        assert person not in made
        return
    for name in ("volume_pct", "brightness_pct", "intensity_pct"):
        inside = all(getattr(each, name).clamp(value) == value for each in all_of_them)
        if inside:
            assert getattr(made[person], name).clamp(value) == value
        hq = [getattr(each[person], name) for each in others if person in each]
        if hq and max(r.lowest for r in hq) <= min(r.highest for r in hq):
            # Whatever the store says, what HQ does not let through is not let through.
            clamped = getattr(made[person], name).clamp(value)
            assert all(r.clamp(clamped) == clamped for r in hq)
    assert made[person].longest_min == min(each.longest_min for each in all_of_them)
    named = [set(each.profiles) for each in all_of_them if each.profiles is not None]
    assert (set(made[person].profiles) == set.intersection(*named)) if named else made[person].profiles is None
