"""Waves of a campaign: when the next one may begin, and when all of it stops by itself (`semantics.md`, rule 25).

Pure: what the stores reported and an instant in, a step out. A wave passes when at least nine in ten of its stores
reported the digest and it has soaked; a store that stays silent counts as a failure after the timeout, so that nothing
is pending for ever. What stops a rollout is told with its numbers, and only a person lets it go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field as Bounds

from controller.hq.documents import Wave
from profiles.base import Percent, Value

#: A wave passes when this share of its stores reported the digest.
PASSES = 0.9


class Stage(Value):
    """A wave, how long it soaks once all are there, and whether a person lets the next one begin.

    `soak_min`: minutes from the beginning of the wave before the next may begin. `timeout_min`: minutes after which
    a store that has not reported the digest counts as a failure.
    """

    wave: Wave
    soak_min: Annotated[int, Bounds(ge=0, le=60 * 24 * 30)] = 60
    timeout_min: Annotated[int, Bounds(ge=1, le=60 * 24 * 30)] = 60 * 24
    by_hand: bool = False


class Thresholds(Value):
    """What stops a rollout, in % of the stores that it has reached.

    `failures_pct`: stores that failed or stayed silent. `overrides_pct`: stores whose staff chose something else over
    it. `complaints_pct`: stores of which somebody complained. At or below each it goes on.
    """

    failures_pct: Percent = 4
    overrides_pct: Percent = 20
    complaints_pct: Percent = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """What one store has said of a campaign: whether it runs it, failed with it, chose over it, complained of it."""

    reported: bool = False
    failed: bool = False
    overrides: int = 0
    complaints: int = 0


class Step(StrEnum):
    """What is to be done: nothing yet, ask a person, begin the next wave, stop, or all waves have passed."""

    WAIT = "wait"
    ASK = "ask"
    ADVANCE = "advance"
    STOP = "stop"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Look:
    """The step with its reason, and the stores of the wave by what became of them."""

    step: Step
    words: str
    stores: int
    reported: int
    failed: int
    pending: int


def look(
    stage: Stage, seen: Mapping[str, Seen], since: datetime, now: datetime, *, last: bool, limits: Thresholds,
) -> Look:
    """What to do about a wave that began at `since`. `seen`: every store that the rollout has reached by now.

    `last`: whether no wave follows. A wave that reaches nobody never passes; it is refused before it begins.
    """
    age = now - since
    late = age >= timedelta(minutes=stage.timeout_min)
    failed = sum(each.failed or (late and not each.reported) for each in seen.values())
    reported = sum(each.reported and not each.failed for each in seen.values())
    count = len(seen)

    def found(step: Step, words: str) -> Look:
        return Look(step, words, count, reported, failed, count - reported - failed)

    if not seen:
        return found(Step.STOP, "The wave reaches no store.")
    beyond = _beyond(limits, seen, failed)
    if beyond:
        return found(Step.STOP, beyond)
    if reported < PASSES * count:
        if late:
            return found(Step.STOP, f"Only {reported} of {count} stores run it after {stage.timeout_min} minutes; "
                                    f"{PASSES:.0%} are needed.")
        return found(Step.WAIT, f"{reported} of {count} stores run it; {PASSES:.0%} are needed.")
    if age < timedelta(minutes=stage.soak_min):
        return found(Step.WAIT, f"It soaks until {since + timedelta(minutes=stage.soak_min):%Y-%m-%d %H:%M} UTC.")
    if last:
        return found(Step.DONE, "Every wave has passed.")
    if stage.by_hand:
        return found(Step.ASK, "It has passed; a person lets the next wave begin.")
    return found(Step.ADVANCE, "It has passed.")


def _beyond(limits: Thresholds, seen: Mapping[str, Seen], failed: int) -> str:
    """Which threshold was passed, in a sentence; empty where none was."""
    counted = (
        (failed, limits.failures_pct, "failed or stayed silent"),
        (sum(each.overrides > 0 for each in seen.values()), limits.overrides_pct, "had staff choose something else"),
        (sum(each.complaints > 0 for each in seen.values()), limits.complaints_pct, "had complaints"))
    for stores, most_pct, words in counted:
        share_pct = 100 * stores / len(seen)
        if share_pct > most_pct:
            return f"{stores} of {len(seen)} stores {words}: {share_pct:.1f} %, and {most_pct:g} % is the most."
    return ""
