"""What the templates of *Today* are given: a date of the store as lanes, its sentence, and the reasons of one piece.

Everything is asked of `Overview`; what is decided here is which date and which piece. Without a date it is today, also
after midnight; without a piece it is what was chosen last by a person, else the first zone as it is now (on another
date: as the store opens).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from controller.desk import Overview
from controller.doors import Cues
from controller.errors import NotFound, Refused
from controller.ports import Actor
from controller.shapes import Explained, FieldShown, LayerShown, PressShown
from profiles.limits import Person
from profiles.plan import Plan
from profiles.scene import Field, Sense
from profiles.text import t
from web.day import FURTHEST, Day, day_of, open_in
from web.day_words import date_words, day_sentence, opening_sentence, shift_sentence, weekday
from web.drawing import Pearl, values_pearl
from web.lanes import Lane, Piece, flags_of, lane_of, layer_words, picked, rank_words, sayings_of
from web.now_page import words_of_page
from web.rungs import RANKS, limits, whole, words
from web.wall import PanelWall, wall_of

#: How much longer *30 min longer* is.
LONGER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. Empty where it does not say. `path`: of the page; at HQ each store has one of its own.
    """

    day: date | None = None
    zone: str = ""
    at: datetime | None = None
    without: str = ""
    path: str = "/today"

    def address(self, **changed: object) -> str:
        """The address that asks for this, with some of it changed."""
        said = {"day": self.day.isoformat() if self.day else "", "zone": self.zone,
                "at": instant_words(self.at) if self.at else "", "without": self.without}
        said |= {key: str(value) if value is not None else "" for key, value in changed.items()}
        query = urlencode({key: value for key, value in said.items() if value})
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True, slots=True)
class SenseTold:
    """One sense in the table of reasons: what it is, and from which layers."""

    sense: str
    words: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Everything about one instant of one zone."""

    piece: Piece
    where: str
    told: Explained
    pearl: Pearl
    senses: tuple[SenseTold, ...]
    without_pearl: Pearl | None
    without_words: str
    press: PressShown | None
    longer: bool


@dataclass(frozen=True, slots=True)
class View:
    """A day as it is looked at: whose lanes, when, and whether this person may press."""

    overview: Overview
    day: Day
    lanes: tuple[Lane, ...]
    wall: PanelWall
    may_press: bool


def instant_words(at: datetime) -> str:
    """An instant as it stands in an address: in UTC, so that it means one thing also when the clock is changed."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page(overview: Overview, by: Actor, asked: Asked, cues: Cues | None) -> dict[str, object]:
    """Everything of the page. Raises Refused for a date that is too far away, NotFound for a zone that is not there."""
    store = overview.store()
    wall = wall_of(store)
    version = overview.plan()
    head: dict[str, object] = {
        "store": store, "wall": wall, "may_press": by.person.may(Person.STAFF), "stops": overview.stops(),
        "actor": by, "asked": asked, "rank_words": rank_words(), "layer_words": layer_words, **words_of_page()}
    if version is None:
        return {**head, "day": None, "reason": None}
    today = wall.now.astimezone(wall.zone).date()
    day = day_of(version.plan, checked_day(asked.day or today, today))
    lanes = lanes_of(overview, day, wall.now)
    reason = reason_of(View(overview, day, lanes, wall, by.person.may(Person.STAFF)), asked)
    return {
        **head, **_days(day, today, asked), "day": day, "lanes": lanes, "ticks": day.ticks(), "sky": day.sky(),
        "now_at": day.at(wall.now), "is_today": day.date == today, "sentence": _sentence(version.plan, day, lanes),
        "opening": opening_sentence(version.plan, day, open_in(version.plan, day)), "shift": shift_sentence(day),
        "title": date_words(day.date, today), "reason": reason,
        "flags": flags_of(cues.day(day.date), day) if cues is not None else (), "has_cues": cues is not None,
        "said": sayings_of(version.plan, lanes, day), "stack": whole(reason.told.fields) if reason else None,
        "acted": limits(reason.told.fields) if reason else (), "instant_words": instant_words,
        "empty_rungs": _empty_rungs(), "removable": _removable(reason.told.fields) if reason else (),
    }


def checked_day(day: date, today: date) -> date:
    """The date, if it is within thirteen months of today. Raises Refused."""
    if abs(day - today) > FURTHEST:
        raise Refused(t("Days can be looked at thirteen months back and ahead, no further."))
    return day


def lanes_of(overview: Overview, day: Day, now: datetime) -> tuple[Lane, ...]:
    """Every zone through a day."""
    segments, gaps = overview.timeline(day.start, day.end), overview.gaps(day.start, day.end)
    return tuple(
        lane_of(zone, [s for s in segments if s.zone == zone.id], gaps, day, now) for zone in overview.zones())


