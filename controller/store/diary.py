"""What players played and what diffusers gave, by their own reports: written down when it is over.

It exists for collecting societies and for HQ (`domain.md`: title, artist, ISRC, zone, start, seconds). One entry a
piece of music, one an hour of scent. What a store that loses its power had not written yet is lost, but for a title
that still plays afterwards, whose player says how far into it it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.ports import Memory
from controller.store.fleet import Fleet
from controller.store.recorder import Recorder
from controller.store.track import MISSED_HEARTBEATS, Track
from devices.device import Kind
from devices.state import visible_text

PLAYED, DIFFUSED = "music.played", "scent.diffused"
#: Scent that goes on is written down so often.
_CUT_EVERY = timedelta(hours=1)
#: What was written so long ago still tells from when a title that plays now has to be counted.
_LOOK_BACK = timedelta(hours=6)
#: A title that is fewer seconds in than it was has begun anew; less than this is rounding.
_BACK_S = 2.0
#: Less than this is no play, and no run.
_LEAST_S = 1.0
_LONGEST_TITLE_S = 86_400.0
_LONGEST = {"title": 200, "artist": 200, "isrc": 20}


@dataclass(slots=True)
class _Run:
    """One device doing one thing. `what`: the words of it; `last`: when it was last heard doing it.

    `elapsed_s`: how far into the title it said it was. `ml`: what was left when the run began, and at its last word.
    """

    what: dict[str, object]
    zones: tuple[str, ...]
    start: datetime
    last: datetime
    elapsed_s: float | None = None
    ml: tuple[float | None, float | None] = (None, None)


class Diary:
    """What every player and diffuser of the fleet is at."""

    def __init__(self, fleet: Fleet, recorder: Recorder, memory: Memory) -> None:
        """Nothing is known yet."""
        self._fleet, self._recorder, self._memory = fleet, recorder, memory
        self._runs: dict[str, _Run] = {}
        #: By player: up to when all is told, so that no second counts twice.
        self._told: dict[str, datetime] = {}
        self._of: object = None

    def load(self, when: datetime) -> None:
        """Take up how far was told before the restart."""
        for entry in self._memory.recorded(when - _LOOK_BACK, when + _LOOK_BACK, (PLAYED,), newest_first=True):
            try:
                end = datetime.fromisoformat(str(entry.body["start"])) + timedelta(seconds=float(
                    str(entry.body["seconds"])))
                device = str(entry.body["device"])
                self._told[device] = max(end, self._told.get(device, end))
            except (KeyError, ValueError, TypeError, OverflowError):
                continue  # an entry of some other sinne: then a title may be told twice in part

    def heard(self, track: Track, when: datetime) -> None:
        """A device spoke, or was spoken of."""
        if track.device.kind is Kind.PLAYER:
            self._take(track, when, _title(track))
        elif track.device.kind is Kind.DIFFUSER:
            self._take(track, when, _scent(track))

    def look(self, when: datetime) -> None:
        """Devices that the plan has no longer have come to an end."""
        if self._of is self._fleet.tracks:
            return
        self._of = self._fleet.tracks
        for device in [device for device in self._runs if device not in self._fleet.tracks]:
            self._end(device, self._runs[device].last, when)

    def save(self, now: float, when: datetime) -> None:
        """The store ends: what is going on is told as far as it went."""
        for device, run in list(self._runs.items()):
            track = self._fleet.tracks.get(device)
            self._end(device, when if track is not None and track.in_reach(now) else run.last, when)

    # ── within ──────────────────────────────────────────────────────────────────────

    def _take(self, track: Track, when: datetime, what: dict[str, object] | None) -> None:
        if "on" in track.merged.stale:
            return  # it has not spoken since the line was cut
        device, run = track.device.id, self._runs.get(track.device.id)
        if run is not None and _lapsed(track, run, when):
            self._end(device, run.last, when)
            run = None
        if track.online is False:
            if run is not None:
                self._end(device, run.last, when)
            return
        elapsed_s, ml = _said(track, when)
        if run is not None and run.what == what and not (
                elapsed_s is not None and run.elapsed_s is not None and elapsed_s < run.elapsed_s - _BACK_S):
            run.last = max(run.last, when)
            run.elapsed_s = run.elapsed_s if elapsed_s is None else elapsed_s
            run.ml = run.ml[0], run.ml[1] if ml is None else ml
            if track.device.kind is Kind.DIFFUSER and when - run.start >= _CUT_EVERY:
                self._end(device, when, when)
                self._runs[device] = _Run(run.what, track.device.zones, when, when, ml=(run.ml[1], run.ml[1]))
            return
        begins = when if elapsed_s is None or what is None else when - timedelta(seconds=elapsed_s)
        if run is not None:
            run.ml = run.ml[0], run.ml[1] if ml is None else ml
            self._end(device, max(run.last, min(begins, when)), when)
        if what is None:
            self._told[device] = when
        else:
            told = self._told.get(device)
            start = begins if told is None else min(when, max(begins, told))
            self._runs[device] = _Run(what, track.device.zones, start, when, elapsed_s, (ml, ml))

    def _end(self, device: str, end: datetime, when: datetime) -> None:
        run = self._runs.pop(device)
        seconds = (end - run.start).total_seconds()
        self._told[device] = max(end, self._told.get(device, end))
        if seconds < _LEAST_S:
            return
        body: dict[str, object] = {"device": device, "zones": list(run.zones), "start": run.start.isoformat(),
                                   "seconds": round(seconds, 1), **run.what}
        if "fragrance" in run.what:
            began_ml, ended_ml = run.ml
            used = None if began_ml is None or ended_ml is None else began_ml - ended_ml
            # A cartridge that was put in meanwhile hides what was used.
            body["ml"] = round(used, 3) if used is not None and used >= 0 else None
        self._recorder.record(when, DIFFUSED if "fragrance" in run.what else PLAYED, **body)


def _title(track: Track) -> dict[str, object] | None:
    """What a player plays, cleaned; None for silence, and for one that does not tell titles."""
    if track.merged.state.get("on") is not True or track.beats_until:
        return None  # in virtual time heartbeats are no messages: nobody would hear that a title has ended
    said = {key: visible_text(value, longest) if isinstance(value := track.extra.get(key), str) else ""
            for key, longest in _LONGEST.items()}
    if not said["title"]:
        return None
    return {**said, "source": str(track.merged.state.get("source") or "")}


def _scent(track: Track) -> dict[str, object] | None:
    """What a diffuser gives; None while it gives nothing."""
    state = track.merged.state
    fragrance, pct = state.get("fragrance"), state.get("intensity_pct")
    if state.get("on") is not True or not isinstance(fragrance, str):
        return None
    return {"fragrance": fragrance, "intensity_pct": float(pct) if isinstance(pct, int | float) else 0.0}


def _said(track: Track, when: datetime) -> tuple[float | None, float | None]:
    """Seconds into the title, and ml left: as said by a report that has come just now."""
    if track.reported_when != when:
        return None, None
    elapsed, ml = track.extra.get("elapsed_s"), track.extra.get("ml_left")
    return (float(elapsed) if _number(elapsed) and 0 <= float(elapsed) <= _LONGEST_TITLE_S else None,  # type: ignore[arg-type]
            float(ml) if _number(ml) else None)  # type: ignore[arg-type]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lapsed(track: Track, run: _Run, when: datetime) -> bool:
    """Whether it was silent for longer than its heartbeats allow: nobody knows what it did then."""
    silence_s = MISSED_HEARTBEATS * track.device.heartbeat_s
    return not track.beats_until and when - run.last > timedelta(seconds=silence_s)
