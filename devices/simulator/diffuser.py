# ruff: noqa: ARG002 -- a method of a port need not use every argument
"""A native diffuser's hardware: cartridges, ten levels, liquid that runs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from devices.simulator.firmware import Inert
from devices.simulator.specs import DeviceSpec
from devices.simulator.wire import Json, Refused, number, switch, text

_LEVELS = 10
_DEFAULT_FRAGRANCES = ("linen",)
#: A rest below this is an empty cartridge, so that rounding never leaves one dripping for ever.
_EMPTY_ML = 1e-6


@dataclass(frozen=True, slots=True)
class DiffuserGoal:
    """`level` of ten."""

    on: bool
    fragrance: str
    level: int


class Diffuser(Inert):
    """Nebulises at `full_ml_per_h` (1 to 8) times its intensity, until the cartridge is empty and it says so.

    A fragrance that the spec gives a rate of its own goes by that.
    """

    kind = "diffuser"
    sense = "scent"

    def __init__(self, spec: DeviceSpec, full_ml_per_h: float) -> None:
        self._spec = spec
        self._full_ml_per_h, self._rates = full_ml_per_h, dict(spec.rates)
        self._loaded = spec.fragrances or _DEFAULT_FRAGRANCES
        self._ml = spec.cartridge_ml
        self._goal = self.default()
        self._since = float("-inf")
        self._empty_said = False

    @property
    def goal(self) -> DiffuserGoal:
        """What it was told."""
        return self._goal

    @property
    def ends(self) -> float:
        """A diffuser has no fade."""
        return float("-inf")

    def meta(self) -> Json:
        """Fragrances loaded, levels and limits."""
        return {
            "capabilities": ["on", "fragrance", "intensity"],
            "levels": {"intensity": _LEVELS},
            "limits": {"max_pct": self._spec.max_pct},
            "fragrances": list(self._loaded),
            "model": "Mist 1",
        }

    def default(self) -> DiffuserGoal:
        """Factory: off."""
        return DiffuserGoal(False, self._loaded[0], 0)

    def safe(self) -> DiffuserGoal:
        """Off."""
        return replace(self._goal, on=False)

    def judge(self, wanted: Mapping[str, object], base: DiffuserGoal) -> DiffuserGoal:
        """`on`, `fragrance`, `intensity_pct`. Raises Refused, for a fragrance that is not loaded above all."""
        on = switch(wanted)
        pct = number(wanted, "intensity_pct", 0, 100)
        fragrance = text(wanted, "fragrance")
        if fragrance is not None and fragrance not in self._loaded:
            raise Refused(f"This fragrance is not loaded; loaded: {', '.join(self._loaded)}.")
        return DiffuserGoal(
            base.on if on is None else on,
            base.fragrance if fragrance is None else fragrance,
            base.level if pct is None else self._level(pct),
        )

    def go(self, goal: DiffuserGoal, fade_s: float, now: float) -> None:
        """At once; scent has no fade, the air has."""
        self._burn(now)
        self._goal = goal

    def state(self, now: float) -> Json:
        """Whether scent comes out, the level really set, what is left, and what is wrong."""
        self._burn(now)
        goal = self._goal
        return {
            "on": goal.on and not self._is_empty,
            "fragrance": goal.fragrance,
            "intensity_pct": goal.level * 100 / _LEVELS,
            "level": goal.level,
            "ml_left": round(self._ml, 3),
            "fault": "empty" if self._is_empty else None,
        }

    def target(self) -> Json:
        """What it was told."""
        goal = self._goal
        return {"on": goal.on, "fragrance": goal.fragrance, "intensity_pct": goal.level * 100 / _LEVELS}

    def due(self) -> float | None:
        """When the cartridge will be empty."""
        if self._is_empty:
            return None if self._empty_said else self._since
        rate = self._ml_per_s
        return self._since + self._ml / rate if rate > 0 else None

    def happen(self, now: float) -> bool:
        """The cartridge ran out: said once, at the moment."""
        due = self.due()
        if due is None or now < due:
            return False
        self._ml, self._since, self._empty_said = 0.0, now, True
        return True

    def fault(self) -> str | None:
        """An empty cartridge, where scent is asked for."""
        return "The cartridge is empty." if self._is_empty and self._goal.on else None

    def touch(self, change: Mapping[str, object], now: float) -> DiffuserGoal:
        """Someone at the diffuser: its keys, and `ml_left` for a cartridge put in or run dry."""
        goal = self.judge(change, self._goal)
        ml = number(change, "ml_left", 0, 10_000)
        self.go(goal, 0.0, now)
        if ml is not None:
            self._ml, self._empty_said = float(ml), ml <= _EMPTY_ML
        return goal

    def cut(self, now: float) -> None:
        """Nothing evaporates without power."""
        self._burn(now)

    def restore(self, now: float) -> None:
        """Goes on as before."""
        self._since = now

    @property
    def _is_empty(self) -> bool:
        return self._ml <= _EMPTY_ML

    @property
    def _ml_per_s(self) -> float:
        if not self._goal.on:
            return 0.0
        return self._rates.get(self._goal.fragrance, self._full_ml_per_h) * self._goal.level / _LEVELS / 3600

    def _burn(self, now: float) -> None:
        """Take off what was diffused since the last look."""
        if self._ml_per_s and now > self._since:
            self._ml = max(0.0, self._ml - self._ml_per_s * (now - self._since))
        self._since = now

    def _level(self, pct: float) -> int:
        level = round(min(pct, self._spec.max_pct) * _LEVELS / 100)
        return max(level, 1) if pct > 0 else 0
