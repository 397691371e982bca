"""The broker of one store on this machine: mosquitto where it is installed, else an embedded amqtt for the demo.

The only importer of amqtt, which is for the demo and for tests: it knows MQTT 3.1.1 only, never enforces a keepalive,
sends retained messages to clients that did not ask, and keeps nothing on disk (`test_transport_contract.py` lists it).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, Protocol

from amqtt.broker import Broker as AmqttBroker

from devices.address import BrokerAddress, Credentials
from devices.machine import free_port
from devices.mosquitto import BrokerFailed as BrokerFailed
from devices.mosquitto import Mosquitto as Mosquitto
from devices.mosquitto import find_mosquitto as find_mosquitto

START_S = 30.0
#: amqtt waits for clients that do not go; nobody else does.
END_S = 5.0


class LocalBroker(Protocol):
    """What both brokers can do."""

    def start(self) -> None:
        """Start and wait until connections are accepted; BrokerFailed with a sentence otherwise."""

    def stop(self) -> None:
        """End it. May be called twice."""

    @property
    def address(self) -> BrokerAddress:
        """Where it listens, without an account."""

    @property
    def controller_address(self) -> BrokerAddress:
        """Where it listens, with the controller's account if it has accounts."""

    def add_devices(self, devices: Iterable[str]) -> None:
        """Give devices accounts, if it has accounts."""

    def device_credentials(self, device: str) -> Credentials | None:
        """The account of one device; None from a broker without accounts."""


class EmbeddedBroker:
    """amqtt in a thread with its own event loop; everybody may do everything, so it listens on this machine only.

    What is retained is lost when it stops. `port` None: a free one.
    """

    def __init__(self, port: int | None = None) -> None:
        self.address = BrokerAddress("127.0.0.1", port or free_port())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._broker: Any = None

    @property
    def controller_address(self) -> BrokerAddress:
        """The same address: there are no accounts."""
        return self.address

    def add_devices(self, devices: Iterable[str]) -> None:
        """Nothing to do: there are no accounts."""

    def device_credentials(self, device: str) -> None:
        """None: there are no accounts."""

    def start(self) -> None:
        """Start it and wait until it listens. BrokerFailed when the port is taken."""
        if self._thread is not None:
            raise RuntimeError("this broker is running already")
        for noisy in ("amqtt", "transitions"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="embedded-broker", daemon=True)
        self._thread.start()
        try:
            self._broker = self._await(self._open())
        except Exception as error:
            self.stop()
            raise BrokerFailed(f"The embedded broker cannot listen on {self.address}: {error}") from error

    def stop(self) -> None:
        """End it and its thread."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None:
            return
        if self._broker is not None:
            try:
                self._await(self._broker.shutdown(), END_S)
            except Exception:
                logging.getLogger(__name__).debug("The embedded broker did not end in good order", exc_info=True)
            self._broker = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        thread.join(START_S)

    async def _open(self) -> Any:
        broker = AmqttBroker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{self.address.host}:{self.address.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await broker.start()
        return broker

    def _await(self, work: Coroutine[Any, Any, Any], within_s: float = START_S) -> Any:
        assert self._loop is not None  # noqa: S101 - made in start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        loop.set_exception_handler(lambda _loop, _context: None)  # a client that vanishes is no news
        asyncio.set_event_loop(loop)
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def embedded_broker(folder: Path, *, port: int | None = None, store: str | None = None) -> LocalBroker:
    """A mosquitto on `folder` where it is installed, else an `EmbeddedBroker`. Not started yet."""
    if find_mosquitto():
        return Mosquitto(folder, port=port, store=store)
    return EmbeddedBroker(port)
