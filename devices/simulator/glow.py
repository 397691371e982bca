"""Light as hardware gives it: steps of brightness, a colour, and fades that take time.

The unit of white is the device's own (kelvin for native lamps, mireds for Zigbee), so one ramp serves both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LightGoal:
    """A light in device units: `level` of brightness steps; `white` in the lamp's unit, or `xy`, or neither."""

    on: bool
    level: int
    white: int | None = None
    xy: tuple[float, float] | None = None

    @property
    def output(self) -> int:
        """The steps of light that really come out."""
        return self.level if self.on else 0


class Glow:
    """One light source on its way to `goal`, where it stands from `ends` on. Ramps are linear in device units."""

    def __init__(self, goal: LightGoal) -> None:
        self.goal = goal
        self.ends = float("-inf")
        self._start = goal
        self._began = self._level_ends = self._colour_ends = self.ends

    def go(self, goal: LightGoal, now: float, level_s: float, colour_s: float) -> None:
        """Set out from wherever it is; what already agrees, or cannot be seen, takes no time."""
        if level_s == 0 == colour_s:
            self.goal = goal
            self.jump()
            return
        start = self.at(now)
        lit = start.output > 0
        same_mode = (start.white is None) == (goal.white is None) and (start.xy is None) == (goal.xy is None)
        recoloured = (start.white, start.xy) != (goal.white, goal.xy)
        self._start, self.goal, self._began = start, goal, now
        self._level_ends = now + (level_s if start.output != goal.output else 0.0)
        self._colour_ends = now + (colour_s if lit and same_mode and recoloured else 0.0)
        self.ends = max(self._level_ends, self._colour_ends)

    def jump(self) -> None:
        """Stand at the goal at once."""
        self.ends = self._level_ends = self._colour_ends = float("-inf")

    def at(self, now: float) -> LightGoal:
        """Where it is at `now`."""
        if now >= self.ends:
            return self.goal
        on, level = self._level(now)
        if now >= self._colour_ends:
            return LightGoal(on, level, self.goal.white, self.goal.xy)
        part = self._part(now, self._colour_ends)
        start, goal = self._start, self.goal
        white = xy = None
        if start.white is not None and goal.white is not None:
            white = round(start.white + part * (goal.white - start.white))
        if start.xy is not None and goal.xy is not None:
            xy = (
                round(start.xy[0] + part * (goal.xy[0] - start.xy[0]), 4),
                round(start.xy[1] + part * (goal.xy[1] - start.xy[1]), 4),
            )
        return LightGoal(on, level, white, xy)

    def _level(self, now: float) -> tuple[bool, int]:
        if now >= self._level_ends:
            return self.goal.on, self.goal.level
        begin, end = self._start.output, self.goal.output
        # A lamp that fades is on until its last step is gone, so a level of 0 is never seen on the way.
        return True, max(1, round(begin + self._part(now, self._level_ends) * (end - begin)))

    def _part(self, now: float, ends: float) -> float:
        return (now - self._began) / (ends - self._began) if ends > self._began else 1.0
