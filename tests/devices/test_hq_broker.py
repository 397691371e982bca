"""HQ's own mosquitto on real processes: who may write and read what, accounts that come and go, and its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.hq.topics import JOURNALS, journals_of
from devices.address import BrokerAddress, Credentials
from devices.messages import Message
from devices.mosquitto_hq import HQ, HQ_LIMITS, SIMULATOR, HqAccounts, HqMosquitto, hq_access_list
from devices.mqtt import MqttTransport
from devices.transport import Connected, Disconnected
from tests.devices.brokers import Ear, eventually, need_mosquitto

pytestmark = pytest.mark.real
MEBIBYTE = 1024 * 1024
#: Every kind of topic of the contract, of two stores and of nobody.
TRIED = [
    *(f"sinne/v1/{store}/{leaf}" for store in ("nord", "syd") for leaf in (
        "up/status", "up/plan", "up/journal", "up/feedback", "down/request", "down/ack", "dev/lamp/desired", "stop")),
    "sinne/v1/hq/manifest", "sinne/v1/hq/halt", "sinne/v1/hq/doc/campaign/hq-spring", "sinne/v1/_publisher/marker",
    "zigbee2mqtt/Lamp/set", "elsewhere"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[HqMosquitto]:
    need_mosquitto()
    made = HqMosquitto(tmp_path / "broker")
    made.start()
    made.hq_accounts.put_all({"nord": "north-secret", "syd": "south-secret"})
    yield made
    made.stop()


def join(address: BrokerAddress, client_id: str, *filters: str) -> tuple[MqttTransport, Ear]:
    transport, ear = MqttTransport(address, client_id, max_payload=2 * MEBIBYTE), Ear()
    transport.subscribe(filters)
    transport.start(ear)
    return transport, ear


def let_in(broker: HqMosquitto, name: str, password: str) -> bool:
    transport, ear = join(broker.address.with_credentials(Credentials(name, password)), f"probe-{name}")
    ear.until(lambda: ear.events)
    transport.stop()
    return ear.count(Connected) == 1


def may_write(who: str, topic: str) -> bool:
    """Rule 21, said again by hand."""
    of, _, leaf = topic.removeprefix("sinne/v1/").partition("/")
    if not topic.startswith("sinne/v1/"):
        return False
    if who == HQ:
        return of in ("hq", "_publisher") or leaf.startswith("down/")
    return leaf.startswith("up/") and who in (of, SIMULATOR)


def may_read(who: str, topic: str) -> bool:
    of, _, leaf = topic.removeprefix("sinne/v1/").partition("/")
    if not topic.startswith("sinne/v1/"):
        return False
    if who == HQ:
        return of in ("hq", "_publisher") or leaf.startswith("up/")
    return of == "hq" or (leaf.startswith("down/") and who in (of, SIMULATOR))


def test_every_identity_writes_and_reads_exactly_what_it_may(broker: HqMosquitto) -> None:
    accounts = {"nord": Credentials("nord", "north-secret"), "syd": Credentials("syd", "south-secret"),
                HQ: broker.hq_accounts.of(HQ), SIMULATOR: broker.hq_accounts.of(SIMULATOR)}
    joined = {who: join(broker.address.with_credentials(account), f"id-of-{who}", "#")
              for who, account in accounts.items()}
    try:
        assert all(ear.connected() for _, ear in joined.values())
        for who, (transport, _) in joined.items():
            for topic in TRIED:
                assert transport.publish(Message(topic, who.encode(), 1))
        # Each connection is ordered: when the end of each writer is here, so is all that it was allowed to send.
        for who, end in (("nord", "nord/up/status"), ("syd", "syd/up/status"), (SIMULATOR, "nord/up/status")):
            joined[who][0].publish(Message(f"sinne/v1/{end}", b"end of " + who.encode(), 1))
            assert joined[HQ][1].hears(b"end of " + who.encode())
        joined[HQ][0].publish(Message("sinne/v1/hq/halt", b"the end", 1))
        assert all(ear.hears(b"the end") for _, ear in joined.values())
        seen = {(message.payload.decode(), message.topic, reader) for reader, (_, ear) in joined.items()
                for message in ear.messages if message.payload.decode() in joined}
    finally:
        for transport, _ in joined.values():
            transport.stop()
    allowed = {(writer, topic, reader) for writer in joined for topic in TRIED for reader in joined
               if may_write(writer, topic) and may_read(reader, topic)}
    assert seen == allowed


def test_a_store_cannot_take_journals_of_others_out_of_the_shared_subscription(broker: HqMosquitto) -> None:
    own = broker.hq_accounts.of(HQ)
    hq, heard = join(broker.address.with_credentials(own), "ingest", journals_of(own.password))
    syd, listens = join(broker.address.with_credentials(Credentials("syd", "south-secret")), "syd", JOURNALS,
                        journals_of("south-secret"))
    nord, ready = join(broker.address.with_credentials(Credentials("nord", "north-secret")), "nord")
    try:
        assert all(ear.connected() for ear in (heard, listens, ready))
        said = [str(number).encode() for number in range(20)]
        for payload in said:
            assert nord.publish(Message("sinne/v1/nord/up/journal", payload, 1))
        assert heard.hears(said[-1])
        assert [message.payload for message in heard.messages] == said
        assert listens.messages == []
    finally:
        for transport in (hq, syd, nord):
            transport.stop()


@pytest.mark.parametrize(("name", "password"), [("nord", "wrong"), ("nobody", "north-secret"), (HQ, "")])
def test_nobody_gets_in_with_another_account_than_theirs(broker: HqMosquitto, name: str, password: str) -> None:
    assert not let_in(broker, name, password)


def test_a_new_password_ends_the_old_one_and_a_revoked_store_is_thrown_out(
    broker: HqMosquitto, tmp_path: Path,
) -> None:
    syd, ear = join(broker.address.with_credentials(Credentials("syd", "south-secret")), "syd")
    nord, other = join(broker.address.with_credentials(Credentials("nord", "north-secret")), "nord")
    try:
        assert ear.connected()
        assert other.connected()
        HqAccounts(tmp_path / "broker").put("west", "west-secret")  # another program on this machine
        eventually(lambda: let_in(broker, "west", "west-secret"))
        broker.hq_accounts.put("nord", "newer-secret")
        eventually(lambda: let_in(broker, "nord", "newer-secret"))
        assert not let_in(broker, "nord", "north-secret")
        broker.hq_accounts.drop(["syd"])
        ear.until(lambda: ear.count(Disconnected) >= 1)
        assert not let_in(broker, "syd", "south-secret")
        assert broker.hq_accounts.stores() == {"nord", "west"}
    finally:
        syd.stop()
        nord.stop()


def test_accounts_and_what_is_retained_survive_a_restart_and_no_password_of_a_store_is_kept(
    broker: HqMosquitto, tmp_path: Path,
) -> None:
    hq = broker.address.with_credentials(broker.hq_accounts.of(HQ))
    transport, ear = join(hq, "hq", "sinne/v1/hq/#")
    large = b"x" * MEBIBYTE
    assert ear.connected()
    assert transport.publish(Message("sinne/v1/hq/doc/playlist/hq-large", large, 1, retain=True))
    assert ear.hears(large)
    transport.stop()
    broker.stop()
    broker.start()
    assert let_in(broker, "nord", "north-secret")
    transport, ear = join(hq, "hq", "sinne/v1/hq/#")
    assert ear.hears(large)
    transport.stop()
    for file in (tmp_path / "broker").iterdir():
        if file.is_file():
            assert b"north-secret" not in file.read_bytes(), file
            assert file.name == "pid" or not file.stat().st_mode & 0o007, file


def test_limits_and_access_are_those_of_hq(tmp_path: Path, broker: HqMosquitto) -> None:
    text = (tmp_path / "broker" / "mosquitto.conf").read_text()
    assert f"max_packet_size {HQ_LIMITS.packet}" in text
    assert "max_queued_messages 200000" in text
    assert (tmp_path / "broker" / "access").read_text() == hq_access_list()
    with pytest.raises(ValueError, match="is not an id"):
        broker.hq_accounts.put("_hq", "mine now")
