"""Which stores somebody should look at, and why. Pure: what a store last said, what HQ expects, and an instant.

A store is not in alarm because something is on its way: only what lasts longer than it should is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.hq.ports import FleetRow
from profiles.text import t


class Stand(StrEnum):
    """`right`: has all that HQ said. `waiting`: it is on its way. `lagging`: for longer than it should be.
    `alarm`: something else is wrong. `offline`: away. `unheard`: enrolled, and never heard.
    """

    RIGHT = "right"
    WAITING = "waiting"
    LAGGING = "lagging"
    ALARM = "alarm"
    OFFLINE = "offline"
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long something may last before it is an alarm, in minutes. `silent_min`: a store that is away."""

    differs_min: int = 15
    silent_min: int = 24 * 60


@dataclass(frozen=True, slots=True)
class Expected:
    """What HQ expects: the manifest (term, number) in force, since when it is, and the digest of what applies here."""

    pair: tuple[int, int]
    since: datetime
    applies: str


@dataclass(frozen=True, slots=True)
class Stands:
    """How a store stands, with every alarm as a sentence. `lag`: for how long it has not had what HQ said."""

    stand: Stand
    alarms: tuple[str, ...] = ()
    lag: timedelta = timedelta()


LIMITS = Limits()


def stands(row: FleetRow, expected: Expected, now: datetime, limits: Limits = LIMITS) -> Stands:
    """How the store of this row stands at `now`."""
    said = row.standing
    if said is None or row.heard is None:
        return Stands(Stand.UNHEARD)
    lag = _lag(row, expected, now)
    late = lag > timedelta(minutes=limits.differs_min)
    silent = now - row.heard
    alarms = []
    if not said.online and silent > timedelta(minutes=limits.silent_min):
        alarms.append(t("It has been away for {time}.", time=_for(silent)))
    if said.online and late:
        alarms.append(t("It has not had what HQ published for {time}.", time=_for(lag)))
    if said.manifest is not None and not lag and said.applies not in (None, expected.applies):
        alarms.append(t("It has everything that HQ published, and applies something else than HQ expects."))
    alarms += [t("It refused something of HQ's: {why}", why=sentence) for sentence in said.refused]
    if said.online and not said.trusted:
        alarms.append(t("Its clock is not trusted."))
    alarms += said.alarms
    return Stands(_stand(said.online, lag, late, alarms), tuple(alarms), lag)


def late_at(
    row: FleetRow, pair: tuple[int, int], since: datetime, now: datetime, limits: Limits = LIMITS,
) -> datetime | None:
    """The last instant at which a store that lacks the manifest `pair`, in force `since`, is not late; None where time
    changes nothing about how it stands: it is away, has it, or is late already.
    """
    if row.standing is None or not row.standing.online or not _lag(row, Expected(pair, since, ""), now):
        return None
    last = (row.differs_since or since) + timedelta(minutes=limits.differs_min)
    return None if last < now else last


def _lag(row: FleetRow, expected: Expected, now: datetime) -> timedelta:
    """How long the manifest in force has been missing here; nothing where it is named."""
    said = row.standing
    named = None if said is None or said.manifest is None else (said.manifest.term, said.manifest.number)
    if expected.pair == (0, 0) or (named is not None and named >= expected.pair):
        return timedelta()
    since = row.differs_since or expected.since
    return max(now - since, timedelta(microseconds=1))


def _stand(online: bool, lag: timedelta, late: bool, alarms: list[str]) -> Stand:
    if not online:
        return Stand.OFFLINE
    if lag:
        return Stand.LAGGING if late else (Stand.ALARM if alarms else Stand.WAITING)
    return Stand.ALARM if alarms else Stand.RIGHT


def _for(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return t("{n} minutes", n=minutes)
    hours = minutes // 60
    return t("{n} hours", n=hours) if hours < 48 else t("{n} days", n=hours // 24)
