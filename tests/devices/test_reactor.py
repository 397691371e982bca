"""The network thread: order, timers, failures, and warnings that are said seldom."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from devices.reactor import Reactor
from devices.seldom import Seldom
from tests.patience import PATIENCE_S


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    made = Reactor("test")
    made.start()
    yield made
    made.stop()


def after(reactor: Reactor, delay_s: float = 0.0) -> threading.Event:
    done = threading.Event()
    reactor.call_at(time.monotonic() + delay_s, done.set)
    return done


def test_calls_of_one_thread_keep_their_order(reactor: Reactor) -> None:
    called: list[int] = []
    done = threading.Event()
    for number in range(5_000):
        reactor.call_soon(lambda number=number: called.append(number))  # type: ignore[misc]
    reactor.call_soon(done.set)
    assert done.wait(PATIENCE_S)
    assert called == list(range(5_000))


def test_call_from_another_thread_wakes_a_thread_that_waits(reactor: Reactor) -> None:
    for _ in range(200):
        done = threading.Event()
        reactor.call_soon(done.set)
        assert done.wait(PATIENCE_S)


def test_failing_callbacks_are_logged_and_stop_nothing(reactor: Reactor, caplog: pytest.LogCaptureFixture) -> None:
    near, far = socket.socketpair()
    with near, far:

        def fail(readable: bool, _writable: bool) -> None:
            assert readable
            near.recv(1)
            raise RuntimeError("told to fail")

        reactor.call_soon(lambda: reactor.watch(near.fileno(), fail))
        reactor.call_soon(lambda: 1 / 0)
        reactor.call_at(time.monotonic(), lambda: int("x"))
        far.send(b"x")
        assert after(reactor, 0.05).wait(PATIENCE_S)
        assert sum("the thread goes on" in record.message for record in caplog.records) == 3
        reactor.call_soon(lambda: reactor.forget(near.fileno()))
        assert after(reactor).wait(PATIENCE_S)


def test_forgotten_socket_is_not_called(reactor: Reactor) -> None:
    near, far = socket.socketpair()
    with near, far:
        called: list[bool] = []
        reactor.call_soon(lambda: reactor.watch(near.fileno(), lambda *_: called.append(True)))
        reactor.call_soon(lambda: reactor.forget(near.fileno()))
        reactor.call_soon(lambda: reactor.forget(near.fileno()))
        assert after(reactor).wait(PATIENCE_S)
        far.send(b"x")
        assert after(reactor, 0.05).wait(PATIENCE_S)
        assert called == []


def test_reactor_can_be_stopped_from_within_twice_and_unstarted() -> None:
    reactor = Reactor("self-ending")
    reactor.start()
    reactor.call_soon(reactor.stop)
    reactor.stop()
    reactor.stop()
    assert not any(thread.name == "self-ending" for thread in threading.enumerate())
    Reactor("never-started").stop()


def test_warning_is_said_once_a_minute_a_subject(caplog: pytest.LogCaptureFixture) -> None:
    now_s = [1000.0]
    seldom = Seldom(logging.getLogger("test"), clock=lambda: now_s[0])
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            seldom.warning("a", "about %s", "a")
            seldom.warning("b", "about %s", "b")
        assert [record.message for record in caplog.records] == ["about a", "about b"]
        now_s[0] += 60
        seldom.warning("a", "again")
    assert len(caplog.records) == 3


def test_hostile_subjects_do_not_grow_the_memory() -> None:
    seldom = Seldom(logging.getLogger("test.quiet"))
    assert sum(seldom.due(str(number)) for number in range(50_000)) == 50_000
    assert len(seldom._last) <= 2_000
