"""Strict reading of YAML text: plain values out of it, and the line of each of them.

Why not `yaml.safe_load`: it follows YAML 1.1, where `NO` (Norway) is false and `10:30` is the number 630; it lets
aliases blow a small file up; it keeps the last of two equal keys in silence; and it forgets where things stood. Here
the tree is built from the parser's events, so that every limit is met before anything large exists.

Scalars follow the core schema of YAML 1.2 (null, true and false, numbers); `on` and `off` stay text, and a sense
reads them itself. Dates and times stay text too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from profiles.finding import Finding, Level, path_text, quoted

MAX_CHARACTERS = 4 * 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 500_000

#: libyaml where it was built in (it always is in the wheels), else the same parser in Python.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,299})\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")

#: What the parser says, and what a person can do about it.
_PLAIN_WORDS = (
    ("\\t", "there is a tab in the indentation; indent with spaces."),
    ("cannot start any token", "this character cannot begin a value; put the text in quotes, and indent with spaces."),
    ("mapping values are not allowed", "there is a second “: ” here; put text with a colon in quotes."),
    ("quoted scalar", "a quotation mark is opened and not closed."),
    ("flow", "a bracket is opened and not closed; or a comma is missing inside it."),
    ("block collection", "the indentation does not fit what stands above; an item begins with “- ”."),
    ("block mapping", "the indentation does not fit what stands above."),
    ("expected ':'", "a “:” is missing after the name."),
    ("escape", "a backslash inside double quotes begins an escape; use single quotes."),
)

Place = tuple[int, int]


class YamlTextError(ValueError):
    """The text is not what is read here. `finding` says what, where, and what would be right."""

    def __init__(self, finding: Finding) -> None:
        """Keep the finding; the message is its sentence."""
        super().__init__(str(finding))
        self.finding = finding


@dataclass(slots=True)
class YamlText:
    """Plain values (dict, list, str, int, float, bool, None) and where they stand: path to (line, column) from 1."""

    document: Any
    places: dict[str, Place] = field(default_factory=dict)


def read_yaml(text: str, name: str) -> YamlText:
    """Read one document. Raises YamlTextError for anything else than plain values within the limits."""
    if len(text) > MAX_CHARACTERS:
        raise _refusal(name, None, f"the file has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.")
    reader = _Reader(name)
    try:
        return reader.read(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as broken:
        mark: Any = broken.problem_mark or broken.context_mark
        raise _refusal(name, mark, _in_plain_words(broken, mark)) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise _refusal(name, None, _odd_character(text)) from None


def scalar(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text[0] in "tT"
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _NOT_FINITE.match(text):
        return float(text.replace(".", "", 1))
    return text


class _Reader:
    """Builds the tree from events, counting as it goes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes = 0
        self._places: dict[str, Place] = {}
        self._events: Iterator[yaml.Event] = iter(())

    def read(self, events: Iterator[yaml.Event]) -> YamlText:
        self._events = events
        next(events)
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            raise _refusal(self._name, first.start_mark, "the file is empty; a plan has at least store and zones.")
        document = self._value(next(events), ())
        next(events)
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refusal(self._name, after.start_mark, "a second document begins here; one file holds one.")
        return YamlText(document, self._places)

    def _value(self, event: yaml.Event, path: tuple[str | int, ...]) -> Any:
        mark = event.start_mark
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _refusal(self._name, mark, f"the file has more than {MAX_NODES:,} values.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _refusal(self._name, mark, "anchors and aliases (& and *) are not read here; write the value out.")
        if getattr(event, "tag", None) is not None:
            raise _refusal(self._name, mark, "tags (!) are not read here; write the plain value.")
        if isinstance(event, yaml.ScalarEvent):
            return scalar(event.value) if event.implicit[0] else event.value
        if len(path) >= MAX_DEPTH:
            raise _refusal(self._name, mark, f"values are nested more than {MAX_DEPTH} deep.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return self._mapping(path)

    def _list(self, path: tuple[str | int, ...]) -> list[Any]:
        items: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*path, len(items))
            self._remember(here, event)
            items.append(self._value(event, here))
        return items

    def _mapping(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise _refusal(self._name, event.start_mark, "the name of a field is plain text, without & * or !.")
            here = (*path, event.value)
            if event.value in found:
                line = self._places[path_text(here)][0]
                raise _refusal(self._name, event.start_mark, f"{quoted(event.value)} stands here twice, first in line "
                               f"{line}; keep one of them.", path_text(here))
            self._remember(here, event)
            found[event.value] = self._value(next(self._events), here)
        return found

    def _remember(self, path: tuple[str | int, ...], event: yaml.Event) -> None:
        mark: Any = event.start_mark
        self._places[path_text(path)] = (mark.line + 1, mark.column + 1)


def _refusal(name: str, mark: Any, sentence: str, path: str = "") -> YamlTextError:
    line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
    return YamlTextError(Finding(Level.ERROR, name, line, column, path, sentence))


def _in_plain_words(broken: yaml.MarkedYAMLError, mark: Any) -> str:
    said = f"{broken.problem or ''} {broken.context or ''}"
    for part, words in _PLAIN_WORDS:
        if part in said:
            return words
    where = "" if mark is None else f" at column {mark.column + 1}"
    return f"the text cannot be read as YAML{where}; look at indentation, quotes and colons here and in the line above."


def _odd_character(text: str) -> str:
    for number, line in enumerate(text.split("\n"), start=1):
        for character in line:
            if yaml.reader.Reader.NON_PRINTABLE.search(character):
                return f"line {number} holds the character U+{ord(character):04X}, which no text has; delete it."
    return "the text holds characters that cannot be read; save it as UTF-8."
