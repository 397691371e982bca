"""`up/plan`: a store's composed plan with people's choices, as it travels to HQ (`semantics.md`, rule 26).

JSON with two parts, each canonical JSON compressed with zlib (RFC 1950) and written as base64. HQ resolves a store's
*Today* from it with the store's own code. Whoever reads it believes nothing: what would unfold to more than a plan can
be is refused before it is unfolded.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from datetime import datetime
from typing import TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, ValidationError

from controller.errors import Refused
from controller.hq.documents import Digest
from controller.hq.sealed import MOST_BYTES
from profiles.base import Value
from profiles.plan import Live, Plan

#: Bytes of a plan's and of the choices' JSON. A plan of 20,000 devices has some 6 MB.
MOST_PLAN_BYTES, MOST_LIVE_BYTES = 32 * 1024 * 1024, 8 * 1024 * 1024
#: Above this zlib gains little and takes long; a plan goes out at most once a minute.
_LEVEL = 6

_Part = TypeVar("_Part", Plan, Live)


class _Reported(Value):
    at: AwareDatetime
    digest: Digest
    plan: str
    live: str


def plan_payload(plan: Plan, live: Live, at: datetime) -> bytes:
    """What `up/plan` says of a store at `at`. Raises Refused where it would not fit into a packet of HQ's broker."""
    return packed_plan(plan.digest, canonical(plan).encode(), canonical(live).encode(), at)


def packed_plan(digest: str, plan: bytes, live: bytes, at: datetime) -> bytes:
    """The same of a plan and choices that are canonical JSON already; `digest`: the plan's. Raises Refused."""
    payload = orjson.dumps({"at": at.isoformat(), "digest": digest, "plan": _packed(plan), "live": _packed(live)})
    if len(payload) > MOST_BYTES:
        raise Refused(f"The plan has {len(payload):,} bytes when it is packed, and HQ's broker takes {MOST_BYTES:,}: "
                      "HQ cannot be shown it.")
    return payload


def plan_of(payload: bytes) -> tuple[Plan, Live, datetime]:
    """The plan in force at a store, people's choices, and when that was so. Raises Refused, in one sentence.

    What a newer store says beyond what is known here is left aside; then the plan that is read has another digest
    than the store's, which is why the digest is compared with what was sent.
    """
    reported, whole = _opened(payload)
    live = _unpacked(reported.live, MOST_LIVE_BYTES, "choices")
    return _read(Plan, whole, "plan"), _read(Live, live, "choices"), reported.at


def plan_text(payload: bytes) -> bytes:
    """The composed plan as the JSON that was sent, which nobody has read as a plan yet: for who needs a few parts of
    very many. Raises Refused, as `plan_of`.
    """
    return _opened(payload)[1]


def _opened(payload: bytes) -> tuple[_Reported, bytes]:
    """What came, and the JSON of the plan in it, which is the one that it names."""
    if len(payload) > MOST_BYTES:
        raise Refused(f"A store's plan has {len(payload):,} bytes; at most {MOST_BYTES:,} are taken.")
    try:
        reported = _Reported.model_validate(orjson.loads(payload), extra="ignore")
    except orjson.JSONDecodeError:
        raise Refused("A store's plan is no JSON.") from None
    except ValidationError as broken:
        raise Refused(f"A store's plan cannot be read{_where(broken)}.") from None
    whole = _unpacked(reported.plan, MOST_PLAN_BYTES, "plan")
    if hashlib.sha256(whole).hexdigest() != reported.digest:
        raise Refused("A store's plan is not the one that it names: its digest is another.")
    return reported, whole


def canonical(part: BaseModel) -> str:
    """JSON as `Plan.digest` has it, so that the SHA-256 of a plan's is its digest."""
    return json.dumps(part.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def _packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, _LEVEL)).decode()


def _unpacked(text: str, most: int, what: str) -> bytes:
    try:
        packed = base64.b64decode(text, validate=True)
        unfolding = zlib.decompressobj()
        raw = unfolding.decompress(packed, most + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise Refused(f"A store's {what} cannot be unpacked: base64 of zlib is expected.") from None
    if len(raw) > most:
        raise Refused(f"A store's {what} would have more than {most:,} bytes when unpacked.")
    if not unfolding.eof:
        raise Refused(f"A store's {what} is cut off.")
    return raw


def _read(model: type[_Part], raw: bytes, what: str) -> _Part:
    try:
        return model.model_validate_json(raw, extra="ignore")
    except ValidationError as broken:
        raise Refused(f"A store's {what} cannot be read{_where(broken)}.") from None


def _where(broken: ValidationError) -> str:
    first = broken.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"{f' at {where}' if where else ''}: {first['msg'].rstrip('.')}"
