"""The brokers themselves, on real processes: accounts and access, limits, supervision, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.address import BrokerAddress, Credentials
from devices.broker import BrokerFailed, EmbeddedBroker, LocalBroker, Mosquitto, embedded_broker, find_mosquitto
from devices.machine import alive, free_port
from devices.messages import Message, checked_id
from devices.mosquitto_conf import CONTROLLER, ZIGBEE2MQTT, Listen, access_list, configuration
from devices.mqtt import MqttTransport
from devices.transport import Connected
from tests.devices.brokers import TOPICS, Ear, eventually, need_mosquitto
from tests.patience import PATIENCE_S

real = pytest.mark.real
ROOT_FOLDER = Path(__file__).parents[2]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    need_mosquitto()
    made = Mosquitto(tmp_path / "broker", store="s")
    made.start()
    yield made
    made.stop()


def join(address: BrokerAddress, client_id: str, *filters: str) -> tuple[MqttTransport, Ear]:
    transport, ear = MqttTransport(address, client_id), Ear()
    transport.subscribe(filters)
    transport.start(ear)
    assert ear.connected()
    return transport, ear


def is_let_in(address: BrokerAddress) -> bool:
    transport, ear = MqttTransport(address, "probe"), Ear()
    transport.start(ear)
    ear.until(lambda: ear.events)
    transport.stop()
    return ear.count(Connected) == 1


# --- accounts and access --------------------------------------------------------------------------------------------

OWN = ("reported", "meta", "avail")
SENT = ("desired", "cmd")
TOPICS_TRIED = [
    *(f"sinne/v1/s/dev/{device}/{leaf}" for device in ("a", "b") for leaf in (*OWN, *SENT, "other")),
    "sinne/v1/s/stop",
    "sinne/v1/other/dev/a/reported",
    "sinne/v1/other/dev/a/desired",
    "sinne/v1/other/stop",
    "sinne/v1/hq/halt",
    "zigbee2mqtt/Lamp",
    "zigbee2mqtt/Lamp/set",
    "zigbee2mqtt/bridge/state",
    "homeassistant/light/a/config",
    "homeassistant/light/a/lamp/config",
    "homeassistant/light/b/config",
    "homeassistant/status",
    "elsewhere",
]


def may_write(who: str, topic: str) -> bool:
    """The rules of `contract.md` and `reliability.md` (security, 9), said again by hand."""
    levels = topic.split("/")
    bridged = levels[0] in ("zigbee2mqtt", "homeassistant")
    if who == CONTROLLER:
        ours = topic.startswith("sinne/v1/s/")
        return bridged or (ours and (levels[-1] in SENT or topic == "sinne/v1/s/stop"))
    if who == ZIGBEE2MQTT:
        return bridged
    announced = levels[0] == "homeassistant" and levels[-1] == "config" and levels[2] == who
    return announced or topic in {f"sinne/v1/s/dev/{who}/{leaf}" for leaf in OWN}


def may_read(who: str, topic: str) -> bool:
    if who == CONTROLLER:
        return True
    if who == ZIGBEE2MQTT:
        return topic.split("/")[0] in ("zigbee2mqtt", "homeassistant") or topic == "sinne/v1/s/stop"
    own = {f"sinne/v1/s/dev/{who}/{leaf}" for leaf in SENT}
    return topic in own | {"sinne/v1/s/stop", "homeassistant/status"}


@real
def test_every_identity_writes_and_reads_exactly_what_it_may(broker: Mosquitto) -> None:
    controller = broker.controller_address
    accounts = {
        CONTROLLER: controller.credentials,
        ZIGBEE2MQTT: broker.zigbee2mqtt_credentials,
        "a": broker.device_credentials("a"),
        "b": broker.device_credentials("b"),
    }
    joined = {
        who: join(broker.address.with_credentials(account), f"id-of-{who}", "#") for who, account in accounts.items()
    }
    try:
        for who, (transport, _) in joined.items():
            for topic in TOPICS_TRIED:
                assert transport.publish(Message(topic, who.encode(), 1))
        # Each connection is ordered: when the end of each writer is here, so is all that it was allowed to send.
        ends = {
            CONTROLLER: "homeassistant/status",
            ZIGBEE2MQTT: "homeassistant/status",
            "a": "sinne/v1/s/dev/a/avail",
            "b": "sinne/v1/s/dev/b/avail",
        }
        for who, (transport, _) in joined.items():
            transport.publish(Message(ends[who], b"end of " + who.encode(), 1))
        for ear in (joined[CONTROLLER][1],):
            assert all(ear.hears(b"end of " + who.encode()) for who in joined)
        joined[CONTROLLER][0].publish(Message("sinne/v1/s/stop", b"the end", 1))
        assert all(ear.hears(b"the end") for _, ear in joined.values())
        seen = {
            (message.payload.decode(), message.topic, reader)
            for reader, (_, ear) in joined.items()
            for message in ear.messages
            if message.payload.decode() in joined
        }
    finally:
        for transport, _ in joined.values():
            transport.stop()
    allowed = {
        (writer, topic, reader)
        for writer in joined
        for topic in TOPICS_TRIED
        for reader in joined
        if may_write(writer, topic) and may_read(reader, topic)
    }
    assert seen == allowed


@real
@pytest.mark.parametrize(
    "account",
    [None, Credentials("a", "wrong"), Credentials(CONTROLLER, ""), Credentials("stranger", "x"), Credentials("", "")],
)
def test_nobody_gets_in_without_an_account(broker: Mosquitto, account: Credentials | None) -> None:
    broker.device_credentials("a")
    assert not is_let_in(broker.address.with_credentials(account))
    assert is_let_in(broker.controller_address)


@real
def test_device_added_while_the_broker_runs_gets_in_and_the_others_stay(broker: Mosquitto) -> None:
    transport, ear = join(broker.controller_address, "controller")
    device = broker.address.with_credentials(broker.device_credentials("newcomer"))
    assert eventually(lambda: is_let_in(device))
    assert transport.connected
    assert [type(event) for event in ear.events] == [Connected]
    transport.stop()


@real
def test_accounts_survive_a_restart_and_are_readable_by_nobody_else(broker: Mosquitto, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    before = (broker.controller_address, broker.device_credentials("a"))
    broker.stop()
    again = Mosquitto(folder, store="s", port=broker.address.port)
    assert (again.controller_address, again.device_credentials("a")) == before
    assert stat.S_IMODE((folder / "accounts.json").stat().st_mode) == 0o600
    assert not (folder / "passwords").stat().st_mode & stat.S_IRWXO
    assert before[1].password not in (folder / "passwords").read_text()
    again.start()
    try:
        assert is_let_in(again.address.with_credentials(before[1]))
    finally:
        again.stop()


@pytest.mark.parametrize("name", ["+", "a/b", "#", "_controller", "", "A", "a\nuser b", "$SYS"])
def test_no_account_for_what_is_not_an_id(tmp_path: Path, name: str) -> None:
    need_mosquitto()
    with pytest.raises(ValueError, match="is not an id"):
        Mosquitto(tmp_path).device_credentials(name)


def test_accounts_of_the_product_can_never_be_a_devices() -> None:
    for name in (CONTROLLER, ZIGBEE2MQTT):
        with pytest.raises(ValueError, match="is not an id"):
            checked_id(name)


# --- configuration --------------------------------------------------------------------------------------------------


def test_configuration_sets_every_limit(tmp_path: Path) -> None:
    lines = configuration(tmp_path, Listen("127.0.0.1", 1884), "mosquitto").splitlines()
    assert {
        "listener 1884 127.0.0.1",
        "allow_anonymous false",
        "max_packet_size 65536",
        "max_connections 20000",
        "max_queued_messages 20000",
        "max_queued_bytes 67108864",
        "memory_limit 536870912",
        "set_tcp_nodelay true",
        "persistence true",
        "user mosquitto",
    } <= set(lines)
    assert not any(
        line.startswith(("user", "certfile"))
        for line in configuration(tmp_path, Listen("::1", 1884), None).splitlines()
    )


def test_access_list_names_the_store_or_any() -> None:
    assert "pattern write sinne/v1/malmo-1/dev/%u/reported" in access_list("malmo-1").splitlines()
    assert "pattern write sinne/v1/+/dev/%u/reported" in access_list(None).splitlines()
    with pytest.raises(ValueError, match="is not an id"):
        access_list("a/#")


# --- limits ---------------------------------------------------------------------------------------------------------


@real
def test_packet_over_the_limit_is_refused_and_the_sender_comes_back(broker: Mosquitto) -> None:
    listener, heard = join(broker.controller_address, "listener", f"{TOPICS}/#")
    # A sender with a wider limit of its own, as a foreign client would be.
    sender, ear = MqttTransport(broker.controller_address, "sender", max_payload=1_000_000), Ear()
    sender.start(ear)
    assert ear.connected()
    assert sender.publish(Message(f"{TOPICS}/a", b"x" * 70_000, 1))
    assert ear.disconnected()
    assert "packet too large" in ear.reasons[0]
    assert ear.connected(2)
    assert sender.publish(Message(f"{TOPICS}/a", b"fits", 1))
    assert heard.hears(b"fits")
    assert heard.payloads == [b"fits"]
    assert heard.count(Connected) == 1
    for transport in (sender, listener):
        transport.stop()


@real
def test_burst_larger_than_mosquittos_default_queue_arrives_whole(broker: Mosquitto) -> None:
    listener, heard = join(broker.controller_address, "listener", f"{TOPICS}/#")
    sender, _ = join(broker.controller_address, "sender")
    sent = 0
    while sent < 6_000:
        if sender.publish(Message(f"{TOPICS}/a", b"%d" % sent, 1)):
            sent += 1
        else:
            time.sleep(0.001)  # the window is full: what a sender has to do
    assert heard.until(lambda: len(heard.messages) >= 6_000)
    assert heard.payloads == [b"%d" % number for number in range(6_000)]
    for transport in (sender, listener):
        transport.stop()


# --- life and death -------------------------------------------------------------------------------------------------


@real
def test_killed_broker_is_started_again_on_the_same_port(broker: Mosquitto) -> None:
    first, port = broker.pid, broker.address.port
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: broker.pid not in (None, first))
    assert eventually(lambda: is_let_in(broker.controller_address))
    assert broker.address.port == port


@real
def test_stopped_broker_stays_stopped_and_can_be_started_again(broker: Mosquitto) -> None:
    pid = broker.pid
    assert pid is not None
    broker.stop()
    broker.stop()
    assert not alive(pid)
    assert broker.pid is None
    broker.start()
    assert broker.pid not in (None, pid)


@real
def test_stop_while_it_waits_to_start_again_leaves_nothing(broker: Mosquitto) -> None:
    for _ in range(3):
        before = broker.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda before=before: broker.pid not in (None, before))
    last = broker.pid
    assert last is not None
    os.kill(last, signal.SIGKILL)
    broker.stop()
    assert broker.pid is None
    assert not alive(last)


@real
def test_starting_twice_is_refused(broker: Mosquitto) -> None:
    with pytest.raises(RuntimeError, match="running already"):
        broker.start()


@real
def test_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    need_mosquitto()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        broker = Mosquitto(tmp_path, port=port)
        with pytest.raises(BrokerFailed, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            broker.start()
    broker.start()
    broker.stop()


@real
def test_failing_start_says_mosquittos_own_last_words(tmp_path: Path) -> None:
    need_mosquitto()
    chain, key = tmp_path / "chain", tmp_path / "key"
    chain.write_text("not a certificate")
    key.write_text("not a key")
    broker = Mosquitto(tmp_path / "broker", certificate=(chain, key))
    with pytest.raises(BrokerFailed, match=r"did not come up on mqtts://127\.0\.0\.1:\d+: .*certificate"):
        broker.start()
    assert broker.pid is None


@real
def test_interrupt_of_the_terminal_does_not_reach_the_broker(broker: Mosquitto) -> None:
    assert broker.pid is not None
    assert os.getsid(broker.pid) == broker.pid != os.getsid(0)


@real
def test_broker_started_as_root_does_not_stay_root_where_its_account_can_reach_the_folder() -> None:
    need_mosquitto()
    if os.geteuid() != 0:
        pytest.skip("only root can start a broker as another account")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as outer:
        Path(outer).chmod(0o755)
        broker = Mosquitto(Path(outer) / "broker")
        broker.start()
        try:
            assert Path(f"/proc/{broker.pid}").stat().st_uid != 0
            transport, ear = join(broker.controller_address, "x", f"{TOPICS}/a")
            transport.publish(Message(f"{TOPICS}/a", b"kept", 1, retain=True))
            assert ear.hears(b"kept")
            transport.stop()
            broker.stop()
            broker.start()
            transport, ear = join(broker.controller_address, "x", f"{TOPICS}/a")
            assert ear.hears(b"kept")
            transport.stop()
        finally:
            broker.stop()


PARENT = """
import sys, threading, time
from pathlib import Path
from devices.broker import Mosquitto
broker = Mosquitto(Path(sys.argv[1]))
starter = threading.Thread(target=broker.start)  # the thread that starts it ends; the broker must not
starter.start()
starter.join()
print(broker.pid, broker.address.port, flush=True)
time.sleep(600)
"""


def parent_with_a_broker(folder: Path) -> tuple[subprocess.Popen[str], int, int]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT_FOLDER
    )
    assert parent.stdout is not None
    pid, port = (int(word) for word in parent.stdout.readline().split())
    return parent, pid, port


@real
def test_broker_outlives_the_thread_that_started_it_and_dies_with_its_killed_parent(tmp_path: Path) -> None:
    need_mosquitto()
    parent, pid, port = parent_with_a_broker(tmp_path)
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S):
            assert alive(pid)
    finally:
        parent.kill()
        parent.wait()
    assert eventually(lambda: not alive(pid))


@real
def test_leftover_broker_on_the_folder_is_ended_at_the_next_start(tmp_path: Path) -> None:
    need_mosquitto()
    broker = Mosquitto(tmp_path)
    broker.start()
    broker.stop()
    program = find_mosquitto()
    assert program is not None
    with subprocess.Popen([program, "-c", tmp_path / "mosquitto.conf"], stderr=subprocess.DEVNULL) as leftover:
        (tmp_path / "pid").write_text(f"{leftover.pid}\n")
        with_it = BrokerAddress("127.0.0.1", broker.address.port, credentials=broker.controller_address.credentials)
        assert eventually(lambda: is_let_in(with_it))
        broker.start()
        try:
            assert leftover.wait(PATIENCE_S) is not None
            assert broker.pid not in (None, leftover.pid)
            assert is_let_in(broker.controller_address)
        finally:
            broker.stop()


@real
def test_another_process_with_a_reused_id_is_left_alone(tmp_path: Path) -> None:
    need_mosquitto()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as innocent:
        (tmp_path / "pid").write_text(f"{innocent.pid}\n")
        broker = Mosquitto(tmp_path)
        broker.start()
        broker.stop()
        try:
            assert innocent.poll() is None
        finally:
            innocent.kill()


@real
@pytest.mark.parametrize("rubbish", ["", "abc", "-1", "99999999999"])
def test_rubbish_in_the_pid_file_stops_nothing(tmp_path: Path, rubbish: str) -> None:
    need_mosquitto()
    (tmp_path / "pid").write_text(rubbish)
    broker = Mosquitto(tmp_path)
    broker.start()
    assert is_let_in(broker.controller_address)
    broker.stop()


@real
@pytest.mark.parametrize("torn", ["", "{", "[]", '{"_controller": '])
def test_torn_accounts_file_is_drawn_anew(tmp_path: Path, torn: str) -> None:
    need_mosquitto()
    (tmp_path / "accounts.json").write_text(torn)
    broker = Mosquitto(tmp_path)
    broker.start()
    assert is_let_in(broker.controller_address)
    broker.stop()


# --- the embedded one, and the choice -------------------------------------------------------------------------------


@real
def test_embedded_broker_carries_and_ends_with_no_thread_left() -> None:
    broker = EmbeddedBroker()
    broker.start()
    transport, ear = join(broker.controller_address, "one", "a/#")
    transport.publish(Message("a/b", b"x", 1))
    assert ear.hears(b"x")
    transport.stop()
    broker.stop()
    broker.stop()
    assert not any(thread.name == "embedded-broker" for thread in threading.enumerate())
    assert broker.device_credentials("a") is None


@real
def test_embedded_broker_says_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        broker = EmbeddedBroker(other.getsockname()[1])
        with pytest.raises(BrokerFailed, match="cannot listen on"):
            broker.start()
    broker.start()
    broker.stop()


@real
def test_mosquitto_is_chosen_where_it_is_installed(tmp_path: Path) -> None:
    port = free_port()
    chosen: LocalBroker = embedded_broker(tmp_path, port=port)
    assert isinstance(chosen, Mosquitto if find_mosquitto() else EmbeddedBroker)
    chosen.start()
    assert chosen.address.port == port
    assert is_let_in(chosen.controller_address)
    chosen.stop()
