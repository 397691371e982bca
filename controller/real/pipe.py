"""What goes through the pipe between a scenario and its controller: a JSON object a line, in both directions.

Why a pipe and not the panel's API: people of a scenario have names and roles and no passwords, so both go straight to
the use cases, as in virtual time; and the pipe's end tells a controller that nobody is there to end it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import orjson

from controller import errors
from controller.desk import Choice
from controller.errors import SinneError, Unavailable
from controller.ports import Actor
from controller.shapes import Standing
from profiles.base import Value
from profiles.limits import Person
from profiles.scene import Scene, Sense

_KINDS: dict[str, type[SinneError]] = {
    kind.__name__: kind for kind in (errors.Refused, errors.NotFound, errors.Forbidden, errors.Conflict, Unavailable,
                                     errors.TooSoon)}


class Begin(Value):
    """The first line to a controller. `shift_s`, `set_by_s`: of its clock; `built`: no time before it is believed."""

    folder: Path
    host: str
    port: int
    username: str
    password: str
    shift_s: float
    set_by_s: float
    built: datetime
    seed: int

    @property
    def shift(self) -> timedelta:
        """Between the machine's clock and the scenario's."""
        return timedelta(seconds=self.shift_s)

    @property
    def set_by(self) -> timedelta:
        """By how much people have set the clock."""
        return timedelta(seconds=self.set_by_s)


class Look(Value):
    """What panel and engine say of the store, in one piece. `connected`: the controller, with its broker.

    `devices`: how each stands, whether it is online, an alarm, changed by hand; `moods` and `held`: by zone;
    `stopped_by`: of each stop in force.
    """

    connected: bool = False
    devices: dict[str, tuple[Standing, bool | None, bool, bool]] = {}
    moods: dict[str, str] = {}
    held: dict[str, frozenset[Sense]] = {}
    stopped_by: tuple[str, ...] = ()


def write(pipe: IO[bytes], line: dict[str, object]) -> None:
    """One line. Raises OSError where nobody reads any more."""
    pipe.write(orjson.dumps(line) + b"\n")
    pipe.flush()


def error_line(error: SinneError) -> dict[str, object]:
    """A refusal as it goes through the pipe."""
    return {"error": type(error).__name__, "words": str(error)}


def error_of(line: dict[str, object]) -> SinneError | None:
    """The refusal that a line brings, if it does."""
    if "error" not in line:
        return None
    return _KINDS.get(str(line["error"]), Unavailable)(str(line["words"]))


def choice_words(choice: Choice) -> dict[str, object]:
    """A choice as JSON knows it."""
    scene = None if choice.scene is None else choice.scene.model_dump(mode="json")
    return {"profile": choice.profile, "scene": scene, "name": choice.name}


def choice_of(words: dict[str, object]) -> Choice:
    """And back."""
    scene, profile = words["scene"], words["profile"]
    return Choice(None if profile is None else str(profile), None if scene is None else Scene.model_validate(scene),
                  str(words["name"]))


def actor_words(by: Actor) -> dict[str, object]:
    """A person as JSON knows one."""
    return {"name": by.name, "role": by.person.value}


def actor_of(words: dict[str, object]) -> Actor:
    """And back."""
    return Actor(str(words["name"]), Person(str(words["role"])))
