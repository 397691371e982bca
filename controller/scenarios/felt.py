"""Whether what a step expects is so: one sentence for each thing that is not. Asks the hardware, and then the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from controller.scenarios.model import Expect
from controller.scenarios.stage import Stage
from controller.scenarios.telling import plain
from controller.scenarios.virtual_stage import staged
from controller.shapes import Standing
from controller.virtual.expected import alike
from controller.virtual.store import VirtualStore
from profiles.scene import Sense

_KIND = {"light": "light", "music": "player", "scent": "diffuser"}


@dataclass(frozen=True, slots=True)
class Since:
    """How far journal and orders had come when something last happened."""

    entries: int
    orders: Mapping[str, int]


def since(store: Stage | VirtualStore) -> Since:
    """Remember how far they have come."""
    stage = staged(store)
    return Since(stage.entries(), dict(stage.orders()))


def amiss(store: Stage | VirtualStore, expect: Expect, before: Since) -> tuple[str, ...]:
    """What is not as expected, a sentence each; empty where all of it is so. `rules` are not asked about here."""
    stage, found = staged(store), list[str]()
    for part in expect.parts:
        if part != "rules":  # nothing that is seen at one instant: `running` has them watched from the start
            found += _CHECKS[part](stage, expect, before)
    return tuple(found)


def _profile(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
    plan, zone = stage.plan(), str(expect.zone)
    wanted = plan.profile(str(expect.profile)).name
    what = stage.mood(zone)
    if what != wanted:
        yield f"{zone} is {what}, not {wanted}."
    here = {d.id for d in plan.devices if zone in d.zones}
    for device, keys in stage.wrong(expect.but_for).items():
        if device in here:
            yield _does(stage, device, keys)


def _sense(sense: str) -> Callable[[Stage, Expect, Since], Iterator[str]]:
    def check(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
        truth = stage.truth()
        there = [d.id for d in stage.plan().devices
                 if d.kind == _KIND[sense] and expect.zone in d.zones and d.id not in expect.but_for]
        if not there:
            yield f"There is no {_KIND[sense]} in {expect.zone} to look at."
        for device in there:
            yield from _differs(device, getattr(expect, sense), truth[device])
    return check


def _does_so(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
    device = str(expect.device)
    yield from _differs(device, expect.does or {}, stage.truth()[device])


def _stands(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
    device, wanted = str(expect.device), expect.stands
    if wanted in ("right", "wrong"):
        keys = stage.wrong().get(device, ())
        if (wanted == "right") != (not keys):
            yield _does(stage, device, keys) if keys else f"{device} does what it should."
        return
    stood = stage.stood(device)
    found = {"in-reach": stood.online is True and stood.standing is not Standing.LOST,
             "out-of-reach": stood.online is False or stood.standing is Standing.LOST,
             "alarm": stood.alarm, "by-hand": stood.by_hand}
    if not found[str(wanted)]:
        yield f"{device} is not {str(wanted).replace('-', ' ')}: {stood.standing.value}."


def _right(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
    wrong = stage.wrong(expect.but_for)
    if expect.right is False and not wrong:
        yield "Every device does what it should."
    if expect.right:
        for device, keys in wrong.items():
            yield _does(stage, device, keys)


def _stopped(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
    stopped_by = stage.stopped_by()
    if bool(stopped_by) is not expect.stopped:
        yield "No stop is in force." if expect.stopped else f"A stop of {stopped_by[0]} is in force."


def _held(stage: Stage, expect: Expect, _before: Since) -> Iterator[str]:
    if expect.held not in stage.held(str(expect.zone)):
        yield f"{Sense(str(expect.held)).value.capitalize()} is not held back in {expect.zone}."


def _journal(stage: Stage, expect: Expect, before: Since) -> Iterator[str]:
    found = [entry for entry in stage.recorded(before.entries) if entry.kind == expect.journal]
    wanted = expect.count
    if (wanted is None and not found) or (wanted is not None and len(found) != wanted):
        asked = "at least one" if wanted is None else str(wanted)
        yield f"Of {expect.journal} the journal has {len(found)} since, not {asked}."


def _orders(stage: Stage, expect: Expect, before: Since) -> Iterator[str]:
    topics = None
    if expect.device is not None:
        installed = next(d for d in stage.plan().devices if d.id == expect.device)
        topics = (f"/dev/{installed.id}/desired",) if installed.dialect == "native" else (f"{installed.address}/set",)
    count = sum(number - before.orders.get(topic, 0) for topic, number in stage.orders().items()
                if topic.endswith(topics or ("/desired", "/set")))
    if count > (expect.orders_at_most or 0):
        yield f"Since then {count} orders were sent, more than {expect.orders_at_most}."


_CHECKS: dict[str, Callable[[Stage, Expect, Since], Iterator[str]]] = {
    "profile": _profile, "light": _sense("light"), "music": _sense("music"), "scent": _sense("scent"),
    "held": _held, "does": _does_so, "stands": _stands, "right": _right, "stopped": _stopped, "journal": _journal,
    "orders_at_most": _orders,
}


def _differs(device: str, wanted: Mapping[str, object], real: Mapping[str, object]) -> Iterator[str]:
    for key, value in wanted.items():
        if not alike(key, value, real.get(key)):
            yield f"{device}: {key} is {plain(real.get(key))}, not {plain(value)}."


def _does(stage: Stage, device: str, keys: tuple[str, ...]) -> str:
    real = stage.truth()[device]
    return f"{device} is not as it should be: " + ", ".join(f"{key} {plain(real.get(key))}" for key in keys) + "."

