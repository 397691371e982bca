"""Devices that nobody planned: shown while they are there, and never more than can be shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.store.strangers import MOST, Strangers
from devices.messages import Message

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def meta(device: str, payload: bytes = b"{}") -> Message:
    return Message(f"sinne/v1/shop/dev/{device}/meta", payload, retain=True)


def test_a_stranger_is_seen_until_it_takes_its_meta_back() -> None:
    strangers = Strangers("shop")
    strangers.take(meta("lamp-7"), NOW)
    strangers.take(meta("lamp-8"), NOW)
    assert strangers.seen({"lamp-8"}) == {"lamp-7": NOW}
    strangers.take(meta("lamp-7", b""), NOW)
    assert strangers.seen({"lamp-8"}) == {}


@pytest.mark.parametrize("name", ["x" * 60_000, "Lamp", "a/b", "", "<script>", "-a"])
def test_what_is_no_id_is_no_stranger(name: str) -> None:
    strangers = Strangers("shop")
    strangers.take(meta(name), NOW)
    assert strangers.seen(()) == {}


def test_a_flood_of_strangers_is_bounded() -> None:
    strangers = Strangers("shop")
    for n in range(2 * MOST):
        strangers.take(meta(f"lamp-{n}"), NOW)
    assert len(strangers.seen(())) == MOST
