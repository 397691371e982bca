"""What is read without the library is what the library reads; everything else is left to it."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from devices.packets import plain_puback, plain_publish, whole_packet


def body(topic: bytes, qos: int, packet: int, properties: bytes, payload: bytes, *, speaks_5: bool) -> bytes:
    """All of a PUBLISH after its remaining length, put together by the text of the standard (MQTT 5.0, 3.3)."""
    return (struct.pack("!H", len(topic)) + topic + (struct.pack("!H", packet) if qos else b"")
            + (bytes([len(properties)]) + properties if speaks_5 else b"") + payload)


topics = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@given(topics, st.sampled_from((0, 1)), st.integers(1, 65535), st.binary(max_size=200), st.booleans(), st.booleans(),
       st.booleans())
def test_a_plain_message_is_read_whole(topic, qos, packet, payload, retain, duplicate, speaks_5):
    first = 0x30 | duplicate << 3 | qos << 1 | retain
    read = plain_publish(first, bytearray(body(topic.encode(), qos, packet, b"", payload, speaks_5=speaks_5)), speaks_5)
    assert read is not None
    message, mid = read
    assert (message.topic, message.payload, message.qos, message.retain) == (topic, payload, qos, retain)
    assert type(message.payload) is bytes
    assert mid == (packet if qos else 0)


def test_properties_are_left_to_the_library():
    expiry = b"\x02\x00\x00\x00\x0a"
    assert plain_publish(0x32, body(b"a", 1, 7, expiry, b"x", speaks_5=True), True) is None


def test_an_older_protocol_has_no_properties_to_mind():
    message, _ = plain_publish(0x32, body(b"a", 1, 7, b"", b"\x05five", speaks_5=False), False)
    assert message.payload == b"\x05five"


def test_qos_2_an_empty_topic_and_a_topic_that_is_no_text_are_left_to_the_library():
    assert plain_publish(0x34, body(b"a", 2, 7, b"", b"x", speaks_5=True), True) is None
    assert plain_publish(0x32, body(b"", 1, 7, b"", b"x", speaks_5=True), True) is None
    assert plain_publish(0x32, body(b"\xff\xfe", 1, 7, b"", b"x", speaks_5=True), True) is None


@given(st.integers(0x30, 0x3F), st.binary(max_size=40), st.booleans())
def test_rubbish_is_left_to_the_library_or_read_within_its_bounds(first, rubbish, speaks_5):
    read = plain_publish(first, rubbish, speaks_5)
    if read is not None:
        message, _ = read
        assert message.topic
        assert message.payload == rubbish[len(rubbish) - len(message.payload):]
        assert len(message.topic.encode()) + len(message.payload) + 2 <= len(rubbish)


def test_every_cut_of_a_message_is_safe():
    whole = body(b"sinne/v1/shop/stop", 1, 9, b"", b"{}", speaks_5=True)
    for length in range(len(whole)):
        read = plain_publish(0x32, whole[:length], True)
        assert read is None or read[0].payload == b"{}"[:max(0, length - len(whole) + 2)]


def test_an_acknowledgement_with_a_reason_is_left_to_the_library():
    assert plain_puback(b"\x01\x02") == 0x102
    assert plain_puback(b"\x01\x02\x87") is None, "not authorised"
    assert plain_puback(b"\x01") is None


@given(st.lists(st.tuples(st.integers(0x10, 0xF0), st.binary(max_size=300)), max_size=4), st.integers(0, 700))
def test_packets_one_after_the_other_are_found_whole_and_never_when_cut_off(packets, cut):
    stream, edges = b"", [0]
    for first, inside in packets:
        length = bytes([len(inside)]) if len(inside) < 128 else bytes([len(inside) & 127 | 128, len(inside) >> 7])
        stream += bytes([first]) + length + inside
        edges.append(len(stream))
    arrived, at = stream[:cut], 0
    for (first, inside), end in zip(packets, edges[1:], strict=True):
        found = whole_packet(arrived, at)
        if end > cut:
            assert found is None
            return
        assert found is not None
        assert (found[0], arrived[found[1]:found[2]], found[2]) == (first, inside, end)
        at = found[2]
    assert whole_packet(arrived, at) is None


def test_a_length_of_more_than_four_bytes_is_left_to_the_library():
    assert whole_packet(b"\x30" + b"\xff" * 5 + b"\x01" * 200, 0) is None
