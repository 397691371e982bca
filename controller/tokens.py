"""Keys for programs: bearer tokens for the API, and secret addresses for calendar programs.

Both are 32 random bytes of which only the SHA-256 is stored, so a copy of the database lets nobody in; both are shown
once, stand in one list, and are revoked by their label. They differ in their prefix and in what they open: a calendar
program can send no header, so its secret is part of an address, and addresses end up in logs and in other people's
clouds. Therefore such a secret opens calendars and nothing else, and no token of the API opens a calendar's address.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from dataclasses import replace

from controller.errors import Conflict, Forbidden, NotFound, Refused
from controller.ports import Actor, Clock, Entry, People, Token
from profiles.limits import Person

#: What secrets begin with, so that scanners find one that leaked.
TOKEN_PREFIX = "sinne_"  # noqa: S105 - no secret
CALENDAR_PREFIX = "sinnecal_"
LONGEST_NAME = 60


class Tokens:
    """Makes, knows and revokes keys. Methods may be called from any thread."""

    def __init__(self, people: People, clock: Clock) -> None:
        """Over what is remembered of people."""
        self._people, self._clock = people, clock
        self._making = threading.Lock()

    def make(self, label: str, person: Person, actor: Actor) -> str:
        """A bearer token, returned this once. Its role is at most the actor's. Raises Conflict for a used label."""
        if not actor.person.may(person) or not actor.person.may(Person.MANAGER):
            raise Forbidden(f"A token with the role {person.value} can be made by a manager who has that role.")
        return self._put(TOKEN_PREFIX, label, person, actor, "token.made")

    def make_address(self, label: str, actor: Actor) -> str:
        """The secret part of a calendar's address, returned this once; its label is `calendar` and the one given.

        Raises Forbidden, Refused, Conflict.
        """
        if not actor.person.may(Person.MANAGER):
            raise Forbidden("The address of a calendar can be made by a manager.")
        named = f"calendar {label.strip()}" if label.strip() else ""
        return self._put(CALENDAR_PREFIX, named, Person.VIEWER, actor, "calendar.address-made")

    def actor_of(self, secret: str) -> Actor | None:
        """Who this bearer token stands for, or None."""
        return self._known(TOKEN_PREFIX, secret)

    def reader_of(self, secret: str) -> Actor | None:
        """Who reads calendars by this secret of an address, or None."""
        return self._known(CALENDAR_PREFIX, secret)

    def revoke(self, label: str, actor: Actor) -> None:
        """End a key at once, of either kind. Raises NotFound, Forbidden."""
        now = self._clock.now()
        for token in self._people.tokens():
            if token.label == label and token.revoked is None:
                if not actor.person.may(token.person) or not actor.person.may(Person.MANAGER):
                    raise Forbidden(f"Revoking the token {label} needs a manager with the role {token.person.value}.")
                self._people.put_token(replace(token, revoked=now), now,
                                       Entry("token.revoked", {"label": label, "by": actor.name}))
                return
        raise NotFound(f"There is no token named {kept_name(label)} that could be revoked.")

    def all(self) -> list[Token]:
        """Every key, revoked ones too, without anything that would let somebody in."""
        return self._people.tokens()

    def _put(self, prefix: str, label: str, person: Person, actor: Actor, kind: str) -> str:
        label = kept_name(label)
        if not label:
            raise Refused(f"Name what the token is for, in 1 to {LONGEST_NAME} characters: till display, backup.")
        with self._making:
            if any(token.label == label and token.revoked is None for token in self._people.tokens()):
                raise Conflict(f"There is a token named {label} already. Revoke it, or choose another name.")
            secret, now = prefix + secrets.token_urlsafe(32), self._clock.now()
            self._people.put_token(Token(key_of(secret), label, person, now), now, Entry(
                kind, {"label": label, "person": person.value, "by": actor.name}))
        return secret

    def _known(self, prefix: str, secret: str) -> Actor | None:
        if not secret.startswith(prefix):
            return None
        token = self._people.token(key_of(secret))
        return None if token is None or token.revoked is not None else Actor(f"token {token.label}", token.person)


def kept_name(typed: str) -> str:
    """A name as it is kept: composed, without space around it; empty where it is no name at all."""
    name = unicodedata.normalize("NFC", typed.encode("utf-8", "replace").decode()).strip()
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


def key_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
