"""Plans, presses and stops for property tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from profiles.limits import SafetyLimits
from profiles.overlay import Campaign, QuietHour
from profiles.places import Store, Zone
from profiles.plan import Daypart, Live, Override, Plan, Stop
from profiles.profile import Profile, ZoneKind
from profiles.scene import Light, Lights, Music, Role, Scene, Scent, Sense

FULL = Scene(light=Lights(on=True, brightness_pct=60, kelvin=3500),
             music=Music(on=True, volume_pct=30, source="calm"),
             scent=Scent(on=False, fragrance="linen", intensity_pct=20))

PLACES = {
    "Europe/Stockholm": ("SE", (59.33, 18.06)),
    "America/New_York": ("US", (40.71, -74.0)),
    "Australia/Lord_Howe": ("AU", (-31.55, 159.08)),
    "Pacific/Kiritimati": (None, (1.87, -157.4)),
    "Arctic/Longyearbyen": ("NO", (78.22, 15.65)),
}
WHENS = (
    "opening..opening+02:00", "closing-01:00..closing", "opening-00:30..closing+00:30", "Mo-Fr 07:00-10:00",
    "22:00-03:00", "Sa[1] 09:00-12:00", "Mo-Su 01:30-02:30", "sunset-22:30", "Mar-Apr Su 00:30-04:00",
    "opening+01:15..closing-02:00", "PH 10:00-14:00", "24/7",
)
KINDS = (ZoneKind.SALES_FLOOR, ZoneKind.ENTRANCE)
percents = st.integers(0, 20).map(lambda n: n * 5.0)
lights = st.builds(Light, on=st.none() | st.booleans(), brightness_pct=st.none() | percents,
                   kelvin=st.none() | st.sampled_from([2700, 3500, 4000]))
scents = st.builds(lambda on, mix: Scent(on=on, fragrance=mix and mix[0], intensity_pct=mix and mix[1]),
                   st.none() | st.booleans(), st.none() | st.tuples(st.sampled_from(["linen", "fig"]), percents))
scenes = st.builds(
    Scene,
    light=st.none() | st.builds(lambda all_, roles: Lights(**all_.model_dump(), roles=roles),
                                lights, st.dictionaries(st.sampled_from(Role), lights, max_size=2)),
    music=st.none() | st.builds(Music, on=st.none() | st.booleans(), volume_pct=st.none() | percents,
                                source=st.none() | st.sampled_from(["calm", "lively"])),
    scent=st.none() | scents,
)


@st.composite
def plans(draw, places=tuple(PLACES)):
    timezone = draw(st.sampled_from(places))
    country, coordinates = PLACES[timezone]
    whens = [w for w in WHENS if country is not None or "PH" not in w]
    profiles = tuple(Profile(id=f"p{n}", name=f"Profile {n}", scene=scene,
                             extends=draw(st.sampled_from([None, f"p{n - 1}"])) if n else None,
                             variations=draw(st.dictionaries(st.sampled_from(KINDS), scenes, max_size=1)))
                     for n, scene in enumerate(draw(st.lists(scenes, min_size=1, max_size=3))))
    zones = (Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR, default=FULL,
                  air_changes_per_h=draw(st.sampled_from([4, 0.5, 2.3]))),
             Zone(id="door", name="Door", kind=ZoneKind.ENTRANCE, default=FULL, people=draw(st.booleans())))
    dayparts = tuple(
        Daypart(id=f"d{n}", name=f"Daypart {n}", when=draw(st.sampled_from(whens)),
                profile=draw(st.sampled_from([p.id for p in profiles])),
                zones=draw(st.sampled_from([None, ("sales",), ("door",)])))
        for n in range(draw(st.integers(0, 4))))
    # Windows with days of their own between them: `is_on` of the oracle looks at the start of what it is given.
    apart = [w for w in whens if w not in ("24/7", "closing-01:00..closing")]
    campaigns = tuple(
        Campaign(id=f"c{n}", name=f"Campaign {n}", when=draw(st.sampled_from(apart)), version=draw(st.integers(1, 2)),
                 priority=draw(st.integers(1, 3)), profile=draw(st.sampled_from([p.id for p in profiles])),
                 first=draw(st.none() | st.dates(date(2024, 1, 1), date(2026, 4, 1))),
                 last=draw(st.none() | st.dates(date(2026, 4, 2), date(2028, 12, 31))),
                 zones=draw(st.sampled_from([None, ("sales",), ("door",)])),
                 kinds=draw(st.sampled_from([None, (ZoneKind.SALES_FLOOR,)])))
        for n in range(draw(st.integers(0, 3))))
    quiet_hours = tuple(
        QuietHour(id=f"q{n}", name=f"Quiet hour {n}", when=draw(st.sampled_from(apart)), light_share_pct=draw(percents),
                  zones=draw(st.sampled_from([None, ("sales",)])))
        for n in range(draw(st.integers(0, 2))))
    store = Store(id="shop", name="Shop", timezone=timezone, country=country, coordinates=coordinates,
                  hours=draw(st.sampled_from(["Mo-Fr 10:00-20:00; Sa 10:00-17:00", "Mo-Su 08:00-12:00,13:00-02:00"])),
                  scent_consent=draw(st.booleans()))
    limits = SafetyLimits(max_volume_pct=draw(percents), light_floor_pct=draw(st.sampled_from([0.0, 20.0, 35.0])))
    return Plan(store=store, zones=zones, profiles=profiles, dayparts=dayparts, campaigns=campaigns,
                quiet_hours=quiet_hours, limits=limits)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)).map(
    lambda t: t.replace(second=0, microsecond=0, tzinfo=UTC))
#: Nights in which clocks change, in the three zones that change them here.
changes = st.sampled_from([
    datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC),
    datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 4, 4, 13, tzinfo=UTC), datetime(2026, 10, 3, 13, tzinfo=UTC),
])


@st.composite
def lives(draw, around):
    overrides = []
    for n in range(draw(st.integers(0, 5))):
        start = around + timedelta(minutes=draw(st.integers(-600, 600)))
        end = start + timedelta(minutes=draw(st.integers(1, 600)))
        ended = draw(st.none() | st.integers(0, 600).map(lambda m, s=start: s + timedelta(minutes=m)))
        overrides.append(Override(id=f"o{n}", press=f"o{n}", zone=draw(st.sampled_from(["sales", "door"])),
                                  name=f"Press {n}", scene=draw(scenes), start=start, end=end, ended=ended, by="Elin"))
    stops = []
    for n in range(draw(st.integers(0, 2))):
        since = around + timedelta(minutes=draw(st.integers(-600, 600)))
        ended = draw(st.none() | st.integers(1, 600).map(lambda m, s=since: s + timedelta(minutes=m)))
        stops.append(Stop(id=f"s{n}", zones=draw(st.sampled_from([None, ("door",)])), by="Elin", reason="test",
                          senses=draw(st.sampled_from([tuple(Sense), (Sense.SCENT,), (Sense.LIGHT,)])),
                          since=since, ended=ended))
    return Live(overrides=tuple(overrides), stops=tuple(stops))
