"""A shop to look at: six zones in every standing, behind the ports `Overview` and `Planning`.

It answers at once and remembers what is pressed, so that the page can be tested as a person uses it. What the engine
decides is tested with the engine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.desk import Choice
from controller.errors import NotFound, Refused
from controller.health import HealthShown
from controller.ports import Actor, PlanVersion
from controller.shapes import (
    DeviceShown,
    EndShown,
    Explained,
    FieldShown,
    HoldShown,
    LayerShown,
    MoodShown,
    PressShown,
    SegmentShown,
    SenseShown,
    Standing,
    StopShown,
    StoreShown,
    ZoneShown,
)
from profiles.limits import Person
from profiles.plan import Plan
from profiles.scene import Colour, Diffusion, Field, Sense, Setting
from tests.web.showroom_day import CITY, FEELS, PLAN, Feel, explained, segments

NOW = datetime(2026, 4, 16, 14, 32, tzinfo=CITY)
CHANGE = NOW.replace(hour=18, minute=0)
CLOSING = NOW.replace(hour=20, minute=0)

SHAPES = {
    "window": ((24, 24), (190, 24), (190, 322), (24, 322)),
    "entrance": ((24, 334), (260, 334), (260, 576), (24, 576)),
    "sales": ((202, 24), (696, 24), (696, 394), (272, 394), (272, 322), (202, 322)),
    "fitting": ((708, 24), (976, 24), (976, 394), (708, 394)),
    "cafe": ((272, 406), (588, 406), (588, 576), (272, 576)),
    "checkout": ((600, 406), (976, 406), (976, 576), (600, 576)),
}
LAMPS = {
    "window": ((100, 110), (100, 240)),
    "entrance": ((90, 460), (210, 390), (206, 520)),
    "sales": ((300, 130), (480, 110), (640, 130), (360, 232), (508, 214), (630, 270), (400, 350), (560, 360)),
    "fitting": ((800, 130), (800, 280), (934, 136), (934, 208), (934, 280), (934, 352)),
    "cafe": ((350, 520), (446, 530), (545, 480)),
    "checkout": ((680, 520), (810, 510), (910, 510)),
}


#: Zone: name, kind, profile, standing, words of the standing, title.
ZONES = {
    "entrance": ("Entrance", "entrance", "spring-in-linen", Standing.REPORTED, "Reported", "Slow Harbour"),
    "sales": ("Sales floor", "sales", "spring-in-linen", Standing.REPORTED, "Reported", "Lin et sel · Marceau"),
    "fitting": ("Fitting rooms", "fitting", "soft-mirror", Standing.SENT, "On its way, 2 of 3",
                "Paper Boats · Ada Lind"),
    "checkout": ("Checkout", "checkout", "clear-day", Standing.REPORTED, "Reported", "Slow Harbour"),
    "cafe": ("Café", "cafe", "fika", Standing.ASSUMED, "Assumed", "Kanelbulle Waltz"),
    "window": ("Window", "window", "spring-in-linen", Standing.LOST, "Out of reach", None),
}
SMELLS = frozenset({"sales", "fitting"})


@dataclass
class Showroom:
    """Overview and Planning of the shop in one. Change its fields to put it into another state, then `changed`."""

    zones_of: dict[str, tuple[str, str, str, Standing, str, str | None]] = field(default_factory=lambda: dict(ZONES))
    shapes: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=lambda: dict(SHAPES))
    connected: bool = True
    trusted: bool = True
    troubles: tuple[str, ...] = ()
    sentence: str = "Three zones are as they should be. One is on its way, one is assumed, one is out of reach."
    pressed: list[PressShown] = field(default_factory=list)
    stopped: list[StopShown] = field(default_factory=list)
    holds: dict[str, tuple[HoldShown, ...]] = field(default_factory=dict)
    refusal: Exception | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)
    revision: int = 1
    now: datetime = NOW
    planned: Plan | None = PLAN
    shut: list[tuple[datetime, datetime]] = field(default_factory=list)
    looked: list[tuple[datetime, datetime]] = field(default_factory=list)
    _bell: threading.Condition = field(default_factory=threading.Condition)

    def changed(self) -> None:
        """Tell the panel that something shown has changed."""
        with self._bell:
            self.revision += 1
            self._bell.notify_all()

    # Overview

    def store(self) -> StoreShown:
        """The head of the page."""
        return StoreShown(
            id="gotgatan", name="Stockholm Götgatan", timezone="Europe/Stockholm", now=self.now,
            opening_words="Open until 20:00", open_until=CLOSING, sentence=self.sentence, plan_version=12,
            plan_digest="5f2c", broker_connected=self.connected, time_trusted=self.trusted, troubles=self.troubles)

    def zones(self) -> list[ZoneShown]:
        """Six zones, unless changed."""
        return [self.zone(zone) for zone in self.zones_of]

    def zone(self, zone: str) -> ZoneShown:
        """One zone."""
        if zone not in self.zones_of:
            raise NotFound(f"There is no zone {zone} in this store.")
        name, kind, planned, standing, words, title = self.zones_of[zone]
        lives = [press for press in self.pressed if zone in press.zones]
        feel = next((f for press in lives for f in FEELS.values() if f.name == press.name), FEELS[planned])
        if lives and standing is Standing.REPORTED:
            standing, words = Standing.SENT, "On its way, 0 of 3"
        fields = tuple(_fields(zone, feel, FEELS[planned], lives))
        chosen = lives[0] if lives else None
        return ZoneShown(
            id=zone, name=name, kind=kind, shape=self.shapes.get(zone, ()), what=feel.name,
            because=f"{chosen.by} chose it, until {chosen.end:%H:%M}" if chosen else "Daypart Day, until 18:00",
            until=chosen.end if chosen else CHANGE,
            next=FEELS[planned].name if chosen else "Evening warm", next_at=chosen.end if chosen else CHANGE,
            standing=standing, standing_words=words, converged=standing is Standing.REPORTED, desired={}, reported={},
            senses=tuple(_senses(zone, FEELS[planned], standing, title)), fields=fields,
            holds=self.holds.get(zone, ()), overrides=len(lives), stopped=bool(self.stopped))

    def moods(self, zone: str, actor: Actor) -> list[MoodShown]:
        """All six, to staff."""
        shown = self.zone(zone)
        if not actor.person.may(Person.STAFF):
            return []
        return [MoodShown(
            id=f.id, name=f.name, says=f.says, kelvin=f.kelvin, xy=None, brightness_pct=f.brightness_pct,
            volume_pct=f.volume_pct, scent_dots=round(f.scent_pct / 25), chosen=f.name == shown.what,
            planned=f.id == self.zones_of[zone][2]) for f in FEELS.values()]

    def ends(self, zone: str, actor: Actor) -> list[EndShown]:
        """Half an hour, the next change, closing."""
        return [EndShown("minutes:30", "30 min", self.now + timedelta(minutes=30), False),
                EndShown("next-change", "Next change", CHANGE, False), EndShown("closing", "Closing", CLOSING, False)]

    def devices(self) -> list[DeviceShown]:
        """Lamps, a player a zone, diffusers where it smells."""
        found = []
        for zone, (_, _, planned, standing, _, _) in self.zones_of.items():
            feel = FEELS[planned]
            lamp: dict[str, object] = {"on": True, "brightness_pct": feel.brightness_pct, "kelvin": feel.kelvin}
            for n, spot in enumerate(LAMPS.get(zone, ())):
                found.append(_device(f"{zone}-lamp-{n}", "light", zone, spot, standing, lamp))
            corners = self.shapes.get(zone) or SHAPES.get(zone, ())
            if corners:
                x, y = max(x for x, _ in corners), max(y for _, y in corners)
                found.append(_device(f"{zone}-player", "player", zone, (x - 34, y - 34), standing, {"on": True}))
                if zone in SMELLS:
                    beside = (x - 74, y - 34)
                    found.append(_device(f"{zone}-diffuser", "diffuser", zone, beside, standing, {"on": True}))
        return found

    def stops(self) -> list[StopShown]:
        """Stops in force."""
        return list(self.stopped)

    def presses(self) -> list[PressShown]:
        """Newest first."""
        return list(self.pressed)

    def timeline(self, start: datetime, end: datetime, zone: str | None = None) -> list[SegmentShown]:
        """The schedule of the showroom, and what was pressed."""
        self.looked.append((start, end))
        zones = [zone] if zone is not None else list(self.zones_of)
        return list(segments(zones, start, end, self.pressed))

    def explain(
        self, zone: str, at: datetime, without: str | None = None, sense: Sense | None = None,
    ) -> Explained:
        """The reasons by the schedule of the showroom."""
        if zone not in self.zones_of:
            raise NotFound(f"There is no zone {zone} in this store.")
        return explained(zone, at, self.now, self.pressed, without, sense)

    def gaps(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """When the showroom was shut."""
        return [(a, b) for a, b in self.shut if a < end and b > start]

    def plan(self) -> PlanVersion | None:
        """The plan with the hours, zones and fragrances of the showroom; None where there is none."""
        if self.planned is None:
            return None
        return PlanVersion(12, self.planned.digest, "elin", "spring", NOW, self.planned)

    def health(self) -> HealthShown:
        """Well."""
        return HealthShown(True, True, "Well.", self.connected, 0.1, 33, 30, 2, 0, 1, 1, 0, 0, 60.0)

    def changes(self, after: int, timeout_s: float) -> int:
        """Wait for the bell."""
        with self._bell:
            self._bell.wait_for(lambda: self.revision != after, timeout_s)
            return self.revision

    def stream(self, after: int) -> Iterator[int]:
        """Revisions as they come."""
        while True:
            after = self.changes(after, 1.0)
            yield after

    # Planning

    def press(self, zones: tuple[str, ...] | None, choice: Choice, end: str, actor: Actor) -> PressShown:
        """Remember it."""
        self._asked("press", zones, choice.profile, end, actor.name)
        if choice.profile not in FEELS:
            raise Refused(f"There is no profile {choice.profile} in the plan.")
        where = zones or tuple(self.zones_of)
        until = next((e.end for e in self.ends(where[0], actor) if e.key == end), None)
        if until is None and end[:4].isdigit():
            until = datetime.fromisoformat(end).astimezone(CITY)
        if until is None:
            raise Refused(f"“{end}” is not an end; minutes:30, next-change, closing or an instant would be.")
        return self._remember(FEELS[choice.profile].name, where, until, actor)

    def nudge(self, zone: str, complaint: str, actor: Actor) -> PressShown:
        """Remember it."""
        self._asked("nudge", zone, complaint, actor.name)
        changed = ("volume set to 46 %, the nearest that staff may choose; 44 % was asked",)
        return self._remember("Too loud", (zone,), CHANGE, actor, changed)

    def undo(self, press: str | None, actor: Actor) -> PressShown:
        """Take it back."""
        self._asked("undo", press, actor.name)
        found = next((p for p in self.pressed if press in (None, p.press)), None)
        if found is None:
            raise NotFound("There is nothing to take back.")
        self.pressed.remove(found)
        self.changed()
        return replace(found, sentence=f"{found.name} was taken back.")

    def end_overrides(self, zone: str, actor: Actor) -> int:
        """End them."""
        self._asked("end", zone, actor.name)
        before = len(self.pressed)
        self.pressed = [press for press in self.pressed if zone not in press.zones]
        self.changed()
        return before - len(self.pressed)

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], reason: str, actor: Actor) -> StopShown:
        """Stop."""
        self._asked("stop", zones, senses, reason, actor.name)
        stop = StopShown(f"stop-{len(self.asked)}", zones, senses, actor.name, reason, self.now)
        self.stopped.append(stop)
        self.sentence = "The store is stopped. Nothing goes by the plan until a person ends it."
        self.changed()
        return stop

    def resume(self, stops: tuple[str, ...] | None, actor: Actor) -> int:
        """Go on."""
        self._asked("resume", stops, actor.name)
        ended = [stop for stop in self.stopped if stops is None or stop.id in stops]
        self.stopped = [stop for stop in self.stopped if stop not in ended]
        self.sentence = "Everything is on its way back."
        self.changed()
        return len(ended)

    def publish(self, document: object, note: str, actor: Actor, seen: int | None = None) -> PlanVersion:
        """Not from this page."""
        raise Refused("The showroom has no plan.")

    def identify(self, device: str, actor: Actor) -> None:
        """Not from this page."""

    def _asked(self, *what: object) -> None:
        self.asked.append(what)
        if self.refusal is not None:
            raise self.refusal

    def _remember(
        self, name: str, zones: tuple[str, ...], end: datetime, actor: Actor, limits: tuple[str, ...] = (),
    ) -> PressShown:
        where = self.zones_of[zones[0]][0] if len(zones) == 1 else f"{len(zones)} zones"
        press = PressShown(
            press=f"p{len(self.asked)}", name=name, zones=zones, end=end, by=actor.name,
            sentence=f"{name} in {where}, until {end:%H:%M}", limits=limits)
        self.pressed.insert(0, press)
        self.changed()
        return press


def _device(
    name: str, kind: str, zone: str, spot: tuple[float, float] | None, standing: Standing, state: dict[str, object],
) -> DeviceShown:
    known = {} if standing is Standing.ASSUMED else state
    return DeviceShown(
        id=name, name=name, kind=kind, dialect="native", zones=(zone,), spot=spot, standing=standing, sentence="",
        online=standing is not Standing.LOST, desired=state, reported=known, differs=(), last_seen=NOW, sent_at=None,
        tries=0, model=None)


def _senses(zone: str, feel: Feel, standing: Standing, title: str | None) -> Iterator[SenseShown]:
    heard = NOW - timedelta(minutes=50) if standing is Standing.LOST else NOW - timedelta(seconds=6)
    light = f"{feel.brightness_pct:g} %, {feel.kelvin} K"
    settled = Standing.REPORTED if standing is Standing.SENT else standing
    yield SenseShown(Sense.LIGHT, light, light, settled, heard, None, True, feel.brightness_pct, feel.kelvin, None,
                     None, 2, 2, 0)
    if zone != "window":
        volume = f"{feel.volume_pct:g} %"
        yield SenseShown(Sense.MUSIC, volume, volume, settled, heard, None, True, feel.volume_pct, None, None, title,
                         1, 1, 0)
    if zone in SMELLS:
        yield SenseShown(Sense.SCENT, "low, fig leaf", "low, fig leaf", standing,
                         None if standing is Standing.SENT else heard, NOW - timedelta(minutes=1), True, feel.scent_pct,
                         None, None, None, 1, 0, 0)
    else:
        yield SenseShown(Sense.SCENT, "scent-free", "scent-free", Standing.NONE, None, None, None, None, None, None,
                         None, 0, 0, 0)


def _fields(zone: str, feel: Feel, planned: Feel, lives: list[PressShown]) -> Iterator[FieldShown]:
    def value(field: Field, of: Feel) -> Setting:
        return {
            Field.AMBIENT_ON: True, Field.AMBIENT_BRIGHTNESS: of.brightness_pct,
            Field.AMBIENT_COLOUR: Colour(kelvin=of.kelvin), Field.MUSIC_ON: of.volume_pct > 0,
            Field.MUSIC_VOLUME: of.volume_pct, Field.SCENT_ON: of.scent_pct > 0,
            Field.SCENT_DIFFUSION: Diffusion(fragrance="fig-leaf", intensity_pct=of.scent_pct),
        }[field]

    for field_ in (Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS, Field.AMBIENT_COLOUR, Field.MUSIC_ON, Field.MUSIC_VOLUME,
                   Field.SCENT_ON, Field.SCENT_DIFFUSION):
        if field_.sense is Sense.SCENT and zone not in SMELLS:
            continue
        layers = [LayerShown("override", press.press, press.name, feel.name, press.by, value(field_, feel))
                  for press in lives if field_.sense is not Sense.SCENT]
        layers.append(LayerShown("daypart", "day", "Day", planned.name, None, value(field_, planned)))
        layers.append(LayerShown("default", zone, "As the store was commissioned", None, None,
                                 value(field_, FEELS["clear-day"])))
        acted = ("Music is at most 60 % at the till, as HQ says.",) if field_ is Field.MUSIC_VOLUME else ()
        yield FieldShown(field_, layers[0].value or False, "", layers[0], tuple(layers[1:]), acted,
                         lives[0].end if lives and field_.sense is not Sense.SCENT else CHANGE)
