"""`sinne simulate --stores`: very many light stores beside an HQ, in one process, for trying HQ out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from controller.cli.signals import ended_by_signals
from controller.cli.sources import broker_address
from controller.clock import SystemClock
from controller.crowd.composing import Composer
from controller.crowd.crowd import Crowd, Seen
from controller.crowd.kinds import MOST_KINDS, store_of
from controller.crowd.shares import Shares
from controller.crowd.store import Crew, LightStore
from controller.errors import Refused
from controller.hq.broker import FOLDER, SIMULATOR, hq_account
from controller.hq.enrolling import read_bundle
from controller.hq.founding import organisation_of
from controller.hq.ports import Enrolled
from controller.hq.sealed import MOST_BYTES, Keyring
from controller.hq.signing import KeyFile
from controller.ports import Entry
from controller.settings import BUILD_DATE, product_version
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from devices.address import BrokerAddress
from devices.mqtt import MqttTransport

_TELL_S = 5.0
#: A packet of HQ's may have a topic beside its payload.
_MAX_PAYLOAD = MOST_BYTES

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SHARE = click.FloatRange(0, 100)
_OPTIONS = (
    click.option("--stores", type=click.IntRange(1, 50_000), metavar="N",
                 help="Simulate so many stores of an HQ instead, in one process: needs --hq."),
    click.option("--hq", metavar="FOLDER|BUNDLE", help="Of --stores: the data folder of an HQ on this machine, where "
                 "they are enrolled; or a bundle whose account may speak for all of them."),
    click.option("--database", metavar="URL", help="Of --stores: HQ's database, if it is not in its data folder."),
    click.option("--kinds", type=click.IntRange(1, MOST_KINDS), help="Of --stores: kinds of stores, which differ in "
                 "country, time zone, zones and hours (default: 60)."),
    click.option("--connections", type=click.IntRange(1, 64), help="Of --stores: connections to HQ's broker "
                 "(default: 8)."),
    click.option("--fail-pct", type=_SHARE, metavar="PCT", help="Of --stores: so many refuse every campaign."),
    click.option("--override-pct", type=_SHARE, metavar="PCT", help="Of --stores: in so many, staff choose something "
                 "else within half a minute of a new campaign."),
    click.option("--complain-pct", type=_SHARE, metavar="PCT", help="Of --stores: in so many, somebody complains of a "
                 "new campaign within half a minute."),
    click.option("--offline-pct", type=_SHARE, metavar="PCT", help="Of --stores: so many say who they are, leave, and "
                 "stay away."),
)
#: Names of options that mean something with --stores alone.
_OF_STORES = ("hq", "database", "kinds", "connections", "fail_pct", "override_pct", "complain_pct", "offline_pct")


@dataclass(frozen=True, slots=True)
class Reach:
    """How light stores get to their HQ, and whom they believe."""

    address: BrokerAddress
    organisation: str
    keys: Keyring


def crowd_options(command: _Command) -> _Command:
    """Give a command the options of many stores."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asks_for_stores(given: dict[str, Any]) -> bool:
    """Whether --stores is among the options given. Raises click.UsageError where only what belongs to it is."""
    alone = [name for name in _OF_STORES if given[name] is not None]
    if given["stores"] is None and alone:
        raise click.UsageError(f"--{alone[0].replace('_', '-')} is of many stores: say --stores N as well.")
    return given["stores"] is not None


