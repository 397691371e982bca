"""HQ's own journal for people: who changed what and when, in a sentence each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from controller.hq.ingest import BROKEN
from controller.hq.shapes_proof import RecordLine, RecordQuery, RecordShown
from controller.ports import Clock, JournalEntry
from devices.state import visible_text
from profiles.text import t

#: Entries are read in pages, and of those that do not fit a question no more than so many are looked at.
_PAGE, _MOST_LOOKED_AT = 500, 20_000
#: What is asked for by name is taken from so many of the newest entries.
_TOLD_FROM = 500
_MOST_LINES = 500
_TICK = timedelta(microseconds=1)


class Recorded(Protocol):
    """Anything that gives entries of a span, such as `Memory`."""

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end."""


class OwnRecord:
    """Reads HQ's journal, the newest first."""

    def __init__(self, record: Recorded, clock: Clock) -> None:
        """Ask `record`."""
        self._record, self._clock = record, clock

    def shown(self, asked: RecordQuery) -> RecordShown:
        """A page of it."""
        limit = max(1, min(asked.limit, _MOST_LINES))
        found: list[RecordLine] = []
        looked, last = 0, None
        for entry in self._newest_first(asked):
            looked += 1
            last = entry.number
            line = line_of(entry)
            if _fits(line, asked):
                found.append(line)
            if len(found) > limit or looked >= _MOST_LOOKED_AT:
                break
        more = len(found) > limit
        page = tuple(found[:limit])
        following = page[-1].number if more else last if looked >= _MOST_LOOKED_AT else None
        newest = [line_of(entry) for entry in self._record.recorded(
            *_span(RecordQuery(), self._clock.now()), limit=_TOLD_FROM, newest_first=True)]
        return RecordShown(page, following, tuple(sorted({line.by for line in newest if line.by})),
                           tuple(sorted({line.kind.partition(".")[0] for line in newest})))

    def _newest_first(self, asked: RecordQuery) -> Iterator[JournalEntry]:
        start, end = _span(asked, self._clock.now())
        seen: int | None = asked.before
        size = _PAGE
        while start < end:
            page = self._record.recorded(start, end, (), size, True)
            fresh = [entry for entry in page if seen is None or entry.number < seen]
            yield from fresh
            if len(page) < size:
                return
            if fresh:
                seen = fresh[-1].number
            # Entries of one instant may fill a page: then a larger one is asked for.
            size = size if page[-1].at + _TICK < end else 2 * size
            end = page[-1].at + _TICK


def line_of(entry: JournalEntry) -> RecordLine:
    """An entry as people read it."""
    body = entry.body
    by = _word(body, "by") or (_word(body, "name") if entry.kind.startswith("account.") else "")
    return RecordLine(entry.number, entry.at, by, entry.kind, _sentence(entry.kind, body, by), _about(entry.kind, body),
                      tuple(_changes(body.get("changes"))))


def _changes(said: object) -> Iterator[tuple[str, str, str]]:
    """Field, before, after, as `controller.hq.wording.changes` gave them."""
    for each in said if isinstance(said, list) else ():
        if isinstance(each, Mapping):
            yield _word(each, "words") or _word(each, "field"), _word(each, "before"), _word(each, "after")


def _span(asked: RecordQuery, now: datetime) -> tuple[datetime, datetime]:
    start = asked.since or now.replace(year=1972, month=1, day=1)
    return start, asked.until or max(now, start) + timedelta(days=366)


def _fits(line: RecordLine, asked: RecordQuery) -> bool:
    return (asked.by in ("", line.by) and asked.about in ("", line.about[1])
            and asked.kind in ("", line.kind.partition(".")[0])
            and asked.text.casefold() in line.sentence.casefold())


def _about(kind: str, body: Mapping[str, object]) -> tuple[str, str]:
    if "campaign" in body:
        return "campaign", _word(body, "campaign")
    if "store" in body:
        return "store", _word(body, "store")
    if kind.startswith(("draft.", "document.")):
        return _word(body, "kind"), _word(body, "id")
    return "", ""


