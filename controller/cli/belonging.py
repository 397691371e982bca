"""`sinne store enrol`, `leave` and `grant`: to which HQ a store belongs, and what HQ may do here."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from controller.cli.files import data_option
from controller.cli.owner import LOCAL
from controller.cli.plans import held_memory
from controller.cli.sources import Running, has_store, no_plan
from controller.clock import SystemClock
from controller.errors import NotFound, Refused
from controller.hq.enrolling import bundle_text, read_bundle
from controller.hq.link.belonging import GRANTS, enrol, enrolment_of, granted, granted_to, leave, nobody, regrant
from controller.settings import data_folder
from profiles.limits import Person

_ROLES = [person.value for person in GRANTS]


@click.command("enrol", short_help="Belong to the HQ that made this bundle.")
@click.argument("bundle")
@click.option("--grant", type=click.Choice(_ROLES), help="Whose rights remote overrides by HQ have here; viewer: none "
              "(default: as it was with this HQ, else staff).")
@data_option
def enrol_store(bundle: str, grant: str | None, data: str | None) -> None:
    """Belong to the HQ that made this bundle. A store that runs connects at once.

    HQ's campaigns, programmes and guardrails come into the plan; the store's own part stays its own, and the store runs
    on without HQ when the line is gone. BUNDLE is the file that `sinne hq enrol` made: it holds this store's password,
    so take it away afterwards.

    \b
    For example:  sinne store enrol shop-12.bundle --grant staff
    """
    folder = _folder(data)
    read = read_bundle(Path(bundle))
    running = Running.of(folder)
    if running is not None:
        body = {"bundle": orjson.loads(bundle_text(read)), "grant": grant}
        given = running.ask("PUT", "/hq", orjson.dumps(body))["grant"]
        click.echo(f"This store belongs to HQ of {read.organisation} now, and connects to {read.broker}.")
    else:
        with held_memory(folder) as memory:
            role = granted_to(memory, read.organisation, grant)
            enrol(memory, enrolment_of(read, role), LOCAL, SystemClock())
        given = role.value
        click.echo(f"This store belongs to HQ of {read.organisation} now. It connects to {read.broker} when it runs.")
    click.echo(f"{_may(given)} Take {bundle} away: it holds this store's password.")


@click.command("leave", short_help="Belong to no HQ any more.")
@data_option
def leave_hq(data: str | None) -> None:
    """Belong to no HQ any more. What came from HQ leaves the plan; the store's own part stays."""
    folder = _folder(data)
    running = Running.of(folder)
    if running is not None:
        running.ask("DELETE", "/hq")
    else:
        with held_memory(folder) as memory:
            if memory.hq.enrolment() is None:
                raise NotFound(nobody())
            leave(memory, LOCAL, SystemClock())
    click.echo("This store belongs to no HQ any more. Its own part of the plan is in force.")


@click.command("grant", short_help="Say what HQ may do here.")
@click.argument("role", type=click.Choice(_ROLES))
@data_option
def grant_hq(role: str, data: str | None) -> None:
    """Say what HQ may do here by itself: as staff or a manager may, within their guardrails; or nothing, as viewers.

    It is about remote overrides alone. What HQ publishes (campaigns, programmes) is not asked for here.
    """
    folder = _folder(data)
    running = Running.of(folder)
    if running is not None:
        running.ask("POST", "/hq/grant", orjson.dumps({"grant": role}))
    else:
        with held_memory(folder) as memory:
            regrant(memory, granted(role), LOCAL, SystemClock())
    click.echo(_may(role))


def _may(role: str) -> str:
    return "HQ may look on, and choose nothing here." if role == Person.VIEWER.value else (
        f"HQ may choose here what {role} may.")


def _folder(data: str | None) -> Path:
    folder = data_folder(data)
    if not has_store(folder):
        raise Refused(no_plan(folder))
    return folder
