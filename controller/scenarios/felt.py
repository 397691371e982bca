"""Whether what a step expects is so: one sentence for each thing that is not. Asks the hardware, and then the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from controller.scenarios.model import Expect
from controller.scenarios.telling import plain
from controller.shapes import Standing
from controller.virtual.expected import alike
from controller.virtual.store import VirtualStore
from profiles.plan import Plan
from profiles.scene import Sense

_KIND = {"light": "light", "music": "player", "scent": "diffuser"}


@dataclass(frozen=True, slots=True)
class Since:
    """How far journal and orders had come when something last happened."""

    entries: int
    orders: Mapping[str, int]


def since(store: VirtualStore) -> Since:
    """Remember how far they have come."""
    return Since(store.memory.chain_head()[0], dict(store.record.by_topic))


def amiss(store: VirtualStore, expect: Expect, before: Since) -> tuple[str, ...]:
    """What is not as expected, a sentence each; empty where all of it is so."""
    found: list[str] = []
    for part in expect.parts:
        found += _CHECKS[part](store, expect, before)
    return tuple(found)


def _profile(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
    plan, zone = _plan(store), str(expect.zone)
    wanted = plan.profile(str(expect.profile)).name
    what = store.overview.zone(zone).what
    if what != wanted:
        yield f"{zone} is {what}, not {wanted}."
    here = {d.id for d in plan.devices if zone in d.zones}
    for device, keys in store.wrong(expect.but_for).items():
        if device in here:
            yield _does(store, device, keys)


def _sense(sense: str) -> Callable[[VirtualStore, Expect, Since], Iterator[str]]:
    def check(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
        truth = store.world.truth()
        there = [d.id for d in _plan(store).devices
                 if d.kind == _KIND[sense] and expect.zone in d.zones and d.id not in expect.but_for]
        if not there:
            yield f"There is no {_KIND[sense]} in {expect.zone} to look at."
        for device in there:
            yield from _differs(device, getattr(expect, sense), truth[device])
    return check


def _does_so(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
    device = str(expect.device)
    yield from _differs(device, expect.does or {}, store.world.truth()[device])


def _stands(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
    device, wanted = str(expect.device), expect.stands
    if wanted in ("right", "wrong"):
        keys = store.wrong().get(device, ())
        if (wanted == "right") != (not keys):
            yield _does(store, device, keys) if keys else f"{device} does what it should."
        return
    sight = store.engine.sight().devices[device]
    shown = next(d for d in store.overview.devices() if d.id == device)
    found = {"in-reach": sight.online is True and shown.standing is not Standing.LOST,
             "out-of-reach": sight.online is False or shown.standing is Standing.LOST,
             "alarm": sight.alarm, "by-hand": sight.yielding_until is not None}
    if not found[str(wanted)]:
        yield f"{device} is not {str(wanted).replace('-', ' ')}: {shown.standing.value}."


def _right(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
    wrong = store.wrong(expect.but_for)
    if expect.right is False and not wrong:
        yield "Every device does what it should."
    if expect.right:
        for device, keys in wrong.items():
            yield _does(store, device, keys)


def _stopped(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
    stops = store.overview.stops()
    if bool(stops) is not expect.stopped:
        yield "No stop is in force." if expect.stopped else f"A stop of {stops[0].by} is in force."


def _held(store: VirtualStore, expect: Expect, _before: Since) -> Iterator[str]:
    zone = store.engine.sight().zones[str(expect.zone)]
    if expect.held not in {hold.sense for hold in zone.holds}:
        yield f"{Sense(str(expect.held)).value.capitalize()} is not held back in {expect.zone}."


def _journal(store: VirtualStore, expect: Expect, before: Since) -> Iterator[str]:
    found = [entry for entry in store.memory.journal(before.entries, 100_000) if entry.kind == expect.journal]
    wanted = expect.count
    if (wanted is None and not found) or (wanted is not None and len(found) != wanted):
        asked = "at least one" if wanted is None else str(wanted)
        yield f"Of {expect.journal} the journal has {len(found)} since, not {asked}."


def _orders(store: VirtualStore, expect: Expect, before: Since) -> Iterator[str]:
    topics = None
    if expect.device is not None:
        installed = next(d for d in _plan(store).devices if d.id == expect.device)
        topics = (f"/dev/{installed.id}/desired",) if installed.dialect == "native" else (f"{installed.address}/set",)
    count = sum(number - before.orders.get(topic, 0) for topic, number in store.record.by_topic.items()
                if topic.endswith(topics or ("/desired", "/set")))
    if count > (expect.orders_at_most or 0):
        yield f"Since then {count} orders were sent, more than {expect.orders_at_most}."


_CHECKS: dict[str, Callable[[VirtualStore, Expect, Since], Iterator[str]]] = {
    "profile": _profile, "light": _sense("light"), "music": _sense("music"), "scent": _sense("scent"),
    "held": _held, "does": _does_so, "stands": _stands, "right": _right, "stopped": _stopped, "journal": _journal,
    "orders_at_most": _orders,
}


def _plan(store: VirtualStore) -> Plan:
    version = store.memory.plan_in_force()
    assert version is not None  # noqa: S101 - a virtual store begins with a plan
    return version.plan


def _differs(device: str, wanted: Mapping[str, object], real: Mapping[str, object]) -> Iterator[str]:
    for key, value in wanted.items():
        if not alike(key, value, real.get(key)):
            yield f"{device}: {key} is {plain(real.get(key))}, not {plain(value)}."


def _does(store: VirtualStore, device: str, keys: tuple[str, ...]) -> str:
    real = store.world.truth()[device]
    return f"{device} is not as it should be: " + ", ".join(f"{key} {plain(real.get(key))}" for key in keys) + "."

