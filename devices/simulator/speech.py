"""What a player says over its music, and what becomes of the music meanwhile: a stack counted by depth.

As many announcements as were begun have to end before the music is back. How loud it then is, is what the player was
told last: nothing is remembered that could be restored wrongly (`domain.md`, *Music*).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from devices.simulator.wire import Refused, number, text

#: Ducked music has a quarter of its volume.
DUCKED = 0.25
_LONGEST_S = 600.0
_DEFAULT_S = 20.0
_MANNERS = ("duck", "interrupt")
#: So many ids are told: several may be begun between two reports.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Said:
    """One announcement under way."""

    id: str
    clip: str
    manner: str
    ends: float


class Speech:
    """The announcements that a player has under way."""

    def __init__(self) -> None:
        self._said: list[Said] = []
        #: The ids of those that were begun last, over or not, the newest last.
        self._begun: deque[str] = deque(maxlen=_TOLD)

    def begin(self, command: Mapping[str, object], now: float) -> None:
        """Begin to say what a command names. Raises Refused."""
        self.over(now)
        clip, manner = text(command, "clip"), text(command, "manner") or "duck"
        if not clip:
            raise Refused("clip must name a recording.")
        if manner not in _MANNERS:
            raise Refused(f"manner must be {' or '.join(_MANNERS)}.")
        length_s = number(command, "length_s", 0, _LONGEST_S)
        if command.get("volume_pct") is not None:
            number(command, "volume_pct", 0, 100)
        said = Said(str(command["id"]), clip, manner, now + (_DEFAULT_S if length_s is None else length_s))
        self._begun.append(said.id)
        self._said.append(said)

    def over(self, now: float) -> bool:
        """Take away what has been said by `now`; True if something was."""
        under_way = [said for said in self._said if now < said.ends]
        ended = len(under_way) < len(self._said)
        self._said = under_way
        return ended

    def hush(self) -> None:
        """Say nothing more of any of them."""
        self._said = []

    @property
    def ends(self) -> float | None:
        """When the next of them is over."""
        return min((said.ends for said in self._said), default=None)

    def share(self, now: float) -> float:
        """What is left of the music's volume: 1 while nothing is said."""
        under_way = [said for said in self._said if now < said.ends]
        if any(said.manner == "interrupt" for said in under_way):
            return 0.0
        return DUCKED if under_way else 1.0

    def words(self, now: float, volume: float) -> dict[str, object]:
        """For the report: what is being said, what was begun last, and how much of the music comes out.

        Nothing before the first announcement. `volume_pct` beside it stays what the music is set to.
        """
        if not self._begun:
            return {}
        under_way = [said for said in self._said if now < said.ends]
        return {"announcing": under_way[-1].id if under_way else "", "announced": " ".join(self._begun),
                "ducked": bool(under_way), "heard_pct": round(volume * self.share(now), 1)}
