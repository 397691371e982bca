# ruff: noqa: ARG002 -- a watch need not use every argument
"""Watches of what devices do: right in time, choices felt from press to end, and a stop above everything.

One comparison of hardware and aims serves three watches, which differ in the layer that is not felt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from controller.hunting.aims import Aim, Aims
from controller.hunting.airing import LAG_S, Airing
from controller.hunting.bystander import Bystander
from controller.hunting.troubles import CLOCK_S, SLOT_S
from controller.scenarios.model import Step
from controller.virtual.expected import differing
from profiles.layers import Rank
from profiles.places import InstalledDevice
from profiles.plan import Plan

#: A device whose owner changed it by hand is left alone at most so long, and then comes back as slowly as the plan.
_LONGEST_YIELD, _BACK = timedelta(hours=12), timedelta(seconds=60)
_MOST_TURNS = 60


@dataclass(frozen=True, slots=True)
class Wrong:
    """A device that is not as it should be by now, and in what."""

    device: str
    keys: tuple[str, ...]
    aim: Aim
    real: Mapping[str, object]

    @property
    def words(self) -> str:
        """A sentence."""
        said = ", ".join(f"{key} is {self.real.get(key)!r} and should be {self.aim.wanted[key]!r}"
                         f" ({self.aim.rules[key].rank.name.lower()} {self.aim.rules[key].layer})" for key in self.keys)
        return f"{self.device}: {said}."


class Rightness:
    """Compares hardware with aims at each look, where nothing excuses a difference."""

    def __init__(self, bystander: Bystander, aims: Aims, airing: Airing) -> None:
        """Nothing is wrong yet."""
        self._here, self._aims, self._airing = bystander, aims, airing
        self._yields: dict[str, tuple[Mapping[str, object], float, Plan, datetime | None]] = {}
        self.wrong: list[Wrong] = []

    def look(self) -> None:
        """After the aims."""
        self.wrong = []
        for device in self._here.devices():
            aim = self._aims.of.get(device.id)
            if aim is None or not aim.wanted:
                continue
            real = self._here.truth[device.id]
            due = max(aim.by, self._here.troubles.excused_until(device.id))
            if device.at_switch == "yield" and self._yielding(device, aim):
                continue
            if due > self._here.now:
                if due < inf:
                    self._here.wants_to_look(due)
                continue
            keys = differing(aim.wanted, real)
            if keys and not self._excused(device, aim, real):
                self.wrong.append(Wrong(device.id, keys, aim, real))
        if self.wrong and not self._here.trusted():
            # Nothing scheduled happens meanwhile; when the time is good again, half a minute (mode 12).
            self._here.troubles.excuse_all(self._here.now + CLOCK_S)
            self.wrong = []

    def _excused(self, device: InstalledDevice, aim: Aim, real: Mapping[str, object]) -> bool:
        if real.get("fault") == "empty":
            self._here.troubles.excuse(device.id, self._here.now + SLOT_S)
            return True
        if not real.get("powered"):
            return True
        fragrance, source = aim.wanted.get("fragrance"), aim.wanted.get("source")
        if isinstance(fragrance, str) and fragrance not in self._here.fragrances.get(device.id, ()):
            return True
        if isinstance(source, str) and source not in self._here.sources:
            return True
        if isinstance(fragrance, str) and real.get("on") is False:
            return any(self._airing.may_wait(zone, fragrance, LAG_S) for zone in device.zones)
        return False

    def _yielding(self, device: InstalledDevice, aim: Aim) -> bool:
        """Whether a hand at a device that lets itself be changed is still to be left alone (`at_switch`)."""
        touched = self._here.troubles.touched.get(device.id)
        if touched is None:
            return False
        known = self._yields.get(device.id)
        if known is None or known[1] != touched:
            known = self._yields[device.id] = aim.wanted, touched, self._here.plan, None
        if any(aim.wanted[key] != value for key, value in known[0].items() if key in aim.wanted):
            return False  # something else is wished since: it is the plan's again
        if self._here.troubles.excused_until(device.id) > self._here.now:
            return True
        until = known[3]
        if until is None:  # from now on, at the latest, the change has been seen, under this plan or the one before
            longest = self._here.wall + _LONGEST_YIELD
            until = longest if known[2] is not self._here.plan else min(self._next_change(device.zones[0]), longest)
            self._yields[device.id] = *known[:3], until
        if self._here.wall < until + _BACK:
            self._here.wants_to_look(self._here.now + (until + _BACK - self._here.wall).total_seconds())
            return True
        return False

    def _next_change(self, zone: str) -> datetime:
        """When another of the plan's layers wins anything, quiet hours aside."""
        at = self._here.wall.timestamp()
        before = self._here.plainly.winners(zone, at)
        for _ in range(_MOST_TURNS):
            at = self._here.plainly.turns(zone, at)
            if self._here.plainly.winners(zone, at) != before:
                break
        return self._here.wall + timedelta(seconds=at - self._here.wall.timestamp())


