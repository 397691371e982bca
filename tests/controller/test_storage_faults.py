"""What disks and processes do to a store's memory: kill -9, no room, read-only, damaged, torn, opened twice."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from controller.errors import Conflict, Refused, Unavailable
from controller.ports import Account, CueMark, Entry, LocalChange, ScentRun, Session, Throttle, Token
from controller.storage import plan_copy
from controller.storage.chain import canonical, verify_journal
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from controller.storage.plans import plan_from, sha256_of
from profiles.limits import Person
from tests.controller.stored_memory import BUILT, NOON, plan, press, stop
from tests.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]
DID = Entry("test.did")


def child(script: str, *words: object) -> subprocess.Popen[str]:
    """A process of our own that runs `script` with the test's plans and presses at hand."""
    opening = "import sys\nfrom tests.controller.test_storage_faults import *\n"
    return subprocess.Popen([sys.executable, "-c", opening + textwrap.dedent(script), *map(str, words)], cwd=ROOT,
                            stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def outcome(script: str, *words: object) -> list[str]:
    """The lines that a child prints until it ends."""
    with child(script, *words) as process:
        printed, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        return printed.splitlines()


# -- kill -9


@pytest.mark.real
def test_nothing_that_was_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    for life in range(4):
        with child("""
                memory = open_memory(sys.argv[1], BUILT)
                for n in range(100_000):
                    name = f"l{sys.argv[2]}-{n}"
                    memory.add_overrides((press(name), press(f"{name}-b")), NOON, Entry("pressed", {"id": name}))
                    print(name, flush=True)
                """, tmp_path, life) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 120)):
                acknowledged.add(process.stdout.readline().strip())
            process.kill()
            acknowledged |= {line.strip() for line in process.stdout.readlines() if line.endswith("\n")}
            assert process.wait() == -signal.SIGKILL
        with closing(open_memory(tmp_path, BUILT)) as memory:
            kept = {one.id for one in memory.live(NOON).overrides}
            presses = {name for name in kept if not name.endswith("-b")}
            assert acknowledged <= presses
            assert len(presses - acknowledged) <= life + 1  # committed, killed before it could say so
            assert kept == presses | {f"{name}-b" for name in presses}
            assert {entry.body["id"] for entry in memory.journal(limit=10**6)} == presses
            assert verify_journal(memory, memory.chain_head()) == []
            acknowledged = presses
    assert len(acknowledged) >= 4


@pytest.mark.real
def test_two_processes_write_to_one_journal_without_a_gap(tmp_path: Path) -> None:
    open_memory(tmp_path, BUILT).close()
    script = """
        memory = open_memory(sys.argv[1], BUILT)
        for n in range(60):
            memory.record(NOON, Entry("noted", {"by": sys.argv[2], "n": n}))
        print(memory.raise_epoch(0))
        """
    with child(script, tmp_path, "one") as one, child(script, tmp_path, "two") as two:
        epochs = sorted(process.communicate(timeout=PATIENCE_S)[0].strip() for process in (one, two))
    assert epochs == ["1", "2"]
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert len(memory.journal()) == 120
        assert verify_journal(memory, memory.chain_head()) == []


# -- no room

