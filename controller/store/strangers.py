"""Devices that speak on the store's broker and are not in its plan: shown, never ordered about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from devices.messages import Message, checked_id, device_topic

MOST = 500


class Strangers:
    """Ids seen on `…/dev/+/meta`, with the time."""

    def __init__(self, store: str) -> None:
        """Watch one store's topics."""
        self.filters = (device_topic(store, "+", "meta"),)
        self._prefix, self._suffix = self.filters[0].split("+")
        self._seen: dict[str, datetime] = {}

    def take(self, message: Message, when: datetime) -> None:
        """Look at one message. An empty payload clears a `meta`: the device has gone for good."""
        if not (message.topic.startswith(self._prefix) and message.topic.endswith(self._suffix)):
            return
        try:
            device = checked_id(message.topic[len(self._prefix):-len(self._suffix)])
        except ValueError:
            return  # nothing that could ever be in a plan, and perhaps 64 KiB of it
        if not message.payload:
            self._seen.pop(device, None)
        elif len(self._seen) < MOST or device in self._seen:
            self._seen[device] = when

    def seen(self, planned: Collection[str]) -> dict[str, datetime]:
        """Those that are not `planned`."""
        return {device: when for device, when in self._seen.items() if device not in planned}
