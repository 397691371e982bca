"""`sinne hq`: run HQ, in one process or in parts, and look after its stores."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from pathlib import Path

import click

from controller.cli.files import json_option
from controller.cli.hq_people import account, token
from controller.cli.hq_reports import report
from controller.cli.hq_serving import panel_address, serve_workers, served_hq
from controller.cli.hq_store import (
    Given,
    enrol_store,
    enrolled_words,
    opened_hq,
    revoke_store,
    say_progress,
    say_stores,
    start_change,
)
from controller.cli.signals import ended_by_signals
from controller.cli.sources import broker_address
from controller.clock import SystemClock
from controller.errors import Refused
from controller.hq.broker import FOLDER, hq_account, network_listener
from controller.hq.running import RunningHq, Wanted, running_hq
from controller.settings import BrokerListen, hq_folder, is_this_machine, make_folder
from web.certificate import certificate_in

log = logging.getLogger("sinne.cli")

data_option = click.option("--data", metavar="FOLDER", help="HQ's data folder (default: SINNE_HQ_DATA, else "
                           "~/.local/share/sinne-hq).")
database_option = click.option("--database", metavar="URL", help="postgresql://user@host/name instead of a file in the "
                               "data folder; its password is best in PGPASSWORD or a service file.")
organisation_option = click.option("--organisation", metavar="NAME", help="Whose HQ it is; said once, at the first "
                                   "start. Every document bears it.")
broker_option = click.option("--broker", metavar="URL", help="Use this MQTT 5 broker, mqtts://name:password@host, "
                             "instead of one of HQ's own.")
ca_option = click.option("--ca", metavar="FILE", help="The authority behind an mqtts:// broker, if not a public one.")
listen_option = click.option("--broker-listen", metavar="HOST[:PORT]", help="Let stores of the network reach HQ's own "
                             "broker, with TLS and HQ's certificate: 0.0.0.0 is every address, port 8883 unless given.")
panel_option = click.option("--panel", metavar="URL", default="https://0.0.0.0:8444", show_default=True,
                            help="Where to serve the panel. Plain http:// is for this machine only.")


@click.group(invoke_without_command=True, short_help="Run HQ: campaigns for many stores.")
@data_option
@organisation_option
@database_option
@broker_option
@ca_option
@listen_option
@panel_option
@click.pass_context
def hq(
    ctx: click.Context, data: str | None, organisation: str | None, database: str | None, broker: str | None,
    ca: str | None, broker_listen: str | None, panel: str,
) -> None:
    """Run HQ: its panel, its publisher, the taking in of journals, and its broker, all in one process.

    It runs until it is told to end (Ctrl-C, SIGTERM). Stores go on by themselves while it is away.

    \b
    The first start:        sinne hq --organisation acme --broker-listen 0.0.0.0
    A store that joins:     sinne hq enrol gotgatan
    In parts, on a server:  sinne hq publisher, sinne hq ingest and sinne hq web
    """
    if ctx.invoked_subcommand is not None:
        ctx.obj = Given(data, database)
        return
    folder, listen = hq_folder(data), panel_address(panel)
    wanted = Wanted(organisation=organisation, database=database)
    brokered = _with_broker(wanted, folder, (broker, ca, broker_listen))
    with ended_by_signals() as ended, running_hq(folder, brokered) as running, \
            served_hq(running, folder, listen) as url:
        click.echo(f"The HQ of {running.organisation} runs. The panel is at {url}")
        click.echo(_broker_words(running))
        if running.doors.accounts.set_up_needed():
            click.echo("Nobody can sign in yet. Make the first account here, once:\n"
                       f"  {url}/set-up?secret={running.doors.accounts.set_up_secret()}")
        click.echo("Ctrl-C ends it.")
        ended.wait()
        click.echo("Ending.")


def _with_broker(wanted: Wanted, folder: Path, given: tuple[str | None, str | None, str | None]) -> Wanted:
    """With the broker that the options name, or HQ's own."""
    broker, ca, broker_listen = given
    if broker is not None:
        if broker_listen is not None:
            raise click.UsageError("--broker-listen is for HQ's own broker, and --broker names another. Leave one out.")
        return replace(wanted, broker=broker_address(broker, ca), own_broker=False)
    if ca is not None:
        raise click.UsageError("--ca names the authority behind a broker, so it needs --broker mqtts://….")
    if broker_listen is None:
        return wanted
    try:
        listen = BrokerListen.parse(broker_listen)
    except Refused as wrong:
        raise click.BadParameter(str(wrong), param_hint="--broker-listen") from wrong
    if is_this_machine(listen.host):
        return replace(wanted, port=listen.port)
    make_folder(folder)
    certificate = certificate_in(folder / "tls", SystemClock().now())
    return replace(wanted, network=network_listener(listen.host, listen.port, (certificate.chain, certificate.key)),
                   ca=certificate.authority or certificate.chain)


