"""State of a device as values: reading it strictly, merging partial reports, and naming what differs.

It exists so that *converged* means one thing: the last settled report equals the quantised desired, within
tolerance, in the device's own units (`steps.py`). Everything here is pure. What is on the wire is the
business of a dialect; what should be wished is the controller's. Keys by kind are in `KEYS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from devices.device import Device, Kind
from devices.dialects.base import Dialect, Malformed, Reported, State, StateValue
from devices.payload import flag, named, number, text, visible_text
from devices.steps import KEYS, quantise_percent

__all__ = [
    "KEYS", "MergedReport", "difference_sentence", "differs", "merge", "quantise_percent", "read_state",
    "visible_text",
]

#: Colour temperatures that a report may name; wider than what a scene may ask.
LOWEST_KELVIN, HIGHEST_KELVIN = 1000, 20000

_COLOUR = frozenset({"kelvin", "xy"})


def read_state(kind: Kind, raw: object) -> dict[str, StateValue]:
    """The state in `raw` (parsed JSON), checked. Partial is allowed, null means *not said*.

    Unknown keys are dropped. Percents are floats from 0 to 100, `kelvin` an int from 1000 to 20000, `xy` a
    pair from 0 to 1, texts cleaned. Raises Malformed.
    """
    if not isinstance(raw, dict):
        raise Malformed(f"the state is {named(raw)}, and it should be an object")
    found: dict[str, StateValue] = {}
    for key in KEYS[kind]:
        if raw.get(key) is not None:
            found[key] = _READERS[key](raw, key)
    if "kelvin" in found and "xy" in found:
        raise Malformed("the state has kelvin and xy, and a colour is one of the two")
    return found


def _percent(raw: Mapping[str, object], key: str) -> float | None:
    return number(raw, key, 0, 100)


def _kelvin(raw: Mapping[str, object], key: str) -> int | None:
    value = number(raw, key, LOWEST_KELVIN, HIGHEST_KELVIN)
    return None if value is None else round(value)


def _xy(raw: Mapping[str, object], key: str) -> tuple[float, float] | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Malformed(f"{key} is {named(value)}, and it should be a list of two numbers from 0 to 1")
    x, y = (number({key: part}, key, 0, 1) for part in value)
    if x is None or y is None:
        raise Malformed(f"{key} has a null in it, and it should be a list of two numbers from 0 to 1")
    return x, y


_READERS: Mapping[str, Callable[[Mapping[str, object], str], StateValue]] = {
    "on": flag,
    "brightness_pct": _percent, "volume_pct": _percent, "intensity_pct": _percent,
    "kelvin": _kelvin, "xy": _xy,
    "source": text, "fragrance": text,
}


@dataclass(frozen=True, slots=True)
class MergedReport:
    """What is known of a device's state from all its reports, each field with the time it was last said.

    `at`: by key, when the last report that held it arrived. `stale`: keys known only from retained reports:
    last known, no evidence. `settled`: whether the last word said that no fade is under way.
    """

    state: State = field(default_factory=dict)
    at: Mapping[str, datetime] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    settled: bool = False

    @property
    def fresh(self) -> bool:
        """Whether something is known, and all of it was said while somebody listened."""
        return bool(self.state) and not self.stale

    def since(self, moment: datetime) -> State:
        """The part of the state that was said, fresh, at or after `moment`."""
        return {key: value for key, value in self.state.items()
                if key not in self.stale and self.at[key] >= moment}


def merge(known: MergedReport | None, report: Reported, arrived: datetime) -> MergedReport:
    """Lay a (partial) report over what is known. Order of arrival counts, not the clock, which may step back.

    A retained report fills gaps and replaces other retained values, and never covers what was said live. A
    new colour displaces the other form of it (`kelvin` and `xy` are one field).
    """
    known = known or MergedReport()
    if report.fresh and known.state.keys() <= report.state.keys():  # it says all that is known, as most do
        return MergedReport(report.state, dict.fromkeys(report.state, arrived), frozenset(), report.settled)
    live = known.state.keys() - known.stale
    if live & _COLOUR:
        live |= _COLOUR
    heard = {key: value for key, value in report.state.items() if report.fresh or key not in live}
    gone = _COLOUR - heard.keys() if _COLOUR & heard.keys() else frozenset[str]()
    state = {key: value for key, value in known.state.items() if key not in gone} | heard
    at = {key: moment for key, moment in known.at.items() if key not in gone} | dict.fromkeys(heard, arrived)
    stale = known.stale - gone - heard.keys() if report.fresh else known.stale - gone | heard.keys()
    spoke = report.fresh or not known.state
    return MergedReport(state, at, stale, report.settled if spoke else known.settled)


def differs(dialect: Dialect, device: Device, wanted: State, merged: MergedReport) -> tuple[str, ...]:
    """Keys in which `merged` is not `wanted` (quantised), by the dialect's comparison; empty means converged.

    It asks only about values. Whether the report is settled and fresh is for the caller to weigh first.
    """
    if dialect.agrees(device, wanted, merged.state):
        return ()
    if "on" in wanted and not dialect.agrees(device, {"on": wanted["on"]}, merged.state):
        return ("on",)
    return tuple(key for key, value in wanted.items()
                 if not dialect.agrees(device, {key: value}, merged.state))


_NAMES = {"brightness_pct": "brightness", "volume_pct": "volume", "intensity_pct": "intensity",
          "kelvin": "colour temperature", "xy": "colour", "source": "source", "fragrance": "fragrance"}


def difference_sentence(key: str, wanted: StateValue, reported: StateValue) -> str:
    """One difference for people: `brightness is 20 %, should be 60 %`, `is off, should be on`."""
    if key == "on":
        return f"is {_said(key, reported)}, should be {_said(key, wanted)}"
    return f"{_NAMES.get(key, key)} is {_said(key, reported)}, should be {_said(key, wanted)}"


def _said(key: str, value: StateValue) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return f"xy {value[0]:.3g}, {value[1]:.3g}"
    if isinstance(value, str):
        return visible_text(value, 60) or "none"
    return f"{value:.0f} K" if key == "kelvin" else f"{round(value, 1):g} %"
