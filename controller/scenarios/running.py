"""Runs a scenario: steps in their order, a verdict for each, and what the hardware did meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from controller.errors import SinneError
from controller.hunting.kept import Kept
from controller.scenarios.acting import act
from controller.scenarios.felt import Since, amiss, since
from controller.scenarios.reading import Play, Timed
from controller.scenarios.stage import Stage
from controller.scenarios.telling import words_of
from controller.scenarios.virtual_stage import VirtualStage
from controller.virtual.store import VirtualStore
from devices.simulator.specs import Manner

#: Real timing but for the heartbeats and the titles of songs: fades report every second.
_MANNER = Manner(heartbeats=False, tracks=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step: when, in words, whether all was well (always, for what happens unrefused), what was not, how long."""

    at: datetime
    words: str
    passed: bool
    amiss: tuple[str, ...]
    expectation: bool
    took_s: float


@dataclass(slots=True)
class Seen:
    """What each device did over time, for the picture: a row (seconds since the start, its words) at each change."""

    rows: dict[str, list[tuple[float, dict[str, object]]]] = field(default_factory=dict)

    def note(self, at_s: float, truth: Mapping[str, dict[str, object]]) -> None:
        """Put down what changed."""
        for device, words in truth.items():
            rows = self.rows.setdefault(device, [])
            if not rows or rows[-1][1] != words:
                rows.append((at_s, words))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scenario that was run. `moods`: the zones' moods over time, as the journal has them; `real`: in real time."""

    play: Play
    seed: int
    outcomes: tuple[Outcome, ...]
    seen: Seen
    moods: dict[str, list[tuple[datetime, str]]]
    end: datetime
    digest: str
    real: bool = False

    @property
    def passed(self) -> bool:
        """Whether every step was as it should be."""
        return all(outcome.passed for outcome in self.outcomes)


def run(
    play: Play, seed: int | None = None, *, pace: Callable[[float], None] = lambda _seconds: None,
    tell: Callable[[Outcome], None] = lambda _outcome: None,
) -> Verdict:
    """Run it in virtual time, with its own seed unless another is given.

    `pace`: as in `VirtualStore`; `tell`: each step as it ends.
    """
    drawn = play.scenario.seed if seed is None else seed
    store = VirtualStore(play.plan, drawn, play.start, manner=_MANNER, pace=pace)
    try:
        kept = Kept(store, play) if any(t.step.expect and t.step.expect.rules for t in play.steps) else None
        return Run(play, VirtualStage(store), drawn, tell, kept).verdict()
    finally:
        store.close()


class Run:
    """A scenario on a stage that plays the store of its plan from its start. Run once."""

    def __init__(
        self, play: Play, stage: Stage, seed: int, tell: Callable[[Outcome], None], kept: Kept | None = None,
    ) -> None:
        """`seed`: for the report; the stage has drawn by it. `kept`: who watches the rules, if anybody."""
        self._play, self._stage, self._seed, self._tell, self._kept = play, stage, seed, tell, kept
        self._seen = Seen()
        self._before = since(stage)

    def verdict(self, real: bool = False) -> Verdict:
        """Play it to its end. `real`: for the report, whether its time is."""
        outcomes = []
        for timed in self._play.steps:
            outcome = self._take(timed) if self._kept is None else self._take_under_watch(timed, self._kept)
            self._tell(outcome)
            outcomes.append(outcome)
        moods: dict[str, list[tuple[datetime, str]]] = {}
        for entry in self._stage.recorded():
            if entry.kind == "zone.changed":
                moods.setdefault(str(entry.body["zone"]), []).append((entry.at, str(entry.body["what"])))
        return Verdict(self._play, self._seed, tuple(outcomes), self._seen, moods, self._stage.true_time(),
                       self._stage.digest(), real)

    def _take(self, timed: Timed) -> Outcome:
        self._pass((timed.at - self._stage.true_time()).total_seconds())
        return self._expect(timed) if timed.step.expect is not None else self._do(timed)

    def _take_under_watch(self, timed: Timed, kept: Kept) -> Outcome:
        """That nothing breaks down is a rule too."""
        try:
            return self._take(timed)
        except Exception as error:
            kept.raised(error)
            return Outcome(timed.at, words_of(timed.step), False, _broken(kept), timed.step.expect is not None, 0.0)

    def _pass(self, seconds: float) -> None:
        for _ in self._instants(seconds):
            pass

    def _instants(self, seconds: float) -> Iterator[None]:
        self._note()
        for _ in self._stage.instants(seconds):
            self._note()
            if self._kept is not None:
                self._kept.look()
            yield

    def _note(self) -> None:
        at_s = (self._stage.true_time() - self._play.start).total_seconds()
        self._seen.note(at_s, self._stage.truth())

    def _do(self, timed: Timed) -> Outcome:
        step, refusal = timed.step, ""
        if step.wait is None:
            self._before = since(self._stage)
        try:
            act(self._stage, step, self._play.document)
        except SinneError as refused:
            refusal = str(refused)
        except ValueError as impossible:  # a hand that asks a device for what it has not got
            refusal = str(impossible)
        wrong: tuple[str, ...] = ()
        if refusal and step.refused is None:
            wrong = (f"It was refused: {refusal}",)
        elif step.refused is not None and step.refused.casefold() not in refusal.casefold():
            wrong = (f"It was refused with other words: {refusal}" if refusal else "It was not refused.",)
        self._stage.settle()
        self._note()
        if self._kept is not None:
            self._kept.happened(step, refusal)
        return Outcome(timed.at, words_of(step), not wrong, wrong, step.refused is not None, 0.0)

    def _expect(self, timed: Timed) -> Outcome:
        expect = timed.step.expect
        assert expect is not None  # noqa: S101 - asked for by `verdict`
        began, before = self._stage.monotonic(), self._before
        wrong = amiss(self._stage, expect, before)
        if wrong:
            for _ in self._instants(timed.within_s + self._stage.grace_s):
                wrong = amiss(self._stage, expect, before)
                if not wrong:
                    break
        took_s = self._stage.monotonic() - began
        if not wrong and timed.stays_s:
            wrong = self._stays(timed, before)
        if expect.rules is not None:
            wrong = (*wrong, *self._rules(timed))
        return Outcome(timed.at, words_of(timed.step), not wrong, wrong, True, took_s)

    def _rules(self, timed: Timed) -> tuple[str, ...]:
        """The first rule that was broken since the start, if any; at the last step also what shows only at the end."""
        if self._kept is None:
            return ("Rules are watched in virtual time alone.",)
        if timed is self._play.steps[-1]:
            self._kept.ended()
        return _broken(self._kept)

    def _stays(self, timed: Timed, before: Since) -> tuple[str, ...]:
        expect = timed.step.expect
        assert expect is not None  # noqa: S101 - asked for by `verdict`
        began = self._stage.monotonic()
        for _ in self._instants(timed.stays_s):
            wrong = amiss(self._stage, expect, before)
            if wrong:
                after_s = self._stage.monotonic() - began
                return (f"It was so, and after {after_s:g} s no longer:", *wrong)
        return ()


def _broken(kept: Kept) -> tuple[str, ...]:
    breach = kept.breach
    return () if breach is None else (f"{breach.rule} was broken at {breach.at:%Y-%m-%d %H:%M:%S} UTC: {breach.words}",)
