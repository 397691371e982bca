"""A publisher on a broker in memory, with light stores: what tests of HQ's side begin with.

`House` has HQ's memory (the fake unless given), a publisher that runs on its own thread, and stores that verify and
report as real ones do (`controller.hq.link.end.StoreEnd`), each by a transport of its own on the loopback broker.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controller.hq.in_force import InForce, said_in
from controller.hq.link.effects import CarryOut
from controller.hq.link.end import StoreEnd
from controller.hq.orders import Answer
from controller.hq.ports import Enrolled
from controller.hq.publisher import Places, Publisher
from controller.hq.rolling_state import Rollout, rollout_of
from controller.hq.said import JournalLine, Place, Request, payload_of
from controller.hq.signing import KeyFile
from controller.hq.topics import MANIFEST, up_topic
from controller.ports import Entry
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.transport import Received, TransportEvent
from profiles.places import Store
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.patience import eventually

ORGANISATION = "acme"
BEGAN = datetime(2026, 11, 3, 9, tzinfo=UTC)
CAMPAIGN = {"id": "hq-spring", "name": "Spring", "when": "Mo-Su 12:00-14:00", "profile": "hq-bright"}


class TestClock:
    """Time that a test moves; steady time runs along, and by itself fifty times as fast as life."""

    __test__ = False

    def __init__(self, at: datetime = BEGAN) -> None:
        self.at, self.steady = at, 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.steady + 50 * time.monotonic()

    def go(self, span: timedelta) -> None:
        self.at += span
        self.steady += span.total_seconds()


class LightStore:
    """A store without rooms: it verifies, applies, and says so. `broken`: it refuses whatever it is given."""

    def __init__(self, house: House, name: str, tags: tuple[str, ...] = (), country: str = "SE") -> None:
        self.name, self.broken, self._house = name, False, house
        place = Store(id=name, name=name.title(), timezone="Europe/Stockholm", country=country,
                      hours="Mo-Su 10:00-19:00", tags=tags)
        self.end = StoreEnd(ORGANISATION, place, house.key_file.read().ring())
        self.place = Place(name=place.name, time_zone=place.timezone, country=country, tags=tags)
        self.requests: list[Request] = []
        away = payload_of(self._standing().model_copy(update={"online": False}))
        will = Message(up_topic(name, "status"), away, 1, retain=True)
        self.transport = house.broker.transport(f"store-{name}", will)
        self.transport.subscribe(self.end.filters)
        self.transport.start(self._hear)
        self.say()

    @property
    def campaigns(self) -> list[str]:
        return [campaign.id for campaign in self.end.apply_unseen()[0].from_hq.campaigns]

    def say(self) -> None:
        self.transport.publish(Message(up_topic(self.name, "status"), payload_of(self._standing()), 1, retain=True))

    def _standing(self) -> Any:
        said = self.end.standing(self._house.clock.now()).model_copy(update={"place": self.place})
        return said.model_copy(update={"refused": ("The campaign hq-spring cannot be played here.",)}) \
            if self.broken else said

    def _hear(self, event: TransportEvent) -> None:
        if not isinstance(event, Received):
            return
        message = event.message
        for effect in self.end.take(message.topic, message.payload, self._house.clock.now(), 0.0):
            if isinstance(effect, CarryOut):
                self.requests.append(effect.request)
        if self.end.changed:
            self.end.apply_unseen()
        if message.topic == MANIFEST:
            self.say()


class House:
    """HQ with a publisher, and what a test asks of it."""

    def __init__(self, folder: Path, memory: Any = None) -> None:
        folder.mkdir(exist_ok=True)
        self.broker, self.memory, self.clock = LoopbackBroker(), memory or FakeHqMemory(), TestClock()
        self.key_file = KeyFile(folder)
        self.key_file.read_or_make()
        self.publishers: list[Publisher] = []
        self.stores: dict[str, LightStore] = {}

    @property
    def papers(self) -> Any:
        return self.memory.papers

    def publisher(self) -> Publisher:
        made = Publisher(Places(self.papers, self.memory.fleet_rows, self.memory.proof), ORGANISATION, self.key_file,
                         self.broker.transport, self.clock, beat_s=0.05)
        made.start()
        self.publishers.append(made)
        return made

    def stop(self) -> None:
        for publisher in self.publishers:
            publisher.stop()
        self.publishers.clear()

    def enrol(self, *names: str, **place: Any) -> list[LightStore]:
        for name in names:
            self.memory.fleet_rows.enrol(Enrolled(name, name, 1, BEGAN, "Ada"), BEGAN, Entry("store.enrolled"))
        made = [LightStore(self, name, **place) for name in names]
        self.stores.update((each.name, each) for each in made)
        return made

    def heard_of(self, *stores: LightStore) -> None:
        eventually(lambda: all(
            (row := self.memory.fleet_rows.fleet_row(each.name)) and row.standing for each in stores))

    def order(self, verb: str, body: Mapping[str, Any], by: str = "Bo") -> Answer:
        number = self.papers.give_order(verb, body, by, self.clock.now(), Entry("order.given")).number
        done = eventually(lambda: (o := self.papers.order(number)) and o.done and o, f"{verb} is done")
        return Answer.of(done.answer)

    def publish(self, body: Mapping[str, Any] = CAMPAIGN, kind: str = "campaign", **parts: Any) -> Answer:
        return self.order("publish", {"kind": kind, "id": parts.pop("id", body.get("id")), "body": dict(body),
                                      "author": "Ada", **parts})

    def force(self) -> InForce:
        return InForce.read(self.papers)

    def on_broker(self, topic: str) -> dict[str, Any]:
        return said_in(self.broker.retained[topic].payload)

    def settled(self) -> None:
        """The broker holds exactly what it should."""
        eventually(lambda: {t: m.payload for t, m in self.broker.retained.items() if t.startswith("sinne/v1/hq/")}
                   == {each.topic: each.payload for each in self.papers.retained() if each.payload}
                   and MANIFEST in self.broker.retained, "the broker holds what it should")

    def rollout(self, campaign: str = "hq-spring") -> tuple[str, Rollout]:
        row = self.papers.rollout(campaign)
        return row.state, rollout_of(row)

    def until(self, state: str, campaign: str = "hq-spring") -> Rollout:
        eventually(lambda: self.rollout(campaign)[0] == state, f"the rollout is {state}")
        return self.rollout(campaign)[1]

    def line(self, store: str, kind: str, number: int = 1) -> None:
        self.memory.proof.store_lines([(store, "journal-1", [JournalLine(
            number=number, at=self.clock.now(), kind=kind, body={}, hash="0" * 64)])], self.clock.now())


@contextmanager
def a_house(folder: Path, memory: Any = None) -> Iterator[House]:
    house = House(folder, memory)
    try:
        yield house
    finally:
        house.stop()
