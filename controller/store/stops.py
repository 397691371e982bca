"""Stops on the wire: published retained for devices that obey by themselves, adopted, raised by a contact.

A stop always works. One that the disk does not take is kept in force here and saved as soon as the disk takes it; until
then a restart finds it in the retained topic, where it stands as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from uuid import uuid4

from controller.errors import Conflict, SinneError, Unavailable
from controller.ports import Entry, JournalEntry, Memory
from controller.store.recorder import Recorder
from controller.store.track import Track
from devices.dialects.base import Contact
from devices.stop import StopDocument, StopEntry, encode_stop
from devices.transport import Transport
from profiles.plan import Live, Stop
from profiles.scene import Sense

#: So far back the journal is searched for the last word of a contact.
_ENTRIES_BACK = 2_000
_CLOSED, _OPENED = "contact.closed", "contact.opened"


def in_force(live: Live) -> tuple[Stop, ...]:
    """The stops that nobody has ended: by a person's word alone, whatever the clock says of when they began."""
    return tuple(s for s in live.stops if s.ended is None)


def entries(stops: Iterable[Stop]) -> tuple[StopEntry, ...]:
    """As they stand on the wire."""
    return tuple(
        StopEntry(s.id, s.zones, tuple(x.value for x in s.senses), s.by, s.reason, _stamp(s.since)) for s in stops)


def adopted(found: StopDocument, live: Live, zones: Iterable[str], now: datetime) -> tuple[Stop, ...]:
    """Stops of the retained topic that this store does not remember at all: somebody else's, or of a lost database.

    One that is remembered as ended stays ended: its resume was committed and only not published any more.
    """
    known = {s.id for s in live.stops}
    here = set(zones)
    stops = []
    for entry in found.stops:
        if entry.id in known:
            continue
        named = None if entry.zones is None else tuple(z for z in entry.zones if z in here)
        senses = tuple(Sense(s) for s in entry.senses if s in set(Sense)) or tuple(Sense)
        if named == ():
            continue
        try:
            stops.append(Stop(id=entry.id, zones=named, senses=senses, by=entry.by or "somebody",
                              reason=entry.reason[:120] or "found on the wire at start", since=now))
        except ValueError:
            # An id that is none must not lose the stop: it gets one of ours.
            stops.append(Stop(id=f"found-{uuid4().hex[:8]}", zones=named, senses=senses, by="somebody",
                              reason="found on the wire at start", since=now))
    return tuple(stops)


def by_contact(device: str, name: str, now: datetime) -> Stop:
    """A fire contact closed: everything stops, in the whole store, until a person ends it."""
    return Stop(id=_stop_id(device, now), by=f"contact {name}"[:120], reason="Fire alarm input", since=now)


def _prefix(device: str) -> str:
    return f"contact-{device}"[:54] + "-"


