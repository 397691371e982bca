"""What a failed test says of its store besides its own message: seed, time, how to repeat it, the last messages."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from controller.ports import JournalEntry
from controller.testing.clock import StoreClock
from controller.virtual.line import Record
from devices.messages import Message
from profiles.plan import Plan

_ENTRIES, _MESSAGES, _LONGEST = 12, 12, 150
#: Values of every field at every change; the sentence beside them says what it is.
_LONG = {"values", "digest"}


class Tail(Record):
    """A record that also keeps the last messages themselves, as (sent by the controller, steady instant, message)."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__()
        self.last: deque[tuple[bool, float, Message]] = deque(maxlen=_MESSAGES)

    def note(self, sent: bool, at: float, message: Message) -> None:
        """Put a message down."""
        super().note(sent, at, message)
        self.last.append((sent, at, message))


class Told(Protocol):
    """What there is to tell of a store under test."""

    plan: Plan
    seed: int
    file: str
    test: str
    clock: StoreClock

    def journal(self, kind: str = "") -> list[JournalEntry]:
        """What was recorded."""


def section(store: Told, tail: Tail) -> str:
    """The section `sinne` of a failed test's report."""
    clock = store.clock
    entries = store.journal()[-_ENTRIES:]
    return "\n".join([
        f"{store.plan.store.name} ({store.file}), seed {store.seed}. It is {clock.now:%a %Y-%m-%d %H:%M:%S} there.",
        f"Again, to the last byte: {again(store.test, store.seed)}",
        "", "The last entries of the journal:",
        *(_entry(entry, entry.at.astimezone(clock.now.tzinfo)) for entry in entries),
        "", "The last messages (> from the controller, < to it):",
        *_messages(tail.last, clock)])


def again(test: str, seed: int) -> str:
    """The command that repeats a test."""
    quoted = f"'{test}'" if set(test) & set(" []()&;$*'\"") else test
    return f"pytest {quoted} --sinne-seed={seed}"


def _entry(entry: JournalEntry, at: datetime) -> str:
    body = {key: value for key, value in entry.body.items() if key not in _LONG and value not in (None, [])}
    return f"  {at:%H:%M:%S}  {entry.kind}  {_short(json.dumps(body, ensure_ascii=False, default=str))}"


def _messages(last: Iterable[tuple[bool, float, Message]], clock: StoreClock) -> Iterable[str]:
    for sent, at, message in last:
        when = clock.now - timedelta(seconds=clock.steady - at)
        said = message.payload.decode("utf-8", "replace")
        yield f"  {when:%H:%M:%S}  {'>' if sent else '<'} {message.topic}  {_short(said)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
