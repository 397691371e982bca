"""Whether steps still make sense when some were left out: nobody presses where no controller runs."""

from __future__ import annotations

from collections.abc import Iterable

from controller.hunting.story import Moment
from controller.scenarios.model import PEOPLE, Step

#: A verb that takes effect only on devices for which the other was said before.
_UNDONE_BY = {"plug_in": "unplug", "thaw": "freeze", "be_honest": "lie"}


def makes_sense(moments: Iterable[Moment]) -> bool:
    """People need a controller; it is started where it was killed; what is mended was broken; times go forward."""
    state = _State()
    before = None
    for moment in moments:
        if (before is not None and moment.at < before) or not state.takes(moment.step):
            return False
        before = moment.at
    return True


class _State:
    def __init__(self) -> None:
        self._running = self._broker_up = True
        self._broken: set[tuple[str, str]] = set()

    def takes(self, step: Step) -> bool:
        """Whether the step makes sense now; it counts as done."""
        verb = step.verb
        if verb in PEOPLE:
            return self._running
        if verb == "controller":
            sound = self._running is (step.controller != "start")
            self._running = step.controller != "kill"
            return sound
        if verb == "broker":
            sound = self._broker_up is (step.broker != "up")
            self._broker_up = step.broker == "up"
            return sound
        if verb in _UNDONE_BY:
            marks = {(_UNDONE_BY[verb], device) for device in getattr(step, verb)}
            sound = marks <= self._broken
            self._broken -= marks
            return sound
        if verb in _UNDONE_BY.values():
            self._broken |= {(verb, device) for device in getattr(step, verb)}
        return True