BIG = "x" * 20_000
CHANGES: dict[str, Callable[[StoredMemory], object]] = {
    "publish": lambda memory: memory.publish(plan("Other"), "Ida", BIG, NOON, DID),
    "add_overrides": lambda memory: memory.add_overrides((press("x"), press("y")), NOON, Entry("d", {"x": BIG})),
    "end_overrides": lambda memory: memory.end_overrides(("a", "b"), NOON, Entry("d", {"x": BIG})),
    "add_stop": lambda memory: memory.add_stop(stop("t"), NOON, Entry("d", {"x": BIG})),
    "end_stops": lambda memory: memory.end_stops(("s",), "Bo", NOON, Entry("d", {"x": BIG})),
    "note_scent": lambda memory: memory.note_scent(
        (ScentRun("floor", "linen", NOON + timedelta(1), 1),
         *(ScentRun(f"z{n}", "f" * 60, NOON, 1) for n in range(500)))),
    "note_local_change": lambda memory: memory.note_local_change(
        LocalChange("lamp", NOON + timedelta(1), NOON), Entry("d", {"x": BIG})),
    "mark_cue": lambda memory: memory.mark_cue(
        "c", CueMark("c", "skipped", "Bo", NOON), NOON, Entry("d", {"x": BIG})),
    "take_back_cue": lambda memory: memory.mark_cue("c", None, NOON, Entry("d", {"x": BIG})),
    "note_last_seen": lambda memory: memory.note_last_seen(
        {"lamp": NOON + timedelta(1)} | {f"lamp-{n}": NOON for n in range(900)}),
    "record": lambda memory: memory.record(NOON, DID, DID, Entry("d", {"x": BIG})),
    "put_account": lambda memory: memory.people.put_account(
        Account("Ida", Person.VIEWER, "$other", NOON), NOON, Entry("d", {"x": BIG})),
    "put_session": lambda memory: memory.people.put_session(Session("k", "x" * 20_000, NOON, NOON)),
    "put_token": lambda memory: memory.people.put_token(
        Token("k", "other", Person.VIEWER, NOON), NOON, Entry("d", {"x": BIG})),
    "put_throttle": lambda memory: memory.people.put_throttle(Throttle("s" * 20_000, 3, NOON)),
}


def fill(memory: StoredMemory) -> None:
    memory.publish(plan(), "Ida", "first", NOON, DID)
    memory.add_overrides((press("a"), press("b")), NOON, DID)
    memory.add_stop(stop("s"), NOON, DID)
    memory.note_scent((ScentRun("floor", "linen", NOON, 25.5),))
    memory.note_local_change(LocalChange("lamp", NOON, NOON), DID)
    memory.mark_cue("c", CueMark("c", "done", "Ida", NOON), NOON, DID)
    memory.note_last_seen({"lamp": NOON})
    memory.people.put_account(Account("Ida", Person.MANAGER, "$h", NOON), NOON, DID)
    memory.people.put_session(Session("k", "Ida", NOON, NOON))
    memory.people.put_token(Token("k", "till", Person.VIEWER, NOON), NOON, DID)


def remembered(memory: StoredMemory) -> tuple[object, ...]:
    return (memory.plan_in_force(), memory.live(NOON), memory.scent_runs(), memory.local_changes(), memory.last_seen(),
            memory.cue_marks(NOON), memory.journal(), memory.people.accounts(), memory.people.session("k"),
            memory.people.tokens(), memory.people.throttle("source:x"))


def limit_pages(memory: StoredMemory, pages: int) -> None:
    """SQLite answers a full page limit as it answers a full disk. It holds for the one connection that is open."""
    assert memory.database.engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    with memory.database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


@pytest.mark.parametrize("change", CHANGES)
def test_a_full_disk_changes_nothing_and_room_makes_it_work_again(tmp_path: Path, change: str) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        fill(memory)
        limit_pages(memory, 1)  # SQLite takes the size that the file has
        before = remembered(memory)
        with pytest.raises(Unavailable, match="disk is full: nothing was saved") as refused:
            CHANGES[change](memory)
        assert refused.value.retry_after_s == 30
        assert remembered(memory) == before
        assert memory.chain_head()[0] == len(memory.journal())
        limit_pages(memory, 10**6)
        CHANGES[change](memory)
        assert remembered(memory) != before or change == "put_throttle"
        assert verify_journal(memory, memory.chain_head()) == []


