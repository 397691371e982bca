"""HQ's side for tests: a publisher that says documents, manifests and halts, each under its topic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.hq.sealed import name_of, open_sealed, seal
from controller.hq.topics import HALT, MANIFEST, document_of_topic, document_topic

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
STRANGERS_KEY = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
KEYS = {name_of(KEY.public_key()): KEY.public_key()}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SPRING = {"id": "hq-spring", "name": "Spring", "when": "opening..closing", "profile": "hq-fresh", "priority": 60}
FRESH = {"id": "hq-fresh", "name": "Fresh", "scene": {"light": {"on": True, "brightness_pct": 80}}}

Said = tuple[str, bytes]


def document(kind: str, name: str, version: int, body: object, **parts: object) -> Said:
    """A document that may be accepted for a day around NOW."""
    return sealed(document_topic(kind, name), {
        "organisation": "acme", "kind": kind, "id": name, "version": version, "body": body,
        "not_before": (NOW - timedelta(hours=1)).isoformat(), "expires": (NOW + timedelta(days=1)).isoformat(),
        **parts})


def entry(said: Said) -> dict[str, object]:
    """A document as a manifest names it."""
    topic, payload = said
    opened, named = open_sealed(topic, payload, KEYS), document_of_topic(topic)
    assert named is not None
    return {"kind": named[0], "id": named[1], "version": opened.said["version"], "digest": opened.digest}


def manifest(number: int, entries: list[dict[str, object]], term: int = 1, **parts: object) -> Said:
    """The manifest of these entries."""
    return sealed(MANIFEST, {"organisation": "acme", "term": term, "number": number, "entries": entries, **parts})


def halt(number: int, withdrawn: dict[str, int], term: int = 1) -> Said:
    """Campaigns withdrawn, each up to a version."""
    return sealed(HALT, {"organisation": "acme", "term": term, "number": number,
                         "withdrawn": [{"campaign": c, "version": v} for c, v in withdrawn.items()]})


def sealed(topic: str, said: dict[str, object], key: Ed25519PrivateKey = KEY) -> Said:
    """Anything at all, signed."""
    return topic, seal(topic, said, key)
