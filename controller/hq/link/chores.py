"""What follows from what HQ said, done in its order: on disk first, then in the plan, then forgotten.

What the disk refuses is tried again, and nothing after it is done before it; what breaks is logged and left, so that
nothing that HQ could say stops a store from listening.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from controller.errors import Refused, SinneError
from controller.hq.applying import renew
from controller.hq.link.asked import Asked
from controller.hq.link.effects import CarryOut, Decline, Effect, Forget, Keep, NoteAcknowledged
from controller.hq.link.end import StoreEnd
from controller.hq.store_ports import LinkedMemory
from controller.planning import StorePlanning
from controller.ports import Clock
from controller.store.intake import PlanChanged
from controller.turning import Turning

log = logging.getLogger("sinne.hq")

#: What could not be done is tried again after so long; what broke, after a longer time.
AGAIN_S, BROKEN_S = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Host:
    """The store that is linked. `clock`: the time that its engine goes by; `trusted`: whether the wall clock is.

    `draw`: a number between two, another one in every store. `software`: the version of sinne.
    """

    memory: LinkedMemory
    engine: Turning
    planning: StorePlanning
    clock: Clock
    trusted: Callable[[], bool]
    draw: Callable[[float, float], float]
    software: str


class Chores:
    """What is still to be done. `trouble`: why it was not, in a sentence; since then it waits until `until`."""

    def __init__(self, host: Host, end: StoreEnd, asked: Asked) -> None:
        """Nothing waits yet."""
        self._host, self._end, self._asked = host, end, asked
        self._effects: deque[Effect] = deque()
        self.trouble = ""
        self.until: float | None = None

    def add(self, effects: Iterable[Effect]) -> None:
        """These as well, after those that wait."""
        self._effects += effects

    def do(self, now: float) -> None:
        """Do what is to be done, as far as the disk lets; then see that the plan is what comes of it."""
        if self.until is not None and now < self.until:
            return
        try:
            while self._effects or self._end.changed:
                if self._effects:
                    self._carry(self._effects[0])
                    self._effects.popleft()
                else:
                    self._apply()
            self.trouble, self.until = "", None
        except SinneError as refusal:
            self.try_again(refusal, now)
        except Exception:
            log.exception("Something that HQ said could not be dealt with, and is left")
            if self._effects:
                self._effects.popleft()
            self.until = now + BROKEN_S

    def try_again(self, refusal: SinneError, now: float) -> None:
        """It was not done now."""
        if str(refusal) != self.trouble:
            log.warning("What is to be done for HQ waits: %s", refusal)
        self.trouble, self.until = str(refusal), now + AGAIN_S

    def _carry(self, effect: Effect) -> None:
        hq = self._host.memory.hq
        if isinstance(effect, Keep):
            hq.keep(effect.kept)
        elif isinstance(effect, Forget):
            hq.forget(effect.names)
        elif isinstance(effect, NoteAcknowledged):
            hq.note_acknowledged(effect.journal, effect.number)
        elif isinstance(effect, CarryOut | Decline):
            self._asked.answer(effect, self._host.clock.now())

    def _apply(self) -> None:
        applied = renew(self._host.memory, self._end.shelf, self._host.clock.now())
        if applied is None:
            raise Refused("There is no plan that HQ's could go into.")
        self._effects += self._end.applied(applied.fitted.concerning, applied.fitted.refused)
        if applied.is_new:
            self._host.engine.tell(PlanChanged())
