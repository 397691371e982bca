"""HQ for tests of linked stores: says things on HQ's broker as the publisher does, and stores what stores say."""

from __future__ import annotations

import json
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.hq.backlog import Gapless
from controller.hq.documents import digest_of_all, manifest_of
from controller.hq.enrolling import keys_in_text
from controller.hq.sealed import name_of, open_sealed, seal
from controller.hq.store_ports import Enrolment
from controller.hq.topics import HALT, MANIFEST, document_of_topic, document_topic, down_topic
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.transport import Received
from profiles.limits import Person
from tests.controller.hq_press import KEY


def enrolment(store="shop", grant=Person.STAFF, **parts):
    return Enrolment(**{"organisation": "acme", "store": store, "broker": "mqtt://hq.example", "username": store,
                        "password": "first", "keys": keys_in_text(KEY.public_key()), "grant": grant,
                        "once": "bundle-0001", **parts})


class Desk:
    """HQ's desk. `clock`: what time it is; `arrives`: let what was said arrive. Journals are stored unless `deaf`."""

    def __init__(self, clock, broker=None, key=KEY, arrives=lambda: None, line=None):
        self.arrives = arrives
        self.broker = broker or LoopbackBroker(pumped=True)
        self.clock, self.key = clock, key
        self.term, self.number, self.halts, self.requests = 1, 0, 0, 0
        self.versions, self.live, self.said = {}, {}, []
        self.journals, self.heads, self.plans, self.standings, self.batches = {}, {}, [], [], 0
        self.deaf = False
        self._line = line or self.broker.transport("hq")
        self._line.subscribe(["sinne/v1/+/up/#"])
        self._line.start(self._hear)

    # -- says

    def say(self, topic, payload, retain=True):
        self.said.append((topic, payload))
        assert self._line.publish(Message(topic, payload, 1, retain))
        self.arrives()

    def seal(self, topic, said, key=None):
        return topic, seal(topic, said, key or self.key)

    def document(self, kind, name, body, **parts):
        """The next version of a document; not in the manifest before `manifest` is said."""
        version = self.versions[kind, name] = self.versions.get((kind, name), self.term * 1_000_000) + 1
        now = self.clock()
        topic = document_topic(kind, name)
        said = {"organisation": "acme", "kind": kind, "id": name, "version": version, "body": body,
                "not_before": (now - timedelta(hours=1)).isoformat(), "expires": (now + timedelta(days=60)).isoformat(),
                **parts}
        sealed = self.seal(topic, said)
        opened = open_sealed(*sealed, {name_of(self.key.public_key()): self.key.public_key()})
        self.live[kind, name] = {"kind": kind, "id": name, "version": version, "digest": opened.digest}
        self.say(*sealed)
        return sealed

    def manifest(self):
        self.number += 1
        sealed = self.seal(MANIFEST, {"organisation": "acme", "term": self.term, "number": self.number,
                                      "entries": list(self.live.values())})
        self.say(*sealed)
        return sealed

    def publish(self, *documents):
        """Documents as (kind, id, body), then the manifest."""
        for kind, name, body in documents:
            self.document(kind, name, body)
        return self.manifest()

    def halt(self, **withdrawn):
        self.halts += 1
        sealed = self.seal(HALT, {"organisation": "acme", "term": self.term, "number": self.halts,
                                  "withdrawn": [{"campaign": f"hq-{name}", "version": version}
                                                for name, version in withdrawn.items()]})
        self.say(*sealed)
        return sealed

    def ask(self, store="shop", verb="override", **parts):
        self.requests += 1
        now = self.clock()
        topic = down_topic(store, "request")
        sealed = self.seal(topic, {
            "organisation": "acme", "id": f"request-{self.requests:04d}", "store": store, "verb": verb, "by": "Maja",
            "issued": now.isoformat(), "expires": (now + timedelta(minutes=5)).isoformat(), **parts})
        self.say(*sealed, retain=False)
        return sealed

    @property
    def digest(self):
        return digest_of_all(manifest_of({"organisation": "acme", "term": 1, "number": 1,
                                          "entries": list(self.live.values())}).entries)

    # -- hears

    def _hear(self, event):
        if not isinstance(event, Received) or not event.message.payload:
            return
        store, leaf = event.message.topic.split("/")[2], event.message.topic.rpartition("/")[2]
        if leaf == "plan":
            self.plans.append((self.clock(), event.message.payload))
        elif leaf == "status":
            self.standings.append(json.loads(event.message.payload))
        elif leaf == "journal" and not self.deaf:
            self._take_in(store, json.loads(event.message.payload))

    def _take_in(self, store, batch):
        self.batches += 1
        journal = batch["journal"]
        lines = self.journals.setdefault((store, journal), {})
        head = self.heads.setdefault((store, journal), Gapless())
        for line in batch["entries"]:
            assert lines.setdefault(line["number"], line) == line, "the same number is the same entry"
            head.stored(line["number"])
        self._line.publish(Message(
            down_topic(store, "ack"), json.dumps({"journal": journal, "number": head.highest}).encode(), 1))

    @property
    def last(self):
        """What the store last said of itself."""
        return self.standings[-1]


def names(said):
    return [document_of_topic(topic) for topic, _payload in said]


OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
