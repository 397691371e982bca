"""What follows from something that HQ said, as values: whoever has a disk and an engine does it, in this order."""

from __future__ import annotations

from dataclasses import dataclass

from controller.hq.said import Request
from controller.hq.store_ports import Kept, Name


@dataclass(frozen=True, slots=True)
class Keep:
    """Put this on disk before anything is done about it."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing needs these any more."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class NoteAcknowledged:
    """HQ has everything of this journal up to `number`."""

    journal: str
    number: int


@dataclass(frozen=True, slots=True)
class CarryOut:
    """Do what HQ asks of this store, once, and answer in the journal. It is verified, in time, and for this store."""

    request: Request


@dataclass(frozen=True, slots=True)
class Decline:
    """Answer in the journal that it was not done, and why: HQ did ask it."""

    request: Request
    words: str


Effect = Keep | Forget | NoteAcknowledged | CarryOut | Decline
