"""Watching a store from outside while it is measured: its journal, read by another process from the same SQLite file.

Asking the API would cost the store the very time that is measured. `PRAGMA data_version` tells from shared memory
whether anybody has committed since (https://sqlite.org/pragma.html#pragma_data_version), in a few microseconds.
"""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from controller.errors import Unavailable
from controller.storage.opening import FILE_NAME

_LOOK_EVERY_S = 0.0005
_PATIENCE_S = 60.0


class Journal:
    """The journal of a running store, opened to read."""

    def __init__(self, folder: Path) -> None:
        """Of the store in `folder`, from now on."""
        self._database = sqlite3.connect(f"{(folder / FILE_NAME).as_uri()}?mode=ro", uri=True, isolation_level=None)
        self._version = -1
        self._after = 0
        self.news()

    def news(self) -> list[tuple[str, dict[str, object]]]:
        """Kind and body of the entries since the last look; none where nobody has committed anything."""
        version = self._database.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return []
        self._version = version
        rows = self._database.execute(
            "SELECT number, kind, body FROM journal WHERE number > ? ORDER BY number", (self._after,)).fetchall()
        self._after = rows[-1][0] if rows else self._after
        return [(kind, json.loads(body)) for _, kind, body in rows]

    def await_zones(self, zones: set[str]) -> float:
        """Wait until each zone has been entered as reached; the steady instant at which the last was seen.

        Raises Unavailable after a minute.
        """
        missing = set(zones)
        deadline = time.monotonic() + _PATIENCE_S
        while missing:
            for kind, body in self.news():
                if kind == "zone.reached":
                    missing.discard(str(body["zone"]))
            seen_at = time.monotonic()
            if seen_at > deadline:
                raise Unavailable(f"Not every zone was reached in a minute; missing: {', '.join(sorted(missing))}.")
            time.sleep(_LOOK_EVERY_S)
        return seen_at

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
