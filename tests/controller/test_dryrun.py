"""A dry run: the same store twice, as it is and with the candidate, and what is different between the two."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.dryrun.copying import StoreCopy, copy_of, levels_in
from controller.dryrun.shapes import DryRun
from controller.dryrun.trying import tried
from controller.dryrun.worker import Workers, in_worker
from controller.errors import Refused, Unavailable
from controller.ports import Entry, ScentRun
from controller.settings import BUILD_DATE
from controller.storage.copying import copied_memory
from controller.storage.opening import FILE_NAME, open_memory
from controller.virtual.store import VirtualStore
from profiles.energy import STANDBY_W, TYPICAL_W, drawn_w, kwh, rated_w
from profiles.plan import Live, Override, Plan
from profiles.planfile import plan_from_document
from profiles.planwriter import write_plan
from profiles.scene import Lights, Scene
from tests.patience import PATIENCE_S

#: A Monday, 10:17:33 in Stockholm; what is metered begins at 10:19.
NOW = datetime(2026, 3, 2, 9, 17, 33, tzinfo=UTC)
BEGIN = datetime(2026, 3, 2, 9, 19, tzinfo=UTC)

GROUND = {"light": {"on": True, "brightness_pct": 50, "kelvin": 3500},
          "music": {"on": True, "volume_pct": 30, "source": "calm"},
          "scent": {"on": False, "fragrance": "linen", "intensity_pct": 20}}

DIMMED = """
profiles:
  - {id: dim, name: Dim, scene: {light: {brightness_pct: 25}}}
campaigns:
  - {id: dusk, name: Dusk, when: "00:00-24:00", priority: 60, profile: dim, zones: [sales]}
