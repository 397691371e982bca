"""MQTT through paho: the controller's one connection, and a swarm of very many for simulated devices.

The only importer of paho. Paho packs and parses; the waiting is `reactor.py`'s, the policy `link.py`'s. All calls
into a paho client come from the reactor's thread, except its connecting, which blocks and has a thread of its own.
Facts of paho 2 that shape this file: an exception in a callback ends its own thread while it still says *connected*;
nothing is subscribed again by itself; QoS 1 is queued without bound while offline; a message that an MQTT 5 broker
refused still counts as published. Without TCP_NODELAY a QoS 1 round trip takes 44 ms instead of 0.3.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from paho.mqtt.client import PUBACK, PUBLISH, Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.address import BrokerAddress as BrokerAddress
from devices.address import Credentials as Credentials
from devices.bulk import BulkSocket, await_close
from devices.dial import CONNECT_TIMEOUT_S, Version, tls_context, why_not
from devices.messages import MAX_PAYLOAD, Message
from devices.packets import plain_puback, plain_publish
from devices.solo import WINDOW as WINDOW
from devices.solo import Solo
from devices.swarm import Swarm
from devices.wire import MakeWire, Timings, WireEvents

#: Seconds between pings when nothing else is said. A dead line is noticed within twice this and a tick, which is
#: below 1.5 times and 10 s; the broker publishes a silent peer's last will after 1.5 times.
KEEPALIVE_S = 15
#: Unacknowledged QoS 1 messages on the wire: paho rescans this window at every acknowledgement.
IN_FLIGHT = 20

@dataclass(frozen=True, slots=True)
class _Identity:
    """What a CONNECT says of us, and to whom."""

    address: BrokerAddress
    client_id: str
    will: Message | None
    keepalive_s: int
    tls: ssl.SSLContext | None


class _Client(Client):
    """Paho over a socket that reads and writes in bulk, with a shorter way for what most of the traffic is."""

    def _create_socket(self) -> BulkSocket:
        return BulkSocket(super()._create_socket())

    def take_plain(self, line: BulkSocket, speaks_5: bool, wire: _PahoWire) -> bool:
        """Take the next packet without paho, as it would: a plain message or acknowledgement. False: it is not one."""
        packet = None if self._in_packet["command"] else line.peek()
        if packet is None:
            return False
        first, body = packet
        if first >> 4 == PUBLISH >> 4:
            heard = plain_publish(first, body, speaks_5)
            if heard is None:
                return False
            line.skip()
            wire.heard(heard[0])
            if heard[1]:
                self._send_puback(heard[1])
        else:
            mid = plain_puback(body) if first == PUBACK else None
            if mid is None:
                return False
            line.skip()
            self._acknowledged(mid, wire)
        self._last_bytes_received = time.monotonic()
        return True

    def _acknowledged(self, mid: int, wire: _PahoWire) -> None:
        with self._out_message_mutex:
            if self._out_messages.pop(mid, None) is not None:
                self._inflight_messages -= 1
                wire.taken(mid, "")
                self._update_inflight()


class _PahoWire:
    """One connection through one paho client (`wire.Wire`)."""

    def __init__(self, identity: _Identity, speaks_5: bool, events: WireEvents) -> None:
        self._identity = identity
        self._speaks_5 = speaks_5
        self._events = events
        self._socket: Any = None
        self._topics: dict[int, str] = {}
        self._leaving: socket.socket | None = None
        client = _Client(
            CallbackAPIVersion.VERSION2,
            identity.client_id,
            clean_session=None if speaks_5 else True,
            protocol=MQTTProtocolVersion.MQTTv5 if speaks_5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages = IN_FLIGHT
        client.connect_timeout = CONNECT_TIMEOUT_S
        if identity.address.credentials:
            client.username_pw_set(identity.address.credentials.username, identity.address.credentials.password)
        if identity.tls:
            client.tls_set_context(identity.tls)
        if identity.will:
            will = identity.will
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_socket_open = self._on_socket_open
        client.on_socket_register_write = lambda *_: events.wants_write()
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        self._client = client

    def open(self) -> None:
        address = self._identity.address
        try:
            self._client.connect(address.host, address.port, keepalive=self._identity.keepalive_s)
        except OSError as error:
            self.abandon()
            raise ConnectionError(why_not(address, error)) from error

    def fileno(self) -> int:
        return int(self._socket.fileno())

    def read(self) -> None:
        self._socket.fill()
        while self._socket.has_more() and self._client.socket():
            if not self._client.take_plain(self._socket, self._speaks_5, self):
                self._client.loop_read()

    def write(self) -> bool:
        self._client.loop_write()
        return bool(self._socket.flush())

    def tick(self) -> None:
        self._client.loop_misc()

    def subscribe(self, filters: list[str]) -> int:
        _, packet = self._client.subscribe([(each, 1) for each in filters])
        return packet or 0

    def unsubscribe(self, filters: list[str]) -> None:
        self._client.unsubscribe(filters)

    def publish(self, message: Message) -> bool:
        properties = None
        if self._speaks_5 and message.expiry_s is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = message.expiry_s
        sent = self._client.publish(message.topic, message.payload, message.qos, message.retain, properties)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        self._topics[sent.mid] = message.topic
        return True

    def goodbye(self) -> None:
        self._leaving = self._socket.twin()  # paho closes its own right after the DISCONNECT
        self._client.disconnect()
        self._client.loop_write()

    def await_close(self) -> None:
        if self._leaving is not None:
            await_close(self._leaving)

    def abandon(self) -> None:
        if self._socket is not None:
            self._socket.close()

    # --- paho's callbacks ---------------------------------------------------------------------------------------------

    def _on_socket_open(self, _client: Client, _userdata: Any, opened: Any) -> None:
        self._socket = opened
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._events.refused(_words(reason))
        else:
            self._events.accepted()

    def _on_disconnect(
        self, _client: Client, _userdata: Any, flags: DisconnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        who = "The broker ended the connection" if flags.is_disconnect_packet_from_server else "The connection was lost"
        self._events.lost(f"{who}: {_words(reason)}.")

    def _on_subscribe(
        self, _client: Client, _userdata: Any, packet: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        self._events.subscribed(packet, [_words(reason) if reason.is_failure else "" for reason in reasons])

    def _on_publish(self, _client: Client, _userdata: Any, packet: int, reason: ReasonCode, _properties: Any) -> None:
        self.taken(packet, _words(reason) if reason.is_failure else "")

    def _on_message(self, _client: Client, _userdata: Any, received: MQTTMessage) -> None:
        try:
            topic = received.topic
        except UnicodeDecodeError:
            self._events.garbled()
            return
        self.heard(Message(topic, bytes(received.payload), received.qos, received.retain))

    def heard(self, message: Message) -> None:
        """A message has come."""
        self._events.arrived(message)

    def taken(self, packet: int, refusal: str) -> None:
        """The broker has answered one of ours."""
        self._events.acknowledged(self._topics.pop(packet, ""), refusal)


def _words(reason: ReasonCode) -> str:
    return str(reason).lower()


class MqttTransport(Solo):
    """A `devices.transport.Transport` on a real broker (`solo.Solo`), MQTT 5 or 3.1.1.

    Raises ValueError when the CA file cannot be read. `credentials` go before those in the address.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        will: Message | None = None,
        *,
        credentials: Credentials | None = None,
        keepalive_s: int = KEEPALIVE_S,
        max_payload: int = MAX_PAYLOAD,
        timings: Timings | None = None,
    ) -> None:
        address = address.with_credentials(credentials) if credentials else address
        tls = tls_context(address)
        wire = partial(_PahoWire, _Identity(address, client_id, will, keepalive_s, tls))
        super().__init__(client_id, str(address), wire, Version(address, tls),
                         max_payload=max_payload, timings=timings or Timings())


class MqttSwarm(Swarm):
    """Very many clients of one broker on one thread (`swarm.Swarm`): `add`, `start`, `stop`, `call_soon`, `call_at`."""

    def __init__(self, address: BrokerAddress, *, keepalive_s: int = 60, connecting_at_once: int = 100) -> None:
        tls = tls_context(address)

        def wires_for(client_id: str, will: Message | None, credentials: Credentials | None) -> MakeWire:
            where = address.with_credentials(credentials) if credentials else address
            return partial(_PahoWire, _Identity(where, client_id, will, keepalive_s, tls))

        tick_s = max(0.2, min(10.0, keepalive_s / 6))
        super().__init__(wires_for, Version(address, tls), connecting_at_once, tick_s)


def fresh_only(topic_filter: str) -> tuple[str, SubscribeOptions]:
    """A subscription at QoS 1 to what will be said, without what is retained (MQTT 5 only)."""
    return topic_filter, SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)


def bare_client(client_id: str) -> Client:
    """A paho client set as ours are, with nothing of ours around it: what `sinne bench` measures us against."""
    client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5)
    client.max_inflight_messages = IN_FLIGHT
    client.on_socket_open = lambda _, __, line: cast(Any, line).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client