def _broker_words(running: RunningHq) -> str:
    if running.broker is None:
        return f"Its broker is {running.address}."
    words = f"Its own broker is at {running.broker.address}, for this machine"
    reached = running.broker.network_address
    return f"{words}, and at {reached}, for stores elsewhere." if reached != running.broker.address else f"{words}."


# -- parts


@hq.command("publisher", short_help="Run HQ's publisher alone.")
@data_option
@organisation_option
@database_option
@broker_option
@ca_option
@listen_option
@click.pass_obj
def publisher(
    given: Given, data: str | None, organisation: str | None, database: str | None, broker: str | None, ca: str | None,
    broker_listen: str | None,
) -> None:
    """Run HQ's publisher alone: it signs, publishes and steers rollouts, with HQ's key from its data folder.

    Exactly one is at work; a second one on the same database waits until the first has gone, for which it needs a copy
    of hq-key.pem.
    """
    wanted = Wanted(organisation=organisation, database=database or given.database, ingest=0, alone=broker is None)
    folder = hq_folder(data or given.data)
    brokered = _with_broker(wanted, folder, (broker, ca, broker_listen))
    with ended_by_signals() as ended, running_hq(folder, brokered) as running:
        click.echo(f"The publisher of {running.organisation} runs. {_broker_words(running)}\nCtrl-C ends it.")
        state = ""
        while not ended.wait(0.5):
            sight = running.publisher.sight() if running.publisher is not None else None
            if sight is not None and sight.state != state:
                state = sight.state
                click.echo({"publishing": f"Publishing, in term {sight.term}.", "waiting": "Waiting: another "
                            "publisher is at work."}.get(state, f"Connecting. {sight.words}"))
        click.echo("Ending.")


@hq.command("ingest", short_help="Take in what stores report, alone.")
@data_option
@database_option
@broker_option
@ca_option
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="So many in this process.")
@click.pass_obj
def ingest(
    given: Given, data: str | None, database: str | None, broker: str | None, ca: str | None, workers: int,
) -> None:
    """Take in the journals of the stores. Any number of these may run; the broker deals what comes out among them.

    Without --broker it uses HQ's own on this machine.
    """
    folder = hq_folder(data or given.data)
    address = broker_address(broker, ca) if broker is not None else hq_account(folder / FOLDER)
    wanted = Wanted(database=database or given.database, broker=address, own_broker=False, publisher=False,
                    ingest=workers, alone=False)
    with ended_by_signals() as ended, running_hq(folder, wanted) as running:
        click.echo(f"Taking in what the stores of {running.organisation} report, from {running.address}.\n"
                   "Ctrl-C ends it.")
        ended.wait()
        click.echo("Ending.")


@hq.command("web", short_help="Serve HQ's panel and API alone, with several processes.")
@data_option
@database_option
@panel_option
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Threads of each.")
@click.option("--proxies", type=click.IntRange(0, 5), default=0, show_default=True,
              help="So many proxies of yours are in front, whose X-Forwarded headers are believed.")
