"""Plans of every shape that pydantic accepts: mostly odd, often wrong, never made with `check` in mind."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from profiles.cue import Cue
from profiles.hours import HoursException
from profiles.limits import STORE_ROLES, Guardrail, Range, SafetyLimits
from profiles.overlay import Announcement, Campaign, QuietHour
from profiles.places import InstalledDevice, Store, Zone
from profiles.plan import Daypart, Fragrance, Plan, Source
from profiles.profile import Arousal, Profile, Tags, Warmth, ZoneKind
from profiles.scene import Light, Lights, Music, Role, Scene, Scent

#: Few ids, so that names are often known, often twice, and sometimes unknown.
ids = st.sampled_from(["a", "b", "hall", "off", "no", "null", "true", "1", "0x1f", "12e3", "lamp-1", "c" * 63])
printable = st.characters(blacklist_categories=["Cs"], blacklist_characters=[chr(c) for c in [*range(0x20), 0x7F]])
words = st.one_of(
    st.sampled_from(
        [
            "NO",
            "10:30",
            "yes",
            "~",
            "- x",
            "a: b",
            "# c",
            "'",
            '"',
            "\\",
            "null",
            "1.5",
            "2026-12-24",
            "=",
            "<<",
            "{a}",
            "[b",
            " lead",
            "trail ",
            "é‑\u2028\ufeff",
            "!x",
            "&a",
            "*a",
            "%",
            "@",
            "`",
            "Götgatan",
            "...",
            "---",
        ]
    ),
    st.text(printable, min_size=1, max_size=12),
)
anything = st.one_of(words, st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12))
pct = st.one_of(st.integers(0, 100).map(float), st.floats(0, 100), st.just(-0.0))
share = st.floats(0, 1)
xy = st.tuples(share, share)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def lights(draw: st.DrawFn, kind: type[Light] = Light) -> Light:
    colour = draw(st.sampled_from(["none", "kelvin", "xy"]))
    said: dict[str, Any] = {"on": draw(maybe(st.booleans())), "brightness_pct": draw(maybe(pct))}
    if colour == "kelvin":
        said["kelvin"] = draw(st.integers(1000, 12000))
    elif colour == "xy":
        said["xy"] = draw(xy)
    if kind is Lights:
        said["roles"] = draw(st.dictionaries(st.sampled_from(list(Role)), lights(), max_size=2))
    return kind(**said)


scents = st.one_of(
    st.builds(Scent, on=maybe(st.booleans())),
    st.builds(Scent, on=maybe(st.booleans()), fragrance=ids, intensity_pct=pct),
)
cues = st.one_of(
    st.builds(Cue, id=ids, text=words, sense=st.sampled_from(["touch", "taste"]), at=maybe(st.just("11:00")),
              every_min=maybe(st.integers(5, 1440)), place=maybe(words), once=st.sampled_from(["zone", "store"])),
    st.builds(Cue, id=ids, text=words, sense=st.just("taste"), after_min=maybe(st.integers(0, 1440)),
              within_min=st.integers(1, 1440), role=st.sampled_from(["staff", "manager"])),
)
scenes = st.builds(
    Scene,
    light=maybe(lights(Lights)),
    scent=maybe(scents),
    music=maybe(st.builds(Music, on=maybe(st.booleans()), volume_pct=maybe(pct), source=maybe(ids))),
    cues=st.lists(cues, max_size=1).map(tuple),
)
corners = st.tuples(st.floats(0, 1000), st.floats(0, 600))
some_ids = st.lists(ids, max_size=3).map(tuple)
zones = st.builds(
    Zone,
    id=ids,
    name=words,
    kind=st.sampled_from(list(ZoneKind)),
    default=scenes,
    people=st.booleans(),
    shape=st.lists(corners, max_size=3).map(tuple),
    scent_free=maybe(st.booleans()),
    volume_m3=st.floats(0.001, 1_000_000),
    air_changes_per_h=st.floats(0.001, 60),
    commissioned_lux=maybe(st.floats(1, 20_000)),
)
profiles = st.builds(
    Profile,
    id=ids,
    name=words,
    says=anything,
    version=st.integers(1, 10**20),
    extends=maybe(ids),
    scene=scenes,
    tags=st.builds(
        Tags,
        arousal=st.sampled_from(list(Arousal)),
        warmth=st.sampled_from(list(Warmth)),
        season=st.sampled_from(["any", "christmas"]),
    ),
    variations=st.dictionaries(st.sampled_from(list(ZoneKind)), scenes, max_size=2),
)
whens = st.one_of(
    st.sampled_from(
        [
            "opening..closing",
            "opening-01:00..opening+01:00",
            "closing..opening",
            "Mo-Fr 10:00-20:00",
            "24/7",
            "(sunset-00:30)-23:00",
            "2031 Nov 27 10:00-12:00",
            "PH off",
            "Feb 30 10:00-12:00",
            "Mo 22:00-04:00",
        ]
    ),
    anything,
)
ranges = st.tuples(pct, pct).map(lambda p: Range(lowest=min(p), highest=max(p)))
stores = st.builds(
    Store,
    id=ids,
    name=words,
    timezone=st.sampled_from(["Europe/Stockholm", "America/New_York", "Europe/Stokholm", "no\n"]),
    country=st.sampled_from([None, "SE", "NO", "XX", "off"]),
    scent_consent=st.booleans(),
    tags=some_ids,
    coordinates=maybe(st.tuples(st.floats(-90, 90), st.floats(-180, 180))),
    hours=st.one_of(
        st.sampled_from(["Mo-Su 10:00-20:00", "24/7", "Mo-Fr 08:00-12:00,13:00-17:00", "Fr 20:00-04:00"]), anything
    ),
    exceptions=st.lists(
        st.builds(
            HoursException,
            date=st.dates(date(1999, 1, 1), date(2060, 1, 1)),
            hours=st.sampled_from([None, "10:00-15:00"]),
            name=maybe(words),
        ),
        max_size=2,
    ).map(tuple),
    language=st.sampled_from(["en", "sv", "fr"]),
)
devices = st.builds(
    InstalledDevice,
    id=ids,
    name=maybe(words),
    kind=st.sampled_from(["light", "player", "diffuser", "contact"]),
    zones=st.lists(ids, min_size=1, max_size=3).map(tuple),
    address=maybe(anything),
    role=st.sampled_from(list(Role)),
    at_switch=st.sampled_from(["enforce", "yield"]),
    fragrances=some_ids,
    spot=maybe(corners),
    watts=maybe(st.floats(0.1, 2000)),
)
diffusers = st.builds(InstalledDevice, id=ids, kind=st.just("diffuser"), zones=st.lists(ids, min_size=1).map(tuple),
                      ml_per_h=st.floats(0.1, 8))
dates = st.dates(date(2026, 1, 1), date(2028, 1, 1))
campaigns = st.tuples(maybe(dates), maybe(dates)).flatmap(lambda ends: st.builds(
    Campaign, id=ids, name=words, version=st.integers(1, 9), when=whens, priority=st.integers(1, 100), profile=ids,
    zones=maybe(some_ids), kinds=maybe(st.lists(st.sampled_from(list(ZoneKind)), max_size=2).map(tuple)),
    first=st.just(None if None in ends else min(ends)), last=st.just(ends[1] if None in ends else max(ends)),
    cues=st.lists(cues, max_size=1).map(tuple)))
quiet_hours = st.builds(
    QuietHour, id=ids, name=words, when=whens, zones=maybe(some_ids), light_share_pct=pct,
    ramp_s=st.integers(60, 600), published=st.booleans())
announcements = st.one_of(
    st.builds(Announcement, id=ids, name=words, clip=ids, text=words, zones=maybe(some_ids),
              manner=st.sampled_from(["duck", "interrupt"]), volume_pct=maybe(pct), emergency=st.booleans()),
    st.builds(Announcement, id=ids, name=words, clip=ids, text=words, when=whens, every_min=maybe(st.integers(5, 1440)),
              length_s=st.integers(1, 600)),
)
plans = st.builds(
    Plan,
    store=stores,
    zones=st.lists(zones, min_size=1, max_size=2).map(tuple),
    profiles=st.lists(profiles, max_size=2).map(tuple),
    dayparts=st.lists(
        st.builds(Daypart, id=ids, name=words, when=whens, profile=ids, zones=maybe(some_ids)), max_size=3
    ).map(tuple),
    campaigns=st.lists(campaigns, max_size=2).map(tuple),
    quiet_hours=st.lists(quiet_hours, max_size=1).map(tuple),
    announcements=st.lists(announcements, max_size=1).map(tuple),
    limits=st.builds(SafetyLimits, light_floor_pct=pct, max_volume_pct=pct, max_intensity_pct=st.floats(0, 50)),
    guardrails=st.dictionaries(
        st.sampled_from(STORE_ROLES),
        st.builds(Guardrail, profiles=maybe(some_ids), volume_pct=ranges, longest_min=st.integers(1, 500)),
        max_size=2,
    ),
    fragrances=st.lists(
        st.builds(
            Fragrance,
            id=ids,
            name=words,
            allergens=st.lists(words, max_size=2).map(tuple),
            safety_sheet=words,
            ifra_certificate=words,
            ml_per_h=st.floats(0.1, 8),
        ),
        max_size=2,
    ).map(tuple),
    sources=st.lists(
        st.builds(Source, id=ids, name=words, licence=words, territory=words, may_cache=st.booleans()), max_size=2
    ).map(tuple),
    devices=st.lists(devices | diffusers, max_size=3).map(tuple),
)
