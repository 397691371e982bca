"""The starter profiles and the stores that ship: each held to the facts that they were made from (`domain.md`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from profiles.check import check
from profiles.congruence import profile_clashes
from profiles.layers import Rank
from profiles.plan import Live, Plan
from profiles.planfile import read_plan
from profiles.profile import Arousal, Profile, Warmth, ZoneKind
from profiles.resolve import resolve
from profiles.scene import Colour, Diffusion, Field, Role, Sense, Setting, light_field
from profiles.starters import starter_text, starters, store_names, store_text
from profiles.timeline import timeline

NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)
ALL = sorted(starters())
#: Profiles for hours in which customers are in the shop.
TRADING = sorted(set(ALL) - {"stocking", "cleaning", "night"})
#: Trading as usual: not the published quiet hour, and not the launch, whose darkness is the point.
USUAL = sorted(set(TRADING) - {"quiet-hour", "product-launch"})
SCENT_FREE = (ZoneKind.ENTRANCE, ZoneKind.CHECKOUT, ZoneKind.WINDOW)
#: What the demo's store measured at 100 %; the comments of the library count with the same.
LUX = {ZoneKind.SALES_FLOOR: 600, ZoneKind.CHECKOUT: 750}

Settings = dict[Field, Setting]
Fact = tuple[str, list[str], Callable[[Profile, ZoneKind, Settings], bool]]


def pct(settings: Settings, field: Field) -> float:
    """A value, or 0 while its switch is off."""
    switch = light_field(field.role, "on") if field.role else Field(f"{field.sense.value}.on")
    value = settings.get(field, 0.0)
    return value if settings.get(switch) is True and isinstance(value, float) else 0.0


def scent_pct(settings: Settings) -> float:
    diffusion = settings.get(Field.SCENT_DIFFUSION)
    return diffusion.intensity_pct if settings.get(Field.SCENT_ON) is True and isinstance(diffusion, Diffusion) else 0.0


def kelvin(settings: Settings) -> int | None:
    colour = settings.get(Field.AMBIENT_COLOUR)
    return colour.kelvin if isinstance(colour, Colour) else None


def half_of_clear_day(profile: Profile, kind: ZoneKind, s: Settings) -> bool:
    day = starters()["midday"].settings_for(kind)
    return all(pct(s, light_field(r, "brightness_pct")) <= pct(day, light_field(r, "brightness_pct")) / 2 for r in Role)


FACTS: list[Fact] = [
    (
        "every profile says for each sense whether it is on",
        ALL,
        lambda p, k, s: all(
            f in s for f in (Field.AMBIENT_ON, Field.ACCENT_ON, Field.FEATURE_ON, Field.MUSIC_ON, Field.SCENT_ON)
        ),
    ),
    (
        "a sales area has 300 lx and more",
        USUAL,
        lambda p, k, s: k is not ZoneKind.SALES_FLOOR or pct(s, Field.AMBIENT_BRIGHTNESS) / 100 * LUX[k] >= 300,
    ),
    (
        "a till has 500 lx and more",
        sorted({*USUAL, "product-launch"}),
        lambda p, k, s: k is not ZoneKind.CHECKOUT or pct(s, Field.AMBIENT_BRIGHTNESS) / 100 * LUX[k] >= 500,
    ),
    (
        "accent to ambient stays at least 3:1 as commissioned: accent is never dimmed below ambient",
        TRADING,
        lambda p, k, s: pct(s, Field.ACCENT_BRIGHTNESS) >= pct(s, Field.AMBIENT_BRIGHTNESS),
    ),
    (
        "a launch is dramatic on the floor: 3:1 as commissioned becomes 10:1",
        ["product-launch"],
        lambda p, k, s: (
            k is not ZoneKind.SALES_FLOOR
            or 3 * pct(s, Field.ACCENT_BRIGHTNESS) / pct(s, Field.AMBIENT_BRIGHTNESS) >= 10
        ),
    ),
    (
        "light is above the safety floor of 20 % wherever people are",
        sorted(set(ALL) - {"night"}),
        lambda p, k, s: k is ZoneKind.WINDOW or pct(s, Field.AMBIENT_BRIGHTNESS) >= 20,
    ),
    ("music is below conversation", ALL, lambda p, k, s: pct(s, Field.MUSIC_VOLUME) <= 55),
    (
        "calm moods are quieter than stirring ones",
        ALL,
        lambda p, k, s: p.tags.arousal is not Arousal.LOW or pct(s, Field.MUSIC_VOLUME) <= 40,
    ),
    ("scent is at a low duty, 10 minutes in the hour", ALL, lambda p, k, s: scent_pct(s) <= 100 / 6),
    ("entrances, tills and windows are scent-free", ALL, lambda p, k, s: k not in SCENT_FREE or scent_pct(s) == 0),
    ("nothing is diffused where people eat", ALL, lambda p, k, s: k is not ZoneKind.CAFE or scent_pct(s) == 0),
    (
        "a third arousing cue overloads: where light and music stir, scent is off",
        ALL,
        lambda p, k, s: p.tags.arousal is not Arousal.HIGH or scent_pct(s) == 0,
    ),
    (
        "Christmas scent never comes without Christmas music",
        ["christmas"],
        lambda p, k, s: (
            scent_pct(s) == 0 or (pct(s, Field.MUSIC_VOLUME) > 0 and s[Field.MUSIC_SOURCE] == "christmas-songs")
        ),
    ),
    ("a quiet hour has half the light of a clear day", ["quiet-hour"], half_of_clear_day),
    (
        "a quiet hour has no music and no scent",
        ["quiet-hour"],
        lambda p, k, s: s[Field.MUSIC_ON] is False and s[Field.SCENT_ON] is False,
    ),
    (
        "without customers no scent is diffused",
        ["stocking", "cleaning", "night", "closing"],
        lambda p, k, s: s[Field.SCENT_ON] is False,
    ),
    (
        "cleaning has full light and no music",
        ["cleaning"],
        lambda p, k, s: pct(s, Field.AMBIENT_BRIGHTNESS) == 100 and s[Field.MUSIC_ON] is False,
    ),
    (
        "warm moods are warm on the floor and cool ones cool",
        ALL,
        lambda p, k, s: (
            k is not ZoneKind.SALES_FLOOR
            or kelvin(s) is None
            or {
                Warmth.WARM: kelvin(s) <= 3000,
                Warmth.COOL: kelvin(s) >= 4000,
                Warmth.NEUTRAL: 3000 < kelvin(s) <= 4000,
            }[p.tags.warmth]
        ),
    ),
    ("no profile clashes with itself", ALL, lambda p, k, s: profile_clashes(p, k) == ()),
]


@pytest.mark.parametrize(("fact", "names", "holds"), FACTS, ids=[fact[0] for fact in FACTS])
def test_every_starter_keeps_to_the_fact(fact: str, names: list[str], holds: Callable[..., bool]) -> None:
    broken = [
        f"{name} in {kind}"
        for name in names
        for kind in ZoneKind
        if not holds(starters()[name], kind, starters()[name].settings_for(kind))
    ]
    assert broken == []


def test_there_are_the_moods_that_a_store_needs() -> None:
    needed = {
        "morning-calm",
        "midday",
        "peak",
        "evening-warm",
        "closing",
        "stocking",
        "cleaning",
        "quiet-hour",
        "christmas",
        "product-launch",
    }
    assert needed <= set(ALL)
    assert len(ALL) >= 12


@pytest.mark.parametrize("name", ALL)
def test_a_starter_introduces_itself(name: str) -> None:
    profile = starters()[name]
    assert profile.id == name
    assert 0 < len(profile.says) <= 40
    assert profile.name[0].isupper()
    # Each says which fact it was made from.
    comments = re.findall(r"#.*", starter_text(name))
    assert len(comments) >= 3


def test_slow_music_goes_with_calm_and_fast_with_full_floors() -> None:
    plan = read_plan(store_text("gotgatan"), "gotgatan.yaml")
    tempi = {
        s.id: tuple(int(n) for n in found.groups())
        for s in plan.sources
        if (found := re.search(r"(\d+) to (\d+) BPM", s.name))
    }
    assert tempi[starters()["peak"].settings_for(ZoneKind.SALES_FLOOR)[Field.MUSIC_SOURCE]][0] >= 92
    for name in ("morning-calm", "evening-warm", "soft-mirror", "rainy-day"):
        low, high = tempi[starters()[name].settings_for(ZoneKind.SALES_FLOOR)[Field.MUSIC_SOURCE]]
        assert low <= 72
        assert high < 92


@pytest.mark.parametrize("name", store_names())
def test_a_store_that_ships_has_nothing_to_say_against_it(name: str) -> None:
    plan = read_plan(store_text(name), f"{name}.yaml")
    for since in (NOW, NOW + timedelta(days=200)):
        assert [str(f) for f in check(plan, since, ["native", "zigbee2mqtt"])] == []


@pytest.fixture(scope="module")
def gotgatan() -> Plan:
    return read_plan(store_text("gotgatan"), "gotgatan.yaml")


def test_the_demo_brings_every_starter_whole(gotgatan: Plan) -> None:
    own = {"cedar-air"}
    assert {p.id: p for p in gotgatan.profiles if p.id not in own} == dict(starters())


def test_the_demo_has_six_zones_and_devices_that_hang_in_them(gotgatan: Plan) -> None:
    assert [z.name for z in gotgatan.zones] == [
        "Window",
        "Entrance",
        "Sales floor",
        "Fitting rooms",
        "Café",
        "Checkout",
    ]
    assert len(gotgatan.devices) >= 24
    for device in gotgatan.devices:
        if device.kind != "contact":
            shape = gotgatan.zone(device.zones[0]).shape
            assert device.spot is not None
            assert inside(device.spot, shape), device.id
    foreign = [d for d in gotgatan.devices if d.dialect == "zigbee2mqtt"]
    assert [(d.address, d.at_switch) for d in foreign] == [
        ("zigbee2mqtt/Window left", "yield"),
        ("zigbee2mqtt/Window right", "enforce"),
    ]
    assert {d.kind for d in gotgatan.devices} == {"light", "player", "diffuser", "contact"}


def inside(spot: tuple[float, float], shape: tuple[tuple[float, float], ...]) -> bool:
    """Ray casting."""
    x, y = spot
    hits = 0
    for (x1, y1), (x2, y2) in zip(shape, (*shape[1:], shape[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            hits += 1
    return hits % 2 == 1


def test_in_every_zone_and_role_something_is_lit_at_any_hour_of_a_fortnight(gotgatan: Plan) -> None:
    roles = {z.id: {d.role for d in gotgatan.devices if d.kind == "light" and z.id in d.zones} for z in gotgatan.zones}
    for hour in range(0, 14 * 24, 3):
        at = NOW + timedelta(hours=hour)
        colours = set()
        for zone in gotgatan.zones:
            values = {f: r.value for f, r in resolve(gotgatan, Live(), zone.id, at).fields.items()}
            lit = [r for r in roles[zone.id] if pct(values, light_field(r, "brightness_pct")) > 0]
            assert lit, (zone.id, at)
            colours.add(tuple(str(values[light_field(r, "colour")]) for r in sorted(lit)))
        assert len(colours) >= 5, (at, colours)


def test_the_demo_keeps_its_lux_while_it_is_open(gotgatan: Plan) -> None:
    start = datetime(2026, 4, 13, tzinfo=ZoneInfo("Europe/Stockholm"))
    for name, least in (("sales", 300), ("checkout", 500)):
        zone = gotgatan.zone(name)
        assert zone.commissioned_lux is not None
        for day in range(7):
            open_from, open_to = (11, 17) if day == 6 else (10, 18 if day == 5 else 20)
            first = start + timedelta(days=day, hours=open_from)
            for segment in timeline(gotgatan, Live(), name, first, start + timedelta(days=day, hours=open_to)):
                if segment.resolution.leading.rank is not Rank.QUIET_HOUR:
                    lux = segment.resolution.fields[Field.AMBIENT_BRIGHTNESS].value / 100 * zone.commissioned_lux
                    assert lux >= least, segment


def test_a_weekday_of_the_demo_goes_through_its_moods(gotgatan: Plan) -> None:
    day = datetime(2026, 4, 16, tzinfo=ZoneInfo("Europe/Stockholm"))
    moods = {
        h: resolve(gotgatan, Live(), "sales", day + timedelta(hours=h)).leading.profile
        for h in (3, 9, 11, 14, 17, 19, 20, 21)
    }
    assert moods == {
        3: "Night",
        9: "Stocking",
        11: "Morning calm",
        14: "Spring in linen",
        17: "Spring in linen",
        19: "Evening warm",
        20: "Closing",
        21: "Cleaning",
    }
    assert resolve(gotgatan, Live(), "fitting", day + timedelta(hours=14)).leading.profile == "Soft mirror"
    assert resolve(gotgatan, Live(), "cafe", day + timedelta(hours=14)).leading.profile == "Fika"


def test_a_campaign_of_the_demo_that_brings_only_scent_leaves_light_and_music_alone(gotgatan: Plan) -> None:
    noon = datetime(2026, 11, 24, 13, tzinfo=ZoneInfo("Europe/Stockholm"))
    fields = resolve(gotgatan, Live(), "sales", noon).fields
    assert fields[Field.SCENT_DIFFUSION].because.layer.id == "cold-months"
    assert {fields[f].because.layer.id for f in (Field.AMBIENT_BRIGHTNESS, Field.MUSIC_SOURCE)} == {"day"}


def test_the_demos_quiet_hour_is_quiet(gotgatan: Plan) -> None:
    tuesday = datetime(2026, 4, 14, 10, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
    for zone in ("entrance", "sales", "fitting", "cafe", "checkout"):
        fields = resolve(gotgatan, Live(), zone, tuesday).fields
        assert not any(r.value is True for f, r in fields.items() if f in (Field.MUSIC_ON, Field.SCENT_ON)), zone
        most = gotgatan.zone(zone).default.settings()[Field.AMBIENT_BRIGHTNESS]
        assert fields[Field.AMBIENT_BRIGHTNESS].value == most / 2, zone


def test_scent_of_the_demo_is_only_where_it_may_be(gotgatan: Plan) -> None:
    for zone in gotgatan.zones:
        smelt = any(
            r.value is True
            for hour in range(0, 48)
            for f, r in resolve(gotgatan, Live(), zone.id, NOW + timedelta(hours=hour)).fields.items()
            if f is Field.SCENT_ON
        )
        assert smelt == (zone.id in {"sales", "fitting"}), zone.id
        assert not smelt or any(d.kind == "diffuser" and zone.id in d.zones for d in gotgatan.devices)


def test_fragrances_have_papers_and_allergens(gotgatan: Plan) -> None:
    used = {
        s.scent.fragrance
        for p in starters().values()
        for s in (p.scene, *p.variations.values())
        if s.scent is not None and s.scent.fragrance is not None
    }
    assert used <= {f.id for f in gotgatan.fragrances}
    assert all(f.allergens and 1 <= f.ml_per_h <= 8 for f in gotgatan.fragrances)


def test_staff_and_managers_have_guardrails(gotgatan: Plan) -> None:
    assert {p.value for p in gotgatan.guardrails} == {"staff", "manager"}
    senses = {f.sense for p in gotgatan.profiles for f in p.scene.settings()}
    assert senses == set(Sense)


def test_an_unknown_store_or_starter_is_a_key_error() -> None:
    for ask in (store_text, starter_text):
        with pytest.raises(KeyError):
            ask("../../pyproject")
