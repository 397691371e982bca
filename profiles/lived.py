"""A zone over a span of days as `resolve` has it with what people have pressed; beside `profiles.year`, without. Pure.

The plan alone is a year of recurring situations; presses and stops are of this hour. So they are walked along from
boundary to boundary, as the engine will meet them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from profiles.lives import live_zone
from profiles.plan import Live, Plan
from profiles.resolve import resolve
from profiles.scene import Field, Setting

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Lived:
    """What is given in a zone for a while."""

    values: Mapping[Field, Setting]

    def value(self, field: Field) -> Setting | None:
        """What is given, after limits; None where no layer gives the field."""
        return self.values.get(field)


class LivedZone:
    """One zone in [start, end), seconds since 1970. Raises KeyError for a zone that the plan has not."""

    def __init__(self, plan: Plan, live: Live, zone: str, start: float, end: float) -> None:
        """Walk along it from change to change."""
        self.end = end
        self._starts: list[float] = []
        self._lived: list[Lived] = []
        at = start
        while at < end:
            found = resolve(plan, live, zone, datetime.fromtimestamp(at, UTC))
            self._starts.append(at)
            self._lived.append(Lived({field: resolved.value for field, resolved in found.fields.items()}))
            until = found.until
            at = end if until is None else until.timestamp()

    def stretches(self, of: Callable[[Lived], _T]) -> Iterator[tuple[float, float, _T]]:
        """The whole time in stretches [start, end) in which `of` says the same."""
        begin: float | None = None
        before: _T | None = None
        for start, lived in zip(self._starts, self._lived, strict=True):
            value = of(lived)
            if begin is not None and before is not None and value != before:
                yield begin, start, before
            if begin is None or value != before:
                begin, before = start, value
        if begin is not None and before is not None:
            yield begin, self.end, before


def is_pressed(live: Live, zone: str) -> bool:
    """Whether people have put anything on a zone."""
    return bool(live_zone(live, zone).layers)
