"""Changing HQ's key without losing a store, in two steps (`docs/decisions/0020`). Pure.

`begin`: the next key is made, and every store is asked to believe both. As long as one has not said that it does,
everything stays signed with the old key, which is the only one that a store that was away knows. When all have, or when
a person says `finish`, everything is signed anew under the next key, with the same content, and stores are asked to
believe that one alone. Nothing needs the old key from then on, and it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.hq.ports import FleetRow
from controller.hq.said import Request
from controller.hq.signing import Keys
from controller.hq.topics import down_topic

#: A store that is there and has not answered is asked again after this long.
AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change of keys has come: stores that believe the next key (or, afterwards, that one alone), and those
    that do not yet. `changing`: whether the old key still signs.
    """

    changing: bool
    told: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def may_finish(self) -> bool:
        """Whether every store believes the next key."""
        return self.changing and not self.missing


def progress(keys: Keys, rows: Iterable[FleetRow]) -> Progress:
    """How far it has come. A store that was never heard is missing too: its bundle may be from before."""
    wanted = {*keys.ring()} if keys.coming is not None else {keys.name}
    told: list[str] = []
    missing: list[str] = []
    for row in rows:
        believed = set() if row.standing is None else set(row.standing.keys)
        (told if believed == wanted or (keys.coming is not None and believed >= wanted) else missing).append(row.store)
    return Progress(keys.coming is not None, tuple(told), tuple(missing))


def to_ask(keys: Keys, rows: Iterable[FleetRow], asked: dict[str, datetime], now: datetime) -> list[FleetRow]:
    """The stores to ask now: those that are there, do not believe what they should, and were not asked just now.

    One that does not believe today's key would refuse the request: it has to be enrolled again.
    """
    rows = list(rows)
    missing = set(progress(keys, rows).missing)
    return [row for row in rows if row.store in missing and row.standing is not None and row.standing.online
            and keys.name in row.standing.keys and now - asked.get(row.store, now - AGAIN) >= AGAIN]


def request_for(keys: Keys, organisation: str, store: str, id_: str, now: datetime) -> tuple[str, bytes, int]:
    """Topic, payload and seconds of the request to believe these keys alone."""
    request = Request(organisation=organisation, id=id_, store=store, verb="re-key", by="HQ", issued=now,
                      expires=now + AGAIN, keys=keys.in_text(), password=None)
    topic = down_topic(store, "request")
    return topic, keys.seal(topic, request.model_dump(mode="json", exclude_none=True)), int(AGAIN.total_seconds())
