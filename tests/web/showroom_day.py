"""The day of the showroom: a campaign, dayparts, a quiet hour on Thursdays, choices, and what lies below each.

Layers by rank with windows on the store's clock, laid over each other whole: enough for the page, which only shows what
it is told. What really wins, field by field, is tested with `resolve`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from controller.errors import NotFound
from controller.shapes import Explained, FieldShown, Happened, LayerShown, PressShown, SegmentShown, Without
from profiles.planfile import plan_from_document
from profiles.scene import Colour, Diffusion, Field, Sense, Setting

CITY = ZoneInfo("Europe/Stockholm")
RANKS = ("stop", "quiet-hour", "override", "campaign", "daypart", "default")


@dataclass(frozen=True, slots=True)
class Feel:
    """A profile, as far as the showroom needs it."""

    id: str
    name: str
    says: str
    kelvin: int
    brightness_pct: float
    volume_pct: float
    scent_pct: float = 0


FEELS = {feel.id: feel for feel in (
    Feel("spring-in-linen", "Spring in linen", "fresh, light, unhurried", 3200, 72, 58, 25),
    Feel("soft-mirror", "Soft mirror", "low, warm, kind to skin", 2900, 58, 34, 25),
    Feel("clear-day", "Clear day", "bright and neutral", 4000, 80, 50),
    Feel("evening-warm", "Evening warm", "amber, fuller music", 2500, 62, 64, 50),
    Feel("quiet-hour", "Quiet hour", "half light, no music", 3400, 36, 0),
    Feel("fika", "Fika", "coffee, wood, chatter", 2700, 66, 46),
)}
STOCKING = Feel("stocking", "Stocking", "bright, for work", 4200, 90, 30)
NIGHT = Feel("night", "Night", "dark", 2700, 0, 0)

#: The store as its plan says, for the hours, the sun and the fragrances.
PLAN = plan_from_document({
    "store": {"id": "gotgatan", "name": "Stockholm Götgatan", "timezone": "Europe/Stockholm",
              "coordinates": [59.31, 18.07], "hours": "Mo-Su 11:00-20:00", "scent_consent": True,
              "exceptions": [{"date": "2026-12-24", "hours": "11:00-15:00", "name": "Christmas Eve"},
                             {"date": "2026-12-25", "name": "Christmas Day"}]},
    "zones": [{"id": zone, "name": name, "kind": kind,
               "default": {"light": {"on": True, "brightness_pct": 60, "kelvin": 3500}, "music": "off", "scent": "off"}}
              for zone, name, kind in (
                  ("entrance", "Entrance", "entrance"), ("sales", "Sales floor", "sales-floor"),
                  ("fitting", "Fitting rooms", "fitting-room"), ("checkout", "Checkout", "checkout"),
                  ("cafe", "Café", "cafe"), ("window", "Window", "window"))],
    "quiet_hours": [{"id": "quiet", "name": "Quiet hour", "when": "Th 10:00-11:00"}],
    "profiles": [{"id": "spring-in-linen", "name": "Spring in linen", "scene": {
        "light": {"brightness_pct": 72, "kelvin": 3200},
        "scent": {"on": True, "fragrance": "fig-leaf", "intensity_pct": 25}}}],
    "dayparts": [{"id": "day", "name": "Day", "when": "Mo-Su 11:00-20:00", "profile": "spring-in-linen",
                  "zones": ["sales", "fitting"]}],
    "announcements": [{"id": "closing", "name": "Closing soon", "clip": "closing", "text": "We close soon.",
                       "when": "closing-00:15..closing"}],
    "fragrances": [
        {"id": "fig-leaf", "name": "Fig leaf", "allergens": ["Linalool", "Limonene"], "safety_sheet": "fig.pdf",
         "ifra_certificate": "fig-ifra.pdf"},
        {"id": "cedar", "name": "Cedar", "safety_sheet": "cedar.pdf", "ifra_certificate": "cedar-ifra.pdf"}],
})


@dataclass(frozen=True, slots=True)
class Laid:
    """A layer over a window of a zone."""

    shown: LayerShown
    feel: Feel
    start: datetime
    end: datetime


def clock(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time of the store; hour 24 is the next midnight."""
    return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), CITY)


def _layer(
    rank: str, key: str, name: str, feel: Feel, by: str | None = None, priority: int | None = None
) -> LayerShown:
    return LayerShown(rank, key, name, feel.name if rank != "quiet-hour" else None, by, None, feel.id, priority)


