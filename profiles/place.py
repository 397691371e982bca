"""Where a store is: everything beside the text that gives a time expression its meaning.

The same words `Mo-Fr 07:00-10:00; PH off` are other instants in Stockholm than in New York, so every expression is
parsed with a `Place`. A place is a small frozen value and may be a key of a cache.
"""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from opening_hours import OpeningHours
from pydantic import Field, field_validator, model_validator

from profiles.base import Value


class Place(Value):
    """A store's time zone, country and coordinates.

    `timezone` is a name of the IANA database (`Europe/Stockholm`). `country` is ISO 3166 alpha-2 (`SE`), one whose
    public holidays `opening_hours` knows; without it an expression cannot say `PH`. `latitude` and `longitude` are
    degrees, both or neither; without them an expression cannot speak of the sun. `own_holidays` are dates that count as
    public holidays here beside those of the country, `no_holidays` dates that do not count although they are.
    """

    timezone: str
    country: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    own_holidays: tuple[dt.date, ...] = ()
    no_holidays: tuple[dt.date, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            OpeningHours("24/7", timezone=ZoneInfo(name), auto_country=False, auto_timezone=False)
        except (ValueError, KeyError, OSError, TypeError):
            near = get_close_matches(name, sorted(available_timezones()), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "an example of one is Europe/Stockholm"
            raise ValueError(f"{name[:60]!r} is not a time zone: {hint}") from None
        return name

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str | None) -> str | None:
        if code is None or knows_holidays_of(code):
            return code
        if knows_holidays_of(code.upper()):
            hint = f"did you mean {code.upper()}?"
        else:
            hint = "a country is two letters, such as SE; leave it out where no holidays are known"
        raise ValueError(f"no public holidays are known for the country {code[:20]!r}: {hint}")

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together: give both or neither")
        return self

    @property
    def tz(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)

    @property
    def knows_holidays(self) -> bool:
        """Whether an expression may say `PH` here."""
        return self.country is not None or bool(self.own_holidays)

    @property
    def coordinates(self) -> tuple[float, float] | None:
        """(latitude, longitude) in degrees, or None where they are not given."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


def knows_holidays_of(country: str) -> bool:
    """Whether the public holidays of a country (ISO 3166 alpha-2, capitals) are known."""
    try:
        OpeningHours("PH", country=country, auto_country=False, auto_timezone=False)
    except Exception:  # the library's own error is not among its declared names
        return False
    return True