def _word(body: Mapping[str, object], key: str) -> str:
    value = body.get(key)
    return visible_text(str(value), 300) if isinstance(value, str | int | float) and value != "" else ""


def _sentence(kind: str, body: Mapping[str, object], by: str) -> str:
    words = _WORDS.get(kind)
    if kind == "store.enrolled" and "stores" in body:
        words = partial(_many_enrolled, body)
    who = by or t("sinne")
    if words is None:
        said = t("{who}: {kind}", who=who, kind=kind)
        about = _about(kind, body)[1]
        return f"{said} ({about})." if about else f"{said}."
    why = _word(body, "reason") or _word(body, "note") or _word(body, "why")
    said = words().format(
        who=who, what=f"{_word(body, 'kind')} {_word(body, 'id')}".strip(), **{key: _word(body, key) for key in (
            "campaign", "store", "version", "wave", "verb", "number", "label", "key", "name", "organisation",
            "stores", "first", "last")})
    return f"{said}: {why.rstrip('.')}." if why else f"{said}."


def _many_enrolled(body: Mapping[str, object]) -> str:
    """The words for stores that were enrolled at once."""
    if "first" not in body:
        return t("{who} enrolled {stores} stores")
    if body.get("first") == body.get("last"):
        return t("{who} enrolled the store {first}")
    return t("{who} enrolled {stores} stores, {first} to {last}")


#: Sentences without their end, by kind. Kinds that stores write as well are worded alike.
_WORDS: Mapping[str, Callable[[], str]] = {
    "draft.saved": lambda: t("{who} changed the draft of the {what}"),
    "draft.submitted": lambda: t("{who} asked for a review of the {what}"),
    "draft.discarded": lambda: t("{who} threw the draft of the {what} away"),
    "draft.approved": lambda: t("{who} approved the {what}"),
    "draft.returned": lambda: t("{who} sent the {what} back"),
    "draft.published": lambda: t("The draft of the {what} is published"),
    "draft.ordered": lambda: t("The {what} waits for the publisher"),
    "document.published": lambda: t("Version {version} of the {what} was published"),
    "document.deleted": lambda: t("{who} took the {what} away"),
    "document.renewed": lambda: t("The {what} was signed anew"),
    "campaign.halted": lambda: t("{who} halted the campaign {campaign} everywhere"),
    "campaign.revived": lambda: t("{who} revived the campaign {campaign}"),
    "rollout.advanced": lambda: t("{who} let the campaign {campaign} on to wave {wave}"),
    "rollout.paused": lambda: t("{who} paused the rollout of the campaign {campaign}"),
    "rollout.resumed": lambda: t("{who} resumed the rollout of the campaign {campaign}"),
    "rollout.stopped": lambda: t("The rollout of the campaign {campaign} stopped by itself in wave {wave}"),
    "rollout.asking": lambda: t("The rollout of the campaign {campaign} asks whether to go on after wave {wave}"),
    "rollout.done": lambda: t("The campaign {campaign} is rolled out"),
    "request.sent": lambda: t("{who} asked the store {store}: {verb}"),
    "order.given": lambda: t("{who} gave an order: {verb}"),
    "order.refused": lambda: t("An order was refused: {verb}"),
    "store.enrolled": lambda: t("{who} enrolled the store {store}"),
    "store.revoked": lambda: t("{who} revoked the store {store}"),
    "store.rekeyed": lambda: t("{who} gave the store {store} new keys"),
    BROKEN: lambda: t("The journal of the store {store} is not whole at entry {number}"),
    "hq.founded": lambda: t("The HQ of {organisation} was founded"),
    "key.changing": lambda: t("{who} began to change HQ's key"),
    "key.changed": lambda: t("HQ signs with another key"),
    "account.set-up": lambda: t("{name} set the panel up"),
    "account.made": lambda: t("{who} made the account {name}"),
    "account.password-changed": lambda: t("{who} changed the password of {name}"),
    "token.revoked": lambda: t("{who} revoked the token {label}"),
}
