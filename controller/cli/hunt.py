"""`sinne simulate --hunt`: stories drawn from a seed, lived through in virtual time until something does not hold."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import click

from controller.cli.shown import say_json
from controller.cli.signals import ended_by_signals
from controller.hunting.hunt import Hunted, hunt
from controller.hunting.shrinking import MOST_TRIES, Shrunk, shrunk
from controller.hunting.story import Story
from controller.hunting.watching import Breach
from controller.hunting.writing import write_story

#: Progress is told once in so many seconds.
_TELL_S = 5.0


def run_hunt(days: float | None, seed: int | None, report: str | None, as_json: bool, *, shrink: bool = True) -> None:
    """Hunt; exits with 1 where a rule was broken, after leaving a short scenario file that shows it.

    `shrink`: False leaves the whole story.
    """
    drawn = secrets.randbelow(2**31) if seed is None else seed
    _note(f"Hunting with seed {drawn}, {'until told to end' if days is None else f'for {days:g} store-days'}.")
    with ended_by_signals() as ended:
        found = hunt(drawn, days, ended=ended.is_set, tell=_Progress())
        short = None
        if found.story is not None and found.lived is not None:
            _say_breach(found, found.story, found.lived.breach)
            short = shrunk(found.story, found.lived, most=MOST_TRIES if shrink else 0, ended=ended.is_set)
    file = None if short is None else _leave(found, short, Path(report or "."))
    if as_json:
        say_json(_document(found, short, file))
    elif short is None:
        click.echo(f"{found.stories} stories, {found.days:.1f} store-days: no rule was broken. Seed {drawn}.")
    else:
        click.echo(f"Shrunk from {short.steps_before} steps to {short.steps_after}. See it again: "
                   f"sinne simulate --scenario {file}")
    if short is not None:
        raise click.exceptions.Exit(1)


class _Progress:
    """Tells on standard error how far it is, every few seconds."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()

    def __call__(self, stories: int, days: float) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_S:
            self._told = now
            _note(f"{stories} stories, {days:.1f} store-days, {days / (now - self._began):.1f} a second.")


def _say_breach(found: Hunted, story: Story, breach: Breach | None) -> None:
    if breach is not None:
        _note(f"{breach.rule} was broken at {breach.at:%Y-%m-%d %H:%M:%S} UTC: {breach.words}")
    _note(f"{story.name}, after {found.days:.1f} store-days. Shrinking it.")


def _leave(found: Hunted, short: Shrunk, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    number = "-".join(word for word in short.story.name.split() if word.isdigit())
    file = folder / f"hunt-{short.breach.rule}-{number}.yaml"
    file.write_text(write_story(short.story, f"{short.breach.rule} is broken here: {short.breach.words}\n"
                                f"Found by sinne simulate --hunt --seed {found.seed}, {short.story.name.lower()}."),
                    encoding="utf-8")
    return file


def _document(found: Hunted, short: Shrunk | None, file: Path | None) -> dict[str, object]:
    breach: dict[str, object] | None = None
    if short is not None:
        breach = {"rule": short.breach.rule, "at": short.breach.at, "words": short.breach.words,
                  "steps_before": short.steps_before, "steps_after": short.steps_after, "scenario": str(file)}
    return {"seed": found.seed, "days": round(found.days, 3), "stories": found.stories, "breach": breach}


def _note(words: str) -> None:
    click.echo(words, err=True)
