"""Zones brought up to an instant: what changed, why, and until when; standing still in doubt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.ports import PlanVersion, ScentRun
from controller.store.ambience import Ambience
from controller.store.standstill import Standstill, begun
from controller.store.wishes import Cause, state_for, wish_for
from devices.device import Device, Kind
from profiles.plan import Live, Override, Stop
from profiles.scene import Colour, Field, Scene, Sense
from tests.controller.virtual_shop import BRIGHT, DARK, DIM, FIG, LINEN, LOUD, MORNING, plan_of

EVENING = MORNING.replace(hour=16)


def press(name: str = "o1", scene: Scene = BRIGHT, zone: str = "sales", start=MORNING, minutes: float = 30, ended=None):
    return Override(id=name, press=name, zone=zone, name="Press", scene=scene, start=start,
                    end=start + timedelta(minutes=minutes), ended=ended, by="Elin")


def stop(name: str = "s1", since=MORNING, ended=None, zones=None, senses=tuple(Sense)):
    return Stop(id=name, by="Elin", reason="x", since=since, ended=ended, zones=zones, senses=senses)


@pytest.fixture
def ambience() -> Ambience:
    found = Ambience()
    plan = plan_of()
    found.take_plan(PlanVersion(1, plan.digest, "Elin", "", MORNING, plan))
    found.look(MORNING, 0, True)
    return found


def causes(ambience: Ambience, *live: Override | Stop, at=MORNING) -> dict[str, Cause]:
    ambience.take_live(Live(overrides=tuple(x for x in live if isinstance(x, Override)),
                            stops=tuple(x for x in live if isinstance(x, Stop))))
    return {zone: ambience.zones[zone].cause for zone in ambience.look(at, 0, True)}


def test_without_a_plan_nothing_is_wished():
    assert Ambience().look(MORNING, 0, True) == []


def test_the_first_look_recovers():
    ambience = Ambience()
    plan = plan_of()
    ambience.take_plan(PlanVersion(1, plan.digest, "Elin", "", MORNING, plan))
    assert ambience.look(MORNING, 0, True) == ["sales", "cafe"]
    assert {z.cause for z in ambience.zones.values()} == {Cause.RECOVERY}
    assert ambience.look(MORNING, 0, True) == []


def test_only_the_zone_that_was_pressed_changes(ambience):
    assert causes(ambience, press()) == {"sales": Cause.PRESS}
    assert causes(ambience) == {"sales": Cause.PRESS}


def test_a_press_that_says_what_is_so_already_changes_nothing(ambience):
    same = Scene.model_validate({"light": {"on": True, "brightness_pct": 60, "kelvin": 3500}})
    assert causes(ambience, press(scene=same)) == {}


def test_stops_have_their_own_cause_and_their_end_is_a_press(ambience):
    assert set(causes(ambience, stop()).values()) == {Cause.STOP}
    assert set(causes(ambience).values()) == {Cause.PRESS}


def test_a_second_stop_is_a_stop_too(ambience):
    causes(ambience, stop(senses=(Sense.MUSIC,)))
    assert causes(ambience, stop(senses=(Sense.MUSIC,)), stop("s2")) == {"sales": Cause.STOP, "cafe": Cause.STOP}


def test_a_boundary_belongs_to_the_schedule_also_when_somebody_presses_elsewhere(ambience):
    assert ambience.boundary == EVENING
    assert causes(ambience, press(scene=LOUD, zone="cafe", start=EVENING), at=EVENING) == {
        "sales": Cause.SCHEDULE, "cafe": Cause.PRESS}


def test_the_boundary_is_the_first_end_of_all(ambience):
    causes(ambience, press(minutes=20), press("o2", zone="cafe", minutes=10))
    assert ambience.boundary == MORNING + timedelta(minutes=10)


def test_a_zone_that_cannot_be_resolved_stays_as_it_is_and_the_others_go_on(ambience, caplog):
    good = ambience.zones["sales"].desired
    broken = press("bad").model_copy(update={"scene": None})
    assert causes(ambience, broken, press("o2", zone="cafe")) == {"cafe": Cause.PRESS}
    assert ambience.zones["sales"].desired == good
    assert "sales" in caplog.text


# ── choices and the clock ───────────────────────────────────────────────────────────


def test_what_was_pressed_has_begun_whatever_the_clock_says_since():
    earlier = MORNING - timedelta(hours=1)
    live = begun(Live(overrides=(press("o1"), press("o2", start=MORNING + timedelta(seconds=1))), stops=(stop(),)),
                 earlier)
    assert all(o.start < earlier for o in live.overrides)
    assert [o.id for o in sorted(live.overrides, key=lambda o: o.start)] == ["o1", "o2"]
    assert live.stops[0].since == earlier
    assert live.overrides[0].end == MORNING + timedelta(minutes=30)


def test_what_a_person_ended_is_over_whatever_the_clock_says():
    later = MORNING + timedelta(hours=1)
    live = Live(overrides=(press(minutes=600, ended=later),), stops=(stop(ended=later),))
    assert begun(live, MORNING) == Live()


def test_time_stands_still_and_choices_run_on():
    known, new = press("o1", minutes=10), press("o2", DIM, start=MORNING + timedelta(days=3650), minutes=5)
    still = Standstill(MORNING, 100, Live(overrides=(known,)))
    live = Live(overrides=(known, new))
    assert [o.id for o in still.live(live, 200).overrides] == ["o1", "o2"]
    assert still.due == 500
    assert all(o.start <= still.moment < o.end for o in still.live(live, 200).overrides)
    assert [o.id for o in still.live(live, 501).overrides] == ["o1"]
    assert still.live(live, 701) == Live()


def test_a_press_under_way_keeps_its_rest_in_a_standstill():
    still = Standstill(MORNING + timedelta(minutes=9), 100, Live(overrides=(press(minutes=10),)))
    assert still.live(Live(overrides=(press(minutes=10),)), 100).overrides
    assert still.due == 160


# ── what a device should be ─────────────────────────────────────────────────────────


def device(kind: Kind = Kind.LIGHT, zones=("sales",), role="ambient") -> Device:
    return Device("d", "shop", kind, "native", "d", zones, role=role)


def test_fields_become_the_words_of_the_contract():
    desired = {Field.ACCENT_ON: True, Field.ACCENT_BRIGHTNESS: 20.0, Field.ACCENT_COLOUR: Colour(xy=(0.2, 0.3)),
               Field.AMBIENT_BRIGHTNESS: 99.0}
    assert state_for(Kind.LIGHT, "accent", desired) == {"on": True, "brightness_pct": 20.0, "xy": (0.2, 0.3)}
    assert state_for(Kind.CONTACT, "ambient", desired) == {}


def test_a_device_follows_its_first_zone(ambience):
    causes(ambience, press(), press("o2", DIM, "cafe"))
    assert wish_for(device(zones=("sales", "cafe")), ambience.zones).state["brightness_pct"] == 90
    assert wish_for(device(zones=("cafe", "sales")), ambience.zones).state["brightness_pct"] == 30


def test_a_stop_in_any_of_its_zones_wins_for_it(ambience):
    causes(ambience, press(scene=DIM), stop(zones=("cafe",), senses=(Sense.LIGHT,)))
    wish = wish_for(device(zones=("sales", "cafe")), ambience.zones)
    assert wish.state["brightness_pct"] == 100
    assert wish.stopped
    assert wish.stopped_elsewhere
    player = wish_for(device(Kind.PLAYER, ("sales", "cafe")), ambience.zones)
    assert player.state["on"] is True
    assert not player.stopped


def test_a_contact_and_a_device_of_an_unknown_zone_are_wished_nothing(ambience):
    assert wish_for(device(Kind.CONTACT), ambience.zones) is None
    assert wish_for(device(zones=("cellar",)), ambience.zones) is None


def test_the_wish_says_what_it_is_for(ambience):
    causes(ambience, press())
    assert wish_for(device(), ambience.zones).because == "override Press by Elin"


# ── scent ───────────────────────────────────────────────────────────────────────────


def test_another_fragrance_in_the_air_begins_a_hold_at_once(ambience):
    causes(ambience, press(scene=FIG))
    assert ambience.zones["sales"].desired[Field.SCENT_ON] is True
    ambience.note_scent([ScentRun("sales", "linen", MORNING, 20)])
    assert ambience.look(MORNING, 0, True) == ["sales"]
    assert ambience.zones["sales"].desired[Field.SCENT_ON] is False
    assert ambience.boundary == MORNING + timedelta(minutes=30), "the press ends before the hold"


def test_the_same_fragrance_holds_nothing(ambience):
    causes(ambience, press(scene=LINEN))
    ambience.note_scent([ScentRun("sales", "linen", MORNING, 20)])
    assert ambience.look(MORNING, 0, True) == []


def test_scent_ages_by_elapsed_time_and_not_by_the_clock_on_the_wall(ambience):
    ambience.note_scent([ScentRun("sales", "linen", MORNING, 20)])
    ambience.shift_scent(3600)
    assert ambience.runs["sales", "linen"].last_on == MORNING + timedelta(hours=1)
    ambience.shift_scent(1e15)
    assert ambience.runs["sales", "linen"].last_on == MORNING + timedelta(hours=1)


def test_off_is_never_lifted_by_a_hold(ambience):
    causes(ambience, press(scene=DARK))
    assert ambience.zones["sales"].holds == ()
