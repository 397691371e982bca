"""What only a real line can show: black holes, refusals, full windows, TLS, rubbish; and the swarm."""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devices.address import BrokerAddress, Credentials
from devices.broker import EmbeddedBroker, Mosquitto
from devices.messages import MAX_PAYLOAD, Message
from devices.mqtt import KEEPALIVE_S, WINDOW, MqttSwarm, MqttTransport
from devices.transport import Connected
from tests.devices.brokers import TOPICS, Ear, eventually, need_mosquitto
from tests.devices.proxy import Proxy
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    need_mosquitto()
    made = Mosquitto(tmp_path_factory.mktemp("broker"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def proxy(broker: Mosquitto) -> Iterator[Proxy]:
    made = Proxy(broker.address.host, broker.address.port)
    yield made
    made.close()


@pytest.fixture
def started() -> Iterator[list[MqttTransport]]:
    made: list[MqttTransport] = []
    yield made
    for transport in made:
        transport.stop()


_names = itertools.count()


def join(
    started: list[MqttTransport], address: BrokerAddress, *filters: str, keepalive_s: int = KEEPALIVE_S
) -> tuple[MqttTransport, Ear]:
    transport, ear = MqttTransport(address, f"client-{next(_names)}", keepalive_s=keepalive_s), Ear()
    started.append(transport)
    transport.subscribe(filters)
    transport.start(ear)
    return transport, ear


def through(proxy: Proxy, broker: Mosquitto) -> BrokerAddress:
    return BrokerAddress(proxy.host, proxy.port, credentials=broker.controller_address.credentials)


def test_black_hole_is_noticed_and_left_behind(broker: Mosquitto, proxy: Proxy, started: list[MqttTransport]) -> None:
    transport, ear = join(started, through(proxy, broker), keepalive_s=1)
    assert ear.connected()
    proxy.hole()
    assert ear.disconnected()
    assert "keep alive" in ear.reasons[0]
    assert not transport.connected
    proxy.heal()
    assert ear.connected(2)


def test_connecting_into_a_black_hole_is_given_up_and_tried_again(
    broker: Mosquitto, proxy: Proxy, started: list[MqttTransport]
) -> None:
    proxy.hole()
    transport, ear = join(started, through(proxy, broker), keepalive_s=2)
    assert ear.disconnected()
    assert not transport.connected
    proxy.heal()
    assert ear.connected()
    assert Connected("MQTT 5") in ear.events


def test_slow_line_loses_nothing(broker: Mosquitto, proxy: Proxy, started: list[MqttTransport]) -> None:
    _, listener = join(started, broker.controller_address, f"{TOPICS}/slow")
    transport, ear = join(started, through(proxy, broker))
    assert ear.connected()
    assert listener.connected()
    proxy.slow(0.05)
    sent = [b"%d" % number for number in range(100)]
    assert all(transport.publish(Message(f"{TOPICS}/slow", payload, 1)) for payload in sent)
    assert listener.until(lambda: len(listener.messages) == 100)
    assert listener.payloads == sent


def test_full_window_refuses_and_opens_again(broker: Mosquitto, proxy: Proxy, started: list[MqttTransport]) -> None:
    transport, ear = join(started, through(proxy, broker), keepalive_s=600)
    assert ear.connected()
    proxy.pause()
    taken = sum(transport.publish(Message(f"{TOPICS}/window", b"x", 1)) for _ in range(WINDOW + 500))
    assert WINDOW <= taken < WINDOW + 500
    proxy.go_on()
    assert eventually(lambda: transport.publish(Message(f"{TOPICS}/window", b"x", 1)))


def test_what_was_unacknowledged_is_dropped_with_its_connection(
    broker: Mosquitto, proxy: Proxy, started: list[MqttTransport]
) -> None:
    _, listener = join(started, broker.controller_address, f"{TOPICS}/stale")
    transport, ear = join(started, through(proxy, broker))
    assert ear.connected()
    assert listener.connected()
    proxy.hole()
    assert all(transport.publish(Message(f"{TOPICS}/stale", b"stale", 1)) for _ in range(100))
    proxy.heal()
    assert ear.disconnected()
    assert ear.connected(2)
    assert transport.publish(Message(f"{TOPICS}/stale", b"fresh", 1))
    assert listener.hears(b"fresh")
    assert listener.payloads == [b"fresh"]


def test_message_too_large_is_not_sent_and_the_connection_stays(
    broker: Mosquitto, started: list[MqttTransport]
) -> None:
    transport, ear = join(started, broker.controller_address, f"{TOPICS}/size")
    assert ear.connected()
    largest = MAX_PAYLOAD - len(f"{TOPICS}/size") - 32
    assert transport.publish(Message(f"{TOPICS}/size", b"x" * (largest + 1), 1)) is False
    assert transport.publish(Message(f"{TOPICS}/size", b"x" * largest, 1)) is True
    assert ear.until(lambda: ear.messages)
    assert ear.count(Connected) == 1
    assert transport.counts.oversized == 1


def test_message_over_our_limit_is_counted_and_dropped(broker: Mosquitto, started: list[MqttTransport]) -> None:
    narrow, ear = MqttTransport(broker.controller_address, "narrow", max_payload=1_000), Ear()
    started.append(narrow)
    narrow.subscribe([f"{TOPICS}/narrow"])
    narrow.start(ear)
    speaker, heard = join(started, broker.controller_address)
    assert ear.connected()
    assert heard.connected()
    speaker.publish(Message(f"{TOPICS}/narrow", b"x" * 1_001, 1))
    speaker.publish(Message(f"{TOPICS}/narrow", b"small", 1))
    assert ear.hears(b"small")
    assert ear.payloads == [b"small"]
    assert narrow.counts.oversized == 1


def test_refused_message_is_counted_and_logged_once(
    broker: Mosquitto, started: list[MqttTransport], caplog: pytest.LogCaptureFixture
) -> None:
    transport, ear = join(started, broker.controller_address)
    assert ear.connected()
    with caplog.at_level(logging.WARNING, logger="devices.link"):
        for _ in range(5):
            assert transport.publish(Message("forbidden/topic", b"x", 1))
        assert eventually(lambda: transport.counts.refused == 5)
    told = [record.message for record in caplog.records if "forbidden/topic" in record.message]
    assert len(told) == 1
    assert "not authorized" in told[0]
    assert ear.count(Connected) == 1


def test_wrong_password_is_said_and_tried_again(broker: Mosquitto, started: list[MqttTransport]) -> None:
    address = broker.address.with_credentials(Credentials("_controller", "guess"))
    transport, ear = join(started, address)
    assert ear.disconnected(2)
    assert "not authorized" in ear.reasons[0]
    assert "guess" not in " ".join(ear.reasons)
    assert not transport.connected


def test_nobody_there_is_said_in_a_sentence(started: list[MqttTransport]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _, ear = join(started, BrokerAddress("127.0.0.1", port))
    assert ear.disconnected(3)
    assert ear.reasons[0] == f"No broker answers at 127.0.0.1:{port}."


def test_unknown_name_is_said_in_a_sentence(started: list[MqttTransport]) -> None:
    _, ear = join(started, BrokerAddress("no-such-host.invalid"))
    assert ear.disconnected()
    assert ear.reasons[0] == "The name no-such-host.invalid is not known on this network."


def test_message_expires_at_the_broker(broker: Mosquitto, started: list[MqttTransport]) -> None:
    transport, ear = join(started, broker.controller_address, f"{TOPICS}/expiry/#")
    assert ear.connected()
    transport.publish(Message(f"{TOPICS}/expiry/brief", b"brief", 1, retain=True, expiry_s=1))
    transport.publish(Message(f"{TOPICS}/expiry/lasting", b"lasting", 1, retain=True))
    assert ear.hears(b"lasting")

    def brief_is_gone() -> bool:
        late, heard = join(started, broker.controller_address, f"{TOPICS}/expiry/#")
        heard.hears(b"lasting")
        late.stop()
        return heard.payloads == [b"lasting"]

    assert eventually(brief_is_gone)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x20\x02\x00\x00" + bytes(range(256)),
        b"\x20\x02\x00\x00\x30\xff\xff\xff\xff\xff",
        b"\x20\x02\x00\x00\x30\x06\x00\x02\xff\xfe{}",
        b"\x20\x02\x00\x00\x90\x01\x00",
        b"\x00" * 64,
        b"",
    ],
)
def test_rubbish_from_the_other_side_ends_neither_thread_nor_trying(
    answer: bytes, started: list[MqttTransport]
) -> None:
    accepted = threading.Semaphore(0)

    def talk(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                accepted.release()
                with line, suppress(OSError):
                    line.recv(100)
                    line.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=talk, args=(listener,), daemon=True).start()
        transport, ear = join(started, BrokerAddress("127.0.0.1", listener.getsockname()[1]))
        for _ in range(4):
            assert accepted.acquire(timeout=PATIENCE_S)
        assert ear.disconnected(2)
        listener.shutdown(socket.SHUT_RDWR)
    assert eventually(lambda: not transport.connected)


def test_broker_of_the_old_version_is_found_out_even_with_a_last_will(started: list[MqttTransport]) -> None:
    old = EmbeddedBroker()
    old.start()
    try:
        transport, ear = MqttTransport(old.address, "with-will", Message("a/avail", b"offline", 1, True)), Ear()
        started.append(transport)
        transport.start(ear)
        assert ear.connected()
        assert ear.events == [Connected("MQTT 3.1.1")]
    finally:
        transport.stop()
        old.stop()


def test_broker_replaced_by_one_of_another_version_is_found_out(started: list[MqttTransport], tmp_path: Path) -> None:
    need_mosquitto()
    first, port = EmbeddedBroker(), 0
    first.start()
    port = first.address.port
    new = Mosquitto(tmp_path, port=port)
    transport, ear = join(started, new.controller_address)
    assert ear.connected()
    first.stop()
    assert ear.disconnected()
    new.start()
    try:
        assert ear.connected(2)
        assert ear.events[-1] in (Connected("MQTT 3.1.1"), Connected("MQTT 5"))
        assert transport.publish(Message(f"{TOPICS}/a", b"x", 1))
    finally:
        transport.stop()
        new.stop()


# --- TLS ------------------------------------------------------------------------------------------------------------


def certificate_for(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of its own for `name` (an address or a host name), and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, secret


@pytest.fixture(scope="module")
def tls_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mosquitto, Path]]:
    need_mosquitto()
    folder = tmp_path_factory.mktemp("tls")
    certificate = certificate_for(folder, "127.0.0.1")
    made = Mosquitto(folder / "broker", certificate=certificate)
    made.start()
    yield made, certificate[0]
    made.stop()


