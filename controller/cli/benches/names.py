"""What the lamps and topics of a benchmark are called, for all of its processes."""

from __future__ import annotations

from devices.messages import device_topic

#: The store that is measured, and the one beside it in which the bare loop speaks.
STORE, BARE = "shop", "bare"


def lamps(n: int) -> list[str]:
    """Ids of the same length, so that every topic and message is as long as its neighbour."""
    return [f"lamp-{number:05d}" for number in range(n)]


def bare_topics(lamp: str) -> tuple[str, str]:
    """The topics of a lamp's bare twin (hears, says): as long as its own, in a store beside."""
    return device_topic(BARE, lamp, "desired"), device_topic(BARE, lamp, "reported")