def laid(zone: str, day: date, presses: Sequence[PressShown]) -> Iterator[Laid]:
    """Every layer of a zone on a date, and the choices that people made."""

    def daypart(key: str, name: str, feel: Feel, begin: int, end: int) -> Laid:
        return Laid(_layer("daypart", key, name, feel), feel, clock(day, begin), clock(day, end))

    yield Laid(LayerShown("default", zone, "Zone default", None, None), NIGHT, clock(day, 0), clock(day, 24))
    yield daypart("stock", "Before opening", STOCKING, 9, 11)
    yield daypart("day", "Day", FEELS["clear-day"], 11, 18)
    yield daypart("evening", "Evening", FEELS["evening-warm"], 18, 20)
    if zone == "cafe":
        yield Laid(_layer("campaign", "fika", "Fika week", FEELS["fika"], priority=30), FEELS["fika"], clock(day, 14),
                   clock(day, 16))
    elif zone != "checkout":
        spring = FEELS["spring-in-linen"]
        yield Laid(_layer("campaign", "spring", "Spring", spring, priority=40), spring, clock(day, 11), clock(day, 18))
    if day.weekday() == 3:
        quiet = FEELS["quiet-hour"]
        yield Laid(_layer("quiet-hour", "quiet", "Quiet hour", quiet), quiet, clock(day, 10), clock(day, 11))
    if zone == "cafe" and day == date(2026, 4, 16):
        jonas = FEELS["evening-warm"]
        yield Laid(_layer("override", "press-jonas-0", jonas.name, jonas, "Jonas"), jonas, clock(day, 12, 15),
                   clock(day, 13))
    for press in presses:
        feel = next((f for f in FEELS.values() if f.name == press.name), FEELS["clear-day"])
        if zone in press.zones:
            start = press.end - timedelta(minutes=31)
            yield Laid(_layer("override", f"{press.press}-0", press.name, feel, press.by), feel, start, press.end)


def segments(
    zones: Sequence[str], start: datetime, end: datetime, presses: Sequence[PressShown]
) -> Iterator[SegmentShown]:
    """What each zone is in [start, end), with every boundary of a layer."""
    first, last = start.astimezone(CITY).date() - timedelta(days=1), end.astimezone(CITY).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for zone in zones:
        found = [one for day in days for one in laid(zone, day, presses if day == days[0] else ())]
        edges = sorted({start, end, *(e for one in found for e in (one.start, one.end) if start < e < end)})
        for begin, upto in pairwise(edges):
            won = _stack(found, begin)[0]
            yield SegmentShown(
                zone, begin, upto, _what(won), won.shown.rank, _because(won), _values(zone, won.feel), won.shown,
                profile=won.shown.profile, version=12)


def explained(
    zone: str, at: datetime, now: datetime, presses: Sequence[PressShown], without: str | None, sense: Sense | None
) -> Explained:
    """The reasons of an instant."""
    found = _stack(list(laid(zone, at.astimezone(CITY).date(), presses)), at)
    unlike = None
    if without is not None:
        if without not in {one.shown.key for one in found}:
            raise NotFound(f"There is no {without} here at that time.")
        rest = [one for one in found if one.shown.key != without]
        gone = next(one.shown for one in found if one.shown.key == without)
        unlike = Without(gone, _what(rest[0]), _because(rest[0]), _values(zone, rest[0].feel), rest[0].end,
                         f"Without {gone.name} it would be {_what(rest[0])}.", ("light.ambient.brightness_pct",))
    won = found[0]
    happened = None
    if at < now - timedelta(minutes=1):
        said = f"{_what(won)} was reached after 3 s"
        happened = Happened(won.start, _what(won), said, True, 3.0, (), True, version=12)
    fields = tuple(_fields(zone, found, sense))
    return Explained(zone, at, _what(won), _because(won), won.end, fields, (), won.shown, 12, unlike, happened)


def _stack(found: Sequence[Laid], at: datetime) -> list[Laid]:
    here = [one for one in found if one.start <= at < one.end]
    return sorted(here, key=lambda one: (RANKS.index(one.shown.rank), -one.start.timestamp()))


def _what(won: Laid) -> str:
    return "Zone default" if won.shown.rank == "default" else won.shown.mood or won.shown.name


def _because(won: Laid) -> str:
    until = f"until {won.end.astimezone(CITY):%H:%M}"
    return {
        "override": f"{won.shown.by} chose it, {until}", "campaign": f"Campaign {won.shown.name}, {until}",
        "quiet-hour": f"Quiet hour, {until}", "daypart": f"Daypart {won.shown.name}, {until}",
    }.get(won.shown.rank, "Nothing is planned")


def _values(zone: str, feel: Feel) -> dict[str, Setting]:
    return {field.value: value for field, value in _settings(zone, feel).items()}


def _settings(zone: str, feel: Feel) -> dict[Field, Setting]:
    found: dict[Field, Setting] = {
        Field.AMBIENT_ON: feel.brightness_pct > 0, Field.AMBIENT_BRIGHTNESS: feel.brightness_pct,
        Field.AMBIENT_COLOUR: Colour(kelvin=feel.kelvin), Field.MUSIC_ON: feel.volume_pct > 0,
        Field.MUSIC_VOLUME: feel.volume_pct}
    if zone in ("sales", "fitting"):
        found[Field.SCENT_ON] = feel.scent_pct > 0
        found[Field.SCENT_DIFFUSION] = Diffusion(fragrance="fig-leaf", intensity_pct=feel.scent_pct)
    return found


def _fields(zone: str, found: Sequence[Laid], sense: Sense | None) -> Iterator[FieldShown]:
    for field in _settings(zone, found[0].feel):
        if sense is not None and field.sense is not sense:
            continue
        # A choice of a mood leaves the scent to what lies below it, so that reasons differ by sense.
        mine = [one for one in found if field.sense is not Sense.SCENT or one.shown.rank != "override"]
        layers = [LayerShown(x.shown.rank, x.shown.id, x.shown.name, x.shown.mood, x.shown.by,
                             _settings(zone, x.feel)[field], x.shown.profile, x.shown.priority) for x in mine]
        value = layers[0].value
        yield FieldShown(
            field, False if value is None else value, _because(mine[0]), layers[0], tuple(layers[1:]), (), mine[0].end)
