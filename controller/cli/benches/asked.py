"""How a benchmark speaks with its parts: a line of JSON asks, a line of JSON answers, the end of the input ends them.

The first line says what the part should be. A part imports no more than it needs, because some are weighed.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import click


def questions() -> Iterator[dict[str, Any]]:
    """What is asked, line by line, until whoever asks has gone."""
    for line in iter(sys.stdin.readline, ""):
        yield json.loads(line)


def answer(words: dict[str, object]) -> None:
    """One line."""
    click.echo(json.dumps(words))


def told_to_end() -> threading.Event:
    """An event that the end of standard input sets."""
    ended = threading.Event()

    def listen() -> None:
        while sys.stdin.readline():
            pass
        ended.set()

    threading.Thread(target=listen, name="asked", daemon=True).start()
    return ended
