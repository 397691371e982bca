"""`Muster`: every store as it is shown, worked out again only where something changed.

A fleet of ten thousand reports all the time, and somebody always looks at it. So what was worked out of a store is
kept for as long as its row says the same and the same is in force, and until the instant at which time alone changes
how it stands. For how long it lags or is away is worked out for those that are looked at (`at_once`). The answer is
the same as if all were worked out anew.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from operator import is_not

from controller.hq.alarms import Expected, Stand, late_at, stands
from controller.hq.fleet_words import (
    Known,
    ago_words,
    countries,
    fleet_sentence,
    span_words,
    stand_words,
    tags_counted,
)
from controller.hq.in_force import InForce
from controller.hq.ports import FleetRow
from controller.hq.room import Look, store_name
from controller.hq.shapes import TagShown
from controller.hq.shapes_fleet import CountryLine, FleetStore
from profiles.text import language

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Whole:
    """Every store, by name, and what is said of all of them in the language of who asked."""

    known: tuple[Known, ...]

    @cached_property
    def sentence(self) -> str:
        """The whole fleet in a sentence or three."""
        return fleet_sentence(Counter(each.shown.stand for each in self.known))

    @cached_property
    def countries(self) -> tuple[CountryLine, ...]:
        """The stores by country."""
        return countries(each.shown for each in self.known)

    @cached_property
    def tags(self) -> tuple[TagShown, ...]:
        """How many stores have each tag."""
        return tags_counted(tag for each in self.known for tag in each.shown.tags)

    @cached_property
    def software(self) -> tuple[TagShown, ...]:
        """How many stores run each version."""
        return tags_counted(each.shown.software for each in self.known if each.shown.software)


@dataclass(slots=True)
class _Kept:
    """What was worked out last in one language, of what, and until when it holds by the clock."""

    force: InForce | None = None
    rows: tuple[FleetRow, ...] = ()
    at: datetime = _NEVER
    until: datetime = _NEVER
    by_store: dict[str, Known] = field(default_factory=dict)
    whole: Whole = Whole(())


class Muster:
    """What is kept of a fleet. Safe to ask from several threads: one works it out, the others wait for it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._working = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def whole(self, look: Look, now: datetime) -> Whole:
        """Every store as it stands at `now`; but for how long it does, and how long ago it was heard (`at_once`)."""
        with self._working:
            kept = self._kept.setdefault(language(), _Kept())
            if kept.rows is not look.rows or kept.force is not look.force or not kept.at <= now <= kept.until:
                _work_out(kept, look, now)
            return kept.whole


def _work_out(kept: _Kept, look: Look, now: datetime) -> None:
    """Bring what is kept up to a look and a time."""
    before = kept.by_store if kept.force is look.force and kept.at <= now else {}
    by_store: dict[str, Known] = {}
    for row in look.rows:
        was = before.get(row.store)
        if was is not None and (was.row is row or was.row == row) and (was.until is None or now <= was.until):
            by_store[row.store] = was
        else:
            shown = shown_of(row, look.force, now)
            by_store[row.store] = Known(shown, _found_by(shown), (shown.name.casefold(), shown.id), row,
                                        late_at(row, look.force.pair, look.force.since, now))
    known = tuple(sorted(by_store.values(), key=lambda each: each.place))
    if len(known) != len(kept.whole.known) or any(map(is_not, known, kept.whole.known)):
        kept.whole = Whole(known)
    kept.force, kept.rows, kept.at, kept.by_store = look.force, look.rows, now, by_store
    kept.until = min((each.until for each in known if each.until is not None), default=_NEVER)


def at_once(known: Known, force: InForce, now: datetime) -> FleetStore:
    """A store with all that is said of it at `now`."""
    shown = known.shown
    if shown.lag_s > 0 or shown.stand is Stand.OFFLINE:
        shown = shown_of(known.row, force, now)
    return replace(shown, heard_words=ago_words(shown.heard, now))


def shown_of(row: FleetRow, force: InForce, now: datetime) -> FleetStore:
    """A store as it stands at `now`, but for `heard_words`."""
    said, name = row.standing, store_name(row)
    applies = force.applies(row.store, None if said is None else said.place)
    found = stands(row, Expected(force.pair, force.since, applies), now)
    named = None if said is None else said.manifest
    devices = None if said is None else said.devices
    journal = None if said is None else said.journal
    said_applies = "" if said is None or said.applies is None else said.applies
    return FleetStore(
        row.store, name.name, name.country,
        "" if said is None or said.place is None else said.place.time_zone, name.tags, found.stand,
        stand_words(found.stand), found.alarms, "" if said is None else said.plan, said_applies,
        applies if said_applies != applies else "", "" if named is None else f"{named.term}.{named.number}",
        found.lag.total_seconds(), span_words(found.lag) if found.lag else "",
        "" if said is None else said.software, None if said is None else said.online, row.heard, "",
        *((0, 0, 0, 0) if devices is None else (devices.total, devices.right, devices.away, devices.faulty)),
        0 if journal is None else max(0, journal.newest - journal.acknowledged))


def _found_by(shown: FleetStore) -> str:
    return (f"{shown.id} {shown.name} {' '.join(shown.tags)} {shown.digest} {shown.applies} "
            f"{shown.software}").casefold()
