"""What `check` and the readers of plan files have to say: one sentence each, with the place it is about.

A finding is written for the person who edits the plan: what is wrong, where, and what would be right.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: Nothing longer than this is quoted from a file, so that hostile text cannot flood a log or a page.
_QUOTED = 60
#: Up to so many known names are all listed; of more, only the nearest is named.
_FEW = 12


class Level(StrEnum):
    """An error keeps a plan from being published; a warning is for the person to weigh."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one place. `line` and `column` count from 1; None where there is no text to point at.

    `field` is the path inside the plan: `dayparts[2].when`; empty for the plan as a whole.
    """

    level: Level
    file: str
    line: int | None
    column: int | None
    field: str
    sentence: str

    def __str__(self) -> str:
        """`store.yaml:14: dayparts[2].when: ...`; parts that are not known are left out."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.field, self.sentence) if part)


def error(field: str, sentence: str) -> Finding:
    """An error about a part of a plan."""
    return Finding(Level.ERROR, "", None, None, field, sentence)


def warning(field: str, sentence: str) -> Finding:
    """A warning about a part of a plan."""
    return Finding(Level.WARNING, "", None, None, field, sentence)


def path_text(path: Sequence[str | int]) -> str:
    """A path as people read it: `("dayparts", 2, "when")` is `dayparts[2].when`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{_safe(step)}" if text else _safe(step)
    return text


def quoted(thing: object) -> str:
    """What somebody wrote, short and harmless: control characters written out, at most 60 characters."""
    if thing is True or thing is False:
        return "true" if thing else "false"
    if thing is None:
        return "nothing"
    if isinstance(thing, dict):
        return "a group of fields"
    if isinstance(thing, list | tuple):
        return "a list"
    if isinstance(thing, int | float):
        return _safe(f"{thing:g}" if abs(thing) < 1e15 else "a very large number")
    return f"“{_safe(str(thing))}”"


def nearest(word: object, known: Iterable[str]) -> str:
    """The hint for a name that is not known: the nearest one, else all of them if they are few; may be empty."""
    names = sorted(set(known))
    close = difflib.get_close_matches(str(word)[:_QUOTED], names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if 0 < len(names) <= _FEW:
        return f"known here: {', '.join(names)}."
    return ""


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _safe(text: str) -> str:
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_QUOTED])
    return shown + "…" if len(text) > _QUOTED else shown
