"""Errors sorted by what the caller does next. Each carries one sentence for people."""

from __future__ import annotations


class SinneError(Exception):
    """Something was not done. `str()` is one clear sentence: what, where, what would be right."""


class Refused(SinneError):
    """It will not work however often it is tried: wrong input. Change the input."""


class NotFound(Refused):
    """What was named does not exist."""


class Forbidden(SinneError):
    """The person may not do this. Ask somebody with the role that the sentence names."""


class Conflict(SinneError):
    """Somebody else changed it first. Look again, then decide."""


class Unavailable(SinneError):
    """Not now: full disk, database locked, no broker. Try again after `retry_after_s` seconds."""

    def __init__(self, sentence: str, retry_after_s: float = 5.0) -> None:
        """Say what is missing and when to try again."""
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class TooSoon(Unavailable):
    """Nothing is broken: somebody tried too often, and is to wait."""
