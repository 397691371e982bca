"""What must not meet in a zone: two dayparts, and two campaigns of one priority that want the same (rule 5).

Which of two such layers holds would be chance, so these are errors. Asked of the windows alone, so that they are found
in plans that cannot be compiled as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from profiles.compiled import belongs
from profiles.finding import Finding, error, listed
from profiles.notes import where_words
from profiles.overlay import Campaign
from profiles.places import Zone
from profiles.scene import Field, Sense
from profiles.week import Week

#: So many meetings are told; a plan with more is broken in one way, many times.
_PAIRS_TOLD = 50

#: A window with the number of its daypart or campaign.
_Numbered = tuple[float, float, int]
_Pair = tuple[int, int]
_Stretch = tuple[float, float]


@dataclass(slots=True)
class Met:
    """Where two meet, and the first stretch that they share, in seconds since 1970."""

    first: _Stretch
    zones: list[Zone] = field(default_factory=list)

    def words(self, week: Week) -> str:
        """`Hall, first from … to …`."""
        return (f"{where_words([zone.name for zone in self.zones])}, first from {week.local(self.first[0])} to "
                f"{week.local(self.first[1])}")


def check_week(week: Week) -> Iterator[Finding]:
    """What meets and must not, of the windows that could be read."""
    yield from _overlaps(week)
    yield from _ties(week)


def _overlaps(week: Week) -> Iterator[Finding]:
    """Two dayparts of one zone at one time."""
    dayparts = week.plan.dayparts
    found: dict[_Pair, Met] = {}
    for zone in week.plan.zones:
        numbers = [n for n, daypart in enumerate(dayparts)
                   if ("dayparts", n) in week.windows and belongs(daypart, zone)]
        _add(found, zone, _swept(_windows(week, "dayparts", numbers), lambda _pair: True))
        if len(found) >= _PAIRS_TOLD:
            break
    for (one, other), met in found.items():
        yield error(f"dayparts[{other}].when", f"{dayparts[one].name} (dayparts[{one}]) and {dayparts[other].name} "
                    f"overlap in {met.words(week)}; let one end where the other begins.")


def _ties(week: Week) -> Iterator[Finding]:
    """Two campaigns of one priority in one zone at one time that both have something to say about a field."""
    campaigns = week.plan.campaigns
    for (one, other), met in meeting_campaigns(week, lambda campaign: campaign.priority).items():
        what = listed(sense.value for sense in common_senses(week, (one, other), met.zones[0]))
        yield error(f"campaigns[{other}].priority", f"{campaigns[one].name} (campaigns[{one}]) and "
                    f"{campaigns[other].name} both have priority {campaigns[other].priority} and both set {what} in "
                    f"{met.words(week)}; give one of them the higher priority, or other dates.")


def meeting_campaigns(
    week: Week, group: Callable[[Campaign], int], about: int | None = None,
) -> dict[_Pair, Met]:
    """Campaigns of one group that set a field together in a zone at one time, by their numbers in the plan.

    `about`: only the pairs of this one. Of very many some are found.
    """
    found: dict[_Pair, Met] = {}
    for zone in week.plan.zones:
        groups: dict[int, list[int]] = {}
        for number, campaign in enumerate(week.plan.campaigns):
            if ("campaigns", number) in week.windows and belongs(campaign, zone):
                groups.setdefault(group(campaign), []).append(number)
        for numbers in groups.values():
            if len(numbers) > 1 and len(found) < _PAIRS_TOLD:
                counts = _both({number: _fields(week, zone, number) for number in numbers})
                for some in [numbers] if about is None else _with(about, numbers, counts):
                    _add(found, zone, _swept(_windows(week, "campaigns", some), counts))
    return found


def _with(about: int, numbers: list[int], counts: Callable[[_Pair], bool]) -> Iterator[list[int]]:
    """One of `numbers` with each other one that it may meet, so that what the others do to each other costs nothing."""
    for other in numbers if about in numbers else ():
        if other != about and counts((about, other)):
            yield [about, other]


def common_senses(week: Week, pair: _Pair, zone: Zone) -> tuple[Sense, ...]:
    """The senses of which two campaigns both set something in a zone."""
    common = _fields(week, zone, pair[0]) & _fields(week, zone, pair[1])
    return tuple(dict.fromkeys(each.sense for each in Field if each in common))


def _both(said: dict[int, frozenset[Field]]) -> Callable[[_Pair], bool]:
    """Whether the two of a pair want the same field."""
    return lambda pair: not said[pair[0]].isdisjoint(said[pair[1]])


def _fields(week: Week, zone: Zone, campaign: int) -> frozenset[Field]:
    """The fields that a campaign has something to say about in a zone."""
    mood = week.plan.moods.get(week.plan.campaigns[campaign].profile)
    return frozenset() if mood is None else frozenset(mood.settings_for(zone.kind))


def _add(found: dict[_Pair, Met], zone: Zone, pairs: dict[_Pair, _Stretch]) -> None:
    for pair, stretch in pairs.items():
        met = found.setdefault(pair, Met(stretch))
        met.first = min(met.first, stretch)
        met.zones.append(zone)


def _windows(week: Week, part: str, numbers: Iterable[int]) -> list[_Numbered]:
    return sorted((start, end, n) for n in numbers for start, end in week.windows[part, n])


def _swept(windows: list[_Numbered], counts: Callable[[_Pair], bool]) -> dict[_Pair, _Stretch]:
    """The pairs that meet and count, each with its first common stretch; `windows` in order, of many pairs some."""
    found: dict[_Pair, _Stretch] = {}
    alive: list[_Numbered] = []
    for window in windows:
        start, end, number = window
        alive = [other for other in alive if other[1] > start]
        for other in alive:
            pair = (other[2], number) if other[2] < number else (number, other[2])
            if pair[0] != pair[1] and pair not in found and counts(pair):
                found[pair] = start, min(end, other[1])
        if len(found) >= _PAIRS_TOLD:
            break
        alive.append(window)
    return found
