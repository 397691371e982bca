"""Passwords: which are accepted, and how they are kept (argon2id; OWASP Password Storage, NIST SP 800-63B).

Length and a block list are all that is asked: no rule about digits or signs, because such rules make passwords worse.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from controller.errors import Refused, Unavailable

SHORTEST, ADVISED, LONGEST = 8, 15, 128

#: The least that OWASP advises for argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
#: Each hash takes 19 MiB and a core, so a flood of sign-ins must not take them all.
_AT_ONCE = 2
_WAIT_S = 10.0

# The stems of the most common passwords of published lists; digits and signs around them make them no better.
_COMMON = frozenset({
    "password", "passwort", "passw0rd", "motdepasse", "losenord", "lösenord", "qwerty", "qwertyuiop", "qwertz",
    "qwertzuiop", "azerty", "azertyuiop", "asdfgh", "asdfghjkl", "zxcvbnm", "iloveyou", "princess", "sunshine",
    "football", "baseball", "basketball", "superman", "batman", "dragon", "monkey", "master", "michael", "jennifer",
    "charlie", "shadow", "welcome", "välkommen", "valkommen", "bienvenue", "letmein", "trustno", "admin",
    "administrator", "changeme", "change", "default", "secret", "hemlig", "secure", "login", "guest", "access",
    "whatever", "starwars", "pokemon", "computer", "internet", "samsung", "google", "facebook", "liverpool",
    "arsenal", "chelsea", "sommar", "vinter", "summer", "winter", "spring", "autumn", "sverige", "sweden", "france",
    "stockholm", "hello", "bonjour", "qazwsx", "qazwsxedc", "abc", "abcd", "abcdef", "abcdefg", "abcdefgh", "test",
    "testtest", "butik", "store", "shop", "sinne",
})
_ROWS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
         "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "q1w2e3r4t5y6u7i8o9p0")


def check_password(password: str, names: Iterable[str] = ()) -> None:
    """Raises Refused, with what would be right. `names`: of the store and of the person, which anybody would try."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise Refused(f"A password has at least {SHORTEST} characters; {ADVISED} or more are better: "
                      "a few words that only you put together.")
    if len(plain) > LONGEST:
        raise Refused(f"A password has at most {LONGEST} characters.")
    folded = plain.casefold()
    stem = _stem(folded)
    if stem in _COMMON or len(set(folded)) < 3 or any(folded in row for row in _ROWS):
        raise Refused("This password is one of the first that anybody would try. Choose another: a few words that "
                      "only you put together.")
    for name in names:
        known = _normal(name).casefold()
        if known and (folded == known or (stem and stem == _stem(known))):
            raise Refused("This password is the name of the store or your own. Choose another: a few words that only "
                          "you put together.")


def advice(password: str) -> str | None:
    """A friendly sentence about a password that is accepted but short, or None."""
    if len(_normal(password)) >= ADVISED:
        return None
    return f"This will do. {ADVISED} characters or more are much harder to guess."


class Hashing:
    """Hashes and compares, at most two at once. Unknown people cost as much time as known ones."""

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        """`hasher`: other parameters, for tests and for the day that these are too weak."""
        self._hasher = hasher
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """argon2id's encoded form. Raises Unavailable when too many are waiting."""
        with self._slot():
            return self._hasher.hash(_normal(password))

    def matches(self, encoded: str | None, password: str) -> bool:
        """Whether the password is right; `encoded` None: nobody's, which takes as long and is never right."""
        # Composing makes a text shorter; this far above the limit it need not even be tried.
        plain = _normal(password[: 8 * LONGEST])
        too_long = len(plain) > LONGEST
        with self._slot():
            try:
                right = self._hasher.verify(encoded or self._nobody, "" if too_long else plain)
            except (VerificationError, InvalidHashError):
                return False
        return right and encoded is not None and not too_long

    def is_dated(self, encoded: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=_WAIT_S):
            raise Unavailable("Many people are signing in at this moment. Try again in a few seconds.", 5)
        try:
            yield
        finally:
            self._slots.release()


def _stem(folded: str) -> str:
    """Without the digits and signs around it."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


def _normal(password: str) -> str:
    """The same password typed on another keyboard is the same password (NFKC); a lone surrogate is no character."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
