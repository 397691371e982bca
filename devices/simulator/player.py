"""A native player's hardware: a volume that ramps, sources that it knows, a crossfade, titles that move on, and what it
says over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from devices.simulator.firmware import Inert
from devices.simulator.glow import Glow, LightGoal
from devices.simulator.playlists import Track, playlist
from devices.simulator.specs import DeviceSpec
from devices.simulator.speech import Speech
from devices.simulator.wire import Json, Refused, number, switch, text

_DEFAULT_SOURCES = ("calm-morning",)
_LONGEST_CROSSFADE_S = 30.0


@dataclass(frozen=True, slots=True)
class PlayerGoal:
    """`volume` in whole percent, which is what the player can do."""

    on: bool
    volume: int
    source: str
    crossfade_s: float


class Player(Inert):
    """Plays one of its sources. A source that it does not know is refused, so that a typo never silences a store."""

    kind = "player"
    sense = "music"

    def __init__(self, spec: DeviceSpec, tells_tracks: bool) -> None:
        self._spec = spec
        self._sources = spec.sources or _DEFAULT_SOURCES
        self._most = max(1, int(spec.max_pct))
        self._lists = {source: playlist(source) for source in self._sources}
        self._tells_tracks = tells_tracks
        self._goal = self.default()
        self._gain = Glow(LightGoal(self._goal.on, self._goal.volume))
        self._playing, self._swap_ends = self._goal.source, float("-inf")
        self._place, self._since = 0, 0.0
        self.speech = Speech()

    @property
    def goal(self) -> PlayerGoal:
        """What it was told."""
        return self._goal

    @property
    def ends(self) -> float:
        """When ramp and crossfade are over."""
        return max(self._gain.ends, self._swap_ends)

    def meta(self) -> Json:
        """Sources, levels and limits."""
        return {
            "capabilities": ["on", "volume", "source", "crossfade", "fade", "announce"],
            "levels": {"volume": 100},
            "limits": {"max_pct": self._spec.max_pct},
            "sources": list(self._sources),
            "model": "Tone 1",
        }

    def default(self) -> PlayerGoal:
        """Factory: silent."""
        return PlayerGoal(False, min(20, self._most), self._sources[0], 4.0)

    def safe(self) -> PlayerGoal:
        """Mute: off."""
        return replace(self._goal, on=False)

    def judge(self, wanted: Mapping[str, object], base: PlayerGoal) -> PlayerGoal:
        """`on`, `volume_pct`, `source`, `crossfade_s`. Raises Refused, for an unknown source above all."""
        on = switch(wanted)
        pct = number(wanted, "volume_pct", 0, 100)
        crossfade_s = number(wanted, "crossfade_s", 0, _LONGEST_CROSSFADE_S)
        source = text(wanted, "source")
        if source is not None and source not in self._lists:
            raise Refused(f"This player does not know that source; it has {', '.join(self._sources)}.")
        return PlayerGoal(
            base.on if on is None else on,
            base.volume if pct is None else min(round(pct), self._most),
            base.source if source is None else source,
            base.crossfade_s if crossfade_s is None else crossfade_s,
        )

    def go(self, goal: PlayerGoal, fade_s: float, now: float) -> None:
        """Ramp the volume over `fade_s`, cross to another source over its own crossfade."""
        self._arrive(now)
        before = self._gain.at(now)
        if goal.source != self._goal.source or (goal.source != self._playing and now >= self._swap_ends):
            self._swap_ends = now + (goal.crossfade_s if before.output > 0 else 0.0)
        if goal.on and not before.on:
            self._since = now
        self._goal = goal
        self._gain.go(LightGoal(goal.on, goal.volume), now, fade_s, fade_s)
        self._arrive(now)

    def state(self, now: float) -> Json:
        """What is heard; the title only while something plays."""
        self._arrive(now)
        look = self._gain.at(now)
        words: Json = {
            "on": look.on,
            "volume_pct": look.level,
            "source": self._playing,
            "crossfade_s": self._goal.crossfade_s,
        }
        if look.on:
            track, elapsed_s = self._track(now)
            words |= {"title": track.title, "artist": track.artist, "isrc": track.isrc, "elapsed_s": int(elapsed_s)}
        return words | self.speech.words(now, look.output)

    def target(self) -> Json:
        """What it was told."""
        goal = self._goal
        return {
            "on": goal.on,
            "volume_pct": goal.volume,
            "source": goal.source,
            "crossfade_s": goal.crossfade_s,
        }

    def due(self) -> float | None:
        """The end of the title that plays, where titles are told, or of what is being said."""
        ends = (self._title_ends(), self.speech.ends)
        return min((end for end in ends if end is not None), default=None)

    def happen(self, now: float) -> bool:
        """The next title begins; an announcement is over."""
        said = self.speech.over(now)
        ends = self._title_ends()
        if ends is None or now < ends:
            return said
        self._track(now)
        return True

    def _title_ends(self) -> float | None:
        if not self._goal.on or not self._tells_tracks:
            return None
        return self._since + self._lists[self._playing][self._place].length_s

    def announce(self, command: Mapping[str, object], now: float) -> bool:
        """Say something over the music, or instead of it, also when no music plays. Raises Refused."""
        self.speech.begin(command, now)
        return True

    def hush(self) -> None:
        """What is being said is not said to its end."""
        self.speech.hush()

    def act(self, op: str, now: float) -> bool:
        """`skip` goes to the next title."""
        if op != "skip" or not self._gain.at(now).on:
            return False
        self._track(now)
        self._place, self._since = (self._place + 1) % len(self._lists[self._playing]), now
        return True

    def touch(self, change: Mapping[str, object], now: float) -> PlayerGoal:
        """Someone at the knob: the same keys as a desired state, at once."""
        goal = self.judge(change, self._goal)
        self.go(goal, 0.0, now)
        return goal

    def cut(self, now: float) -> None:
        """Silence; goal and place in the list stay."""
        self._track(now)
        self.speech.hush()

    def restore(self, now: float) -> None:
        """Plays on from the beginning of the title."""
        self._gain.jump()
        self._swap_ends, self._since = float("-inf"), now
        self._arrive(now)

    def _arrive(self, now: float) -> None:
        """The new source is heard once the crossfade is over."""
        if now >= self._swap_ends and self._playing != self._goal.source:
            self._playing, self._place, self._since = self._goal.source, 0, now

    def _track(self, now: float) -> tuple[Track, float]:
        """The title at `now` and how far into it; walks on through the list, which repeats."""
        tracks = self._lists[self._playing]
        round_s = sum(track.length_s for track in tracks)
        elapsed_s = max(0.0, now - self._since)
        if elapsed_s >= round_s:
            self._since += round_s * (elapsed_s // round_s)
        while now - self._since >= tracks[self._place].length_s:
            self._since += tracks[self._place].length_s
            self._place = (self._place + 1) % len(tracks)
        return tracks[self._place], max(0.0, now - self._since)
