"""`sinne bench apply`: from a press to the last device's report, beside a bare paho publish-and-echo loop.

Semantics, rule 32. Ours: the request `POST /api/v1/override` for the whole store, until the store has entered the last
zone as reached, that is: every lamp has reported the (epoch, rev) of its order and a state that agrees, the engine has
compared it and the journal is on disk. Bare: one paho client publishes as many messages with the very bytes of
our orders, each of as many paho clients in another process answers with as many bytes as our reports have, until
the last answer is in; nothing is worked out, compared or kept. Both take turns on one broker.
"""

from __future__ import annotations

import base64
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from controller.cli.benches.costs import cpu_s
from controller.cli.benches.figures import Figure, medians
from controller.cli.benches.journal import Journal
from controller.cli.benches.names import BARE, STORE, lamps
from controller.cli.benches.shop import MOODS, Part, Shop, shop
from controller.cli.sources import Running
from controller.errors import Unavailable
from devices.bare import retained
from devices.messages import device_topic

BASELINE = "bare paho publish and echo"
BARE_CPU = "bare paho publisher"
BARE_WEB = "bare HTTP server and one commit"
BARE_FIRST, BARE_LAST = "bare paho: first message at an echo", "bare paho: last message at an echo"
#: About as many bytes as the store answers to a press of ten zones.
_ANSWER_BYTES = 400
_WARM_UP = 2
#: Between a press and the next: the store has come to rest, and a lamp may be ordered again (0.34 s).
_REST_S = 0.6


@dataclass(slots=True)
class Presses:
    """Seconds from the request to its answer, to the first and the last order at a lamp, to the last report."""

    answered: list[float] = field(default_factory=list)
    first_order: list[float] = field(default_factory=list)
    last_order: list[float] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    #: Seconds of processor that the process of the store used.
    cpu: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Bare:
    """The same of the bare sides: an answered request, first and last message at an echo, the last answer, CPU."""

    answered: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure_apply(n: int, runs: int) -> list[Figure]:
    """The figures for `n` lamps. Raises Unavailable where a part does not come up or a lamp does not change."""
    with shop(n) as running, contextlib.closing(Journal(running.folder / "store")) as journal:
        presses, bare = Presses(), Bare()
        moods = [list(MOODS)[number % 2] for number in range(_WARM_UP + runs)]
        last = ""
        for mood in moods[:_WARM_UP]:
            last = _press(running, journal, mood, Presses(), last)
        with _bare_loop(running) as (echo, publisher), _bare_web(running) as web:
            _bare_press(echo, publisher, web, Bare())
            for mood in moods[_WARM_UP:]:
                last = _press(running, journal, mood, presses, last)
                _bare_press(echo, publisher, web, bare)

    def in_ms(seconds: list[float]) -> list[float]:
        return [1000 * each for each in seconds]
    return [
        medians("apply", n, "ms", in_ms(presses.reached), (BASELINE, in_ms(bare.reached))),
        medians("apply: processor of the store", n, "ms", in_ms(presses.cpu), (BARE_CPU, in_ms(bare.cpu))),
        medians("apply: request answered", n, "ms", in_ms(presses.answered), (BARE_WEB, in_ms(bare.answered))),
        medians("apply: first order at a lamp", n, "ms", in_ms(presses.first_order), (BARE_FIRST, in_ms(bare.first))),
        medians("apply: last order at a lamp", n, "ms", in_ms(presses.last_order), (BARE_LAST, in_ms(bare.last))),
    ]


def _press(running: Shop, journal: Journal, mood: str, into: Presses, before: str) -> str:
    """Press once, measure, and see that every lamp has really changed; then take the press before back."""
    zones = {f"zone-{number}" for number in range(min(running.n, 10))}
    journal.news()
    running.simulator.ask({})
    used, began = cpu_s(running.running.pid), time.monotonic()
    pressed = running.press(mood)
    answered = time.monotonic()
    reached = journal.await_zones(zones)
    time.sleep(_REST_S)
    used = cpu_s(running.running.pid) - used
    seen = running.simulator.ask({})
    wrong = [lamp for lamp in seen["shown"] if abs(lamp - MOODS[mood][0]) > 1] or running.wrong(mood)
    if wrong or seen["orders"] < running.n:
        raise Unavailable(f"{len(wrong)} of {running.n} lamps did not become {mood}, so there is nothing to measure.")
    into.cpu.append(used)
    into.answered.append(answered - began)
    into.first_order.append(seen["first_at"] - began)
    into.last_order.append(seen["last_at"] - began)
    into.reached.append(reached - began)
    if before:  # it is covered by this one: nothing changes, and overrides do not pile up
        running.running.ask("POST", "/undo", f'{{"press": "{before}"}}'.encode())
    time.sleep(_REST_S)
    return pressed


def _bare_press(echo: Part, publisher: Part, web: Running, into: Bare) -> None:
    """A request to the bare server, and a round of the bare loop."""
    began = time.monotonic()
    web.ask("POST", "/override", b'{"profile": "bright", "until": "minutes:60"}')
    into.answered.append(time.monotonic() - began)
    echo.ask({})
    used = cpu_s(publisher.pid)
    made = publisher.ask({})
    into.cpu.append(cpu_s(publisher.pid) - used)
    seen = echo.ask({})
    into.reached.append(made["took_s"])
    into.first.append(seen["first_at"] - made["began_at"])
    into.last.append(seen["last_at"] - made["began_at"])


@contextlib.contextmanager
def _bare_web(running: Shop) -> Iterator[Running]:
    """An HTTP server that only commits a row, on the same disk."""
    server = Part("bare_web", "answerer", {"folder": str(running.folder), "size": _ANSWER_BYTES},
                  log=running.folder / "answerer.log")
    try:
        yield Running(server.pid, server.ready["url"], "bare", "", None)
    finally:
        server.end()


@contextlib.contextmanager
def _bare_loop(running: Shop) -> Iterator[tuple[Part, Part]]:
    """The echoes and the publisher, with the sizes that our own messages have."""
    controller, folder = running.broker.controller_address, running.folder
    leaves = [device_topic(STORE, "+", leaf) for leaf in ("desired", "reported")]
    kept = retained(controller, "bare-reader", leaves, 2 * running.n)
    orders = [kept[device_topic(STORE, lamp, "desired")] for lamp in lamps(running.n)]
    sizes = [len(kept[device_topic(STORE, lamp, "reported")]) for lamp in lamps(running.n)]
    echo = Part("bare_parts", "echo", {
        "n": running.n, "address": running.broker.address.url(), "sizes": sizes,
        "accounts": [running.broker.device_credentials(lamp).password for lamp in lamps(running.n)],
    }, log=folder / "echo.log")
    try:
        publisher = Part("bare_parts", "publisher", {
            "n": running.n, "address": controller.url(), "store": BARE,
            "payloads": [base64.b64encode(order).decode() for order in orders]}, log=folder / "publisher.log")
        try:
            yield echo, publisher
        finally:
            publisher.end()
    finally:
        echo.end()


