"""What HQ asked of one store and what came of it, told honestly: asked, done, refused, or expired without an answer.

A request passes three hands: the office leaves an order, the publisher sends it (HQ's own journal says so), the store
answers in its journal. Nothing is told as done before the store has said it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from controller.hq.ports import Order, StoredLine
from controller.hq.shapes_fleet import AskedShown
from controller.ports import JournalEntry
from devices.state import visible_text
from profiles.text import t

#: The entry of HQ's journal that says that a request was sent, and those of a store's that answer one
#: (`controller.hq.carrying`, `controller.hq.link.asked`).
SENT = "request.sent"
ANSWERS = {"hq.request.done": "done", "hq.request.refused": "refused"}
#: A store that hears of a request later leaves it aside.
EXPIRES_S = 300
#: So much later the answer of a store that heard of it in time has come, if it is not cut off since.
_ON_ITS_WAY = timedelta(minutes=1)
_MOST = 20


class Recorded(Protocol):
    """Anything that gives entries of HQ's own journal, such as `Memory`."""

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end, of these kinds."""


@dataclass(frozen=True, slots=True)
class Names:
    """How profiles, zones and ends of a store are called; what is not here is shown by its id."""

    profiles: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)


def asked_shown(
    waiting: Iterable[Order], sent: Iterable[JournalEntry], answers: Iterable[StoredLine], now: datetime,
    names: Names,
) -> tuple[AskedShown, ...]:
    """All of it, the newest first. `waiting`: orders of this store that were not sent yet."""
    found = [_waits(order, names) for order in waiting]
    answered = {str(each.line.body.get("request", "")): each for each in answers}
    for entry in sent:
        answer = answered.pop(str(entry.body.get("request", "")), None)
        found.append(_open(entry, now, names) if answer is None else _answered(answer, entry, names))
    # An answer to something that HQ's journal does not know: HQ was restored from a copy since.
    found += [_answered(answer, None, names) for answer in answered.values()]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:_MOST])


def _waits(order: Order, names: Names) -> AskedShown:
    return AskedShown(order.number, order.by, order.at, _words(order.body, names), "waiting",
                      t("It waits for the publisher."))


def _open(entry: JournalEntry, now: datetime, names: Names) -> AskedShown:
    """Sent, and not answered."""
    by, words = _said(entry.body, "by"), _words(entry.body, names)
    if now < entry.at + timedelta(seconds=EXPIRES_S) + _ON_ITS_WAY:
        return AskedShown(0, by, entry.at, words, "sent", t("The store has not answered yet."))
    return AskedShown(0, by, entry.at, words, "expired", t(
        "No answer came within {minutes} minutes, so it was not done; unless the line was cut after that.",
        minutes=EXPIRES_S // 60))


def _answered(answer: StoredLine, entry: JournalEntry | None, names: Names) -> AskedShown:
    body = answer.line.body
    return AskedShown(0, _said(body, "by"), answer.line.at if entry is None else entry.at,
                      _words(body if entry is None else entry.body, names), ANSWERS[answer.line.kind],
                      _said(body, "sentence"))


def _words(body: Mapping[str, object], names: Names) -> str:
    """`Fika in Café, until closing`, or what was asked in a word where no more was written down."""
    verb, profile, end = (_said(body, key) for key in ("verb", "profile", "end"))
    zones = body.get("zones")
    where = _where(zones, names) if isinstance(zones, Sequence) and not isinstance(zones, str) else ""
    if verb == "override" and profile:
        said = t("{mood} in {where}", mood=names.profiles.get(profile, profile), where=where or t("the whole store"))
        return f"{said}, {names.ends.get(end, end)}" if end else said
    if verb == "end-override":
        return t("the end of what was chosen in {where}", where=where) if where else t("the end of what was chosen")
    return {"override": t("another profile"), "re-key": t("other keys")}.get(verb, verb)


def _where(zones: Sequence[object], names: Names) -> str:
    return ", ".join(names.zones.get(str(zone), visible_text(str(zone), 63)) for zone in zones)


def _said(body: Mapping[str, object], key: str) -> str:
    """A word that a store may have written: as text, and not endless."""
    value = body.get(key)
    return visible_text(value, 400) if isinstance(value, str) else ""
