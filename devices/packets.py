"""The packets that a busy connection is full of, read without ado: a PUBLISH without properties, and a plain PUBACK.

Why beside the library: paho 2 makes an object of 27 named properties for each message and each acknowledgement, though
they are empty, and asks a tree of filters who wants it; that was a third of what a simulated device costs. What is
less plain than this (properties, reasons, QoS 2, a topic that is not UTF-8) is left to the library. Pure.
Source: MQTT 5.0, 3.3 (PUBLISH) and 3.4 (PUBACK); https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html.
"""

from __future__ import annotations

from devices.messages import Message


def whole_packet(arrived: bytes, at: int) -> tuple[int, int, int] | None:
    """The first byte of the packet that begins at `at`, and where its body begins and ends; None where it is cut off.

    The remaining length is one to four bytes of seven bits, the lowest first (2.1.4); a longer one is the library's to
    refuse.
    """
    length, place = 0, at
    for shift in (0, 7, 14, 21):
        place += 1
        if place >= len(arrived):
            return None
        length |= (arrived[place] & 127) << shift
        if arrived[place] < 128:
            end = place + 1 + length
            return (arrived[at], place + 1, end) if end <= len(arrived) else None
    return None


def plain_publish(first: int, body: bytes | bytearray, speaks_5: bool) -> tuple[Message, int] | None:
    """The message of a PUBLISH and its packet id (0 with QoS 0), or None for the library to read.

    `first`: the first byte of the packet; `body`: all after the remaining length.
    """
    qos = first >> 1 & 3
    end = 2 + (body[0] << 8 | body[1]) if len(body) > 1 else 0
    begin = end + (2 if qos else 0) + speaks_5
    if end < 3 or qos > 1 or begin > len(body) or (speaks_5 and body[begin - 1]):
        return None
    try:
        topic = body[2:end].decode()
    except UnicodeDecodeError:
        return None
    return Message(topic, bytes(body[begin:]), qos, bool(first & 1)), body[end] << 8 | body[end + 1] if qos else 0


def plain_puback(body: bytes | bytearray) -> int | None:
    """The packet id of a PUBACK that says nothing but *taken*, or None for the library to read."""
    return body[0] << 8 | body[1] if len(body) == 2 else None
