"""`sinne bench year`: a year of a store in virtual time, beside the same orders to the same devices, bare.

Ours: ten zones, fifty native devices (lamps, players, diffusers), four dayparts a day, fresh cartridges once a week;
the real engine, storage and resolver on a virtual clock. Bare: the orders that ours sent, byte for byte and instant for
instant, published by nobody in particular on a broker in memory to as many simulated devices, which answer; nothing is
worked out, compared or kept. Both are counted in seconds of one process's processor.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from controller.cli.benches.figures import Baseline, Figure, medians, rounded
from controller.errors import Unavailable
from controller.virtual.clock import VirtualClock
from controller.virtual.line import Record
from controller.virtual.store import VirtualStore
from controller.virtual.world import World
from devices.messages import Message
from devices.simulator.specs import Manner
from profiles.plan import Plan

BASELINE = "the same orders to bare simulated devices"
ZONES = 10
_START = datetime(2026, 1, 1, tzinfo=UTC)
_WEEK_S, _DAY_S = 7 * 86_400, 86_400
#: Nobody watches a fade here, so only its end is reported.
_MANNER = Manner(heartbeats=False, tracks=False, progress_s=1e9)
_MOODS: dict[str, dict[str, object]] = {
    "morning": {"light": {"on": True, "brightness_pct": 80, "kelvin": 4000},
                "music": {"on": True, "volume_pct": 25, "source": "calm"},
                "scent": {"on": True, "fragrance": "linen", "intensity_pct": 16}},
    "day": {"light": {"brightness_pct": 70, "kelvin": 3500}, "music": {"volume_pct": 30, "source": "lively"}},
    "evening": {"light": {"brightness_pct": 40, "kelvin": 2700},
                "music": {"on": True, "volume_pct": 20, "source": "calm"},
                "scent": {"on": True, "fragrance": "fig", "intensity_pct": 16}},
    "night": {"light": "off", "music": "off", "scent": "off"},
}
_WHEN = {"morning": "opening-00:30..opening+01:30", "day": "opening+01:30..closing-02:00",
         "evening": "closing-02:00..closing+00:30", "night": "closing+00:30..opening-00:30"}


class Tape(Record):
    """Keeps what the controller published, with its instants."""

    def __init__(self) -> None:
        """An empty tape."""
        super().__init__()
        self.orders: list[tuple[float, Message]] = []

    def note(self, sent: bool, at: float, message: Message) -> None:
        """Put a message down."""
        super().note(sent, at, message)
        if sent:
            self.orders.append((at, message))


def year_plan() -> Plan:
    """Ten zones with three lamps, a player and a diffuser each."""
    ground = {"light": {"on": True, "brightness_pct": 60, "kelvin": 3500},
              "music": {"on": True, "volume_pct": 30, "source": "calm"},
              "scent": {"on": False, "fragrance": "linen", "intensity_pct": 16}}
    devices: list[dict[str, object]] = []
    for number in range(ZONES):
        zones = [f"zone-{number}"]
        devices += [{"id": f"lamp-{number}-{k}", "kind": "light", "zones": zones} for k in range(3)]
        devices.append({"id": f"player-{number}", "kind": "player", "zones": zones})
        devices.append({"id": f"diffuser-{number}", "kind": "diffuser", "zones": zones, "fragrances": ["linen", "fig"]})
    return Plan.model_validate({
        "store": {"id": "year", "name": "A year", "timezone": "Europe/Stockholm", "country": "SE",
                  "hours": "Mo-Sa 09:00-19:00; Su 11:00-17:00", "scent_consent": True},
        "zones": [{"id": f"zone-{n}", "name": f"Zone {n}", "kind": "sales-floor", "default": ground}
                  for n in range(ZONES)],
        "profiles": [{"id": mood, "name": mood.capitalize(), "scene": scene} for mood, scene in _MOODS.items()],
        "dayparts": [{"id": mood, "name": mood.capitalize(), "when": when, "profile": mood}
                     for mood, when in _WHEN.items()],
        "fragrances": [{"id": each, "name": each, "safety_sheet": "-", "ifra_certificate": "-"}
                       for each in ("linen", "fig")],
        "sources": [{"id": each, "name": each, "licence": "-", "territory": "SE"} for each in ("calm", "lively")],
        "devices": devices})


def measure_year(days: int, runs: int) -> list[Figure]:
    """The figures of so many days. Raises Unavailable where the store or the devices did not end as they should."""
    plan = year_plan()
    ours, bare, orders = list[float](), list[float](), 0
    for _ in range(runs):
        tape = Tape()
        ours.append(_with_controller(plan, days, tape))
        bare.append(_without(plan, days, tape))
        orders = len(tape.orders)
    named = medians(f"year: {days} days", len(plan.devices), "s", ours, (BASELINE, bare))
    each, theirs = (rounded(1e6 * seconds / orders) for seconds in (named.value, named.baseline.value))
    return [named, Figure("year: an order and what follows", orders, each, "µs", runs, Baseline(BASELINE, theirs))]


def _with_controller(plan: Plan, days: int, tape: Tape) -> float:
    store = VirtualStore(plan, 1, _START, manner=_MANNER, record=tape)
    began, left_s = time.process_time(), days * _DAY_S
    while left_s > 0:
        store.run(min(left_s, _WEEK_S))
        left_s -= _WEEK_S
        for number in range(ZONES):
            store.mishap(lambda world, diffuser=f"diffuser-{number}": world.fill(diffuser, 120.0))  # type: ignore[misc]
    used = time.process_time() - began
    store.run(60)
    wrong = store.wrong()
    store.close()
    if wrong:
        raise Unavailable(f"After {days} days {len(wrong)} devices are wrong, so there is nothing to measure.")
    return used


def _without(plan: Plan, days: int, tape: Tape) -> float:
    clock = VirtualClock(_START)
    world = World(plan, clock, 1, _MANNER)
    heard = [0]

    def hear(_event: object) -> None:
        heard[0] += 1

    listener = world.broker.transport("bare")
    listener.subscribe([f"sinne/v1/{plan.store.id}/dev/+/reported"])
    listener.start(hear)
    world.fleet.start()
    world.broker.pump()
    began, refilled = time.process_time(), clock.monotonic()
    for at, message in tape.orders:
        while (due := world.fleet.due()) is not None and due <= at:
            clock.pass_by(due - clock.monotonic())
            world.fleet.tick(clock.monotonic())
            world.broker.pump()
        clock.pass_by(at - clock.monotonic())
        if clock.monotonic() - refilled >= _WEEK_S:
            refilled = clock.monotonic()
            for number in range(ZONES):
                world.fill(f"diffuser-{number}", 120.0)
        listener.publish(message)
        world.broker.pump()
    used = time.process_time() - began
    if heard[0] < len(tape.orders):
        raise Unavailable(f"In {days} days the bare devices answered {heard[0]} of {len(tape.orders)} orders.")
    return used
