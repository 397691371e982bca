"""Where: the store, its zones and the devices that hang in them. The store owns all of this; HQ does not."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field as Bounds
from pydantic import field_validator, model_validator

from profiles.base import Id, Value, Words
from profiles.hours import HoursException
from profiles.place import Place
from profiles.profile import ZoneKind
from profiles.scene import Role, Scene

#: Entrances and tills are scent-free unless the store says otherwise (`domain.md`, *Scent*).
SCENT_FREE_KINDS = frozenset({ZoneKind.ENTRANCE, ZoneKind.CHECKOUT, ZoneKind.WINDOW})

#: A corner of a zone on the floor plan, which is 1,000 wide and 600 deep, whatever the store measures.
Corner = tuple[Annotated[float, Bounds(ge=0, le=1000)], Annotated[float, Bounds(ge=0, le=600)]]


class Zone(Value):
    """A part of the store. `default` gives every field: the ground that all layers stand on.

    `shape`: corners on the floor plan. `people`: whether the light floor holds here. `volume_m3` and
    `air_changes_per_h`: for the well-mixed-air model of scent. `commissioned_lux`: at 100 %; without it no claim
    in lux is made.
    """

    id: Id
    name: Words
    kind: ZoneKind
    default: Scene
    shape: Annotated[tuple[Corner, ...], Bounds(max_length=40)] = ()
    people: bool = True
    scent_free: bool | None = None
    volume_m3: Annotated[float, Bounds(gt=0, le=1_000_000)] = 300
    air_changes_per_h: Annotated[float, Bounds(gt=0, le=60)] = 4
    commissioned_lux: Annotated[float, Bounds(gt=0, le=20_000)] | None = None

    @property
    def is_scent_free(self) -> bool:
        """Whether no scent may be here: as the store says, else by kind of zone."""
        return self.kind in SCENT_FREE_KINDS if self.scent_free is None else self.scent_free


class HolidayDate(Value):
    """A date that counts as a public holiday in this store, or (`observed` false) does not although it is one."""

    date: dt.date
    name: Words | None = None
    observed: bool = True


class Store(Value):
    """The shop: when it is open and where it stands, which together give every time expression its meaning.

    `holidays`: what the store changes about the public holidays of its country, which `PH` means; an `exception` in
    turn is about opening hours alone.
    """

    id: Id
    name: Words
    timezone: str
    country: str | None = None
    coordinates: tuple[Annotated[float, Bounds(ge=-90, le=90)], Annotated[float, Bounds(ge=-180, le=180)]] | None = None
    hours: str
    exceptions: tuple[HoursException, ...] = ()
    holidays: Annotated[tuple[HolidayDate, ...], Bounds(max_length=1000)] = ()
    scent_consent: bool = False
    language: Annotated[str, Bounds(pattern="^(en|sv|fr)$")] = "en"
    tags: tuple[Id, ...] = ()

    @property
    def place(self) -> Place:
        """What the time floor needs of this store."""
        latitude, longitude = self.coordinates if self.coordinates is not None else (None, None)
        own, none = (tuple(sorted(day.date for day in self.holidays if day.observed is observed))
                     for observed in (True, False))
        return Place(timezone=self.timezone, country=self.country, latitude=latitude, longitude=longitude,
                     own_holidays=own, no_holidays=none)

    @field_validator("holidays")
    @classmethod
    def _each_date_once(cls, holidays: tuple[HolidayDate, ...]) -> tuple[HolidayDate, ...]:
        seen: set[dt.date] = set()
        for day in holidays:
            if day.date in seen:
                raise ValueError(f"{day.date} is among the holidays twice: keep one of the two.")
            seen.add(day.date)
        return holidays


class InstalledDevice(Value):
    """A device that hangs in the store. The first of its zones decides what it should be (rule 11).

    `address`: what the dialect needs to find it; its id unless given. `at_switch`: what to do when someone
    changes it by hand: `enforce` the plan, or `yield` until the zone's next change. `spot`: where it is on the plan.
    `watts`: rated power, at full light or in use; `ml_per_h`: what a diffuser uses while it runs, whatever it diffuses.
    Both are for reckoning alone (`sinne simulate --dry-run`): nothing is switched by them.
    """

    id: Id
    name: Words | None = None
    kind: Annotated[str, Bounds(pattern="^(light|player|diffuser|contact)$")]
    zones: Annotated[tuple[Id, ...], Bounds(min_length=1, max_length=40)]
    dialect: Id = "native"
    address: Annotated[str, Bounds(min_length=1, max_length=200)] | None = None
    role: Role = Role.AMBIENT
    at_switch: Annotated[str, Bounds(pattern="^(enforce|yield)$")] = "enforce"
    fragrances: tuple[Id, ...] = ()
    spot: Corner | None = None
    watts: Annotated[float, Bounds(gt=0, le=2000)] | None = None
    ml_per_h: Annotated[float, Bounds(gt=0, le=8)] | None = None

    @model_validator(mode="after")
    def _only_diffusers_use_up(self) -> InstalledDevice:
        if self.ml_per_h is not None and self.kind != "diffuser":
            raise ValueError(f"ml_per_h is for diffusers, and this is a {self.kind}: leave it out.")
        return self
