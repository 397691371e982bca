"""Cues, announcements and the calendar of the showroom: a few of each, which remember what is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from controller.doors import AnnouncementShown, CueShown, QuietHourShown, Reading, Taken
from controller.errors import NotFound, Refused
from controller.ports import Actor
from tests.web.showroom_day import clock

TODAY = date(2026, 4, 16)
NOW = clock(TODAY, 14, 32)


@dataclass
class ShowCues:
    """Three tasks a day; the first of today is done."""

    marked: dict[str, tuple[str, str]] = field(default_factory=dict)

    def today(self) -> date:
        """The day of the showroom."""
        return TODAY

    def day(self, day: date | None = None) -> list[CueShown]:
        """The same three on every day."""
        on = day or TODAY
        return [self._cue("tray", "Tasting tray", clock(on, 11), "done" if on == TODAY else "to-come", "Sara"),
                self._cue("steam", "Steam the linen rail", clock(on, 14, 15), "due" if on == TODAY else "to-come"),
                self._cue("candles", "Candles in", clock(on, 19, 30), "to-come")]

    def open_count(self) -> int:
        """One is due."""
        return sum(cue.standing in ("due", "late") for cue in self.day())

    def next_change(self) -> datetime | None:
        """Nothing changes by itself."""
        return None

    def mark(self, occurrence: str, outcome: str, actor: Actor) -> CueShown:
        """Remember it."""
        found = next((cue for cue in self.day() if cue.id == occurrence), None)
        if found is None:
            raise NotFound("There is no such cue.")
        self.marked[occurrence] = (outcome, actor.name)
        return replace(found, standing=outcome, by=actor.name, at=NOW)

    def _cue(self, cue: str, text: str, due: datetime, standing: str, by: str | None = None) -> CueShown:
        done = standing == "done"
        return CueShown(f"{cue}-{due:%m%d}", cue, text, "taste" if cue == "tray" else "touch", "cafe", "Café", None,
                        "staff", "Daypart Day", due, due + timedelta(minutes=15), standing, by if done else None,
                        due + timedelta(minutes=4) if done else None)


@dataclass
class ShowAnnouncements:
    """Two announcements. `refusal`: why neither is said at the moment."""

    refusal: str | None = None
    said: list[tuple[str, tuple[str, ...] | None, str]] = field(default_factory=list)

    def announcements(self) -> list[AnnouncementShown]:
        """Both."""
        closing = AnnouncementShown("closing", "Closing soon", "We close in a quarter of an hour.", "duck", (), False,
                                    clock(TODAY, 19, 45), None, "")
        return [closing, AnnouncementShown("child", "A child is looking for its parents",
                                           "Please come to the checkout.", "interrupt", (), True, None, None, "")]

    def announce(self, announcement: str, zones: Sequence[str] | None, actor: Actor) -> AnnouncementShown:
        """Say it, unless refused."""
        found = next((one for one in self.announcements() if one.id == announcement), None)
        if found is None:
            raise NotFound("There is no such announcement.")
        if self.refusal is not None and not found.emergency:
            raise Refused(self.refusal)
        self.said.append((announcement, None if zones is None else tuple(zones), actor.name))
        return replace(found, last_at=NOW, last_words=f"{found.name} is being said.")


@dataclass
class ShowCalendar:
    """One published quiet hour."""

    kept_pct: float | None = 97.0

    def read(self, text: str, count: int = 10) -> Reading:
        """Not from these pages."""
        return Reading(text, {}, ())

    def icalendar(self, zone: str | None = None) -> str:
        """Not from these pages."""
        return "BEGIN:VCALENDAR"

    def quiet_calendar(self) -> str:
        """Not from these pages."""
        return "BEGIN:VCALENDAR"

    def quiet_hours(self) -> list[QuietHourShown]:
        """Thursdays from 10 to 11."""
        starts = [clock(TODAY + timedelta(days=7 * n), 10) for n in (1, 2, 3)]
        return [QuietHourShown("quiet", "Quiet hour", "Thursdays from 10:00 to 11:00", ("sales", "fitting"),
                               tuple((start, start + timedelta(hours=1)) for start in starts), self.kept_pct, 6)]

    def take_exceptions(self, icalendar: bytes, actor: Actor, kind: str = "closed") -> Taken:
        """Not from these pages."""
        raise Refused("The showroom takes no calendar.")
