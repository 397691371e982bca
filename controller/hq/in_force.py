"""What HQ has said by now: manifest, halt and documents in force, from its own memory; and what follows for a store.

The publisher writes it; office, fleet and rollouts read it. Payloads that come from HQ's own database are not verified
again: whoever can change them there can do everything here.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from controller.hq.documents import Document, Entry, Halt, Manifest, StoreList, digest_of_all, halt_of, manifest_of
from controller.hq.ports import Papers, Published, Retained
from controller.hq.said import Place
from controller.hq.selecting import Lists, is_in_wave, is_selected
from controller.hq.topics import HALT, MANIFEST
from profiles.places import Store


def said_in(payload: bytes) -> dict[str, Any]:
    """The JSON object within an envelope of HQ's own."""
    said: dict[str, Any] = orjson.loads(base64.b64decode(orjson.loads(payload)["body"]))
    return said


def signed_by(payload: bytes) -> str:
    """The name of the key that an envelope of HQ's own says it is signed with."""
    return str(orjson.loads(payload)["key"])


@dataclass(frozen=True, slots=True)
class _Alike:
    """What may apply in stores of one country and the same tags, those of it that go by stores' names, and the digest
    of what applies, by which of these mean a store.
    """

    documents: tuple[Document, ...]
    by_name: tuple[Document, ...]
    digests: dict[tuple[bool, ...], str] = field(default_factory=dict)


@dataclass(frozen=True)
class InForce:
    """Manifest and halt (None before the first), and the newest version of every document by kind and id."""

    manifest: Manifest | None
    halt: Halt | None
    newest: Mapping[tuple[str, str], Published]
    _alike: dict[tuple[str | None, tuple[str, ...]], _Alike] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, newest: Iterable[Published], retained: Iterable[Retained]) -> InForce:
        """From what is published and what the broker has to hold."""
        on = {each.topic: each.payload for each in retained if each.payload}
        return cls(manifest_of(said_in(on[MANIFEST])) if MANIFEST in on else None,
                   halt_of(said_in(on[HALT])) if HALT in on else None,
                   {(each.document.kind, each.document.id): each for each in newest})

    @classmethod
    def read(cls, papers: Papers) -> InForce:
        """From HQ's memory."""
        return cls.of(papers.newest(), papers.retained())

    @property
    def pair(self) -> tuple[int, int]:
        """Term and number of the manifest that stores should name; (0, 0) before the first."""
        return (0, 0) if self.manifest is None else (self.manifest.term, self.manifest.number)

    @cached_property
    def since(self) -> datetime:
        """Since when what is in force is."""
        return max((each.at for each in self.newest.values()), default=datetime(2000, 1, 1, tzinfo=UTC))

    @property
    def halted(self) -> dict[str, int]:
        """The highest withdrawn version of each campaign in the halt."""
        return {} if self.halt is None else {each.campaign: each.version for each in self.halt.withdrawn}

    def is_halted(self, campaign: str) -> bool:
        """Whether the newest version of a campaign is withdrawn."""
        held = self.newest.get(("campaign", campaign))
        return held is not None and held.document.version <= self.halted.get(campaign, -1)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Every live document, but for campaigns that are halted."""
        return tuple(each.document for _, each in sorted(self.newest.items())
                     if not each.document.gone and not (
                         each.document.kind == "campaign" and self.is_halted(each.document.id)))

    @cached_property
    def lists(self) -> Lists:
        """The stores of each list."""
        return {each.id: frozenset(each.body.stores) for each in self.documents if isinstance(each.body, StoreList)}

    def for_store(self, store: str, place: Place | None) -> list[Document]:
        """The documents that apply in a store (`selecting.concerning`)."""
        alike = self._alike_of(place)
        return [each for each in alike.documents if not by_name(each) or self._means(each, store)]

    def applies(self, store: str, place: Place | None) -> str:
        """The digest that a store of this place should report (`Concerning.digest`)."""
        alike = self._alike_of(place)
        meant = tuple(self._means(each, store) for each in alike.by_name)
        if meant not in alike.digests:
            alike.digests[meant] = digest_of_all(
                entry_of(self.newest[each.kind, each.id]) for each in self.for_store(store, place))
        return alike.digests[meant]

    def _alike_of(self, place: Place | None) -> _Alike:
        """What may apply in stores of a country with some tags: the same for all of them."""
        key = (None, ()) if place is None else (place.country, place.tags)
        found = self._alike.get(key)
        if found is None:
            where = placed("", place)
            documents = [each for each in self.documents if not isinstance(each.body, StoreList) and is_selected(
                each.selector.model_copy(update={"lists": ()}), where, self.lists)]
            found = self._alike[key] = _Alike(tuple(documents), tuple(filter(by_name, documents)))
        return found

    def _means(self, document: Document, store: str) -> bool:
        """Whether a document that goes by stores' names means this one."""
        lists = document.selector.lists
        return (not lists or any(store in self.lists.get(each, ()) for each in lists)) and is_in_wave(
            document.wave, document.id, store, self.lists)


def entry_of(published: Published) -> Entry:
    """As it stands in a manifest."""
    document = published.document
    return Entry(kind=document.kind, id=document.id, version=document.version, digest=published.digest)


def by_name(document: Document) -> bool:
    """Whether it depends on a store's name who is meant: by a list of stores, or by lot."""
    return document.wave is not None or bool(document.selector.lists)


def placed(store: str, place: Place | None) -> Store:
    """What selectors ask about a store. One of which nothing is known has no country and no tags."""
    return Store.model_construct(id=store, name=store if place is None else place.name,
                                 country=None if place is None else place.country,
                                 tags=() if place is None else place.tags)
