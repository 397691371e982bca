"""HQ's memory on a PostgreSQL that is restarted, by its real server: refused meanwhile, whole afterwards, by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from controller.cli.benches.postgres import PrivatePostgres, private_postgres
from controller.errors import Unavailable
from controller.hq.ports import Fenced, PublisherLock
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from tests.controller.hq_rows import DID, enrol, lines, standing
from tests.controller.stored_memory import BUILT, NOON, emptied
from tests.patience import PATIENCE_S, eventually

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server() -> Iterator[PrivatePostgres]:
    try:
        running = private_postgres()
        postgres = running.__enter__()
    except Unavailable as missing:
        pytest.skip(str(missing))
    yield postgres
    running.__exit__(None, None, None)


@pytest.fixture
def opened(server: PrivatePostgres) -> Iterator[Callable[[], StoredMemory]]:
    url = emptied(server.url)
    memories: list[StoredMemory] = []

    def open_one() -> StoredMemory:
        memories.append(open_memory(url, BUILT, NOON))
        return memories[-1]

    yield open_one
    for memory in memories:
        memory.close()


def again(work: Callable[[], object]) -> None:
    """Try until the database takes it, as everything of HQ's does."""
    def tried() -> bool:
        try:
            work()
        except Unavailable:
            return False
        return True
    eventually(tried, "the database takes it")


def test_while_the_server_is_away_everything_is_unavailable_and_afterwards_it_works(
    server: PrivatePostgres, opened: Callable[[], StoredMemory],
) -> None:
    memory = opened()
    enrol(memory, "s1")
    server.stop()
    try:
        for ask in (
            lambda: memory.papers.newest(), lambda: memory.papers.revision(), lambda: memory.papers.try_lock(),
            lambda: memory.papers.wait_for_news(0, 5), lambda: memory.papers.raise_term(0),
            lambda: memory.fleet_rows.note_standings([(standing("s1"), NOON)], (1, 1)),
            lambda: memory.proof.store_lines([("s1", "j", lines((1,)))], NOON),
            lambda: memory.papers.give_order("halt", {}, "Ida", NOON, DID),
        ):
            with pytest.raises(Unavailable, match="cannot be reached"):
                ask()
    finally:
        server.start()
    again(lambda: memory.proof.store_lines([("s1", "j", lines((1,)))], NOON))
    assert memory.proof.heads("s1") == {"j": (1, 1)}
    assert memory.papers.raise_term(0) == 1


def test_a_publisher_loses_its_right_with_the_server_and_can_get_it_again(
    server: PrivatePostgres, opened: Callable[[], StoredMemory],
) -> None:
    memory = opened()
    lock = memory.papers.try_lock()
    assert lock is not None
    term = memory.papers.raise_term(0)
    server.restart()
    assert not lock.still_held()
    lock.release()
    found = eventually(lambda: _try_lock(memory), "the lock is free again")
    assert found is not None
    assert found.still_held()
    memory.papers.carry_out(term, NOON)
    found.release()


def test_a_session_that_the_server_ends_gives_its_right_to_the_next(
    server: PrivatePostgres, opened: Callable[[], StoredMemory],
) -> None:
    memory, other = opened(), opened()
    lock = memory.papers.try_lock()
    assert lock is not None
    old = memory.papers.raise_term(0)
    assert other.papers.try_lock() is None
    with other.database.read() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
    taken = eventually(lambda: _try_lock(other), "the right is free")
    assert taken is not None
    assert not lock.still_held()
    other.papers.raise_term(0)
    with pytest.raises(Fenced):
        memory.papers.carry_out(old, NOON)
    taken.release()


def test_who_waits_for_news_hears_them_after_a_restart_as_well(
    server: PrivatePostgres, opened: Callable[[], StoredMemory],
) -> None:
    waiting, saying = opened(), opened()
    assert waiting.papers.wait_for_news(0, 0.1) == 0
    server.restart()
    heard: list[int] = []

    def wait() -> None:
        again(lambda: heard.append(waiting.papers.wait_for_news(0, PATIENCE_S)))

    thread = threading.Thread(target=wait)
    thread.start()
    again(lambda: saying.papers.give_order("halt", {}, "Ida", NOON, DID))
    thread.join(2 * PATIENCE_S)
    assert heard
    assert heard[-1] >= 1


def test_lines_that_are_said_again_after_a_restart_are_there_once(
    server: PrivatePostgres, opened: Callable[[], StoredMemory],
) -> None:
    memories = [opened(), opened()]
    stores = [f"s{number}" for number in range(4)]
    enrol(memories[0], *stores)
    begun = threading.Semaphore(0)

    def work(turn: int) -> None:
        batch = [(store, "j", lines(range(turn * 5 + 1, turn * 5 + 6))) for store in stores]
        begun.release()
        again(lambda: memories[turn % 2].proof.store_lines(batch, NOON))
        again(lambda: memories[1 - turn % 2].proof.store_lines(batch, NOON))

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(work, turn) for turn in range(30)]
        for _ in range(10):
            assert begun.acquire(timeout=PATIENCE_S)
        server.restart()
        for each in done:
            each.result(PATIENCE_S)
    for store in stores:
        assert memories[0].proof.heads(store) == {"j": (150, 150)}


def _try_lock(memory: StoredMemory) -> PublisherLock | None:
    try:
        return memory.papers.try_lock()
    except Unavailable:
        return None
