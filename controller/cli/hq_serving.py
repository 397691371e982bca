"""How HQ's panel and API are served: in one process with the rest of HQ, or by gunicorn with several."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from controller.cli.upkeep import repeated
from controller.clock import SystemClock
from controller.errors import Refused, Unavailable
from controller.hq.founding import organisation_of
from controller.hq.running import HqDoors, RunningHq, doors_of
from controller.settings import BUILD_DATE, Listen
from controller.storage.opening import open_memory
from web.certificate import Certificate, certificate_in
from web.hq_app import make_hq_app
from web.hq_context import HqServices
from web.hq_workers import Application, Serving, serve
from web.serving import Server

#: The built front end; `make assets` makes it, and it is in the wheel.
DIST = Path(str(files("web"))) / "static" / "dist"


def panel_address(text: str) -> Listen:
    """Where the panel is served. Raises click.BadParameter with one sentence."""
    try:
        return Listen.parse(text)
    except Refused as wrong:
        raise click.BadParameter(str(wrong), param_hint="--panel") from wrong


@contextlib.contextmanager
def served_hq(running: RunningHq, folder: Path, listen: Listen) -> Iterator[str]:
    """Serve the panel of an HQ that runs here; gives its address."""
    certificate = _certificate(folder, listen)
    given = services(running.doors, listen.secure)
    server = Server(make_hq_app(given), given, listen.host, listen.port, certificate=certificate)
    server.start()
    try:
        with repeated(partial(renew_certificate, running, folder / "tls")):
            yield server.url
    finally:
        server.stop()


def renew_certificate(running: RunningHq, folder: Path) -> bool:
    """See that HQ's certificate in `folder`, if it has one, stays valid; whether it was made anew.

    The panel serves a new one by itself, and the broker is told.
    """
    own = folder / "own.crt"
    if not own.exists():
        return False
    before = own.read_bytes()
    certificate_in(folder, running.now())
    if own.read_bytes() == before:
        return False
    if running.broker is not None:
        running.broker.take_certificate()
    return True


def services(doors: HqDoors, secure: bool, proxies: int = 0) -> HqServices:
    """What the panel is given. Behind a proxy of ours people come by TLS, whatever is spoken from there to here."""
    return HqServices(doors.office, doors.fleet, doors.proof, doors.accounts, SystemClock(), secure or proxies > 0,
                      DIST, zone_of_here(os.environ.get("TZ", ""), Path("/etc/localtime")), proxies)


def zone_of_here(said: str, link: Path) -> str:
    """The time zone of the people at HQ: as the environment's TZ says, else that of the machine, else UTC."""
    for name in (said.removeprefix(":"), str(link.resolve()).partition("/zoneinfo/")[2]):
        try:
            if name:
                return ZoneInfo(name).key
        except (ValueError, ZoneInfoNotFoundError, OSError):
            continue
    return "UTC"


def serve_workers(folder: Path, database: str | None, listen: Listen, how: tuple[int, int, int, str]) -> None:
    """Serve with gunicorn until it is told to end. `how`: processes, threads of each, proxies in front, and the
    one-time secret of the first account, on which they have to agree.
    """
    workers, threads, proxies, secret = how
    certificate = _certificate(folder, listen)

    def application() -> Application:
        """Called in each worker: nothing of a database may be shared across a fork."""
        memory = open_memory(database or folder, BUILD_DATE)
        organisation = organisation_of(memory, max(SystemClock().now(), BUILD_DATE))
        if organisation is None:
            raise Refused("There is no HQ in this database yet.")
        doors = doors_of(memory, organisation, SystemClock(), set_up_secret=secret)
        return make_hq_app(services(doors, listen.secure, proxies))

    memory = open_memory(database or folder, BUILD_DATE)
    try:
        needed = not memory.people.accounts()
    finally:
        memory.close()
    url = f"{'https' if listen.secure else 'http'}://{listen.host}:{listen.port}"
    click.echo(f"HQ's panel is at {url}, served by {workers} processes with {threads} threads each.")
    if needed:
        click.echo(f"Nobody can sign in yet. Make the first account here, once:\n  {url}/set-up?secret={secret}")
    click.echo("Ctrl-C ends it.")
    serve(application, Serving(listen.host, listen.port, workers, threads,
                               None if certificate is None else (certificate.chain, certificate.key)))


def _certificate(folder: Path, listen: Listen) -> Certificate | None:
    if not listen.secure:
        return None
    try:
        return certificate_in(folder / "tls", SystemClock().now())
    except OSError as error:
        raise Unavailable(f"The certificate cannot be written to {folder / 'tls'}: {error.strerror}.") from error
