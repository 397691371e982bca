"""Momentary actions as a native device takes them: once by id, and never late."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from devices.simulator.wire import Json, Refused, number, read_object, text

_REMEMBERED = 64


class Commands:
    """Reads `cmd` payloads; remembers the ids that were done, so that a duplicate does nothing."""

    def __init__(self) -> None:
        self._done: deque[str] = deque(maxlen=_REMEMBERED)

    def read(self, payload: bytes, unix_s: float) -> Json | None:
        """The command to do now; None for one that is unreadable, done before, or older than its `ttl_s`."""
        try:
            document = read_object(payload, "command")
            command, op = text(document, "id"), text(document, "op")
            late = self._is_late(document, unix_s)
        except Refused:
            return None
        if not command or not op or late or command in self._done:
            return None
        self._done.append(command)
        return document

    def _is_late(self, document: Json, unix_s: float) -> bool:
        ttl_s = number(document, "ttl_s", 0, 3600)
        issued = text(document, "issued")
        if ttl_s is None or issued is None:
            return False
        try:
            said = datetime.fromisoformat(issued)
        except ValueError:
            return True
        if said.tzinfo is None:
            return True
        return unix_s > said.timestamp() + ttl_s
