"""`sinne token` and `sinne cert`: keys for programs, and the certificate of the panel."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from controller.accounts import Accounts
from controller.cli.files import data_option, json_option
from controller.cli.owner import LOCAL, LOCAL_TOKEN
from controller.cli.shown import as_table, say_json
from controller.cli.sources import has_store, no_plan, opened
from controller.clock import SystemClock
from controller.errors import Refused, Unavailable
from controller.settings import data_folder
from profiles.limits import STORE_ROLES, Person
from web.certificate import Certificate, certificate_in, install_certificate


@click.group(short_help="Make, list and revoke keys for programs.")
def token() -> None:
    """Bearer tokens, with which programs use the API. They work at once, in a store that runs as well.

    \b
    KEY=$(sinne token make dashboard)
    curl --cacert FOLDER/tls/authority.crt -H "Authorization: Bearer $KEY" https://localhost:8443/api/v1/zones
    """


@token.command("make", short_help="Make a token and print it, this once.")
@click.argument("label")
@click.option("--role", type=click.Choice([p.value for p in STORE_ROLES]), default=Person.VIEWER.value,
              show_default=True, help="What it may do: look, press, publish, everything.")
@data_option
def token_make(label: str, role: str, data: str | None) -> None:
    """Make a token and print it, this once.

    LABEL says what it is for: dashboard, "till display".
    """
    if label == LOCAL_TOKEN:
        raise Refused(f"{LOCAL_TOKEN} is the name of the store's own token. Choose another.")
    with accounts_in(data) as accounts:
        click.echo(accounts.make_token(label, Person(role), LOCAL))


@token.command("list", short_help="List the tokens, without their secrets.")
@data_option
@json_option
def token_list(data: str | None, as_json: bool) -> None:
    """List the tokens, without their secrets; times are in UTC."""
    with accounts_in(data) as accounts:
        tokens = [t for t in accounts.tokens() if t.label != LOCAL_TOKEN]
    if as_json:
        say_json([{"label": t.label, "role": t.person, "made": t.made, "revoked": t.revoked} for t in tokens])
    elif not tokens:
        click.echo("There are no tokens. Make one with: sinne token make LABEL")
    else:
        click.echo(as_table(("Label", "Role", "Made", "Revoked"), [
            (t.label, t.person.value, _day(t.made), "" if t.revoked is None else _day(t.revoked)) for t in tokens]))


@token.command("revoke", short_help="End a token.")
@click.argument("label")
@data_option
def token_revoke(label: str, data: str | None) -> None:
    """End a token. It is refused from now on."""
    if label == LOCAL_TOKEN:
        raise Refused(f"{LOCAL_TOKEN} is the store's own token; it ends with the store.")
    with accounts_in(data) as accounts:
        accounts.revoke_token(label, LOCAL)
    click.echo(f"{label} is revoked.")


@click.command(short_help="Show the panel's certificate, or install another.")
@data_option
@click.option("--install", nargs=2, metavar="CHAIN KEY", help="Serve with this certificate and key from the next "
              "start: two PEM files, the key without a password.")
@json_option
def cert(data: str | None, install: tuple[str, str] | None, as_json: bool) -> None:
    """Show the certificate that the panel is served with, or install another.

    \b
    For example:  sinne cert --install chain.pem key.pem
    """
    owner = data_folder(data)
    if not has_store(owner):
        raise Refused(no_plan(owner))
    folder = owner / "tls"
    shown = _installed(folder, install) if install is not None else _certificate(owner)
    if as_json:
        say_json({"certificate": str(shown.chain), "sha256": shown.fingerprint(),
                  "authority": None if shown.authority is None else str(shown.authority)})
        return
    if install is not None:
        click.echo("Installed. The panel serves it from its next start.")
    click.echo(f"Certificate: {shown.chain}\nSHA-256:     {shown.fingerprint()}")
    if shown.authority is not None:
        click.echo(f"Authority:   {shown.authority} (install this on the tablets, and they trust the panel)")


def _installed(folder: Path, install: tuple[str, str]) -> Certificate:
    for name in install:
        if not Path(name).is_file():
            wrong = "is a folder" if Path(name).is_dir() else "is not there"
            raise Refused(f"The file {name} {wrong}. Name the certificate's PEM file, then its key's.")
    try:
        return install_certificate(folder, Path(install[0]), Path(install[1]), SystemClock().now())
    except OSError as error:
        raise Unavailable(f"The certificate cannot be written to {folder}: {error.strerror}.") from error


def _certificate(owner: Path) -> Certificate:
    """The one that is served, made if there is none. A clock behind the journal must not make another."""
    memory = opened(owner)
    try:
        newest = memory.newest_entry()
    finally:
        memory.close()
    now = SystemClock().now()
    try:
        return certificate_in(owner / "tls", now if newest is None else max(now, newest.at))
    except OSError as error:
        raise Unavailable(f"The certificate cannot be written to {owner / 'tls'}: {error.strerror}.") from error


@contextlib.contextmanager
def accounts_in(data: str | None) -> Iterator[Accounts]:
    """The accounts of a data folder, for as long as the block lasts. Raises Refused where there is no store."""
    memory, clock = opened(data_folder(data)), SystemClock()
    try:
        yield Accounts(memory.people, clock, memory.record)
    finally:
        memory.close()


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
