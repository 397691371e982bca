"""What a store remembers of HQ, and its own part of the plan: one contract for the fake, SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from controller.errors import Conflict, Refused
from controller.hq.store_ports import Kept, LinkedMemory
from controller.ports import Entry, PlanVersion
from controller.storage import revising
from controller.storage.chain import verify_journal
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from controller.storage.plan_copy import NAME, read_copy
from controller.storage.tables import enrolment as enrolments
from profiles.limits import Person
from tests.controller.memory_fake import FakeMemory
from tests.controller.stored_memory import BUILT, NOON, emptied, enrolment, plan, private_postgres

AnyMemory = FakeMemory | StoredMemory
DID = Entry("test.did")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], AnyMemory]]:
    """Opens the memory; each further call closes it and opens it again (the fake just stays)."""
    fake = FakeMemory()
    where: str | Path = tmp_path
    if request.param == "postgres":
        where = emptied(request.getfixturevalue("postgres"))
    opened: list[AnyMemory] = []

    def open_again() -> AnyMemory:
        if opened:
            opened[-1].close()
        opened.append(fake if request.param == "fake" else open_memory(where, BUILT, NOON))
        return opened[-1]

    yield open_again
    opened[-1].close()


@pytest.fixture
def memory(reopened: Callable[[], AnyMemory]) -> AnyMemory:
    return reopened()


def kept(document: str, version: int = 1, payload: bytes = b"\x00signed\xff", kind: str = "campaign") -> Kept:
    return Kept((kind, document, version), f"sinne/v1/hq/doc/{kind}/{document}", payload)


def parts(version: PlanVersion | None) -> tuple[str, str]:
    """What tells the plan in force and the store's own part of it."""
    assert version is not None
    return version.plan.store.name, version.own.store.name


def names(memory: LinkedMemory) -> list[tuple[str, int]]:
    return [each.name[1:] for each in memory.hq.shelf()]


# -- the plan and the store's own part of it


def test_a_version_without_hq_is_its_own_part(memory: AnyMemory) -> None:
    made = memory.publish(plan(), "Ida", "first", NOON, DID)
    assert made.local is None
    assert made.own is made.plan


def test_a_version_keeps_what_is_in_force_and_the_stores_own_part(reopened: Callable[[], AnyMemory]) -> None:
    reopened().publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    found = reopened().plan_in_force()
    assert found is not None
    assert parts(found) == ("with HQ", "own")
    assert found.digest == plan("with HQ").digest


def test_an_own_part_that_is_the_plan_itself_is_not_kept_twice(memory: AnyMemory) -> None:
    assert memory.publish(plan(), "Ida", "", NOON, DID, local=plan()).local is None


def test_the_same_plan_and_own_part_make_no_version_and_another_own_part_does(memory: AnyMemory) -> None:
    first = memory.publish(plan("with HQ"), "HQ", "", NOON, DID, local=plan("own"))
    assert memory.publish(plan("with HQ"), "HQ", "", NOON, DID, local=plan("own")) == first
    second = memory.publish(plan("with HQ"), "HQ", "", NOON, DID, local=plan("own two"))
    assert (second.version, second.digest) == (2, first.digest)
    third = memory.publish(plan("with HQ"), "HQ", "", NOON, DID)
    assert (third.version, parts(third)) == (3, ("with HQ", "with HQ"))
    assert [version.own.store.name for version in memory.plan_versions()] == ["with HQ", "own two", "own"]


def test_a_version_made_from_one_that_is_no_longer_in_force_is_refused(memory: AnyMemory) -> None:
    memory.publish(plan("one"), "Ida", "", NOON, DID, upon=0)
    with pytest.raises(Conflict, match="meanwhile"):
        memory.publish(plan("two"), "Ida", "", NOON, DID, upon=0)
    assert memory.publish(plan("two"), "Ida", "", NOON, DID, upon=1).version == 2
    assert len(memory.journal()) == 2


# -- to whom the store belongs


def test_a_new_store_belongs_to_nobody_and_has_nothing_from_hq(memory: AnyMemory) -> None:
    port: LinkedMemory = memory
    assert port.hq.enrolment() is None
    assert port.hq.shelf() == []
    assert port.hq.acknowledged() == 0
    assert port.hq.answered("ask-1") is None


def test_an_enrolment_comes_back_as_it_was(reopened: Callable[[], AnyMemory]) -> None:
    made = replace(enrolment(), former={"old": enrolment().keys["first"]}, ca=None, grant=Person.VIEWER)
    reopened().hq.enrol(made, NOON, Entry("hq.enrolled", {"organisation": "linnea"}))
    memory = reopened()
    assert memory.hq.enrolment() == made
    assert [entry.kind for entry in memory.journal()] == ["hq.enrolled"]


