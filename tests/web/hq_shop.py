"""An HQ to open pages of: the fake behind its doors, people of every role, a clock that is moved by hand.

`BigHq` is the same with ten thousand stores, for what pages of a large fleet weigh.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.accounts import Accounts
from controller.hq.alarms import Stand
from controller.hq.doors import EVERY_STORE
from controller.hq.shapes_fleet import FleetQuery, FleetShown, FleetStore
from profiles.limits import Person
from tests.controller.memory_fake import SteeredClock
from tests.web.fakes import FakeAccounts
from tests.web.hq_doors_fake import NOW, FakeHq
from web.hq_app import make_hq_app
from web.hq_context import HqServices

ROLES_OF = {"vera": Person.VIEWER, "elsa": Person.EDITOR, "johan": Person.APPROVER, "anna": Person.ADMINISTRATOR}


class BigHq(FakeHq):
    """Ten thousand stores in thirty countries, one of a hundred in alarm."""

    def __init__(self, many: int = 10_000) -> None:
        super().__init__()
        few, countries = super().stores(), ("SE", "FR", "NO", "DE", "IT", "ES", "FI", "DK", "NL", "BE", "GB", "US",
                                            "CA", "JP", "KR", "AU", "AT", "CH", "PL", "CZ", "PT", "IE", "GR", "HU",
                                            "RO", "EE", "LV", "LT", "SK", "SI")
        right = next(store for store in few if store.stand is Stand.RIGHT)
        alarm = next(store for store in few if store.stand is Stand.ALARM)
        self._many = [replace(alarm if n % 100 == 0 else right, id=f"store-{n:05}", name=f"Store {n:05}",
                              country=countries[n % 30]) for n in range(many)]

    def stores(self) -> list[FleetStore]:
        """All of them."""
        return self._many

    def fleet(self, asked: FleetQuery = EVERY_STORE) -> FleetShown:
        """How they stand."""
        countries = sorted({store.country or "" for store in self._many})
        shown = super().fleet(asked)
        line = shown.countries[0]
        return replace(
            shown, total=len(self._many), sentence=f"9,900 of {len(self._many):,} stores run what they should.",
            countries=tuple(replace(line, country=country, stores=len(mine), threads=mine)
                            for country in countries if (mine := self._threads(country, asked))))

    def _threads(self, country: str, asked: FleetQuery) -> tuple[tuple[str, Stand, int], ...]:
        return tuple((store.id, store.stand, store.devices) for store in self._many
                     if store.country == country and asked.country in ("", country))


class HqShop:
    """The application over a fake HQ."""

    def __init__(self, hq: FakeHq | None = None, *, assets: Path = Path("/nonexistent"), proxies: int = 0,
                 secure: bool = False, people: dict[str, Person] | None = None) -> None:
        self.hq = hq or FakeHq()
        self.clock = SteeredClock(NOW)
        self.accounts = FakeAccounts(**(ROLES_OF if people is None else people))
        self.services = HqServices(
            self.hq, self.hq, self.hq, cast(Accounts, self.accounts), self.clock, secure, assets, "Europe/Stockholm",
            proxies)
        self.app: Flask = make_hq_app(self.services)

    def browser_of(self, name: str) -> FlaskClient:
        """A browser in which somebody is signed in."""
        client = self.app.test_client()
        self._secret = self.accounts.enter(name)
        client.set_cookie("sinne", self._secret)
        return client

    def page(self, path: str, name: str = "elsa", code: int = 200) -> str:
        """The text of a page."""
        answer = self.browser_of(name).get(path)
        assert answer.status_code == code, answer.get_data(as_text=True)[:500]
        return answer.get_data(as_text=True)

    def press(self, path: str, name: str = "elsa", *, by_htmx: bool = False, **form: object) -> TestResponse:
        """A form that somebody sends."""
        client = self.browser_of(name)
        headers = {"HX-Request": "true"} if by_htmx else {}
        return client.post(path, data={"csrf_token": self.accounts.csrf_of(self._secret), **form}, headers=headers)
