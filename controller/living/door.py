"""The door to a living store, for the simulator's page and API: look at the devices, and misbehave.

A protocol and its values, so that the web floor never reaches the simulated devices, and is tested with a fake.
Sentences in here are finished: one language, no markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Belief:
    """What the controller believes of a device.

    `ordered`: what it wants the device to be, `reported`: what it took in; None where that cannot be had.
    `standing` and `sentence`: in its own words, None likewise.
    """

    ordered: dict[str, object] | None = None
    reported: dict[str, object] | None = None
    standing: str | None = None
    sentence: str | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceLive:
    """A simulated device. `does`: what its hardware really does; `belief`: what the controller makes of it, if known.

    `kind`: light, player, diffuser, contact, or bridge. `behind`: the bridge that speaks for it. `apart`: fields in
    which hardware and belief differ; `off_order`: in which hardware and order do. `moving`: the hardware changed just
    now, so that a difference may only be on its way. `misbehaves`: unplugged, frozen, slow, drifting, lying, nonsense,
    empty, active. `can`: the verbs that it takes. `latency_s`: least and most seconds of its answers.
    """

    id: str
    name: str
    kind: str
    dialect: str
    address: str
    zones: tuple[str, ...]
    behind: str | None
    does: dict[str, object]
    belief: Belief | None
    apart: tuple[str, ...]
    off_order: tuple[str, ...]
    moving: bool
    misbehaves: tuple[str, ...]
    can: tuple[str, ...]
    latency_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class BrokerLive:
    """The broker. `real`: an outage takes the broker itself down, not the connections of the simulated devices alone.

    `until`: when an outage ends by itself.
    """

    address: str
    up: bool
    real: bool
    sentence: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Did:
    """Something that was done to the devices or to the broker. `by`: the page, a command, the API, or time."""

    number: int
    at: datetime
    sentence: str
    by: str


@dataclass(frozen=True, slots=True)
class ZoneLive:
    """A zone of the plan."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LivingShown:
    """Everything. `source`: where the belief comes from, in a sentence. `done`: the newest first."""

    store: str
    name: str
    timezone: str
    now: datetime
    revision: int
    sentence: str
    source: str
    broker: BrokerLive
    zones: tuple[ZoneLive, ...]
    devices: tuple[DeviceLive, ...]
    done: tuple[Did, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """With what a verb is done. `to`: settings of a switch or a drift; `over_s`, `tells`: of a drift; `from_s`, `to_s`:
    least and most seconds of a slow device; `ml`: in a cartridge.
    """

    to: Mapping[str, object] = field(default_factory=dict)
    over_s: float = 0.0
    tells: bool = False
    from_s: float | None = None
    to_s: float | None = None
    ml: float | None = None


class Living(Protocol):
    """The living store. Verbs raise `controller.errors` with one sentence, and then nothing was done."""

    def shown(self) -> LivingShown:
        """How everything is now."""

    def do(self, device: str, verb: str, wish: Wish, by: str) -> Did:
        """Misbehave, or mend. Raises NotFound for a device that is not there, Refused for what it cannot do."""

    def mend(self, by: str) -> Did:
        """Take back every misbehaviour of every device, and bring the broker back."""

    def broker_down(self, seconds: float | None, by: str) -> Did:
        """An outage: for so many seconds, or until it is mended."""

    def broker_up(self, by: str) -> Did:
        """The end of an outage. Raises Refused where there is none."""

    def changes(self, after: int, timeout_s: float) -> int:
        """Wait until something shown has changed since revision `after`; the newest revision (maybe the same)."""
