"""How much of a campaign's planned time was kept, by what devices reported: measured in a shop in virtual time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.store.campaign_watch import MEASURED
from controller.store.intake import Ended
from profiles.plan import Live
from profiles.resolve import winners_at
from tests.controller.virtual_shop import DIM, LOUD, MORNING, VirtualShop, plan_of

#: From an hour after MORNING (11:00 in Stockholm) for two hours.
SPRING = {"id": "hq-spring", "name": "Spring", "when": "Mo-Su 11:00-13:00", "profile": "spring"}
PROFILES = [{"id": "spring", "name": "Spring", "scene": {"light": {"brightness_pct": 80, "kelvin": 4000}}},
            {"id": "lively", "name": "Lively", "scene": {"music": {"on": True, "volume_pct": 20, "source": "lively"}}}]
DEVICES = ({"id": "lamp-1", "kind": "light", "zones": ["sales"]},
           {"id": "player-1", "kind": "player", "zones": ["sales"]},
           {"id": "lamp-2", "kind": "light", "zones": ["cafe"], "at_switch": "yield"})
HOURS = 7200.0


def shop_of(*campaigns: dict[str, object], **more: object) -> VirtualShop:
    shop = VirtualShop(plan_of(DEVICES, campaigns=campaigns or (SPRING,), profiles=PROFILES, dayparts=[], **more))
    shop.until_converged(5)
    return shop


def run_to(shop: VirtualShop, hours: float) -> None:
    shop.run((MORNING + timedelta(hours=hours) - shop.clock.now()).total_seconds() + 0.001)


def end(shop: VirtualShop) -> None:
    shop.tell(Ended())
    shop.engine.stop()


def sums(shop: VirtualShop, zone: str = "sales", campaign: str = "hq-spring") -> dict[str, float]:
    found: Counter[str] = Counter()
    for entry in shop.journal(MEASURED):
        for row in entry.body["zones"]:
            if row["zone"] == zone and row["campaign"] == campaign:
                found.update({key.removesuffix("_s"): value for key, value in row.items() if key.endswith("_s")})
    return {key: value for key, value in found.items() if value}


def about(**wanted: float) -> dict[str, object]:
    return {key: pytest.approx(value, abs=4.0) for key, value in wanted.items()}


def test_a_campaign_that_is_left_alone_is_kept_but_for_its_fade():
    shop = shop_of()
    run_to(shop, 4)
    assert sums(shop) == sums(shop, "cafe") == about(planned=HOURS, kept=HOURS - 45, differing=45)


def test_without_a_campaign_nothing_is_written():
    shop = shop_of({**SPRING, "last": "2026-03-01"})
    run_to(shop, 4)
    end(shop)
    assert shop.journal(MEASURED) == []


def test_an_override_and_a_stop_are_told_apart_and_only_where_they_are():
    shop = shop_of()
    run_to(shop, 1.5)
    shop.press("sales", DIM, minutes=30)
    run_to(shop, 2.5)
    shop.stop(("sales",))
    run_to(shop, 2.75)
    shop.resume()
    run_to(shop, 4)
    found = sums(shop)
    assert (found["overridden"], found["stopped"]) == (pytest.approx(1800, abs=4), pytest.approx(900, abs=4))
    assert found["planned"] == pytest.approx(HOURS, abs=4)
    assert found["kept"] == pytest.approx(HOURS - 1800 - 900 - 45, abs=120)
    assert "overridden" not in sums(shop, "cafe")


def test_a_press_of_another_sense_overrides_nothing_of_the_campaign():
    shop = shop_of()
    run_to(shop, 1.5)
    shop.press("sales", LOUD, minutes=30)
    run_to(shop, 4)
    assert "overridden" not in sums(shop)


def test_a_press_that_outlasts_the_campaign_counts_to_its_end_and_no_longer():
    shop = shop_of()
    run_to(shop, 2)
    shop.press("sales", DIM, minutes=300)
    run_to(shop, 6)
    end(shop)
    assert sums(shop)["overridden"] == pytest.approx(3600, abs=2)
    assert sums(shop)["planned"] == pytest.approx(HOURS, abs=2)


def test_a_lamp_out_of_reach_is_not_known_and_one_that_lies_differs():
    shop = shop_of()
    run_to(shop, 1.5)
    shop.lose_power("lamp-1")
    run_to(shop, 2)
    shop.power_up("lamp-1")
    run_to(shop, 2.25)
    shop.lie("lamp-1")
    shop.switch("lamp-1", brightness_pct=5)
    run_to(shop, 4)
    found = sums(shop)
    assert found["planned"] == pytest.approx(HOURS, abs=4)
    assert found["unknown"] == pytest.approx(1800, abs=5)
    assert found["differing"] == pytest.approx(45 + 2700, abs=15)


def test_what_somebody_set_by_hand_is_overridden():
    shop = shop_of()
    run_to(shop, 2)
    shop.switch("lamp-2", brightness_pct=10)
    run_to(shop, 4)
    assert sums(shop, "cafe")["overridden"] == pytest.approx(3600, abs=10)
    assert "overridden" not in sums(shop, "sales")


def test_while_the_broker_is_away_nothing_is_known():
    shop = shop_of()
    run_to(shop, 1.5)
    shop.broker_goes_down()
    run_to(shop, 2)
    shop.broker_comes_back()
    run_to(shop, 4)
    assert sums(shop)["unknown"] == pytest.approx(1800, abs=5)
    assert sums(shop)["planned"] == pytest.approx(HOURS, abs=4)


def test_time_in_which_nobody_ran_is_planned_and_not_known():
    shop = shop_of()
    run_to(shop, 1.5)
    end(shop)
    shop.kill_controller()
    shop.clock.pass_by(timedelta(hours=1))
    shop.start_controller()
    run_to(shop, 4)
    found = sums(shop)
    assert found["planned"] == pytest.approx(HOURS, abs=4)
    assert found["unknown"] == pytest.approx(3600, abs=5)


def test_after_a_kill_what_was_not_written_is_planned_and_not_known():
    shop = shop_of()
    run_to(shop, 2.5)
    shop.restart_controller()
    run_to(shop, 4)
    found = sums(shop)
    assert found["planned"] == pytest.approx(HOURS, abs=4)
    assert 0 < found["unknown"] < 3700


def test_a_stronger_campaign_takes_the_planned_time_of_a_weaker_one():
    shop = shop_of(SPRING, {**SPRING, "id": "hq-strong", "name": "Strong", "when": "Mo-Su 12:00-12:30", "priority": 90})
    run_to(shop, 4)
    assert sums(shop)["planned"] == pytest.approx(HOURS - 1800, abs=2)
    assert sums(shop, campaign="hq-strong")["planned"] == pytest.approx(1800, abs=2)


def test_rows_are_by_the_dates_of_the_store():
    shop = shop_of({**SPRING, "when": "Mo-Su 20:00-04:00"})
    run_to(shop, 20)
    end(shop)
    days: Counter[str] = Counter()
    for entry in shop.journal(MEASURED):
        days.update({row["date"]: row["planned_s"] for row in entry.body["zones"] if row["zone"] == "sales"})
    assert days == {"2026-03-02": pytest.approx(4 * 3600, abs=3), "2026-03-03": pytest.approx(4 * 3600, abs=3)}


def test_a_night_of_sleep_is_not_known():
    shop = shop_of()
    run_to(shop, 1.5)
    shop.suspend(8)
    run_to(shop, 12)
    end(shop)
    # Between two heartbeats nobody looks: what was seen last before the sleep may be so long ago.
    assert sums(shop)["unknown"] == pytest.approx(HOURS - 1800, abs=61)
    assert sums(shop)["planned"] == pytest.approx(HOURS, abs=5)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["press", "stop", "resume", "restart", "loud"]), st.integers(1, 50)),
                max_size=6))
def test_planned_is_what_the_plan_says_whatever_people_do(what):
    shop = shop_of()
    for verb, minutes in what:
        {"press": lambda: shop.press("sales", DIM, minutes=45), "stop": lambda: shop.stop(("sales",)),
         "resume": shop.resume, "restart": shop.restart_controller,
         "loud": lambda: shop.press("sales", LOUD, minutes=20)}[verb]()
        shop.run(minutes * 60)
    shop.run(60)
    end(shop)
    oracle = sum(
        any(winner.because.layer.id == "hq-spring" for winner in winners_at(
            shop.plan, Live(), "sales", MORNING + timedelta(seconds=10 * n)).values()) * 10
        for n in range(int((shop.clock.now() - MORNING).total_seconds() // 10)))
    found = sums(shop)
    assert found.get("planned", 0) == pytest.approx(oracle, abs=20)
    assert sum(value for key, value in found.items() if key != "planned") == pytest.approx(
        found.get("planned", 0), abs=1)
