"""A store's worth of simulated devices: one heap of due times, one thread, nothing polls.

Why one object for all: a thousand idle devices cost one timer, a tester names any of them by its id, and the truth of
all of them can be compared with what the controller believes.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from devices.messages import Message
from devices.simulator.hosts import FirmwareHost, Line
from devices.simulator.mischief import Subject
from devices.simulator.wire import Json

#: A full window empties within milliseconds: what it would not take is offered again after this.
_RETRY_S = 0.05
_BACKLOG = 2_000


class Unit:
    """A subject on its line: one client of the broker."""

    def __init__(self, subject: Subject, fleet: Fleet) -> None:
        self.subject = subject
        self.id = subject.id
        self.subscriptions = subject.firmware.subscriptions
        self.will = subject.firmware.will
        self.scheduled: float | None = None
        self.line: Line | None = None
        self.is_powered = True
        self._fleet = fleet
        self._now = fleet.host.now
        self._backlog: deque[Message] = deque(maxlen=_BACKLOG)
        self._retry_at: float | None = None

    def on_connect(self) -> None:
        """The broker has accepted it: it says who and how it is, which makes older words needless."""
        self._backlog.clear()
        self.speak(self.subject.greet(self._now()))

    def on_message(self, message: Message) -> None:
        """The hot path of a store-wide press."""
        self.speak(self.subject.receive(self._now(), message))

    def speak(self, messages: Iterable[Message]) -> None:
        """Put messages on the line, in order, and see when it next has to be woken."""
        line = self.line
        for message in messages:
            # What cannot be said for want of a connection is not kept: the greeting will say how things are by then.
            if line is not None and (self._backlog or not line.publish(message)) and line.connected:
                self._backlog.append(message)
                self._retry_at = self._retry_at or self._now() + _RETRY_S
        due = self.due()
        if due != self.scheduled:
            self._fleet.schedule(self, due)

    def due(self) -> float | None:
        """The subject's next instant, or that of another try at the line."""
        due = self.subject.due()
        if self._retry_at is None:
            return due
        return self._retry_at if due is None else min(due, self._retry_at)

    def tick(self, now: float) -> None:
        """Let happen what is due."""
        if self._retry_at is not None and now >= self._retry_at:
            self._offer_again(now)
        self.speak(self.subject.tick(now))

    def _offer_again(self, now: float) -> None:
        """What the window had no room for."""
        line = self.line
        if line is None or not line.connected:
            self._backlog.clear()
        while line is not None and self._backlog and line.publish(self._backlog[0]):
            self._backlog.popleft()
        self._retry_at = now + _RETRY_S if self._backlog else None


