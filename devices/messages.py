"""What travels: a topic, a payload and how it is to be delivered. And the topics of the contract, in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

ROOT = "sinne/v1"
#: The largest packet on a store's broker (`contract.md`).
MAX_PAYLOAD = 64 * 1024

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT publish, sent or received.

    `expiry_s` is MQTT 5's message expiry; under 3.1.1 it is left out and the payload's own `ttl_s` has to do.
    `retain` on a received message means *this is the last known*, not *this was just said*.
    """

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    expiry_s: int | None = None


def checked_id(text: str) -> str:
    """Return `text` if it may appear in a topic; ValueError otherwise, so that `+ # / $` can never get there."""
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is not an id: small letters, digits and hyphens, 1 to 63, no hyphen first")
    return text


@lru_cache(maxsize=100_000)
def device_topic(store: str, device: str, leaf: str) -> str:
    """`sinne/v1/{store}/dev/{device}/{leaf}`, with `+` allowed for `device` in a subscription."""
    return f"{ROOT}/{checked_id(store)}/dev/{device if device == '+' else checked_id(device)}/{leaf}"


def stop_topic(store: str) -> str:
    """`sinne/v1/{store}/stop`: the stops in force, retained."""
    return f"{ROOT}/{checked_id(store)}/stop"
