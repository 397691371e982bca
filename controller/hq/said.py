"""What a store says to HQ, and how HQ answers: the bodies of `up/#` and `down/#` (`contract.md`, *Store and HQ*).

Values with a reading that refuses what cannot be, on both sides of the wire. What a newer program says beyond what is
known here is left aside, so that stores and HQ may be brought up to date in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ValidationError
from pydantic import Field as Bounds

from controller.errors import Refused
from controller.hq.documents import Digest, Number
from profiles.base import Id, Value, Words

#: Sentences of a report: short ones, and not too many of them.
Sentence = Annotated[str, Bounds(max_length=400)]
Sentences = Annotated[tuple[Sentence, ...], Bounds(max_length=20)]


def _sensible(at: datetime) -> datetime:
    """Raises ValueError for an instant that some time zone, or a database, has no date for."""
    if not 1900 <= at.year <= 9000:
        raise ValueError("an instant is between the years 1900 and 9000")
    return at


#: When something was or will be.
Instant = Annotated[AwareDatetime, AfterValidator(_sensible)]

_Said = TypeVar("_Said", bound=BaseModel)


class Pair(Value):
    """Term and number: what a manifest or a halt is known by."""

    term: Number
    number: Number


class AppliedManifest(Pair):
    """The manifest that a store has applied as a whole, with its digest (`Manifest.digest`)."""

    digest: Digest


class Place(Value):
    """What HQ asks of a store to find and choose it."""

    name: Words
    time_zone: Annotated[str, Bounds(max_length=64)]
    country: Annotated[str, Bounds(pattern="^[A-Z]{2}$")] | None = None
    tags: tuple[Id, ...] = ()


class DeviceCounts(Value):
    """Devices of the plan: all, those as they should be, those out of reach, and those with a fault."""

    total: Number = 0
    right: Number = 0
    away: Number = 0
    faulty: Number = 0


class JournalMark(Value):
    """How far the store's journal has come, and how far HQ has acknowledged it."""

    id: Annotated[str, Bounds(max_length=40)]
    newest: Number
    acknowledged: Number


class Standing(Value):
    """`up/status`, retained. The last will says `online: false` and no more than the first three fields.

    `manifest`: applied; None before the first. `waiting`: one that came and is not complete, or was refused as a whole
    (then `refused` says why). `applies`: the digest of what applies here (`Concerning.digest`). `plan`: the digest of
    the composed plan. `refused`: what of HQ's was refused and is still retained there, the newest last. `alarms`: what
    somebody should look at. `trusted`: whether the store's clock is. `keys`: names of those of HQ's keys that
    are believed here, so that HQ knows when a change of keys has come to all.
    """

    store: Id
    at: Instant
    online: bool = True
    software: Annotated[str, Bounds(max_length=60)] = ""
    place: Place | None = None
    manifest: AppliedManifest | None = None
    waiting: Pair | None = None
    halt: Pair | None = None
    applies: Digest | None = None
    plan: Annotated[str, Bounds(max_length=64)] = ""
    refused: Sentences = ()
    alarms: Sentences = ()
    devices: DeviceCounts = DeviceCounts()
    journal: JournalMark | None = None
    trusted: bool = True
    keys: Annotated[tuple[Annotated[str, Bounds(max_length=16)], ...], Bounds(max_length=20)] = ()


class JournalLine(Value):
    """One entry of a store's journal, as the store wrote it."""

    number: Annotated[int, Bounds(ge=1, lt=2**53)]
    at: Instant
    kind: Annotated[str, Bounds(max_length=60)]
    body: Mapping[str, Any]
    hash: Digest


class JournalBatch(Value):
    """`up/journal`: some entries of one journal, in the order of their numbers."""

    journal: Annotated[str, Bounds(pattern=r"^[0-9A-Za-z-]{1,40}$")]
    entries: Annotated[tuple[JournalLine, ...], Bounds(min_length=1, max_length=500)]


class Ack(Value):
    """`down/ack`: HQ has everything of this journal up to `number`, without a gap."""

    journal: Annotated[str, Bounds(max_length=40)]
    number: Number


class Request(Value):
    """`down/request`, signed: something that HQ asks of one store now. Answered in the store's journal.

    `override`: `profile` in `zones` (None: all) until `end` (as a press: `minutes:30`, `next-change`, `closing`).
    `end-override`: of `zones`. `re-key`: from now on trust these `keys` alone (name to base64 of the raw public
    key), and sign in to the broker with `password` where one is given; only this store may read the topic.
    """

    organisation: Id
    id: Annotated[str, Bounds(pattern=r"^[0-9a-z-]{8,40}$")]
    store: Id
    verb: Literal["override", "end-override", "re-key"]
    by: Words
    issued: Instant
    expires: Instant
    zones: tuple[Id, ...] | None = None
    profile: Id | None = None
    end: Annotated[str, Bounds(max_length=40)] | None = None
    keys: Mapping[str, str] | None = None
    password: str | None = Bounds(None, max_length=200, repr=False)


def payload_of(said: BaseModel) -> bytes:
    """The payload that says it."""
    return said.model_dump_json().encode()


def read(model: type[_Said], payload: bytes, what: str) -> _Said:
    """What a payload says. Raises Refused with one sentence; `what` names it there."""
    try:
        return model.model_validate(orjson.loads(payload), extra="ignore")
    except orjson.JSONDecodeError:
        raise Refused(f"{what} is no JSON.") from None
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Refused(f"{what} cannot be read{f' at {where}' if where else ''}: {first['msg']}.") from None
