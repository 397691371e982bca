"""What the editor of a campaign is given: who is in, when it comes, what it meets, a day before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from controller.hq.shapes import Choices, OccurrencesShown, PreviewShown, Problem
from controller.hq.shapes_campaigns import StageShown
from controller.shapes import SegmentShown
from profiles.profile import ZoneKind
from profiles.text import t
from web.countries import country_name
from web.drawing import Pearl, values_pearl
from web.hq_campaign_form import Token
from web.lanes import is_dark, layer_words
from web.wall import PanelWall

#: The mark (`marks.css`) of each state of a wave, and of what a meeting with another campaign means.
STAGE_MARKS = {"to-come": "none", "running": "sent", "asking": "sent", "stopped": "alarm", "passed": "reported",
               "halted": "lost"}
#: Names of stores that are shown before all of them are asked for.
FEW = 10


@dataclass(frozen=True, slots=True)
class Chip:
    """A token of the selector with the words for it; `joined`: what stands before it (*and*, *but not*)."""

    token: Token
    words: str
    joined: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """One of the next times: weekday, day and month, and from when to when, where the campaign holds."""

    weekday: str
    day: int
    month: str
    clock: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of a zone's day in the preview: per cent of the day, the mood's name, its times and pearl."""

    since: float
    upto: float
    what: str
    clock: str
    pearl: Pearl
    dark: bool


@dataclass(frozen=True, slots=True)
class ZonePreview:
    """A zone's day before and after; `differs`: not the same."""

    name: str
    before: tuple[Strip, ...]
    after: tuple[Strip, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Track:
    """The bar of a wave, in per cent of its stores."""

    reported: float
    pending: float
    failed: float


def chips(who: Sequence[Token], choices: Choices) -> list[Chip]:
    """The selector as chips, with the little words between the groups."""
    names = {("country", each.id): country_name(each.id) for each in choices.countries}
    names |= {("list", each.id): each.name for each in choices.lists}
    joined = {"country": "", "tag": t("and"), "any": t("and one of"), "not": t("but not"), "list": t("on the list")}
    found: list[Chip] = []
    for part, tokens in groupby(who, key=lambda token: token.part):
        for number, token in enumerate(tokens):
            before = joined[part] if number == 0 and (found or part in ("any", "not", "list")) else ""
            found.append(Chip(token, names.get((part, token.id), token.id), before))
    return found


def additions(who: Sequence[Token], choices: Choices) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be added to the selector: groups with (value, words)."""
    taken = {token.value for token in who}
    groups = (
        (t("In a country"), "country", [(c.id, country_name(c.id), c.stores) for c in choices.countries]),
        (t("With the tag"), "tag", [(c.id, c.name, c.stores) for c in choices.tags]),
        (t("With at least one of"), "any", [(c.id, c.name, c.stores) for c in choices.tags]),
        (t("Without the tag"), "not", [(c.id, c.name, c.stores) for c in choices.tags]),
        (t("On a list"), "list", [(c.id, c.name, c.stores) for c in choices.lists]))
    return [(title, [(f"{part}:{id_}", f"{name} ({stores})") for id_, name, stores in each
                     if f"{part}:{id_}" not in taken]) for title, part, each in groups if each]


def tickets(shown: OccurrencesShown) -> list[Ticket]:
    """The next times as they are drawn."""
    found = []
    zone = ZoneInfo(shown.time_zone)
    for start, end in shown.occurrences:
        local = start.astimezone(zone)
        weekday, _, month = PanelWall(zone, local).day(start).split(" ")[:3]
        found.append(Ticket(weekday, local.day, month[:3], f"{local:%H:%M}–{end.astimezone(zone):%H:%M}"))
    return found


def track(stage: StageShown) -> Track:
    """How far a wave is, for its bar."""
    whole = max(1, stage.stores)
    return Track(*(round(100 * part / whole, 2) for part in (stage.reported, stage.pending, stage.failed)))


def zones_of(shown: PreviewShown) -> list[ZonePreview]:
    """Every zone of the preview: its day before, and after."""
    names = {zone: name for zone, name, _ in shown.place.zones}
    before, after = (_by_zone(shown, segments) for segments in (shown.before, shown.after))
    return [ZonePreview(names.get(zone, zone), before.get(zone, ()), strips, before.get(zone) != strips)
            for zone, strips in after.items()]


def kind_words() -> list[tuple[str, str]]:
    """Kinds of zones as people read them."""
    names = {ZoneKind.ENTRANCE: t("Entrance"), ZoneKind.SALES_FLOOR: t("Sales floor"),
             ZoneKind.FITTING_ROOM: t("Fitting rooms"), ZoneKind.CHECKOUT: t("Checkout"), ZoneKind.WINDOW: t("Window"),
             ZoneKind.BACK_OF_HOUSE: t("Back of house"), ZoneKind.CAFE: t("Café")}
    return [(kind.value, names[kind]) for kind in ZoneKind]


def _by_zone(shown: PreviewShown, segments: Iterable[SegmentShown]) -> dict[str, tuple[Strip, ...]]:
    ordered = sorted(segments, key=lambda segment: (segment.zone, segment.start))
    return {zone: tuple(_strips(shown, list(mine))) for zone, mine in groupby(ordered, lambda segment: segment.zone)}


def _strips(shown: PreviewShown, segments: Sequence[SegmentShown]) -> Iterator[Strip]:
    whole = (shown.end - shown.start).total_seconds()
    wall = PanelWall(ZoneInfo(shown.place.time_zone), shown.start)

    def at(instant: datetime) -> float:
        return round(min(100.0, max(0.0, (instant - shown.start).total_seconds() / whole * 100)), 3)

    for _, group in groupby(segments, key=lambda segment: (segment.layer.key, segment.what)):
        mine = list(group)
        start, end = max(mine[0].start, shown.start), min(mine[-1].end, shown.end)
        if start < end:
            longest = max(mine, key=lambda segment: segment.end - segment.start)
            yield Strip(at(start), at(end), layer_words(mine[0].layer), f"{wall.clock(start)}–{wall.clock(end)}",
                        values_pearl(longest.values), is_dark(longest.values))


def problems_of(problems: Iterable[Problem], *fields: str) -> list[Problem]:
    """Those of a part of the form: whose field is one of `fields` or lies within."""
    within = tuple(f"{field}{mark}" for field in fields if field for mark in ".[")
    return [each for each in problems if each.field in fields or each.field.startswith(within)]
