"""How devices, senses and zones stand. The definitions, in one place.

A device is out of reach (`LOST`) when it or its bridge says so, when it has been silent for three heartbeats, when it
was never heard and does not answer, and, as nothing can be known then, when the broker is away. `ALARM`: it is in
reach and has not done what it was told for a minute, or refuses. `SENT`: it is in reach and has not settled on what it
should be. `ASSUMED`: it cannot report. `REPORTED`: it said so itself. A device that somebody changed by hand, and whose
policy is to yield, stands reported: it is as it may be.

Several devices, of a sense or a zone (contacts aside): `NONE` without a device; `ALARM` if any is; `LOST` if all are;
else `SENT` if any in reach is on its way, `ASSUMED` if any cannot report, else `REPORTED`. So a zone with two lamps out
of reach and twenty reported stands reported, and its words tell of the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.shapes import Standing
from controller.store.sight import DeviceSight
from controller.walltime import Wall
from controller.wording import disobeying, lost_since, some_lost, standing_words
from devices.device import Kind


@dataclass(frozen=True, slots=True)
class Seen:
    """A device as the engine sees it, and how it stands."""

    sight: DeviceSight
    standing: Standing

    @property
    def in_reach(self) -> bool:
        """Whether what it said last is how it is."""
        return self.standing is not Standing.LOST


def device_standing(sight: DeviceSight, connected: bool) -> Standing:
    """How one device stands; `connected`: whether the broker is there."""
    if not connected or sight.online is False:
        return Standing.LOST
    if sight.online is None:
        waiting = sight.sent_at is not None and not sight.alarm
        return Standing.SENT if waiting else Standing.LOST
    if sight.alarm:
        return Standing.ALARM
    if sight.device.kind is Kind.CONTACT or sight.wanted is None or sight.yielding_until is not None:
        return Standing.REPORTED
    if sight.assumed:
        return Standing.SENT if sight.sent_at is None else Standing.ASSUMED
    return Standing.REPORTED if sight.converged else Standing.SENT


def standing_of(devices: Iterable[Seen]) -> Standing:
    """How several devices stand together."""
    found = {seen.standing for seen in devices}
    if not found:
        return Standing.NONE
    if found == {Standing.LOST}:
        return Standing.LOST
    for standing in (Standing.ALARM, Standing.SENT, Standing.ASSUMED):
        if standing in found:
            return standing
    return Standing.REPORTED


def agreed(devices: Iterable[Seen]) -> int:
    """How many are as they should be, by their own word or by assumption."""
    return sum(1 for seen in devices if seen.standing in (Standing.REPORTED, Standing.ASSUMED))


def words_of(standing: Standing, devices: Sequence[Seen], wall: Wall) -> str:
    """How a zone stands: `Reported`, `On its way, 2 of 3`, `Out of reach since 13:42`, `1 lamp does not do as told`."""
    if standing is Standing.LOST:
        return lost_since(newest(seen.sight.heard for seen in devices), wall)
    lost = _by_kind(devices, Standing.LOST)
    if standing is Standing.ALARM:
        words = disobeying(_by_kind(devices, Standing.ALARM))
    else:
        words = standing_words(standing, agreed(devices), len(devices) - sum(lost.values()))
    return some_lost(words, lost) if lost else words


def newest(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest of the moments that are known."""
    return max((moment for moment in moments if moment is not None), default=None)


def _by_kind(devices: Iterable[Seen], standing: Standing) -> Counter[str]:
    return Counter(seen.sight.device.kind.value for seen in devices if seen.standing is standing)
