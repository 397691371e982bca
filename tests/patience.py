"""How long tests wait for what threads, sockets, programs and browsers do, on a machine that has other things to do.

No test claims how fast this machine is. What is to be so soon is shown in virtual time, to the second; with real
programs it is looked for until it is so, and given up only after so long that nobody could call it slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

#: A hundred times what it takes on a quiet machine. What waits in vain is wrong, not slow.
PATIENCE_S = 120.0
PATIENCE_MS = 1000 * PATIENCE_S
#: Between two looks: short, because a test that waits has nothing else to do.
LOOK_S = 0.02

Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], what: str = "") -> Seen:
    """Look until it is true, and return what was seen; fails with `what` and what was seen last."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        wrong: Exception | None = None
        try:
            if seen := look():
                return seen
        except (OSError, LookupError, AssertionError) as error:
            wrong = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE_S:g} s: {what or look!r}; last: {wrong or seen!r}")
        time.sleep(LOOK_S)
