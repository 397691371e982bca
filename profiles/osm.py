"""Expressions of OpenStreetMap's `opening_hours`, read as rules and answered date by date.

The library `opening_hours` reads the text and says which dates a rule's day selectors choose (weekdays, dates, weeks,
Easter, public holidays). How the rules add up to windows is done here, as the specification has it
(https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification), with one principle that the library does not
keep across rules: *a window past midnight belongs to the date on which it began*. With `22:00-04:00; Dec 25 off` the
library cuts the night before Christmas at midnight and opens again at 00:00 on the 26th; here Christmas Eve runs until
04:00 and the night of the 25th is gone.
Times of the sun come from `profiles.sun`, each of the date on which that end of a window lies.

Rules: `;` replaces what the date had before, `, ` adds to it, `||` holds only where the date has nothing. `off` with
times cuts those times out, `off` without times takes away every window that begins on the date.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from profiles.days import dates, guarded, library
from profiles.instants import Span, days_after, instant, merged
from profiles.place import Place
from profiles.refusals import END, WINDOW, WhenError, blanked, refuse_meaningless, refuse_unreadable
from profiles.sun import sun_on, sun_through_year

#: Minutes after midnight of a date: begin and end. An end past 1440 lies on the next date.
Minutes = tuple[int, int]

_DAY = 1440
_WINDOW = re.compile(WINDOW, re.I)
_END = re.compile(r"\(?\s?(?P<event>dawn|sunrise|sunset|dusk)\s?(?:(?P<sign>[+-])\s?(?P<offset>\d+:\d+))?\)?"
                  r"|(?P<clock>\d+:\d+)", re.I)
_ENDED = re.compile(rf'(?:{WINDOW}|\b(?:open|closed|off)|24/7|")\s*$', re.I)


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a window: minutes after midnight, or after an event of the sun."""

    minutes: int
    event: str | None = None

    def on(self, day: date, place: Place) -> int:
        """Minutes after midnight of `day`."""
        return self.minutes if self.event is None else self.minutes + sun_on(place, day)[self.event]


@dataclass(frozen=True, slots=True)
class Window:
    """From one end to another; `overnight` if the second belongs to the next date."""

    begin: Edge
    end: Edge
    overnight: bool

    def on(self, day: date, place: Place) -> Minutes:
        """Its minutes on a date; the end may lie before the begin where the sun made it empty."""
        if self.overnight:
            return self.begin.on(day, place), _DAY + self.end.on(days_after(day, 1), place)
        return self.begin.on(day, place), self.end.on(day, place)


@dataclass(frozen=True, slots=True)
class Rule:
    """How it joins the rules before (`;`, `,`, `||`), its days, its windows (none: the whole day), open or off.

    `comment`: what the writer remarked in quotation marks; it changes nothing.
    """

    joint: str
    days: str
    windows: tuple[Window, ...]
    opens: bool
    comment: str = ""


class Expression:
    """A parsed expression at a place."""

    def __init__(self, text: str, place: Place, rules: tuple[Rule, ...]) -> None:
        """Keep the rules; `Expression.parse` makes them."""
        self.text = text
        self.place = place
        self.rules = rules

    @classmethod
    def parse(cls, text: str, place: Place) -> Expression:
        """Read an expression, or raise WhenError with the column and one sentence."""
        refuse_unreadable(text)
        kept = [n for n, letter in enumerate(text.rstrip()) if letter != " " or (n and text[n - 1] != " ")]
        if len(kept) < len(text):
            try:
                return cls.parse("".join(text[n] for n in kept), place)
            except WhenError as error:
                column = None if error.column is None else ([*kept, len(text)][min(error.column - 1, len(kept))] + 1)
                raise WhenError(text, column, error.sentence) from None
        refuse_meaningless(text, place)
        whole = str(guarded(text, lambda: library(text, place.country)))
        rules, again = _split(text, place)
        if again != whole:
            raise WhenError(text, None, "This can be read in more than one way: write it as rules separated by \"; \".")
        expression = cls(text, place, rules)
        # A first question, so that what the library cannot answer is refused now and not at night.
        expression.minutes(date(2028, 2, 1), date(2028, 3, 1))
        return expression

    @property
    def days_only(self) -> str | None:
        """The day selectors, if that is all the expression consists of."""
        rule = self.rules[0]
        plain = len(self.rules) == 1 and rule.opens and not rule.windows and self.text == rule.days
        return rule.days if plain else None

    def minutes(self, first: date, last: date) -> dict[date, list[Minutes]]:
        """The windows that begin on each date from `first` to `last`, in minutes after its midnight; merged."""
        begin, end = days_after(first, -1), days_after(last, 1)
        found: dict[int, list[Minutes]] = defaultdict(list)
        for rule in self.rules:
            for day in dates(rule.days, self.place, begin, end):
                self._apply(rule, day, found)
        lowest, highest = first.toordinal(), last.toordinal()
        return {date.fromordinal(day): found[day] for day in sorted(found) if found[day] and lowest <= day <= highest}

    def windows(self, first: date, last: date) -> list[Span]:
        """The windows of the dates from `first` to `last`, as instants, date by date: some may touch or be empty."""
        return instants(self.minutes(first, last), self.place) if first <= last else []

    def _apply(self, rule: Rule, day: int, found: dict[int, list[Minutes]]) -> None:
        windows = [window.on(date.fromordinal(day), self.place) for window in rule.windows] or [(0, _DAY)]
        if rule.joint == "||" and found[day]:
            return
        if rule.opens:
            found[day] = merged(windows if rule.joint != "," else [*found[day], *windows])
        elif not rule.windows:
            found[day] = []
        else:
            found[day] = _without(found[day], windows)
            if day - 1 in found:
                found[day - 1] = _without(found[day - 1], [(a + _DAY, b + _DAY) for a, b in windows])


