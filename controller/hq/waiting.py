"""Messages between a transport's thread, which must not wait, and a worker, which has to: with a bound."""

from __future__ import annotations

import threading
from collections import deque

from devices.messages import Message


class Waiting:
    """Messages that were heard and not yet taken up. Bounded: `put` says False for what is too much."""

    def __init__(self, most: int, most_bytes: int) -> None:
        """Empty; at most so many messages with so many bytes of payload."""
        self._most, self._most_bytes = most, most_bytes
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._news = threading.Condition()
        self._over = False

    def put(self, message: Message) -> bool:
        """From the transport's thread: it never waits."""
        with self._news:
            size = len(message.payload)
            if len(self._messages) >= self._most or self._bytes + size > self._most_bytes:
                return False
            self._messages.append(message)
            self._bytes += size
            self._news.notify()
            return True

    def take(self, timeout_s: float | None) -> Message | None:
        """The next one; None where none came in time, or it is over and none is left."""
        with self._news:
            self._news.wait_for(lambda: self._messages or self._over, timeout_s)
            if not self._messages:
                return None
            message = self._messages.popleft()
            self._bytes -= len(message.payload)
            return message

    def end(self) -> None:
        """Nothing is waited for any more."""
        with self._news:
            self._over = True
            self._news.notify_all()

    def __len__(self) -> int:
        return len(self._messages)
