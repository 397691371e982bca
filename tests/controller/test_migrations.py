"""Migrations: the tables that the code expects, up and down with rows in them, all or nothing."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from controller.errors import Refused
from controller.hq.store_ports import Kept
from controller.ports import Account, CueMark, Entry, LocalChange, ScentRun, Session, Throttle, Token
from controller.storage import migrate, revising, vendors
from controller.storage.chain import verify_journal
from controller.storage.database import Database
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from controller.storage.tables import metadata
from profiles.limits import Person
from tests.controller.hq_rows import fill_hq
from tests.controller.stored_memory import BUILT, NOON, enrolment, plan, press, private_postgres, stop

DID = Entry("test.did")
#: What a migration down may lose: the lease means nothing to a later start; the journal keeps what was done about cues.
LOST_BELOW = {"0002": {"lease"}, "0003": {"cue_marks"}, "0004": {"enrolment", "shelf", "answered", "outbox"},
              "0005": {table for table in metadata.tables if table.startswith("hq_")}}
#: Columns at the end of a table that a revision added; in these rows they are empty.
ADDED = {"0004": {"plans": 2}}


def fill(memory: StoredMemory) -> None:
    """At least one row in every table."""
    memory.publish(plan(), "Ida", "first", NOON, DID)
    memory.add_overrides((press("a"), press("b")), NOON, DID)
    memory.end_overrides(("a",), NOON, DID)
    memory.add_stop(stop("s"), NOON, DID)
    memory.raise_epoch(4)
    memory.note_scent((ScentRun("floor", "linen", NOON, 25.5),))
    memory.note_local_change(LocalChange("lamp", NOON, NOON), DID)
    memory.note_last_seen({"lamp": NOON})
    memory.mark_cue("towels/2026-03-02T11:00Z", CueMark("towels/2026-03-02T11:00Z", "done", "Ida", NOON), NOON, DID)
    memory.people.put_account(Account("Ida", Person.MANAGER, "$h", NOON), NOON, DID)
    memory.people.put_session(Session("k", "Ida", NOON, NOON))
    memory.people.put_token(Token("k", "till", Person.VIEWER, NOON), NOON, DID)
    memory.people.put_throttle(Throttle("source:x", 2, NOON))
    memory.hold_lease("one", NOON, 30)
    memory.hq.enrol(enrolment(), NOON, DID)
    memory.hq.keep(Kept(("campaign", "hq-spring", 7), "sinne/v1/hq/doc/campaign/hq-spring", bytes(range(256))))
    memory.hq.note_answered("ask-1", "done", NOON, NOON + timedelta(hours=1), DID)
    memory.hq.note_acknowledged(memory.journal(limit=1)[0].journal_id, 3)
    fill_hq(memory)


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        found = connection.dialect.get_table_names(connection)
        return {table: sorted((tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')), key=repr)
                for table in found if table != "alembic_version"}


def test_the_migrated_tables_are_those_that_the_code_expects(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    with memory.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    memory.close()


def test_the_newest_revision_is_the_one_that_a_database_is_asked_for() -> None:
    assert revising.revisions()[-1] == migrate.NEWEST


def step_through(memory: StoredMemory) -> None:
    """Down revision by revision and up again, keeping every row that has a place."""
    before = rows(memory.database)
    assert all(before.values())
    assert before.keys() == metadata.tables.keys()
    steps = revising.revisions()
    lost: set[str] = set()
    there = dict(before)
    for below, above in list(pairwise(steps))[::-1]:
        revising.downgrade(memory.database, below)
        lost |= LOST_BELOW.get(above, set())
        for table, columns in ADDED.get(above, {}).items():
            there[table] = [row[:-columns] for row in there[table]]
        assert rows(memory.database) == {table: kept for table, kept in there.items() if table not in lost}
    migrate.upgrade(memory.database)
    assert rows(memory.database) == {table: [] if table in lost else kept for table, kept in before.items()}


def test_every_row_survives_the_way_down_and_up(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    fill(memory)
    step_through(memory)
    assert memory.live(NOON).stops == (stop("s"),)
    assert verify_journal(memory, memory.chain_head()) == []
    memory.record(NOON, DID)
    with pytest.raises(Exception, match="append-only"), memory.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM journal")
    memory.close()


@pytest.mark.real
def test_every_row_survives_on_postgres_too() -> None:
    with private_postgres() as url:
        memory = open_memory(url, BUILT)
        fill(memory)
        step_through(memory)
        for statement in ("DELETE FROM journal", "UPDATE journal SET kind = 'x'", "TRUNCATE journal"):
            with pytest.raises(Exception, match="append-only"), memory.database.write() as connection:
                connection.exec_driver_sql(statement)
        with memory.database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        revising.downgrade(memory.database, "base")
        assert rows(memory.database) == {}
        memory.close()


def test_below_hq_the_plan_is_the_stores_own_part_again(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    memory.publish(plan("own"), "Ida", "first", NOON, DID)
    memory.publish(plan("with HQ"), "HQ", "composed", NOON, DID, local=plan("own two"))
    revising.downgrade(memory.database, "0003")
    with memory.database.read() as connection:
        assert len(connection.exec_driver_sql("SELECT * FROM plans").keys()) == 6
    memory.close()
    memory = open_memory(tmp_path, BUILT)
    assert [version.plan.store.name for version in memory.plan_versions()] == ["own two", "own"]
    assert [version.local for version in memory.plan_versions()] == [None, None]
    assert memory.recovered is None
    memory.close()


def test_down_to_nothing_and_up_again_makes_a_new_store_with_the_plan_of_its_copy(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    fill(memory)
    revising.downgrade(memory.database, "base")
    assert rows(memory.database) == {}
    memory.close()
    memory = open_memory(tmp_path, BUILT)
    assert memory.live(NOON).overrides == ()
    assert memory.people.accounts() == []
    assert memory.plan_in_force() is not None
    assert "goes on with plan version 1" in str(memory.recovered)
    memory.close()


def test_a_store_of_the_first_revision_is_brought_up_when_it_is_opened(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    fill(memory)
    revising.downgrade(memory.database, "0001")
    memory.close()
    memory = open_memory(tmp_path, BUILT)
    assert memory.live(NOON).overrides
    assert memory.hold_lease("two", NOON, 30)
    assert memory.cue_marks(NOON) == []
    assert len(memory.recorded(NOON, NOON + timedelta(seconds=1), ("test.did",))) == len(memory.journal())
    with memory.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    memory.close()


def test_questions_about_the_past_go_by_an_index(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    memory.record(NOON, *(Entry("test.did", {"n": n}) for n in range(50)))
    with memory.database.read() as connection:
        for condition in ("kind IN ('a', 'b') AND at >= 1 AND at < 9", "at >= 1 AND at < 9"):
            for order in ("number", "number DESC"):
                steps = connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN SELECT * FROM journal WHERE {condition} ORDER BY {order} LIMIT 5")
                assert any("USING INDEX journal_by" in str(step) for step in steps)
    memory.close()


def test_a_database_of_a_newer_sinne_is_refused_and_left_alone(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    fill(memory)
    memory.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(Refused, match="newer sinne"):
        open_memory(tmp_path, BUILT)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_several_new_stores_are_opened_at_once_by_threads_of_one_program(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    with ThreadPoolExecutor(len(folders)) as pool:
        memories = list(pool.map(lambda folder: open_memory(folder, BUILT, NOON), folders))
    try:
        assert [memory.plan_in_force() for memory in memories] == [None] * len(folders)
    finally:
        for memory in memories:
            memory.close()


def test_a_migration_that_fails_half_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE tokens (mine TEXT)")  # stands in the way of the second half of 0001
        database.execute("INSERT INTO tokens VALUES ('kept')")
    database.close()
    stored = Database(vendors.sqlite_engine(path), str(path), tmp_path)
    with pytest.raises(Exception, match="tokens"):
        migrate.upgrade(stored)
    assert rows(stored) == {"tokens": [("kept",)]}
    stored.close()
