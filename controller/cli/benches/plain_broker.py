"""A mosquitto without accounts on this machine, with the limits of HQ's broker: for measuring what goes through one.

Not for a store or for HQ: whoever reaches its port may do everything.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from controller.cli.benches.shop import wait_until
from controller.errors import Unavailable
from devices.address import BrokerAddress
from devices.broker import find_mosquitto
from devices.machine import free_port, why_taken

_LIMITS = ("max_packet_size 1049600", "max_queued_messages 200000", "max_inflight_messages 100",
           "max_connections -1", "set_tcp_nodelay true", "persistence false", "log_dest none")


class PlainBroker:
    """One broker on one port, over any number of lives."""

    def __init__(self, folder: Path) -> None:
        """Write its configuration. Raises Unavailable where mosquitto is not installed."""
        found = find_mosquitto()
        if found is None:
            raise Unavailable("mosquitto is not installed here (apt-get install mosquitto).")
        self.address = BrokerAddress("127.0.0.1", free_port())
        self._conf = folder / "plain.conf"
        self._conf.write_text("\n".join((f"listener {self.address.port} 127.0.0.1", "allow_anonymous true", *_LIMITS,
                                         *(("user root",) if os.getuid() == 0 else ()))) + "\n")
        self._program = found
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._child = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
            [str(self._program), "-c", str(self._conf)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_until(lambda: bool(why_taken(self.address.host, self.address.port)), "the broker listens")

    def kill(self) -> None:
        """It dies on the spot (SIGKILL): what it had not passed on is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in good order. May be called twice."""
        self._end(signal.SIGTERM)

    def _end(self, by: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(by)
            child.wait(20)
