"""`sinne demo`: a whole store on this machine, with simulated devices, in one command."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import click

from controller.bootstrap import RunningStore, running_store
from controller.brokers import started
from controller.cli.living import living_page
from controller.cli.plans import bring_in
from controller.cli.signals import ended_by_signals
from controller.cli.simulate import simulated, specs_of
from controller.cli.sources import has_store
from controller.cli.store import served, set_up_link
from controller.errors import Unavailable
from controller.living.belief import OverviewBelief
from controller.living.outage import RealOutage
from controller.settings import Listen, data_folder, make_folder
from devices.address import Credentials
from devices.broker import EmbeddedBroker, LocalBroker, Mosquitto, embedded_broker
from devices.mosquitto_accounts import ZIGBEE_BRIDGE

#: Tried first, so that a bookmark goes on working; a free port is taken where it is not free.
PORT = 8460


@click.command(short_help="Try it: a whole shop on this machine, simulated.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True,
              help="The panel's port on this machine; another free one if it is taken.")
@click.option("--data", metavar="FOLDER", help="Keep the store here (default: a folder that is gone at the end).")
@click.option("--embedded", is_flag=True, help="Use the embedded broker even where mosquitto is installed.")
def demo(port: int, data: str | None, embedded: bool) -> None:
    """Run a shop in Stockholm: six zones, simulated lamps, players and diffusers, a broker and the panel.

    Nothing is needed but this machine, and nothing is left behind unless --data names a folder to keep.
    """
    with contextlib.ExitStack() as shutdown:
        folder = data_folder(data) if data is not None else Path(
            shutdown.enter_context(tempfile.TemporaryDirectory(prefix="sinne-demo-")))
        if data is None:
            folder.chmod(0o711)  # so that a mosquitto started by root can give up its rights and still get in
        ended = shutdown.enter_context(ended_by_signals())
        if not has_store(folder):
            shop = files("profiles").joinpath("library/stores/gotgatan.yaml")
            plan_file = folder / "gotgatan.yaml"
            make_folder(folder)
            plan_file.write_text(shop.read_text(encoding="utf-8"), encoding="utf-8")
            bring_in(str(plan_file), folder, "the demo's shop")
        running = shutdown.enter_context(running_store(folder, None, _embedded if embedded else _on_free_port))
        url = _served_somewhere(shutdown, running, folder, port)
        version = running.overview.plan()
        if version is None:
            raise Unavailable("The demo's plan is gone.")
        specs = specs_of(version.plan)
        fleet = shutdown.enter_context(simulated(running.store, specs, running.address.with_credentials(None),
                                                 lambda device: _account(running, device), seed=1))
        page = shutdown.enter_context(living_page(
            version.plan, specs, fleet, OverviewBelief(running.overview), _switch(running), folder=folder, port=None))
        click.echo(f"\n{running.overview.store().name}: {len(version.plan.zones)} zones, "
                   f"{len(specs)} simulated devices, broker {running.address}.")
        if running.accounts.set_up_needed():
            click.echo(f"Open this link once to make yourself an account:\n\n  {set_up_link(running, url)}\n")
        else:
            click.echo(f"The panel:\n\n  {url}\n")
        click.echo(f"The simulator, to see what the devices do and to let them misbehave:\n\n  {page}\n")
        click.echo(f"From another terminal:  sinne devices --data {folder}")
        click.echo(f"                        sinne misbehave --data {folder}")
        click.echo("Ctrl-C ends everything.")
        ended.wait()
        click.echo("\nEnding.")


def _embedded(_folder: Path, _store: str, _at: datetime) -> LocalBroker:
    return started(EmbeddedBroker)


def _on_free_port(folder: Path, store: str, _at: datetime) -> LocalBroker:
    """Port 1883 is for stores: no device was told the demo's."""
    return started(lambda: embedded_broker(folder, store=store))


def _served_somewhere(shutdown: contextlib.ExitStack, running: RunningStore, folder: Path, port: int) -> str:
    """Serve on `port`, or on a free one where it is taken, and say so."""
    try:
        return shutdown.enter_context(served(running, folder, Listen(False, "127.0.0.1", port)))
    except Unavailable:
        url = shutdown.enter_context(served(running, folder, Listen(False, "127.0.0.1", 0)))
        click.echo(f"Port {port} is taken, so the panel is at {url}.")
        return url


def _switch(running: RunningStore) -> RealOutage:
    if running.broker is None:
        raise AssertionError("the demo brings its broker along")
    return RealOutage(running.broker, forgets=isinstance(running.broker, EmbeddedBroker))


def _account(running: RunningStore, device: str) -> Credentials | None:
    if running.broker is None:
        return None
    if device == ZIGBEE_BRIDGE and isinstance(running.broker, Mosquitto):
        return running.broker.zigbee2mqtt_credentials
    try:
        return running.broker.device_credentials(device)
    except ValueError:
        return None
