"""What a store remembers of HQ: to whom it belongs, what it took from HQ and keeps, what it still has to tell.

Beside `controller.ports.Memory`, of the same database: `memory.hq`. Every method that changes something commits before
it returns, with its journal entry where it has one, or raises `controller.errors.Unavailable` and changes nothing.
Methods may be called from any thread.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from controller.hq.documents import Halt, Manifest
from controller.hq.sealed import Keyring
from controller.ports import Entry, Memory
from profiles.limits import Person

#: Kind, id and version of something on the shelf. A manifest and a halt have `term.number` for an id, and version 0.
Name = tuple[str, str, int]

MANIFEST_KIND, HALT_KIND = "manifest", "halt"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """To whom a store belongs, and how it gets there. The password shows in no text of this.

    `broker`: the address of HQ's, as people write it. `ca`: PEM of who signed HQ's certificate; None: whom the machine
    trusts. `keys`: HQ's public keys, name to base64 of the raw Ed25519 key. `former`: keys of before a re-key; nothing
    new is believed that they signed, and what was taken under them still is. `grant`: whose rights HQ's remote
    overrides have here. `once`: the id of the bundle that this came from.
    """

    organisation: str
    store: str
    broker: str
    username: str
    password: str = field(repr=False)
    keys: Mapping[str, str]
    ca: str | None = None
    former: Mapping[str, str] = field(default_factory=dict)
    grant: Person = Person.STAFF
    once: str = ""

    def keyring(self) -> Keyring:
        """The keys that are believed now. Raises ValueError where one is no Ed25519 key."""
        return _ring(self.keys)

    def every_key(self) -> Keyring:
        """Those and the former ones, for what is kept here already. Raises ValueError."""
        return _ring({**self.former, **self.keys})


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that was taken from HQ and is kept as it came: its name, and topic and payload."""

    name: Name
    topic: str
    payload: bytes


class ShelfMemory(Protocol):
    """The store's side of HQ, remembered."""

    def enrolment(self) -> Enrolment | None:
        """To whom the store belongs; None while it belongs to nobody."""

    def enrol(self, enrolment: Enrolment, at: datetime, entry: Entry) -> None:
        """Belong to somebody, or under other keys. What is here of another organisation goes."""

    def leave(self, at: datetime, entry: Entry) -> None:
        """Belong to nobody: the enrolment, the shelf, answers and acknowledgements go."""

    def shelf(self) -> list[Kept]:
        """What is kept, in the order in which it was taken."""

    def keep(self, *kept: Kept) -> None:
        """Keep what was taken. The same name again is replaced, and counts as taken now."""

    def forget(self, names: Iterable[Name]) -> None:
        """Take off the shelf what nothing needs any more."""

    def acknowledged(self) -> int:
        """The number of the journal up to which HQ has everything; 0 for a journal that HQ knows nothing of."""

    def note_acknowledged(self, journal_id: str, number: int) -> None:
        """HQ has everything up to `number`. It only rises; of another journal than the store's it is ignored."""

    def answered(self, request: str) -> str | None:
        """How a request of HQ's was answered, if it was: it is carried out once."""

    def note_answered(
        self, request: str, answer: str, at: datetime, expires: datetime, entry: Entry | None = None,
    ) -> None:
        """Remember an answer, until nobody can ask again; those that expired before `at` go. The first one stays."""


class LinkedMemory(Memory, Protocol):
    """A store's memory with what it remembers of HQ."""

    @property
    def hq(self) -> ShelfMemory:
        """The part that is about HQ."""


def numbered(kind: str, what: Manifest | Halt) -> Name:
    """The name of a manifest or a halt."""
    return kind, f"{what.term}.{what.number}", 0


def _ring(keys: Mapping[str, str]) -> Keyring:
    return {name: Ed25519PublicKey.from_public_bytes(base64.b64decode(raw, validate=True))
            for name, raw in keys.items()}
