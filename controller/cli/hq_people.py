"""`sinne hq account` and `sinne hq token`: who may come in at HQ, people and programs."""

from __future__ import annotations

from datetime import datetime

import click

from controller.cli.files import json_option
from controller.cli.hq_store import opened_hq
from controller.cli.owner import LOCAL
from controller.cli.shown import as_table, say_json
from profiles.limits import HQ_ROLES, Person

_data = click.option("--data", metavar="FOLDER", help="HQ's data folder (default: SINNE_HQ_DATA, else "
                     "~/.local/share/sinne-hq).")
_database = click.option("--database", metavar="URL", help="postgresql://… instead of a file in the data folder.")
_role = click.option("--role", type=click.Choice([p.value for p in HQ_ROLES]), default=Person.VIEWER.value,
                     show_default=True, help="What it may do: look, write drafts, approve, everything.")


@click.group(short_help="Make and list the people who may sign in at HQ.")
def account() -> None:
    """People who may sign in at HQ. A campaign needs two: who writes it, and who approves it."""


@account.command("make", short_help="Make an account; asks for a password.")
@click.argument("name")
@_role
@_data
@_database
def account_make(name: str, role: str, data: str | None, database: str | None) -> None:
    """Make an account. The password is asked for, and shown nowhere."""
    with opened_hq(data, database) as opened:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        opened.doors.accounts.make_account(name, password, Person(role), LOCAL)
    click.echo(f"{name} can sign in, as {role}.")


@account.command("list", short_help="List who may sign in.")
@_data
@_database
@json_option
def account_list(data: str | None, database: str | None, as_json: bool) -> None:
    """List who may sign in."""
    with opened_hq(data, database) as opened:
        found = opened.doors.accounts.accounts(LOCAL)
    if as_json:
        say_json([{"name": each.name, "role": each.person, "made": each.made} for each in found])
    elif not found:
        click.echo("Nobody can sign in yet. sinne hq prints a link for the first account when it starts.")
    else:
        click.echo(as_table(("Name", "Role", "Made"), [(e.name, e.person.value, _day(e.made)) for e in found]))


@click.group(short_help="Make, list and revoke keys for programs at HQ.")
def token() -> None:
    """Bearer tokens, with which programs use HQ's API. They work at once, in an HQ that runs as well."""


@token.command("make", short_help="Make a token and print it, this once.")
@click.argument("label")
@_role
@_data
@_database
def token_make(label: str, role: str, data: str | None, database: str | None) -> None:
    """Make a token and print it, this once. LABEL says what it is for."""
    with opened_hq(data, database) as opened:
        click.echo(opened.doors.accounts.make_token(label, Person(role), LOCAL))


@token.command("list", short_help="List the tokens, without their secrets.")
@_data
@_database
@json_option
def token_list(data: str | None, database: str | None, as_json: bool) -> None:
    """List the tokens, without their secrets; times are in UTC."""
    with opened_hq(data, database) as opened:
        tokens = opened.doors.accounts.tokens()
    if as_json:
        say_json([{"label": t.label, "role": t.person, "made": t.made, "revoked": t.revoked} for t in tokens])
    elif not tokens:
        click.echo("There are no tokens. Make one with: sinne hq token make LABEL")
    else:
        click.echo(as_table(("Label", "Role", "Made", "Revoked"), [
            (t.label, t.person.value, _day(t.made), "" if t.revoked is None else _day(t.revoked)) for t in tokens]))


@token.command("revoke", short_help="End a token.")
@click.argument("label")
@_data
@_database
def token_revoke(label: str, data: str | None, database: str | None) -> None:
    """End a token. It is refused from now on."""
    with opened_hq(data, database) as opened:
        opened.doors.accounts.revoke_token(label, LOCAL)
    click.echo(f"{label} is revoked.")


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
