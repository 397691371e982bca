"""From the parsed meaning of an expression to its words: rule by rule, in the order in which they hold.

Rules are told by what they do to those before: a rule on dates that an earlier one has too stands *instead* of it, one
on other dates stands beside it, `,` adds, `off` takes out, `||` holds where nothing else does. Whether dates meet is
asked of the dates themselves.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

from profiles.days import canonical_days, dates
from profiles.everywhere import EverywhereWindow
from profiles.hours import SAMPLE, Hours
from profiles.offsets import Mark, StoreWindow
from profiles.osm import Edge, Expression, Rule, Window
from profiles.place import Place
from profiles.reading.english import English
from profiles.reading.french import French
from profiles.reading.selectors import Day, selectors_of
from profiles.reading.swedish import Swedish
from profiles.reading.tongue import MINUTES_A_DAY, Tongue
from profiles.when import When

_TONGUES: MappingProxyType[str, Tongue] = MappingProxyType({"en": English(), "sv": Swedish(), "fr": French()})

#: The languages that expressions can be read in.
LANGUAGES_READ = tuple(_TONGUES)


def reading(text: str, place: Place, hours: Hours | None, language: str) -> str:
    """`text` in plain words of `language` (`en`, `sv`, `fr`; another is read in English). Raises WhenError."""
    tongue = _TONGUES.get(language, _TONGUES["en"])
    meaning = When.parse(text, place, hours).meaning
    if isinstance(meaning, EverywhereWindow):
        return _everywhere(meaning, place, tongue)
    return _store_window(meaning, tongue) if isinstance(meaning, StoreWindow) else _expression(meaning, tongue)


def _everywhere(window: EverywhereWindow, place: Place, tongue: Tongue) -> str:
    """By the clock of the place, because that is what people there see."""
    begin, end = (datetime.fromtimestamp(each, place.tz) for each in (window.begin, window.end))
    first, last = (tongue.date(Day(each.year, each.month, each.day, 0)) for each in (begin, end))
    clocks = [tongue.clock(60 * each.hour + each.minute) for each in (begin, end)]
    return tongue.everywhere((first, clocks[0]), ("" if last == first else last, clocks[1]))


def _store_window(window: StoreWindow, tongue: Tongue) -> str:
    days = _days(window.days, window.hours.place, tongue) if window.days else ""
    if window.begin.event is None and window.end.event is None:
        raise AssertionError("two clock times are an expression")
    following = window.overnight and window.end.event is not None
    end = _mark(window.end, tongue, following)
    times = tongue.window(_mark(window.begin, tongue), end, window.overnight and window.end.event is None)
    return tongue.with_times(days, times).strip()


def _mark(mark: Mark, tongue: Tongue, following: bool = False) -> str:
    return tongue.clock(mark.minutes) if mark.event is None else tongue.point(mark.event, mark.minutes, following)


def _expression(expression: Expression, tongue: Tongue) -> str:
    told = [_first(expression.rules[0], expression.place, tongue)]
    for number, rule in enumerate(expression.rules[1:], 1):
        told.append(_joined(rule, expression.rules[:number], expression.place, tongue))
    return "; ".join(told)


def _first(rule: Rule, place: Place, tongue: Tongue) -> str:
    days, times = _rule(rule, place, tongue)
    if not rule.opens:
        return _taken_out(rule, days, times, tongue)
    whole = tongue.always if not rule.days and not rule.windows else tongue.with_times(days, times)
    return _remarked(whole, rule, tongue)


def _joined(rule: Rule, before: tuple[Rule, ...], place: Place, tongue: Tongue) -> str:
    days, times = _rule(rule, place, tongue)
    if not rule.opens and rule.joint != "||":
        return _taken_out(rule, days, times, tongue)
    whole = tongue.with_times(days, times) if rule.opens else tongue.never
    form = {"||": tongue.otherwise, ",": tongue.also}.get(rule.joint)
    if form is not None:
        return _remarked(form.format(rule=whole), rule, tongue)
    if any(_meet(rule, other, place) for other in before):
        return _remarked(tongue.instead.format(days=days + (", " if "," in days else ""), times=times)
                         .replace(",  ", ", "), rule, tongue)
    return _remarked(tongue.besides.format(rule=whole), rule, tongue)


def _taken_out(rule: Rule, days: str, times: str, tongue: Tongue) -> str:
    return _remarked(tongue.except_.format(days=tongue.with_times(days, times if rule.windows else "")), rule, tongue)


def _rule(rule: Rule, place: Place, tongue: Tongue) -> tuple[str, str]:
    """The days and the times of a rule."""
    days = _days(rule.days, place, tongue) if rule.days else tongue.every_day
    if not rule.windows:
        return days, tongue.all_day if rule.opens else ""
    return days, tongue.times([_window(window, tongue) for window in rule.windows])


def _remarked(told: str, rule: Rule, tongue: Tongue) -> str:
    return f"{told} {tongue.quoted(rule.comment)}" if rule.comment else told


def _days(days: str, place: Place, tongue: Tongue) -> str:
    written = canonical_days(days, place)
    chosen = selectors_of(written)
    return tongue.quoted_days(written) if chosen is None else tongue.days(chosen)


def _window(window: Window, tongue: Tongue) -> str:
    begin, end = window.begin, window.end
    later = MINUTES_A_DAY if window.overnight else 0
    if begin.event is None and end.event is None:
        if (begin.minutes, end.minutes + later) == (0, MINUTES_A_DAY):
            return tongue.all_day
        return tongue.clock_window(begin.minutes, end.minutes + later)
    if end.event is None:
        return tongue.window(_edge(begin, tongue), tongue.clock(end.minutes + later), False)
    return tongue.window(_edge(begin, tongue), _edge(end, tongue), window.overnight)


def _edge(edge: Edge, tongue: Tongue) -> str:
    return tongue.clock(edge.minutes) if edge.event is None else tongue.point(edge.event, edge.minutes)


def _meet(one: Rule, other: Rule, place: Place) -> bool:
    """Whether two rules have a date in common: in the years of the sample, and in those that they name."""
    named = {int(year) for rule in (one, other) for year in re.findall(r"\b\d{4}\b", rule.days)}
    years = (*range(SAMPLE[0].year, SAMPLE[1].year + 1), *sorted(year for year in named if 1900 < year < 9990))
    return any(not _in_year(one.days, place, year).isdisjoint(_in_year(other.days, place, year)) for year in years)


@lru_cache(maxsize=4096)
def _in_year(days: str, place: Place, year: int) -> frozenset[int]:
    return frozenset(dates(days, place, date(year, 1, 1), date(year, 12, 31)))
