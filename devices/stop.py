"""The stop document on `sinne/v1/{store}/stop`: which stops are in force, for devices that obey by themselves.

It exists apart from the dialects because it speaks to the whole store, not to a device (`semantics.md`, rule 18). An
empty list is the resume. An empty payload is *not*: it is refused, so that a cleared topic never ends a stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from devices.dialects.base import Malformed
from devices.messages import Message, stop_topic
from devices.payload import MAX_WHOLE, named, read_object, text, texts, whole

#: The senses that a stop can hold. One that names none is taken for all: the safe reading of a gap.
SENSES = ("light", "music", "scent")
_MOST_STOPS = 256


@dataclass(frozen=True, slots=True)
class StopEntry:
    """One stop in force. `zones` None means the whole store. `since` is RFC 3339 in UTC, for people only."""

    id: str
    zones: tuple[str, ...] | None
    senses: tuple[str, ...]
    by: str
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class StopDocument:
    """All stops in force, stamped. Of two documents the one with the higher (epoch, rev) holds."""

    epoch: int
    rev: int
    stops: tuple[StopEntry, ...]


def encode_stop(store: str, epoch: int, rev: int, stops: Sequence[StopEntry]) -> Message:
    """The retained message that puts exactly `stops` in force; none of them is the resume."""
    entries = [{"id": stop.id, "zones": stop.zones, "senses": stop.senses, "by": stop.by, "reason": stop.reason,
                "since": stop.since} for stop in stops]
    return Message(stop_topic(store), orjson.dumps({"epoch": epoch, "rev": rev, "stops": entries}), qos=1, retain=True)


def decode_stop(message: Message) -> StopDocument:
    """Read a stop document. Raises Malformed, above all for an empty payload.

    What decides is read strictly (stamp, zones, senses). What is only shown (by, reason, since) may be missing,
    since a stop must not be lost for want of a name.
    """
    raw = read_object(message)
    epoch, rev = whole(raw, "epoch", 0, MAX_WHOLE), whole(raw, "rev", 0, MAX_WHOLE)
    stops = raw.get("stops")
    if epoch is None or rev is None:
        raise Malformed("a stop document has no epoch or no rev, and both should be whole numbers")
    if not isinstance(stops, list) or len(stops) > _MOST_STOPS:
        raise Malformed(f"stops is {named(stops)}, and it should be a list of at most {_MOST_STOPS}")
    return StopDocument(epoch, rev, tuple(_entry(stop) for stop in stops))


def _entry(raw: object) -> StopEntry:
    if not isinstance(raw, dict):
        raise Malformed(f"a stop is {named(raw)}, and it should be an object")
    stop_id = text(raw, "id")
    if not stop_id:
        raise Malformed("a stop has no id")
    return StopEntry(
        id=stop_id, zones=texts(raw, "zones"), senses=texts(raw, "senses") or SENSES,
        by=text(raw, "by") or "", reason=text(raw, "reason", 300) or "", since=text(raw, "since", 40) or "")