def tls_address(broker: Mosquitto, ca_file: Path | None, host: str = "127.0.0.1") -> BrokerAddress:
    return BrokerAddress(host, broker.address.port, True, broker.controller_address.credentials, ca_file)


def test_trusted_certificate_carries_many_messages(
    tls_broker: tuple[Mosquitto, Path], started: list[MqttTransport]
) -> None:
    broker, ca_file = tls_broker
    transport, ear = join(started, tls_address(broker, ca_file), f"{TOPICS}/#")
    assert ear.connected()
    assert ear.events == [Connected("MQTT 5")]
    sent = [b"%d" % number + b"x" * 20_000 for number in range(200)]
    assert all(transport.publish(Message(f"{TOPICS}/a", payload, 1)) for payload in sent)
    assert ear.until(lambda: len(ear.messages) == 200)
    assert ear.payloads == sent


def test_untrusted_certificate_is_refused(tls_broker: tuple[Mosquitto, Path], started: list[MqttTransport]) -> None:
    _, ear = join(started, tls_address(tls_broker[0], None))
    assert ear.disconnected()
    assert ear.reasons[0].startswith("The certificate of 127.0.0.1 is not trusted: self")
    assert ear.count(Connected) == 0


def test_certificate_for_another_host_is_refused(
    tls_broker: tuple[Mosquitto, Path], started: list[MqttTransport]
) -> None:
    broker, ca_file = tls_broker
    _, ear = join(started, tls_address(broker, ca_file, "localhost"))
    assert ear.disconnected()
    assert "not trusted" in ear.reasons[0]
    assert "localhost" in ear.reasons[0]


