"""Warnings that a broken device could repeat a thousand times a second: said once a minute a subject."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

#: Subjects remembered at most; hostile topics must not grow the memory.
_MOST_SUBJECTS = 2_000


class Seldom:
    """Logs a warning unless one about the same subject was logged within `every_s`. Safe from any thread."""

    def __init__(self, log: logging.Logger, every_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._every_s = every_s
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}

    def warning(self, subject: str, text: str, *arguments: object, with_traceback: bool = False) -> None:
        """Log `text % arguments` once a minute for each `subject`."""
        if self.due(subject):
            self._log.warning(text, *arguments, exc_info=with_traceback)

    def due(self, subject: str) -> bool:
        """Whether `subject` may be spoken of now; True counts as having been spoken of."""
        now = self._clock()
        with self._lock:
            last = self._last.get(subject)
            if last is not None and now - last < self._every_s:
                return False
            if len(self._last) >= _MOST_SUBJECTS:
                self._last.clear()
            self._last[subject] = now
            return True
