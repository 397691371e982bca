"""A whole store in virtual time: the same again for the same seed, and silent where nothing happens."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from controller.cli.benches.year import measure_year, year_plan
from controller.desk import Choice
from controller.publishing import findings
from controller.storage.chain import verify_journal
from controller.virtual.clock import VirtualClock, VirtualTimetable
from controller.virtual.expected import alike
from controller.virtual.store import SOMEBODY, VirtualStore
from devices.messages import Message
from profiles.check import errors
from profiles.planfile import read_plan
from profiles.scene import Light, Lights, Scene, Scent
from profiles.starters import store_text

#: A Monday, 10:30 in Stockholm: the shop has been open for half an hour.
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINIMAL = read_plan(store_text("minimal"), "minimal.yaml")
DIM = Choice(scene=Scene(light=Lights(on=True, brightness_pct=30)), name="Dim")


@pytest.fixture
def store():
    made = VirtualStore(MINIMAL, start=MORNING)
    yield made
    made.close()


def busy_day(seed: int) -> VirtualStore:
    """Presses, mishaps, an unfair line, a restart, a step of the clock."""
    store = VirtualStore(MINIMAL, seed, MORNING)
    store.line.losses = store.line.repeats = store.line.swaps = 0.1
    store.run(60)
    store.press(DIM)
    store.mishap(lambda world: world.unplug("ceiling"))
    store.run(300)
    store.mishap(lambda world: world.freeze("speaker"))
    store.run(900)
    store.mishap(lambda world: world.plug_in("ceiling"))
    store.mishap(lambda world: world.thaw("speaker"))
    store.set_clock(timedelta(minutes=90))
    store.run(60)
    store.restart_controller()
    store.cut_broker()
    store.run(30)
    store.restore_broker()
    store.stop()
    store.run(4 * 3600)
    store.planning.resume(None, SOMEBODY)
    store.run(8 * 3600)
    return store


def test_the_same_seed_gives_the_same_store_bit_for_bit() -> None:
    first, second = busy_day(7), busy_day(7)
    assert first.record.published > 10
    assert first.journal() == second.journal()
    assert first.digest() == second.digest()


def test_another_seed_gives_another_day_with_the_same_end() -> None:
    first, second = busy_day(7), busy_day(8)
    assert first.digest() != second.digest()
    assert first.wrong() == second.wrong() == {}


@pytest.mark.real
def test_it_is_the_same_in_another_process_with_other_hashes() -> None:
    program = "from tests.controller.test_virtual import busy_day; print(busy_day(3).digest())"
    digests = {subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": hashes},
                              capture_output=True, text=True, check=True).stdout.strip()
               for hashes in ("1", "2")}
    assert digests == {busy_day(3).digest()}


def test_the_journal_of_a_virtual_store_is_whole() -> None:
    store = busy_day(5)
    assert verify_journal(store.memory, store.memory.chain_head()) == []


def test_a_healthy_night_passes_without_a_message(store: VirtualStore) -> None:
    store.run(10 * 3600)  # 20:30: the shop is closed, nothing comes before tomorrow's doors
    before, jumps = (store.record.published, store.record.received), store.jumps
    store.run(10 * 3600)
    assert (store.record.published, store.record.received) == before
    assert store.jumps - jumps < 10
    assert all(device.online for device in store.engine.sight().devices.values())
    assert store.journal("device.lost") == []


def test_only_the_absence_of_a_heartbeat_is_an_event(store: VirtualStore) -> None:
    store.run(3600)
    store.mishap(lambda world: world.freeze("ceiling"))
    frozen_at = store.clock.true_time()
    store.run(119)
    assert store.journal("device.lost") == []
    store.run(62)  # the last heartbeat was up to a minute before
    lost = store.journal("device.lost")
    assert [entry.body["device"] for entry in lost] == ["ceiling"]
    assert timedelta(seconds=119) < lost[0].at - frozen_at <= timedelta(seconds=180)
    store.mishap(lambda world: world.thaw("ceiling"))
    store.run(5)
    assert [entry.body["device"] for entry in store.journal("device.back")] == ["ceiling"]
    store.run(10 * 3600)
    assert len(store.journal("device.lost")) == 1


def test_a_lamp_that_lost_its_power_is_right_soon_after_it_is_back(store: VirtualStore) -> None:
    store.mishap(lambda world: world.unplug("ceiling"))
    store.run(60)
    store.press(DIM)
    store.mishap(lambda world: world.plug_in("ceiling"))
    assert store.until(lambda: not store.wrong(), 5) is not None
    assert store.world.truth()["ceiling"]["brightness_pct"] == pytest.approx(30, abs=0.3)


def test_a_press_ends_at_its_minute(store: VirtualStore) -> None:
    store.press(DIM, end="minutes:60")
    store.run_until(MORNING + timedelta(minutes=59, seconds=59))
    assert store.world.truth()["ceiling"]["brightness_pct"] == pytest.approx(30, abs=0.3)
    store.run(1 + 46)
    assert store.world.truth()["ceiling"]["brightness_pct"] != pytest.approx(30, abs=0.3)
    assert store.wrong() == {}


def test_devices_are_in_reach_after_a_restart_and_an_outage(store: VirtualStore) -> None:
    store.run(600)
    store.restart_controller()
    store.run(600)
    store.cut_broker()
    store.run(3600)
    store.restore_broker()
    store.run(3600)
    assert store.wrong() == {}
    assert store.journal("device.lost") == []
    assert store.engine.sight().epoch == 2


def test_a_store_that_was_off_at_a_boundary_is_right_when_it_is_back(store: VirtualStore) -> None:
    store.kill_controller()
    store.run_until(datetime(2026, 3, 2, 15, 30, tzinfo=UTC))  # the afternoon began at 15:00 local time
    assert store.wrong() != {}
    store.start_controller()
    assert store.until(lambda: not store.wrong(), 5) is not None
    assert store.world.truth()["ceiling"]["kelvin"] == 2700


def test_a_diffuser_that_ran_for_hours_without_a_word_is_still_purged(store: VirtualStore) -> None:
    plan = MINIMAL.changed(
        fragrances=(*MINIMAL.fragrances, MINIMAL.fragrances[0].model_copy(update={"id": "fig", "name": "Fig"})),
        devices=tuple(d.model_copy(update={"fragrances": ()}) for d in MINIMAL.devices))
    both = VirtualStore(plan, start=MORNING)

    def scent(fragrance: str) -> Choice:
        return Choice(scene=Scene(scent=Scent(on=True, fragrance=fragrance, intensity_pct=20)), name=fragrance)

    both.press(scent("linen"), end="minutes:300")
    both.run(3 * 3600)
    assert both.world.truth()["diffuser"]["on"] is True
    both.press(scent("fig"), end="minutes:300")
    both.run(60)
    assert both.world.truth()["diffuser"]["on"] is False  # linen is still in the air
    hold = both.engine.sight().zones["shop"].holds[0]
    assert hold.until is not None
    assert hold.until > both.clock.now() + timedelta(minutes=10)
    both.run(3 * 3600)
    assert both.world.truth()["diffuser"]["fragrance"] == "fig"


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_set_clock_is_followed_within_seconds(store: VirtualStore, hours: int) -> None:
    store.run_until(datetime(2026, 3, 2, 14, 30, tzinfo=UTC))
    store.set_clock(timedelta(hours=hours))
    assert store.until(lambda: store.journal("clock.stepped") and not store.wrong(), 60) is not None
    assert store.overview.zone("shop").what == ("Golden hour" if hours > 0 else "Morning calm")


def test_what_arrives_may_be_lost_repeated_and_late(store: VirtualStore) -> None:
    store.line.losses, store.line.repeats, store.line.swaps = 0.3, 0.3, 0.3
    for _ in range(10):
        store.press(DIM, end="minutes:5")
        store.run(400)
    store.line.losses = store.line.repeats = store.line.swaps = 0.0
    assert store.until(lambda: not store.wrong(), 60) is not None


def test_what_a_bad_line_lost_is_told_by_the_next_heartbeats(store: VirtualStore) -> None:
    store.run(60)
    store.disturb_line(losses=1.0)
    store.mishap(lambda world: world.touch("ceiling", {"on": False}))
    store.run(60)
    assert "on" in store.wrong()["ceiling"]
    store.disturb_line()
    assert store.until(lambda: not store.wrong(), 5) is not None


def test_a_forgetful_broker_and_a_power_cut_of_the_whole_shop(store: VirtualStore) -> None:
    store.mishap(lambda world: world.lose_power())
    store.cut_broker(forgetful=True)
    store.run(3600)
    store.mishap(lambda world: world.power_up())
    store.restore_broker()
    assert store.until(lambda: not store.wrong(), 10) is not None
    assert all(real["powered"] for real in store.world.truth().values())


def test_poison_on_the_broker_harms_nobody(store: VirtualStore) -> None:
    topic = f"sinne/v1/{MINIMAL.store.id}/dev/ceiling/reported"
    store.mishap(lambda world: world.say(Message(topic, b"\xff{", 1, False)))
    store.run(60)
    assert store.engine.sight().counters.malformed == 1
    assert store.wrong() == {}


def test_a_lying_lamp_is_seen_to_be_wrong_and_becomes_an_alarm_only_by_what_it_says(store: VirtualStore) -> None:
    store.mishap(lambda world: world.lie("ceiling", True))
    store.press(DIM)
    store.run(180)
    assert "brightness_pct" in store.wrong()["ceiling"]
    assert store.wrong(but_for=("ceiling",)) == {}
    assert [entry.body["device"] for entry in store.journal("device.alarm")] == ["ceiling"]


# ── clock and timetable ─────────────────────────────────────────────────────────────


def test_the_clock_passes_in_whole_microseconds_and_never_less_than_asked() -> None:
    clock = VirtualClock(MORNING)
    began = clock.monotonic()
    for _ in range(1000):
        clock.pass_by(0.1000001)
    assert clock.true_time() == clock.now() == MORNING + timedelta(microseconds=1000 * 100001)
    assert math.isclose(clock.monotonic() - began, 100.001)
    clock.set_by(timedelta(hours=-1))
    assert clock.now() == clock.true_time() - timedelta(hours=1)


def test_the_timetable_waits_on_steady_time_as_the_real_one_does() -> None:
    clock, rung = VirtualClock(MORNING), []
    timetable = VirtualTimetable(clock)
    timetable.start(lambda: rung.append(clock.now()))
    timetable.wake_at(MORNING + timedelta(hours=1))
    clock.set_by(timedelta(hours=2))  # its hour has come, and it does not know
    assert timetable.due == clock.monotonic() + 3600
    timetable.rebuild()
    timetable.look()
    assert rung == [MORNING + timedelta(hours=2)]
    assert timetable.due is None
    timetable.wake_at(clock.now() + timedelta(minutes=1))
    clock.set_by(timedelta(minutes=-10))
    clock.pass_by(60)
    timetable.look()  # set back meanwhile: it waits on
    assert len(rung) == 1
    assert timetable.due == clock.monotonic() + 600


@pytest.mark.parametrize(("key", "wanted", "real", "same"), [
    ("on", True, True, True), ("on", True, False, False), ("on", True, 1, True), ("brightness_pct", 40, 40.4, True),
    ("brightness_pct", 40, 41, False), ("brightness_pct", 40, None, False), ("brightness_pct", 1, True, False),
    ("kelvin", 2700, 2705, True), ("kelvin", 2700, 2750, False), ("kelvin", 2700, 0, False),
    ("xy", (0.3, 0.3), (0.31, 0.3), True), ("xy", (0.3, 0.3), (0.4, 0.3), False), ("xy", (0.3, 0.3), None, False),
    ("source", "calm", "calm", True), ("source", "calm", "lively", False)])
def test_alike_means_within_the_steps_of_the_hardware(key: str, wanted: object, real: object, same: bool) -> None:
    assert alike(key, wanted, real) is same


def test_light_of_a_role_is_expected_of_its_lamps_alone() -> None:
    gotgatan = VirtualStore(read_plan(store_text("gotgatan"), "gotgatan.yaml"), start=MORNING)
    scene = Scene(light=Lights(roles={"accent": Light(on=True, brightness_pct=33)}))
    gotgatan.press(Choice(scene=scene, name="Accents"), ("sales",))
    assert gotgatan.until(lambda: not gotgatan.wrong(), 10) is not None
    truth = gotgatan.world.truth()
    assert truth["sales-tables"]["brightness_pct"] == pytest.approx(33, abs=0.3)
    assert truth["sales-ceiling-west"]["brightness_pct"] != pytest.approx(33, abs=0.3)


# ── sinne bench year ────────────────────────────────────────────────────────────────


def test_the_bench_measures_days_beside_the_same_orders_to_bare_devices() -> None:
    whole, each = measure_year(days=2, runs=1)
    assert (whole.n, whole.unit, whole.bench) == (50, "s", "year: 2 days")
    assert each.n > 200  # orders
    assert whole.baseline is not None
    assert whole.baseline.value > 0
    assert each.unit == "µs"


def test_the_plan_of_the_bench_may_be_published() -> None:
    assert errors(findings(year_plan(), MORNING)) == []
