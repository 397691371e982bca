"""`sinne simulate`: the devices of a plan, without hardware."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from controller.cli.files import data_option
from controller.cli.signals import ended_by_signals
from controller.cli.sources import Running, broker_address, plan_from
from controller.errors import Refused
from controller.settings import data_folder
from devices.address import BrokerAddress, Credentials
from devices.mosquitto_accounts import accounts_of
from devices.simulator.build import build_fleet
from devices.simulator.fleet import Fleet
from devices.simulator.specs import DeviceSpec, Manner
from devices.simulator.swarm_host import SwarmHost
from profiles.plan import Plan

CredentialsFor = Callable[[str], Credentials | None]


@click.command(short_help="Simulate the devices of a plan.")
@click.argument("file", required=False, metavar="[STORE.yaml]")
@click.option("--broker", metavar="URL", help="The broker that the store uses, mqtt://… or mqtts://… "
              "(default: the one of the store that runs on --data).")
@data_option
@click.option("--only", multiple=True, metavar="ID", help="Only this device (may be given several times).")
@click.option("--without", multiple=True, metavar="ID", help="All but this device (may be given several times).")
@click.option("--ca", metavar="FILE", help="The authority behind an mqtts:// broker, if not a public one.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same jitter.")
def simulate(
    file: str | None, broker: str | None, data: str | None, only: tuple[str, ...], without: tuple[str, ...],
    ca: str | None, seed: int,
) -> None:
    """Simulate the devices of a plan: lamps that fade, players that play, diffusers that run empty.

    Each native device is a client of its own with a last will; Zigbee2MQTT lamps stand behind a simulated bridge.

    \b
    Beside a store on this machine:   sinne simulate --data /var/lib/sinne
    On another broker:                sinne simulate shop.yaml --broker mqtt://127.0.0.1:1883
    """
    plan, memory = plan_from(file, None if file is not None else data)
    if memory is not None:
        memory.close()
    chosen = specs_of(plan, only, without)
    if not chosen:
        raise Refused(f"Nothing is left to simulate: {plan.store.name} has {len(plan.devices)} devices, and all are "
                      "left out." if plan.devices else f"{plan.store.name} has no devices to simulate.")
    accounts: CredentialsFor | None = None
    if broker is not None:
        address = broker_address(broker, ca)
    else:
        address, accounts = _of_running(data_folder(data), ca)
    with ended_by_signals() as ended, simulated(plan.store.id, chosen, address, accounts, seed=seed):
        click.echo(f"{len(chosen)} devices of {plan.store.name} at {address}. Ctrl-C ends them.")
        ended.wait()


def specs_of(plan: Plan, only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> list[DeviceSpec]:
    """The devices of a plan in the simulator's own words. Raises click.BadParameter for an id that is not there."""
    known = {device.id for device in plan.devices}
    for asked in (*only, *without):
        if asked not in known:
            raise click.BadParameter(f"There is no device {asked!r} in {plan.store.name}. "
                                     f"It has: {', '.join(sorted(known))}.")
    sources = tuple(source.id for source in plan.sources)
    fragrances = tuple(fragrance.id for fragrance in plan.fragrances)
    return [
        DeviceSpec(id=d.id, kind=d.kind, dialect=d.dialect, address=d.address or "", zones=d.zones, role=d.role.value,
                   sources=sources, fragrances=d.fragrances or fragrances)
        for d in plan.devices if (not only or d.id in only) and d.id not in without]


@contextlib.contextmanager
def simulated(
    store: str, specs: list[DeviceSpec], address: BrokerAddress, accounts: CredentialsFor | None, *, seed: int,
    manner: Manner | None = None,
) -> Iterator[Fleet]:
    """Run a fleet against a broker until the block ends."""
    host = SwarmHost(address, f"sinne-sim-{store}", accounts)
    fleet = build_fleet(store, specs, seed, host, manner)
    fleet.start()
    try:
        yield fleet
    finally:
        fleet.stop()


def _of_running(folder: Path, ca: str | None) -> tuple[BrokerAddress, CredentialsFor | None]:
    running = Running.of(folder)
    if running is None:
        raise click.UsageError(f"No store is running on {folder}, so name its broker: --broker mqtt://HOST:PORT.")
    address = broker_address(running.broker, ca or running.ca)
    if running.devices is None:  # somebody else's broker: with the only account that is known
        return address, None
    return address.with_credentials(None), accounts_of(folder / "broker")
