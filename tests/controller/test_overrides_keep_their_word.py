"""An override ends exactly as promised: over restarts, a change of summer time, and a new plan; within its guardrails.

A virtual shop that is open over the night lives through both changes of summer time in Stockholm: at 01:00 UTC on
29 March 2026 the clock goes from 02:00 to 03:00, on 25 October 2026 from 03:00 back to 02:00.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.desk import Choice
from controller.errors import Forbidden, NotFound, Refused
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.ports import Actor
from controller.store.engine import Engine
from controller.store.intake import Happening
from controller.store.sight import EngineSight
from profiles.limits import Person
from profiles.plan import Plan
from profiles.scene import Field, Lights, Music, Scene
from tests.controller.shop import DOCUMENT, ELIN, MAJA, NOW, Shop, plan
from tests.controller.virtual_shop import CALM, VirtualShop, plan_of

BOSS = Actor("Maja", Person.MANAGER)
BRIGHT = Choice(scene=Scene(light=Lights(brightness_pct=90)), name="Bright")
#: 01:30 in Stockholm, half an hour before each change.
SPRING, AUTUMN = datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)


class HandDriven:
    """The `Turning` protocol over the engine of a virtual shop, whichever is running."""

    def __init__(self, shop: VirtualShop) -> None:
        self._shop = shop

    @property
    def _engine(self) -> Engine:
        return self._shop.engine

    @property
    def revision(self) -> int:
        return self._engine.revision

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        self._shop.tell(happening)
        return True

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        return self._engine.revision

    def sight(self) -> EngineSight:
        return self._engine.sight()


def night_shop(hours: str = "Mo-Su 18:00-04:00", closing: str = "Mo-Su 09:00-10:00") -> Plan:
    store = {"id": "shop", "name": "Shop", "timezone": "Europe/Stockholm", "country": "SE", "hours": hours}
    return plan_of(store=store,
                   zones=[{"id": "sales", "name": "Sales", "kind": "sales-floor", "default": CALM},
                          {"id": "cafe", "name": "Cafe", "kind": "cafe", "default": CALM}],
                   dayparts=[{"id": "early", "name": "Early", "when": closing, "profile": "evening"}])


def leads(shop: VirtualShop, zone: str = "sales") -> bool:
    """Whether a press gives the light of a zone, by the engine's own look."""
    resolved = shop.engine.sight().zones[zone].resolution.fields[Field.AMBIENT_BRIGHTNESS]
    return resolved.because.layer.rank.name == "OVERRIDE"