"""


def a_plan(**parts: object) -> Plan:
    """Two zones with two lamps, a player and a diffuser; always open, half the light."""
    return plan_from_document({
        "store": {"id": "shop", "name": "Shop", "timezone": "Europe/Stockholm", "country": "SE",
                  "hours": "Mo-Su 09:00-19:00", "scent_consent": True},
        "zones": [{"id": "sales", "name": "Sales", "kind": "sales-floor", "default": GROUND},
                  {"id": "cafe", "name": "Cafe", "kind": "cafe", "default": GROUND}],
        "fragrances": [{"id": each, "name": each.capitalize(), "safety_sheet": "-", "ifra_certificate": "-",
                        "allergens": ["Linalool"], "ml_per_h": 4} for each in ("linen", "fig")],
        "sources": [{"id": "calm", "name": "Calm", "licence": "-", "territory": "SE"}],
        "profiles": [{"id": "fresh", "name": "Fresh", "scene": {"scent": {"on": True}}}],
        "dayparts": [{"id": "noon", "name": "Noon", "when": "Mo-Su 12:00-13:00", "profile": "fresh",
                      "zones": ["sales"]}],
        "devices": [
            {"id": "lamp-1", "kind": "light", "zones": ["sales"], "watts": 40},
            {"id": "bulb-1", "kind": "light", "zones": ["sales", "cafe"], "dialect": "zigbee2mqtt",
             "address": "zigbee2mqtt/Bulb 1"},
            {"id": "lamp-2", "kind": "light", "zones": ["cafe"]},
            {"id": "player-1", "kind": "player", "zones": ["sales"]},
            {"id": "mist-1", "kind": "diffuser", "zones": ["sales"], "fragrances": ["linen", "fig"], "ml_per_h": 2}],
        **parts})


def a_copy(plan: Plan | None = None, **more: object) -> StoreCopy:
    return replace(StoreCopy(NOW, plan or a_plan(), 4), **more)  # type: ignore[arg-type]


def energy(run: DryRun) -> dict[str, tuple[float, float]]:
    return {zone.zone: (zone.before_kwh, zone.after_kwh) for zone in run.energy.zones}


def test_a_candidate_equal_to_the_plan_makes_no_difference() -> None:
    run = tried(a_copy(), write_plan(a_plan()), "same.yaml", 2)
    assert (run.felt, run.by_day, run.parts, run.warnings, run.seen) == ((), (), (), (), ())
    assert run.digest == run.candidate
    assert run.energy.before_kwh == run.energy.after_kwh > 0
    assert [(use.before_ml, use.after_ml) for use in run.scent] == [(run.scent[0].after_ml,) * 2]
    assert run.sentence == "Nothing will feel different, and as much energy and scent is used as now."


def test_a_lamp_at_half_light_draws_what_the_formula_says() -> None:
    plan = a_plan(dayparts=[], devices=[{"id": "lamp-1", "kind": "light", "zones": ["sales"], "watts": 40}])
    run = tried(a_copy(plan), write_plan(plan), "same.yaml", 3)
    assert run.energy.before_kwh == pytest.approx((0.5 + 39.5 * 0.5) * 72 / 1000, abs=1e-4)
    assert (run.energy.devices, run.energy.typical) == (1, 0)


@pytest.mark.parametrize(("pct", "watts"), [(20, 3.5), (73, 120.0)])
def test_a_lamp_at_any_light_draws_what_the_formula_says(pct: int, watts: float) -> None:
    plan = a_plan(dayparts=[], devices=[{"id": "lamp-1", "kind": "light", "zones": ["sales"], "watts": watts}],
                  zones=[{"id": "sales", "name": "Sales", "kind": "sales-floor",
                          "default": {**GROUND, "light": {"on": True, "brightness_pct": pct, "kelvin": 3500}}}])
    level = round(pct * 254 / 100) / 254
    run = tried(a_copy(plan), write_plan(plan), "same.yaml", 1)
    assert run.energy.before_kwh == pytest.approx((0.5 + (watts - 0.5) * level) * 24 / 1000, rel=1e-3, abs=1e-4)


@given(pct=st.floats(0, 100), more=st.floats(0, 100), watts=st.floats(0.01, 2000))
def test_more_light_never_draws_less_and_never_more_than_is_rated(pct: float, more: float, watts: float) -> None:
    low, high = (drawn_w("light", watts, on=True, brightness_pct=each) for each in sorted((pct, more)))
    assert min(STANDBY_W, watts) <= low <= high <= watts * (1 + 1e-9)
    assert drawn_w("light", watts, on=False) <= low


def test_a_campaign_that_dims_lowers_energy_in_its_own_zone_and_nowhere_else() -> None:
    run = tried(a_copy(), DIMMED, "dusk.yaml", 2)
    (sales_was, sales_now), (cafe_was, cafe_now) = energy(run)["sales"], energy(run)["cafe"]
    # 25 % less of 40 W and of a typical bulb; a level of 254 steps, and one fade of 45 s.
    assert sales_was - sales_now == pytest.approx((39.5 + 19.5) * 0.25 * 48 / 1000, rel=0.02)
    assert cafe_was == cafe_now
    assert {change.zone for change in run.felt} == {"sales"}
    assert {day.zone for day in run.by_day} == {"sales"}
    assert "light 50 → 25 %" in run.felt[0].sentence
    assert run.sentence.startswith("Light will feel different in Sales; ")
    assert run.sentence.endswith(" kWh less.")
    assert [(each.name, each.when, each.what) for each in run.together] == [
        ("Sales", "at all times", "ambient light 50 → 25 %")]
    assert run.parts == ("profile Dim added", "campaign Dusk added")


def test_the_same_input_gives_the_same_answer_and_scent_is_rate_times_intensity() -> None:
    fig = DIMMED.replace("{light: {brightness_pct: 25}}",
                         "{scent: {on: true, fragrance: fig, intensity_pct: 30}}")
    first, again = (tried(a_copy(ml={"mist-1": 100.0}), fig, "fig.yaml", 1, seed=7) for _ in range(2))
    assert first == again
    by_fragrance = {use.fragrance: (use.before_ml, use.after_ml) for use in first.scent}
    # 2 ml/h of the diffuser, an hour of linen at 20 % as it is; fig all day at 30 %, unless held back.
    assert by_fragrance["linen"][0] == pytest.approx(2 * 0.2 * 1)
    assert by_fragrance["linen"][1] == 0
    assert by_fragrance["fig"] == (0, pytest.approx(2 * 0.3 * 24, rel=0.01))
    cartridge, = first.cartridges
    assert (cartridge.ml, cartridge.assumed) == (100.0, False)
    assert cartridge.left_before_ml == pytest.approx(99.6, abs=0.01)


def test_a_cartridge_that_runs_out_is_said_with_the_time() -> None:
    fig = DIMMED.replace("{light: {brightness_pct: 25}}",
                         "{scent: {on: true, fragrance: fig, intensity_pct: 50}}")
    run = tried(a_copy(ml={"mist-1": 2.0}), fig, "fig.yaml", 1)
    cartridge, = run.cartridges
    assert cartridge.empty_before is None
    assert cartridge.empty_after is not None
    assert timedelta(hours=1, minutes=58) < cartridge.empty_after - NOW < timedelta(hours=2, minutes=1)
    assert (cartridge.left_before_ml, cartridge.left_after_ml) == (pytest.approx(1.6, abs=0.01), 0)
    assert {use.fragrance: use.after_ml for use in run.scent}["fig"] == pytest.approx(24, rel=0.01)
    assert any("mist-1 is empty" in said and "as it is, it would last" in said for said in run.seen)


def test_what_holds_rest_on_is_copied_and_a_purge_is_told() -> None:
    fig = DIMMED.replace("{light: {brightness_pct: 25}}",
                         "{scent: {on: true, fragrance: fig, intensity_pct: 30}}")
    just_now = (ScentRun("sales", "linen", NOW, 20.0),)
    run = tried(a_copy(scent_runs=just_now), fig, "fig.yaml", 1)
    held, = run.seen
    assert held.startswith("Sales: fig waits until linen has left the air, once, 4")


def test_a_press_that_is_alive_is_in_both_runs_and_its_end_is_told() -> None:
    press = Override(id="o", press="p", zone="sales", name="Bright", scene=Scene(light=Lights(brightness_pct=90)),
                     start=NOW - timedelta(minutes=5), end=NOW + timedelta(hours=2), by="Elin")
    run = tried(a_copy(live=Live(overrides=(press,))), DIMMED, "dusk.yaml", 1)
    first = run.felt[0].first
    assert first[0] == NOW + timedelta(hours=2)  # until then the press rules with either plan
    ends, = run.presses
    assert ends.sentence == ("Bright in Sales, until 12:17 (Elin). It ends at the same time with either plan; then as "
                             "it is: Daypart Noon; with the candidate: Campaign Dusk.")


def test_a_quiet_hour_of_the_candidate_goes_before_a_press() -> None:
    press = Override(id="o", press="p", zone="sales", name="Bright", scene=Scene(light=Lights(brightness_pct=90)),
                     start=NOW, end=NOW + timedelta(hours=2), by="Elin")
    calm = a_plan(quiet_hours=[{"id": "calm", "name": "Calm", "when": "Mo 11:00-12:00"}])
    run = tried(a_copy(live=Live(overrides=(press,))), write_plan(calm), "calm.yaml", 1)
    assert run.presses[0].sentence.endswith("With the candidate a quiet hour goes before it from 11:00.")


def test_a_campaign_of_the_same_id_is_replaced() -> None:
    with_dusk = tried(a_copy(), DIMMED, "dusk.yaml", 1)
    plan = a_plan(profiles=[{"id": "dim", "name": "Dim", "scene": {"light": {"brightness_pct": 25}}},
                            {"id": "fresh", "name": "Fresh", "scene": {"scent": {"on": True}}}],
                  campaigns=[{"id": "dusk", "name": "Dusk", "when": "00:00-24:00", "priority": 60, "profile": "dim",
                              "zones": ["cafe"]}])
    run = tried(a_copy(plan), DIMMED, "dusk.yaml", 1)
    assert run.parts == ("campaign Dusk changed: zones",)
    assert {change.zone for change in run.felt} == {"sales", "cafe"}
    assert run.energy.after_kwh == with_dusk.energy.after_kwh


@pytest.mark.parametrize(("text", "said"), [
    (DIMMED.replace("profile: dim", "profile: dam"), "dusk.yaml:5: campaigns[0].profile: there is no profile “dam”"),
    (DIMMED.replace("priority: 60", "priority: 600"), "dusk.yaml:5: campaigns[0].priority: 600 is more than"),
    (DIMMED.replace("00:00-24:00", "whenever"), "dusk.yaml:5: campaigns[0].when"),
    ("campaigns: [\n", "dusk.yaml:2"),
    ("", "the file is empty"),
    ("[1, 2]", "neither a plan nor campaigns"),
    ("dayparts: []\n", "taken for campaigns, and dayparts does not belong there"),
    ("profiles: []\n", "has no campaigns"),
    ("campaigns: 7\n", "campaigns is a list"),
    (write_plan(a_plan()).replace("id: shop", "id: other"), "This is the plan of the store other, and here is shop."),
    ('{"campaigns": [{"id": "a"}]}', "campaigns[0].name: name is missing"),
])
def test_what_is_wrong_with_a_candidate_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        tried(a_copy(), text, "dusk.yaml", 1)
    assert said in str(refused.value)


def test_only_warnings_that_the_candidate_brings_are_told() -> None:
    loud = a_plan(campaigns=[{"id": "old", "name": "Old", "when": "Sa 10:00-11:00", "priority": 10, "profile": "quiet",
                              "last": "2025-01-01"}],
                  profiles=[{"id": "quiet", "name": "Quiet", "scene": {"music": "off"}},
                            {"id": "fresh", "name": "Fresh", "scene": {"scent": {"on": True}}}])
    past = DIMMED.replace("priority: 60", "priority: 60, last: 2025-01-01")
    run = tried(a_copy(loud), past, "past.yaml", 1)
    assert run.warnings
    assert all("past.yaml:5" in warning and "campaigns[0]" in warning for warning in run.warnings)
    assert tried(a_copy(loud), write_plan(loud), "same.yaml", 1).warnings == ()


@pytest.mark.parametrize("days", [0, 32])
def test_a_span_that_nobody_looks_at_is_refused(days: int) -> None:
    with pytest.raises(Refused, match="1 to 31 days"):
        tried(a_copy(), DIMMED, "dusk.yaml", days)


def test_the_database_of_the_store_is_not_touched(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILD_DATE, NOW)
    memory.publish(a_plan(), "elin", "", NOW, Entry("plan.published"))
    memory.note_scent((ScentRun("sales", "linen", NOW, 20.0),))
    while_open = copied_memory(tmp_path)  # the store runs, its log is not folded in
    assert copy_of(while_open, NOW).scent_runs == (ScentRun("sales", "linen", NOW, 20.0),)
    while_open.close()
    memory.close()
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    copy = copied_memory(tmp_path)
    taken = copy_of(copy, NOW, {"mist-1": 20.0})
    copy.close()
    tried(taken, DIMMED, "dusk.yaml", 1)
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()} == before
    assert FILE_NAME in before
    assert (taken.version, taken.plan.digest, taken.ml) == (1, a_plan().digest, {"mist-1": 20.0})


def test_a_store_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no store"):
        copied_memory(tmp_path)


def test_a_copy_is_what_the_store_runs_on_with_the_levels_that_were_reported() -> None:
    store = VirtualStore(a_plan(), 1, NOW)
    store.run(60)
    store.mishap(lambda world: world.fill("mist-1", 33.0))
    store.run(5)
    copy = copy_of(store.memory, store.clock.now(), levels_in(store.engine.sight()))
    store.close()
    assert copy.ml == {"mist-1": 33.0}
    assert (copy.version, copy.plan.digest) == (1, a_plan().digest)


def test_what_is_drawn_is_between_standby_and_the_rated_power() -> None:
    assert drawn_w("light", 20, on=False) == STANDBY_W
    assert drawn_w("light", 20, on=True, brightness_pct=0) == STANDBY_W
    assert drawn_w("light", 20, on=True, brightness_pct=100) == 20
    assert drawn_w("player", 15, on=True, brightness_pct=0) == 15
    assert drawn_w("light", 0.2, on=False) == 0.2
    assert rated_w("light", None) == TYPICAL_W["light"]
    assert kwh(3_600_000) == 1


@pytest.mark.real
def test_a_process_of_its_own_gives_the_same_answer_and_may_be_refused_or_ended() -> None:
    copy, shares = a_copy(ml={"mist-1": 50.0}), list[float]()
    assert in_worker(copy, DIMMED, "dusk.yaml", 1, shares.append) == tried(copy, DIMMED, "dusk.yaml", 1)
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    with pytest.raises(Refused, match=r"dusk\.yaml:5: campaigns"):
        in_worker(copy, DIMMED.replace("profile: dim", "profile: dam"), "dusk.yaml", 1, shares.append)
    with pytest.raises(Unavailable, match=r"longer than 0\.2 seconds, so it was ended\. Try fewer days\."):
        in_worker(copy, DIMMED, "dusk.yaml", 31, shares.append, limit_s=0.2)


def test_zones_and_devices_that_only_the_candidate_has_are_counted_with_it() -> None:
    plan = a_plan()
    more = plan.model_dump(mode="json")
    more["zones"].append({"id": "loft", "name": "Loft", "kind": "cafe", "default": GROUND})
    more["devices"].append({"id": "lamp-9", "kind": "light", "zones": ["loft"]})
    run = tried(a_copy(plan), write_plan(plan_from_document(more)), "loft.yaml", 1)
    assert energy(run)["loft"][0] == 0
    assert energy(run)["loft"][1] == pytest.approx(10.25 * 24 / 1000, rel=0.01)
    assert "zone Loft added" in run.parts
    assert run.felt == ()


def test_over_the_hour_that_is_lost_a_day_has_as_many_hours_as_any() -> None:
    eve = datetime(2026, 3, 28, 20, tzinfo=UTC)  # summer time begins in the night
    plan = a_plan(dayparts=[], devices=[{"id": "lamp-1", "kind": "light", "zones": ["sales"], "watts": 40}])
    run = tried(StoreCopy(eve, plan, 1), write_plan(plan), "same.yaml", 1)
    assert run.end - run.start == timedelta(days=1)
    assert run.energy.before_kwh == pytest.approx(20.25 * 24 / 1000, abs=1e-4)


@pytest.mark.real
def test_a_store_that_ends_does_not_wait_for_a_dry_run() -> None:
    workers, refusals, begun = Workers(), list[str](), threading.Event()

    def go() -> None:
        try:
            workers(a_copy(), DIMMED, "dusk.yaml", 31, lambda _share: begun.set())
        except Unavailable as refusal:
            refusals.append(str(refusal))

    thread = threading.Thread(target=go)
    thread.start()
    assert begun.wait(PATIENCE_S)
    workers.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert len(refusals) == 1
    with pytest.raises(Unavailable, match="broke off"):
        workers(a_copy(), DIMMED, "dusk.yaml", 1, lambda _share: None)