class Converged:
    """Every healthy device does what it should within the promised time after anything changed or was mended."""

    rule = "converged"

    def __init__(self, rightness: Rightness) -> None:
        """Over one comparison."""
        self._rightness = rightness

    def happened(self, step: Step, refused: str) -> None:
        """Nothing of its own."""

    def look(self) -> Iterator[str]:
        """What no choice and no stop is in."""
        for wrong in self._rightness.wrong:
            if _ruling(wrong) is None:
                yield wrong.words

    def ended(self) -> Iterator[str]:
        """The end is an instant like any other."""
        return self.look()


class ChoicesFelt:
    """An accepted press is felt from soon after it until its end, and not much longer."""

    rule = "choice-felt"

    def __init__(self, rightness: Rightness) -> None:
        """Over one comparison."""
        self._rightness = rightness

    def happened(self, step: Step, refused: str) -> None:
        """Nothing of its own."""

    def look(self) -> Iterator[str]:
        """Where an override should be felt and is not, or should be over and is not."""
        for wrong in self._rightness.wrong:
            if _ruling(wrong) is Rank.OVERRIDE:
                yield wrong.words

    def ended(self) -> Iterator[str]:
        """The end is an instant like any other."""
        return self.look()


class StopWins:
    """While a stop is in force every device of its zones that has power is in its safe state, whatever else happens.

    One that obeyed once obeys by itself: without the controller, without the broker, under a hand, after a reboot.
    """

    rule = "stop-wins"

    def __init__(self, bystander: Bystander, aims: Aims, rightness: Rightness) -> None:
        """Nothing is stopped yet."""
        self._here, self._aims, self._rightness = bystander, aims, rightness
        self._obeys: set[str] = set()

    def happened(self, step: Step, refused: str) -> None:
        """A new plan may hang devices elsewhere, and a resume ends everything."""
        if step.publish is not None or step.resume is not None:
            self._obeys.clear()

    def look(self) -> Iterator[str]:
        """Where a stop should be felt and is not."""
        for wrong in self._rightness.wrong:
            if _ruling(wrong) is Rank.STOP:
                yield wrong.words
        if not self._here.stops and not self._obeys:
            return
        for device in self._here.devices():
            aim = self._aims.of.get(device.id)
            if aim is None or not _is_safe(aim) or device.dialect != "native":
                self._obeys.discard(device.id)
                continue
            real = self._here.truth[device.id]
            keys = differing(aim.wanted, real) if real.get("powered") else ()
            if not keys and self._heard_of_it(device.id, aim):
                self._obeys.add(device.id)
            elif keys and device.id in self._obeys:
                yield f"It had obeyed the stop. {Wrong(device.id, keys, aim, real).words}"

    def ended(self) -> Iterator[str]:
        """The end is an instant like any other."""
        return self.look()

    def _heard_of_it(self, device: str, aim: Aim) -> bool:
        """Whether the stop itself has reached a device, and not only an order like it."""
        troubles = self._here.troubles
        return aim.by < self._here.now and troubles.excused_until(device) < self._here.now


def _is_safe(aim: Aim) -> bool:
    return bool(aim.rules) and all(ruled.rank is Rank.STOP for ruled in aim.rules.values())


def _ruling(wrong: Wrong) -> Rank | None:
    """The strongest layer of people that is not felt, or is still felt though it is over."""
    ranks = {wrong.aim.rules[key].rank for key in wrong.keys}
    found = next((rank for rank in (Rank.STOP, Rank.OVERRIDE) if rank in ranks), None)
    return found or (Rank.OVERRIDE if wrong.aim.late is Rank.OVERRIDE else None)
