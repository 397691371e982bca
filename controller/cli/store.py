"""`sinne store`: run a store."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click

from controller.bootstrap import RunningStore, running_store
from controller.cli.owner import LOCAL
from controller.cli.plans import bring_in
from controller.cli.signals import ended_by_signals
from controller.cli.sources import Running, data_option
from controller.errors import Conflict, NotFound, Unavailable
from controller.settings import Listen, data_folder
from devices.address import BrokerAddress
from profiles.limits import Person
from web.app import make_app
from web.certificate import Certificate, certificate_in
from web.context import Services
from web.serving import Server

#: The built front end; `make assets` makes it, and it is in the wheel.
DIST = Path(str(files("web"))) / "static" / "dist"

LOCAL_TOKEN = "local-commands"  # noqa: S105 - the label, not the secret


@click.command()
@data_option
@click.option("--broker", metavar="URL", help="The store's MQTT broker, mqtt://… or mqtts://… "
              "(default: a mosquitto of its own, on a free port of this machine).")
@click.option("--panel", metavar="URL", default="https://0.0.0.0:8443", show_default=True,
              help="Where to serve the panel. Plain http:// is for this machine only; port 0 takes a free one.")
@click.option("--plan", "plan_file", metavar="FILE", help="Bring this plan in first, as `sinne import` does.")
@click.option("--ca", metavar="FILE", help="The authority behind an mqtts:// broker, if not a public one.")
def store(data: str | None, broker: str | None, panel: str, plan_file: str | None, ca: str | None) -> None:
    """Run a store: its engine, its panel, and its broker unless one is named.

    It runs until it is told to end (Ctrl-C, SIGTERM). Devices keep their state while it is away.
    """
    folder, listen = data_folder(data), Listen.parse(panel)
    try:
        address = None if broker is None else BrokerAddress.parse(broker, Path(ca) if ca else None)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--broker") from wrong
    if plan_file is not None:
        bring_in(plan_file, folder, "brought in at the start")
    with ended_by_signals() as ended, running_store(folder, address) as running, served(running, folder, listen) as url:
        click.echo(f"{running.overview.store().name} runs. The panel is at {url}")
        click.echo(f"The broker is {running.address}.")
        if running.accounts.set_up_needed():
            click.echo(f"Nobody can sign in yet. Make the first account here, once:\n  {set_up_link(running, url)}")
        ended.wait()
        click.echo("Ending.")


def set_up_link(running: RunningStore, url: str) -> str:
    """The one-time link for the first account."""
    return f"{url}/set-up?secret={running.accounts.set_up_secret()}"


@contextlib.contextmanager
def served(running: RunningStore, folder: Path, listen: Listen) -> Iterator[str]:
    """Serve the panel of a running store; gives its address. Leaves a note for the commands of this machine."""
    certificate: Certificate | None = None
    if listen.secure:
        try:
            certificate = certificate_in(folder / "tls", running.clock.now())
        except OSError as error:
            raise Unavailable(f"The certificate cannot be written to {folder / 'tls'}: {error.strerror}.") from error
    services = Services(running.planning, running.overview, running.accounts, listen.secure, DIST)
    server = Server(make_app(services), services, listen.host, listen.port, certificate=certificate)
    server.start()
    try:
        with contextlib.suppress(NotFound, Conflict):
            running.accounts.revoke_token(LOCAL_TOKEN, LOCAL)
        token = running.accounts.make_token(LOCAL_TOKEN, Person.ADMINISTRATOR, LOCAL)
        authority = None if certificate is None else str((certificate.authority or certificate.chain).resolve())
        local = server.url if certificate is None else f"https://localhost:{server.port}"
        Running(os.getpid(), local, token, running.address.url(), authority).leave(folder)
        yield server.url
    except OSError as error:
        raise Unavailable(f"The data folder {folder} cannot be written: {error.strerror}.") from error
    finally:
        (folder / "running.json").unlink(missing_ok=True)
        server.stop()
