"""The lanes of a day: what each zone is, one leading layer after the other, each as a piece of the lane to press.

Stretches with the same leading layer are one piece, whatever else begins or ends within (a light floor, a complaint):
the reasons of an instant tell all of it. Pure: reads shapes, decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.doors import CueShown
from controller.shapes import LayerShown, SegmentShown, Standing, ZoneShown
from profiles.announcing import Sayings
from profiles.plan import Plan
from profiles.scene import Setting
from profiles.text import t
from web.day import Day
from web.drawing import Pearl, values_pearl

#: Pieces shorter than this have no room for both times.
_BOTH_TIMES = timedelta(minutes=105)
#: Room that the words of a flag take on the scale, in hours of an ordinary screen.
_FLAG = timedelta(minutes=130)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a lane. `since` and `upto`: per cent of the scale. `small`: the times, as far as there is room.

    `more`: what a screen reader hears after the name: which rank, by whom, from when to when.
    """

    id: str
    zone: str
    start: datetime
    end: datetime
    since: float
    upto: float
    what: str
    rank: str
    small: str
    more: str
    pearl: Pearl
    dark: bool
    layer: LayerShown


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of which nothing was heard. `grows`: it lasts until now."""

    since: float
    upto: float
    words: str
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A zone through a day. `standing` is None on other days than today. `gaps`: of what nothing is known."""

    zone: str
    name: str
    standing: Standing | None
    standing_words: str
    pieces: tuple[Piece, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A cue on the lane of people. `row`: so that flags do not lie on each other. `more`: what only a reader hears."""

    cue: CueShown
    at: float
    row: int
    words: str
    more: str


@dataclass(frozen=True, slots=True)
class Saying:
    """An announcement on its lane, at its time; `row` as of a flag."""

    at: float
    row: int
    words: str


def rank_words() -> dict[str, str]:
    """Ranks as people read them."""
    return {"stop": t("Stop"), "quiet-hour": t("Quiet hour"), "override": t("Choice"), "campaign": t("Campaign"),
            "daypart": t("Daypart"), "default": t("Zone default")}


def layer_words(layer: LayerShown) -> str:
    """A layer in one name: its mood, else its own; the ground of a zone is called that."""
    return t("Zone default") if layer.rank == "default" else layer.mood or layer.name


def lane_of(
    zone: ZoneShown, segments: Iterable[SegmentShown], gaps: Iterable[tuple[datetime, datetime]], day: Day,
    now: datetime,
) -> Lane:
    """One zone through `day`. `segments`: those of the zone, in order. `gaps`: when the store was not running."""
    pieces = tuple(_piece(f"seg-{zone.id}-{n}", mine, day) for n, mine in enumerate(_led(segments)))
    today = day.holds(now)
    return Lane(zone.id, zone.name, zone.standing if today else None, zone.standing_words if today else "", pieces,
                (*_unrecorded(gaps, day), *(_unheard(zone, day, now) if today else ())))


def picked(lanes: Sequence[Lane], zone: str, at: datetime) -> Piece | None:
    """The piece of a zone at an instant."""
    return next((p for lane in lanes if lane.zone == zone for p in lane.pieces if p.start <= at < p.end), None)


def flags_of(cues: Iterable[CueShown], day: Day) -> tuple[Flag, ...]:
    """The cues of a day, by their time."""
    free: list[datetime] = []
    found = []
    for cue in sorted(cues, key=lambda cue: (cue.due, cue.id)):
        if not day.holds(cue.due):
            continue
        found.append(Flag(cue, day.at(cue.due), _row(free, cue.due), _flag_words(cue, day), _flag_more(cue, day)))
    return tuple(found)


def sayings_of(plan: Plan, lanes: Sequence[Lane], day: Day) -> tuple[Saying, ...]:
    """What is announced by the plan on a day. What a quiet hour or a stop keeps silent everywhere is left out."""
    free: list[datetime] = []
    found = []
    for due in Sayings(plan).due(day.start, day.end):
        here = [picked(lanes, zone, due.instant) for zone in due.zones]
        if due.announcement.emergency or any(p is None or p.rank not in ("quiet-hour", "stop") for p in here):
            row = _row(free, due.instant)
            found.append(Saying(day.at(due.instant), row, f"{day.clock(due.instant)} {due.announcement.name}"))
    return tuple(found)


def _row(free: list[datetime], when: datetime) -> int:
    """The first row on which nothing lies at that time, which is taken from then on."""
    row = next((n for n, upto in enumerate(free) if upto <= when), len(free))
    free[row:row + 1] = [when + _FLAG]
    return row


def _led(segments: Iterable[SegmentShown]) -> Iterator[list[SegmentShown]]:
    """Segments that follow each other under the same leading layer, together."""
    mine: list[SegmentShown] = []
    for segment in segments:
        if mine and (mine[-1].layer.key, mine[-1].what) != (segment.layer.key, segment.what):
            yield mine
            mine = []
        mine.append(segment)
    if mine:
        yield mine


def _piece(key: str, mine: Sequence[SegmentShown], day: Day) -> Piece:
    first, last = mine[0], mine[-1]
    longest = max(mine, key=lambda segment: segment.end - segment.start)
    start, end, layer = first.start, last.end, first.layer
    since, upto = day.clock(start), day.clock(end)
    small = t("{since} to {upto}", since=since, upto=upto) if end - start >= _BOTH_TIMES else t("to {upto}", upto=upto)
    if layer.rank == "campaign" and end - start >= 2 * _BOTH_TIMES:
        small = f"{t('Campaign')}, {small}"
    if layer.rank in ("override", "stop") and layer.by:
        small = layer.by if end - start < _BOTH_TIMES else f"{layer.by}, {small}"
    by = t("by {name}", name=layer.by) if layer.by else ""
    said = [rank_words().get(layer.rank, layer.rank), by, t("{since} to {upto}", since=since, upto=upto)]
    return Piece(
        id=key, zone=first.zone, start=start, end=end, since=max(0.0, day.at(start)), upto=min(100.0, day.at(end)),
        what=first.what, rank=layer.rank, small=small, more=", ".join(word for word in said if word),
        pearl=values_pearl(longest.values), dark=is_dark(longest.values), layer=layer)


def is_dark(values: dict[str, Setting]) -> bool:
    """Whether no lamp is on, as far as the values say."""
    lit = [on for key, on in values.items() if key.startswith("light.") and key.endswith(".on")]
    return bool(lit) and not any(lit)


def _unrecorded(gaps: Iterable[tuple[datetime, datetime]], day: Day) -> Iterator[Gap]:
    for since, upto in gaps:
        yield Gap(day.at(since), day.at(upto), t("not recorded"))


def _unheard(zone: ZoneShown, day: Day, now: datetime) -> Iterator[Gap]:
    """Since when nothing has been heard of a zone that is out of reach."""
    if zone.standing is Standing.LOST:
        heard = max((s.reported_at for s in zone.senses if s.reported_at is not None), default=day.start)
        since = max(heard, day.start)
        if since < now:
            yield Gap(day.at(since), day.at(now), t("no word"), grows=True)


def _flag_words(cue: CueShown, day: Day) -> str:
    if cue.standing in ("done", "skipped") and cue.by and cue.at:
        return f"{cue.text}, {cue.by} {day.clock(cue.at)}"
    return f"{day.clock(cue.due)} {cue.text}"


def _flag_more(cue: CueShown, day: Day) -> str:
    standing = {"done": t("done"), "skipped": t("skipped"), "late": t("late"), "due": t("due now"),
                "to-come": t("to come"), "missed": t("missed")}.get(cue.standing, cue.standing)
    return f"{day.clock(cue.due)}, {cue.place or cue.zone_name}: {standing}"
