"""The signed envelope of everything that HQ says: `{"key", "sig", "body"}` (`semantics.md`, rule 22).

`body` is the exact signed UTF-8 JSON as base64, so nothing has to be written the same way twice. It is verified before
it is read, and the signature covers the topic, so that a document cannot be moved to another one. Ed25519 (RFC 8032).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from controller.errors import Refused

#: The largest packet on HQ's broker (`semantics.md`, rule 21).
MOST_BYTES = 1024 * 1024
#: Set before what is signed: a signature made for something else says nothing here.
_PURPOSE = b"sinne/v1 signed by HQ\n"
_SIGNATURE_BYTES = 64

#: HQ's public keys that a store trusts, by name.
Keyring = Mapping[str, Ed25519PublicKey]


class Unsigned(Refused):
    """What came is not from HQ, or not as HQ sent it. Nothing inside was read."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What HQ really said: the JSON object, its exact bytes' SHA-256 in hexadecimal, and the name of the key."""

    said: dict[str, object]
    digest: str
    key: str


def name_of(key: Ed25519PublicKey) -> str:
    """The name of a public key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def seal(topic: str, said: Mapping[str, object], key: Ed25519PrivateKey) -> bytes:
    """The payload for `topic`. Raises Refused where it would not fit into a packet."""
    body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    payload = orjson.dumps({
        "key": name_of(key.public_key()), "sig": base64.b64encode(key.sign(_signed(topic, body))).decode(),
        "body": base64.b64encode(body).decode()})
    if len(payload) > MOST_BYTES:
        raise Refused(f"What is to be said on {topic} has {len(payload):,} bytes; HQ's broker takes {MOST_BYTES:,}. "
                      "Make it smaller, or say it in several documents.")
    return payload


def digest_of(said: Mapping[str, object]) -> str:
    """The digest under which `said` will be known when it is sealed: the SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def open_sealed(topic: str, payload: bytes, keys: Keyring) -> Opened:
    """What HQ said on `topic`. Raises Unsigned, in one sentence, for anything that HQ did not say there."""
    name, signature, body = _parts(topic, payload)
    key = keys.get(name)
    if key is None:
        raise Unsigned(f"{topic} is signed with a key that this store does not know ({name!r}).")
    try:
        key.verify(signature, _signed(topic, body))
    except InvalidSignature:
        raise Unsigned(f"{topic} is not as HQ signed it, or was signed for another topic.") from None
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise Unsigned(f"{topic} is signed, but no JSON: {broken}.") from None
    if not isinstance(said, dict):
        raise Unsigned(f"{topic} is signed, but no JSON object.")
    return Opened(said, hashlib.sha256(body).hexdigest(), name)


def _signed(topic: str, body: bytes) -> bytes:
    """What the signature is over. A topic has no line break (`devices.messages`), so the parts cannot be confused."""
    return _PURPOSE + topic.encode() + b"\n" + body


def _parts(topic: str, payload: bytes) -> tuple[str, bytes, bytes]:
    if len(payload) > MOST_BYTES:
        raise Unsigned(f"{topic} has {len(payload):,} bytes; at most {MOST_BYTES:,} are taken.")
    try:
        envelope = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Unsigned(f"{topic} is no signed envelope: it is no JSON.") from None
    wanted = ("key", "sig", "body")
    if not isinstance(envelope, dict) or not all(isinstance(envelope.get(part), str) for part in wanted):
        raise Unsigned(f"{topic} is no signed envelope: it needs key, sig and body, each a text.")
    try:
        signature, body = (base64.b64decode(envelope[part], validate=True) for part in ("sig", "body"))
    except (binascii.Error, ValueError):
        raise Unsigned(f"{topic} is no signed envelope: sig and body are base64.") from None
    if len(signature) != _SIGNATURE_BYTES:
        raise Unsigned(f"{topic} is no signed envelope: an Ed25519 signature has {_SIGNATURE_BYTES} bytes.")
    return envelope["key"], signature, body
