"""A *when* that is the same instants everywhere: `2026-12-24T17:00Z..2026-12-24T18:00Z`.

For what begins in all stores at once, whatever their clocks show: a launch, a minute of silence. Both ends are ISO 8601
date-times with their offset from UTC (`Z`, `+01:00`), so that nothing about them depends on where they are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from profiles.instants import Span
from profiles.refusals import WhenError

_INSTANT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?"
_LOOKS = re.compile(r"\s*\d{4}-\d{2}-\d{2}T")
_FORM = re.compile(rf"\s*({_INSTANT})\s*\.\.\s*({_INSTANT})\s*")
_AS_IN = "as in 2026-12-24T17:00Z..2026-12-24T18:00Z"


@dataclass(frozen=True, slots=True)
class EverywhereWindow:
    """One window between two instants, in seconds since 1970."""

    begin: int
    end: int

    def windows(self, first: date, last: date) -> list[Span]:
        """The window, whatever dates are asked for: who asks leaves out what does not concern it."""
        del first, last
        return [(self.begin, self.end)]


def is_everywhere(text: str) -> bool:
    """Whether a text is meant as this form, rightly written or not."""
    return _LOOKS.match(text) is not None


def parse_everywhere(text: str) -> EverywhereWindow:
    """Read a text in this form. Raises WhenError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise WhenError(text, len(text) - len(text.lstrip()) + 1,
                        f"Instants that are the same everywhere are two date-times with two dots between, {_AS_IN}.")
    begin, end = (_instant(text, found, number) for number in (1, 2))
    if end <= begin:
        raise WhenError(text, found.start(2) + 1, "It ends before it begins: write the earlier instant first.")
    return EverywhereWindow(begin, end)


def _instant(text: str, found: re.Match[str], number: int) -> int:
    written, column = found.group(number), found.start(number) + 1
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise WhenError(text, column, f"There is no {written}.") from None
    if moment.tzinfo is None:
        raise WhenError(text, column, f"{written} is another instant in every time zone: write Z after it for UTC, or "
                                      f"the offset, {_AS_IN}.")
    return int(moment.timestamp())
