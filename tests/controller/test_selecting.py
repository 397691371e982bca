"""Which documents concern a store: selectors by tag, country and list, and waves by lot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from controller.hq.documents import Selector, Wave
from controller.hq.selecting import concerning, is_in_wave, is_selected
from controller.hq.shelf import Shelf
from controller.hq.waves import is_reached, lot, smallest_share
from profiles.places import Store
from tests.controller.hq_press import FRESH, KEYS, NOW, SPRING, document, halt, manifest
from tests.controller.test_shelf import entry, take_all

tags = st.sets(st.sampled_from(["flagship", "outlet", "airport", "pilot"]), max_size=3)
countries = st.sampled_from(["SE", "FR", "GB", None])
LISTS = {"hq-pilots": frozenset({"gotgatan", "kungsgatan"}), "hq-nobody": frozenset()}


def a_store(name="gotgatan", country="SE", has=()):
    return Store(id=name, name="A shop", timezone="Europe/Stockholm", country=country, hours="Mo-Su 10:00-19:00",
                 tags=tuple(sorted(has)))


@given(tags, tags, tags, tags, countries, st.sets(countries.filter(bool)), st.sets(st.sampled_from(sorted(LISTS))))
def test_a_selector_names_a_store_where_all_that_it_asks_for_is_so(has, all_of, any_of, none_of, country, lands, lists):
    chosen = Selector(countries=tuple(lands), tags=tuple(all_of), any_tags=tuple(any_of), not_tags=tuple(none_of),
                      lists=tuple(lists))
    reasons_against = [
        lands and country not in lands, all_of - has, any_of and not any_of & has, none_of & has,
        lists and "hq-pilots" not in lists]
    assert is_selected(chosen, a_store(country=country, has=has), LISTS) is not any(reasons_against)


def test_a_list_that_is_not_there_names_nobody():
    assert not is_selected(Selector(lists=("hq-missing",)), a_store(), LISTS)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 999))
def test_a_larger_share_reaches_all_that_a_smaller_one_does(one, other, number):
    low, high = sorted([one, other])
    store = f"store-{number}"
    assert not is_reached("hq-spring", store, low) or is_reached("hq-spring", store, high)
    assert is_reached("hq-spring", store, 1.0)
    assert not is_reached("hq-spring", store, 0.0)


def test_a_share_reaches_about_that_share_and_campaigns_draw_anew():
    stores = [f"store-{n}" for n in range(10_000)]
    spring, summer = ({s for s in stores if is_reached(c, s, 0.05)} for c in ("hq-spring", "hq-summer"))
    assert 400 < len(spring) < 600
    assert len(spring & summer) < 80
    # As `sha256sum` has it, so that every side draws the same lot for ever.
    assert lot("hq-spring", "gotgatan") == 0xB9E8481110E66F63 / 2**64


@given(st.lists(st.integers(0, 5000).map("store-{}".format), min_size=1, max_size=30, unique=True))
def test_the_smallest_share_reaches_a_store_and_a_hundredth_of_a_percent_less_none(stores):
    share = smallest_share("hq-spring", stores)
    assert any(is_reached("hq-spring", store, share) for store in stores)
    assert not any(is_reached("hq-spring", store, share - 0.0001) for store in stores)
    assert smallest_share("hq-spring", []) is None


def test_a_wave_reaches_by_lot_or_by_name():
    nobody = Wave(share=0.0)
    assert is_in_wave(None, "hq-spring", "gotgatan", LISTS)
    assert not is_in_wave(nobody, "hq-spring", "gotgatan", LISTS)
    assert is_in_wave(Wave(share=0.0, lists=("hq-pilots",)), "hq-spring", "gotgatan", LISTS)


def shelf_with(*said):
    on = Shelf("acme", KEYS)
    take_all(on, [*said, manifest(1, [entry(each) for each in said])])
    return on


def test_a_store_is_concerned_by_what_names_it_and_its_digest_says_by_what():
    pilots = document("store-list", "hq-pilots", 1, {"name": "Pilots", "stores": ["gotgatan"]})
    fresh = document("profile", "hq-fresh", 1, FRESH)
    spring = document("campaign", "hq-spring", 1, SPRING, selector={"lists": ["hq-pilots"]})
    french = document("campaign", "hq-french", 1, {**SPRING, "id": "hq-french"}, selector={"countries": ["FR"]})
    on = shelf_with(pilots, fresh, spring, french)
    here, there = concerning(a_store(), on.in_force()), concerning(a_store("lyon", "FR"), on.in_force())
    assert [c.id for c in here.from_hq.campaigns] == ["hq-spring"]
    assert [c.id for c in there.from_hq.campaigns] == ["hq-french"]
    assert [p.id for p in here.from_hq.profiles] == [p.id for p in there.from_hq.profiles] == ["hq-fresh"]
    assert here.digest != there.digest
    assert here.digest == concerning(a_store(has={"flagship"}), on.in_force()).digest
    on.take(*halt(1, {"hq-spring": 1}), NOW)
    assert not concerning(a_store(), on.in_force()).from_hq.campaigns


def test_what_concerns_nobody_here_leaves_the_store_to_itself():
    on = shelf_with(document("profile", "hq-fresh", 1, FRESH, selector={"tags": ["airport"]}))
    assert not concerning(a_store(), on.in_force()).from_hq
