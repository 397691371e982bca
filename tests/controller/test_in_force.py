"""What HQ expects of a store is what the store works out for itself, whatever is in force and wherever it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.hq.documents import Document, Halt, Manifest, Selector, StoreList, Wave, Withdrawn
from controller.hq.in_force import InForce, entry_of
from controller.hq.ports import Published
from controller.hq.said import Place
from controller.hq.selecting import concerning
from controller.hq.shelf import Held
from profiles.overlay import Campaign
from profiles.places import Store
from profiles.profile import Profile
from profiles.scene import Lights, Scene

AT = datetime(2026, 11, 3, tzinfo=UTC)
TAGS, COUNTRIES, STORES, LISTS = ("big", "new", "sea"), ("SE", "NO"), ("nord", "syd", "west"), ("hq-few", "hq-many")
_tags = st.lists(st.sampled_from(TAGS), unique=True, max_size=2).map(tuple)
_lists = st.lists(st.sampled_from(LISTS), unique=True, max_size=2).map(tuple)
_selectors = st.builds(Selector, countries=st.lists(st.sampled_from(COUNTRIES), unique=True, max_size=1).map(tuple),
                       tags=_tags, any_tags=_tags, not_tags=_tags, lists=_lists)
_waves = st.none() | st.builds(Wave, share=st.floats(0, 1), lists=_lists)


def _bodies(number: int, kind: str, stores: list[str]) -> object:
    if kind == "campaign":
        return Campaign(id=f"hq-{number}", name="C", when="Mo-Su 12:00-14:00", profile="hq-0")
    if kind == "profile":
        return Profile(id=f"hq-{number}", name="P", scene=Scene(light=Lights(brightness_pct=90)))
    return StoreList(name="L", stores=tuple(stores))


@st.composite
def forces(draw: st.DrawFn) -> InForce:
    """Some documents, some of them tombstones, some campaigns halted."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(("campaign", "profile", "store-list")))
        name = draw(st.sampled_from(LISTS)) if kind == "store-list" else f"hq-{number}"
        if any((each.document.kind, each.document.id) == (kind, name) for each in found):
            continue
        gone = draw(st.booleans()) and draw(st.booleans())
        stores = draw(st.lists(st.sampled_from(STORES), unique=True))
        document = Document(organisation="acme", kind=kind, id=name, version=draw(st.integers(1, 9)),
                            selector=draw(_selectors), wave=draw(_waves) if kind == "campaign" else None,
                            not_before=AT, expires=AT + timedelta(days=9), body=None if gone else _bodies(
                                number, kind, stores))
        found.append(Published(document, f"{number:064x}", "t", b"", 1, "Ada", "Bo", "", AT))
    halted = [Withdrawn(campaign=each.document.id, version=draw(st.integers(1, 9))) for each in found
              if each.document.kind == "campaign" and draw(st.booleans())]
    return InForce(Manifest(organisation="acme", term=1, number=1, entries=tuple(map(entry_of, found))),
                   Halt(organisation="acme", term=1, number=1, withdrawn=tuple(halted)) if halted else None,
                   {(each.document.kind, each.document.id): each for each in found})


@settings(max_examples=200, deadline=None)
@given(forces(), st.lists(st.tuples(st.sampled_from(STORES), _tags, st.sampled_from((*COUNTRIES, None))), min_size=1,
                          max_size=4))
def test_hq_expects_of_a_store_what_the_store_applies(
    force: InForce, places: list[tuple[str, tuple[str, ...], str | None]],
) -> None:
    halted = {} if force.halt is None else {each.campaign: each.version for each in force.halt.withdrawn}
    held = [Held(each.document, each.digest) for each in force.newest.values() if not each.document.gone and not (
        each.document.kind == "campaign" and each.document.version <= halted.get(each.document.id, -1))]
    for name, tags, country in places:
        store = Store(id=name, name=name, timezone="Europe/Stockholm", country=country, hours="24/7", tags=tags)
        place = Place(name=name, time_zone="Europe/Stockholm", country=country, tags=tags)
        assert force.applies(name, place) == concerning(store, held).digest
