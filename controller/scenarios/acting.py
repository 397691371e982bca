"""What happens in a scenario, done to the store that plays it: one function for each verb that a step can have."""

from __future__ import annotations

from collections.abc import Callable

from controller.desk import Choice
from controller.ports import Actor
from controller.scenarios.model import Press, Step
from controller.scenarios.reading import plan_with
from controller.scenarios.stage import Stage, Things, Unfair
from controller.scenarios.timing import signed_duration
from controller.scenarios.virtual_stage import staged
from controller.virtual.store import SOMEBODY, VirtualStore

#: Verbs that happen to each device named.
_TO_EACH: dict[str, Callable[[Things, str], None]] = {
    "unplug": lambda things, device: things.unplug(device), "plug_in": lambda things, device: things.plug_in(device),
    "freeze": lambda things, device: things.freeze(device), "thaw": lambda things, device: things.thaw(device),
    "reboot": lambda things, device: things.reboot(device), "lie": lambda things, device: things.lie(device, True),
    "be_honest": lambda things, device: things.lie(device, False),
    "babble": lambda things, device: things.babble(device, True),
    "make_sense": lambda things, device: things.babble(device, False),
}


def act(store: Stage | VirtualStore, step: Step, document: dict[str, object]) -> None:
    """Do what a step says. `document`: the plan as written. Raises `controller.errors` where people are refused."""
    stage = staged(store)
    if step.verb in _TO_EACH:
        verb = _TO_EACH[step.verb]
        for device in getattr(step, step.verb):
            stage.mishap(lambda things, device=device: verb(things, device))  # type: ignore[misc]
    elif step.verb in ("switch", "slow_down", "fill", "drift"):
        _one_device(stage, step)
    elif step.verb in ("broker", "line", "controller", "clock"):
        _surroundings(stage, step)
    else:
        _people(stage, step, document)


def _one_device(stage: Stage, step: Step) -> None:
    if step.switch is not None:
        touch = step.switch
        stage.mishap(lambda things: things.touch(touch.device, touch.to))
    elif step.slow_down is not None:
        slow = step.slow_down
        stage.mishap(lambda things: things.slow_down(slow.device, slow.from_s, slow.to_s))
    elif step.fill is not None:
        fill = step.fill
        stage.mishap(lambda things: things.fill(fill.device, fill.ml))
    elif step.drift is not None:
        drift = step.drift
        stage.mishap(lambda things: things.drift(drift.device, drift.to, drift.over_s, drift.tells))


def _surroundings(stage: Stage, step: Step) -> None:
    if step.broker == "up":
        stage.restore_broker()
    elif step.broker is not None:
        stage.cut_broker(step.broker == "wiped")
    elif step.line is not None:
        stage.disturb(Unfair(step.line.losses, step.line.repeats, step.line.swaps))
    elif step.clock is not None:
        stage.set_clock(signed_duration(step.clock))
    elif step.controller == "start":
        stage.start_controller()
    elif step.controller is not None:
        stage.kill_controller()
        if step.controller == "restart":
            stage.start_controller()


def _people(stage: Stage, step: Step, document: dict[str, object]) -> None:
    if step.press is not None:
        _press(stage, step.press)
    elif step.nudge is not None:
        stage.nudge(step.nudge.zone, step.nudge.complaint, SOMEBODY)
    elif step.announce is not None:
        stage.announce(step.announce.announcement, step.announce.zones, SOMEBODY)
    elif step.undo:
        stage.undo(SOMEBODY)
    elif step.stop is not None:
        stage.stop(step.stop.zones, step.stop.senses, SOMEBODY)
    elif step.resume:
        stage.resume(SOMEBODY)
    elif step.publish is not None:
        stage.publish(plan_with(document, step.publish, "publish"), SOMEBODY)


def _press(stage: Stage, press: Press) -> None:
    choice = Choice(press.profile, press.scene, "" if press.scene is None else "By hand")
    stage.press(choice, press.zones, press.end, Actor(press.by, press.role))
