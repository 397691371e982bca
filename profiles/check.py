"""`check(plan)`: everything that is wrong or doubtful about a plan, said before it is published.

Errors keep a plan from being published: `resolve` is total for a plan without them. Warnings are for a person to weigh.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from profiles.check_devices import check_devices
from profiles.check_moods import check_moods
from profiles.check_names import check_names
from profiles.check_week import check_week
from profiles.finding import Finding, Level
from profiles.plan import Plan
from profiles.week import read_week


def check(plan: Plan, since: datetime | None = None, dialects: Collection[str] | None = None) -> list[Finding]:
    """What there is to say about `plan`: errors first, then warnings. Never raises.

    `since`: the (aware) instant from which windows are looked at, for 13 months; callers with a clock give now. Without
    it, the first of January of the earliest year that the plan names, else of 2026. `dialects`: those that exist, known
    to the floor above; None: dialects are not looked at.
    """
    week, unread = read_week(plan, since)
    found = [*check_names(plan, dialects), *unread]
    if week is not None:
        found += [*check_week(week), *check_devices(week)]
    found += check_moods(plan)
    found = list(dict.fromkeys(found))
    return [f for f in found if f.level is Level.ERROR] + [f for f in found if f.level is Level.WARNING]


def errors(findings: Collection[Finding]) -> list[Finding]:
    """Only those that keep a plan from being published."""
    return [f for f in findings if f.level is Level.ERROR]
