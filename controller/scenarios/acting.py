"""What happens in a scenario, done to a store in virtual time: one function for each verb that a step can have."""

from __future__ import annotations

from collections.abc import Callable

from controller.desk import Choice
from controller.ports import Actor
from controller.scenarios.model import Press, Step
from controller.scenarios.reading import plan_with
from controller.scenarios.timing import signed_duration
from controller.virtual.store import SOMEBODY, VirtualStore
from controller.virtual.world import World

#: Verbs that happen to each device named.
_TO_EACH: dict[str, Callable[[World, str], None]] = {
    "unplug": World.unplug, "plug_in": World.plug_in, "freeze": World.freeze, "thaw": World.thaw,
    "reboot": World.reboot, "lie": lambda world, device: world.lie(device, True),
    "be_honest": lambda world, device: world.lie(device, False),
}


def act(store: VirtualStore, step: Step, document: dict[str, object]) -> None:
    """Do what a step says. `document`: the plan as written. Raises `controller.errors` where people are refused."""
    if step.verb in _TO_EACH:
        verb = _TO_EACH[step.verb]
        for device in getattr(step, step.verb):
            store.mishap(lambda world, device=device: verb(world, device))  # type: ignore[misc]
    elif step.verb in ("switch", "slow_down", "fill"):
        _one_device(store, step)
    elif step.verb in ("broker", "line", "controller", "clock"):
        _surroundings(store, step)
    else:
        _people(store, step, document)


def _one_device(store: VirtualStore, step: Step) -> None:
    if step.switch is not None:
        touch = step.switch
        store.mishap(lambda world: world.touch(touch.device, touch.to))
    elif step.slow_down is not None:
        slow = step.slow_down
        store.mishap(lambda world: world.slow_down(slow.device, slow.from_s, slow.to_s))
    elif step.fill is not None:
        fill = step.fill
        store.mishap(lambda world: world.fill(fill.device, fill.ml))


def _surroundings(store: VirtualStore, step: Step) -> None:
    if step.broker == "up":
        store.restore_broker()
    elif step.broker is not None:
        store.cut_broker(forgetful=step.broker == "wiped")
    elif step.line is not None:
        line = step.line
        store.line.losses, store.line.repeats, store.line.swaps = line.losses, line.repeats, line.swaps
    elif step.clock is not None:
        store.set_clock(signed_duration(step.clock))
    elif step.controller == "start":
        store.start_controller()
    elif step.controller is not None:
        store.kill_controller()
        if step.controller == "restart":
            store.start_controller()


def _people(store: VirtualStore, step: Step, document: dict[str, object]) -> None:
    planning = store.planning
    if step.press is not None:
        _press(store, step.press)
    elif step.nudge is not None:
        planning.nudge(step.nudge.zone, step.nudge.complaint, SOMEBODY)
    elif step.announce is not None:
        store.announcements.announce(step.announce.announcement, step.announce.zones, SOMEBODY)
    elif step.undo:
        planning.undo(None, SOMEBODY)
    elif step.stop is not None:
        store.stop(step.stop.zones, step.stop.senses)
    elif step.resume:
        planning.resume(None, SOMEBODY)
    elif step.publish is not None:
        store.publish(plan_with(document, step.publish, "publish"))


def _press(store: VirtualStore, press: Press) -> None:
    choice = Choice(press.profile, press.scene, "" if press.scene is None else "By hand")
    store.press(choice, press.zones, press.end, Actor(press.by, press.role))
