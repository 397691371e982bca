"""The fleet in words, and how it is counted and found. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.hq.alarms import Stand
from controller.hq.ports import FleetRow
from controller.hq.shapes import TagShown
from controller.hq.shapes_fleet import CountryLine, FleetQuery, FleetStore
from controller.wording_values import number, sentence_case
from profiles.text import t, tn

_STANDS: Mapping[Stand, Callable[[], str]] = {
    Stand.RIGHT: lambda: t("right"), Stand.WAITING: lambda: t("on its way"), Stand.LAGGING: lambda: t("lags"),
    Stand.ALARM: lambda: t("alarm"), Stand.OFFLINE: lambda: t("out of reach"),
    Stand.UNHEARD: lambda: t("never heard")}


@dataclass(frozen=True, slots=True)
class Known:
    """What was worked out of one store: how it is shown, what it can be found by, its place in a list; of which row.

    `until`: the last instant at which it stands so if nothing is heard; None: time alone changes nothing.
    """

    shown: FleetStore
    found_by: str
    place: tuple[str, str]
    row: FleetRow
    until: datetime | None


def stand_words(stand: Stand) -> str:
    """How a store stands, in a word or two."""
    return _STANDS[stand]()


def matches(asked: FleetQuery, known: Known) -> bool:
    """Whether a store is one of those that are asked for."""
    shown = known.shown
    return (set(asked.tags) <= set(shown.tags) and asked.country in ("", shown.country or "??")
            and all(word in known.found_by for word in asked.text.casefold().split()))


def fleet_sentence(counts: Counter[Stand]) -> str:
    """The whole fleet in a sentence or three, from how many stores stand how."""
    every, right = counts.total(), counts[Stand.RIGHT]
    if not every:
        return t("No store is enrolled yet.")
    said = t("All {all} stores run what they should.", all=every) if right == every > 1 else t(
        "{right} of {all} stores run what they should.", right=right, all=every)
    need = counts[Stand.ALARM] + counts[Stand.LAGGING]
    if need:
        said += " " + tn("One needs a person.", "{number} need a person.", need, number=sentence_case(number(need)))
    away = counts[Stand.OFFLINE]
    if away:
        said += " " + tn("One is out of reach.", "{number} are out of reach.", away, number=sentence_case(number(away)))
    return said


def countries(found: Iterable[FleetStore]) -> tuple[CountryLine, ...]:
    """The stores by country, the most first; those of a country in the order in which they are given."""
    by_country: dict[str | None, list[FleetStore]] = {}
    for each in found:
        by_country.setdefault(each.country, []).append(each)
    lines = [CountryLine(country, len(stores), tuple((each.id, each.stand, each.devices) for each in stores))
             for country, stores in by_country.items()]
    return tuple(sorted(lines, key=lambda line: (line.country is None, -line.stores, line.country or "")))


def tags_counted(names: Iterable[str]) -> tuple[TagShown, ...]:
    """How many there are of each."""
    counts = Counter(names)
    return tuple(TagShown(name, name, count) for name, count in sorted(counts.items()))


def ends_offered() -> tuple[tuple[str, str], ...]:
    """How long something that is asked for may last: key and words."""
    return (("minutes:30", t("30 minutes")), ("minutes:120", t("2 hours")),
            ("next-change", t("until the next change")), ("closing", t("until closing")))


def span_words(span: timedelta) -> str:
    """How long something took: `40 minutes`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return t("less than a minute")
    if minutes < 120:
        return tn("{count} minute", "{count} minutes", minutes)
    return t("{n} hours", n=minutes // 60) if minutes < 48 * 60 else t("{n} days", n=minutes // 1440)


def ago_words(at: datetime | None, now: datetime) -> str:
    """How long ago something was; empty for never."""
    if at is None:
        return ""
    return t("just now") if now - at < timedelta(minutes=1) else t("{time} ago", time=span_words(now - at))
