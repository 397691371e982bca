"""One run: a plan on a copy of a store, the real controller and simulated devices, in virtual time, with meters on.

A cartridge that runs out is noted, and a full one put in: what is counted is what the plan needs, and a store in which
nobody ever does so would be asking its diffuser once a minute for the rest of the days.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.dryrun.copying import StoreCopy, memory_of
from controller.dryrun.metering import Meter, ml_per_h
from controller.errors import Refused
from controller.store.holds import Hold
from controller.store.sight import EngineSight
from controller.virtual.specs import specs_of
from controller.virtual.store import VirtualStore
from devices.simulator.specs import DeviceSpec, Manner
from profiles.plan import Plan

#: A fade is a straight line, so nothing is learnt from reports on the way, and a week takes a second instead of eight.
_MANNER = Manner(heartbeats=False, tracks=False, progress_s=1e9)
#: Devices begin with factory settings; by then they are right, and metering begins.
_SETTLE = timedelta(seconds=30)
#: What a new cartridge holds, and what is taken for one of which nothing is known.
FULL_ML = 120.0
#: Told so often how far it is, as a share.
_STEP = 0.02

Tell = Callable[[float], None]


@dataclass(slots=True)
class Held:
    """A hold, and the seconds for which it was seen. `first`: when it began."""

    hold: Hold
    first: datetime
    times: int = 0
    seconds: float = 0.0
    until: datetime | None = None


@dataclass(slots=True)
class Run:
    """What a run came to: the meters, what was left in cartridges (0: it ran out), what was held back, what never was
    right.
    """

    meter: Meter
    left_ml: dict[str, float] = field(default_factory=dict)
    holds: dict[tuple[str, str], Held] = field(default_factory=dict)
    never_right: dict[str, str] = field(default_factory=dict)


def span_of(at: datetime, days: int) -> tuple[datetime, datetime]:
    """What is metered: from the first whole minute by which the devices have settled, so many times 24 hours."""
    begin = (at + _SETTLE).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return begin, begin + timedelta(days=days)


def run(copy: StoreCopy, plan: Plan, span: tuple[datetime, datetime], seed: int, tell: Tell) -> Run:
    """Run `plan` from the instant of the copy to the end of `span`. Raises Refused. `tell`: shares from 0 to 1."""
    try:
        return _Running(copy, plan, span, seed, tell).go()
    except ValueError as wrong:  # of the simulator, which does not know a device
        raise Refused(str(wrong)) from wrong


class _Running:
    """A store under meters."""

    def __init__(
        self, copy: StoreCopy, tried: Plan, span: tuple[datetime, datetime], seed: int, tell: Tell
    ) -> None:
        copy, plan = replace(copy, plan=plainly_spoken(copy.plan)), plainly_spoken(tried)
        self._span, self._tell, self._told = span, tell, 0.0
        self._result = Run(Meter(plan.devices, plan.fragrances))
        self._right: set[str] = set()
        self._sight: EngineSight | None = None
        self._metering = False
        memory = memory_of(copy, f"{random.Random(f'journal {seed}').getrandbits(128):032x}")
        self._store = VirtualStore(plan, seed, copy.at, manner=_MANNER, memory=memory, pace=self._before,
                                   passed=self._after, specs=rated_specs(plan, copy))

    def go(self) -> Run:
        """Settle, then meter to the end."""
        store, (begin, end) = self._store, self._span
        try:
            store.run_until(begin)
            self._metering = True
            for _ in store.instants((end - begin).total_seconds()):
                for diffuser in sorted(self._result.meter.dry):
                    store.mishap(lambda world, empty=diffuser: world.fill(empty, FULL_ML))  # type: ignore[misc]
            self._look(end, 0.0)
            truth = store.world.truth()
            sight = store.engine.sight()
        finally:
            store.close()
        result = self._result
        result.left_ml = {device: 0.0 if device in result.meter.empty else float(str(words["ml_left"]))
                          for device, words in truth.items() if "ml_left" in words}
        result.never_right = {device: seen.trouble for device, seen in sight.devices.items()
                              if seen.wanted is not None and device not in self._right}
        return result

    def _before(self, seconds: float) -> None:
        """Everything has happened that happens at this instant; so many seconds pass now."""
        if not self._metering:
            return
        at = self._store.clock.now()
        self._result.meter.begin(self._store.world.truth(), at)
        self._look(at, seconds)

    def _after(self, seconds: float) -> None:
        if not self._metering:
            return
        at = self._store.clock.now()
        self._result.meter.end(self._store.world.truth(), seconds, at)
        begin, end = self._span
        share = (at - begin) / (end - begin)
        if share >= self._told + _STEP:
            self._told = share
            self._tell(min(share, 1.0))

    def _look(self, at: datetime, seconds: float) -> None:
        engine = self._store.engine
        if self._sight is None or self._sight.revision != engine.revision:
            self._sight = engine.sight()
            self._right |= {device for device, seen in self._sight.devices.items() if seen.converged}
        for zone in self._sight.zones.values():
            for hold in zone.holds:
                self._hold(hold, at, seconds)

    def _hold(self, hold: Hold, at: datetime, seconds: float) -> None:
        held = self._result.holds.setdefault((hold.zone, hold.sentence), Held(hold, at))
        held.times += held.until is None or at - held.until > timedelta(seconds=1)
        held.seconds += seconds
        held.until = at + timedelta(seconds=seconds)


def plainly_spoken(plan: Plan) -> Plan:
    """The plan with every device on the native dialect: the same scenes, whatever is spoken on the wire.

    What a device does is the same, and a dialect that the simulator does not speak is no hindrance; but devices that
    speak only when asked are asked every minute, which makes a week of them as long as half a year of others.
    """
    devices = tuple(d.model_copy(update={"dialect": "native", "address": None}) for d in plan.devices)
    return plan.changed(devices=devices)


def rated_specs(plan: Plan, copy: StoreCopy) -> list[DeviceSpec]:
    """The devices of `plan` in the simulator's words, with what the plan says they use and what is left in them."""
    devices = {device.id: device for device in plan.devices}
    found = []
    for spec in specs_of(plan):
        device = devices[spec.id]
        rates = tuple((each.id, ml_per_h(device, each)) for each in plan.fragrances) if spec.kind == "diffuser" else ()
        found.append(replace(spec, rates=rates, cartridge_ml=copy.ml.get(spec.id, FULL_ML)))
    return found
