"""Findings that say the same of several zones or instants, gathered into one sentence each.

A plan that is wrong in one way is wrong in it every day and in many zones; people want to be told once, with the zones
and the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from profiles.finding import Finding, Level, listed

#: The sentence of a note, from where it is so and when first.
Sentence = Callable[[str, str], str]


@dataclass(slots=True)
class _Note:
    level: Level
    field: str
    sentence: Sentence
    zones: dict[str, None]
    first: float


@dataclass(slots=True)
class Notes:
    """What is noticed while zone after zone is looked at. `local`: an instant as people in the store say it."""

    local: Callable[[float], str]
    _notes: dict[Hashable, _Note] = field(default_factory=dict)

    def note(self, key: tuple[Hashable, ...], zone: str, at: float, sentence: Sentence) -> None:
        """Note a warning about the field `key[0]` in `zone` at an instant; the same `key` is one finding.

        `sentence` is given the zones and the first instant, in words; that of the first note of a key is used.
        """
        known = self._notes.get(key)
        if known is None:
            self._notes[key] = _Note(Level.WARNING, str(key[0]), sentence, {zone: None}, at)
            return
        known.zones[zone] = None
        known.first = min(known.first, at)

    def findings(self) -> Iterator[Finding]:
        """One finding for each key, in the order in which they were first noted."""
        for one in self._notes.values():
            yield Finding(one.level, "", None, None, one.field,
                          one.sentence(where_words(list(one.zones)), self.local(one.first)))


def where_words(names: list[str]) -> str:
    """Zones in a sentence: all of a few, the first and how many more of many."""
    return listed(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} other zones"