def run_crowd(given: dict[str, Any], seed: int | None, broker: str | None, ca: str | None) -> None:
    """Simulate stores until told to end. Raises Refused, Unavailable."""
    if given["hq"] is None:
        raise click.UsageError("Whose stores are they? Name the HQ: --hq FOLDER, the data folder of an HQ on this "
                               "machine.")
    drawn = 1 if seed is None else seed
    kinds = given["kinds"] or min(60, given["stores"])
    places = [store_of(number, kinds, "sim") for number in range(given["stores"])]
    reach = _reach(Path(given["hq"]), given["database"], broker, ca, [place.id for place, _ in places])
    shares = Shares(seed=drawn, **{name: given[name] or 0 for name in _OF_STORES if name.endswith("_pct")})
    crew = Crew(reach.organisation, reach.keys, Composer(), f"{product_version()} (simulated)")
    stores = [LightStore(place, kind, crew, shares.of(place.id), drawn) for place, kind in places]
    line = partial(_line, reach.address)
    with ended_by_signals() as ended:
        running = Crowd(stores, line, SystemClock(), connections=given["connections"] or 8)
        running.start()
        click.echo(f"{len(stores):,} stores of {reach.organisation} at {reach.address}: {places[0][0].id} to "
                   f"{places[-1][0].id}. Ctrl-C ends them.")
        try:
            _tell(running, len(stores), ended.wait)
        finally:
            click.echo("The stores say that they are away.", err=True)
            running.stop()


def _line(address: BrokerAddress, name: str) -> MqttTransport:
    return MqttTransport(address, name, max_payload=_MAX_PAYLOAD)


def _tell(running: Crowd, count: int, wait: Callable[[float], bool]) -> None:
    """Say how far they are whenever it is another than before."""
    told, began = "", time.monotonic()
    while not wait(_TELL_S):
        words = sight_words(running.seen(), count)
        if words != told:
            told = words
            click.echo(f"{time.monotonic() - began:6.0f} s  {words}", err=True)


def sight_words(seen: Seen, count: int) -> str:
    """How far the stores are, in one line."""
    if not seen.connected:
        return "HQ's broker is not reached."
    newest = max(seen.applied, default=None)
    said = ["no manifest yet" if newest is None else
            f"{seen.applied[newest]:,} of {count:,} run manifest {newest[0]}.{newest[1]}"]
    halted = max(seen.halted, default=None)
    if halted is not None:
        said.append(f"{seen.halted[halted]:,} obey halt {halted[0]}.{halted[1]}")
    said += [f"{number:,} {what}" for number, what in (
        (seen.refusing, "refuse the newest manifest"), (seen.away, "are away"),
        (seen.unsaid, "entries of journals wait for HQ")) if number]
    return "; ".join(said)


def _reach(hq: Path, database: str | None, broker: str | None, ca: str | None, stores: list[str]) -> Reach:
    if hq.is_file():
        bundle = read_bundle(hq)
        address = bundle.address if broker is None else broker_address(broker, ca)
        return Reach(address, bundle.organisation, bundle.keyring())
    if database is None and not (hq / FILE_NAME).exists():
        raise Refused(f"There is no HQ in {hq}. Start one first: sinne hq --data {hq} --organisation NAME")
    now = SystemClock().now()
    memory = open_memory(database or hq, BUILD_DATE, now)
    try:
        organisation = organisation_of(memory, now)
        if organisation is None:
            raise Refused(f"What is in {database or hq} is no HQ's.")
        # Whom to enter the broker as is known before anything is written.
        address = hq_account(hq / FOLDER, SIMULATOR) if broker is None else broker_address(broker, ca)
        keys = KeyFile(hq).read().ring()
        _enrol(memory, stores)
    finally:
        memory.close()
    return Reach(address, organisation, keys)


def _enrol(memory: StoredMemory, stores: list[str]) -> None:
    """Make HQ know those that it does not."""
    known = {each.store for each in memory.fleet_rows.enrolled() if each.revoked is None}
    fresh = [store for store in stores if store not in known]
    if fresh:
        now = SystemClock().now()
        body = {"stores": len(fresh), "first": fresh[0], "last": fresh[-1], "by": "sinne simulate"}
        memory.fleet_rows.enrol_all([Enrolled(store, SIMULATOR, 1, now, "sinne simulate") for store in fresh], now,
                                    Entry("store.enrolled", body))
        click.echo(f"{len(fresh):,} simulated stores were enrolled at HQ.", err=True)
