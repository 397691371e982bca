"""The composition root of a store, below the web: what is made, in which order it starts, and how it ends.

Start-up is a list that reads from top to bottom; the end is its mirror.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote

from controller.accounts import Accounts
from controller.announcing import StoreAnnouncements
from controller.brokers import Enrolling, MakeBroker, own_broker
from controller.calendars.store_calendar import StoreCalendar
from controller.clock import SystemClock
from controller.cueing import StoreCues
from controller.errors import Refused
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.ports import Clock
from controller.settings import BUILD_DATE, make_folder
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from controller.store.beat import Beat
from controller.store.engine import Engine
from controller.store.timetable import ApTimetable
from controller.store.trust import Trust
from controller.versions import StoreVersions
from devices.address import BrokerAddress
from devices.broker import LocalBroker, Mosquitto
from devices.mqtt import MqttTransport

log = logging.getLogger("sinne")


@dataclass(frozen=True, slots=True)
class RunningStore:
    """A store that runs: its doors, its memory, and the broker that it brought along, if any."""

    store: str
    memory: StoredMemory
    engine: Engine
    planning: StorePlanning
    overview: StoreOverview
    cues: StoreCues
    announcements: StoreAnnouncements
    calendar: StoreCalendar
    accounts: Accounts
    clock: Clock
    broker: LocalBroker | None
    address: BrokerAddress
    versions: StoreVersions

    @property
    def device_address(self) -> BrokerAddress:
        """Where devices reach the broker, without an account."""
        own = self.broker
        return own.network_address if isinstance(own, Mosquitto) else self.address.with_credentials(None)

    def now(self) -> datetime:
        """The time as far as it is known: the wall clock, and never before what the journal has seen."""
        return _at_least(self.memory, self.clock)


@contextlib.contextmanager
def running_store(
    data: Path, address: BrokerAddress | None, make_broker: MakeBroker | None = None
) -> Iterator[RunningStore]:
    """Run the store in `data` until the block ends. `address`: a broker; None brings its own along.

    `make_broker`: which one it brings; unless given a mosquitto where it is installed, on the port that it had before.

    Raises Refused without a plan, Conflict when another store runs on the folder, Unavailable for disk or broker.
    """
    clock = SystemClock()
    make_folder(data)
    with contextlib.ExitStack() as shutdown:
        shutdown.callback(hold_folder(data).release)
        memory = open_memory(data, BUILD_DATE, clock.now())
        shutdown.callback(memory.close)
        plan = memory.plan_in_force()
        if plan is None:
            raise Refused(f"There is no plan in {data} yet. Bring one in with: "
                          f"sinne import FILE --data {quote(str(data))}")
        store = plan.plan.store.id
        bring = make_broker or _own
        broker = None if address is not None else bring(data / "broker", store, _at_least(memory, clock))
        if broker is not None:
            shutdown.callback(broker.stop)
            broker.add_devices(device.id for device in plan.plan.devices)
        reached = address if broker is None else broker.controller_address
        if reached is None:
            raise AssertionError("a store has its own broker or an address")
        transport = MqttTransport(reached, f"sinne-controller-{store}")
        engine = Engine(store, memory=memory, transport=transport, clock=clock, timetable=ApTimetable(),
                        trust=Trust(_newest(memory)))
        accounts = Accounts(memory.people, clock, memory.record, store_names=lambda: (store, plan.plan.store.name))
        planning = StorePlanning(memory, Enrolling(engine, broker, lambda: _devices(memory)), engine.believed)
        overview = StoreOverview(memory, engine, clock)
        beat = Beat(clock, engine.intake, lambda: engine.boundary)
        engine.load()
        engine.start()
        shutdown.callback(engine.stop)
        transport.start(engine.intake.put_event)
        shutdown.callback(transport.stop)
        beat.start()
        shutdown.callback(beat.stop)
        cues = StoreCues(memory, engine, clock)
        announcements = StoreAnnouncements(memory, engine, clock)
        versions = StoreVersions(memory, planning, clock)
        calendar = StoreCalendar(memory, planning, clock)
        yield RunningStore(store, memory, engine, planning, overview, cues, announcements, calendar, accounts, clock,
                           broker, reached, versions)


def _own(folder: Path, store: str, _at: datetime) -> LocalBroker:
    return own_broker(folder, store)


def _newest(memory: StoredMemory) -> datetime:
    entry = memory.newest_entry()
    return BUILD_DATE if entry is None else max(BUILD_DATE, entry.at)


def _at_least(memory: StoredMemory, clock: Clock) -> datetime:
    return max(clock.now(), _newest(memory))


def _devices(memory: StoredMemory) -> Iterable[str]:
    version = memory.plan_in_force()
    return () if version is None else (device.id for device in version.plan.devices)
