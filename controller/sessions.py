"""Sign-ins on the server's side. Where the disk does not take one it is kept in this process.

A full disk must not keep people out: who is shut out cannot press stop either. What is kept here ends with the process.
"""

from __future__ import annotations

import threading
from datetime import datetime

from controller.errors import Unavailable
from controller.ports import People, Session

#: Sessions kept beside the disk; beyond that the one used longest ago goes.
MOST_KEPT = 500


class Sessions:
    """Sessions by the SHA-256 of their secret. Methods may be called from any thread."""

    def __init__(self, people: People) -> None:
        """`people`: where they are stored."""
        self._people = people
        self._lock = threading.Lock()
        self._kept: dict[str, Session] = {}

    def get(self, key: str) -> Session | None:
        """The session of this key."""
        return self._kept.get(key) or self._people.session(key)

    def put(self, session: Session) -> None:
        """Add or replace a session; here where the disk does not take it."""
        try:
            self._people.put_session(session)
        except Unavailable:
            with self._lock:
                self._kept[session.key] = session
                if len(self._kept) > MOST_KEPT:
                    del self._kept[min(self._kept.values(), key=lambda one: one.seen).key]
        else:
            with self._lock:
                self._kept.pop(session.key, None)

    def drop(
        self, *, key: str | None = None, name: str | None = None, seen_before: datetime | None = None
    ) -> int:
        """Take away the sessions that meet every condition given; returns how many. Raises Unavailable."""
        with self._lock:
            kept = {one.key for one in self._kept.values()
                    if key in (None, one.key) and name in (None, one.name)
                    and (seen_before is None or one.seen < seen_before)}
            if (key, name, seen_before) == (None, None, None):
                kept.clear()
            for one in kept:
                del self._kept[one]
        return max(len(kept), self._people.drop_sessions(key=key, name=name, seen_before=seen_before))
