"""The hunt: story after story from one seed, until something does not hold, the days are over, or somebody ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from controller.hunting.drawing import draw_story
from controller.hunting.living import Lived, live_through
from controller.hunting.story import Story, play_of_story
from controller.scenarios.reading import Play


@dataclass(frozen=True, slots=True)
class Hunted:
    """What came of a hunt. `days`, `stories`: how much was lived through; `story`, `lived`: that in which a rule broke,
    None where none did. `digests`: of each story, so that two hunts can be told to be the same.
    """

    seed: int
    days: float
    stories: int
    digests: tuple[str, ...]
    story: Story | None = None
    lived: Lived | None = None


def hunt(
    seed: int, days: float | None, *, first: int = 1, ended: Callable[[], bool] = lambda: False,
    tell: Callable[[int, float], None] = lambda _stories, _days: None,
) -> Hunted:
    """Live through stories until `days` store-days are over (None: for ever), `ended` says so, or a rule breaks.

    `first`: the number of the first story. `tell`: after each story, how many there were and how many days.
    """
    lived_days, digests, number = 0.0, list[str](), first
    play: Play | None = None
    while (days is None or lived_days < days) and not ended():
        story = draw_story(seed, number)
        play = play_of_story(story, play)
        lived = live_through(play)
        lived_days += lived.days
        digests.append(lived.digest)
        if lived.breach is not None:
            return Hunted(seed, lived_days, len(digests), tuple(digests), story, lived)
        tell(len(digests), lived_days)
        number += 1
    return Hunted(seed, lived_days, len(digests), tuple(digests))
