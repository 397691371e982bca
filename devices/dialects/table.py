"""Every dialect, by the name that a plan uses. Adding one is its module, its golden payloads, and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from devices.dialects.base import Dialect
from devices.dialects.native import Native
from devices.dialects.zigbee2mqtt import Zigbee2Mqtt

DIALECTS: Mapping[str, Dialect] = MappingProxyType({
    "native": Native(),
    "zigbee2mqtt": Zigbee2Mqtt(),
})


def dialect_named(name: str) -> Dialect:
    """The dialect called `name`; ValueError with one sentence that lists those that exist."""
    if name not in DIALECTS:
        raise ValueError(f"there is no dialect {name!r}; there are {', '.join(sorted(DIALECTS))}")
    return DIALECTS[name]
