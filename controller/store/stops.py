"""Stops on the wire: published retained for devices that obey by themselves, adopted, raised by a contact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from controller.errors import SinneError
from controller.ports import Memory
from controller.store.recorder import Recorder
from controller.store.track import Track
from devices.dialects.base import Contact
from devices.stop import StopDocument, StopEntry, encode_stop
from devices.transport import Transport
from profiles.plan import Live, Stop
from profiles.scene import Sense


def in_force(live: Live, now: datetime) -> tuple[Stop, ...]:
    """The stops that nobody has ended."""
    return tuple(s for s in live.stops if s.since <= now and (s.ended is None or now < s.ended))


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
        stops.append(Stop(id=entry.id, zones=named, senses=senses, by=entry.by or "somebody",
                          reason=entry.reason[:120] or "found on the wire at start", since=now))
    return tuple(stops)


def by_contact(device: str, name: str, now: datetime) -> Stop:
    """A fire contact closed: everything stops, in the whole store, until a person ends it."""
    return Stop(id=f"contact-{device}-{uuid4().hex[:8]}"[:63], by=f"contact {name}"[:120],
                reason="Fire alarm input", since=now)


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


class StopBoard:
    """What is in force, as last published; adopts what is found; raises a stop when a fire contact closes."""

    def __init__(self, store: str, transport: Transport, memory: Memory, recorder: Recorder) -> None:
        """Nothing in force yet."""
        self._store, self._transport, self._memory, self._recorder = store, transport, memory, recorder
        self._stops: tuple[Stop, ...] = ()
        self._live = Live()
        self._contacts: dict[str, bool] = {}
        #: Set when a contact raised a stop: the engine then reads `live` again.
        self.raised = False

    def take(self, live: Live, now: datetime) -> bool:
        """Look at `live`; returns whether what is in force differs from what was published."""
        before, self._stops = self._stops, in_force(live, now)
        self._live = live
        return [s.id for s in before] != [s.id for s in self._stops]

    def publish(self, stamp: tuple[int, int]) -> None:
        """Say on the wire what is in force, retained. An empty list is the resume."""
        self._transport.publish(encode_stop(self._store, *stamp, entries(self._stops)))

    def adopt(self, found: StopDocument, zones: Iterable[str], now: datetime) -> bool:
        """Take over stops that were found on the wire; returns whether there were any."""
        stops = adopted(found, self._live, zones, now)
        for stop in stops:
            self._add(stop, now, "stop.adopted")
        return bool(stops)

    def contact(self, track: Track, said: Contact, now: datetime) -> None:
        """A contact spoke. Closing stops everything; opening again resumes nothing: a person does."""
        was = self._contacts.get(said.device)
        self._contacts[said.device] = said.active
        if not said.active or was:
            return
        mine = [s for s in self._live.stops if s.id.startswith(f"contact-{said.device}-")]
        if any(s.ended is None for s in mine) or (was is None and mine):
            return  # in force already; or found closed at start, and a person has ended that stop before
        self._add(by_contact(track.device.id, track.device.id, now), now, "stop.by-contact")
        self.raised = True

    def _add(self, stop: Stop, now: datetime, kind: str) -> None:
        try:
            self._memory.add_stop(stop, now, self._recorder.entry(kind, stop=stop.id, reason=stop.reason, by=stop.by))
        except SinneError as refusal:
            self._recorder.trouble = str(refusal)