def test_plain_broker_is_no_tls_broker(broker: Mosquitto, started: list[MqttTransport]) -> None:
    _, ear = join(started, tls_address(broker, None))
    assert ear.disconnected()
    assert ear.count(Connected) == 0


@pytest.mark.parametrize("content", [None, "no certificate in here"])
def test_unusable_ca_file_is_said_before_anything_starts(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ValueError, match=r"The CA file .*ca\.pem cannot be used"):
        MqttTransport(BrokerAddress("127.0.0.1", 8883, tls=True, ca_file=file), "x")


# --- the swarm ------------------------------------------------------------------------------------------------------


@pytest.fixture
def swarm(broker: Mosquitto) -> Iterator[MqttSwarm]:
    made = MqttSwarm(broker.controller_address, keepalive_s=5)
    yield made
    made.stop()


def test_hundreds_of_members_answer_on_one_thread(
    broker: Mosquitto, swarm: MqttSwarm, started: list[MqttTransport]
) -> None:
    threads: set[int] = set()
    up: list[str] = []

    def add(name: str) -> None:
        def answer(message: Message) -> None:
            threads.add(threading.get_ident())
            assert member.publish(Message(f"{TOPICS}/echo/{name}", message.payload, 1))

        def connected() -> None:
            threads.add(threading.get_ident())
            up.append(name)

        member = swarm.add(name, None, [f"{TOPICS}/ask/{name}"], answer, connected)

    names = [f"member-{number}" for number in range(300)]
    for name in names:
        add(name)
    swarm.start()
    transport, ear = join(started, broker.controller_address, f"{TOPICS}/echo/+")
    assert eventually(lambda: len(up) == 300)
    assert ear.connected()
    for name in names:
        assert transport.publish(Message(f"{TOPICS}/ask/{name}", name.encode(), 1))
    assert ear.until(lambda: len(ear.messages) >= 300)
    assert sorted(ear.payloads) == sorted(name.encode() for name in names)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_member_that_loses_power_has_its_last_will_published_and_comes_back_when_powered(
    broker: Mosquitto, swarm: MqttSwarm, started: list[MqttTransport]
) -> None:
    _, ear = join(started, broker.controller_address, f"{TOPICS}/power/#")
    times = threading.Semaphore(0)
    will = Message(f"{TOPICS}/power/avail", b"offline", 1)
    member = swarm.add("powered", will, [], lambda _message: None, times.release)
    swarm.start()
    assert times.acquire(timeout=PATIENCE_S)
    assert ear.connected()
    member.lose_power()
    assert ear.hears(b"offline")
    assert not member.connected
    assert member.publish(Message(f"{TOPICS}/power/a", b"dead", 1)) is False
    assert not times.acquire(timeout=1.0)  # longer than the first pauses: it must not come back by itself
    member.power_up()
    member.power_up()
    assert times.acquire(timeout=PATIENCE_S)
    assert member.publish(Message(f"{TOPICS}/power/a", b"alive", 1))
    assert ear.hears(b"alive")
    assert b"dead" not in ear.payloads