@click.pass_obj
def web(
    given: Given, data: str | None, database: str | None, panel: str, workers: int, threads: int, proxies: int,
) -> None:
    """Serve HQ's panel and API alone, by gunicorn. Any number of these may run, on any number of machines."""
    folder = hq_folder(data or given.data)
    with opened_hq(data or given.data, database or given.database):
        pass  # one sentence here is better than one from each worker
    make_folder(folder)
    serve_workers(folder, database or given.database, panel_address(panel),
                  (workers, threads, proxies, secrets.token_urlsafe(24)))


# -- stores


@hq.command("enrol", short_help="Let a store join: write its bundle.")
@click.argument("store")
@click.option("--out", metavar="FILE", help="Where to write the bundle (default: STORE.enrolment.json here).")
@data_option
@database_option
@click.pass_obj
def enrol(given: Given, store: str, out: str | None, data: str | None, database: str | None) -> None:
    """Let a store join: draw it an account and write its bundle, a small file for its owner's eyes.

    STORE is the id of the store in its plan. Enrolling it again ends the bundle of before.
    """
    path = Path(out or f"{store}.enrolment.json")
    with opened_hq(data or given.data, database or given.database) as opened:
        click.echo(enrolled_words(store, path, enrol_store(opened, store, path)))


@hq.command("revoke", short_help="End a store's part in HQ.")
@click.argument("store")
@data_option
@database_option
@click.pass_obj
def revoke(given: Given, store: str, data: str | None, database: str | None) -> None:
    """End a store's part in HQ: its account at the broker is gone, and nothing that it reports is kept any more.

    What it has from HQ it keeps, until somebody there says: sinne store leave.
    """
    with opened_hq(data or given.data, database or given.database) as opened:
        reached = revoke_store(opened, store)
    click.echo(f"{store} is revoked.")
    if reached is not None and not reached.own:
        click.echo("Take its account off that broker, too.")


@hq.command("rekey", short_help="Change HQ's key, or a store's password.")
@click.argument("store", required=False)
@click.option("--all", "everywhere", is_flag=True, help="Begin to change HQ's own key, everywhere.")
@click.option("--finish", is_flag=True, help="With --all: sign with the next key now, whoever has not heard of it.")
@click.option("--out", metavar="FILE", help="With STORE: where to write its new bundle.")
@data_option
@database_option
@json_option
@click.pass_obj
def rekey(
    given: Given, store: str | None, everywhere: bool, finish: bool, out: str | None, data: str | None,
    database: str | None, as_json: bool,
) -> None:
    """Change HQ's key everywhere, or the password of one store; without more, say how far a change has come.

    \b
    sinne hq rekey --all            begin: stores learn of the next key while the old one signs
    sinne hq rekey                  how far it has come
    sinne hq rekey --all --finish   sign with the next key now
    sinne hq rekey gotgatan         a new password for one store, in a new bundle
    """
    if (store is not None and everywhere) or (finish and not everywhere) or (out is not None and store is None):
        raise click.UsageError("Name a store, or say --all; --finish goes with --all, and --out with a store.")
    with opened_hq(data or given.data, database or given.database) as opened:
        if store is not None:
            opened.enrolled(store)
            path = Path(out or f"{store}.enrolment.json")
            click.echo(enrolled_words(store, path, enrol_store(opened, store, path)))
            return
        if everywhere:
            answer = start_change(opened, finish)
            if answer is not None and answer.refused:
                raise Refused(answer.refused)
            if not as_json:
                click.echo("It waits for the publisher, and begins as soon as that is at work." if answer is None
                           else answer.said)
        say_progress(opened, as_json)


@hq.command("stores", short_help="List the stores, and how they stand.")
@data_option
@database_option
@json_option
@click.pass_obj
def stores(given: Given, data: str | None, database: str | None, as_json: bool) -> None:
    """List the stores that are enrolled, and how each stands: right, waiting, lagging, alarm, offline, unheard."""
    with opened_hq(data or given.data, database or given.database) as opened:
        say_stores(opened, as_json)


hq.add_command(token)
hq.add_command(account)
hq.add_command(report)
