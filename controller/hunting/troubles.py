"""What is wrong with a store at the moment, by the steps of its story: until when each device is excused, and why not.

The promised times are those of `semantics.md` (rules 12, 17, 19) and `reliability.md`: 5 s after the connection is back
and after a device is seen again; a back-off slot or a heartbeat, a minute, where the controller has to try again or to
hear of it first; 30 s after the clock was set.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from controller.scenarios.model import Step

SEEN_S, SLOT_S, CLOCK_S = 5.0, 66.0, 30.0
#: A hand that comes again so soon finds a device that keeps falling back, which is corrected ever more seldom.
_AGAIN_S = 180.0
_HURTS = {"unplug": "dark", "freeze": "frozen", "lie": "lying"}
_MENDS = {"plug_in": "dark", "thaw": "frozen", "be_honest": "lying"}


class Troubles:
    """Follows the steps of a story. Instants are steady seconds."""

    def __init__(self, devices: Iterable[str], slow: Iterable[str] = ()) -> None:
        """All is well. `slow`: devices that are only asked (their bridge says nothing by itself)."""
        self._ails: dict[str, set[str]] = {device: set() for device in devices}
        self._until: dict[str, float] = dict.fromkeys(self._ails, 0.0)
        self._asked = frozenset(slow)
        #: By device, when last something happened to it that may look like a hand at its switch.
        self.touched: dict[str, float] = {}
        self._store: set[str] = set()
        self._all_until = 0.0
        #: By device, when anything last happened to it or to all; whether anybody ever set the clock.
        self.last: dict[str, float] = dict.fromkeys(self._ails, 0.0)
        self.clock_was_set = False
        #: Until when the controller may go by what it has not heard, or by a time that was not.
        self.unsure_until = 0.0
        self._away_since: float | None = None
        self._away: list[tuple[float, float]] = []

    def happened(self, step: Step, now: float) -> None:
        """A step was acted on."""
        if step.verb in _HURTS:
            for device in getattr(step, step.verb):
                self._ails.setdefault(device, set()).add(_HURTS[step.verb])
                self._note(device, now)
        elif step.verb in _MENDS:
            for device in getattr(step, step.verb):
                self._mend(device, _MENDS[step.verb], now)
        elif step.reboot is not None:
            for device in step.reboot:
                self._mend(device, "frozen", now)
                self._hand(device, now)
        elif step.switch is not None:
            self._hand(step.switch.device, now)
        elif step.fill is not None:
            self._excuse(step.fill.device, now + SLOT_S, now)
        elif step.slow_down is not None:
            self._slow(step.slow_down.device, step.slow_down.to_s, now)
        else:
            self._surroundings(step, now)

    def away_s(self, since: float) -> float:
        """For how long the controller could hear nobody, of what ended after `since`."""
        return sum(length for ended, length in self._away if ended > since)

    def calm(self, now: float) -> bool:
        """Whether nothing is the matter with controller, broker, line and clock."""
        return not self._store and now >= self._all_until

    @property
    def running(self) -> bool:
        """Whether the controller runs."""
        return "dead" not in self._store

    @property
    def broker_up(self) -> bool:
        """Whether the broker is there."""
        return "no broker" not in self._store

    @property
    def fair(self) -> bool:
        """Whether the line neither loses, repeats nor swaps."""
        return "line" not in self._store

    def ails(self, device: str) -> frozenset[str]:
        """What is wrong with a device itself: dark, frozen, lying, slow."""
        return frozenset(self._ails.get(device, ()))

    def excused_until(self, device: str) -> float:
        """The steady instant from which a device has to be right; infinite while something is wrong."""
        if self._store or self._ails.get(device):
            return inf
        return max(self._all_until, self._until.get(device, 0.0))

    def excuse(self, device: str, until: float) -> None:
        """Nothing is expected of a device before `until`."""
        self._until[device] = max(self._until.get(device, 0.0), until)

    def excuse_all(self, until: float) -> None:
        """Nothing is expected of anybody before `until`."""
        self._all_until = max(self._all_until, until)

    # ── within ──────────────────────────────────────────────────────────────────────

    def _surroundings(self, step: Step, now: float) -> None:
        if step.broker is not None:
            self._set("no broker", step.broker != "up", now, SEEN_S)
        elif step.controller is not None:
            # Every device of a new process is met anew, and asked where it is only asked.
            self._set("dead", step.controller == "kill", now, SEEN_S)
        elif step.line is not None:
            unfair = bool(step.line.losses or step.line.repeats or step.line.swaps)
            self._set("line", unfair, now, SLOT_S)
            self.unsure_until = now + SLOT_S
        elif step.clock is not None:
            self.clock_was_set = True
            self._set("clock", False, now, CLOCK_S)
            self.unsure_until = now + CLOCK_S

    def _set(self, what: str, wrong: bool, now: float, promised_s: float) -> None:
        (self._store.add if wrong else self._store.discard)(what)
        deaf = bool(self._store & {"dead", "no broker"})
        if deaf and self._away_since is None:
            self._away_since = now
        elif not deaf and self._away_since is not None:
            self._away.append((now, now - self._away_since))
            self._away_since = None
        if not wrong:
            self._all_until = max(self._all_until, now + promised_s)
            for device in self._asked:
                self._until[device] = max(self._until[device], now + SLOT_S)
        for device in self.last:
            self.last[device] = now

    def _mend(self, device: str, what: str, now: float) -> None:
        had = what in self._ails.get(device, ())
        self._ails.setdefault(device, set()).discard(what)
        promised_s = SLOT_S if what == "lying" or device in self._asked else SEEN_S
        if had or what != "lying":
            self._excuse(device, now + promised_s, now)

    def _hand(self, device: str, now: float) -> None:
        again = now - self.touched.get(device, -inf) < _AGAIN_S
        self._excuse(device, now + (SLOT_S if again or device in self._asked else SEEN_S), now)

    def _slow(self, device: str, to_s: float, now: float) -> None:
        if to_s > 0:
            self._ails.setdefault(device, set()).add("slow")
        else:
            self._ails.setdefault(device, set()).discard("slow")
        self._excuse(device, now + SLOT_S, now)

    def _excuse(self, device: str, until: float, now: float) -> None:
        self.excuse(device, until)
        self._note(device, now)

    def _note(self, device: str, now: float) -> None:
        self.last[device] = now
        self.touched[device] = now
