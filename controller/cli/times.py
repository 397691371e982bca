"""`sinne when`: a time expression in plain words, with its next occurrences, or what is wrong with it and where."""

from __future__ import annotations

import sys
from zoneinfo import ZoneInfo

import click

from controller.calendars.said import MOST_OCCURRENCES, hours_of, said
from controller.cli.files import data_option, json_option
from controller.cli.shown import as_table, say_json
from controller.cli.sources import plan_from
from controller.clock import SystemClock
from controller.doors import Reading
from controller.errors import Refused
from profiles.reading import LANGUAGES_READ


@click.command(short_help="Read a time expression aloud: words, and its next occurrences.")
@click.argument("expression")
@click.option("--plan", "file", metavar="FILE", help="The store of a plan file, instead of one in a folder.")
@data_option
@click.option("--language", type=click.Choice(LANGUAGES_READ), default=LANGUAGES_READ[0], show_default=True,
              help="The language of the words.")
@click.option("--count", type=click.IntRange(1, MOST_OCCURRENCES), default=10, show_default=True,
              help="How many of the next occurrences.")
@json_option
def when(expression: str, file: str | None, data: str | None, language: str, count: int, as_json: bool) -> None:
    """Read a time expression as it is meant in a store: in plain words, with its next occurrences there.

    Exit status 1 if it cannot be read; what is wrong is told with its column.

    \b
    For example:  sinne when "Sa[1] opening..opening+01:00" --plan shop.yaml --language sv
    """
    plan, memory = plan_from(file, data)
    if memory is not None:
        memory.close()
    found = said(expression, plan.store, hours_of(plan.store), SystemClock().now(), count)
    if as_json:
        say_json({"text": found.text, "timezone": plan.store.timezone, "words": found.words,
                  "occurrences": [{"start": start, "end": end} for start, end in found.occurrences],
                  "problem": found.problem, "column": found.column})
        sys.exit(0 if found.problem is None else 1)
    if found.problem is not None:
        raise Refused(_with_caret(found))
    click.echo(found.words[language] + "\n")
    if not found.occurrences:
        click.echo("It does not come within thirteen months.")
        return
    tz = ZoneInfo(plan.store.timezone)
    click.echo(as_table((f"Next, in {plan.store.timezone}", "From", "To"), [
        (f"{start.astimezone(tz):%a %Y-%m-%d}", f"{start.astimezone(tz):%H:%M}",
         f"{end.astimezone(tz):%H:%M}" if start.astimezone(tz).date() == end.astimezone(tz).date() else
         f"{end.astimezone(tz):%a %Y-%m-%d %H:%M}")
        for start, end in found.occurrences]))


def _with_caret(found: Reading) -> str:
    """The sentence, and under the expression a mark where it is about one column."""
    if found.column is None:
        return f"{found.problem}"
    shown = "".join(letter if letter.isprintable() else " " for letter in found.text)
    return f"{found.problem}\n\n    {shown}\n    {' ' * (found.column - 1)}^"