def _stop_id(device: str, now: datetime) -> str:
    """Not drawn, so that a day in virtual time is the same day again."""
    return _prefix(device) + sha256(f"{device} {now.isoformat()}".encode()).hexdigest()[:8]


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A stop that the disk has not taken yet, with the entry that it is to have in the journal."""

    stop: Stop
    entry: Entry


class StopBoard:
    """What is in force, as last published; adopts what is found; raises a stop when a fire contact closes."""

    def __init__(self, store: str, transport: Transport, memory: Memory, recorder: Recorder) -> None:
        """Nothing in force yet."""
        self._store, self._transport, self._memory, self._recorder = store, transport, memory, recorder
        self._stops: tuple[Stop, ...] = ()
        self._live = Live()
        self._contacts: dict[str, bool] = {}
        #: Stops that the disk has not taken yet. They hold all the same.
        self._unsaved: dict[str, Unsaved] = {}
        #: Set when a contact raised a stop: the engine then reads `live` again.
        self.raised = False
        #: Whether `live` is to be read again: it could not be read, or what was unsaved has been saved.
        self.unread = False
        #: Whether what is in force has still to be said on the wire.
        self.unsaid = True

    def load(self) -> None:
        """Take up what the contacts last said before the restart."""
        newest = self._memory.newest_entry()
        since = 0 if newest is None else max(0, newest.number - _ENTRIES_BACK)
        for entry in self._memory.journal(since, _ENTRIES_BACK):
            self._remember(entry)

    @property
    def unsaved(self) -> tuple[str, ...]:
        """The stops in force that the disk has not taken yet."""
        return tuple(kept.stop.id for kept in self._unsaved.values() if kept.stop.ended is None)

    @property
    def trouble(self) -> str:
        """What people are told while a stop in force is not saved."""
        if not self.unsaved or not self._recorder.trouble:
            return ""
        return "A stop is in force that could not be saved yet. It holds, and can be ended as always."

    def read(self, since: datetime) -> Live:
        """What is remembered, with the stops that the disk has not taken yet. Never raises: where it cannot be read,
        what was known last holds on, and `unread` is set.
        """
        self.raised = self.unread = False
        try:
            live = self._memory.live(since)
        except SinneError as refusal:
            self._recorder.refused(str(refusal))
            self.unread, live = True, self._live
        stops = {stop.id: stop for stop in live.stops}
        for one, kept in list(self._unsaved.items()):
            remembered = None if self.unread else stops.get(one)
            if remembered is not None and (kept.stop.ended is None or remembered.ended is not None):
                del self._unsaved[one]
            else:
                stops[one] = kept.stop
        return Live(overrides=live.overrides, stops=tuple(stops.values()))

    def keep(self, stop: Stop, entry: Entry, now: datetime) -> None:
        """Put a stop in force that the disk has not taken, and keep at saving it."""
        self._unsaved[stop.id] = Unsaved(stop, entry)

        def commit() -> None:
            try:
                self._memory.add_stop(stop, now, entry)
            except Unavailable:
                raise
            except SinneError:
                self._unsaved.pop(stop.id, None)  # it is known already, and was ended long ago
                self.unread = True
                raise
            self.unread = True

        self._recorder.save(f"stop {stop.id}", commit)

    def end(self, stops: Iterable[str], by: str, now: datetime) -> None:
        """A person ends stops that the disk has not taken. Both are saved as soon as it does, in their order."""
        for one in stops:
            kept = self._unsaved.get(one)
            if kept is not None and kept.stop.ended is None:
                ended = kept.stop.model_copy(update={"ended": now, "ended_by": by})
                self._unsaved[one] = replace(kept, stop=ended)
            self._recorder.save(f"stop {one}", partial(self._save_end, one, kept, by, now))

    def take(self, live: Live) -> None:
        """Look at `live`; what is in force has to be said where it differs from what was published."""
        before, self._stops = self._stops, in_force(live)
        self._live = live
        self.unsaid = self.unsaid or before != self._stops

    def publish(self, stamp: tuple[int, int]) -> bool:
        """Say on the wire what is in force, retained. An empty list is the resume. False: say it again."""
        self.unsaid = not self._transport.publish(encode_stop(self._store, *stamp, entries(self._stops)))
        return not self.unsaid

    def adopt(self, found: StopDocument, zones: Iterable[str], now: datetime) -> bool:
        """Take over stops that were found on the wire; returns whether there were any."""
        stops = adopted(found, self._live, zones, now)
        for stop in stops:
            self._add(stop, now, "stop.adopted")
        return bool(stops)

    def contact(self, track: Track, said: Contact, now: datetime) -> None:
        """A contact spoke. Closing stops everything; opening again resumes nothing: a person does.

        One found closed at start raises a stop too, unless it was closed before and a person has ended its stop.
        """
        was = self._contacts.get(said.device)
        if said.active == was:
            return
        self._contacts[said.device] = said.active
        self._recorder.record(now, _CLOSED if said.active else _OPENED, contact=said.device)
        mine = [s for s in self._stops if s.id.startswith(_prefix(said.device))]
        if said.active and not mine:
            self._add(by_contact(track.device.id, track.device.id, now), now, "stop.by-contact")
            self.raised = True

    def _remember(self, entry: JournalEntry) -> None:
        device = entry.body.get("contact")
        if entry.kind in (_CLOSED, _OPENED) and isinstance(device, str):
            self._contacts[device] = entry.kind == _CLOSED

    def _save_end(self, stop: str, kept: Unsaved | None, by: str, now: datetime) -> None:
        if kept is not None:
            with suppress(Conflict):  # it was saved in the meantime
                self._memory.add_stop(kept.stop, kept.stop.since, kept.entry)
        self._memory.end_stops((stop,), by, now, Entry("stop.ended", {"stops": [stop], "by": by}))
        self.unread = True

    def _add(self, stop: Stop, now: datetime, kind: str) -> None:
        self.keep(stop, Entry(kind, {"stop": stop.id, "reason": stop.reason, "by": stop.by}), now)
