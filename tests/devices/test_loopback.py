"""The broker in memory: matching against an independent judge, order, and the verbs that tests steer it by."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from devices.filters import checked_filter, matches
from devices.loopback import LoopbackBroker, LoopbackTransport
from devices.messages import Message
from devices.transport import Connected, Received, TransportEvent
from tests.devices.brokers import Ear

levels = st.sampled_from(["a", "b", "", "$x", "aa"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(bool)
filters = (
    st.tuples(st.lists(levels | st.just("+"), min_size=1, max_size=4), st.booleans())
    .map(lambda made: "/".join([*made[0], "#"] if made[1] else made[0]))
    .filter(bool)
)


def joined(broker: LoopbackBroker, client_id: str, *subscribed: str) -> tuple[LoopbackTransport, Ear]:
    transport, ear = broker.transport(client_id), Ear()
    transport.subscribe(subscribed)
    transport.start(ear)
    return transport, ear


@given(filters, topics)
@example("#", "$SYS/a")
@example("a/#", "a")
@example("+/a", "/a")
def test_matching_agrees_with_paho(topic_filter: str, topic: str) -> None:
    assert matches(topic_filter, topic) == topic_matches_sub(topic_filter, topic)


@given(filters)
def test_every_proper_filter_is_accepted(topic_filter: str) -> None:
    assert checked_filter(topic_filter) == topic_filter


@pytest.mark.parametrize("topic_filter", ["", "#/a", "a/#/b", "a+", "a/+b", "a#", "a/b#", "$share/", "$share/g",
                                          "$share/+/a", "$share//a"])
def test_improper_filter_is_refused_and_not_kept(topic_filter: str) -> None:
    transport, _ = joined(LoopbackBroker(), "one")
    with pytest.raises(ValueError, match="filter"):
        transport.subscribe(["good", topic_filter])
    assert not transport.filters


def test_sink_that_publishes_is_not_called_within_itself() -> None:
    broker = LoopbackBroker()
    transport = broker.transport("one")
    depth, deepest, heard = [0], [0], []

    def sink(event: TransportEvent) -> None:
        depth[0] += 1
        deepest[0] = max(deepest[0], depth[0])
        if isinstance(event, Received):
            number = int(event.message.payload)
            heard.append(number)
            if number < 2_000:  # deeper than Python would let calls be nested
                transport.publish(Message("n", b"%d" % (number + 1)))
        depth[0] -= 1

    transport.subscribe(["n"])
    transport.start(sink)
    transport.publish(Message("n", b"0"))
    assert heard == list(range(2_001))
    assert deepest[0] == 1


def test_pumped_broker_delivers_only_when_pumped() -> None:
    broker = LoopbackBroker(pumped=True)
    transport, ear = joined(broker, "one", "a")
    transport.publish(Message("a", b"1"))
    transport.publish(Message("a", b"2"))
    assert ear.events == []
    assert broker.pump(2) == 2
    assert ear.events == [Connected("loopback"), Received(Message("a", b"1"))]
    assert broker.pump() == 1
    assert broker.pump() == 0
    assert ear.payloads == [b"1", b"2"]


def test_each_subscriber_gets_a_message_once_however_many_filters_cover_it() -> None:
    broker = LoopbackBroker()
    transport, ear = joined(broker, "one", "a/+", "a/#", "#")
    transport.publish(Message("a/b", b"x"))
    assert ear.payloads == [b"x"]


def test_killed_broker_publishes_no_wills_and_keeps_what_is_retained() -> None:
    broker = LoopbackBroker()
    listener, ear = joined(broker, "listener", "#")
    device = broker.transport("device", Message("will", b"offline", retain=True))
    device.start(Ear())
    listener.publish(Message("kept", b"kept", retain=True))
    broker.go_down()
    assert not device.connected
    broker.come_back()
    assert device.connected
    assert b"offline" not in ear.payloads
    assert ear.messages[-1] == Message("kept", b"kept", retain=True)
    broker.forget_retained()
    _, late = joined(broker, "late", "#")
    assert late.messages == []


def test_cut_client_stays_away_until_restored_even_over_a_restart() -> None:
    broker = LoopbackBroker()
    device, ear = joined(broker, "device", "a")
    broker.cut("device")
    broker.go_down()
    broker.come_back()
    device.drop()
    assert not device.connected
    broker.restore("device")
    assert device.connected
    assert ear.count(Connected) == 2


def test_second_client_of_one_id_throws_the_first_out() -> None:
    broker = LoopbackBroker()
    first, ear = joined(broker, "same", "a")
    second, _ = joined(broker, "same", "a")
    assert (first.connected, second.connected) == (False, True)
    assert ear.reasons == ["Another client connected with this id."]
    first.stop()
    assert second.connected
    assert second.publish(Message("a", b"x"))


def test_transport_started_while_the_broker_is_down_connects_when_it_is_back() -> None:
    broker = LoopbackBroker()
    broker.go_down()
    transport, ear = joined(broker, "early", "a")
    assert ear.events == []
    assert not transport.publish(Message("a", b"x"))
    broker.come_back()
    assert ear.events == [Connected("loopback")]
