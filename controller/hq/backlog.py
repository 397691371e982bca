"""What a store still has to tell HQ of its journal, and when it says it again (`semantics.md`, rule 27).

The outbox is the journal itself: this remembers only how far HQ has acknowledged and what is under way. At most 500
entries are under way; what is not acknowledged is said again after 10 s, doubling to 5 min. Pure but for its own state.
"""

from __future__ import annotations

WINDOW = 500
_FIRST_S, _LONGEST_S = 10.0, 300.0


class Backlog:
    """Numbers of one journal: acknowledged up to `done`, said up to `said`. Steady seconds are the caller's."""

    def __init__(self, done: int = 0) -> None:
        """Begin after what HQ has acknowledged."""
        self.done = self.said = self._ever = done
        self._wait_s = _FIRST_S
        self._again_at: float | None = None

    def to_say(self, newest: int, now: float) -> range:
        """The numbers to say now, oldest first; empty while all that may be under way is. They count as said."""
        if self._again_at is not None and now >= self._again_at:
            self.said = self.done
            self._wait_s = min(2 * self._wait_s, _LONGEST_S)
            self._again_at = None
        numbers = range(self.said + 1, min(newest, self.done + WINDOW) + 1)
        if numbers:
            self.said = numbers[-1]
            self._ever = max(self._ever, self.said)
            self._again_at = self._again_at or now + self._wait_s
        return numbers

    def acknowledged(self, number: int, now: float, newest: int | None = None) -> None:
        """HQ has everything up to `number`. An older acknowledgement is no news, nor is one of what does not exist.

        `newest`: the journal's last number. HQ may have more than was said since the start: what it acknowledged to a
        store that could not note it. Without it, one of what was never said is no news. HQ may also have less than
        it acknowledged once: its database was put back. That shows by an older acknowledgement of what had to be said
        again; then all since is said again, too.
        """
        if number < self.done and self._wait_s > _FIRST_S:
            self.done = number
            self.connected()
            return
        if not self.done < number <= max(self._ever, newest or 0):
            return
        self.done, self.said = number, max(self.said, number)
        self._wait_s = _FIRST_S
        self._again_at = now + _FIRST_S if self.said > self.done else None

    def connected(self) -> None:
        """A new connection: nothing is under way, and what was not acknowledged is said again at once."""
        self.said, self._wait_s, self._again_at = self.done, _FIRST_S, None

    def due(self) -> float | None:
        """When something has to be said again; None while nothing waits for an acknowledgement."""
        return self._again_at


class Gapless:
    """HQ's side of one journal: numbers come in any order and twice, and are acknowledged as far as none is missing."""

    def __init__(self, highest: int = 0, beyond: frozenset[int] = frozenset()) -> None:
        """`highest`: everything up to it is stored. `beyond`: what is stored after the first gap."""
        self.highest = highest
        self.beyond = {number for number in beyond if number > highest}
        self._close()

    def stored(self, number: int) -> int:
        """A number was committed; the highest one without a gap, which is to be acknowledged."""
        if number > self.highest:
            self.beyond.add(number)
            self._close()
        return self.highest

    def _close(self) -> None:
        while self.highest + 1 in self.beyond:
            self.highest += 1
            self.beyond.discard(self.highest)
