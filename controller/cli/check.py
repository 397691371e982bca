"""`sinne check`: everything that there is to say about a plan file."""

from __future__ import annotations

import dataclasses
import sys

import click

from controller.cli.files import json_option, read_file
from controller.cli.shown import say_json
from profiles.finding import Level
from profiles.plan import Plan


@click.command(short_help="Check a plan file: every error and warning, with its line.")
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Check a plan file: every error and warning, with its line. Exit status 1 if it has errors."""
    plan, findings = read_file(file)
    errors = sum(1 for finding in findings if finding.level is Level.ERROR)
    if as_json:
        say_json({"file": file, "ok": errors == 0, "digest": None if plan is None else plan.digest,
                  "findings": [dataclasses.asdict(f) for f in findings]})
    else:
        for finding in findings:
            click.echo(f"{finding.level.value}: {finding}")
        warnings = len(findings) - errors
        click.echo(f"{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}."
                   + ("" if errors or plan is None else f" {_content(plan)}"))
    sys.exit(1 if errors or plan is None else 0)


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _content(plan: Plan) -> str:
    parts = {"zone": plan.zones, "device": plan.devices, "profile": plan.profiles, "daypart": plan.dayparts}
    more = {"campaign": plan.campaigns, "quiet hour": plan.quiet_hours, "announcement": plan.announcements}
    said = [_count(len(things), thing) for thing, things in parts.items()]
    said += [_count(len(things), thing) for thing, things in more.items() if things]
    return f"{plan.store.name}: {', '.join(said)}."