class Fleet:
    """Runs units on a host. Verbs may be called from any thread; each takes the id of a device or of a bridge."""

    def __init__(self, subjects: Iterable[Subject], host: FirmwareHost) -> None:
        self.host = host
        self._units = [Unit(subject, self) for subject in subjects]
        self._by_device = {device: unit for unit in self._units for device in unit.subject.firmware.devices}
        self._heap: list[tuple[float, int, Unit]] = []
        self._count = itertools.count()
        self._woken_at: float | None = None
        self._broker_away = False

    @property
    def devices(self) -> tuple[str, ...]:
        """Every device, in the order of the specs; bridges too."""
        return tuple(self._by_device)

    # -- running

    def start(self) -> None:
        """Power everything up and connect it."""

        def begin() -> None:
            now = self.host.now()
            for unit in self._units:
                unit.subject.power_up(now, unit.id)
                unit.line = self.host.join(unit)
                unit.line.power_up()
                self.schedule(unit, unit.due())

        self.host.start()
        self.host.ask(begin)

    def stop(self) -> None:
        """Everyone leaves, and the host ends."""
        self.host.stop()

    def due(self) -> float | None:
        """The next instant at which any device does something by itself; None if none ever will."""
        while self._heap and self._heap[0][2].scheduled != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def tick(self, now: float) -> None:
        """Let happen what is due by `now`, in order."""
        while (due := self.due()) is not None and due <= now:
            unit = heapq.heappop(self._heap)[2]
            unit.scheduled = None
            unit.tick(now)

    def schedule(self, unit: Unit, due: float | None) -> None:
        """Note when `unit` is next due (the host wakes the fleet for the earliest)."""
        unit.scheduled = due
        if due is None:
            return
        heapq.heappush(self._heap, (due, next(self._count), unit))
        if self._woken_at is None or due < self._woken_at:
            self._woken_at = due
            self.host.wake_at(due, self._wake)

    def _wake(self) -> None:
        now = self.host.now()
        if self._woken_at is None or now < self._woken_at:
            return
        self._woken_at = None
        self.tick(now)
        due = self.due()
        if due is not None and (self._woken_at is None or due < self._woken_at):
            self._woken_at = due
            self.host.wake_at(due, self._wake)

    # -- what a tester does

    def lose_power(self, device: str) -> None:
        """Unplug it: its light is out, its will is published; a lamp behind a bridge is silently out of reach."""

        def do(unit: Unit, now: float) -> list[Message]:
            spoken = unit.subject.lose_power(now, device)
            if device == unit.id and unit.line is not None:
                unit.is_powered = False
                unit.line.lose_power()
            return spoken

        self._do(device, do)

    def power_up(self, device: str) -> None:
        """Plug it in again."""

        def do(unit: Unit, now: float) -> list[Message]:
            spoken = unit.subject.power_up(now, device)
            if device == unit.id and unit.line is not None:
                unit.is_powered = True
                if not self._broker_away:
                    unit.line.power_up()
            return spoken

        self._do(device, do)

    def freeze(self, device: str) -> None:
        """It hangs with its socket open. Of a lamp behind a bridge: the lamp is out of reach."""
        self._do(device, lambda unit, now: unit.subject.freeze(now, device))

    def thaw(self, device: str) -> None:
        """It goes on."""
        self._do(device, lambda unit, now: unit.subject.thaw(now, device))

    def greet(self, device: str) -> None:
        """It says who and how it is, unasked: what a heartbeat would have said where there are none."""
        self._do(device, lambda unit, now: unit.subject.greet(now))

    def slow_down(self, device: str, low_s: float, high_s: float) -> None:
        """Answer between `low_s` and `high_s` seconds late; 0 and 0 is at once. A lamp slows its whole bridge."""
        self._do(device, lambda unit, _: unit.subject.slow_down((low_s, high_s)))

    def someone_switches(self, device: str, **change: object) -> None:
        """A hand on the device: `on=False`, `brightness_pct=30`, `volume_pct=80`. Raises Refused."""
        self._do(device, lambda unit, now: unit.subject.touch(now, device, change))

    def set_contact(self, device: str, active: bool) -> None:
        """The fire alarm's contact closes or opens."""
        self.someone_switches(device, active=active)

    def fill_cartridge(self, device: str, ml: float) -> None:
        """A cartridge with so much in it; 0 empties it."""
        self.someone_switches(device, ml_left=ml)

    def reboot_to_defaults(self, device: str) -> None:
        """It restarts with factory settings."""
        self._do(device, lambda unit, now: unit.subject.reboot_to_defaults(now, device))

    def lie(self, device: str, lying: bool = True) -> None:
        """It acknowledges everything and does nothing, or is honest again."""
        self._do(device, lambda unit, _: unit.subject.lie(device, lying))

    def drift(
        self, device: str, change: Mapping[str, object], over_s: float = 0.0, tells: bool = False
    ) -> None:
        """Its hardware goes where nobody sent it, in `over_s` seconds; with `tells` it reports that. Raises Refused."""
        self._do(device, lambda unit, now: unit.subject.drift(now, device, change, over_s, tells))

    def settle(self, device: str) -> None:
        """Hardware that had drifted is at once again where it says it is."""
        self._do(device, lambda unit, now: unit.subject.settle(now, device))

    def babble(self, device: str, babbling: bool = True) -> None:
        """It says nonsense instead of every report, or makes sense again and says so."""
        self._do(device, lambda unit, now: unit.subject.babble(now, device, babbling))

    def lose_broker(self) -> None:
        """An outage for these devices alone: every line is cut, and none is taken up again."""

        def do() -> None:
            self._broker_away = True
            for unit in self._units:
                if unit.line is not None:
                    unit.line.lose_power()

        self.host.ask(do)

    def find_broker(self) -> None:
        """The outage is over: every device that has power connects again."""

        def do() -> None:
            self._broker_away = False
            for unit in self._units:
                if unit.line is not None and unit.is_powered:
                    unit.line.power_up()

        self.host.ask(do)

    # -- what is true

    def mischief(self) -> dict[str, tuple[str, ...]]:
        """What lasts of what a tester has done, by id: unplugged, frozen, drifting, lying, nonsense."""
        return self.host.ask(lambda: {device: unit.subject.mischief(device)
                                      for device, unit in self._by_device.items()})

    def connected(self) -> dict[str, bool]:
        """Whether each client has a connection, by id: native devices, and bridges for theirs."""
        return {unit.id: unit.line is not None and unit.line.connected for unit in self._units}

    def latency_s(self, device: str) -> tuple[float, float]:
        """The lowest and highest seconds of its answers. KeyError for a device that is not in the fleet."""
        return self._unit(device).subject.latency_s

    def truth(self) -> dict[str, Json]:
        """What every device's hardware really does now, by id, in the words of `contract.md`."""

        def look() -> dict[str, Json]:
            now = self.host.now()
            return {device: unit.subject.truth(now, device) for device, unit in self._by_device.items()}

        return self.host.ask(look)

    def _do(self, device: str, verb: Callable[[Unit, float], list[Message]]) -> None:
        """Run a verb on the host's thread. KeyError, with a sentence, for a device that is not in the fleet."""
        unit = self._unit(device)

        def act() -> None:
            unit.speak(verb(unit, self.host.now()))

        self.host.ask(act)

    def _unit(self, device: str) -> Unit:
        unit = self._by_device.get(device)
        if unit is None:
            raise KeyError(f"There is no device {device!r} in this fleet")
        return unit
