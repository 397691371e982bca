"""The composition root of HQ, below the web: what is made, in which order it starts, and how it ends.

Start-up is a list that reads from top to bottom; the end is its mirror. The three parts of HQ (office, publisher,
ingest) meet in the database only, so each may run here or elsewhere.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from controller.accounts import Accounts
from controller.clock import SystemClock
from controller.errors import Conflict, Refused
from controller.hq.broker import FOLDER, HQ, HqMosquitto, own_hq_broker
from controller.hq.facts import Facts
from controller.hq.fleet import HqFleet
from controller.hq.founding import Reached, found
from controller.hq.ingest import IngestWorker
from controller.hq.office import HqOffice
from controller.hq.proof.store_proofs import StoreProofs
from controller.hq.publisher import MAX_PAYLOAD, Places, Publisher
from controller.hq.room import Room
from controller.hq.signing import KeyFile
from controller.hq.topics import journals_of
from controller.ports import Clock
from controller.settings import BUILD_DATE, make_folder
from controller.storage.leases import hold_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from devices.address import BrokerAddress
from devices.mosquitto_conf import Listen
from devices.mqtt import MqttTransport
from devices.transport import Transport
from profiles.limits import HQ_ROLES


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parts of HQ run here, and where the rest is. `database`: None is a file in the data folder.

    `broker`: one by address; None with `own_broker` brings HQ's own along. `port`: of the own one on this machine.
    `network`: where stores elsewhere reach the own one. `ca`: a PEM file of who signed its certificate.
    """

    organisation: str | None = None
    database: str | None = None
    broker: BrokerAddress | None = None
    own_broker: bool = True
    port: int | None = None
    network: Listen | None = None
    ca: Path | None = None
    publisher: bool = True
    ingest: int = 1
    alone: bool = True


@dataclass(frozen=True, slots=True)
class HqDoors:
    """What people and programs ask of HQ, over one memory: the same in every process."""

    office: HqOffice
    fleet: HqFleet
    proof: StoreProofs
    accounts: Accounts


def doors_of(
    memory: StoredMemory, organisation: str, clock: Clock, *, set_up_secret: str | None = None,
) -> HqDoors:
    """The doors over a memory. `set_up_secret`: on which several processes agree (`Accounts`)."""
    room = Room(memory.papers, memory.fleet_rows, clock, organisation=organisation, proof=memory.proof,
                record=memory)
    facts = Facts(memory.fleet_rows)
    accounts = Accounts(memory.people, clock, memory.record, store_names=lambda: (organisation,), roles=HQ_ROLES,
                        set_up_secret=set_up_secret)
    proof = StoreProofs(memory.proof, memory.fleet_rows, memory, clock)
    return HqDoors(HqOffice(room, facts), HqFleet(room, facts), proof, accounts)


@dataclass(frozen=True)
class RunningHq:
    """An HQ that runs: its memory and doors, and the parts that run here."""

    organisation: str
    memory: StoredMemory
    clock: Clock
    broker: HqMosquitto | None
    address: BrokerAddress | None
    publisher: Publisher | None
    workers: tuple[IngestWorker, ...] = ()

    @cached_property
    def doors(self) -> HqDoors:
        """What people and programs ask of HQ."""
        return doors_of(self.memory, self.organisation, self.clock)

    def now(self) -> datetime:
        """The time as far as it is known: the wall clock, and never before what HQ's record has seen."""
        newest = self.memory.newest_entry()
        return max(self.clock.now(), BUILD_DATE if newest is None else newest.at)


@contextlib.contextmanager
def running_hq(data: Path, wanted: Wanted) -> Iterator[RunningHq]:
    """Run HQ, or parts of it, with `data` as its folder, until the block ends.

    Raises Refused (whose HQ it is was never said; a store lives in the folder), Conflict where another HQ runs on the
    folder, Unavailable for disk, database or broker.
    """
    clock = SystemClock()
    make_folder(data)
    with contextlib.ExitStack() as shutdown:
        if wanted.alone:
            shutdown.callback(_hold(data))
        memory = open_memory(wanted.database or data, BUILD_DATE, clock.now())
        shutdown.callback(memory.close)
        if memory.plan_in_force() is not None:
            raise Refused(f"A store lives in {wanted.database or data}. HQ needs a folder of its own: "
                          "sinne hq --data FOLDER")
        organisation = found(memory, wanted.organisation, max(clock.now(), BUILD_DATE))
        broker = own_hq_broker(data / FOLDER, wanted.port, wanted.network) if wanted.own_broker else None
        if broker is not None:
            shutdown.callback(broker.stop)
        address = wanted.broker if broker is None else broker.address.with_credentials(broker.hq_accounts.of(HQ))
        publisher, workers = None, []
        if address is not None:
            _reached(wanted, broker, address).keep(data)
            if wanted.publisher:
                places = Places(memory.papers, memory.fleet_rows, memory.proof)
                publisher = Publisher(places, organisation, KeyFile(data), _lines(address), clock)
                publisher.start()
                shutdown.callback(publisher.stop)
            for number in range(wanted.ingest):
                transport = _lines(address)(f"sinne-hq-ingest-{number + 1}")
                workers.append(IngestWorker(transport, memory.proof, memory, clock, journals=journals_of(
                    None if address.credentials is None else address.credentials.password)))
                workers[-1].start()
                shutdown.callback(workers[-1].stop)
        yield RunningHq(organisation, memory, clock, broker, address, publisher, tuple(workers))


def _reached(wanted: Wanted, broker: HqMosquitto | None, address: BrokerAddress) -> Reached:
    """How stores reach the broker, for who enrols them."""
    if broker is None:
        return Reached(str(address.with_credentials(None)), None if address.ca_file is None else str(address.ca_file),
                       own=False)
    if wanted.network is None:
        return Reached(str(broker.address), None, own=True)
    return Reached(str(broker.network_address), None if wanted.ca is None else str(wanted.ca), own=True)


def _lines(address: BrokerAddress) -> Callable[[str], Transport]:
    """Connections to HQ's broker, by client id. Who comes with an id that is there throws the other out, whatever the
    account: so nobody can guess it.
    """
    mark = f"{socket.gethostname().lower()[:24]}-{secrets.token_hex(8)}"
    return lambda client_id: MqttTransport(address, f"{client_id}-{mark}", max_payload=MAX_PAYLOAD)


def _hold(data: Path) -> Callable[[], None]:
    try:
        return hold_folder(data).release
    except Conflict as taken:
        raise Conflict(f"Another sinne runs on {data}. Stop that one first, or name another folder.") from taken
