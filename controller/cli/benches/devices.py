"""`sinne bench devices`: very many simulated devices answer a store-wide press, beside a bare paho echo on their loop.

Semantics, rule 33. Ours: `n` native lamps with the real firmware, each its own client of one mosquitto with its own
last will, all in one process on one core; somebody apart publishes one `desired` to each, as the controller writes it
and without a fade, until the last `reported` that says that this very order is applied. Bare: as many bare paho clients
in a process of the same core and on the same loop, which answer each order with as many bytes. They take turns on one
broker, because together they would be more connections than many systems let a process have.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from controller.cli.benches.costs import cpu_s, resident_mb
from controller.cli.benches.figures import Figure, medians
from controller.cli.benches.names import BARE, STORE, lamps
from controller.cli.benches.shop import Part
from controller.errors import Unavailable
from devices.bare import retained
from devices.broker import BrokerFailed, Mosquitto
from devices.messages import device_topic

BASELINE = "bare paho echo on the same loop"
_PROCESSES = {STORE: "firmware", BARE: "echoes"}
#: Presses of a process before it gives way to the other.
_A_TURN = 3


@dataclass(slots=True)
class Rounds:
    """Seconds of each press, seconds of processor that the devices' process used for it, and its kB a device."""

    took: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    kb: list[float] = field(default_factory=list)


class Turns:
    """A broker, and one process of devices after the other, with somebody who presses."""

    def __init__(self, n: int, folder: Path, broker: Mosquitto) -> None:
        """`n` devices; what is written goes to `folder`."""
        self._n, self._folder, self._broker = n, folder, broker
        self._alone, self._others = cores()
        self._accounts = {lamp: broker.device_credentials(lamp).password for lamp in lamps(n)}
        self._presses = 0
        self._report = ""
        if self._others and broker.pid is not None:
            os.sched_setaffinity(broker.pid, self._others)

    def turn(self, store: str, runs: int, into: Rounds) -> None:
        """One process of devices from its start to its end: a press to warm up, and `runs` that are measured.

        Raises Unavailable where not all connect, or not all answer.
        """
        name = _PROCESSES[store]
        part = Part("device_parts", name, {
            "n": self._n, "address": self._broker.address.url(), "accounts": self._accounts, "cores": self._alone,
            "report": self._report}, log=self._folder / f"{name}.log")
        try:
            empty_mb = resident_mb(part.pid)
            connected = part.ask({})["connected"]
            if connected < self._n:
                raise Unavailable(f"Only {connected} of {self._n} devices were connected in ten minutes.")
            self._presses_of(store, part.pid, runs, into)
            into.kb.append(1000 * (resident_mb(part.pid) - empty_mb) / self._n)
            if store == STORE and not self._report:
                topic = device_topic(STORE, lamps(1)[0], "reported")
                self._report = retained(self._broker.controller_address, "report", [topic], 1)[topic].decode()
        finally:
            part.end()

    def _presses_of(self, store: str, devices: int, runs: int, into: Rounds) -> None:
        presser = Part("device_parts", "presser", {
            "n": self._n, "store": store, "address": self._broker.controller_address.url(), "cores": self._others},
            log=self._folder / "presser.log")
        try:
            for number in range(1 + runs):
                self._presses += 1
                used = cpu_s(devices)
                took = float(presser.ask({"press": self._presses})["took_s"])
                if number:
                    into.took.append(took)
                    into.cpu.append(cpu_s(devices) - used)
        finally:
            presser.end()


def measure_devices(n: int, runs: int) -> list[Figure]:
    """The figures of `n` devices. Raises Unavailable where a part does not come up or a device does not answer."""
    ours, bare = Rounds(), Rounds()
    with _turns(n) as turns:
        while (left := runs - len(ours.took)) > 0:
            turns.turn(STORE, min(left, _A_TURN), ours)
            turns.turn(BARE, min(left, _A_TURN), bare)
    return [
        medians("devices", n, "s", ours.took, (BASELINE, bare.took)),
        medians("devices: processor for one press", n, "s", ours.cpu, (BASELINE, bare.cpu)),
        medians("devices: memory of one", n, "kB", ours.kb, (BASELINE, bare.kb)),
    ]


def cores() -> tuple[list[int], list[int]]:
    """The core of the devices, and those of everybody else; none for no choice, where there is only one."""
    ours = sorted(os.sched_getaffinity(0))
    return (ours[-1:], ours[:-1]) if len(ours) > 1 else ([], [])


@contextlib.contextmanager
def _turns(n: int) -> Iterator[Turns]:
    with contextlib.ExitStack() as shutdown:
        folder = Path(shutdown.enter_context(tempfile.TemporaryDirectory(prefix="sinne-bench-")))
        folder.chmod(0o711)  # so that a mosquitto started by root can give up its rights and still get in
        try:
            broker = Mosquitto(folder / "broker")
            broker.add_devices(lamps(n))
            broker.start()
        except BrokerFailed as failed:
            raise Unavailable(f"A benchmark needs a real broker. {failed}") from failed
        shutdown.callback(broker.stop)
        yield Turns(n, folder, broker)
