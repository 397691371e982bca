"""Whose HQ this is, and how stores get to its broker: what its first start settles, and what commands ask later.

The organisation is said in HQ's own record, in the database, so that every part of HQ agrees on it; documents bear
it. Where stores reach the broker is kept in `hq.json` of the data folder, beside the key: both belong to the machine
on which stores are enrolled.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from controller.errors import Refused, Unavailable
from controller.ports import Entry, JournalEntry
from devices.machine import write_private

NOTE = "hq.json"
_FOUNDED = "hq.founded"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Record(Protocol):
    """HQ's own record (`controller.ports.Memory` is one)."""

    def record(self, at: datetime, *entries: Entry) -> None:
        """Append."""

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end, of these kinds."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How stores reach HQ's broker. `broker`: mqtt:// or mqtts://, without an account. `ca`: a PEM file of who signed
    its certificate; None: whom machines trust anyway. `own`: whether it is HQ's own mosquitto, which we give accounts.
    """

    broker: str
    ca: str | None
    own: bool

    def keep(self, folder: Path) -> None:
        """Write it into the data folder. Raises Unavailable."""
        try:
            write_private(folder / NOTE, json.dumps(asdict(self)))
        except OSError as error:
            raise Unavailable(f"{folder / NOTE} cannot be written: {error.strerror}.") from error

    @classmethod
    def of(cls, folder: Path) -> Reached | None:
        """What the folder says; None before HQ was started there, or where it is torn."""
        try:
            found = json.loads((folder / NOTE).read_text(encoding="utf-8"))
            return cls(str(found["broker"]), None if found["ca"] is None else str(found["ca"]), bool(found["own"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None


def organisation_of(record: Record, now: datetime) -> str | None:
    """Whose HQ remembers this; None before it was founded."""
    found = record.recorded(datetime.fromtimestamp(0, now.tzinfo), now + timedelta(days=36_500), (_FOUNDED,), limit=1)
    return str(found[0].body["organisation"]) if found else None


def found(record: Record, organisation: str | None, now: datetime) -> str:
    """The organisation: as it was said before, or as it is said now. Raises Refused with one sentence."""
    known = organisation_of(record, now)
    if known is None:
        if organisation is None:
            raise Refused("Whose HQ is this? Name the organisation once, in small letters: "
                          "sinne hq --organisation acme")
        if not _ID.fullmatch(organisation):
            raise Refused(f"An organisation is named by small letters, digits and hyphens, such as acme or "
                          f"nord-retail, not {organisation!r}.")
        record.record(now, Entry(_FOUNDED, {"organisation": organisation}))
        return organisation
    if organisation not in (None, known):
        raise Refused(f"This is the HQ of {known}, which every document bears. For {organisation} use another data "
                      "folder or database.")
    return known