def test_member_may_lose_power_within_its_own_callback(
    broker: Mosquitto, swarm: MqttSwarm, started: list[MqttTransport]
) -> None:
    transport, ear = join(started, broker.controller_address, f"{TOPICS}/fuse/avail")
    ready = threading.Event()
    member = swarm.add(
        "fuse",
        Message(f"{TOPICS}/fuse/avail", b"offline", 1),
        [f"{TOPICS}/fuse/blow"],
        lambda _message: member.lose_power(),
        ready.set,
    )
    swarm.start()
    assert ready.wait(PATIENCE_S)
    assert ear.connected()
    transport.publish(Message(f"{TOPICS}/fuse/blow", b"now", 1))
    assert ear.hears(b"offline")


def test_member_that_leaves_has_no_last_will_published(
    broker: Mosquitto, swarm: MqttSwarm, started: list[MqttTransport]
) -> None:
    transport, ear = join(started, broker.controller_address, f"{TOPICS}/leave/#")
    ready = threading.Event()
    will = Message(f"{TOPICS}/leave/avail", b"offline", 1)
    member = swarm.add("leaver", will, [], lambda _message: None, ready.set)
    swarm.start()
    assert ready.wait(PATIENCE_S)
    assert ear.connected()
    member.publish(Message(f"{TOPICS}/leave/a", b"last words", 1))
    member.leave()
    assert ear.hears(b"last words")
    assert eventually(lambda: not member.connected)
    transport.publish(Message(f"{TOPICS}/leave/end", b"end", 1))
    assert ear.hears(b"end")
    assert b"offline" not in ear.payloads