PROMISES = [
    (SPRING, "minutes:60", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    (SPRING, "closing", datetime(2026, 3, 29, 2, 0, tzinfo=UTC)),
    (SPRING, "time:02:30", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # does not exist: the moment of the change
    (SPRING, "time:03:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    (AUTUMN, "minutes:60", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    (AUTUMN, "minutes:120", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    (AUTUMN, "closing", datetime(2026, 10, 25, 3, 0, tzinfo=UTC)),
    (AUTUMN, "time:02:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # comes twice: the second
    (AUTUMN, "2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("at", "end", "promised"), PROMISES, ids=lambda one: str(one)[:25])
@pytest.mark.parametrize("meanwhile", ["crash", "a new plan"])
def test_a_press_over_a_change_of_summer_time_ends_when_it_said(
    at: datetime, end: str, promised: datetime, meanwhile: str
) -> None:
    shop = VirtualShop(night_shop(), at=at - timedelta(minutes=2))
    shop.run(120 - (shop.clock.now() - (at - timedelta(minutes=2))).total_seconds())
    desk = StorePlanning(shop.memory, HandDriven(shop), shop.clock)
    pressed_at = shop.clock.now()
    shown = desk.press(("sales",), BRIGHT, end, BOSS)
    wanted = promised if not end.startswith("minutes") else promised + (pressed_at - at)
    assert shown.end == wanted
    assert leads(shop)
    shop.run(600)
    if meanwhile == "crash":
        shop.kill_controller()
        shop.run(300)
        shop.start_controller()
    elif meanwhile == "a new plan":
        shop.publish_plan(night_shop("Mo-Su 12:00-22:00", "Mo-Su 05:00-06:00"))
    shop.run((wanted - shop.clock.now()).total_seconds() - 1)
    assert leads(shop), "it does not end early"
    assert StoreOverview(shop.memory, HandDriven(shop), shop.clock).presses()[0].end == wanted
    shop.run(2)
    assert not leads(shop), "and not late"
    (ended,) = [entry for entry in shop.journal("zone.changed")
                if entry.at >= wanted - timedelta(seconds=1) and entry.body["zone"] == "sales"]
    assert timedelta(0) <= ended.at - wanted < timedelta(seconds=0.01)
    shop.run(50)
    assert shop.unmet() == []
    assert shop.wrong() == {}


def test_a_press_that_ended_while_nobody_ran_the_store_is_over_at_the_start() -> None:
    shop = VirtualShop(night_shop(), at=SPRING)
    desk = StorePlanning(shop.memory, HandDriven(shop), shop.clock)
    desk.press(None, BRIGHT, "minutes:60", BOSS)
    shop.run(60)
    shop.kill_controller()
    shop.run(3 * 3600)
    shop.start_controller()
    assert not leads(shop)
    shop.until_converged(5)
    assert StoreOverview(shop.memory, HandDriven(shop), shop.clock).presses() == []


def test_undo_after_a_restart_takes_back_the_whole_press_and_what_lay_below_shows_again() -> None:
    shop = VirtualShop(night_shop(), at=AUTUMN)
    desk = StorePlanning(shop.memory, HandDriven(shop), shop.clock)
    older = desk.press(("sales",), Choice(scene=Scene(light=Lights(brightness_pct=70)), name="Older"), "closing", BOSS)
    shop.run(5)
    desk.press(None, BRIGHT, "time:02:30", BOSS)
    shop.run(60)
    shop.restart_controller()
    desk.undo(None, BOSS)
    assert not leads(shop, "cafe")
    assert leads(shop, "sales")
    (kept,) = StoreOverview(shop.memory, HandDriven(shop), shop.clock).presses()
    assert (kept.press, kept.end) == (older.press, datetime(2026, 10, 25, 3, 0, tzinfo=UTC))
    shop.until_converged(5)


# ── guardrails in numbers ───────────────────────────────────────────────────────────

RAILS = {"staff": {"profiles": ["day", "mirror", "party", "murmur"], "volume_pct": {"lowest": 35, "highest": 55},
                   "longest_min": 60}}


@pytest.fixture
def railed() -> tuple[Shop, StorePlanning]:
    shop = Shop(plan(guardrails=RAILS))
    return shop, StorePlanning(shop.memory, shop.engine, shop.clock)


@pytest.mark.parametrize(("profile", "given", "asked"), [("party", 55.0, 90.0), ("mirror", 35.0, 34.0),
                                                         ("murmur", 35.0, 20.0), ("day", 50.0, None)])
def test_volume_stays_between_its_rails_and_what_was_asked_is_kept(
    railed: tuple[Shop, StorePlanning], profile: str, given: float, asked: float | None
) -> None:
    shop, desk = railed
    shown = desk.press(("sales",), Choice(profile=profile), "minutes:30", ELIN)
    (override,) = shop.memory.live(NOW).overrides
    assert override.scene.music == Music(**{**override.scene.music.model_dump(), "volume_pct": given})
    assert (None if override.asked is None or override.asked.music is None
            else override.asked.music.volume_pct) == asked
    assert [limit for limit in shown.limits if "the nearest that staff may choose" in limit] == (
        [] if asked is None else [f"Volume set to {given:.0f} %, the nearest that staff may choose; {asked:.0f} % was "
                                  "asked"])


@pytest.mark.parametrize("end", ["minutes:61", "minutes:240", "closing", "next-change", "time:20:00"])
def test_nothing_lasts_longer_than_the_role_may_choose_and_it_says_so(
    railed: tuple[Shop, StorePlanning], end: str
) -> None:
    shop, desk = railed
    shown = desk.press(("sales", "till"), Choice(profile="day"), end, ELIN)
    assert shown.end == NOW + timedelta(minutes=60)
    assert "Ends at 15:32, the longest that staff may choose" in shown.limits
    assert {override.end for override in shop.memory.live(NOW).overrides} == {shown.end}
    assert desk.press(("sales",), Choice(profile="day"), end, MAJA).end > shown.end


@pytest.mark.parametrize("profile", ["evening", "whiff"])
def test_a_profile_outside_the_rails_is_for_somebody_else(railed: tuple[Shop, StorePlanning], profile: str) -> None:
    shop, desk = railed
    with pytest.raises(Forbidden):
        desk.press(("sales",), Choice(profile=profile), "minutes:10", ELIN)
    assert shop.memory.live(NOW).overrides == ()
    assert desk.press(("sales",), Choice(profile=profile), "minutes:10", MAJA).press


def test_a_complaint_steps_down_as_far_as_the_rails_and_then_is_only_noted(railed: tuple[Shop, StorePlanning]) -> None:
    shop, desk = railed
    volumes = []
    for _ in range(20):
        shop.clock.move(seconds=1)
        try:
            desk.nudge("sales", "too-loud", ELIN)
        except Refused:
            break
        volumes.append(StoreOverview(shop.memory, shop.engine, shop.clock).zone("sales").desired["music.volume_pct"])
    else:
        pytest.fail("complaints lower the music for ever")
    assert volumes == sorted(volumes, reverse=True)
    assert min(volumes) >= 35
    assert all(isinstance(volume, float) and volume < 50 for volume in volumes)
    assert shop.kinds().count("feedback.complaint") == len(volumes) + 1
    assert {override.end for override in shop.memory.live(NOW).overrides} <= {
        shop.clock.now() + timedelta(minutes=60), *(o.start + timedelta(minutes=60)
                                                    for o in shop.memory.live(NOW).overrides)}


def test_a_complaint_can_be_taken_back(railed: tuple[Shop, StorePlanning]) -> None:
    shop, desk = railed
    see = StoreOverview(shop.memory, shop.engine, shop.clock)
    before = see.zone("sales").desired
    for complaint in ("too-loud", "too-bright", "too-strong"):
        press = desk.nudge("sales", complaint, ELIN).press
        assert see.zone("sales").desired != before
        desk.undo(press, ELIN)
        assert see.zone("sales").desired == before
        with pytest.raises(NotFound):
            desk.undo(press, ELIN)


def test_a_press_keeps_its_end_when_the_guardrails_become_tighter(railed: tuple[Shop, StorePlanning]) -> None:
    shop, desk = railed
    shown = desk.press(("sales",), Choice(profile="party"), "minutes:60", ELIN)
    tighter = {"staff": {**RAILS["staff"], "longest_min": 5, "volume_pct": {"lowest": 10, "highest": 20}}}
    desk.publish({**DOCUMENT, "guardrails": tighter}, "", MAJA)
    shop.clock.move(minutes=59)
    zone = StoreOverview(shop.memory, shop.engine, shop.clock).zone("sales")
    assert (zone.what, zone.until, zone.desired["music.volume_pct"]) == ("Party", shown.end, 55)
    shop.clock.move(minutes=1)
    assert StoreOverview(shop.memory, shop.engine, shop.clock).zone("sales").what == "Clear day"
