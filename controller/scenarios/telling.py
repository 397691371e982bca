"""A step in words, as a person would say it: for reports and for the picture."""

from __future__ import annotations

from collections.abc import Mapping

from controller.scenarios.model import Expect, Press, Step, Stopping
from profiles.finding import listed
from profiles.scene import Sense

_FIXED = {"undo": "undo the last press", "resume": "end every stop", "wait": "wait"}
_BROKER = {"down": "the broker goes down", "up": "the broker comes back", "wiped": "the broker goes down and forgets"}
_CONTROLLER = {"restart": "the controller is killed and started again", "kill": "the controller is killed",
               "start": "the controller is started"}
_EACH = {"unplug": "unplug", "plug_in": "plug in", "freeze": "freeze", "thaw": "thaw", "reboot": "reboot to defaults:",
         "lie": "from now on only says yes:", "be_honest": "is honest again:",
         "babble": "says nonsense from now on:", "make_sense": "makes sense again:"}


def words_of(step: Step) -> str:
    """The step in one line."""
    said = _said(step)
    return said if step.refused is None else f"{said} (to be refused: {step.refused})"


def _said(step: Step) -> str:
    verb = step.verb
    if verb in _FIXED:
        return _FIXED[verb]
    if verb in _EACH:
        return f"{_EACH[verb]} {listed(getattr(step, verb))}"
    if step.expect is not None:
        return _expected(step.expect)
    if step.press is not None:
        return _pressed(step.press)
    if step.stop is not None:
        return _stopped(step.stop)
    return _mishap(step)


def _mishap(step: Step) -> str:
    if step.switch is not None:
        return f"somebody sets {step.switch.device} to {_settings(step.switch.to)}"
    if step.drift is not None:
        return f"{step.drift.device} drifts to {_settings(step.drift.to)}{' and says so' if step.drift.tells else ''}"
    if step.slow_down is not None:
        return f"{step.slow_down.device} answers {step.slow_down.from_s:g} to {step.slow_down.to_s:g} s late"
    if step.fill is not None:
        return f"{step.fill.device} has {step.fill.ml:g} ml"
    if step.broker is not None:
        return _BROKER[step.broker]
    if step.line is not None:
        line = step.line
        return (f"of what arrives {100 * line.losses:g} % is lost, {100 * line.repeats:g} % repeated, "
                f"{100 * line.swaps:g} % out of order")
    if step.controller is not None:
        return _CONTROLLER[step.controller]
    if step.clock is not None:
        return f"somebody sets the clock by {step.clock}"
    if step.nudge is not None:
        return f"complaint in {step.nudge.zone}: {step.nudge.complaint.replace('-', ' ')}"
    if step.announce is not None:
        return f"announce {step.announce.announcement}"
    return f"publish a plan with other {listed(sorted(step.publish or ()))}"


def _pressed(press: Press) -> str:
    what = press.profile or "a scene of one's own"
    where = "everywhere" if press.zones is None else f"in {listed(press.zones)}"
    return f"{press.by} presses {what} {where}, {_until(press.end)}"


def _until(end: str) -> str:
    """`minutes:30` and `time:18:00` in words, an instant as it is."""
    word, _, number = end.partition(":")
    return f"{word} {number}".strip() if word.isalpha() else end


def _stopped(stop: Stopping) -> str:
    senses = "" if set(stop.senses) == set(Sense) else f" {listed(stop.senses)}"
    return f"stop{senses} " + ("everywhere" if stop.zones is None else f"in {listed(stop.zones)}")


def _expected(expect: Expect) -> str:
    said: list[str] = []
    if expect.profile is not None:
        said.append(f"zone {expect.zone} is profile {expect.profile}")
    for sense in ("light", "music", "scent"):
        settings = getattr(expect, sense)
        if settings is not None:
            said.append(f"{sense} in {expect.zone} is {_settings(settings)}")
    if expect.held is not None:
        said.append(f"{expect.held.value} is held back in {expect.zone}")
    if expect.does is not None:
        said.append(f"{expect.device} does {_settings(expect.does)}")
    if expect.stands is not None:
        said.append(f"{expect.device} is {expect.stands.replace('-', ' ')}")
    if expect.right is not None:
        said.append("everything is right" if expect.right else "not everything is right")
    if expect.stopped is not None:
        said.append("a stop is in force" if expect.stopped else "no stop is in force")
    if expect.journal is not None:
        count = {None: "at least one entry", 0: "no entry", 1: "one entry"}.get(expect.count, f"{expect.count} entries")
        said.append(f"the journal has {count} {expect.journal}")
    if expect.orders_at_most is not None:
        to = "" if expect.device is None else f" to {expect.device}"
        said.append(f"at most {expect.orders_at_most} orders{to}")
    if expect.rules is not None:
        said.append("every rule is kept")
    but_for = f" but for {listed(expect.but_for)}" if expect.but_for else ""
    stays = f", and stays so for {expect.stays}" if expect.stays else ""
    return f"expect {listed(said)} within {expect.within}{but_for}{stays}"


def _settings(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {plain(value)}" for key, value in settings.items())


def plain(value: object) -> str:
    """A setting as people write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, int | float) else "nothing" if value is None else str(value)
