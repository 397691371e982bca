"""The brokers that the transport contract is run over, each with the same verbs, and a sink that remembers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.address import BrokerAddress
from devices.broker import EmbeddedBroker, Mosquitto, find_mosquitto
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.mqtt import KEEPALIVE_S, MqttTransport
from devices.transport import Connected, Disconnected, Received, Transport, TransportEvent
from tests.devices.proxy import Proxy
from tests.patience import PATIENCE_S

#: The controller's account may both read and write here, so the contract is tested under the real access list.
TOPICS = "zigbee2mqtt/contract"
#: For what a broker is known not to do: waited for so long, and no longer, as it would be in vain.
IN_VAIN_S = 8.0
#: For a client that will fall silent, so that it is noticed within a test; too short for any other on a busy machine.
SHORT_S = 2


def eventually(condition: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
    """Wait until the condition holds; False when it does not in time."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())


def need_mosquitto() -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")


class Ear:
    """A sink that remembers everything, and can be told to fail."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self.events: list[TransportEvent] = []
        self.patience_s = patience_s
        self.fails = False
        self._more = threading.Condition()

    def __call__(self, event: TransportEvent) -> None:
        with self._more:
            self.events.append(event)
            self._more.notify_all()
        if self.fails:
            raise RuntimeError("this sink was told to fail")

    @property
    def messages(self) -> list[Message]:
        return [event.message for event in list(self.events) if isinstance(event, Received)]

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]

    def count(self, kind: type[Connected] | type[Disconnected]) -> int:
        return sum(isinstance(event, kind) for event in list(self.events))

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in list(self.events) if isinstance(event, Disconnected)]

    def until(self, condition: Callable[[], object]) -> bool:
        with self._more:
            return bool(self._more.wait_for(condition, self.patience_s))

    def hears(self, payload: bytes) -> bool:
        return self.until(lambda: payload in self.payloads)

    def connected(self, times: int = 1) -> bool:
        return self.until(lambda: self.count(Connected) >= times)

    def disconnected(self, times: int = 1) -> bool:
        return self.until(lambda: self.count(Disconnected) >= times)


class Net:
    """A broker and the lines to it."""

    protocol: str
    #: How long its ears wait.
    patience_s = PATIENCE_S

    def transport(self, client_id: str, will: Message | None = None, keepalive_s: int = KEEPALIVE_S) -> Transport:
        raise NotImplementedError

    def join(
        self, client_id: str, *filters: str, will: Message | None = None, keepalive_s: int = KEEPALIVE_S,
    ) -> tuple[Transport, Ear]:
        """A transport that is connected, and what it heard."""
        transport, ear = self.transport(client_id, will, keepalive_s), Ear(self.patience_s)
        transport.subscribe(filters)
        transport.start(ear)
        assert ear.connected()
        return transport, ear

    def cut(self, client_id: str) -> None:
        """Break one client's line until it is restored."""
        raise NotImplementedError

    def silence(self, client_id: str) -> None:
        """One client falls silent, its socket still open."""
        raise NotImplementedError

    def restore(self, client_id: str) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        """The broker dies on the spot."""
        raise NotImplementedError

    def restart_in_order(self) -> None:
        """The broker is ended in good order and started again."""
        raise NotImplementedError

    def come_back(self) -> None:
        """The broker is there again."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class LoopbackNet(Net):
    protocol = "loopback"

    def __init__(self) -> None:
        self._broker = LoopbackBroker()
        self._transports: list[Transport] = []
        self.cut = self._broker.cut  # type: ignore[method-assign]
        self.silence = self._broker.cut  # type: ignore[method-assign]
        self.restore = self._broker.restore  # type: ignore[method-assign]
        self.kill = self._broker.go_down  # type: ignore[method-assign]
        self.come_back = self._broker.come_back  # type: ignore[method-assign]

    def transport(self, client_id: str, will: Message | None = None, keepalive_s: int = KEEPALIVE_S) -> Transport:
        return self._broker.transport(client_id, will)

    def restart_in_order(self) -> None:
        self._broker.go_down()
        self._broker.come_back()

    def close(self) -> None:
        pass


class RealNet(Net):
    """A broker behind a proxy a client."""

    def __init__(self, broker: Mosquitto | EmbeddedBroker) -> None:
        self._broker = broker
        self._broker.start()
        self._proxies: dict[str, Proxy] = {}
        self._transports: list[MqttTransport] = []

    def transport(self, client_id: str, will: Message | None = None, keepalive_s: int = KEEPALIVE_S) -> Transport:
        real = self._broker.controller_address
        proxy = self._proxies[client_id] = Proxy(real.host, real.port)
        address = BrokerAddress(proxy.host, proxy.port, credentials=real.credentials)
        transport = MqttTransport(address, client_id, will, keepalive_s=keepalive_s)
        self._transports.append(transport)
        return transport

    def cut(self, client_id: str) -> None:
        self._proxies[client_id].cut()

    def silence(self, client_id: str) -> None:
        self._proxies[client_id].hole()

    def restore(self, client_id: str) -> None:
        self._proxies[client_id].heal()

    def restart_in_order(self) -> None:
        self._broker.stop()
        self._broker.start()

    def close(self) -> None:
        for transport in self._transports:
            transport.stop()
        for proxy in self._proxies.values():
            proxy.close()
        self._broker.stop()


class MosquittoNet(RealNet):
    protocol = "MQTT 5"

    def __init__(self, folder: Path) -> None:
        need_mosquitto()
        super().__init__(Mosquitto(folder))

    def kill(self) -> None:
        assert isinstance(self._broker, Mosquitto)
        pid = self._broker.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def come_back(self) -> None:
        """Nothing to do: its supervision brings it back."""


class EmbeddedNet(RealNet):
    protocol = "MQTT 3.1.1"

    def __init__(self) -> None:
        super().__init__(EmbeddedBroker())

    def kill(self) -> None:
        self._broker.stop()

    def come_back(self) -> None:
        self._broker.start()
