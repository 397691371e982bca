"""What a campaign would meet: the same as asking every store by itself, and far less work."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.hq.conflicts import Relation, conflicts, facts_of
from controller.hq.documents import Document, Selector, StoreList
from profiles.check_week import check_week
from profiles.finding import Level
from profiles.overlay import Campaign
from profiles.places import Store, Zone
from profiles.plan import Plan
from profiles.profile import Profile, ZoneKind
from profiles.scene import Lights, Music, Scene
from profiles.week import read_week

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
GROUND = Scene(light=Lights(on=True, brightness_pct=50, kelvin=3500),
               music=Music(on=True, volume_pct=30, source="calm"))
BRIGHT = Profile(id="hq-bright", name="Bright", scene=Scene(light=Lights(brightness_pct=90)))
LOUD = Profile(id="hq-loud", name="Loud", scene=Scene(music=Music(volume_pct=60)))


def a_store(
    name, hours="Mo-Su 10:00-19:00", timezone="Europe/Stockholm", tags=(), campaigns=(), kinds=("sales-floor",),
):
    return Plan(
        store=Store(id=name, name=name.title(), timezone=timezone, country="SE", hours=hours, tags=tags),
        zones=tuple(Zone(id=f"{name}-{kind}", name=kind.title(), kind=ZoneKind(kind), default=GROUND)
                    for kind in kinds),
        profiles=(BRIGHT, LOUD) if campaigns else (), campaigns=campaigns)


def a_campaign(name, when="Mo-Su 12:00-14:00", priority=50, profile="hq-bright", **parts):
    return Campaign(id=name, name=name.removeprefix("hq-").title(), when=when, priority=priority, profile=profile,
                    **parts)


def published(body, **parts):
    return Document(organisation="acme", kind="campaign" if isinstance(body, Campaign) else
                    "profile" if isinstance(body, Profile) else "store-list", id=parts.pop("id", None) or body.id,
                    version=1, not_before=SINCE, expires=SINCE + timedelta(days=900), body=body, **parts)


MOODS = [published(BRIGHT), published(LOUD)]


def found(campaign, stores, others=(), selector=None):
    return conflicts(campaign, selector or Selector(), [facts_of(each) for each in stores], [*MOODS, *others], SINCE)


def test_stores_that_are_alike_are_one_class():
    stores = [a_store(f"shop-{n}", hours=("Mo-Su 10:00-19:00", "Mo-Su 09:00-18:00")[n % 2]) for n in range(40)]
    answer = found(a_campaign("hq-spring", "opening..closing"), stores,
                   [published(a_campaign("hq-lunch", "Mo-Su 18:30-20:00"))])
    assert answer.classes == 2
    assert len(answer.stores) == 40
    (meeting,) = answer.meetings
    assert (meeting.campaign, meeting.relation) == ("hq-lunch", Relation.TIE)
    assert meeting.stores == tuple(sorted(f"shop-{n}" for n in range(0, 40, 2)))
    assert meeting.first == (datetime(2026, 3, 2, 17, 30, tzinfo=UTC), datetime(2026, 3, 2, 18, tzinfo=UTC))


def test_who_wins_is_told_and_ties_come_first():
    answer = found(a_campaign("hq-spring"), [a_store("shop")], [
        published(a_campaign("hq-over", priority=60)), published(a_campaign("hq-under", priority=40)),
        published(a_campaign("hq-tie", "Su 13:00-15:00")), published(a_campaign("hq-music", profile="hq-loud")),
        published(a_campaign("hq-evening", "Mo-Su 16:00-18:00"))])
    assert [(m.campaign, m.relation) for m in answer.meetings] == [
        ("hq-tie", Relation.TIE), ("hq-over", Relation.UNDER), ("hq-under", Relation.OVER)]


def test_a_store_s_own_campaign_is_met_where_it_is():
    own = a_campaign("birthday", first=date(2026, 5, 1), last=date(2026, 5, 1))
    answer = found(a_campaign("hq-spring"), [a_store("one", campaigns=(own,)), a_store("two")])
    assert [(m.campaign, m.stores) for m in answer.meetings] == [("birthday", ("one",))]
    assert answer.meetings[0].first[0] == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_only_stores_that_the_selector_names_are_in():
    lists = published(StoreList(name="Pilots", stores=("two",)), id="hq-pilots")
    stores = [a_store("one", tags=("flagship",)), a_store("two")]
    for selector, names in ((Selector(tags=("flagship",)), ("one",)), (Selector(lists=("hq-pilots",)), ("two",))):
        assert found(a_campaign("hq-spring"), stores, [lists], selector).stores == names


def test_where_it_never_comes_and_where_it_cannot_be_read_is_told():
    answer = found(a_campaign("hq-spring", "sunset-22:00"), [a_store("one")])
    assert answer.unread
    assert all(stores == ("one",) for stores in answer.unread.values())
    late = found(a_campaign("hq-spring", "2020 Jan 1 10:00-12:00"), [a_store("one")])
    assert late.never == ("one",)


whens = st.sampled_from(["Mo-Su 12:00-14:00", "opening..opening+02:00", "closing-01:00..closing", "Sa 10:00-12:00",
                         "Mo-Fr 13:30-15:00"])
days = st.none() | st.dates(date(2026, 3, 1), date(2026, 6, 1))


@st.composite
def campaigns(draw, name):
    first, last = draw(days), draw(days)
    if first and last and first > last:
        first, last = last, first
    return a_campaign(name, draw(whens), draw(st.sampled_from([40, 50])), first=first, last=last,
                      profile=draw(st.sampled_from(["hq-bright", "hq-loud"])),
                      kinds=draw(st.none() | st.just((ZoneKind.ENTRANCE,)) | st.just((ZoneKind.SALES_FLOOR,))))


@st.composite
def shops(draw, name):
    kinds = draw(st.sampled_from([("sales-floor",), ("entrance",), ("sales-floor", "entrance")]))
    own = tuple(draw(campaigns(f"own-{n}")) for n in range(draw(st.integers(0, 1))))
    return a_store(name, draw(st.sampled_from(["Mo-Su 10:00-19:00", "Mo-Fr 08:00-16:00"])),
                   draw(st.sampled_from(["Europe/Stockholm", "America/New_York"])),
                   draw(st.sampled_from([(), ("flagship",)])), own, kinds)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_ties_are_those_that_check_finds_in_each_store_by_itself(data):
    stores = [data.draw(shops(f"shop-{n}")) for n in range(data.draw(st.integers(1, 3)))]
    others = [data.draw(campaigns(f"hq-{n}")) for n in range(data.draw(st.integers(0, 2)))]
    new = data.draw(campaigns("hq-new"))
    answer = found(new, stores, [published(each) for each in others])
    wanted = set()
    for plan in stores:
        for other in (*plan.campaigns, *others):
            both = plan.changed(campaigns=(new, other), profiles=(BRIGHT, LOUD))
            week, _ = read_week(both, SINCE)
            if any(f.level is Level.ERROR and f.field.endswith(".priority") for f in check_week(week)):
                wanted.add((plan.store.id, other.id))
    ties = {(store, m.campaign) for m in answer.meetings if m.relation is Relation.TIE for store in m.stores}
    assert ties == wanted
