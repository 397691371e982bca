"""`sinne simulate`: the devices of a plan, without hardware."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import Any

import click

from controller.cli.crowd import asks_for_stores, crowd_options, run_crowd
from controller.cli.dryrun import run_dry_run
from controller.cli.files import data_option
from controller.cli.hunt import run_hunt
from controller.cli.living import belief_beside, latency, living_page
from controller.cli.scenario import run_scenario
from controller.cli.signals import ended_by_signals
from controller.cli.sources import Running, broker_address, plan_from
from controller.errors import Refused
from controller.living.outage import DevicesOutage
from controller.settings import data_folder
from controller.virtual.specs import specs_of as all_specs
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
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same again (default: 1; of a scenario, "
              "its own; of a hunt, a new one).")
@click.option("--latency", "late", metavar="S[..S]", help="Answer so many seconds late, drawn between the two: "
              "0.05..0.3 (default: at once).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port of the simulator's page on this machine "
              "(default: 8461, or another free one).")
@click.option("--no-page", is_flag=True, help="Without the page and its API.")
@click.option("--scenario", metavar="FILE", help="Run a scenario in virtual time instead: a file, or one that ships; "
              "`list` lists those.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), metavar="N",
              help="Of a scenario: let time pass N times as fast as life, to watch (default: as fast as it can).")
@click.option("--real", is_flag=True, help="Of a scenario: in real time, with a mosquitto, devices on TCP, and a "
              "controller that is really killed. It takes as long as it says.")
@click.option("--report", metavar="FOLDER", help="Of a scenario: leave report.txt, junit.xml and timeline.svg there. "
              "Of a hunt: leave the scenario there that breaks a rule (default: here).")
@click.option("--hunt", is_flag=True, help="Live through drawn stories in virtual time, under watch, until a rule is "
              "broken or it is ended.")
@click.option("--no-shrink", is_flag=True, help="Of a hunt: leave the whole story that breaks a rule, at once.")
@click.option("--dry-run", "candidate", metavar="FILE", help="Try a plan, or campaigns alone, on a copy of the store: "
              "of the one on --data, or of the plan file named.")
@click.option("--days", type=click.FloatRange(0, min_open=True), metavar="N",
              help="Of a hunt: end after so many store-days (default: never). Of a dry run: 1 to 31 (default: 7).")
@click.option("--json", "as_json", is_flag=True, help="Of a scenario, a hunt or a dry run: the report "
              "for programs.")
@crowd_options
def simulate(
    file: str | None, broker: str | None, data: str | None, only: tuple[str, ...], without: tuple[str, ...],
    ca: str | None, seed: int | None, late: str | None, port: int | None, no_page: bool, scenario: str | None,
    speed: float | None, real: bool, report: str | None, hunt: bool, no_shrink: bool, candidate: str | None,
    days: float | None, as_json: bool, **many: Any,
) -> None:
    """Simulate the devices of a plan: lamps that fade, players that play, diffusers that run empty.

    Each native device is a client of its own with a last will; Zigbee2MQTT lamps stand behind a simulated bridge. A
    page on this machine shows what each does beside what the controller believes, and lets it misbehave; `sinne
    misbehave` does the same.

    \b
    Beside a store on this machine:   sinne simulate --data /var/lib/sinne
    On another broker:                sinne simulate shop.yaml --broker mqtt://127.0.0.1:1883
    A scenario, without any broker:   sinne simulate --scenario lamp-loses-power
    The same, as in life:             sinne simulate --scenario lamp-loses-power --real
    A hunt for what does not hold:    sinne simulate --hunt --days 100
    A campaign on a copy of a store:  sinne simulate --dry-run spring.yaml
    Very many stores of an HQ:        sinne simulate --stores 10000 --hq /var/lib/sinne-hq

    A scenario ends with 0 where everything was as expected, 1 where it was not, 2 where it cannot be read. A hunt ends
    with 0 where every rule was kept, and with 1 where one was broken; a short scenario that shows it is left behind.
    A dry run ends with 0 where nothing stands against what was tried, and with 1 where it has an error.
    """
    if asks_for_stores(many):
        if file is not None or data is not None or only or without or late is not None or port is not None or \
                no_page or scenario is not None or hunt or candidate is not None or real or speed is not None or \
                report is not None or days is not None or as_json:
            raise click.UsageError("Many stores have no devices of their own: beside --stores and what belongs to it "
                                   "only --broker, --ca and --seed are of any use.")
        run_crowd(many, seed, broker, ca)
        return
    of_a_store = file is not None or broker is not None or data is not None or only or without or ca is not None
    if (scenario is not None or hunt) and (late is not None or port is not None or no_page):
        raise click.UsageError("--latency, --port and --no-page are of devices on a broker: leave out --scenario and "
                               "--hunt.")
    if candidate is not None:
        if broker is not None or only or without or ca is not None or scenario is not None or hunt or real or \
                speed is not None or report is not None:
            raise click.UsageError("A dry run is of a store's copy and needs no broker: beside --dry-run only a plan "
                                   "file, --data, --days, --seed and --json are of any use.")
        run_dry_run(candidate, file, data, days, seed, as_json=as_json)
        return
    if hunt:
        if of_a_store or scenario is not None or speed is not None or real:
            raise click.UsageError("A hunt draws its own stores and stories: leave out the plan, --broker, --data, "
                                   "--only, --without, --ca, --scenario, --speed and --real.")
        run_hunt(days, seed, report, as_json, shrink=not no_shrink)
        return
    if no_shrink:
        raise click.UsageError("--no-shrink is of a hunt: say --hunt.")
    if days is not None:
        raise click.UsageError("--days is of a hunt or a dry run: say --hunt, or --dry-run FILE.")
    if scenario is not None:
        if of_a_store:
            raise click.UsageError("A scenario brings its own store and needs no broker: leave out the plan, --broker, "
                                   "--data, --only, --without and --ca.")
        run_scenario(scenario, seed, speed, report, as_json, real=real)
        return
    if speed is not None or real or report is not None or as_json:
        raise click.UsageError("--speed, --real, --report and --json are of a scenario or a hunt: say --scenario or "
                               "--hunt.")
    manner = Manner(latency_s=latency(late))
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
    with contextlib.ExitStack() as shutdown:
        ended = shutdown.enter_context(ended_by_signals())
        fleet = shutdown.enter_context(simulated(plan.store.id, chosen, address, accounts, manner=manner,
                                                 seed=1 if seed is None else seed))
        click.echo(f"{len(chosen)} devices of {plan.store.name} at {address}. Ctrl-C ends them.")
        if not no_page:
            folder = data_folder(data)
            url = shutdown.enter_context(living_page(
                plan, chosen, fleet, belief_beside(folder, plan.store.id, address),
                DevicesOutage(fleet, str(address.with_credentials(None))), folder=folder, port=port))
            there = "" if data is None else f" --data {quote(str(folder))}"
            click.echo(f"What they do, and every way to misbehave: {url}\nThe same by command: sinne misbehave{there}")
        ended.wait()


def specs_of(plan: Plan, only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> list[DeviceSpec]:
    """The devices of a plan in the simulator's own words. Raises click.BadParameter for an id that is not there."""
    known = {device.id for device in plan.devices}
    for asked in (*only, *without):
        if asked not in known:
            raise click.BadParameter(f"There is no device {asked!r} in {plan.store.name}. "
                                     f"It has: {', '.join(sorted(known))}.")
    return [spec for spec in all_specs(plan) if (not only or spec.id in only) and spec.id not in without]


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
