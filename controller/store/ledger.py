"""What holds rest on, and when devices were last heard: noted in memory at once, on disk at most every half minute."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from controller.ports import Memory, ScentRun
from controller.store.ambience import Ambience
from controller.store.recorder import Recorder
from controller.store.track import Track
from devices.device import Kind

#: Scent runs on for hours and devices speak every minute: this is exact enough for a purge of half an hour.
NOTE_EVERY = timedelta(seconds=30)


class Ledger:
    """Follows the reports of diffusers, and last words of all devices."""

    def __init__(self, memory: Memory, ambience: Ambience, recorder: Recorder) -> None:
        """Note into `memory` by way of `recorder`, and tell `ambience` at once."""
        self._memory, self._ambience, self._recorder = memory, ambience, recorder
        self._fresh = False
        self._noted: datetime | None = None
        self._seen: dict[str, datetime] = {}
        #: What each diffuser was putting into the air when it last spoke.
        self._running: dict[str, tuple[str, float]] = {}

    def load(self) -> None:
        """Take what was noted before the restart."""
        self._ambience.note_scent(self._memory.scent_runs())

    def take(self, track: Track, when: datetime) -> None:
        """A diffuser spoke, or was spoken of. One that is on puts its fragrance into the air of all its zones.

        What it ran until now counts until now, also when it says that it has just been switched off.
        """
        if track.device.kind is not Kind.DIFFUSER or "on" in track.merged.stale:
            return
        was, runs = self._running.pop(track.device.id, None), _runs(track)
        if track.online is not False and runs is not None:
            self._running[track.device.id] = runs
            if runs != was:
                self._noted = None  # what begins is noted at once: a restart must know of it
        for fragrance, pct in {run for run in (was, runs) if run is not None}:
            self._note([ScentRun(zone, fragrance, when, pct) for zone in track.device.zones])

    def _note(self, runs: list[ScentRun]) -> None:
        self._fresh = True
        self._ambience.note_scent(runs)

    def flush(self, when: datetime, tracks: Iterable[Track], force: bool = False) -> None:
        """Write what is new, if it is time. Never raises: a hold that rests on memory alone still holds."""
        if not force and self._noted is not None and abs(when - self._noted) < NOTE_EVERY:
            return
        self._noted = when
        if self._fresh:
            self._fresh = False
            runs = tuple(self._ambience.runs.values())
            self._recorder.save("scent", lambda: self._memory.note_scent(runs))
        seen = {t.device.id: t.heard_when for t in tracks if t.heard_when is not None}
        news = {device: heard for device, heard in seen.items() if self._seen.get(device) != heard}
        if news:
            self._seen = seen
            self._recorder.save("last seen", lambda: self._memory.note_last_seen(news))


def _runs(track: Track) -> tuple[str, float] | None:
    state = track.merged.state
    fragrance, intensity = state.get("fragrance"), state.get("intensity_pct")
    if state.get("on") is not True or not isinstance(fragrance, str):
        return None
    return fragrance, float(intensity) if isinstance(intensity, int | float) else 0.0
