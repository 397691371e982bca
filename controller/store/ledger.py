"""What holds rest on, and when devices were last heard: noted in memory at once, on disk at most every half minute."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from controller.errors import SinneError
from controller.ports import Memory, ScentRun
from controller.store.ambience import Ambience
from controller.store.track import Track
from devices.device import Kind

log = logging.getLogger("sinne.engine")

#: Scent runs on for hours and devices speak every minute: this is exact enough for a purge of half an hour.
NOTE_EVERY = timedelta(seconds=30)


class Ledger:
    """Follows the reports of diffusers, and last words of all devices."""

    def __init__(self, memory: Memory, ambience: Ambience) -> None:
        """Note into `memory`, and tell `ambience` at once."""
        self._memory, self._ambience = memory, ambience
        self._fresh: dict[tuple[str, str], ScentRun] = {}
        self._noted: datetime | None = None
        self._seen: dict[str, datetime] = {}

    def load(self) -> None:
        """Take what was noted before the restart."""
        self._ambience.note_scent(self._memory.scent_runs())

    def take(self, track: Track, when: datetime) -> None:
        """A device spoke. A diffuser that is on puts its fragrance into the air of all its zones."""
        state = track.merged.state
        fragrance = state.get("fragrance")
        if track.device.kind is not Kind.DIFFUSER or state.get("on") is not True or not isinstance(fragrance, str):
            return
        intensity = state.get("intensity_pct")
        pct = float(intensity) if isinstance(intensity, int | float) else 0.0
        runs = [ScentRun(zone, fragrance, when, pct) for zone in track.device.zones]
        first = any((run.zone, run.fragrance) not in self._ambience.runs for run in runs)
        self._fresh.update({(run.zone, run.fragrance): run for run in runs})
        self._ambience.note_scent(runs)
        if first:
            self._noted = None  # the first whiff is noted at once: a restart must know of it

    def flush(self, when: datetime, tracks: Iterable[Track], force: bool = False) -> None:
        """Write what is new, if it is time. Never raises: a hold that rests on memory alone still holds."""
        if not force and self._noted is not None and abs(when - self._noted) < NOTE_EVERY:
            return
        self._noted = when
        seen = {t.device.id: t.heard_when for t in tracks if t.heard_when is not None}
        news = {device: heard for device, heard in seen.items() if self._seen.get(device) != heard}
        try:
            if self._fresh:
                self._memory.note_scent(tuple(self._fresh.values()))
                self._fresh.clear()
            if news:
                self._memory.note_last_seen(news)
                self._seen.update(news)
        except SinneError as refusal:
            log.warning("Not noted: %s", refusal)