def test_stopped_swarm_publishes_all_last_wills(broker: Mosquitto, started: list[MqttTransport]) -> None:
    _, ear = join(started, broker.controller_address, f"{TOPICS}/stop/+")
    assert ear.connected()
    swarm = MqttSwarm(broker.controller_address)
    ready = threading.Semaphore(0)
    for number in range(20):
        will = Message(f"{TOPICS}/stop/{number}", b"offline", 1)
        swarm.add(f"stopper-{number}", will, [], lambda _message: None, ready.release)
    swarm.start()
    for _ in range(20):
        assert ready.acquire(timeout=PATIENCE_S)
    swarm.stop()
    swarm.stop()
    assert ear.until(lambda: len(ear.messages) == 20)


def test_swarm_comes_back_after_a_cut_and_its_subscriptions_stand(
    broker: Mosquitto, proxy: Proxy, started: list[MqttTransport]
) -> None:
    swarm = MqttSwarm(through(proxy, broker), connecting_at_once=10)
    ups: list[str] = []
    heard: set[str] = set()
    for number in range(60):
        name = f"returner-{number}"
        swarm.add(
            name,
            None,
            [f"{TOPICS}/return/{name}"],
            lambda _message, name=name: heard.add(name),  # type: ignore[misc]
            lambda name=name: ups.append(name),  # type: ignore[misc]
        )
    swarm.start()
    try:
        assert eventually(lambda: len(ups) == 60)
        proxy.cut()
        transport, ear = join(started, broker.controller_address)
        assert ear.connected()
        proxy.heal()
        assert eventually(lambda: len(ups) == 120)
        for number in range(60):
            transport.publish(Message(f"{TOPICS}/return/returner-{number}", b"x", 1))
        assert eventually(lambda: len(heard) == 60)
    finally:
        swarm.stop()


def test_timers_fire_in_order_and_a_cancelled_one_never(swarm: MqttSwarm) -> None:
    fired: list[str] = []
    done = threading.Event()
    now_s = time.monotonic()
    swarm.call_at(now_s + 0.10, lambda: fired.append("second"))
    swarm.call_at(now_s + 0.05, lambda: fired.append("first"))
    swarm.call_at(now_s + 0.07, lambda: fired.append("never")).cancel()
    swarm.call_at(now_s + 0.15, done.set)
    swarm.start()
    assert done.wait(PATIENCE_S)
    assert fired == ["first", "second"]


def test_failing_callback_stops_neither_its_member_nor_the_others(
    broker: Mosquitto, swarm: MqttSwarm, started: list[MqttTransport]
) -> None:
    heard: list[bytes] = []

    def fail(message: Message) -> None:
        heard.append(message.payload)
        raise RuntimeError("told to fail")

    ready = threading.Event()
    swarm.add("failing", None, [f"{TOPICS}/fail"], fail, ready.set)
    swarm.start()
    assert ready.wait(PATIENCE_S)
    swarm.call_soon(lambda: 1 / 0)
    transport, ear = join(started, broker.controller_address)
    assert ear.connected()
    for payload in (b"1", b"2", b"3"):
        transport.publish(Message(f"{TOPICS}/fail", payload, 1))
    assert eventually(lambda: heard == [b"1", b"2", b"3"])
    assert swarm.counts.failed_callbacks == 3
