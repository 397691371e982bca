"""The sums of the reports, from what stores wrote. Pure; each formula is stated at its function and in `docs/proof.md`.

A device that serves several zones is counted once, under all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.hq.proof.reading import CampaignTime, Diffused, Play, QuietTime
from controller.hq.proof.windows import Window
from profiles.layers import Rank
from profiles.plan import Live, Plan
from profiles.timeline import timeline


def plays_within(plays: Iterable[Play], window: Window) -> Iterator[Play]:
    """A play belongs to the date on which it began, with all its seconds."""
    return (play for play in plays if window.holds(play.store, play.start))


@dataclass(frozen=True, slots=True)
class PlaySum:
    """All plays of one piece of music in one place: the first, how many, how long."""

    first: Play
    plays: int
    seconds: float


def sum_plays(plays: Iterable[Play]) -> list[PlaySum]:
    """By store, zones, source, title, artist and ISRC; in the order of stores, zones and titles."""
    found: dict[tuple[str, tuple[str, ...], str, str, str, str], PlaySum] = {}
    for play in plays:
        key = play.store, play.zones, play.title, play.artist, play.isrc, play.source
        known = found.get(key)
        found[key] = PlaySum(play, 1, play.seconds) if known is None else PlaySum(
            play if play.start < known.first.start else known.first, known.plays + 1, known.seconds + play.seconds)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class ScentSum:
    """Run-time of a fragrance in one place. `full_h`: weighed by intensity. `modelled`: whether any of `ml` is."""

    store: str
    zones: tuple[str, ...]
    fragrance: str
    hours: float
    full_h: float
    ml: float
    modelled: bool


def sum_scents(
    runs: Iterable[Diffused], window: Window, ml_per_h: Callable[[str, str], float],
) -> list[ScentSum]:
    """By store, zones and fragrance: hours = Σ seconds within the dates / 3600; full hours = Σ hours × intensity / 100.

    ml: what the diffuser said that it used, in proportion to the part within the dates; where it did not say,
    `ml_per_h(store, fragrance)` × full hours.
    """
    found: dict[tuple[str, tuple[str, ...], str], ScentSum] = {}
    for run in runs:
        part_s = window.part_s(run.store, run.start, run.seconds)
        if part_s <= 0:
            continue
        hours = part_s / 3600
        full_h = hours * run.intensity_pct / 100
        ml = full_h * ml_per_h(run.store, run.fragrance) if run.ml is None else run.ml * part_s / run.seconds
        key = run.store, run.zones, run.fragrance
        known = found.get(key, ScentSum(*key, 0.0, 0.0, 0.0, False))
        found[key] = replace(known, hours=known.hours + hours, full_h=known.full_h + full_h, ml=known.ml + ml,
                             modelled=known.modelled or run.ml is None)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class CampaignSum:
    """Zone-minutes of a campaign in a store. `untold`: of `unknown`, those of which no entry has come yet."""

    campaign: str
    store: str
    kept: float = 0.0
    overridden: float = 0.0
    stopped: float = 0.0
    differing: float = 0.0
    unknown: float = 0.0
    untold: float = 0.0

    @property
    def planned(self) -> float:
        """All of them."""
        return self.kept + self.overridden + self.stopped + self.differing + self.unknown

    @property
    def kept_pct(self) -> float | None:
        """kept / (planned - unknown) in %; None where nothing is known."""
        known = self.planned - self.unknown
        return 100 * self.kept / known if known > 1e-9 else None

    def plus(self, other: CampaignSum) -> CampaignSum:
        """Both together, under the name of this one."""
        return CampaignSum(self.campaign, self.store, self.kept + other.kept, self.overridden + other.overridden,
                           self.stopped + other.stopped, self.differing + other.differing,
                           self.unknown + other.unknown, self.untold + other.untold)


def sum_campaigns(
    times: Iterable[CampaignTime], window: Window, untold: Mapping[tuple[str, str], float] | None = None,
) -> list[CampaignSum]:
    """By campaign and store: Σ over zones and dates of what the store measured, in minutes.

    `untold`: minutes by (campaign, store) that were planned, of which nothing has come: they are unknown.
    """
    found: dict[tuple[str, str], CampaignSum] = {}
    for time in times:
        if window.first <= time.day <= window.last and time.campaign:
            key = time.campaign, time.store
            one = CampaignSum(*key, time.kept_s / 60, time.overridden_s / 60, time.stopped_s / 60,
                              time.differing_s / 60, time.unknown_s / 60)
            found[key] = found[key].plus(one) if key in found else one
    for key, minutes in (untold or {}).items():
        if minutes > 0:
            found[key] = found.get(key, CampaignSum(*key)).plus(CampaignSum(*key, unknown=minutes, untold=minutes))
    return [found[key] for key in sorted(found)]


def total_of(sums: Iterable[CampaignSum]) -> list[CampaignSum]:
    """By campaign, over all stores."""
    found: dict[str, CampaignSum] = {}
    for one in sums:
        found[one.campaign] = found.get(one.campaign, CampaignSum(one.campaign, "")).plus(one)
    return [found[key] for key in sorted(found)]


def planned_minutes(plan: Plan, start: datetime, end: datetime) -> dict[str, float]:
    """Zone-minutes in [start, end) in which each campaign of a plan wins a field, by the plan alone.

    Zones without a device of a sense that the campaign rules there are not counted: nothing can show it.
    """
    found: dict[str, float] = {}
    if not plan.campaigns or start >= end:
        return found
    for zone in plan.zones:
        kinds = {device.kind for device in plan.devices if zone.id in device.zones}
        for segment in timeline(plan, Live(), zone.id, start, end):
            won = {resolved.because.layer.id for field, resolved in segment.resolution.fields.items()
                   if resolved.because.layer.rank is Rank.CAMPAIGN and _KIND[field.sense.value] in kinds}
            for campaign in won:
                found[campaign] = found.get(campaign, 0.0) + (segment.end - segment.start) / timedelta(minutes=1)
    return found


_KIND = {"light": "light", "music": "player", "scent": "diffuser"}


@dataclass(frozen=True, slots=True)
class QuietSum:
    """A quiet hour in a store, over its windows and zones. `windows`: that were to be; `measured`: of which something
    is known.
    """

    quiet_hour: str
    name: str
    store: str
    windows: int
    measured: int
    kept_s: float
    broken_s: float
    stopped_s: float
    unknown_s: float
    worst: str

    @property
    def kept_pct(self) -> float | None:
        """kept / (kept + broken) in %; a stop is nobody's fault, and what is unknown is not counted."""
        return pct_kept(self.kept_s, self.broken_s)


def pct_kept(kept_s: float, broken_s: float) -> float | None:
    """Of the time that is known and was not stopped; None where there is none."""
    return 100 * kept_s / (kept_s + broken_s) if kept_s + broken_s > 1e-9 else None


def sum_quiet(times: Iterable[QuietTime], window: Window) -> list[QuietSum]:
    """By quiet hour and store; a window belongs to the date on which it began."""
    found: dict[tuple[str, str], list[QuietTime]] = {}
    for time in times:
        if window.holds(time.store, time.start):
            found.setdefault((time.quiet_hour, time.store), []).append(time)
    sums = []
    for (quiet_hour, store), those in sorted(found.items()):
        worst = max(those, key=lambda time: time.broken_s)
        sums.append(QuietSum(
            quiet_hour, those[-1].name or quiet_hour, store, len({time.start for time in those}),
            len({time.start for time in those if time.kept_s + time.broken_s + time.stopped_s > 0}),
            sum(time.kept_s for time in those), sum(time.broken_s for time in those),
            sum(time.stopped_s for time in those), sum(time.unknown_s for time in those),
            worst.breach if worst.broken_s > 0 else ""))
    return sums
