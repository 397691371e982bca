"""Who may come in: first set-up, sign-in, sessions, bearer tokens.

Only SHA-256 of a session's or a token's secret is stored, so that a copy of the database lets nobody in. Secrets are
32 random bytes, which needs no slow hash. Everything that matters goes into the journal, without a secret.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import secrets
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from controller.errors import Conflict, Forbidden, NotFound, Refused, Unavailable
from controller.passwords import Hashing, check_password
from controller.ports import Account, Actor, Clock, Entry, People, Session, Token
from controller.sessions import Sessions
from controller.throttling import Throttling
from controller.tokens import LONGEST_NAME, Tokens, kept_name, key_of
from profiles.limits import STORE_ROLES, Person

log = logging.getLogger("sinne.accounts")

IDLE_LIMIT = timedelta(hours=12)
ABSOLUTE_LIMIT = timedelta(days=7)
#: `seen` is written at most this often, so that a page costs no write.
SEEN_EVERY = timedelta(minutes=1)
#: Wrong set-up secrets are recorded up to here at a start: the journal is not for an attacker to fill.
_RECORDED_REFUSALS = 20
#: Names under which programs act; a person of that name could not be told from them.
_RESERVED = frozenset({"sinne", "system", "command line", "hq"})
_WRONG = "The name or the password is not right."


class Recorder(Protocol):
    """How entries get into the journal: `Memory.record`."""

    def __call__(self, at: datetime, *entries: Entry) -> None:
        """Append to the journal."""


def no_names() -> Iterable[str]:
    """No further names to keep out of passwords."""
    return ()


class Accounts:
    """Sign-in and what follows from it. Methods may be called from any thread."""

    def __init__(
        self, people: People, clock: Clock, record: Recorder,
        hashing: Hashing | None = None, store_names: Callable[[], Iterable[str]] = no_names,
        *, roles: Collection[Person] = STORE_ROLES, set_up_secret: str | None = None,
    ) -> None:
        """`record`: `Memory.record`. `store_names`: words that anybody would try as a password here.

        `roles`: those that there are here, `STORE_ROLES` or `HQ_ROLES`. `set_up_secret`: the one-time secret, where
        several workers serve the same people and have to agree on it; else one of this start's own.
        """
        self._people = people
        self._roles = roles
        self._sessions = Sessions(people)
        self._tokens = Tokens(people, clock)
        self._clock = clock
        self._record = record
        self._hashing = hashing if hashing is not None else Hashing()
        self._store_names = store_names
        self._throttling = Throttling(people)
        self._set_up = threading.Lock()
        self._set_up_secret = set_up_secret or secrets.token_urlsafe(24)
        self._refusals = 0

    # -- the first account

    def set_up_needed(self) -> bool:
        """Whether there is no account yet."""
        return not self._people.accounts()

    def set_up_secret(self) -> str:
        """The one-time secret of this start, to be shown on the machine's own console. Raises Conflict afterwards."""
        if not self.set_up_needed():
            raise Conflict("This store has accounts already: sign in.")
        return self._set_up_secret

    def set_up(self, secret: str, name: str, password: str) -> str:
        """Make the first account, an administrator's; returns the secret of its session.

        Raises Forbidden for a wrong secret, Conflict once there is an account, Refused for a name or password.
        """
        with self._set_up:
            if not self.set_up_needed():
                raise Conflict("This store has accounts already: sign in.")
            if not hmac.compare_digest(secret.encode(errors="replace"), self._set_up_secret.encode()):
                self._note_refused_set_up()
                raise Forbidden("The set-up link is not right, or is from an earlier start. "
                                "Use the newest one that sinne has printed.")
            account = self._checked(name, password, Person.ADMINISTRATOR)
            self._put(account, Entry("account.set-up", {"name": account.name}))
            self._set_up_secret = secrets.token_urlsafe(24)
        return self._begin_session(account)

    # -- signing in

    def sign_in(self, name: str, password: str, source: str, replaces: str | None = None) -> str:
        """Returns the secret of a new session. `source`: the address it came from; `replaces`: a session to end.

        Raises Forbidden for a wrong name or password (it does not say which), Unavailable when it is to wait.
        """
        name = kept_name(name)
        counts = self._throttling.count(name.casefold(), source, self._clock.now())
        account = self._people.account(name) if name else None
        if not self._hashing.matches(None if account is None else account.password_hash, password) or account is None:
            # A name that nobody has may be a password typed into the wrong field.
            self._note_if_possible("sign-in.refused", name=None if account is None else account.name, source=source)
            raise Forbidden(_WRONG)
        self._throttling.take_back(*counts)
        if self._hashing.is_dated(account.password_hash):
            account = replace(account, password_hash=self._hashing.hash(password))
            with contextlib.suppress(Unavailable):
                self._put(account, Entry("account.rehashed", {"name": account.name}))
        with contextlib.suppress(Unavailable):
            if replaces is not None:
                self._sessions.drop(key=key_of(replaces))
            self._sessions.drop(seen_before=self._clock.now() - IDLE_LIMIT)
        session = self._begin_session(account)
        self._note_if_possible("sign-in.done", name=account.name, source=source)
        return session

    def actor_of_session(self, secret: str) -> Actor | None:
        """Who this session belongs to; None where there is none, or it is too old."""
        session = self._sessions.get(key_of(secret))
        if session is None:
            return None
        now = self._clock.now()
        account = self._people.account(session.name)
        if account is None or now - session.seen > IDLE_LIMIT or now - session.made > ABSOLUTE_LIMIT:
            with contextlib.suppress(Unavailable):
                self._sessions.drop(key=session.key)
            return None
        if abs(now - session.seen) >= SEEN_EVERY:
            self._sessions.put(replace(session, seen=now))
        return Actor(account.name, account.person)

    def sign_out(self, secret: str) -> None:
        """End this session. One that does not exist is ended already."""
        session = self._sessions.get(key_of(secret))
        if session is not None:
            self._sessions.drop(key=session.key)
            self._note("sign-out", name=session.name)

    def revoke_sessions(self, name: str, actor: Actor) -> int:
        """End every session of an account: one's own, or anybody's for an administrator; returns how many."""
        account = self._mine_or_administrators(name, actor)
        ended = self._sessions.drop(name=account.name)
        self._note("sessions.revoked", name=account.name, by=actor.name, sessions=ended)
        return ended

    def csrf_of(self, session_secret: str) -> str:
        """What forms of this session carry. It follows from the session's secret, which other sites cannot read."""
        return hmac.new(session_secret.encode(errors="replace"), b"sinne csrf", hashlib.sha256).hexdigest()

    # -- accounts

    def make_account(self, name: str, password: str, person: Person, actor: Actor) -> Account:
        """Add an account. Raises Forbidden, Refused for a name or password, Conflict where the name is taken."""
        _ask_administrator(actor)
        account = self._checked(name, password, person)
        with self._set_up:
            if self._people.account(account.name) is not None:
                raise Conflict(f"There is an account named {account.name} already. Choose another name.")
            self._put(account, Entry("account.made", {"name": account.name, "person": person.value, "by": actor.name}))
        return account

    def set_password(self, name: str, password: str, actor: Actor, old: str = "") -> None:
        """A new password, for oneself (with the old one) or by an administrator. Ends every session of the account."""
        account = self._mine_or_administrators(name, actor)
        if account.name == actor.name:
            counts = self._throttling.count(account.name.casefold(), "", self._clock.now())
            if not self._hashing.matches(account.password_hash, old):
                self._note("account.password-refused", name=account.name)
                raise Forbidden("The old password is not right.")
            self._throttling.take_back(*counts)
        fresh = self._checked(account.name, password, account.person)
        self._put(replace(account, password_hash=fresh.password_hash),
                  Entry("account.password-changed", {"name": account.name, "by": actor.name}))
        self._sessions.drop(name=account.name)

    def set_person(self, name: str, person: Person, actor: Actor) -> None:
        """Another role for an account. Raises Conflict where no administrator would be left, Refused for its role."""
        _ask_administrator(actor)
        self._check_role(person)
        with self._set_up:
            account = self._mine_or_administrators(name, actor)
            others = [one for one in self._people.accounts()
                      if one.person is Person.ADMINISTRATOR and one.name != account.name]
            if person is not Person.ADMINISTRATOR and not others:
                raise Conflict(f"{account.name} is the only administrator. Make another one first.")
            self._put(replace(account, person=person), Entry(
                "account.role-changed", {"name": account.name, "person": person.value, "by": actor.name}))

    def accounts(self, actor: Actor) -> list[Account]:
        """Every account. `password_hash` is left empty: it never leaves this room."""
        _ask_administrator(actor)
        return [replace(account, password_hash="") for account in self._people.accounts()]

    # -- tokens for programs

    def make_token(self, label: str, person: Person, actor: Actor) -> str:
        """A bearer token, returned this once. Its role is at most the actor's. Raises Conflict for a used label."""
        self._check_role(person)
        return self._tokens.make(label, person, actor)

    def make_calendar_address(self, label: str, actor: Actor) -> str:
        """The secret part of a calendar's address, returned this once. Raises Forbidden, Refused, Conflict."""
        return self._tokens.make_address(label, actor)

    def actor_of_token(self, secret: str) -> Actor | None:
        """Who this token stands for, or None."""
        return self._tokens.actor_of(secret)

    def reader_of_calendars(self, secret: str) -> Actor | None:
        """Who reads calendars by this secret of an address, or None. It opens nothing else."""
        return self._tokens.reader_of(secret)

    def revoke_token(self, label: str, actor: Actor) -> None:
        """End a token, or the address of a calendar, at once. Raises NotFound."""
        self._tokens.revoke(label, actor)

    def tokens(self) -> list[Token]:
        """Every token, revoked ones too, without anything that would let somebody in."""
        return self._tokens.all()

    def _checked(self, name: str, password: str, person: Person) -> Account:
        self._check_role(person)
        shown = kept_name(name)
        if not shown:
            raise Refused(f"A name has 1 to {LONGEST_NAME} characters, without line breaks.")
        if shown.casefold() in _RESERVED or shown.casefold().startswith("token "):
            raise Refused(f"{shown} stands for a program in the journal. Choose another name.")
        check_password(password, (shown, *shown.split(), *self._store_names()))
        return Account(shown, person, self._hashing.hash(password), self._clock.now())

    def _check_role(self, person: Person) -> None:
        if person not in self._roles:
            raise Refused(f"There is no {person.value} here. The roles are {', '.join(self._roles)}.")

    def _mine_or_administrators(self, name: str, actor: Actor) -> Account:
        account = self._people.account(kept_name(name))
        if (account is None or account.name != actor.name) and not actor.person.may(Person.ADMINISTRATOR):
            raise Forbidden("Only an administrator may do this for somebody else.")
        if account is None:
            raise NotFound(f"There is no account named {kept_name(name)}.")
        return account

    def _begin_session(self, account: Account) -> str:
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        self._sessions.put(Session(key_of(secret), account.name, now, now))
        return secret

    def _put(self, account: Account, entry: Entry) -> None:
        self._people.put_account(account, self._clock.now(), entry)

    def _note(self, kind: str, **body: object) -> None:
        self._record(self._clock.now(), Entry(kind, body))

    def _note_if_possible(self, kind: str, **body: object) -> None:
        """Record what has to go on without a record: a full disk must not keep people from pressing stop."""
        try:
            self._note(kind, **body)
        except Unavailable as refusal:
            log.warning("%s is not in the journal: %s", kind, refusal)

    def _note_refused_set_up(self) -> None:
        self._refusals += 1
        if self._refusals <= _RECORDED_REFUSALS:
            self._note("set-up.refused")


def _ask_administrator(actor: Actor) -> None:
    if not actor.person.may(Person.ADMINISTRATOR):
        raise Forbidden(f"Accounts are for administrators; {actor.name} is {actor.person.value}.")
