"""A whole shop in virtual time: the real engine over a broker in memory, with simulated devices, driven by hand.

One thread and one clock. `run` jumps from due instant to due instant, so nothing polls and the same seed gives the
same day. What people and misfortune do are verbs; `truth` is what the hardware really does.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from controller.ports import Entry, JournalEntry
from controller.store.beat import Beat
from controller.store.engine import Engine
from controller.store.intake import Happening, LiveChanged, PlanChanged
from controller.store.trust import Trust
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.simulator.build import build_fleet
from devices.simulator.loopback_host import LoopbackHost
from devices.simulator.specs import DeviceSpec, Manner
from devices.transport import Received, Sink, TransportEvent
from profiles.plan import Override, Plan, Stop
from profiles.resolve import resolve
from profiles.scene import Field, Lights, Music, Scene, Scent, Sense
from tests.controller.memory_fake import FakeMemory, SteeredClock

logging.getLogger("sinne").setLevel(logging.ERROR)

#: A Monday, 10:00 in Stockholm: the shop has been open for an hour.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
BUILT = datetime(2026, 1, 1, tzinfo=UTC)

CALM = {"light": {"on": True, "brightness_pct": 60, "kelvin": 3500},
        "music": {"on": True, "volume_pct": 30, "source": "calm"}, "scent": "off"}

BRIGHT = Scene(light=Lights(on=True, brightness_pct=90, kelvin=4500))
DIM = Scene(light=Lights(on=True, brightness_pct=30, kelvin=2700))
DARK = Scene(light=Lights(on=False))
LOUD = Scene(music=Music(on=True, volume_pct=60, source="lively"))
LINEN = Scene(scent=Scent(on=True, fragrance="linen", intensity_pct=30))
FIG = Scene(scent=Scent(on=True, fragrance="fig", intensity_pct=30))

DEVICES: tuple[dict[str, object], ...] = (
    {"id": "lamp-1", "kind": "light", "zones": ["sales"]},
    {"id": "lamp-2", "kind": "light", "zones": ["sales", "cafe"]},
    {"id": "lamp-3", "kind": "light", "zones": ["cafe"], "at_switch": "yield"},
    {"id": "bulb-1", "kind": "light", "zones": ["sales"], "dialect": "zigbee2mqtt", "address": "zigbee2mqtt/Bulb 1"},
    {"id": "bulb-2", "kind": "light", "zones": ["cafe"], "dialect": "zigbee2mqtt", "address": "zigbee2mqtt/Bulb 2",
     "at_switch": "yield"},
    {"id": "player-1", "kind": "player", "zones": ["sales", "cafe"]},
    {"id": "diffuser-1", "kind": "diffuser", "zones": ["sales"], "fragrances": ["linen", "fig"]},
    {"id": "fire-1", "kind": "contact", "zones": ["sales"]},
)


def plan_of(devices: object = DEVICES, **more: object) -> Plan:
    """Two zones, open from nine to seven, evenings dimmer from 17:00 local."""
    return Plan.model_validate({
        "store": {"id": "shop", "name": "Shop", "timezone": "Europe/Stockholm", "country": "SE",
                  "hours": "Mo-Su 09:00-19:00", "scent_consent": True},
        "zones": [{"id": "sales", "name": "Sales", "kind": "sales-floor", "default": CALM},
                  {"id": "cafe", "name": "Cafe", "kind": "cafe", "default": CALM}],
        "profiles": [
            {"id": "evening", "name": "Evening", "scene": {"light": {"brightness_pct": 40, "kelvin": 2700}}},
            {"id": "linen", "name": "Linen", "scene": {"scent": {"on": True, "fragrance": "linen",
                                                                 "intensity_pct": 20}}}],
        "dayparts": [{"id": "evenings", "name": "Evenings", "when": "Mo-Su 17:00-19:00", "profile": "evening"}],
        "devices": devices, **more})


def many_lamps(number: int, zones: int = 5) -> Plan:
    """Native lamps only, the same number in each zone, for counting and measuring."""
    return plan_of([{"id": f"lamp-{n}", "kind": "light", "zones": [f"zone-{n % zones}"]} for n in range(number)],
                   zones=[{"id": f"zone-{n}", "name": f"Zone {n}", "kind": "sales-floor", "default": CALM}
                          for n in range(zones)])


class BellRope:
    """The `Timetable` port, rung by the shop when its instant has come; `silent`: it never rings."""

    def __init__(self) -> None:
        self.instant: datetime | None = None
        self.rebuilt = 0
        self.silent = False
        self.ring: Callable[[], None] = lambda: None

    def start(self, wake: Callable[[], None]) -> None:
        self.ring = wake

    def wake_at(self, instant: datetime | None) -> None:
        self.instant = instant

    def rebuild(self) -> None:
        self.rebuilt += 1

    def stop(self) -> None:
        self.instant = None


class UnfairLine:
    """A transport between the engine and its broker that loses, repeats and reorders what arrives, or takes nothing."""

    def __init__(self, inner, rng: random.Random) -> None:
        self._inner, self._rng = inner, rng
        self._sink: Sink = lambda event: None
        self._kept: list[TransportEvent] = []
        self.repeats = self.swaps = self.losses = 0.0
        #: How many publishes the window still takes; None: all.
        self.room: int | None = None
        self.published: list[Message] = []
        self.drops = 0

    def start(self, sink: Sink) -> None:
        self._sink = sink
        self._inner.start(self._hear)

    def stop(self) -> None:
        self._inner.stop()

    def drop(self) -> None:
        self.drops += 1
        self._inner.drop()

    def subscribe(self, filters) -> None:
        self._inner.subscribe(filters)

    def unsubscribe(self, filters) -> None:
        self._inner.unsubscribe(filters)

    def publish(self, message: Message) -> bool:
        if self.room is not None:
            if self.room <= 0:
                return False
            self.room -= 1
        if self._inner.publish(message):
            self.published.append(message)
            return True
        return False

    @property
    def connected(self) -> bool:
        return self._inner.connected

    def _hear(self, event: TransportEvent) -> None:
        if not isinstance(event, Received):
            self._sink(event)
            return
        if self._rng.random() < self.losses:
            return
        if self._rng.random() < self.swaps:
            self._kept.append(event)
            return
        self._sink(event)
        if self._rng.random() < self.repeats:
            self._sink(event)
        late, self._kept = self._kept, []
        for each in late:
            self._sink(each)


class VirtualShop:
    """A store of simulated devices and its controller, on one clock."""

    def __init__(self, plan: Plan | None = None, *, seed: int = 1, at: datetime = MORNING, beats: bool = True,
                 heartbeat_s: float = 60.0, synchronised: bool = False, started: bool = True,
                 latency_s: tuple[float, float] = (0.0, 0.0)) -> None:
        self.plan = plan_of() if plan is None else plan
        self.rng = random.Random(seed)
        self.clock = SteeredClock(at)
        self.broker = LoopbackBroker(pumped=True)
        self.synchronised = synchronised
        self.heartbeat_s = heartbeat_s
        self.memory = FakeMemory()
        self.memory.publish(self.plan, "Elin", "", at, Entry("plan.published"))
        host = LoopbackHost(self.broker, self.clock.monotonic,
                            wall_zero_s=at.timestamp() - self.clock.monotonic())
        manner = Manner(heartbeats=beats, tracks=False, latency_s=latency_s)
        self.fleet = build_fleet("shop", [self._spec(d) for d in self.plan.devices], seed, host, manner)
        self._numbers = count(1)
        self._engine_due: float | None = None
        self.turns = 0
        self.line: UnfairLine
        self.engine: Engine
        self.bell: BellRope
        self.beat: Beat
        self.probe = self.broker.transport("probe")
        self.probe.start(lambda event: None)
        if started:
            self.fleet.start()
            self.settle()
            self.start_controller()

    def _spec(self, device) -> DeviceSpec:
        return DeviceSpec(id=device.id, kind=device.kind, dialect=device.dialect, address=device.address or "",
                          zones=device.zones, sources=("calm", "lively"), fragrances=device.fragrances,
                          heartbeat_s=self.heartbeat_s)

    # -- the controller

    def start_controller(self) -> None:
        """A new process on the same memory."""
        newest = self.memory.newest_entry()
        floor = BUILT if newest is None else max(BUILT, newest.at)
        self.bell = BellRope()
        self.line = UnfairLine(self.broker.transport("controller"), self.rng)
        self.engine = Engine("shop", memory=self.memory, transport=self.line, clock=self.clock, timetable=self.bell,
                             trust=Trust(floor, lambda: self.synchronised))
        self.beat = Beat(self.clock, self.engine.intake, lambda: self.engine.boundary)
        self.engine.load()
        self.bell.start(self.engine.wake)
        self.line.start(self.engine.intake.put_event)
        self._turn([])
        self.settle()

    def kill_controller(self) -> None:
        """The process is gone between two instructions: nothing is said, nothing is saved."""
        self.line.stop()
        self._engine_due = None

    def restart_controller(self) -> None:
        """Killed, and started again at once."""
        self.kill_controller()
        self.start_controller()

    @property
    def controller_runs(self) -> bool:
        return self.line.connected or not self.broker.up

    # -- time

    def settle(self) -> None:
        """Deliver what is under way and deal with it until nothing is left at this instant."""
        for _ in range(10_000):
            self.broker.pump()
            happenings = self.engine.intake.take(0) if hasattr(self, "engine") else []
            if not happenings:
                return
            self._turn(happenings)
        raise AssertionError("the shop never comes to rest at this instant")

    def _turn(self, happenings: list[Happening]) -> None:
        self.turns += 1
        self._engine_due = self.engine.turn(happenings)

    def run(self, seconds: float) -> None:
        """Let time pass, from one due instant to the next."""
        end = self.clock.monotonic() + seconds
        self.settle()
        while True:
            due = min(self._dues(), default=math.inf)
            now = self.clock.monotonic()
            if due > end:
                self._pass(end - now)
                return
            self._pass(due - now)
            self._let_happen()

    def _dues(self) -> list[float]:
        now = self.clock.monotonic()
        dues = [due for due in (self.fleet.due(), self._engine_due) if due is not None]
        if self.bell.instant is not None and not self.bell.silent:
            dues.append(now + (self.bell.instant - self.clock.now()).total_seconds())
        return dues

    def _pass(self, seconds: float) -> None:
        if seconds > 0:
            self.clock.pass_by(timedelta(microseconds=math.ceil(seconds * 1e6)))

    def _let_happen(self) -> None:
        now = self.clock.monotonic()
        self.fleet.tick(now)
        self.broker.pump()
        if self.bell.instant is not None and self.bell.instant <= self.clock.now() and not self.bell.silent:
            self.bell.instant = None  # a date job fires once
            self.bell.ring()
        if self._engine_due is not None and self._engine_due <= now:
            self._turn(self.engine.intake.take(0))
        self.settle()

    def until(self, condition: Callable[[], bool], within_s: float) -> float:
        """Run until `condition` holds; returns after how many seconds. Fails when it takes longer."""
        began = self.clock.monotonic()
        self.settle()
        while not condition():
            now = self.clock.monotonic()
            due = min(self._dues(), default=math.inf)
            if due - began > within_s:
                raise AssertionError(f"not within {within_s} s: {self.wrong() or self.unmet()}")
            self._pass(due - now)
            self._let_happen()
        return self.clock.monotonic() - began

    def until_converged(self, within_s: float) -> float:
        """Run until the engine says that every device agrees and the hardware really does what it should."""
        return self.until(lambda: not self.unmet() and not self.wrong(), within_s)

    def step_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock; the beat notices within a second."""
        self.clock.step(by)
        self.run(0.5)
        self.beat.look()
        self.settle()

    def suspend(self, hours: float, forgetful: bool = False) -> None:
        """The machine sleeps, the broker on it too: both clocks jump, every line is dead, and the lid opens."""
        self.clock.pass_by(timedelta(hours=hours))
        self.fleet.tick(self.clock.monotonic())
        self.broker.go_down()
        if forgetful:
            self.broker.forget_retained()
        self.broker.come_back()
        self.beat.look()
        self.settle()

    # -- what people do

    def tell(self, happening: Happening) -> None:
        self.engine.intake.put(happening)
        self.settle()

    def press(self, zone: str | None, scene: Scene, minutes: float = 30, name: str = "Press") -> str:
        """Press in one zone (None: in all), for so long. Returns the press."""
        now, press = self.clock.now(), f"press-{next(self._numbers)}"
        zones = [z.id for z in self.plan.zones] if zone is None else [zone]
        self.memory.add_overrides(tuple(
            Override(id=f"{press}-{z}", press=press, zone=z, name=name, scene=scene, start=now,
                     end=now + timedelta(minutes=minutes), by="Elin") for z in zones), now, Entry("override.pressed"))
        self.tell(LiveChanged())
        return press

    def undo(self, press: str) -> None:
        """Take a press back."""
        now = self.clock.now()
        ids = tuple(o.id for o in self.memory.live(now - timedelta(days=30)).overrides if o.press == press)
        self.memory.end_overrides(ids, now, Entry("override.undone"))
        self.tell(LiveChanged())

    def stop(self, zones: tuple[str, ...] | None = None, senses: tuple[Sense, ...] = tuple(Sense)) -> str:
        """The big red button."""
        now, name = self.clock.now(), f"stop-{next(self._numbers)}"
        self.memory.add_stop(Stop(id=name, zones=zones, senses=senses, by="Elin", reason="Somebody fell", since=now),
                             now, Entry("stop.raised"))
        self.tell(LiveChanged())
        return name

    def resume(self) -> None:
        """A person ends every stop."""
        now = self.clock.now()
        self.memory.end_stops(tuple(s.id for s in self.stops()), "Elin", now, Entry("stop.ended"))
        self.tell(LiveChanged())

    def stops(self) -> list[Stop]:
        return [s for s in self.memory.live(self.clock.now() - timedelta(days=30)).stops if s.ended is None]

    def publish_plan(self, plan: Plan) -> None:
        self.plan = plan
        self.memory.publish(plan, "Elin", "", self.clock.now(), Entry("plan.published"))
        self.tell(PlanChanged())

    # -- what happens to things

    def lose_power(self, device: str) -> None:
        self.fleet.lose_power(device)
        self.settle()

    def power_up(self, device: str) -> None:
        self.fleet.power_up(device)
        self.settle()

    def freeze(self, device: str) -> None:
        self.fleet.freeze(device)
        self.settle()

    def thaw(self, device: str) -> None:
        self.fleet.thaw(device)
        self.settle()

    def switch(self, device: str, **change: object) -> None:
        """Somebody at the device itself."""
        self.fleet.someone_switches(device, **change)
        self.settle()

    def reboot(self, device: str) -> None:
        self.fleet.reboot_to_defaults(device)
        self.settle()

    def lie(self, device: str, lying: bool = True) -> None:
        self.fleet.lie(device, lying)
        self.settle()

    def broker_goes_down(self) -> None:
        self.broker.go_down()
        self.settle()

    def broker_comes_back(self) -> None:
        self.broker.come_back()
        self.settle()

    def forget_retained(self) -> None:
        self.broker.forget_retained()

    def say(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Somebody publishes something on the shop's broker."""
        self.probe.publish(Message(topic, payload, 1, retain))
        self.settle()

    # -- what can be seen

    def truth(self, device: str) -> Mapping[str, object]:
        """What the hardware does now."""
        return self.fleet.truth()[device]

    def device(self, name: str):
        """The engine's view of a device."""
        return self.engine.sight().devices[name]

    def journal(self, kind: str = "") -> list[JournalEntry]:
        entries = self.memory.journal(0, 1_000_000)
        return [e for e in entries if not kind or e.kind == kind]

    def orders(self, device: str | None = None) -> list[Message]:
        """Orders that the controller has published since its start."""
        native = f"/dev/{device}/desired" if device else "/desired"
        address = next((d.address for d in self.plan.devices if d.id == device and d.address), None)
        foreign = f"{address}/set" if address else "\0" if device else "/set"
        return [m for m in self.line.published if m.topic.endswith((native, foreign))]

    def unmet(self) -> list[str]:
        """Devices in reach of which the engine does not say that they agree."""
        sight = self.engine.sight()
        return [name for name, d in sight.devices.items()
                if d.wanted is not None and d.online is not False and not d.converged]

    def expected(self, device) -> dict[str, object]:
        """What a device should be by plan and live alone; worked out apart from the engine."""
        now, live = self.clock.now(), self.memory.live(self.clock.now() - timedelta(days=30))
        zones = [resolve(self.plan, live, zone, now) for zone in device.zones]
        values = {f: r.value for f, r in zones[0].fields.items()}
        for other in zones[1:]:
            values |= {f: r.value for f, r in other.fields.items() if r.because.layer.name == "Stop"}
        holds = self.engine.sight().zones[device.zones[0]].holds
        if device.kind == "light":
            found = {"on": values[Field.AMBIENT_ON], "brightness_pct": values[Field.AMBIENT_BRIGHTNESS],
                     "kelvin": values[Field.AMBIENT_COLOUR].kelvin}
        elif device.kind == "player":
            found = {"on": values[Field.MUSIC_ON], "volume_pct": values[Field.MUSIC_VOLUME],
                     "source": values[Field.MUSIC_SOURCE]}
        elif device.kind == "diffuser":
            found = {"on": values[Field.SCENT_ON] and not holds}
            mix = values.get(Field.SCENT_DIFFUSION)
            if mix is not None:
                found |= {"fragrance": mix.fragrance, "intensity_pct": mix.intensity_pct}
        else:
            return {}
        if any(r.because.layer.name == "Stop" for z in zones for r in z.fields.values()):
            found.pop("kelvin", None)  # in its safe state a lamp keeps the white that it has
        return {"on": False} if found["on"] is False else found

    def wrong(self, but: tuple[str, ...] = ()) -> dict[str, object]:
        """Devices with power whose hardware is not what plan and live say, with both."""
        truth, found = self.fleet.truth(), {}
        sight = self.engine.sight()
        for device in self.plan.devices:
            real = truth[device.id]
            seen = sight.devices.get(device.id)
            if device.id in but or not real["powered"] or (seen is not None and seen.yielding_until is not None):
                continue
            expected = self.expected(device)
            if any(not _same(value, real.get(key)) for key, value in expected.items()):
                found[device.id] = (expected, dict(real))
        return found


def _same(wanted: object, real: object) -> bool:
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)):
        return wanted == real
    if not isinstance(real, (int, float)):
        return False
    if wanted > 1000:  # kelvin: one mired
        return abs(1e6 / wanted - 1e6 / real) <= 1.6
    return abs(wanted - real) <= 0.6