def reason_of(view: View, asked: Asked) -> Reason | None:
    """The reasons of the piece that is asked for, else of the one that speaks for the day. Raises NotFound."""
    day, wall, now = view.day, view.wall, view.wall.now
    names = {lane.zone: lane.name for lane in view.lanes}
    if asked.zone and asked.zone not in names:
        raise NotFound(t("There is no zone {zone} in this store.", zone=asked.zone[:63]))
    wanted = asked.at if asked.at is not None and day.holds(asked.at) else None
    at = wanted or (now if day.holds(now) else day.trade.opening if day.trade is not None else day.start)
    piece = picked(view.lanes, asked.zone or _speaking(view.lanes, at), at)
    if piece is None:
        return None
    lasts = piece.start <= now < piece.end
    if at == piece.start and lasts:
        at = now  # what began earlier and goes on is told as it is now
    told = _explained(view.overview, piece.zone, at, asked.without, piece)
    press = next((p for p in view.overview.presses() if _is_of(piece.layer, p)), None)
    may_end = press is not None and view.may_press and lasts
    return Reason(
        piece=piece, told=told, pearl=values_pearl({f.field.value: f.value for f in told.fields}),
        where=_where(names[piece.zone], piece, day, wall),
        senses=_senses(told.fields), press=press if may_end else None,
        without_pearl=values_pearl(told.without.values) if told.without is not None else None,
        without_words=_without_words(told, wall), longer=may_end and piece.layer.profile is not None)


def _where(zone: str, piece: Piece, day: Day, wall: PanelWall) -> str:
    """`Sales floor, 11:00 to 18:00`; with the date where it is not today."""
    times = t("{since} to {upto}", since=day.clock(piece.start), upto=day.clock(piece.end))
    return f"{zone}, {times}" if day.holds(wall.now) else f"{zone}, {wall.day(piece.start)}, {times}"


def _explained(overview: Overview, zone: str, at: datetime, without: str, piece: Piece) -> Explained:
    """The reasons, and what would be without the layer that is asked about; where that one has gone, without the lead.
    """
    if without:
        try:
            return overview.explain(zone, at, without=without)
        except (NotFound, Refused):
            pass
    return overview.explain(zone, at, without=_lead_of(piece))


def _without_words(told: Explained, wall: PanelWall) -> str:
    """What it would be without a layer: `light 68 %, 3200 K; music 52 %, until 18:00`."""
    if told.without is None:
        return ""
    said = words({Field(key): value for key, value in told.without.values.items()})
    until = told.without.until
    return said if until is None else t("{values}, until {time}", values=said, time=wall.at(until))


def _lead_of(piece: Piece) -> str | None:
    """The layer without which it is told how it would be: the leading one, unless there is nothing below it."""
    return None if piece.rank == "default" else piece.layer.key


def _speaking(lanes: Sequence[Lane], at: datetime) -> str:
    """The zone whose reasons are shown unless one is asked for: one where somebody chose something, else the first."""
    chosen = (lane.zone for lane in lanes for p in lane.pieces if p.rank == "override" and p.start <= at < p.end)
    return next(chosen, lanes[0].zone if lanes else "")


def _removable(fields: Sequence[FieldShown]) -> tuple[tuple[str, str], ...]:
    """Every layer that can be thought away, strongest first: all but the ground."""
    found = [layer for f in fields for layer in (f.layer, *f.beat) if layer.rank != "default"]
    order = {rank: n for n, rank in enumerate(RANKS)}
    found.sort(key=lambda layer: order.get(layer.rank, 0))
    return tuple(dict.fromkeys((layer.key, layer_words(layer)) for layer in found))


def _empty_rungs() -> dict[str, str]:
    """What stands on a rank where no layer is."""
    return {"stop": t("nobody pressed it"), "quiet-hour": t("not at this time"), "override": t("nobody chose anything"),
            "campaign": t("none here at this time"), "daypart": t("none here at this time"), "default": t("none")}


def _is_of(layer: LayerShown, press: PressShown) -> bool:
    """Whether a layer is one of a press: the id of an override is that of its press with a number."""
    return layer.rank == "override" and layer.id.rpartition("-")[0] == press.press


def _senses(fields: Sequence[FieldShown]) -> tuple[SenseTold, ...]:
    found = []
    for sense in Sense:
        mine = [f for f in fields if f.field.sense is sense]
        if mine:
            sources = dict.fromkeys(layer_words(f.layer) for f in mine)
            found.append(SenseTold(sense.value, words({f.field: f.value for f in mine}), tuple(sources)))
    return tuple(found)


def _sentence(plan: Plan, day: Day, lanes: Sequence[Lane]) -> str:
    told = {lane.zone: [(p.what, p.start, p.end) for p in lane.pieces] for lane in lanes}
    return day_sentence(day, told, {lane.zone: lane.name for lane in lanes}, open_in(plan, day))


def _days(day: Day, today: date, asked: Asked) -> dict[str, object]:
    """The days around: their addresses and names, and how far one may go."""
    before, after = day.date - timedelta(days=1), day.date + timedelta(days=1)
    first, last = today - FURTHEST, today + FURTHEST
    return {
        "before": (_to(asked, before, today), weekday(before), date_words(before, today)) if before >= first else None,
        "after": (_to(asked, after, today), weekday(after), date_words(after, today)) if after <= last else None,
        "to_today": _to(asked, today, today), "first_day": first, "last_day": last,
    }


def _to(asked: Asked, day: date, today: date) -> str:
    """The address of another date, with the same zone in hand; today is the one without a date."""
    return asked.address(day=None if day == today else day.isoformat(), at=None, without=None)
