"""What stores say of themselves is kept: in batches, the newest only, and nothing that is not theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.clock import SystemClock
from controller.hq.listening import Ears
from controller.hq.ports import Enrolled
from controller.hq.said import Place, Standing, payload_of
from controller.hq.topics import up_topic
from controller.ports import Entry
from devices.loopback import LoopbackBroker, LoopbackTransport
from devices.messages import Message
from tests.controller.hq_house import BEGAN
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.patience import eventually


class Hall:
    """A broker, what HQ remembers, somebody who speaks for every store, and ears."""

    def __init__(self) -> None:
        self.broker, self.memory = LoopbackBroker(), FakeHqMemory()
        self.mouth: LoopbackTransport = self.broker.transport("mouth")
        self.mouth.start(lambda event: None)
        self.ears = Ears(self.broker.transport("ears"), self.memory.fleet_rows, SystemClock(), lambda: (1, 1))
        self.ears.start()

    def enrol(self, *stores: str) -> None:
        for store in stores:
            self.memory.fleet_rows.enrol(Enrolled(store, store, 1, BEGAN, "Ada"), BEGAN, Entry("store.enrolled"))

    def say(self, store: str, leaf: str, payload: bytes) -> None:
        assert self.mouth.publish(Message(up_topic(store, leaf), payload, 1, retain=True))

    def stand(self, store: str, software: str = "1", as_: str | None = None, **said: object) -> None:
        standing = Standing(store=as_ or store, at=BEGAN, software=software,
                            place=Place(name=store, time_zone="Europe/Stockholm"), **said)
        self.say(store, "status", payload_of(standing))

    def software(self, store: str) -> str | None:
        row = self.memory.fleet_rows.fleet_row(store)
        return None if row is None or row.standing is None else row.standing.software


@pytest.fixture
def hall() -> Iterator[Hall]:
    made = Hall()
    yield made
    made.ears.stop()


def test_thousands_of_reports_are_a_few_commits(hall: Hall) -> None:
    names = [f"shop-{n}" for n in range(3_000)]
    hall.enrol(*names)
    before = hall.memory.revision
    for name in names:
        hall.stand(name)
        hall.say(name, "plan", b"plan of " + name.encode())
    eventually(lambda: hall.software(names[-1]) and hall.memory.fleet_rows.plan_payload(names[-1]))
    assert all(hall.software(name) == "1" for name in names)
    assert len(list(hall.memory.fleet_rows.plan_payloads())) == 3_000
    assert hall.memory.revision - before < 100


def test_the_newest_word_of_a_store_holds_and_a_last_will_keeps_what_was_known(hall: Hall) -> None:
    hall.enrol("nord")
    for version in range(50):
        hall.stand("nord", str(version))
    hall.say("nord", "status", payload_of(Standing(store="nord", at=BEGAN, online=False)))
    row = eventually(lambda: (r := hall.memory.fleet_rows.fleet_row("nord")) and r.standing
                     and not r.standing.online and r)
    assert row.standing.software == "49"


def test_what_is_no_report_or_is_another_stores_is_dropped(hall: Hall) -> None:
    hall.enrol("nord", "syd")
    hall.say("nord", "status", b"\xff not JSON")
    hall.stand("nord", "stolen", as_="syd")
    hall.say("nord", "status", b"")
    hall.stand("stranger")
    hall.stand("syd", "2")
    eventually(lambda: hall.software("syd") == "2")
    assert hall.software("nord") is None
    assert hall.memory.fleet_rows.fleet_row("stranger") is None


def test_a_database_that_is_away_loses_nothing(hall: Hall) -> None:
    hall.enrol("nord")
    hall.memory.go_away()
    hall.stand("nord", "3")
    hall.say("nord", "plan", b"a plan")
    hall.memory.come_back()
    eventually(lambda: hall.software("nord") == "3" and hall.memory.fleet_rows.plan_payload("nord") == b"a plan")


def test_what_is_in_hand_is_kept_when_it_ends() -> None:
    hall = Hall()
    hall.enrol("nord")
    hall.stand("nord", "4")
    hall.ears.stop()
    hall.ears.stop()
    assert hall.software("nord") == "4"
