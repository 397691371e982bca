"""What pydantic found wrong, said in our own words: what is wrong, where, and what would be right.

pydantic's messages are written for programmers and change between versions; the people who read these edit a plan.
Only its error types, which are documented and stable, are used.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from profiles.finding import Finding, error, listed, nearest, path_text, quoted
from profiles.refusals import WhenError

Loc = tuple[str | int, ...]

_CHOICE = re.compile(r"\^\(([a-z|-]+)\)\$\Z")
_ID = re.compile(r"\^\[a-z0-9\]")


def findings_of(broken: ValidationError, root: type[BaseModel], at: Sequence[str | int] = ()) -> list[Finding]:
    """One finding for each thing that is wrong. `root`: the model that was read; `at`: where in the plan it stands."""
    found: list[Finding] = []
    for problem in broken.errors(include_url=False):
        loc: Loc = problem["loc"]
        if loc and loc[-1] == "[key]":
            loc = loc[:-1]
        if problem["type"] == "too_short" and problem.get("input"):
            # pydantic counts only the items without errors; those that have one are told themselves.
            continue
        say = _SENTENCES.get(problem["type"], _anything)
        found.append(error(path_text((*at, *loc)), say(_Problem(problem, root, loc))))
    return found


def known_fields(root: type[BaseModel], loc: Loc) -> Mapping[str, Any] | None:
    """The fields of the model that stands at `loc` inside `root`; None where no model stands."""
    kind: Any = root
    for step in loc:
        kind = _inside(_bare(kind), step)
    kind = _bare(kind)
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _bare(kind: Any) -> Any:
    """A type without its annotation and without `| None`."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            kind = next(a for a in get_args(kind) if a is not type(None))
        else:
            return kind


def _inside(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(step))
        return None if field is None else field.annotation
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


class _Problem:
    """One error of pydantic's, with what a sentence needs of it."""

    def __init__(self, problem: Mapping[str, Any], root: type[BaseModel], loc: Loc) -> None:
        self.context: Mapping[str, Any] = problem.get("ctx", {})
        self.given = quoted(problem.get("input"))
        self.raw = problem.get("input")
        self.root, self.loc = root, loc

    @property
    def name(self) -> str:
        return str(self.loc[-1]) if self.loc else ""

    def siblings(self) -> list[str]:
        return list(known_fields(self.root, self.loc[:-1]) or ())


def _missing(p: _Problem) -> str:
    if p.loc and isinstance(p.loc[-1], int):
        return "a number is missing; two belong here, in square brackets."
    return f"{p.name} is missing; it has to be given."


def _unknown(p: _Problem) -> str:
    hint = nearest(p.name, p.siblings())
    return f"there is no field of this name here{'; ' + hint if hint else '.'}"


def _choice(p: _Problem) -> str:
    allowed = [word.strip(" '") for word in re.split(r", | or ", str(p.context.get("expected", "")))]
    return _one_of(p, allowed)


def _one_of(p: _Problem, allowed: list[str]) -> str:
    hint = nearest(p.raw, allowed)
    hint = f" {hint[0].upper()}{hint[1:]}" if hint.startswith("did") else ""
    return f"{p.given} is not one of {listed(allowed)}.{hint}"


def _pattern(p: _Problem) -> str:
    pattern = str(p.context.get("pattern", ""))
    if (choice := _CHOICE.match(pattern)) is not None:
        return _one_of(p, choice[1].split("|"))
    if _ID.match(pattern):
        return (f"{p.given} is not an id: small letters a to z, digits and hyphens, beginning with a letter or digit, "
                "at most 63 characters.")
    return "line breaks and control characters do not belong into this text; write it on one line."


def _bound(words: str, key: str) -> Callable[[_Problem], str]:
    return lambda p: f"{p.given} is {words} {p.context[key]:g}."


def _length(p: _Problem) -> str:
    limit = p.context.get("max_length", 0)
    if isinstance(p.raw, str):
        return f"this text has {len(p.raw)} characters; at most {limit} fit."
    return f"there are {p.context.get('actual_length') or 'more'} here; at most {limit} are allowed."


def _short(p: _Problem) -> str:
    least = p.context.get("min_length", 1)
    return "this is empty; write something." if isinstance(p.raw, str) else f"at least {least} has to be given here."


def _group(p: _Problem) -> str:
    if p.raw is None:
        return "nothing stands here; a group of fields (name: value) belongs here, or leave the name out."
    if p.name in ("light", "music", "scent", "ambient", "accent", "feature"):
        return f"{p.given} does not fit; write off, on, or a group of fields such as {{on: true, …}}."
    return f"{p.given} does not fit; a group of fields (name: value) belongs here."


def _text(p: _Problem) -> str:
    if isinstance(p.raw, bool | int | float):
        return f"{p.given} is read as a value, not as text; put it in quotes."
    return f"{p.given} does not fit; text belongs here."


def _own(p: _Problem) -> str:
    reason = p.context.get("error", "this does not fit here")
    if isinstance(reason, WhenError):
        return in_column(reason)
    said = str(reason)
    return said if said.endswith((".", "?", "!")) else said + "."


def in_column(reason: WhenError) -> str:
    """The sentence of a time expression that cannot be read, with its column where one is to blame."""
    return reason.sentence if reason.column is None else f"column {reason.column}: {reason.sentence}"


def _plain(words: str) -> Callable[[_Problem], str]:
    return lambda p: f"{p.given} does not fit; {words} belongs here."


def _anything(p: _Problem) -> str:
    return f"{p.given} does not fit here; docs/plan-files.md tells what belongs here."


_NUMBER, _WHOLE, _YES = _plain("a number"), _plain("a whole number"), _plain("true or false")
_LIST, _DATE = _plain("a list (items beginning with “- ”)"), _plain("a date such as 2026-12-24")

_SENTENCES: dict[str, Callable[[_Problem], str]] = {
    "missing": _missing, "extra_forbidden": _unknown, "enum": _choice, "literal_error": _choice,
    "string_pattern_mismatch": _pattern, "value_error": _own, "assertion_error": _own,
    "greater_than_equal": _bound("less than the lowest allowed,", "ge"),
    "less_than_equal": _bound("more than the highest allowed,", "le"),
    "greater_than": _bound("too small; it has to be above", "gt"),
    "less_than": _bound("too large; it has to be below", "lt"),
    "float_type": _NUMBER, "float_parsing": _NUMBER, "finite_number": _NUMBER,
    "int_type": _WHOLE, "int_parsing": _WHOLE, "int_from_float": _WHOLE, "int_parsing_size": _WHOLE,
    "bool_type": _YES, "bool_parsing": _YES,
    "string_type": _text, "string_too_long": _length, "string_too_short": _short, "too_long": _length,
    "too_short": _short, "string_unicode": _plain("text in UTF-8"),
    "model_type": _group, "model_attributes_type": _group, "dict_type": _group, "dataclass_type": _group,
    "tuple_type": _LIST, "list_type": _LIST, "iterable_type": _LIST,
    "date_type": _DATE, "date_parsing": _DATE, "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
}
