"""The journal: chained, append-only, and closed to forged lines and secrets."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import exc

from controller.ports import Entry
from controller.storage import chain
from controller.storage.chain import LEFT_OUT, canonical, clean, verify_journal
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from tests.controller.stored_memory import BUILT, NOON


@pytest.fixture
def memory(tmp_path: Path) -> StoredMemory:
    memory = open_memory(tmp_path, BUILT)
    memory.record(NOON, *(Entry("noted", {"n": n, "who": "Ida"}) for n in range(5)))
    return memory


def tamper(memory: StoredMemory, *statements: str) -> None:
    """Change the file behind the triggers, as somebody with the disk in their hands could."""
    where = memory.database.where
    memory.close()
    with sqlite3.connect(where) as database:
        for trigger in ("journal_no_update", "journal_no_delete", "journal_no_replace"):
            database.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            database.execute(statement)
    database.close()


def findings(folder: Path) -> list[str]:
    memory = open_memory(folder, BUILT)
    try:
        return verify_journal(memory, memory.chain_head())
    finally:
        memory.close()


def test_hashes_can_be_checked_without_sinne(memory: StoredMemory) -> None:
    before = "0" * 64
    for entry in memory.journal():
        text = json.dumps({"at": "2026-03-02T12:00:00.000000+00:00", "body": entry.body, "journal_id": entry.journal_id,
                           "kind": entry.kind, "number": entry.number}, sort_keys=True, separators=(",", ":"))
        assert entry.hash == hashlib.sha256((before + text).encode()).hexdigest()
        before = entry.hash
    assert memory.chain_head() == (5, before)


def test_a_whole_chain_has_no_findings(memory: StoredMemory, tmp_path: Path) -> None:
    memory.close()
    assert findings(tmp_path) == []


@pytest.mark.parametrize("statement", [
    "UPDATE journal SET body = replace(body, 'Ida', 'Eva') WHERE number = 3",
    "UPDATE journal SET kind = 'other' WHERE number = 3",
    "UPDATE journal SET at = at + 1 WHERE number = 3",
    "UPDATE journal SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE number = 3"])
def test_a_changed_entry_is_found(memory: StoredMemory, tmp_path: Path, statement: str) -> None:
    tamper(memory, statement)
    assert findings(tmp_path)[0].startswith("Entry 3 ")


def test_a_missing_entry_is_found(memory: StoredMemory, tmp_path: Path) -> None:
    tamper(memory, "DELETE FROM journal WHERE number = 3")
    assert findings(tmp_path) == ["After entry 2 comes 4: entries are missing."]


def test_a_tail_that_was_cut_off_is_found(memory: StoredMemory, tmp_path: Path) -> None:
    tamper(memory, "DELETE FROM journal WHERE number > 3")
    assert findings(tmp_path) == ["The journal ends with entry 3, but should end with 5."]


def test_two_entries_that_changed_places_are_found(memory: StoredMemory, tmp_path: Path) -> None:
    swaps = ((2, 99), (3, 2), (99, 3))
    tamper(memory, *(f"UPDATE journal SET number = {new} WHERE number = {old}" for old, new in swaps))
    assert len(findings(tmp_path)) == 3


@pytest.mark.parametrize("statement", ["UPDATE journal SET kind = 'x'", "DELETE FROM journal WHERE number = 5",
                                       "DELETE FROM journal", "REPLACE INTO journal SELECT * FROM journal",
                                       "INSERT OR REPLACE INTO journal SELECT 3, at, kind, body, hash FROM journal"])
def test_the_database_refuses_to_change_the_journal(memory: StoredMemory, statement: str) -> None:
    with pytest.raises(exc.IntegrityError), memory.database.write() as connection:
        connection.exec_driver_sql(statement)
    assert len(memory.journal()) == 5


def test_each_database_has_a_journal_of_its_own(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        memory = open_memory(tmp_path / name, BUILT)
        memory.record(NOON, Entry("noted"))
        ids.add(memory.journal()[0].journal_id)
        memory.close()
    assert len(ids) == 2


def test_a_title_cannot_forge_a_line_or_turn_one_round(memory: StoredMemory) -> None:
    title = "Song\r\n2026-03-02 stop.ended by=Ida\x1b[2K\u2028\u202e\x00\x85\ud800"
    memory.record(NOON, Entry("played\nforged", {"title": title, title: [title]}))
    newest = memory.newest_entry()
    assert newest is not None
    assert newest.kind == "played\ufffdforged"
    assert newest.body["title"] == "Song\ufffd\ufffd2026-03-02 stop.ended by=Ida\ufffd[2K" + "\ufffd" * 5
    with memory.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT body FROM journal ORDER BY number DESC LIMIT 1").scalar_one()
    assert kept.isascii()
    assert kept.isprintable()


@pytest.mark.parametrize("body", [
    {"password": "three blue lamps"}, {"nested": [{"Secret": "three blue lamps"}]},
    {"said": "token sinne_three-blue-lamps-three-blue-lamps!"}, {"hash": "$argon2id$v=19$m=1$three-blue-lamps"},
    {"broker": "mqtts://store:three-blue-lamps@hq.example:8883/x"}])
def test_what_looks_like_a_secret_is_left_out(body: dict[str, object]) -> None:
    kept = canonical(clean(Entry("noted", body)).body)
    assert "blue" not in kept
    assert "[not recorded]" in kept


def test_an_address_without_a_password_is_kept_whole() -> None:
    body = {"broker": "mqtts://hq.example:8883/x?a=b@c", "mail": "ida@example.org", "at": "12:30", "secret": None}
    assert clean(Entry("noted", body)).body == body


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
KEYS = st.text(max_size=5)


@given(st.dictionaries(KEYS, LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(KEYS, LEAVES, max_size=3),
                       max_size=4))
@settings(max_examples=60, deadline=None)
def test_every_json_body_is_kept_as_printable_ascii_and_read_back_the_same(body: dict[str, object]) -> None:
    cleaned = clean(Entry("noted", body)).body
    text = canonical(cleaned)
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == cleaned
    assert clean(Entry("noted", cleaned)).body == cleaned


@given(st.lists(st.text(max_size=6) | st.sampled_from(
    ("sinne_" + "a" * 16, "$argon2id$v=19", "mqtt://", "ida:pw@host", "\u2028", "\u202e", "\ufeff", "\x7f", "\x85")),
    max_size=5).map("".join))
def test_a_text_that_looks_harmless_is_what_the_full_search_leaves(text):
    assert chain._plain(text) == chain._SECRET.sub(LEFT_OUT, chain._CONTROL.sub("\ufffd", text))
