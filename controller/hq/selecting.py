"""Which of HQ's documents concern one store, and what they are in its plan. The store decides by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from controller.hq.documents import Entry, Guardrails, Selector, StoreList, Wave, digest_of_all
from controller.hq.shelf import Held
from controller.hq.waves import is_reached
from profiles.composing import FromHq, Programme
from profiles.limits import Guardrail, Person
from profiles.overlay import Campaign, QuietHour
from profiles.places import Store
from profiles.plan import Fragrance, Source
from profiles.profile import Profile

#: The stores of each list, by the list's id.
Lists = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Concerning:
    """What concerns one store: its parts of a plan, and the documents that they are from."""

    from_hq: FromHq
    entries: tuple[Entry, ...]

    @property
    def digest(self) -> str:
        """The digest of what applies here, as `up/status` reports it."""
        return digest_of_all(self.entries)


def is_selected(selector: Selector, store: Store, lists: Lists) -> bool:
    """Whether a selector names a store. All that it asks for has to be so; a list that is not there names nobody."""
    tags = set(store.tags)
    return (
        (not selector.countries or store.country in selector.countries)
        and tags.issuperset(selector.tags)
        and (not selector.any_tags or not tags.isdisjoint(selector.any_tags))
        and tags.isdisjoint(selector.not_tags)
        and (not selector.lists or any(store.id in lists.get(each, ()) for each in selector.lists)))


def is_in_wave(wave: Wave | None, campaign: str, store: str, lists: Lists) -> bool:
    """Whether a rollout has come to a store: by lot or by name. No wave is everybody."""
    return wave is None or is_reached(campaign, store, wave.share) or any(
        store in lists.get(each, ()) for each in wave.lists)


def concerning(store: Store, held: Iterable[Held]) -> Concerning:
    """Of the documents in force those that are for `store`, and what they say."""
    in_force = tuple(held)
    lists = {each.document.id: frozenset(each.document.body.stores) for each in in_force
             if isinstance(each.document.body, StoreList)}
    meant = [each for each in in_force if not isinstance(each.document.body, StoreList)
             and is_selected(each.document.selector, store, lists)
             and is_in_wave(each.document.wave, each.document.id, store.id, lists)]
    bodies = [each.document.body for each in sorted(meant, key=lambda each: each.document.id)]
    guardrails: list[dict[Person, Guardrail]] = [body.guardrails for body in bodies if isinstance(body, Guardrails)]
    return Concerning(FromHq(
        profiles=[body for body in bodies if isinstance(body, Profile)],
        programmes=[body for body in bodies if isinstance(body, Programme)],
        campaigns=[body for body in bodies if isinstance(body, Campaign)],
        quiet_hours=[body for body in bodies if isinstance(body, QuietHour)],
        fragrances=[body for body in bodies if isinstance(body, Fragrance)],
        sources=[body for body in bodies if isinstance(body, Source)],
        guardrails=guardrails), tuple(each.entry for each in meant))
