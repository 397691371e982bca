"""A scenario as values: the store that is given, and steps in time. Each step does or expects one thing.

What people write is in `docs/scenarios.md`; ids and times are checked against the store in `reading.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field as Bounds
from pydantic import model_validator

from profiles.base import Id, Value, Words
from profiles.finding import listed
from profiles.limits import Person
from profiles.scene import Scene, Sense

Names = Annotated[tuple[Id, ...], Bounds(min_length=1, max_length=200)]
Share = Annotated[float, Bounds(ge=0, le=1)]
Seconds = Annotated[float, Bounds(ge=0, le=600)]
#: What a hand sets on a device, or what it is to do: the words of its own reports.
Settings = Annotated[dict[str, bool | float | str], Bounds(min_length=1, max_length=20)]


class Press(Value):
    """Somebody presses a profile, or a scene of their own. `end`: as in the API."""

    profile: Id | None = None
    scene: Scene | None = None
    zones: Names | None = None
    end: str = "minutes:60"
    by: Words = "Elin"
    role: Person = Person.MANAGER


class Nudge(Value):
    """A complaint: too-loud, too-bright, too-strong."""

    zone: Id
    complaint: Annotated[str, Bounds(pattern="^(too-loud|too-bright|too-strong)$")]


class Saying(Value):
    """Somebody has an announcement of the plan said: in its own zones, or in these."""

    announcement: Id
    zones: Names | None = None


class Stopping(Value):
    """The big red button: everywhere and for every sense unless something is named."""

    zones: Names | None = None
    senses: Annotated[tuple[Sense, ...], Bounds(min_length=1)] = tuple(Sense)


class Touch(Value):
    """A hand on a device itself."""

    device: Id
    to: Settings


class Slow(Value):
    """A device answers so many seconds late from now on."""

    device: Id
    from_s: Seconds = 0
    to_s: Seconds


class Fill(Value):
    """A cartridge with so much in it."""

    device: Id
    ml: Annotated[float, Bounds(ge=0, le=10_000)]


class Drift(Value):
    """The hardware departs from what it was told, in `over_s` seconds. `tells`: its reports say so."""

    device: Id
    to: Settings
    over_s: Seconds = 0
    tells: bool = False


class Line(Value):
    """What becomes of messages on their way to the controller: shares from 0 to 1."""

    losses: Share = 0
    repeats: Share = 0
    swaps: Share = 0


class Expect(Value):
    """What is to be so. All that is named has to hold at one instant, `within` so long, and then `stays` so long.

    `zone` with `profile`: its mood is this one, and its devices do what it says. `light`, `music`, `scent`: what the
    hardware of the zone does. `device` with `does` or `stands`. `right`: every device does what the plan and people
    want. `but_for`: devices that are left out. `journal`: so many entries of this kind since the last thing that
    happened; `orders_at_most`: so many orders, to `device` or to all. `rules`: since the start none of the rules that
    must hold all the time was broken.
    """

    zone: Id | None = None
    profile: Id | None = None
    light: Settings | None = None
    music: Settings | None = None
    scent: Settings | None = None
    held: Sense | None = None
    device: Id | None = None
    does: Settings | None = None
    stands: Annotated[str, Bounds(pattern="^(in-reach|out-of-reach|alarm|by-hand|right|wrong)$")] | None = None
    right: bool | None = None
    stopped: bool | None = None
    but_for: tuple[Id, ...] = ()
    journal: Words | None = None
    count: Annotated[int, Bounds(ge=0)] | None = None
    orders_at_most: Annotated[int, Bounds(ge=0)] | None = None
    rules: Annotated[str, Bounds(pattern="^kept$")] | None = None
    within: str = "5 s"
    stays: str | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        of_zone = [n for n in ("profile", "light", "music", "scent", "held") if getattr(self, n) is not None]
        of_device = [n for n in ("does", "stands") if getattr(self, n) is not None]
        if of_zone and self.zone is None:
            raise ValueError(f"{of_zone[0]} is expected of a zone; name the zone")
        if self.zone is not None and not of_zone:
            raise ValueError("say what is expected of the zone: profile, light, music, scent or held")
        if of_device and self.device is None:
            raise ValueError(f"{of_device[0]} is expected of a device; name the device")
        if self.device is not None and not of_device and self.orders_at_most is None:
            raise ValueError("say what is expected of the device: does, stands or orders_at_most")
        if self.count is not None and self.journal is None:
            raise ValueError("count is of entries of the journal; name their kind")
        if not self.parts:
            raise ValueError("nothing is expected here; name a zone, a device, right, stopped, journal or rules")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what is expected, in the order of the fields."""
        aside = {"zone", "device", "but_for", "count", "within", "stays"}
        return tuple(n for n in type(self).model_fields if n not in aside and getattr(self, n) is not None)


#: Verbs that happen to every device of a list.
OF_MANY = ("unplug", "plug_in", "freeze", "thaw", "reboot", "lie", "be_honest", "babble", "make_sense")

#: What a step does: one of these.
VERBS = (*OF_MANY, "switch", "slow_down", "fill", "drift", "broker", "line", "controller", "clock", "press", "nudge",
         "announce", "undo", "stop", "resume", "publish", "wait", "expect")
#: Those that people do, and may be refused.
PEOPLE = ("press", "nudge", "announce", "undo", "stop", "resume", "publish")


class Step(Value):
    """One thing that happens, or is expected, at a time. `refused`: it is to be refused, with these words."""

    at: str
    unplug: Names | None = None
    plug_in: Names | None = None
    freeze: Names | None = None
    thaw: Names | None = None
    reboot: Names | None = None
    lie: Names | None = None
    be_honest: Names | None = None
    babble: Names | None = None
    make_sense: Names | None = None
    switch: Touch | None = None
    slow_down: Slow | None = None
    fill: Fill | None = None
    drift: Drift | None = None
    broker: Annotated[str, Bounds(pattern="^(down|up|wiped)$")] | None = None
    line: Line | None = None
    controller: Annotated[str, Bounds(pattern="^(restart|kill|start)$")] | None = None
    clock: str | None = None
    press: Press | None = None
    nudge: Nudge | None = None
    announce: Saying | None = None
    undo: bool | None = None
    stop: Stopping | None = None
    resume: bool | None = None
    publish: dict[str, Any] | None = None
    wait: bool | None = None
    expect: Expect | None = None
    refused: Words | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        """`unplug: lamp-3` for a list of one; `stop: true` for a stop of everything."""
        if not isinstance(given, dict):
            return given
        found = dict(given)
        for verb in OF_MANY:
            if isinstance(found.get(verb), str):
                found[verb] = [found[verb]]
        if found.get("stop") is True:
            found["stop"] = {}
        return found

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        named = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(named) != 1:
            what = " and ".join(named) if named else "nothing"
            raise ValueError(f"a step does one thing, and here is {what}; it is one of: {', '.join(VERBS)}")
        if self.refused is not None and self.verb not in PEOPLE:
            raise ValueError(f"only what people do can be refused: {listed(PEOPLE)}")
        return self

    @property
    def verb(self) -> str:
        """The one thing that it does."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)


class Scenario(Value):
    """A store, a time, and steps. `parts`: parts of the store's plan that are replaced, as in a plan file."""

    name: Words
    teaches: Annotated[str, Bounds(max_length=600)] = ""
    store: Annotated[str, Bounds(min_length=1, max_length=400)] = "minimal"
    parts: dict[str, Any] = {}
    start: str
    seed: Annotated[int, Bounds(ge=0, le=2**31)] = 1
    steps: Annotated[tuple[Step, ...], Bounds(min_length=1, max_length=500)]
