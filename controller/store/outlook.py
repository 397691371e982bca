"""Copies the engine's knowledge into values for those who only look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from controller.store.decide import ALARM_S
from controller.store.sight import DeviceSight
from controller.store.track import Track
from devices.device import Kind
from devices.state import difference_sentence, differs


def silent(track: Track, now: float) -> bool:
    """Whether it has missed three heartbeats."""
    lost_at = track.lost_at()
    return lost_at is not None and now >= lost_at


def in_reach(track: Track, now: float) -> bool:
    """Whether it was heard of, says that it is there, and has not fallen silent."""
    return track.online is True and not silent(track, now)


def device_sight(track: Track, now: float) -> DeviceSight:
    """One device as it is at the steady instant `now`."""
    wrong = () if track.wanted is None else differs(track.dialect, track.device, track.wanted, track.merged)
    alarm = _alarm(track, now)
    online = None if track.online is None else in_reach(track, now)
    return DeviceSight(
        device=track.device, wanted=track.wanted, reported=dict(track.merged.state), settled=track.merged.settled,
        converged=track.converged and online is not False, online=online,
        heard=track.heard_when, reported_at=track.reported_when, sent_at=track.sent_when, tries=track.tries,
        differs=tuple(difference_sentence(key, (track.wanted or {}).get(key), track.merged.state.get(key))
                      for key in wrong),
        alarm=alarm, trouble=_trouble(track, now, alarm, wrong), assumed=not track.device.capability.reports,
        yielding_until=track.yielding_until, model=track.model,
        extra={key: value for key, value in track.extra.items() if isinstance(value, str | int | float | bool)})


def _alarm(track: Track, now: float) -> bool:
    if track.wanted is None or track.online is False or track.converged:
        return False
    if track.answer in ("rejected", "failed"):
        return True
    return track.unmet_since is not None and now - track.unmet_since >= ALARM_S + track.fade_s


def _trouble(track: Track, now: float, alarm: bool, wrong: tuple[str, ...]) -> str:
    if track.online is False:
        return "It is out of reach."
    if silent(track, now):
        return "It has fallen silent."
    if track.error:
        return f"It says: {track.error}"
    if track.online is None and track.device.kind is not Kind.CONTACT:
        return "Nothing has been heard of it yet."
    if alarm and wrong:
        return "It does not do what it is told."
    return ""


def alarms(sights: Mapping[str, DeviceSight]) -> int:
    """How many devices refuse or do nothing."""
    return sum(1 for sight in sights.values() if sight.alarm)


def newest(moments: list[datetime | None]) -> datetime | None:
    """The latest of the moments that are known."""
    return max((m for m in moments if m is not None), default=None)
