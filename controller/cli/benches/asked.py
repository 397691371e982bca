"""How a benchmark speaks with its parts: a line of JSON asks, a line of JSON answers, the end of the input ends them.

The first line says what the part should be. A part imports no more than it needs, because some are weighed.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import click


def questions() -> Iterator[dict[str, Any]]:
    """What is asked, line by line, until whoever asks has gone."""
    for line in iter(sys.stdin.readline, ""):
        yield json.loads(line)


def answer(words: dict[str, object]) -> None:
    """One line."""
    click.echo(json.dumps(words))


def answering(reply: Callable[[], dict[str, object]]) -> threading.Event:
    """Answer each further question by `reply()`, beside whatever this thread does; the event is set at the end."""
    ended = threading.Event()

    def listen() -> None:
        while sys.stdin.readline():
            answer(reply())
        ended.set()

    threading.Thread(target=listen, name="asked", daemon=True).start()
    return ended
