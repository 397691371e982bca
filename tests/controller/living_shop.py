"""A living store in memory: simulated devices on a loopback broker, a clock that is told, a belief that is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from controller.living.belief import Believed
from controller.living.door import Belief
from controller.living.living import LivingStore
from controller.living.outage import BrokerSwitch, DevicesOutage
from controller.virtual.specs import specs_of
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.simulator.build import build_fleet
from devices.simulator.loopback_host import LoopbackHost
from devices.simulator.specs import Manner
from profiles.plan import Plan
from profiles.planfile import read_plan

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

DEVICES = """
  - {id: ceiling, kind: light, zones: [shop], name: "The <b>ceiling</b>"}
  - {id: speaker, kind: player, zones: [shop]}
  - {id: mist, kind: diffuser, zones: [shop]}
  - {id: fire, kind: contact, zones: [shop]}
  - {id: bulb, kind: light, dialect: zigbee2mqtt, address: "zigbee2mqtt/Bulb <1>", zones: [shop]}
"""


class GivenBelief:
    """What a controller believes, as a test says."""

    def __init__(self) -> None:
        self.given: dict[str, Belief] = {}
        self.closed = False

    def sentence(self) -> str:
        return "What the controller believes is made up by a test."

    def beliefs(self) -> Mapping[str, Belief]:
        return dict(self.given)

    def close(self) -> None:
        self.closed = True


class ToldClock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.at = NINE

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NINE).total_seconds()


def corner_plan() -> Plan:
    """The smallest store, with one device of every kind and dialect."""
    text = files("profiles").joinpath("library/stores/minimal.yaml").read_text(encoding="utf-8")
    return read_plan(text[:text.index("\ndevices:")] + "\ndevices:" + DEVICES, "corner.yaml")


class LivingShop:
    """Devices, belief and door; `order` is what a controller would send."""

    def __init__(self, plan: Plan, *, latency_s: tuple[float, float] = (0.0, 0.0),
                 switch: BrokerSwitch | None = None, belief: Believed | None = None) -> None:
        self.now = 1000.0
        self.plan, self.clock, self.belief = plan, ToldClock(), GivenBelief()
        self.broker = LoopbackBroker()
        self._controller = self.broker.transport("controller")
        self._controller.start(lambda _event: None)
        specs = specs_of(plan)
        host = LoopbackHost(self.broker, lambda: self.now)
        self.fleet = build_fleet(plan.store.id, specs, 1, host, Manner(latency_s=latency_s))
        self.fleet.start()
        self.rev = 0
        self.living = LivingStore(plan, specs, self.fleet, belief or self.belief,
                                  switch or DevicesOutage(self.fleet, "mqtt://broker.example:1883"), clock=self.clock)

    def order(self, device: str, state: dict[str, object]) -> None:
        """The controller orders a native device, and believes what it is answered."""
        self.rev += 1
        document = {"epoch": 1, "rev": self.rev, "state": state, "fade_s": 0, "zones": ["shop"]}
        self._controller.publish(Message(f"sinne/v1/{self.plan.store.id}/dev/{device}/desired",
                                         json.dumps(document).encode(), qos=1, retain=True))
        self.believe(device, state)

    def believe(self, device: str, state: dict[str, object]) -> None:
        """What the controller takes to be so."""
        self.belief.given[device] = Belief(state, state, "reported", "It is as it should be.", NINE)

    def run(self, seconds: float) -> None:
        """Let time pass for the devices."""
        until = self.now + seconds
        while (due := self.fleet.due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.fleet.tick(self.now)
        self.now = until
        self.clock.at += timedelta(seconds=seconds)


def without_now(shown: object) -> object:
    """To compare two looks."""
    return replace(shown, now=NINE)  # type: ignore[type-var]
