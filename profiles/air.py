"""Scent in the air of a room, modelled as well mixed: how it builds up, how it leaves, and when the next may come.

The one-box model of indoor air: with the air renewed n times an hour, what is in it follows dC/dt = S/V - n·C. So it
decays as exp(-n·t) and approaches S/(V·n) while a source runs (ASHRAE Handbook, Fundamentals, *Ventilation and
infiltration*; the same in EPA's indoor air teaching material). 95 % is gone after 3/n hours, since exp(-3) is 0.0498
(`domain.md`, *Scent*). Surfaces hold scent back and corners mix badly, so this is a model and never a measurement.
"""

from __future__ import annotations

import math

#: Scent B waits until the model says that A is below this share of full strength. Our choice (`domain.md`, *Scent*).
CLEAR_SHARE = 0.05
HOUR_S = 3600.0


def share_left(air_changes_per_h: float, seconds: float) -> float:
    """The share (0 to 1) of a scent that is still there `seconds` after its source stopped: exp(-n·t)."""
    return math.exp(-air_changes_per_h * max(seconds, 0.0) / HOUR_S)


def share_after(share: float, target: float, air_changes_per_h: float, seconds: float) -> float:
    """Where a share that is `share` now will be after `seconds` under a source whose steady state is `target`."""
    return target + (share - target) * share_left(air_changes_per_h, seconds)


def purge_s(air_changes_per_h: float, share: float = 1.0, threshold: float = CLEAR_SHARE) -> float:
    """Seconds until a scent that is at `share` (1: full strength) falls to `threshold`: ln(share/threshold)/n.

    Full strength to 5 % takes 3.0/n hours: 45 min at four air changes an hour. 0 if it is there already.
    Raises ValueError without any change of air: it would never end.
    """
    if air_changes_per_h <= 0 or threshold <= 0:
        raise ValueError("a purge needs air changes and a threshold above 0")
    if share <= threshold:
        return 0.0
    return math.log(share / threshold) / air_changes_per_h * HOUR_S


def steady_ul_per_m3(ml_per_h: float, intensity_pct: float, volume_m3: float, air_changes_per_h: float) -> float:
    """What a diffuser holds in the air in the long run, in µl of fragrance for each m³: S/(V·n).

    `ml_per_h`: consumption while it runs (1 to 8, `domain.md`); `intensity_pct`: the share of the time that it runs.
    Raises ValueError for a room without volume or air changes.
    """
    if volume_m3 <= 0 or air_changes_per_h <= 0:
        raise ValueError("a room has a volume and air changes above 0")
    return 1000.0 * ml_per_h * intensity_pct / 100.0 / (volume_m3 * air_changes_per_h)


def days_left(ml_left: float, ml_per_h: float, intensity_pct: float, hours_per_day: float) -> float:
    """Days until a cartridge is empty at this duty; infinite when nothing is used. Warn at 7 (`domain.md`)."""
    ml_per_day = ml_per_h * intensity_pct / 100.0 * hours_per_day
    return ml_left / ml_per_day if ml_per_day > 0 else math.inf
