"""The composition root of a store, below the web: what is made, in which order it starts, and how it ends.

Start-up is a list that reads from top to bottom; the end is its mirror.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from controller.accounts import Accounts
from controller.clock import SystemClock
from controller.errors import Refused, Unavailable
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.ports import Clock
from controller.settings import BUILD_DATE
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from controller.store.beat import Beat
from controller.store.engine import Engine
from controller.store.timetable import ApTimetable
from controller.store.trust import Trust
from devices.address import BrokerAddress
from devices.broker import BrokerFailed, LocalBroker, embedded_broker
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
    accounts: Accounts
    clock: Clock
    broker: LocalBroker | None
    address: BrokerAddress


@contextlib.contextmanager
def running_store(
    data: Path, address: BrokerAddress | None, make_broker: Callable[[Path, str], LocalBroker] | None = None
) -> Iterator[RunningStore]:
    """Run the store in `data` until the block ends. `address`: a broker; None brings its own along.

    `make_broker` (folder, store id): which one it brings; mosquitto where it is installed unless given.

    Raises Refused without a plan, Conflict when another store runs on the folder, Unavailable for disk or broker.
    """
    clock = SystemClock()
    data.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as shutdown:
        shutdown.callback(hold_folder(data).release)
        memory = open_memory(data, BUILD_DATE, clock.now())
        shutdown.callback(memory.close)
        plan = memory.plan_in_force()
        if plan is None:
            raise Refused(f"There is no plan in {data} yet. Bring one in with: sinne import FILE --data {data}")
        store = plan.plan.store.id
        broker = None if address is not None else own_broker(data / "broker", store, make_broker)
        if broker is not None:
            shutdown.callback(broker.stop)
            broker.add_devices(device.id for device in plan.plan.devices)
        reached = address if broker is None else broker.controller_address
        if reached is None:
            raise AssertionError("a store has its own broker or an address")
        transport = MqttTransport(reached, f"sinne-controller-{store}")
        newest = memory.newest_entry()
        floor = BUILD_DATE if newest is None else max(BUILD_DATE, newest.at)
        engine = Engine(store, memory=memory, transport=transport, clock=clock, timetable=ApTimetable(),
                        trust=Trust(floor))
        accounts = Accounts(memory.people, clock, memory.record, store_names=lambda: (store, plan.plan.store.name))
        planning = StorePlanning(memory, engine, clock)
        overview = StoreOverview(memory, engine, clock)
        beat = Beat(clock, engine.intake, lambda: engine.boundary)
        engine.load()
        engine.start()
        shutdown.callback(engine.stop)
        transport.start(engine.intake.put_event)
        shutdown.callback(transport.stop)
        beat.start()
        shutdown.callback(beat.stop)
        yield RunningStore(store, memory, engine, planning, overview, accounts, clock, broker, reached)


def own_broker(
    folder: Path, store: str, make: Callable[[Path, str], LocalBroker] | None = None
) -> LocalBroker:
    """A broker of the store's own, started. Raises Unavailable with the broker's own last words."""
    try:
        broker = embedded_broker(folder, store=store) if make is None else make(folder, store)
        broker.start()
    except BrokerFailed as failed:
        raise Unavailable(str(failed)) from failed
    return broker
