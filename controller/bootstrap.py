"""The composition root of a store, below the web: what is made, in which order it starts, and how it ends.

Start-up is a list that reads from top to bottom; the end is its mirror.
"""

from __future__ import annotations

import contextlib
import logging
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shlex import quote

from controller.accounts import Accounts
from controller.announcing import StoreAnnouncements
from controller.brokers import Enrolling, MakeBroker, own_broker
from controller.calendars.store_calendar import StoreCalendar
from controller.clock import SystemClock
from controller.cueing import StoreCues
from controller.dryrun.store_dryruns import StoreDryRuns
from controller.errors import Refused
from controller.hq.applying import renew_at_start
from controller.hq.link.belonging import StoreBelonging
from controller.hq.link.chores import Host
from controller.hq.link.line import line_to_hq
from controller.hq.link.link import Link
from controller.hq.link.running import RunningLink
from controller.hq.store_ports import Enrolment
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.ports import Clock, Timetable
from controller.settings import BUILD_DATE, make_folder, product_version
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from controller.store.beat import Beat
from controller.store.engine import Engine
from controller.store.timetable import ApTimetable
from controller.store.trust import Trust, kernel_is_synchronised
from controller.versions import StoreVersions
from devices.address import BrokerAddress
from devices.broker import LocalBroker, Mosquitto
from devices.mqtt import MqttTransport
from devices.transport import Transport

log = logging.getLogger("sinne")


@dataclass(frozen=True, slots=True)
class Outside:
    """What a store finds outside itself: time, and the line to its broker. A scenario in real time brings its own.

    `built`: no time before it is believed. `second_source`: whether somebody else vouches for the clock. `line`: what
    stands between the engine and the transport.
    """

    clock: Clock = field(default_factory=SystemClock)
    timetable: Callable[[], Timetable] = ApTimetable
    built: datetime = BUILD_DATE
    second_source: Callable[[], bool] = kernel_is_synchronised
    line: Callable[[Transport], Transport] = lambda transport: transport


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
    dry_runs: StoreDryRuns
    belonging: StoreBelonging
    built: datetime = BUILD_DATE

    @property
    def device_address(self) -> BrokerAddress:
        """Where devices reach the broker, without an account."""
        own = self.broker
        return own.network_address if isinstance(own, Mosquitto) else self.address.with_credentials(None)

    def now(self) -> datetime:
        """The time as far as it is known: the wall clock, and never before what the journal has seen."""
        return max(self.clock.now(), _newest(self.memory, self.built))


@contextlib.contextmanager
def running_store(
    data: Path, address: BrokerAddress | None, make_broker: MakeBroker | None = None, outside: Outside | None = None,
) -> Iterator[RunningStore]:
    """Run the store in `data` until the block ends. `address`: a broker; None brings its own along.

    `make_broker`: which one it brings; unless given a mosquitto where it is installed, on the port that it had before.
    `outside`: unless given, this machine's own.

    Raises Refused without a plan, Conflict when another store runs on the folder, Unavailable for disk or broker.
    """
    outside = outside or Outside()
    clock, built = outside.clock, outside.built
    make_folder(data)
    with contextlib.ExitStack() as shutdown:
        shutdown.callback(hold_folder(data).release)
        memory = open_memory(data, built, clock.now())
        shutdown.callback(memory.close)
        plan = memory.plan_in_force()
        if plan is None:
            raise Refused(f"There is no plan in {data} yet. Bring one in with: "
                          f"sinne import FILE --data {quote(str(data))}")
        store = plan.plan.store.id
        bring = make_broker or _own
        latest = max(clock.now(), _newest(memory, built))
        renew_at_start(memory, latest)
        broker = None if address is not None else bring(data / "broker", store, latest)
        if broker is not None:
            shutdown.callback(broker.stop)
            broker.add_devices(device.id for device in plan.plan.devices)
        reached = address if broker is None else broker.controller_address
        if reached is None:
            raise AssertionError("a store has its own broker or an address")
        transport = outside.line(MqttTransport(reached, f"sinne-controller-{store}"))
        engine = Engine(store, memory=memory, transport=transport, clock=clock, timetable=outside.timetable(),
                        trust=Trust(_newest(memory, built), outside.second_source))
        accounts = Accounts(memory.people, clock, memory.record, store_names=lambda: (store, plan.plan.store.name))
        planning = StorePlanning(memory, Enrolling(engine, broker, lambda: _devices(memory)), engine.believed)
        belonging = _belonging(memory, engine, planning)
        overview = StoreOverview(memory, engine, clock, belonging.shown)
        beat = Beat(clock, engine.intake, lambda: engine.boundary)
        engine.load()
        engine.start()
        shutdown.callback(engine.stop)
        transport.start(engine.intake.put_event)
        shutdown.callback(transport.stop)
        beat.start()
        shutdown.callback(beat.stop)
        belonging.start()
        shutdown.callback(belonging.stop)
        cues = StoreCues(memory, engine, clock)
        announcements = StoreAnnouncements(memory, engine, clock)
        versions = StoreVersions(memory, planning, clock)
        calendar = StoreCalendar(memory, planning, clock)
        dry_runs = StoreDryRuns(memory, planning, clock, engine.sight)
        yield RunningStore(store, memory, engine, planning, overview, cues, announcements, calendar, accounts, clock,
                           broker, reached, versions, dry_runs, belonging, built)


def _belonging(memory: StoredMemory, engine: Engine, planning: StorePlanning) -> StoreBelonging:
    """To whom the store belongs, with the line to there."""
    def make_link(enrolment: Enrolment) -> RunningLink:
        believed = engine.believed
        host = Host(memory, engine, planning, believed, lambda: believed.trusted, random.uniform, product_version())
        return RunningLink(Link(enrolment, host, lambda named, will: line_to_hq(named, will, random.uniform)), believed)

    belonging = StoreBelonging(memory, engine.believed, engine.tell, make_link)
    memory.database.on_commit.append(belonging.nudge)
    return belonging


def _own(folder: Path, store: str, _at: datetime) -> LocalBroker:
    return own_broker(folder, store)


def _newest(memory: StoredMemory, built: datetime) -> datetime:
    entry = memory.newest_entry()
    return built if entry is None else max(built, entry.at)


def _devices(memory: StoredMemory) -> Iterable[str]:
    version = memory.plan_in_force()
    return () if version is None else (device.id for device in version.plan.devices)
