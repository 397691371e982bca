"""`sinne store`: run a store."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from shlex import quote

import click
from click.core import ParameterSource

from controller.bootstrap import RunningStore, running_store
from controller.brokers import USUAL_TLS_PORT, MakeBroker, own_broker
from controller.cli.belonging import enrol_store, grant_hq, leave_hq
from controller.cli.files import data_option
from controller.cli.owner import LOCAL, LOCAL_TOKEN
from controller.cli.plans import bring_in
from controller.cli.signals import ended_by_signals
from controller.cli.sources import Running, birth_of, broker_address, has_store, no_plan
from controller.cli.upkeep import renew_certificate, repeated
from controller.errors import Conflict, NotFound, Refused, Unavailable
from controller.settings import BrokerListen, Listen, data_folder, is_this_machine
from devices.address import BrokerAddress
from devices.broker import LocalBroker, Mosquitto
from devices.mosquitto_conf import Listen as BrokerNetwork
from profiles.limits import Person
from web.app import make_app
from web.certificate import Certificate, certificate_in
from web.context import Services
from web.serving import Server

log = logging.getLogger("sinne.cli")

#: The built front end; `make assets` makes it, and it is in the wheel.
DIST = Path(str(files("web"))) / "static" / "dist"


@click.group(short_help="Run a store; enrol it with HQ.", invoke_without_command=True, subcommand_metavar="[COMMAND]")
@click.pass_context
@data_option
@click.option("--plan", "plan_file", metavar="FILE", help="Bring this plan in first, as `sinne import` does.")
@click.option("--panel", metavar="URL", default="https://0.0.0.0:8443", show_default=True,
              help="Where to serve the panel. Plain http:// is for this machine only; port 0 takes a free one.")
@click.option("--broker", metavar="URL", help="Use this MQTT broker, mqtt://name:password@host:1883 or mqtts://… "
              "(default: one of the store's own).")
@click.option("--ca", metavar="FILE", help="The authority behind an mqtts:// broker, if not a public one.")
@click.option("--broker-listen", metavar="HOST[:PORT]", help="Let devices of the network reach the store's own broker, "
              "with TLS and the store's certificate: 0.0.0.0 is every address, port 8883 unless given. With 127.0.0.1:"
              "PORT: its port on this machine.")
def store(
    context: click.Context, /, data: str | None, plan_file: str | None, panel: str, broker: str | None, ca: str | None,
    broker_listen: str | None,
) -> None:
    """Run a store: its engine, its panel, and its broker unless one is named.

    It runs until it is told to end (Ctrl-C, SIGTERM). Devices keep their state while it is away.

    Its own broker is a mosquitto, where that is installed. It is for this machine only, on port 1883 if that is free
    at the first start, and keeps its port from then on. Each device has an account: sinne devices --credentials ID.

    \b
    The first start:          sinne store --plan shop.yaml
    For devices elsewhere:    sinne store --broker-listen 0.0.0.0
    With a broker of yours:   sinne store --broker mqtts://sinne:secret@broker.shop.example
    """
    if context.invoked_subcommand is not None:
        named = [each for each in context.params if context.get_parameter_source(each) is ParameterSource.COMMANDLINE]
        if named:
            raise click.UsageError(f"Options of sinne store {context.invoked_subcommand} come after its name.")
        return
    listen = _panel(panel)
    if broker is None and ca is not None:
        raise click.UsageError("--ca names the authority behind a broker, so it needs --broker mqtts://….")
    address = None if broker is None else broker_address(broker, ca)
    make_broker = None if broker_listen is None else _brought(broker_listen, address)
    folder = data_folder(data)
    if plan_file is None and not has_store(folder):  # before anything is made in a folder that was mistyped
        raise Refused(no_plan(folder))
    with ended_by_signals() as ended:
        if plan_file is not None:
            bring_in(plan_file, folder, "brought in at the start")
        with running_store(folder, address, make_broker) as running, served(running, folder, listen) as url, \
                repeated(partial(renew_certificate, running, folder / "tls")):
            click.echo(f"{running.overview.store().name} runs. The panel is at {url}")
            click.echo(_broker_words(running, folder))
            if running.accounts.set_up_needed():
                click.echo(f"Nobody can sign in yet. Make the first account here, once:\n  {set_up_link(running, url)}")
            click.echo("Ctrl-C ends it.")
            ended.wait()
            click.echo("Ending.")


for _command in (enrol_store, leave_hq, grant_hq):
    store.add_command(_command)


def _panel(text: str) -> Listen:
    try:
        return Listen.parse(text)
    except Refused as wrong:
        raise click.BadParameter(str(wrong), param_hint="--panel") from wrong


def _brought(text: str, address: BrokerAddress | None) -> MakeBroker:
    """How the own broker is made when `--broker-listen` says where it listens."""
    try:
        listen = BrokerListen.parse(text)
    except Refused as wrong:
        raise click.BadParameter(str(wrong), param_hint="--broker-listen") from wrong
    if address is not None:
        raise click.UsageError("--broker-listen is for the store's own broker, and --broker names another. "
                               "Leave one out.")
    if is_this_machine(listen.host):
        return lambda folder, store, _at: own_broker(folder, store, listen.port)

    def make(folder: Path, store: str, at: datetime) -> LocalBroker:
        certificate = _certificate(folder.parent / "tls", at)
        network = BrokerNetwork(listen.host, listen.port or USUAL_TLS_PORT, (certificate.chain, certificate.key))
        return own_broker(folder, store, network=network)
    return make


def _broker_words(running: RunningStore, folder: Path) -> str:
    if running.broker is None:
        return f"The broker is {running.address}."
    words = f"Its own broker is at {running.address.with_credentials(None)}, for this machine"
    if running.device_address.port != running.address.port:
        words += f", and at {running.device_address}, for devices of the network"
    if isinstance(running.broker, Mosquitto):
        words += f".\nA device's account:  sinne devices --credentials ID --data {quote(str(folder))}"
        return words
    return words + ", and without accounts: mosquitto is not installed."


def set_up_link(running: RunningStore, url: str) -> str:
    """The one-time link for the first account."""
    return f"{url}/set-up?secret={running.accounts.set_up_secret()}"


@contextlib.contextmanager
def served(running: RunningStore, folder: Path, listen: Listen) -> Iterator[str]:
    """Serve the panel of a running store; gives its address. Leaves a note for the commands of this machine."""
    certificate = _certificate(folder / "tls", running.now()) if listen.secure else None
    services = Services(running.planning, running.overview, running.accounts, listen.secure, DIST,
                        cues=running.cues, announcements=running.announcements, versions=running.versions,
                        calendar=running.calendar, dry_runs=running.dry_runs, belonging=running.belonging)
    server = Server(make_app(services), services, listen.host, listen.port, certificate=certificate)
    server.start()
    try:
        authority = None if certificate is None else str((certificate.authority or certificate.chain).resolve())
        local = server.url if certificate is None else f"https://localhost:{server.port}"
        try:
            _leave_note(running, folder, (local, _local_token(running), authority))
        except Unavailable as refusal:
            # A full disk must not keep a shop dark: the panel and the plan run, only the commands have no key to it.
            log.error("The commands of this machine cannot ask this store. %s", refusal)
        yield server.url
    finally:
        with contextlib.suppress(OSError):
            (folder / "running.json").unlink(missing_ok=True)
        running.dry_runs.stop()
        server.stop()


def _local_token(running: RunningStore) -> str:
    with contextlib.suppress(NotFound, Conflict):
        running.accounts.revoke_token(LOCAL_TOKEN, LOCAL)
    return running.accounts.make_token(LOCAL_TOKEN, Person.ADMINISTRATOR, LOCAL)


def _leave_note(running: RunningStore, folder: Path, reached: tuple[str, str, str | None]) -> None:
    url, token, authority = reached
    ca = running.address.ca_file
    try:
        Running(
            pid=os.getpid(), url=url, token=token, broker=running.address.url(), authority=authority,
            ca=None if ca is None else str(ca), born=birth_of(os.getpid()),
            devices=None if running.broker is None else str(running.device_address)).leave(folder)
    except OSError as error:
        raise Unavailable(f"The data folder {folder} cannot be written: {error.strerror}.") from error


def _certificate(folder: Path, at: datetime) -> Certificate:
    try:
        return certificate_in(folder, at)
    except OSError as error:
        raise Unavailable(f"The certificate cannot be written to {folder}: {error.strerror}.") from error