@pytest.mark.real
def test_a_disk_that_refuses_to_grow_a_file_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    lines = outcome("""
        import resource
        memory = open_memory(sys.argv[1], BUILT)
        size = sum(file.stat().st_size for file in Path(sys.argv[1]).iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, resource.RLIM_INFINITY))
        for n in range(1000):
            try:
                memory.add_overrides((press(f"n{n}"),), NOON, Entry("pressed", {"id": f"n{n}", "x": "x" * 2000}))
            except Unavailable as error:
                print(error)
                break
            print(f"n{n}")
        print(len(memory.live(NOON).overrides))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        memory.add_overrides((press("after"),), NOON, Entry("pressed", {"id": "after"}))
        print("after")
        """, tmp_path)
    *acknowledged, refusal, alive, after = lines
    assert len(acknowledged) > 3
    assert "nothing was saved" in refusal
    assert alive == str(len(acknowledged))
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.recovered is None
        assert {one.id for one in memory.live(NOON).overrides} == {*acknowledged, after}
        assert [entry.body["id"] for entry in memory.journal()] == [*acknowledged, after]
        assert verify_journal(memory, memory.chain_head()) == []


def test_a_database_that_another_program_locks_says_so(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory, closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        fill(memory)
        before = remembered(memory)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="Another program is writing"):
            memory.raise_epoch(0)
        assert remembered(memory) == before
        other.rollback()
        assert memory.raise_epoch(0) == 1


