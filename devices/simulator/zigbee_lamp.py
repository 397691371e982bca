"""A Zigbee lamp and what its bridge remembers of it: 0 to 254, mireds, and a cache that may be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from devices.simulator.glow import Glow, LightGoal
from devices.simulator.specs import DeviceSpec
from devices.simulator.straying import lasting
from devices.simulator.wire import Json, Refused, number, pair, switch, text

_LEVELS = 254
_DEFAULT_KELVIN = 4000
#: Zigbee counts a transition in tenths of a second, sixteen bits of them.
_MAX_TRANSITION_S = 6553.5
_KNOWN = ("state", "brightness", "color_temp", "color")


class ZigbeeLamp:
    """The hardware (`truth`) and the bridge's cache (`cached`), which agree only when the lamp was really asked.

    `ikea` in the spec's quirks: a brightness transition becomes 0 when colour is in the same message.
    """

    def __init__(self, spec: DeviceSpec) -> None:
        self.id = spec.id
        self.name = spec.address.partition("/")[2]
        self.lying = False
        self.reachable = True
        self.cached: Json = {}
        self._ikea = "ikea" in spec.quirks
        self._colour = spec.colour
        self._mireds = None if spec.kelvin is None else tuple(sorted(round(1e6 / kelvin) for kelvin in spec.kelvin))
        self._glow = Glow(self._default())
        #: Where a lamp that has drifted was meant to be, and whether it says so when it is read.
        self._meant: LightGoal | None = None
        self._tells = False
        self._remember(self._glow.goal)

    @property
    def ends(self) -> float:
        """When a fade under way has arrived; never while out of reach, where nobody sees it arrive."""
        return self._glow.ends if self.reachable else float("-inf")

    def known(self, payload: Mapping[str, object]) -> list[str]:
        """The keys of a payload that concern a lamp."""
        return [key for key in _KNOWN if key in payload]

    def set(self, now: float, wanted: Mapping[str, object]) -> None:
        """Do what a `/set` says and remember its target, whether the lamp does it or not. Raises Refused."""
        before = self._glow.goal
        goal = self._judge(wanted, before)
        transition_s = number(wanted, "transition", 0, _MAX_TRANSITION_S) or 0.0
        coloured = "color_temp" in wanted or "color" in wanted
        self._remember(goal)
        if self.lying:
            return
        if not goal.on and not before.on:
            # A lamp that is off does not execute colour commands; the cache says otherwise.
            goal = replace(goal, white=before.white, xy=before.xy)
        self._meant = None
        self._glow.go(goal, now, 0.0 if self._ikea and coloured else transition_s, transition_s)

    def has(self, key: str) -> bool:
        """Whether the lamp can be asked for `key`."""
        return {"color_temp": self._mireds is not None, "color": self._colour}.get(key, True)

    def read(self, now: float, keys: Iterable[str] = _KNOWN) -> None:
        """Ask the lamp itself for `keys`, and remember that; asking for either colour reads the whole colour."""
        silent = self._meant is not None and not self._tells
        look, before = (self._meant if silent else None) or self._glow.at(now), dict(self.cached)
        self._remember(look)
        coloured = "color" in keys or "color_temp" in keys
        for key in self.cached:
            if key in before and not (key in keys or (coloured and key.startswith("color"))):
                self.cached[key] = before[key]

    def truth(self, now: float) -> Json:
        """What the hardware does, in percent and kelvin."""
        look = self._glow.at(now)
        words: Json = {
            "powered": self.reachable,
            "on": look.on and self.reachable,
            "brightness_pct": round(100 * look.level / _LEVELS, 2),
        }
        if look.white is not None:
            words["kelvin"] = round(1e6 / look.white)
        elif look.xy is not None:
            words["xy"] = look.xy
        return words

    def touch(self, now: float, change: Mapping[str, object]) -> None:
        """A hand on it: `on`, `brightness_pct`, `kelvin` or `xy`. Raises Refused."""
        goal = self._changed(self._glow.at(now), change)
        self._meant = None
        self._glow.go(goal, now, 0.0, 0.0)

    def drift(self, now: float, change: Mapping[str, object], over_s: float, tells: bool) -> None:
        """Go where nobody sent it; asked for its state it says the truth, or what it should be. Raises Refused."""
        meant = self._meant or self._glow.goal
        self._glow.go(self._changed(self._glow.at(now), change), now, over_s, over_s)
        self._meant, self._tells = meant, tells

    def settle(self, now: float) -> None:
        """Be at once again where it was meant to be."""
        if self._meant is not None:
            self._glow.go(self._meant, now, 0.0, 0.0)
            self._meant = None

    def mischief(self) -> tuple[str, ...]:
        """What lasts of what a tester has done to it."""
        return lasting(unplugged=not self.reachable, lying=self.lying, drifting=self._meant is not None)

    def _changed(self, look: LightGoal, change: Mapping[str, object]) -> LightGoal:
        on = switch(change)
        pct = number(change, "brightness_pct", 0, 100)
        kelvin = number(change, "kelvin", 1, 100_000)
        goal = replace(
            look,
            on=look.on if on is None else on,
            level=look.level if pct is None else round(pct * _LEVELS / 100),
        )
        if kelvin is not None and self._mireds is not None:
            goal = replace(goal, white=self._clamped(1e6 / kelvin), xy=None)
        if "xy" in change:
            point = pair(list(change["xy"]) if isinstance(change["xy"], (list, tuple)) else None)
            goal = replace(goal, white=None, xy=point) if self._colour else goal
        return goal

    def lose_power(self, now: float) -> None:
        """Someone used the wall switch: dark, and out of reach."""
        self._glow.go(self._glow.at(now), now, 0.0, 0.0)
        self.reachable = False

    def power_up(self, now: float) -> None:
        """As most Zigbee lamps come back unless configured otherwise: on, as bright as it was."""
        self.reachable = True
        self.settle(now)
        self._glow.go(replace(self._glow.goal, on=True), now, 0.0, 0.0)

    def to_defaults(self) -> None:
        """On, full, neutral white."""
        self._glow, self._meant = Glow(self._default()), None

    def _default(self) -> LightGoal:
        return LightGoal(True, _LEVELS, self._clamped(1e6 / _DEFAULT_KELVIN))

    def _clamped(self, mireds: float) -> int | None:
        return None if self._mireds is None else round(min(max(mireds, self._mireds[0]), self._mireds[1]))

    def _judge(self, wanted: Mapping[str, object], base: LightGoal) -> LightGoal:
        # A state of null means that brightness shall not switch.
        hands_off = "state" in wanted and wanted["state"] is None
        state = None if hands_off else text(wanted, "state")
        on = None if state is None else {"ON": True, "OFF": False, "TOGGLE": not base.on}.get(state.upper())
        if state is not None and on is None:
            raise Refused("state must be ON, OFF or TOGGLE")
        level = number(wanted, "brightness", 0, 65_535)
        mireds = number(wanted, "color_temp", 1, 65_279)
        white, xy = base.white, base.xy
        if mireds is not None and self._mireds is not None:
            white, xy = self._clamped(mireds), None
        if "color" in wanted:
            colour = wanted["color"]
            point = pair([colour.get("x"), colour.get("y")]) if isinstance(colour, dict) else pair(None)
            if self._colour:
                white, xy = None, point
        if level == 0 and on:
            level = 1  # its converter: on with no light is the least light
        if on is None:
            # Brightness alone switches (move to level with on/off): 0 is off, anything else on.
            on = base.on if level is None or hands_off else level > 0
        return LightGoal(on, base.level if not level else min(round(level), _LEVELS), white, xy)

    def _remember(self, look: LightGoal) -> None:
        self.cached["state"] = "ON" if look.on else "OFF"
        self.cached["brightness"] = look.level
        if look.white is not None:
            self.cached |= {"color_mode": "color_temp", "color_temp": look.white}
        elif look.xy is not None:
            self.cached |= {"color_mode": "xy", "color": {"x": look.xy[0], "y": look.xy[1]}}
        self.cached["linkquality"] = 120
