"""The topics between a store and HQ (`contract.md`, *Store and HQ*), in one place."""

from __future__ import annotations

import hashlib

from devices.messages import ROOT, checked_id

MANIFEST = f"{ROOT}/hq/manifest"
HALT = f"{ROOT}/hq/halt"
_DOCUMENT = f"{ROOT}/hq/doc/"
#: All that HQ says to every store, for a subscription.
FROM_HQ = f"{ROOT}/hq/#"
#: What stores say of themselves, and the plans that they run: retained, so not on a shared subscription (rule 27).
STANDINGS = f"{ROOT}/+/up/status"
PLANS = f"{ROOT}/+/up/plan"
#: The publisher's own: what comes back here comes after all that is retained. No store has an underscore in its id.
MARKER = f"{ROOT}/_publisher/marker"
#: What the stores' journals bring, each message to one of the ingest workers (MQTT 5, 4.8.2; rule 27).
JOURNALS = f"$share/ingest/{ROOT}/+/up/journal"


def journals_of(secret: str | None) -> str:
    """`JOURNALS` for workers that know a secret: the password of HQ's account.

    A broker gives each message to one of the group, also where it may not read it (mosquitto 2): a store that knew the
    group's name could take journals of others out of it, and they would come again and again.
    """
    return JOURNALS if secret is None else JOURNALS.replace("/ingest/", f"/ingest-{known_by(secret)}/", 1)


def known_by(secret: str) -> str:
    """A part of a name that nobody can guess who does not know the secret, and that is always the same."""
    return hashlib.sha256(f"sinne/v1 name {secret}".encode()).hexdigest()[:16]


def document_topic(kind: str, document: str) -> str:
    """`sinne/v1/hq/doc/{kind}/{id}`: the newest version of a document, retained."""
    return f"{_DOCUMENT}{checked_id(kind)}/{checked_id(document)}"


def document_of_topic(topic: str) -> tuple[str, str] | None:
    """Kind and id of the document that a topic is of; None for any other topic."""
    if not topic.startswith(_DOCUMENT):
        return None
    kind, slash, document = topic.removeprefix(_DOCUMENT).partition("/")
    return (kind, document) if slash and document and "/" not in document else None


def up_topic(store: str, leaf: str) -> str:
    """`sinne/v1/{store}/up/{leaf}`: status, plan, journal, feedback."""
    return f"{ROOT}/{checked_id(store)}/up/{leaf}"


def down_topic(store: str, leaf: str) -> str:
    """`sinne/v1/{store}/down/{leaf}`: request, ack."""
    return f"{ROOT}/{checked_id(store)}/down/{leaf}"


def store_of_topic(topic: str, leaf: str) -> str | None:
    """The store that a topic `sinne/v1/{store}/up/{leaf}` is of; None for any other topic."""
    store, slash, rest = topic.removeprefix(f"{ROOT}/").partition("/")
    if not slash or rest != f"up/{leaf}" or topic != f"{ROOT}/{store}/{rest}":
        return None
    try:
        return checked_id(store)
    except ValueError:
        return None
