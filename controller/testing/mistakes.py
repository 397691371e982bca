"""What a test may ask for wrongly: a device, a zone, a mood or a time that there is not. A sentence for its author."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from profiles.finding import nearest, quoted
from profiles.sentences import findings_of


class Mistake(Exception):
    """The test asks for what cannot be; nothing was done. `str()` says what, and what would be right."""


def known(kind: str, name: object, names: Collection[str], where: str) -> str:
    """`name`, if it is one of `names`. Raises Mistake, with the nearest."""
    __tracebackhide__ = True
    if isinstance(name, str) and name in names:
        return name
    hint = nearest(name, names)
    raise Mistake(f"There is no {kind} {quoted(name)} in {where}{'; ' + hint if hint else '.'}")


def all_known(
    kind: str, asked: str | Iterable[str] | None, names: Collection[str], where: str,
) -> tuple[str, ...] | None:
    """One name or several, each of them known; None stays None. Raises Mistake."""
    __tracebackhide__ = True
    if asked is None:
        return None
    return tuple(known(kind, name, names, where) for name in ((asked,) if isinstance(asked, str) else asked))


def sentences(broken: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with values that a test gave, a line each."""
    return "\n".join(str(finding) for finding in findings_of(broken, model))


def one_of(kind: str, words: Mapping[str, Any], names: Collection[str], where: str) -> None:
    """Every key of `words` is one of `names`. Raises Mistake, with the nearest."""
    __tracebackhide__ = True
    for word in words:
        known(kind, word, names, where)
