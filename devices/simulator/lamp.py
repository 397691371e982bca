# ruff: noqa: ARG002 -- a method of a port need not use every argument
"""A native lamp's hardware: steps of brightness, kelvin or xy, fades."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from devices.simulator.firmware import Inert
from devices.simulator.glow import Glow, LightGoal
from devices.simulator.specs import DeviceSpec
from devices.simulator.wire import Json, Refused, number, pair, switch

#: Full light in a stop is white: a deep blue at 100 % is no light to leave a shop by.
_STOP_KELVIN = 4000


@lru_cache(maxsize=100)
def _percents(levels: int) -> tuple[float, ...]:
    """What each step is in percent; one table for all lamps of so many steps, for ten thousand would be 80 MB."""
    return tuple(round(100 * level / levels, 2) for level in range(levels + 1))


class Lamp(Inert):
    """Quantises to its levels, clamps to its own limits, and ignores a colour that it has not got."""

    kind = "light"
    sense = "light"

    def __init__(self, spec: DeviceSpec) -> None:
        self._spec = spec
        self._fades = "jumps" not in spec.quirks
        self._pct = _percents(spec.levels)
        self._most = max(1, int(spec.levels * spec.max_pct / 100))
        self._glow = Glow(self.default())
        self._target = self._words(self._glow.goal)
        self.identified = 0

    @property
    def goal(self) -> LightGoal:
        """Where it is going, in device units."""
        return self._glow.goal

    @property
    def ends(self) -> float:
        """When it has arrived."""
        return self._glow.ends

    def meta(self) -> Json:
        """Capabilities, levels and limits."""
        spec = self._spec
        abilities = ["on", "brightness", *(["fade"] if self._fades else [])]
        limits: Json = {"max_pct": spec.max_pct}
        if spec.kelvin is not None:
            abilities.append("kelvin")
            limits["kelvin"] = list(spec.kelvin)
        if spec.colour:
            abilities.append("xy")
        return {"capabilities": abilities, "levels": {"brightness": spec.levels}, "limits": limits, "model": "Glow 1"}

    def default(self) -> LightGoal:
        """Factory: on, full, neutral white, as most lamps come back after a bad supply."""
        return LightGoal(True, self._most, self._white(_STOP_KELVIN))

    def safe(self) -> LightGoal:
        """Full light: 100 %, or the lamp's most; a coloured lamp turns white."""
        white = self.goal.white
        return LightGoal(True, self._most, self._white(_STOP_KELVIN) if white is None else white)

    def judge(self, wanted: Mapping[str, object], base: LightGoal) -> LightGoal:
        """`on`, `brightness_pct` and one of `kelvin` and `xy`; unknown keys are left alone. Raises Refused."""
        if "kelvin" in wanted and "xy" in wanted:
            raise Refused("A light has a kelvin or an xy, not both.")
        on = switch(wanted)
        pct = number(wanted, "brightness_pct", 0, 100)
        kelvin = number(wanted, "kelvin", 1, 100_000)
        white, xy = base.white, base.xy
        if kelvin is not None and self._spec.kelvin is not None:
            white, xy = self._white(kelvin), None
        if "xy" in wanted:
            point = pair(wanted["xy"])
            if self._spec.colour:
                white, xy = None, point
        level = base.level if pct is None else self._level(pct)
        return LightGoal(base.on if on is None else on, level, white, xy)

    def go(self, goal: LightGoal, fade_s: float, now: float) -> None:
        """Fade there."""
        takes_s = fade_s if self._fades else 0.0
        self._glow.go(goal, now, takes_s, takes_s)
        self._target = self._words(goal)

    def state(self, now: float) -> Json:
        """What comes out now; off says the brightness that it would come back with."""
        return self._target if now >= self._glow.ends else self._words(self._glow.at(now))

    def target(self) -> Json:
        """Where it is going."""
        return self._target

    def act(self, op: str, now: float) -> bool:
        """`identify` blinks, which no report shows."""
        self.identified += op == "identify"
        return False

    def touch(self, change: Mapping[str, object], now: float) -> LightGoal:
        """Someone at the switch: the same keys as a desired state, at once."""
        goal = self.judge(change, self._glow.at(now))
        self.go(goal, 0.0, now)
        return goal

    def restore(self, now: float) -> None:
        """A fade does not survive a loss of power."""
        self._glow.jump()

    def _level(self, pct: float) -> int:
        level = min(round(pct * self._spec.levels / 100), self._most)
        return max(level, 1) if pct > 0 else 0

    def _white(self, kelvin: float) -> int | None:
        if self._spec.kelvin is None:
            return None
        low, high = self._spec.kelvin
        return round(min(max(kelvin, low), high))

    def _words(self, look: LightGoal) -> Json:
        words: Json = {"on": look.on, "brightness_pct": self._pct[look.level]}
        if look.white is not None:
            words["kelvin"] = look.white
        elif look.xy is not None:
            words["xy"] = look.xy
        return words
