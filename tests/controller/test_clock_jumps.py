"""A machine that sleeps, or whose clock jumps, lands in the right state within a tick, and nothing is replayed.

The same table of jumps twice: with the real APScheduler, beat and engine thread on a clock that is set, and with the
virtual timetable. `libfaketime` would move the clock under a whole process; it is not installed where this runs, and
what it would move beyond these (APScheduler's own reading of the clock) is what the beat is there for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import pytest

from tests.controller.real_time_shop import RealTimeShop
from tests.controller.virtual_shop import DIM, MORNING, VirtualShop, plan_of

DEVICES = ({"id": "lamp-1", "kind": "light", "zones": ["sales"]}, {"id": "lamp-2", "kind": "light", "zones": ["cafe"]},
           {"id": "player-1", "kind": "player", "zones": ["sales"]})
#: Said at half past every hour, so that any jump of more than an hour passes one.
HOURLY = {"id": "hourly", "name": "Hourly", "clip": "chime", "text": "The hour.", "when": "Mo-Su 09:30-18:45",
          "every_min": 60}
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Jump:
    """`at`: after MORNING (10:00 in Stockholm). Evenings, 17:00 to 19:00, have 40 % light, all other times 60 %.

    `before`, `after`: light of the sales floor. In the cafe somebody pressed 30 % for two hours: `press`: whether it
    holds afterwards. `missed`: how many announcements fell due in between.
    """

    name: str
    at: timedelta
    by: timedelta
    before: float
    after: float
    press: bool
    missed: int
    sleeps: bool = False


JUMPS = (
    Jump("forward three hours", 0 * HOUR, 3 * HOUR, 60, 60, False, 3),
    Jump("back an hour", HOUR, -HOUR, 60, 60, True, 0),
    Jump("forward over a boundary", 6.6 * HOUR, 0.6 * HOUR, 60, 40, True, 0),
    Jump("back over a boundary", 7.2 * HOUR, -0.6 * HOUR, 40, 60, True, 0),
    Jump("forward over two boundaries", 6.6 * HOUR, 3 * HOUR, 60, 60, False, 2),
    Jump("asleep for eight hours, steady time with it", -0.6 * HOUR, 8 * HOUR, 60, 40, False, 8, sleeps=True),
    Jump("asleep for eight hours, steady time standing still", -0.6 * HOUR, 8 * HOUR, 60, 40, False, 8),
    Jump("asleep for three hours into the same part of the day", 0 * HOUR, 3 * HOUR, 60, 60, False, 3, sleeps=True),
    Jump("back five hours", 7.2 * HOUR, -5 * HOUR, 40, 60, True, 0),
)
EACH = pytest.mark.parametrize("jump", JUMPS, ids=[jump.name for jump in JUMPS])


def a_plan():
    return plan_of(DEVICES, announcements=[HOURLY])


def started(jump: Jump) -> datetime:
    return MORNING + jump.at


def late(entries: list[dict[str, object]]) -> int:
    return sum(int(str(entry["times"])) for entry in entries if entry["reason"] == "too late")


# ── with the real timetable ─────────────────────────────────────────────────────────


@pytest.fixture
def opened() -> Iterator[object]:
    shops: list[RealTimeShop] = []

    def open_at(at: datetime) -> RealTimeShop:
        shops.append(RealTimeShop(a_plan(), at))
        shops[-1].until_converged()
        return shops[-1]

    yield open_at
    for shop in shops:
        shop.close()


@EACH
def test_the_real_timetable_lands_in_the_right_state(opened, jump):
    shop = opened(started(jump))
    shop.press("cafe", DIM, 120)
    shop.until_converged()
    assert (shop.wanted("lamp-1"), shop.wanted("lamp-2")) == (
        pytest.approx(jump.before, abs=0.4), pytest.approx(30, abs=0.4))
    before = {device: len(shop.documents(device)) for device in ("lamp-1", "lamp-2", "player-1")}
    rounds = shop.timetable.rebuilt
    shop.jump(jump.by, jump.sleeps)
    cafe = 30 if jump.press else jump.after
    shop.until(lambda: abs(shop.wanted("lamp-1") - jump.after) < 0.4 and abs(shop.wanted("lamp-2") - cafe) < 0.4,
               "the right state is never reached")
    if not jump.sleeps:
        shop.until(lambda: shop.timetable.rebuilt > rounds, "the timetable is never built anew")
    changed = {"lamp-1": jump.after != jump.before, "lamp-2": cafe != 30, "player-1": False}
    shop.until(lambda: all(len(shop.documents(device)) - before[device] == more for device, more in changed.items()),
               "each device whose state differs gets its order")
    shop.until(lambda: late(shop.journal("announcement.left-out")) == jump.missed, "what was missed is written down")
    shop.look()
    assert {device: len(shop.documents(device)) - before[device] for device in before} == changed, "and no flood"
    assert shop.said() == [], "nothing is replayed"
    ends = [o.end for o in shop.memory.live(MORNING - 30 * HOUR).overrides]
    assert ends == [shop.memory.live(MORNING - 30 * HOUR).overrides[0].start + 2 * HOUR], "an end is never moved"


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_after_a_jump_the_next_boundary_is_rung_by_apscheduler(opened, by):
    boundary = MORNING + 7 * HOUR
    shop = opened(boundary - by - 0.1 * HOUR)
    past = boundary + timedelta(seconds=5)
    for _ in range(20):  # again, where the machine dozed over the boundary and the beat found it first
        rounds, rung = shop.timetable.rebuilt, shop.timetable.rung
        shop.jump(boundary - timedelta(seconds=8) - shop.clock.now(), False)
        shop.until(lambda before=rounds: shop.timetable.rebuilt > before, "the timetable is never built anew")
        shop.until(lambda before=rung: shop.timetable.rung > before or shop.clock.now() > past, "time stands still")
        if shop.timetable.rung > rung:
            break
    assert shop.timetable.rung > rung, "APScheduler has never rung it"
    shop.until(lambda: abs(shop.wanted("lamp-1") - 40) < 0.4, "the boundary never comes")


def test_an_announcement_that_was_due_a_moment_before_where_the_clock_lands_is_said_once(opened):
    due = MORNING + 0.5 * HOUR
    shop = opened(due - 0.9 * HOUR)
    assert shop.said() == []
    shop.jump(due + timedelta(seconds=10) - shop.clock.now(), False)
    shop.until(lambda: len(shop.said()) == 1, "it is never said")
    shop.until(lambda: len(shop.journal("announcement.said")) == 1, "no player has taken it")
    for seconds in (-20, 25):
        rounds = shop.timetable.rebuilt
        shop.jump(timedelta(seconds=seconds), False)
        shop.until(lambda before=rounds: shop.timetable.rebuilt > before, "the timetable is never built anew")
    shop.look()
    assert len(shop.said()) == 1


# ── with the virtual one ────────────────────────────────────────────────────────────


@EACH
def test_the_virtual_timetable_lands_in_the_right_state(jump):
    shop = ran_since_yesterday(started(jump))
    shop.press("cafe", DIM, minutes=120)
    shop.run(5)
    before = {device: len(shop.orders(device)) for device in ("lamp-1", "lamp-2", "player-1")}
    said = len(commands(shop))
    if jump.sleeps:
        shop.clock.pass_by(jump.by)
        shop.fleet.tick(shop.clock.monotonic())
        shop.beat.look()
        shop.settle()
    else:
        shop.step_clock(jump.by)
    cafe = 30 if jump.press else jump.after
    assert shop.device("lamp-1").wanted["brightness_pct"] == pytest.approx(jump.after, abs=0.4)
    assert shop.device("lamp-2").wanted["brightness_pct"] == pytest.approx(cafe, abs=0.4)
    shop.run(60)
    changed = {"lamp-1": jump.after != jump.before, "lamp-2": cafe != 30, "player-1": False}
    assert {device: len(shop.orders(device)) - before[device] for device in before} == changed
    assert shop.wrong(but=("lamp-2",)) == {}, "and the hardware does it"
    assert shop.truth("lamp-2")["brightness_pct"] == pytest.approx(cafe, abs=0.4)
    assert len(commands(shop)) == said
    assert late([dict(e.body) for e in shop.journal("announcement.left-out")]) == jump.missed
    (press,) = shop.memory.live(MORNING - 30 * HOUR).overrides
    assert press.end == press.start + 2 * HOUR


def ran_since_yesterday(at: datetime) -> VirtualShop:
    """Up for longer than any jump: before its own start, no clock is believed (`semantics.md`, rule 15)."""
    shop = VirtualShop(a_plan(), at=at - 10 * HOUR)
    shop.run(36000)
    assert shop.wrong() == {}
    return shop


def commands(shop: VirtualShop) -> list[dict[str, object]]:
    return [orjson.loads(m.payload) for m in shop.line.published if m.topic.endswith("/cmd")]


@EACH
def test_and_so_does_a_store_that_was_off_meanwhile(jump):
    """No process at all: a start at that time says the same, and replays nothing."""
    shop = ran_since_yesterday(started(jump))
    shop.press("cafe", DIM, minutes=120)
    shop.run(5)
    shop.kill_controller()
    (shop.clock.pass_by if jump.by > timedelta(0) else shop.clock.step)(jump.by)
    shop.fleet.tick(shop.clock.monotonic())
    shop.synchronised = True  # a clock before the newest entry is believed only if somebody keeps it
    shop.start_controller()
    shop.run(60)
    assert shop.device("lamp-1").wanted["brightness_pct"] == pytest.approx(jump.after, abs=0.4)
    assert shop.wrong(but=("lamp-2",)) == {}
    cafe = 30 if jump.press else jump.after
    assert shop.truth("lamp-2")["brightness_pct"] == pytest.approx(cafe, abs=0.4)
    assert all(len(shop.orders(device)) <= 1 for device in ("lamp-1", "lamp-2", "player-1"))
    assert commands(shop) == []
