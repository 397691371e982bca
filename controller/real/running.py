"""Runs a scenario in real time: the same steps, the same questions, on a store of real programs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from controller.errors import Refused
from controller.real.store import RealStore
from controller.scenarios.reading import Play
from controller.scenarios.running import Outcome, Run, Verdict
from devices.broker import find_mosquitto


def run_in_real_time(
    play: Play, seed: int | None = None, *, ended: threading.Event | None = None,
    tell: Callable[[Outcome], None] = lambda _outcome: None,
) -> Verdict:
    """Run it, with its own seed unless another is given. `tell`: each step as it ends.

    Raises as `playable`; Unavailable where something does not start; `controller.real.store.Ended` when `ended` is set
    before its end. Nothing is left behind.
    """
    playable(play)
    drawn = play.scenario.seed if seed is None else seed
    store = RealStore(play.plan, drawn, play.start, ended)
    try:
        return Run(play, store, drawn, tell).verdict(real=True)
    finally:
        store.close()


def playable(play: Play) -> None:
    """Raises Refused for what virtual time alone can do, and where mosquitto is not installed."""
    for number, timed in enumerate(play.steps, 1):
        if timed.step.expect is not None and timed.step.expect.rules:
            raise Refused(f"Step {number} ({timed.step.at}) expects rules to be kept. They are watched at every "
                          "instant of virtual time, which real time has not: leave out --real, or this step.")
    if find_mosquitto() is None:
        raise Refused("A scenario in real time needs mosquitto, which is not installed (on Debian: apt-get install "
                      "mosquitto). In virtual time it needs nothing: leave out --real.")


def longest(play: Play) -> timedelta:
    """How long it takes where every expectation waits as long as it may."""
    ends = (timed.at + timedelta(seconds=timed.within_s + timed.stays_s) for timed in play.steps)
    return max(ends) - play.start
