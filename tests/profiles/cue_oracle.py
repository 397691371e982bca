"""A deliberately naive reading of when cues are asked: each minute is looked at, and what is alive is asked anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from profiles.cue import Cue
from profiles.hours import Hours
from profiles.plan import Live, Plan
from profiles.when import When

MINUTE = timedelta(minutes=1)
LOOK_BACK = timedelta(days=2)  # longer than any window of the tests


class Bringer:
    """A layer with its windows in a zone, its fields and its cues. Higher `order` is stronger."""

    def __init__(self, zone, key, order, fields, cues, windows):
        self.zone, self.key, self.order, self.fields, self.cues, self.windows = zone, key, order, fields, cues, windows
        self.minutes = {a + n * MINUTE for a, b in windows for n in range(int((b - a) / MINUTE))}

    def alive(self, at: datetime) -> bool:
        return at in self.minutes


def bringers(plan: Plan, live: Live, start: datetime, end: datetime) -> list[Bringer]:
    """Every layer below the ceilings, in every zone."""
    hours = Hours.parse(plan.store.hours, plan.store.place, plan.store.exceptions)
    tz = ZoneInfo(plan.store.timezone)
    since, upto = start - LOOK_BACK, end + timedelta(days=2)
    found = []
    for zone in plan.zones:
        for daypart in plan.dayparts:
            if daypart.zones is None or zone.id in daypart.zones:
                mood = plan.profile(daypart.profile)
                windows = list(When.parse(daypart.when, plan.store.place, hours).intervals(since, upto))
                found.append(Bringer(zone.id, ("daypart", daypart.id), (10, 0, 0.0, daypart.id),
                                     set(mood.settings_for(zone.kind)), mood.cues_for(zone.kind), windows))
        for campaign in plan.campaigns:
            if campaign.zones is not None and zone.id not in campaign.zones:
                continue
            if campaign.kinds is not None and zone.kind not in campaign.kinds:
                continue
            mood = plan.profile(campaign.profile)
            cues = {cue.id: cue for cue in (*mood.cues_for(zone.kind), *campaign.cues)}
            windows = [(a, b) for a, b in When.parse(campaign.when, plan.store.place, hours).intervals(since, upto)
                       if (campaign.first is None or a.astimezone(tz).date() >= campaign.first)
                       and (campaign.last is None or a.astimezone(tz).date() <= campaign.last)]
            found.append(Bringer(zone.id, ("campaign", campaign.id), (20, campaign.priority, 0.0, campaign.id),
                                 set(mood.settings_for(zone.kind)), tuple(cues.values()), windows))
        for press in live.overrides:
            if press.zone == zone.id and press.start < press.over():
                cues = () if press.profile is None else plan.profile(press.profile).cues_for(zone.kind)
                found.append(Bringer(zone.id, ("override", press.press), (30, 0, press.start.timestamp(), press.id),
                                     set(press.scene.settings()), cues, [(press.start, press.over())]))
    return found


def expected(plan: Plan, live: Live, start: datetime, end: datetime):
    """(due, zone, layer, cue, until) of everything that is asked in [start, end)."""
    tz = ZoneInfo(plan.store.timezone)
    all_of_them = bringers(plan, live, start, end)
    order = {zone.id: n for n, zone in enumerate(plan.zones)}
    asked: dict[tuple, list[tuple[Bringer, Cue]]] = {}
    for one in all_of_them:
        for cue in one.cues:
            asked.setdefault((one.key, cue.id, "" if cue.once == "store" else one.zone), []).append((one, cue))
    found = []
    for (key, _, _), group in asked.items():
        group.sort(key=lambda pair: order[pair[0].zone])
        for due in _dues(group, all_of_them, start, end, tz):
            for one, cue in group:
                if _holds(one, all_of_them, due):
                    (_, over), = [w for w in one.windows if w[0] <= due < w[1]]
                    found.append((due, one.zone, key, cue.id, min(over, due + timedelta(days=1))))
                    break
    return sorted(found, key=lambda one: (one[0], order[one[1]], one[3], one[2]))


def _holds(one: Bringer, everybody: list[Bringer], at: datetime) -> bool:
    if not one.alive(at):
        return False
    above = [x for x in everybody if x.zone == one.zone and x.order > one.order and x.alive(at)]
    return any(all(field not in x.fields for x in above) for field in one.fields)


def _dues(group, everybody, start: datetime, end: datetime, tz: ZoneInfo) -> list[datetime]:
    cue = group[0][1]
    dues, base, alive_before, wanted = [], None, False, None
    for n in range(int((end - start + LOOK_BACK) / MINUTE)):
        moment = start - LOOK_BACK + n * MINUTE
        alive = any(moment in one.minutes for one, _ in group)
        begins, alive_before = alive and not alive_before and n > 0, alive
        if not alive:
            base = wanted = None
            continue
        if begins:
            wanted = cue.at is None  # a window has begun, and waits for the first minute in which its layer holds
        if cue.at is not None and _strikes(moment, cue.at, tz):
            base = moment
        if wanted and any(_holds(one, everybody, moment) for one, _ in group):
            base, wanted = moment + timedelta(minutes=cue.after_min or 0), False
        if base is not None and moment >= max(base, start):
            late_min = int((moment - base) / MINUTE)
            if late_min == 0 or (cue.every_min is not None and late_min % cue.every_min == 0):
                dues.append(moment)
    return dues


def _strikes(moment: datetime, clock: str, tz: ZoneInfo) -> bool:
    """Whether it is this clock time: its second one where it comes twice, the first minute after a gap it lies in."""
    local, before = _local(moment, tz), _local(moment - MINUTE, tz)
    shown = f"{local:%H:%M}"
    if shown == clock:
        later = [_local(moment + n * MINUTE, tz) for n in range(1, 181)]
        return not any(f"{one:%H:%M}" == clock and one.date() == local.date() for one in later)
    jumped = local.replace(tzinfo=None) - before.replace(tzinfo=None) > MINUTE
    return jumped and f"{before:%H:%M}" < clock < shown and local.date() == before.date()


@lru_cache(maxsize=20_000)
def _local(moment: datetime, tz: ZoneInfo) -> datetime:
    return moment.astimezone(tz)
