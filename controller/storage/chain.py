"""The journal's chain: what an entry looks like, its hash, and where a chain breaks. Pure.

`hash = sha256(hash of the entry before + canonical JSON of {at, body, journal_id, kind, number})`; before the first
stand 64 zeros. Nothing that could forge a line or leak a secret gets in: control characters become U+FFFD, and what
looks like a secret is left out.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from controller.ports import Entry, JournalEntry

GENESIS = "0" * 64
LEFT_OUT = "[not recorded]"

# C0, DEL, C1; the line and paragraph separators; directions that can turn a line round; lone surrogates.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# A bearer token, an argon2 hash, and the password in an address.
_SECRET = re.compile(r"sinne_[A-Za-z0-9_-]{16,}|\$argon2[^\s\"]+|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)")
#: Without one of these there is no secret of the kinds above.
_MARKS = ("sinne_", "$argon2", "://")
_SECRET_KEYS = frozenset({"password", "password_hash", "secret", "cookie", "authorization", "private_key", "csrf"})


class Pages(Protocol):
    """Anything whose journal can be read in pages, such as `Memory`."""

    def journal(self, after: int = 0, limit: int = 500) -> list[JournalEntry]:
        """Entries with a higher number than `after`, in order."""


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces and ASCII only: the same value gives the same text."""
    return _ENCODER.encode(value)


def clean(entry: Entry) -> Entry:
    """The entry as it is recorded. Raises TypeError where the body is not JSON."""
    body = {key: _clean(value, f"{entry.kind}.{key}", key) for key, value in _keys(entry.body)}
    return Entry(_plain(entry.kind), body)


def seal(journal_id: str, before: tuple[int, str], at: datetime, entry: Entry) -> JournalEntry:
    """The next entry of a chain that ends with the number and hash in `before`."""
    number, utc = before[0] + 1, at.astimezone(UTC)
    cleaned = clean(entry)
    digest = hash_of(before[1], journal_id, number, utc, cleaned)
    return JournalEntry(journal_id, number, utc, cleaned.kind, cleaned.body, digest)


def hash_of(before: str, journal_id: str, number: int, at: datetime, entry: Entry) -> str:
    """The hash of an entry that follows one with hash `before`. `at` in UTC."""
    text = canonical({"at": at.isoformat(timespec="microseconds"), "body": entry.body, "journal_id": journal_id,
                      "kind": entry.kind, "number": number})
    return hashlib.sha256((before + text).encode()).hexdigest()


def verify_journal(memory: Pages, head: tuple[int, str] | None = None) -> list[str]:
    """Where the chain breaks, one sentence a break; empty when it is whole.

    `head`: the number and hash that the chain should end with (`StoredMemory.chain_head()`), which shows a tail
    that was cut off.
    """
    findings: list[str] = []
    number, before, journal_id = 0, GENESIS, None
    while page := memory.journal(after=number):
        for entry in page:
            journal_id = journal_id or entry.journal_id
            if entry.journal_id != journal_id:
                findings.append(f"Entry {entry.number} belongs to another journal ({entry.journal_id}).")
            if entry.number != number + 1:
                findings.append(f"After entry {number} comes {entry.number}: entries are missing.")
            elif hash_of(before, entry.journal_id, entry.number, entry.at, Entry(entry.kind, entry.body)) != entry.hash:
                findings.append(f"Entry {entry.number} ({entry.kind}) was changed: its hash does not follow "
                                f"from entry {number}.")
            number, before = entry.number, entry.hash
    if head is not None and head != (number, before):
        findings.append(f"The journal ends with entry {number}, but should end with {head[0]}.")
    return findings


def _keys(body: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(_plain(str(key)), value) for key, value in body.items()]


def _plain(text: str) -> str:
    # Nearly every text is harmless, and that is quickly seen: nothing unprintable, and no mark of a secret.
    if text.isprintable() and not any(mark in text for mark in _MARKS):
        return text
    return _SECRET.sub(LEFT_OUT, _CONTROL.sub("\ufffd", text))


def _clean(value: object, where: str, key: str = "") -> object:
    if key.casefold() in _SECRET_KEYS and value is not None:
        return LEFT_OUT
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _plain(str(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {k: _clean(v, f"{where}.{k}", k) for k, v in _keys(value)}
    if isinstance(value, list | tuple):
        return [_clean(item, f"{where}[{place}]") for place, item in enumerate(value)]
    raise TypeError(f"{where} is a {type(value).__name__}: the journal takes JSON")
