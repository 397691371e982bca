"""Compiled plans against a naive look at every minute of a year, in zones that change their clocks in every way.

The plans are random; a failure prints the seed, and `SINNE_SEED=… pytest` looks at the same plan again.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from profiles.limits import SafetyLimits
from profiles.overlay import Campaign, QuietHour
from profiles.places import Store, Zone
from profiles.plan import Daypart, Live, Override, Plan, Stop
from profiles.profile import Profile, ZoneKind
from profiles.scene import Light, Lights, Music, Role, Scene, Scent, Sense
from profiles.timeline import timeline
from tests.profiles.plans import FULL
from tests.profiles.year_oracle import Calendar, Expected, Year, after_opening, weekly, yearly

SEED = int(os.environ.get("SINNE_SEED") or random.SystemRandom().randrange(2**32))
#: Half an hour of summer time (Lord Howe), the southern half (both), none (Kiritimati, 14 hours ahead), leap days.
YEARS = [("Europe/Stockholm", 2028), ("Europe/Paris", 2027), ("America/New_York", 2028), ("Australia/Adelaide", 2024),
         ("Australia/Lord_Howe", 2028), ("Pacific/Kiritimati", 2028)]
GROUND = FULL.model_copy(update={"scent": Scent(on=True, fragrance="linen", intensity_pct=20)})
HOURS = weekly(set(range(6)), ((600, 720), (780, 1200))), weekly({2, 3, 4, 5, 6}, ((480, 1560),))


def scene(rng: random.Random) -> Scene:
    def maybe(value):
        return value if rng.random() < 0.5 else None

    def light(kind):
        return kind(on=maybe(rng.random() < 0.7), brightness_pct=maybe(float(rng.randrange(0, 101, 5))),
                    kelvin=maybe(rng.choice([2700, 4000])))

    lights = light(Lights).model_copy(update={"roles": {Role.ACCENT: light(Light)} if rng.random() < 0.3 else {}})
    mix = rng.choice([None, ("linen", 20.0), ("fig", 45.0)])
    return Scene(light=maybe(lights), scent=maybe(Scent(on=maybe(rng.random() < 0.7), fragrance=mix and mix[0],
                                                        intensity_pct=mix and mix[1])),
                 music=maybe(Music(on=maybe(rng.random() < 0.7), volume_pct=maybe(float(rng.randrange(0, 101, 5))))))


def calendar(rng: random.Random) -> Calendar:
    """Mostly weekdays with one or two windows, often at the hours at which clocks are changed, often past midnight."""
    kind = rng.random()
    begin = rng.choice([rng.randrange(0, 1439), 60, 90, 105, 120, 150, 180, 1380])
    end = begin + rng.choice([15, 30, 60, 90, 240, 480])
    if kind < 0.1:
        return yearly(2, 29, ((begin, end),))
    if kind < 0.3:
        offset = rng.randrange(-120, 240, 15)
        return after_opening(offset, offset + rng.randrange(15, 240, 15))
    days = set(rng.sample(range(7), rng.randrange(1, 8)))
    return weekly(days, ((begin, end),) if kind < 0.7 else ((begin, begin + 10), (begin + 25, end + 20)))


def plan_for(timezone: str, year: int, rng: random.Random) -> tuple[Plan, Live, dict[str, Calendar], Calendar]:
    hours = rng.choice(HOURS)
    calendars = [calendar(rng) for _ in range(11)]
    pick = iter(calendars)
    kinds = (ZoneKind.SALES_FLOOR, ZoneKind.ENTRANCE)
    profiles = tuple(Profile(id=f"p{n}", name=f"Profile {n}", scene=scene(rng), extends=f"p{n - 1}" if n == 2 else None,
                             variations={rng.choice(kinds): scene(rng)}) for n in range(4))
    zones = (Zone(id="sales", name="Sales", kind=kinds[0], default=GROUND, air_changes_per_h=rng.choice([4, 0.7, 11])),
             Zone(id="door", name="Door", kind=kinds[1], default=GROUND, scent_free=False,
                  people=rng.random() < 0.5))
    some = [None, None, ("sales",), ("door",)]

    def day(spread: int) -> date:
        return date(year, 1, 1) + timedelta(days=rng.randrange(spread))

    def later() -> date:
        return day(180) + timedelta(days=180)

    dayparts = tuple(Daypart(id=f"d{n}", name=f"Daypart {n}", when=next(pick).text, profile=f"p{rng.randrange(4)}",
                             zones=rng.choice(some)) for n in range(4))
    campaigns = tuple(Campaign(
        id=f"c{n}", name=f"Campaign {n}", when=next(pick).text, profile=f"p{rng.randrange(4)}", zones=rng.choice(some),
        kinds=rng.choice([None, None, kinds[:1]]), priority=rng.randrange(1, 5), version=rng.randrange(1, 3),
        first=rng.choice([None, day(180), day(180)]), last=rng.choice([None, later(), later()])) for n in range(5))
    quiet_hours = tuple(QuietHour(id=f"q{n}", name=f"Quiet hour {n}", when=next(pick).text, zones=rng.choice(some),
                                  light_share_pct=rng.choice([0, 20, 50, 90])) for n in range(2))
    plan = Plan(
        store=Store(id="shop", name="Shop", timezone=timezone, hours=hours.text, scent_consent=rng.random() < 0.8),
        zones=zones, profiles=profiles, dayparts=dayparts, campaigns=campaigns, quiet_hours=quiet_hours,
        limits=SafetyLimits(light_floor_pct=rng.choice([0, 20, 40]), max_brightness_pct=rng.choice([100, 70])))
    return plan, people(year, rng), {c.text: c for c in calendars}, hours


def people(year: int, rng: random.Random) -> Live:
    def moment() -> datetime:
        return datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(366 * 1440))

    overrides = []
    for n in range(14):
        start = moment()
        end = start + timedelta(minutes=rng.choice([5, 60, 600, 5 * 1440]))
        ended = rng.choice([None, start + timedelta(minutes=rng.randrange(700))])
        overrides.append(Override(
            id=f"o{n}", press=f"o{n}", zone=rng.choice(["sales", "door"]), name=f"Press {n}", by="Elin",
            scene=scene(rng), start=start, end=end, ended=ended))
    stops = []
    for n in range(3):
        since = moment()
        stops.append(Stop(id=f"s{n}", by="Elin", reason="test", zones=rng.choice([None, ("door",)]), since=since,
                          senses=rng.choice([tuple(Sense), (Sense.SCENT,), (Sense.LIGHT,)]),
                          ended=since + timedelta(minutes=rng.randrange(1, 20_000))))
    return Live(overrides=tuple(overrides), stops=tuple(stops))


@pytest.mark.parametrize(("timezone", "year"), YEARS, ids=[f"{zone} {year}" for zone, year in YEARS])
def test_every_minute_of_a_year_is_as_the_naive_oracle_has_it(timezone, year):
    print(f"SINNE_SEED={SEED}")
    rng = random.Random(f"{SEED} {timezone} {year}")
    plan, live, calendars, hours = plan_for(timezone, year, rng)
    look = Year(timezone, year, hours)
    for zone in plan.zones:
        expected = Expected(look, plan, live, zone.id, calendars)
        segments = timeline(plan, live, zone.id, look.first, look.last)
        assert segments[0].start == look.first
        assert segments[-1].end == look.last
        looked = 0
        for segment in segments:
            got = {f: ((int(r.because.layer.rank), r.because.layer.id), r.value)
                   for f, r in segment.resolution.fields.items()}
            first, last = look.number(segment.start), look.number(segment.end)
            looked += last - first
            for wanted in expected.between(first, last):
                assert wanted == got, f"{zone.id} from {segment.start} to {segment.end}"
        assert looked == (look.last - look.first) / timedelta(minutes=1)
        values = [{f: (r.because.layer, r.value) for f, r in s.resolution.fields.items()} for s in segments]
        assert all(before != after for before, after in pairwise(values)), "no boundary is there for nothing"
