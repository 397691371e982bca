"""Lives a play through under watch, in virtual time, and stops at the first breach.

Time is driven exactly as `controller.scenarios.running` drives it, so that a breach here is one there too, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from controller.errors import SinneError
from controller.hunting.kept import Kept
from controller.hunting.watching import Breach
from controller.scenarios.acting import act
from controller.scenarios.reading import Play, Timed
from controller.virtual.specs import QUIET
from controller.virtual.store import VirtualStore


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of it. `refused`: for each step that was acted on, in which words it was refused, or nothing.

    `days`: of virtual time until the end or the breach. `digest`: as of `VirtualStore`, at that instant.
    """

    breach: Breach | None
    refused: tuple[str, ...]
    days: float
    digest: str


def live_through(play: Play) -> Lived:
    """From the start to the end or to the first breach."""
    store = VirtualStore(play.plan, play.scenario.seed, play.start, manner=QUIET)
    try:
        return _Life(play, store).lived()
    finally:
        store.close()


class _Life:
    def __init__(self, play: Play, store: VirtualStore) -> None:
        self._play, self._store = play, store
        self._kept = Kept(store, play)
        self._refused: list[str] = []

    def lived(self) -> Lived:
        try:
            for timed in self._play.steps:
                if not self._passed(timed) or not self._did(timed):
                    break
        except Exception as error:  # whatever it is, it is a finding
            self._kept.raised(error)
        days = (self._store.clock.true_time() - self._play.start) / timedelta(days=1)
        return Lived(self._kept.ended(), tuple(self._refused), days, self._store.digest())

    def _passed(self, timed: Timed) -> bool:
        """Let time pass until the step, under watch."""
        for _ in self._store.instants((timed.at - self._store.clock.true_time()).total_seconds()):
            if not self._kept.look():
                return False
        return True

    def _did(self, timed: Timed) -> bool:
        if timed.step.expect is not None:
            return True
        refusal = ""
        try:
            act(self._store, timed.step, self._play.document)
        except (SinneError, ValueError) as refused:  # a hand may ask a device for what it has not got
            refusal = str(refused)
        self._refused.append(refusal)
        self._kept.happened(timed.step, refusal)
        return self._kept.breach is None
