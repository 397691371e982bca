"""The showroom with real cues: those of a plan, on a clock that tests move, marked in a memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from controller.accounts import Accounts
from controller.cueing import StoreCues
from controller.ports import Entry
from controller.store.intake import Happening
from controller.store.sight import EngineSight
from profiles.plan import Plan
from tests.controller.engine_fake import FakeClock
from tests.controller.memory_fake import FakeMemory
from tests.controller.shop import document
from tests.web.fakes import FakeAccounts
from tests.web.showroom import Showroom
from web.context import Services

#: Midnight of Thursday 16 April 2026 in Stockholm; the showroom opens at 10 and closes at 20.
MIDNIGHT = datetime(2026, 4, 15, 22, tzinfo=UTC)

CUES: tuple[dict[str, Any], ...] = (
    {"id": "towels", "text": "Lay out warm towels", "sense": "touch", "at": "10:15", "once": "store",
     "place": "Fitting rooms"},
    {"id": "tray", "text": "Put out the tasting tray with cardamom buns", "sense": "taste", "at": "14:00",
     "once": "store", "place": "Café counter"},
    {"id": "steam", "text": "Steam the linen rail", "sense": "touch", "at": "14:30", "once": "store"},
    {"id": "till", "text": "Refill the sweets at the till", "sense": "taste", "at": "16:00", "once": "store",
     "place": "Till", "role": "manager"},
    {"id": "water", "text": "Fresh water with lemon", "sense": "taste", "at": "15:00", "once": "store",
     "every_min": 90},
)


class News:
    """The engine, as far as cues speak to it: what it is told is news to every page."""

    def __init__(self, room: Showroom) -> None:
        self._room = room

    @property
    def revision(self) -> int:
        return self._room.revision

    def sight(self) -> EngineSight:
        raise NotImplementedError("cues never look at devices")

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        self._room.changed()
        return True

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        return self._room.changes(after, timeout_s)


class CueShop:
    """A showroom at 14:32 whose day brings `given` cues."""

    def __init__(self, *given: dict[str, Any]) -> None:
        self.room = Showroom()
        self.memory = FakeMemory()
        self.clock = FakeClock(MIDNIGHT)
        self.publish(*(given or CUES))
        self.cues = StoreCues(self.memory, News(self.room), self.clock)
        self.at(14, 32)

    def publish(self, *given: dict[str, Any]) -> None:
        """A plan whose day (10:00 to 18:00) brings these cues."""
        told = document()
        told["profiles"][0]["scene"]["cues"] = list(given)
        self.memory.publish(Plan.model_validate(told), "Maja", "", self.clock.now(), Entry("plan.published"))

    def at(self, hour: int, minute: int = 0, second: int = 0, day: int = 16) -> None:
        """It is so late in the store."""
        moment = MIDNIGHT + timedelta(days=day - 16, hours=hour, minutes=minute, seconds=second)
        self.clock.move_to(moment)
        self.room.now = moment.astimezone(self.room.now.tzinfo)

    def id_of(self, cue: str) -> str:
        """The name of today's occurrence of a cue, its first."""
        return next(one.id for one in self.cues.day() if one.cue == cue)

    def standing(self, cue: str) -> str:
        """How today's first occurrence stands."""
        return next(one.standing for one in self.cues.day() if one.cue == cue)

    def services(self, accounts: FakeAccounts, assets: Path = Path("/nonexistent")) -> Services:
        """What the panel is given."""
        return Services(planning=self.room, overview=self.room, accounts=cast(Accounts, accounts), secure=False,
                        assets=assets, cues=self.cues)