def test_new_keys_of_the_same_organisation_leave_the_shelf_as_it_is(memory: AnyMemory) -> None:
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.hq.keep(kept("hq-spring"))
    memory.hq.note_answered("ask-1", "done", NOON, NOON + HOUR)
    memory.hq.enrol(replace(enrolment(), keys={"second": enrolment().keys["first"]}, password="other"), NOON, DID)
    assert names(memory) == [("hq-spring", 1)]
    assert memory.hq.answered("ask-1") == "done"


def test_nothing_of_one_organisation_stays_under_another(memory: AnyMemory) -> None:
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.hq.keep(kept("hq-spring"))
    memory.hq.note_answered("ask-1", "done", NOON, NOON + HOUR)
    memory.hq.note_acknowledged(memory.journal()[0].journal_id, 1)
    memory.hq.enrol(enrolment("other"), NOON, DID)
    assert memory.hq.shelf() == []
    assert memory.hq.answered("ask-1") is None
    assert memory.hq.acknowledged() == 0


def test_a_store_that_leaves_keeps_nothing_of_hq_but_its_plan(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    memory.publish(plan("with HQ"), "HQ", "", NOON, DID, local=plan("own"))
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.hq.keep(kept("hq-spring"))
    memory.hq.leave(NOON, Entry("hq.left"))
    memory = reopened()
    assert memory.hq.enrolment() is None
    assert memory.hq.shelf() == []
    assert parts(memory.plan_in_force()) == ("with HQ", "own")


def test_the_password_shows_in_no_text_and_in_no_entry(memory: AnyMemory) -> None:
    made = enrolment(password="a-very-secret-word")
    memory.hq.enrol(made, NOON, Entry("hq.enrolled", {"organisation": made.organisation}))
    assert "a-very-secret-word" not in repr(made)
    assert "a-very-secret-word" not in str(memory.hq.enrolment())
    assert "a-very-secret-word" not in repr(memory.journal())


# -- the shelf


def test_what_is_kept_comes_back_byte_for_byte_in_the_order_taken(reopened: Callable[[], AnyMemory]) -> None:
    everything = [kept("hq-b", payload=bytes(range(256))), kept("hq-a", 3), kept("hq-a", 2),
                  kept("1.2", 0, b"", "manifest")]
    memory = reopened()
    memory.hq.keep(*everything[:3])
    memory.hq.keep(everything[3])
    assert reopened().hq.shelf() == everything


def test_what_is_kept_again_is_replaced_and_counts_as_taken_now(memory: AnyMemory) -> None:
    memory.hq.keep(kept("hq-a"), kept("hq-b"))
    memory.hq.keep(kept("hq-a", payload=b"sealed anew"))
    assert names(memory) == [("hq-b", 1), ("hq-a", 1)]
    assert memory.hq.shelf()[-1].payload == b"sealed anew"


def test_what_is_forgotten_is_gone_and_the_rest_stays(memory: AnyMemory) -> None:
    memory.hq.keep(kept("hq-a"), kept("hq-a", 2), kept("hq-b"))
    memory.hq.forget([("campaign", "hq-a", 1), ("campaign", "hq-never", 1), ("profile", "hq-b", 1)])
    assert names(memory) == [("hq-a", 2), ("hq-b", 1)]
    memory.hq.forget([])
    assert len(memory.hq.shelf()) == 2


def test_a_payload_as_large_as_a_packet_is_kept(reopened: Callable[[], AnyMemory]) -> None:
    reopened().hq.keep(kept("hq-large", payload=b"x" * 1024 * 1024))
    assert len(reopened().hq.shelf()[0].payload) == 1024 * 1024


# -- what HQ was told, and what it asked


def test_acknowledgements_only_rise_and_are_of_this_journal(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    memory.record(NOON, DID, DID)
    journal = memory.journal()[0].journal_id
    memory.hq.note_acknowledged(journal, 2)
    memory.hq.note_acknowledged(journal, 1)
    memory.hq.note_acknowledged("another", 9)
    assert reopened().hq.acknowledged() == 2


def test_the_first_answer_stays_until_nobody_can_ask_again(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    memory.hq.note_answered("ask-1", "done", NOON, NOON + HOUR, Entry("hq.answered", {"request": "ask-1"}))
    memory.hq.note_answered("ask-1", "done twice", NOON, NOON + HOUR, Entry("hq.answered", {"request": "ask-1"}))
    assert [entry.kind for entry in memory.journal()] == ["hq.answered"]
    memory = reopened()
    assert memory.hq.answered("ask-1") == "done"
    memory.hq.note_answered("ask-2", "no", NOON + HOUR, NOON + 2 * HOUR)
    assert memory.hq.answered("ask-1") == "done"
    memory.hq.note_answered("ask-3", "no", NOON + HOUR + timedelta(seconds=1), NOON + 2 * HOUR)
    assert memory.hq.answered("ask-1") is None
    assert memory.hq.answered("ask-2") == "no"


def test_a_full_disk_changes_nothing(memory: AnyMemory) -> None:
    if not isinstance(memory, FakeMemory):
        pytest.skip("real full disks are tried in test_storage_faults")
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.fill_the_disk()
    for change in (lambda: memory.hq.keep(kept("hq-a")), lambda: memory.hq.leave(NOON, DID),
                   lambda: memory.hq.note_answered("a", "b", NOON, NOON)):
        with pytest.raises(Exception, match="disk is full"):
            change()
    assert memory.hq.enrolment() == enrolment()
    assert memory.hq.shelf() == []


# -- what only a database on a disk can do


def test_the_plain_copy_keeps_the_stores_own_part_when_the_database_is_damaged(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    memory.close()
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 1000)
    memory = open_memory(tmp_path, BUILT, NOON)
    found = memory.plan_in_force()
    assert memory.recovered is not None
    assert parts(found) == ("with HQ", "own")
    assert verify_journal(memory, memory.chain_head()) == []
    memory.close()


def test_a_copy_whose_own_part_is_torn_is_no_copy(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    memory.close()
    document = json.loads((tmp_path / NAME).read_text())
    document["local"] = document["local"].replace("own", "owm")
    (tmp_path / NAME).write_text(json.dumps(document))
    assert read_copy(tmp_path) is None


def test_a_torn_own_part_in_the_database_is_mended_from_the_copy(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("first"), "Ida", "", NOON, DID)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    with memory.database.write() as connection:
        connection.exec_driver_sql("UPDATE plans SET local = 'x' || local WHERE version = 2")
    memory.close()
    memory = open_memory(tmp_path, BUILT, NOON)
    found = memory.plan_in_force()
    assert found is not None
    assert (found.version, parts(found)) == (3, ("with HQ", "own"))
    assert memory.plan_version(2) is None
    assert "torn" in str(memory.recovered)
    memory.close()


def test_a_copy_without_the_stores_own_part_is_written_anew(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID)
    copy = (tmp_path / NAME).read_text()
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    memory.close()
    (tmp_path / NAME).write_text(copy.replace('"version": 1', '"version": 2'))
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.close()
    found = read_copy(tmp_path)
    assert found is not None
    assert (found.version, parts(found)) == (2, ("with HQ", "own"))


def test_an_enrolment_of_a_newer_sinne_is_read_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.hq.enrol(enrolment(), NOON, DID)
    with memory.database.write() as connection:
        body = json.loads(connection.execute(enrolments.select()).one().body)
        connection.execute(enrolments.update().values(body=json.dumps({**body, "newer": 1})))
    assert memory.hq.enrolment() == enrolment()
    with memory.database.write() as connection:
        connection.execute(enrolments.update().values(body="{"))
    with pytest.raises(Refused, match="Enrol it again"):
        memory.hq.enrolment()
    memory.hq.keep(kept("hq-a"))
    memory.hq.enrol(enrolment("linnea"), NOON, DID)
    assert memory.hq.shelf() == []
    memory.close()


def damage_the_tail(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-200_000] + b"\x55" * 200_000)


def test_a_damaged_database_from_which_the_enrolment_can_be_read_still_belongs_to_hq(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.record(NOON, *(Entry("noted", {"x": "x" * 3000}) for _ in range(200)))
    memory.close()
    damage_the_tail(tmp_path / FILE_NAME)
    memory = open_memory(tmp_path, BUILT, NOON)
    assert memory.recovered is not None
    assert "enrol" not in memory.recovered
    assert memory.hq.enrolment() == enrolment()
    assert parts(memory.plan_in_force()) == ("with HQ", "own")
    assert [entry.kind for entry in memory.journal()] == ["storage.recovered", "hq.enrolled"]
    assert verify_journal(memory, memory.chain_head()) == []
    memory.close()


def test_where_the_enrolment_is_lost_the_alarm_says_to_enrol_again(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own"))
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.close()
    (tmp_path / FILE_NAME).write_text("no database" * 100)
    memory = open_memory(tmp_path, BUILT, NOON)
    assert memory.hq.enrolment() is None
    assert "What HQ said stays in the plan, but where HQ is was lost: enrol the store again." in str(memory.recovered)
    memory.close()


def test_plans_are_still_read_from_a_damaged_database_of_an_older_sinne(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan("first"), "Ida", "", NOON, DID)
    memory.record(NOON, *(Entry("noted", {"x": "x" * 3000}) for _ in range(200)))
    revising.downgrade(memory.database, "0003")
    memory.close()
    damage_the_tail(tmp_path / FILE_NAME)
    (tmp_path / NAME).unlink()
    memory = open_memory(tmp_path, BUILT, NOON)
    assert memory.recovered is not None
    assert parts(memory.plan_in_force()) == ("first", "first")
    memory.close()
