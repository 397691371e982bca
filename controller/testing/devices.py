"""The simulated devices of a store under test: what their hardware really does, and what may happen to them.

What is asked here is the hardware itself, not what the controller believes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from controller.scenarios.model import Expect
from controller.testing.mistakes import Mistake, known, one_of
from controller.virtual.expected import differing
from controller.virtual.world import World
from profiles.finding import listed, nearest, quoted
from profiles.places import InstalledDevice
from profiles.plan import Plan

#: What the hardware of each kind can be asked for, and what a hand can set on it.
WORDS: dict[str, tuple[str, ...]] = {
    "light": ("on", "brightness_pct", "kelvin", "xy"),
    "player": ("on", "volume_pct", "source", "crossfade_s", "ducked", "title", "artist"),
    "diffuser": ("on", "fragrance", "intensity_pct", "ml_left", "fault"),
    "contact": ("active",),
}
SETTABLE: dict[str, tuple[str, ...]] = {
    "light": ("on", "brightness_pct", "kelvin", "xy"), "player": ("on", "volume_pct", "source", "crossfade_s"),
    "diffuser": ("on", "fragrance", "intensity_pct", "ml_left"), "contact": ("active",),
}
_ALWAYS = ("powered", "frozen")
_STANDS = ("in-reach", "out-of-reach", "alarm", "by-hand", "right", "wrong")


class Premises(Protocol):
    """What devices ask of the store that they stand in."""

    plan: Plan

    def mishap(self, verb: Callable[[World], None]) -> None:
        """Something happens to a device."""

    def truth(self) -> Mapping[str, Mapping[str, object]]:
        """What the hardware of every device does."""

    def amiss(self, expect: Expect) -> tuple[str, ...]:
        """What is not as expected at this instant, a sentence each."""


class SimulatedDevice:
    """One device. Its hardware's words are its attributes, in the units of their names; None where it says nothing.

    Percents are rounded to whole ones, as no hardware hits a number exactly; `does` has all of it as it is.
    """

    powered: bool
    frozen: bool
    on: bool
    brightness_pct: float
    kelvin: int | None
    xy: tuple[float, float] | None
    volume_pct: float
    source: str
    crossfade_s: float
    ducked: bool | None
    title: str | None
    artist: str | None
    fragrance: str
    intensity_pct: float
    ml_left: float
    fault: str | None
    active: bool

    def __init__(self, installed: InstalledDevice, premises: Premises) -> None:
        """The twin of an installed device."""
        self.id, self.kind, self.zones, self._premises = installed.id, installed.kind, installed.zones, premises

    def __repr__(self) -> str:
        """As assertions show it."""
        return f"<{self.id}: " + ", ".join(f"{key} {value}" for key, value in self.does.items()) + ">"

    def __getattr__(self, word: str) -> Any:
        """What the hardware says of `word`."""
        __tracebackhide__ = True
        if word.startswith("_"):
            raise AttributeError(word)
        words = (*WORDS[self.kind], *_ALWAYS)
        if word not in words:
            raise AttributeError(f"{self.id} is a {self.kind} and says nothing of {quoted(word)}; "
                                 f"{nearest(word, words) or f'it knows {listed(words)}.'}")
        value = self.does.get(word)
        return round(value) if word.endswith("_pct") and isinstance(value, float) else value

    @property
    def does(self) -> Mapping[str, object]:
        """All that the hardware does now."""
        return self._premises.truth()[self.id]

    def matches(self, **words: object) -> bool:
        """Whether the hardware does this, within its own steps: `lamp.matches(on=True, brightness_pct=55)`."""
        __tracebackhide__ = True
        one_of("word", words, (*WORDS[self.kind], *_ALWAYS), f"what a {self.kind} says")
        return not differing(words, self.does)

    def stands(self, how: str) -> bool:
        """Whether the store takes it for `in-reach`, `out-of-reach`, `alarm`, `by-hand`, `right` or `wrong`."""
        __tracebackhide__ = True
        known("word", how, _STANDS, "how a device stands")
        return not self._premises.amiss(Expect(device=self.id, stands=how))

    # -- what may happen to it

    def unplug(self) -> None:
        """It loses its power."""
        self._premises.mishap(lambda world: world.unplug(self.id))

    def plug_in(self) -> None:
        """It has power again."""
        self._premises.mishap(lambda world: world.plug_in(self.id))

    def freeze(self) -> None:
        """It hangs with its connection open."""
        self._premises.mishap(lambda world: world.freeze(self.id))

    def thaw(self) -> None:
        """It goes on."""
        self._premises.mishap(lambda world: world.thaw(self.id))

    def reboot(self) -> None:
        """It restarts with factory settings."""
        self._premises.mishap(lambda world: world.reboot(self.id))

    def lie(self) -> None:
        """From now on it says yes and does nothing."""
        self._premises.mishap(lambda world: world.lie(self.id, True))

    def be_honest(self) -> None:
        """It stops lying."""
        self._premises.mishap(lambda world: world.lie(self.id, False))

    def babble(self) -> None:
        """From now on it says nonsense instead of every report."""
        self._premises.mishap(lambda world: world.babble(self.id, True))

    def make_sense(self) -> None:
        """It stops talking nonsense."""
        self._premises.mishap(lambda world: world.babble(self.id, False))

    def touch(self, **change: object) -> None:
        """A hand on the device itself: `lamp.touch(on=False)`, `alarm.touch(active=True)`. Raises Mistake."""
        __tracebackhide__ = True
        self._change(lambda world: world.touch(self.id, change), change)

    def drift(self, over_s: float = 0.0, tells: bool = False, **change: object) -> None:
        """Its hardware departs from what it was told, in `over_s` seconds; reports say so or not. Raises Mistake."""
        __tracebackhide__ = True
        self._change(lambda world: world.drift(self.id, change, over_s, tells), change)

    def slow_down(self, to_s: float, from_s: float = 0.0) -> None:
        """It answers so many seconds late from now on; 0 is at once. Raises Mistake."""
        __tracebackhide__ = True
        if not 0 <= from_s <= to_s <= 600:
            raise Mistake(f"{self.id} can be from 0 to 600 seconds late, from_s at most to_s; not from {from_s:g} to "
                          f"{to_s:g}.")
        self._premises.mishap(lambda world: world.slow_down(self.id, from_s, to_s))

    def fill(self, ml: float) -> None:
        """A cartridge with so many millilitres; 0 is an empty one. Raises Mistake."""
        __tracebackhide__ = True
        if self.kind != "diffuser":
            raise Mistake(f"{self.id} is a {self.kind} and has no cartridge.")
        self.touch(ml_left=ml)

    def _change(self, verb: Callable[[World], None], change: Mapping[str, object]) -> None:
        __tracebackhide__ = True
        one_of("word", change, SETTABLE[self.kind], f"what can be set on a {self.kind}")
        if not change:
            raise Mistake(f"Say what is set on {self.id}: {listed(SETTABLE[self.kind])}.")
        try:
            self._premises.mishap(verb)
        except ValueError as refused:
            raise Mistake(f"{self.id}: {refused}") from None


class SimulatedDevices(Mapping[str, SimulatedDevice]):
    """All devices of the plan by their ids, in its order: `devices["lamp-3"].unplug()`."""

    def __init__(self, premises: Premises) -> None:
        """The twins of those in the plan."""
        plan = premises.plan
        self._all = {each.id: SimulatedDevice(each, premises) for each in plan.devices}
        self._zones, self._store = {zone.id for zone in plan.zones}, plan.store.name

    def __getitem__(self, device: str) -> SimulatedDevice:
        """One of them. Raises Mistake, with the nearest."""
        __tracebackhide__ = True
        return self._all[known("device", device, self._all, self._store)]

    def __contains__(self, device: object) -> bool:
        """Whether the plan has it."""
        return device in self._all

    def __iter__(self) -> Iterator[str]:
        """Their ids."""
        return iter(self._all)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def __repr__(self) -> str:
        """As assertions show it."""
        return f"<devices: {listed(self._all)}>"

    def of(self, zone: str | None = None, kind: str | None = None) -> list[SimulatedDevice]:
        """Those that serve `zone`, those of `kind` (light, player, diffuser, contact), or those that are both."""
        __tracebackhide__ = True
        if zone is not None:
            known("zone", zone, self._zones, self._store)
        if kind is not None:
            known("kind", kind, tuple(WORDS), "devices")
        return [device for device in self._all.values()
                if (zone is None or zone in device.zones) and (kind is None or kind == device.kind)]
