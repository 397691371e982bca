"""Drift: the hardware departs from what it was told, and the firmware says so or does not notice.

An ageing driver, a loose knob, a warped valve: nothing was ordered and nobody touched it. What is said of the target
stays what was ordered last, so it is neither a hand at the switch nor a fade. The next order that is obeyed ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.simulator.wire import Json

#: The words of a report that a silent drift would give away.
_TELLING = ("on", "brightness_pct", "kelvin", "xy", "volume_pct", "source", "fragrance", "intensity_pct", "level")


@dataclass(frozen=True, slots=True)
class Astray:
    """What a device that has drifted says: `target` as ordered; `said`: how it was, None where it tells the truth."""

    target: Json
    said: Json | None

    @classmethod
    def of(cls, state: Mapping[str, object], target: Json, tells: bool) -> Astray:
        """`state` and `target`: in the words of the device, just before it departs."""
        return cls(target, None if tells else {word: state[word] for word in _TELLING if word in state})

    def words(self, state: Json) -> Json:
        """What it says while its hardware is in `state`; what has nothing to do with the drift is always true."""
        if self.said is None:
            return state
        return {**{word: value for word, value in state.items() if word not in _TELLING}, **self.said}


def lasting(**found: bool) -> tuple[str, ...]:
    """Names of what is so."""
    return tuple(name for name, is_so in found.items() if is_so)
