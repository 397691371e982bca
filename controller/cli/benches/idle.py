"""`sinne bench idle`: what a store costs that has nothing to do, beside a bare paho subscriber on the same topics.

Semantics, rule 35: the process of `sinne store` alone, with one panel open and heartbeats arriving. The panel is a
reader of the event stream that asks for the zones at each change, as the page does.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator

from controller.cli.benches.costs import cpu_s, resident_mb
from controller.cli.benches.figures import Figure, medians
from controller.cli.benches.names import STORE
from controller.cli.benches.shop import Part, Shop, shop
from controller.cli.sources import Running
from devices.messages import device_topic

BASELINE = "bare paho subscriber"
HEARD = "messages that a bare paho subscriber heard"
_LOOK_EVERY_S = 2.0


def measure_idle(n: int, minutes: float, runs: int) -> list[Figure]:
    """The figures for `n` lamps over `minutes`, `runs` times one after the other. Raises Unavailable."""
    shares: list[tuple[float, float]] = []
    memory: list[tuple[float, float]] = []
    changes: list[tuple[float, float]] = []
    with shop(n) as running, _listener(running) as listener, Panel(running.running) as panel:
        for _ in range(runs):
            told, heard = panel.changes, listener.ask({})["heard"]
            share, resident = _window((running.running.pid, listener.pid), 60 * minutes)
            shares.append(share)
            memory.append(resident)
            changes.append((panel.changes - told, listener.ask({})["heard"] - heard))

    def figure(what: str, unit: str, values: list[tuple[float, float]], beside: str = BASELINE) -> Figure:
        ours, theirs = zip(*values, strict=True)
        return medians(what, n, unit, ours, (beside, theirs))
    return [figure("idle: processor", "% of a core", shares), figure("idle: memory", "MB", memory),
            figure("idle: changes told to the panel", "messages", changes, HEARD)]


def _window(pids: tuple[int, int], for_s: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Share of a core in percent, and the most memory in MB, of both processes over `for_s`."""
    began, used = time.monotonic(), [cpu_s(pid) for pid in pids]
    most = [0.0, 0.0]
    while (left_s := began + for_s - time.monotonic()) > 0:
        time.sleep(min(_LOOK_EVERY_S, left_s))
        most = [max(high, resident_mb(pid)) for high, pid in zip(most, pids, strict=True)]
    took_s = time.monotonic() - began
    ours, theirs = (100 * (cpu_s(pid) - before) / took_s for pid, before in zip(pids, used, strict=True))
    return (ours, theirs), (most[0], most[1])


@contextlib.contextmanager
def _listener(running: Shop) -> Iterator[Part]:
    filters = [device_topic(STORE, "+", leaf) for leaf in ("reported", "meta", "avail")]
    listener = Part("bare_parts", "listener", {"address": running.broker.controller_address.url(), "filters": filters},
                    log=running.folder / "listener.log")
    try:
        yield listener
    finally:
        listener.end()


class Panel:
    """An open page: it reads the event stream, and asks for the zones whenever something has changed."""

    def __init__(self, running: Running) -> None:
        """Of this store; open within `with`."""
        self._running = running
        self.changes = 0
        self._line = http.client.HTTPConnection(running.url.partition("://")[2])
        self._thread = threading.Thread(target=self._read, name="panel", daemon=True)

    def __enter__(self) -> Panel:
        self._line.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {self._running.token}"})
        self._stream = self._line.getresponse()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._line.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            for line in self._stream:
                if line.startswith(b"data:"):
                    self.changes += 1
                    self._running.ask("GET", "/zones")
