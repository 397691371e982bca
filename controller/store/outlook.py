"""Copies the engine's knowledge into values for those who only look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from controller.store.sight import DeviceSight
from controller.store.track import Track
from devices.device import Kind
from devices.state import difference_sentence, differs


def device_sight(track: Track, now: float) -> DeviceSight:
    """One device as it is at the steady instant `now`."""
    wanted = None if track.converged and track.local is None else track.wanted
    wrong = () if wanted is None else differs(track.dialect, track.device, wanted, track.merged)
    alarm = is_alarm(track, now)
    online = None if track.online is None else track.in_reach(now)
    return DeviceSight(
        device=track.device, wanted=track.wanted, reported=dict(track.merged.state), settled=track.merged.settled,
        converged=track.met and online is not False, online=online,
        heard=track.heard_when, reported_at=track.reported_when, sent_at=track.sent_when, tries=track.tries,
        differs=tuple(difference_sentence(key, (track.wanted or {}).get(key), track.merged.state.get(key))
                      for key in wrong),
        alarm=alarm, trouble=_trouble(track, now, alarm, wrong), assumed=not track.device.capability.reports,
        yielding_until=track.yielding_until, model=track.model,
        extra={key: value for key, value in track.extra.items() if isinstance(value, str | int | float | bool)})


def is_alarm(track: Track, now: float) -> bool:
    """Whether people are to be told that it refuses, or has not done what it was told for a minute."""
    alarm_at = track.alarm_at()
    return alarm_at is not None and now >= alarm_at


def _trouble(track: Track, now: float, alarm: bool, wrong: tuple[str, ...]) -> str:
    if track.online is False:
        return "It is out of reach."
    if track.online is None:
        return "" if track.device.kind is Kind.CONTACT else "Nothing has been heard of it yet."
    if track.silent(now):
        return "It has fallen silent."
    if track.error:
        return f"It says: {track.error}"
    if alarm and wrong:
        return "It does not do what it is told."
    return ""


def alarms(sights: Mapping[str, DeviceSight]) -> int:
    """How many devices refuse or do nothing."""
    return sum(1 for sight in sights.values() if sight.alarm)


def newest(moments: list[datetime | None]) -> datetime | None:
    """The latest of the moments that are known."""
    return max((m for m in moments if m is not None), default=None)
