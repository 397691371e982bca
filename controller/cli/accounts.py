"""`sinne token` and `sinne cert`: keys for programs, and the certificate of the panel."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from controller.accounts import Accounts
from controller.cli.owner import LOCAL
from controller.cli.shown import as_table
from controller.cli.sources import data_option, opened
from controller.clock import SystemClock
from controller.errors import Refused
from controller.settings import data_folder
from profiles.limits import Person
from web.certificate import certificate_in, install_certificate


@click.group()
def token() -> None:
    """Bearer tokens, with which programs use the API."""


@token.command("make")
@click.argument("label")
@click.option("--role", type=click.Choice([p.value for p in Person]), default=Person.VIEWER.value, show_default=True,
              help="What it may do: look, press, publish, everything.")
@data_option
def token_make(label: str, role: str, data: str | None) -> None:
    """Make a token and print it, this once."""
    with _accounts(data) as accounts:
        click.echo(accounts.make_token(label, Person(role), LOCAL))


@token.command("list")
@data_option
def token_list(data: str | None) -> None:
    """List the tokens, without their secrets."""
    with _accounts(data) as accounts:
        click.echo(as_table(("Label", "Role", "Made", "Revoked"), [
            (t.label, t.person.value, _day(t.made), "" if t.revoked is None else _day(t.revoked))
            for t in accounts.tokens()]))


@token.command("revoke")
@click.argument("label")
@data_option
def token_revoke(label: str, data: str | None) -> None:
    """End a token. It is refused from now on."""
    with _accounts(data) as accounts:
        accounts.revoke_token(label, LOCAL)
    click.echo(f"{label} is revoked.")


@click.command()
@data_option
@click.option("--install", nargs=2, metavar="CHAIN KEY", help="Serve with this certificate and key (PEM) from now on.")
def cert(data: str | None, install: tuple[str, str] | None) -> None:
    """Show the certificate that the panel is served with, or install another."""
    folder = data_folder(data) / "tls"
    try:
        if install is not None:
            chain, key = install
            shown = install_certificate(folder, Path(chain), Path(key))
            click.echo("Installed. The panel serves it from its next start.")
        else:
            shown = certificate_in(folder, SystemClock().now())
    except (OSError, ValueError) as wrong:
        raise Refused(f"The certificate cannot be used: {wrong}") from wrong
    click.echo(f"Certificate: {shown.chain}\nSHA-256:     {shown.fingerprint()}")
    if shown.authority is not None:
        click.echo(f"Authority:   {shown.authority} (install this on the tablets, and they trust the panel)")


@contextlib.contextmanager
def _accounts(data: str | None) -> Iterator[Accounts]:
    memory, clock = opened(data_folder(data)), SystemClock()
    try:
        yield Accounts(memory.people, clock, memory.record)
    finally:
        memory.close()


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