def as_instants(minutes: dict[date, list[Minutes]], place: Place) -> list[Span]:
    """Windows by date as stretches of instants, merged; the empty ones (spring gap) are gone."""
    return merged(instants(minutes, place))


def instants(minutes: dict[date, list[Minutes]], place: Place) -> list[Span]:
    """Windows by date as instants."""
    tz = place.tz
    return [(instant(day, a, tz), instant(day, b, tz)) for day, windows in minutes.items() for a, b in windows]


def _split(text: str, place: Place) -> tuple[tuple[Rule, ...], str]:
    """The rules of a text, and what the library writes for them one by one: equal to the whole, if split rightly."""
    masked = blanked(text)
    rules, written, start, joint = [], "", 0, ";"
    for cut in [*re.finditer(r";|\|\||,(?=\s)", masked), None]:
        end = cut.start() if cut else len(text)
        if cut and cut.group() == "," and not _is_new_rule(text, masked[start:end], masked[cut.end():], end):
            continue
        rule = text[start:end].strip()
        shown = str(guarded(text, lambda rule=rule: library(rule, place.country)))  # type: ignore[misc]
        written += (f" {joint} " if joint == "||" else f"{joint} " if written else "") + shown
        rules.append(_rule(joint, rule, place))
        if cut:
            joint, start = cut.group(), cut.end()
    return tuple(rules), written


def _is_new_rule(text: str, before: str, after: str, column: int) -> bool:
    """Whether a comma followed by a space begins a rule, and not the next window of the same one."""
    ended = _ENDED.search(before)
    if ended is None:
        raise WhenError(text, column + 1, "A space after a comma begins a new rule here: write a list without spaces, "
                                          "as in Mo,We 10:00-12:00.")
    return not (_WINDOW.fullmatch(ended.group().strip()) and _WINDOW.match(after.strip()))


def _rule(joint: str, text: str, place: Place) -> Rule:
    masked = blanked(text).replace('"', " ")
    modifier = re.search(r"\b(?:open|closed|off)\s*$", masked, re.I)
    if modifier:
        masked = masked[:modifier.start()]
    found = list(_WINDOW.finditer(masked))
    days = masked[:found[0].start()] if found else masked
    windows = tuple(_window(one.group(), place) for one in found)
    opens = modifier is None or modifier.group().strip().lower() == "open"
    comment = ", ".join(found.strip() for found in re.findall(r'"([^"]*)"', text) if found.strip())
    return Rule(joint, days.replace("24/7", "").strip(), windows, opens, comment)


def _window(text: str, place: Place) -> Window:
    begin, end = (_edge(edge) for edge in re.findall(END, text, re.I))
    if begin.event is None and end.event is None:
        return Window(begin, end, end.minutes <= begin.minutes)
    # With the sun, `sunset-22:00` lasts until 22:00 of the same date, and is empty where the sun sets later;
    # `sunset-02:00` lasts into the next. It is overnight if in no day of a year it could end on its own date.
    pairs = ((sun[begin.event] if begin.event else 0, sun[end.event] if end.event else 0)
             for sun in sun_through_year(place, 2028))
    overnight = end.minutes < _DAY and all(b + end.minutes <= a + begin.minutes for a, b in pairs)
    return Window(begin, end, overnight)


def _edge(text: str) -> Edge:
    found = _END.fullmatch(text.strip())
    if found is None:
        raise WhenError(text, 1, "This is no end of a window: write a clock time, or an event of the sun.")
    clock = found["clock"] or found["offset"] or "0:0"
    hours, minutes = clock.split(":")
    sign = -1 if found["sign"] == "-" else 1
    return Edge(sign * (int(hours) * 60 + int(minutes)), found["event"].lower() if found["event"] else None)


def _without(windows: list[Minutes], holes: list[Minutes]) -> list[Minutes]:
    """Windows with the holes cut out of them."""
    for low, high in merged(holes):
        windows = [piece for a, b in windows for piece in ((a, min(b, low)), (max(a, high), b)) if piece[0] < piece[1]]
    return merged(windows)
