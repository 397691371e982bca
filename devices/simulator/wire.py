"""How a simulated device reads what arrives: its own small JSON reading, apart from the product's codecs.

Independence is the point: a mistake in the product's encoder must not be undone by the same mistake here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

MAX_BYTES = 64 * 1024
_ABSENT = object()
#: The longest fade that a device takes, in seconds: a day.
MAX_FADE_S = 86_400.0

Json = dict[str, object]
#: (epoch, rev) of `contract.md`; (0, 0) before the first document.
Version = tuple[int, int]


class Refused(ValueError):
    """The device cannot do this. The message is one sentence: what, and what would be right."""


def read_object(payload: bytes, what: str) -> Json:
    """The JSON object in `payload`. Raises Refused for anything else, whatever the bytes."""
    if len(payload) > MAX_BYTES:
        raise Refused(f"The {what} has {len(payload)} bytes; at most {MAX_BYTES} are read.")
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Refused(f"The {what} is not JSON.") from None
    if not isinstance(document, dict):
        raise Refused(f"The {what} must be a JSON object.")
    return document


def whole(document: Mapping[str, object], key: str) -> int:
    """A whole number of 0 or more, that must be there."""
    value = document.get(key)
    if type(value) is not int or value < 0:
        raise Refused(f"{key} must be a whole number of 0 or more.")
    return value


def number(document: Mapping[str, object], key: str, low: float, high: float) -> float | None:
    """A number from `low` to `high`, or None where the key is left out."""
    value = document.get(key, _ABSENT)
    if value is _ABSENT:
        return None
    # `type` and not isinstance: true is no number. NaN is in no range.
    if (type(value) is int or type(value) is float) and low <= value <= high:
        return value
    raise Refused(f"{key} must be a number from {low:g} to {high:g}.")


def switch(document: Mapping[str, object], key: str = "on") -> bool | None:
    """True or false, or None where the key is left out."""
    if key not in document:
        return None
    value = document[key]
    if not isinstance(value, bool):
        raise Refused(f"{key} must be true or false.")
    return value


def text(document: Mapping[str, object], key: str) -> str | None:
    """Words, or None where the key is left out."""
    if key not in document:
        return None
    value = document[key]
    if not isinstance(value, str):
        raise Refused(f"{key} must be text.")
    return value


def words(value: object, what: str) -> tuple[str, ...]:
    """A list of words, such as zones or senses."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Refused(f"{what} must be a list of words.")
    return tuple(value)


def pair(value: object) -> tuple[float, float]:
    """A point of the CIE 1931 diagram, `[x, y]`, each 0 to 1."""
    if isinstance(value, list) and len(value) == 2:
        x, y = value
        if all(type(part) in (int, float) and 0 <= part <= 1 for part in (x, y)):
            return (round(float(x), 4), round(float(y), 4))
    raise Refused("xy must be two numbers from 0 to 1.")


def read_version(document: Mapping[str, object]) -> Version:
    """(epoch, rev) of a desired or stop document."""
    return whole(document, "epoch"), whole(document, "rev")


def read_desired(document: Mapping[str, object]) -> tuple[Json, float, tuple[str, ...]]:
    """State, fade in seconds and zones of a desired document. Raises Refused."""
    state = document.get("state")
    if not isinstance(state, dict):
        raise Refused("state must be a JSON object.")
    return state, number(document, "fade_s", 0, MAX_FADE_S) or 0.0, words(document.get("zones", []), "zones")


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop in force: `zones` None for the whole store."""

    zones: frozenset[str] | None
    senses: frozenset[str]

    def concerns(self, sense: str, zones: tuple[str, ...]) -> bool:
        """Whether a device for `sense` that serves `zones` has to obey."""
        return sense in self.senses and (self.zones is None or not self.zones.isdisjoint(zones))


def read_stops(document: Mapping[str, object]) -> tuple[Stop, ...]:
    """The stops of a stop document; an empty list is the resume. Raises Refused, so that nothing is half obeyed."""
    entries = document.get("stops")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Refused("stops must be a list of stops; an empty one is the resume.")
    return tuple(
        Stop(
            None if entry.get("zones") is None else frozenset(words(entry["zones"], "zones of a stop")),
            frozenset(words(entry.get("senses"), "senses of a stop")),
        )
        for entry in entries
    )


def instant(unix_s: float) -> datetime:
    """UTC, for `ts`."""
    return datetime.fromtimestamp(unix_s, UTC)


def compact(document: object) -> bytes:
    """JSON bytes; instants as RFC 3339 with a Z. A copy: what orjson made keeps 4 kB as long as it lives (3.13, tried),
    and what a device is, is kept for ten thousand of them.
    """
    return bytes(memoryview(orjson.dumps(document, option=orjson.OPT_UTC_Z)))
