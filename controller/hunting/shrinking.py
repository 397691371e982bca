"""Makes a story that breaks a rule as short as it can be while the same rule is broken: what a person can read.

Delta debugging: leave out half, a quarter, … a single step; then what the store has; then round the times. Every
candidate is lived through, so that what is left is known to break the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.hunting.living import Lived, live_through
from controller.hunting.paring import pared
from controller.hunting.sense import makes_sense
from controller.hunting.story import Moment, Story, play_of_story
from controller.hunting.watching import Breach
from controller.scenarios.model import PEOPLE
from controller.scenarios.reading import ScenarioError
from profiles.check import errors
from profiles.check_names import check_names

#: So many candidates are lived through at most.
MOST_TRIES = 400
#: Before the first step: how long the store is given to come up.
_LEADS_S = (60, 600, 3600)
#: Times are rounded to these, the roundest that will do first.
_ROUND_S = (3600, 600, 60, 10, 1)


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The short story, what it breaks, and how many steps there were and are."""

    story: Story
    breach: Breach
    steps_before: int
    steps_after: int


def shrunk(
    story: Story, lived: Lived, *, most: int = MOST_TRIES, ended: Callable[[], bool] = lambda: False,
    live: Callable[[Story], Lived] | None = None,
) -> Shrunk:
    """The shortest that was found within `most` tries, or until `ended` said so. `lived`: what came of it, a breach.

    `live`: how a candidate is lived through, unless as in a hunt; may raise ScenarioError where it is no story.
    """
    assert lived.breach is not None  # noqa: S101 - there is nothing to shrink otherwise
    search = _Search(story, lived, live or _lived, most, ended)
    search.run()
    breach = search.lived.breach
    assert breach is not None  # noqa: S101 - only candidates with one are taken
    return Shrunk(search.told(), breach, len(story.moments), len(search.story.moments))


class _Search:
    """The shortest story so far, and what came of it."""

    def __init__(
        self, story: Story, lived: Lived, live: Callable[[Story], Lived], most: int, ended: Callable[[], bool],
    ) -> None:
        self.story, self.lived = story, lived
        self._rule = lived.breach.rule if lived.breach is not None else ""
        self._live, self._left, self._ended = live, most, ended

    def run(self) -> None:
        """Every way of making it shorter, and the first ones again as long as they help."""
        self._cut_end()
        self._leave_out_steps()
        self._start_later()
        while self._pare():
            self._leave_out_steps()
        self._start_later()
        self._round()
        self._cut_end()

    def told(self) -> Story:
        """With the words of each refusal, so that the scenario expects it."""
        moments = []
        for n, moment in enumerate(self.story.moments):
            refused = self.lived.refused[n] if n < len(self.lived.refused) else ""
            said = {"refused": " ".join(refused.split())[:60].strip() or None} if moment.step.verb in PEOPLE else {}
            moments.append(Moment(moment.at, moment.step.model_copy(update=said)))
        return replace(self.story, moments=tuple(moments))

    def _takes(self, candidate: Story) -> bool:
        """Whether it breaks the same rule; then it is the shortest so far."""
        if self._left <= 0 or self._ended() or candidate == self.story or not makes_sense(candidate.moments):
            return False
        try:
            lived = self._live(candidate)
        except ScenarioError:
            return False
        self._left -= 1
        if lived.breach is None or lived.breach.rule != self._rule:
            return False
        self.story, self.lived = candidate, lived
        return True

    def _cut_end(self) -> None:
        """Nothing after the breach matters, but for rules that are asked about at the end."""
        breach = self.lived.breach
        if breach is not None and breach.at < self.story.end:
            end = _rounded_up(breach.at, 1)
            moments = tuple(moment for moment in self.story.moments if moment.at <= breach.at)
            self._takes(replace(self.story, moments=moments, end=end))

    def _leave_out_steps(self) -> None:
        size = max(1, len(self.story.moments) // 2)
        while size:
            n = 0
            while n < len(self.story.moments):
                moments = self.story.moments[:n] + self.story.moments[n + size:]
                if not self._takes(replace(self.story, moments=moments)):
                    n += size
            size //= 2

    def _start_later(self) -> None:
        first = self.story.moments[0].at if self.story.moments else self.story.end
        for lead_s in _LEADS_S:
            start = _rounded_up(first - timedelta(seconds=lead_s + 59), 60)
            if start > self.story.start and self._takes(replace(self.story, start=start)):
                return

    def _pare(self) -> bool:
        """Leave out parts of the store, one after the other; whether any could be left out."""
        helped, n = False, 0
        while n < len(candidates := list(pared(self.story))):
            if self._takes(candidates[n]):
                helped = True
            else:
                n += 1
        return helped

    def _round(self) -> None:
        for n in range(len(self.story.moments)):
            for moments in self._rounder(n):
                if self._takes(replace(self.story, moments=moments)):
                    break

    def _rounder(self, n: int) -> Iterator[tuple[Moment, ...]]:
        """The steps with a rounder time for step `n`, and for those at the same instant."""
        moments = self.story.moments
        at = moments[n].at
        before = moments[n - 1].at if n else self.story.start
        after = next((m.at for m in moments[n + 1:] if m.at > at), self.story.end)
        for to_s in _ROUND_S:
            for rounder in (_rounded_up(at, to_s) - timedelta(seconds=to_s), _rounded_up(at, to_s)):
                if rounder == at:
                    return
                if before <= rounder <= after:
                    yield tuple(Moment(rounder, m.step) if m.at == at else m for m in moments)


def _lived(story: Story) -> Lived:
    play = play_of_story(story)
    wrong = errors(list(check_names(play.plan, None)))
    if wrong:
        raise ScenarioError(wrong)
    return live_through(play)


def _rounded_up(at: datetime, to_s: int) -> datetime:
    return at + timedelta(seconds=-at.timestamp() % to_s)