def test_after_closing_everything_is_unavailable_and_no_file_comes_back(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    memory.close()
    memory.close()
    for asked in (memory.plan_in_force, lambda: memory.record(NOON, DID)):
        with pytest.raises(Unavailable, match="shutting down"):
            asked()
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense://", "postgresql://host:port/x", "://"])
def test_an_address_that_is_no_database_is_refused_with_a_sentence(address: str) -> None:
    with pytest.raises(Refused, match="postgresql://"):
        open_memory(address, BUILT)


# -- read-only


@pytest.mark.real
@pytest.mark.parametrize("left_by", ["close", "kill"])
def test_on_a_read_only_disk_the_plan_can_still_be_read(tmp_path: Path, left_by: str) -> None:
    folder = tmp_path / "shop"
    with child("""
            memory = open_memory(sys.argv[1], BUILT)
            fill(memory)
            if sys.argv[2] == "close":
                memory.close()
            print("filled", flush=True)
            sys.stdin.readline()
            """, folder, left_by) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "filled\n"
        process.kill()
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    script = """
        if os.getuid() == 0:  # to whom nothing is read-only
            open_memory(sys.argv[2], BUILT).close()  # brings in every module while it can still be read
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        memory = open_memory(sys.argv[1], BUILT)
        print(memory.database.unwritable is not None, memory.plan_in_force().version, len(memory.live(NOON).overrides))
        for change in CHANGES.values():
            try:
                change(memory)
            except Unavailable as error:
                print(error)
        hold_folder(Path(sys.argv[1]))
        """
    readable = [parent for parent in (tmp_path, *tmp_path.parents) if parent.owner() == folder.owner()
                and parent.is_relative_to(tempfile.gettempdir()) and parent != Path(tempfile.gettempdir())]
    for parent in readable:
        parent.chmod(0o755)
    try:
        first, *refusals = outcome(script, folder, tmp_path / "warm")
    finally:
        folder.chmod(0o755)
    assert first == "True 1 2"
    assert len(refusals) == len(CHANGES)
    assert all(refusal.startswith("The disk is read-only: nothing was saved.") for refusal in refusals)


@pytest.mark.real
def test_a_disk_without_any_room_at_the_start_leaves_the_plan_to_be_read(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        fill(memory)
    before = (tmp_path / FILE_NAME).read_bytes()
    lines = outcome("""
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
        memory = open_memory(sys.argv[1], BUILT)
        print(memory.plan_in_force().version, len(memory.live(NOON).overrides), memory.recovered)
        try:
            memory.record(NOON, DID)
        except Unavailable as error:
            print(error)
        """, tmp_path)
    assert lines[0] == "1 2 None"
    assert "nothing was saved" in lines[1]
    assert (tmp_path / FILE_NAME).read_bytes() == before


# -- damaged


def shred_pages(path: Path) -> None:
    """The first page stays; the others become noise."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + random.Random(1).randbytes(len(whole) - 4096))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "shredded pages": shred_pages,
    "a lost header": lambda path: path.write_bytes(b"\x00" * 100 + path.read_bytes()[100:]),
    "cut in the middle": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "another file": lambda path: path.write_text("this is no database at all, but a letter\n" * 100),
    "a lost page": lambda path: path.write_bytes(path.read_bytes()[:8192] + b"\x00" * 4096 + path.read_bytes()[12288:]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_set_aside_and_the_last_good_plan_goes_on(tmp_path: Path, damage: str) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        fill(memory)
        second = memory.publish(plan("Second"), "Bo", "second", NOON, DID)
    DAMAGE[damage](tmp_path / FILE_NAME)
    broken = (tmp_path / FILE_NAME).read_bytes()
    with closing(open_memory(tmp_path, BUILT, NOON + timedelta(hours=1))) as memory:
        assert memory.plan_in_force() == second
        (alarm,) = memory.journal()
        assert alarm.kind == "storage.recovered"
        assert alarm.body["alarm"] == memory.recovered
        assert alarm.body["set_aside"] == f"{FILE_NAME}.damaged-20260302T130000Z"
        assert "goes on with plan version 2, second." in str(memory.recovered)
        assert memory.publish(plan("Third"), "Bo", "third", NOON, DID).version == 3
    assert (tmp_path / f"{FILE_NAME}.damaged-20260302T130000Z").read_bytes() == broken
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.recovered is None
        assert [version.version for version in memory.plan_versions()] == [3, 2]


def test_a_second_damage_does_not_overwrite_what_was_set_aside(tmp_path: Path) -> None:
    open_memory(tmp_path, BUILT).close()
    for _ in range(2):
        (tmp_path / FILE_NAME).write_text("no database" * 100)
        open_memory(tmp_path, BUILT, NOON).close()
    names = sorted(file.name for file in tmp_path.glob("*.damaged-*"))
    assert names == [f"{FILE_NAME}.damaged-20260302T120000Z", f"{FILE_NAME}.damaged-20260302T120000Z-2"]


def test_without_a_good_plan_the_alarm_says_to_import_one(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("no database" * 100)
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.plan_in_force() is None
        assert "import one" in str(memory.recovered)


def test_a_torn_copy_is_not_taken_for_a_plan_but_whole_rows_of_a_damaged_file_are(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        fill(memory)
        before = memory.plan_in_force()
        memory.record(NOON, *(Entry("noted", {"x": "x" * 3000}) for _ in range(200)))
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-200_000] + b"\x55" * 200_000)
    copy = tmp_path / plan_copy.NAME
    copy.write_text(copy.read_text().replace("Drottninggatan", "Kungsgatan"))
    assert plan_copy.read_copy(tmp_path) is None
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.recovered is not None
        assert memory.plan_in_force() == before


@pytest.mark.parametrize("torn", ["", "{", "[]", "null", '{"version": 1}', "\x00" * 50])
def test_what_is_no_copy_is_no_plan(tmp_path: Path, torn: str) -> None:
    (tmp_path / plan_copy.NAME).write_text(torn)
    assert plan_copy.read_copy(tmp_path) is None
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.plan_in_force() is None
        assert memory.recovered is None


def test_an_empty_database_beside_a_copy_gets_the_plan_back(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        fill(memory)
        before = memory.plan_in_force()
    (tmp_path / FILE_NAME).write_bytes(b"")
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.plan_in_force() == before
        assert [entry.kind for entry in memory.journal()] == ["storage.recovered"]


def test_a_torn_plan_row_is_replaced_by_its_copy(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        memory.publish(plan("One"), "Ida", "first", NOON, DID)
        second = memory.publish(plan("Two"), "Ida", "second", NOON, DID)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database, database:
        database.execute("UPDATE plans SET plan = substr(plan, 1, 200) WHERE version = 2")
    with closing(open_memory(tmp_path, BUILT)) as memory:
        in_force = memory.plan_in_force()
        assert in_force is not None
        assert (in_force.version, in_force.plan) == (3, second.plan)
        assert "version 2 in the database is torn" in str(memory.recovered)
        assert [version.version for version in memory.plan_versions()] == [3, 1]
        assert memory.journal()[-1].kind == "storage.recovered"


def test_without_a_copy_a_torn_plan_row_yields_to_the_version_before(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        first = memory.publish(plan("One"), "Ida", "first", NOON, DID)
        memory.publish(plan("Two"), "Ida", "second", NOON, DID)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database, database:
        database.execute("UPDATE plans SET plan = replace(plan, 'Two', 'Owt') WHERE version = 2")
    (tmp_path / plan_copy.NAME).unlink()
    with closing(open_memory(tmp_path, BUILT)) as memory:
        in_force = memory.plan_in_force()
        assert in_force is not None
        assert (in_force.version, in_force.plan) == (3, first.plan)


def test_a_copy_that_is_missing_is_written_again_when_the_store_is_opened(tmp_path: Path) -> None:
    with closing(open_memory(tmp_path, BUILT)) as memory:
        fill(memory)
    (tmp_path / plan_copy.NAME).unlink()
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert plan_copy.read_copy(tmp_path) == memory.plan_in_force()


def test_a_plan_of_a_newer_sinne_is_read_without_what_is_not_known_here() -> None:
    document = json.loads(canonical(plan().model_dump(mode="json")))
    document["weather"] = {"felt": True}
    document["zones"][1]["draught"] = 3
    document["zones"][0]["default"]["light"]["sparkle_pct"] = 10
    text = json.dumps(document)
    assert plan_from(text, sha256_of(text)) == plan()
    document["store"]["timezone"] = 7
    text = json.dumps(document)
    assert plan_from(text, sha256_of(text)) is None
    assert plan_from(text, sha256_of(text + " ")) is None


# -- opened twice


@pytest.mark.real
def test_a_second_store_on_the_folder_is_told_which_one_runs(tmp_path: Path) -> None:
    with child("""
            held = hold_folder(Path(sys.argv[1]))
            print("held", flush=True)
            sys.stdin.readline()
            """, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        sentence = rf"Another sinne store is running on this data folder \(pid {process.pid}\)"
        with pytest.raises(Conflict, match=sentence):
            hold_folder(tmp_path)
        process.kill()
        process.wait()
        held = hold_folder(tmp_path)
    with pytest.raises(Conflict, match=f"pid {os.getpid()}"):
        hold_folder(tmp_path)
    held.release()
    held.release()
    hold_folder(tmp_path).release()
    with pytest.raises(Unavailable):
        hold_folder(tmp_path / "nowhere")


@pytest.mark.real
def test_a_child_of_a_killed_store_does_not_keep_the_folder(tmp_path: Path) -> None:
    with child("""
            import subprocess
            held = hold_folder(Path(sys.argv[1]))
            broker = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
            print(broker.pid, flush=True)
            sys.stdin.readline()
            """, tmp_path) as process:
        assert process.stdout is not None
        orphan = int(process.stdout.readline())
        process.kill()
        process.wait()
    try:
        os.kill(orphan, 0)
        hold_folder(tmp_path).release()
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_what_a_store_remembers_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with closing(open_memory(tmp_path / "shop", BUILT)) as memory:
            memory.record(NOON, Entry("engine.started"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "shop").iterdir()}
        assert modes.pop(FILE_NAME) == 0o600
        assert set(modes.values()) == {0o600}, modes
        assert stat.S_IMODE((tmp_path / "shop").stat().st_mode) == 0o711
    finally:
        os.umask(before)


def test_the_database_that_takes_the_place_of_a_damaged_one_is_private_and_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    with closing(open_memory(tmp_path, BUILT)) as memory:
        assert memory.recovered is not None
        assert memory.recovered in caplog.messages
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
