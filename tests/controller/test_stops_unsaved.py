"""A stop always works: also where the disk is full, where it cannot even be read, and while it comes and goes."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from controller.errors import NotFound, Unavailable
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.ports import Actor, Entry
from controller.store.intake import Happening, PlanChanged
from controller.store.sight import EngineSight
from profiles.limits import Person
from profiles.plan import Stop
from profiles.scene import Sense
from tests.controller.memory_fake import FakeMemory
from tests.controller.virtual_shop import BRIGHT, CALM, DIM, VirtualShop, plan_of

ELIN = Actor("Elin", Person.STAFF)
TOPIC = "sinne/v1/shop/stop"
ALL = tuple(Sense)


class AtHand:
    """The engine of a virtual shop as the use cases see it: what it is told is dealt with at once."""

    def __init__(self, shop: VirtualShop) -> None:
        self._shop = shop
        self.hangs = False

    @property
    def revision(self) -> int:
        return self._shop.engine.revision

    def sight(self) -> EngineSight:
        return self._shop.engine.sight()

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        if self.hangs:
            return False
        self._shop.tell(happening)
        return True

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        return self.revision


class DyingMemory(FakeMemory):
    """A disk that can also fail to be read."""

    dead = False

    def live(self, since):
        if self.dead:
            raise Unavailable("The disk does not read.", 30)
        return super().live(since)

    def plan_in_force(self):
        if self.dead:
            raise Unavailable("The disk does not read.", 30)
        return super().plan_in_force()

    def add_stop(self, stop: Stop, at, entry: Entry) -> None:
        if self.dead:
            raise Unavailable("The disk does not write.", 30)
        super().add_stop(stop, at, entry)


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    return shop


@pytest.fixture
def desk(shop: VirtualShop) -> StorePlanning:
    return StorePlanning(shop.memory, AtHand(shop), shop.clock)


def said_on_the_wire(shop: VirtualShop) -> list[str]:
    return [stop["id"] for stop in orjson.loads(shop.broker.retained[TOPIC].payload)["stops"]]


def kinds(shop: VirtualShop) -> list[str]:
    return [entry.kind for entry in shop.memory.journal() if entry.kind.startswith("stop.")]


def make_it_die(shop: VirtualShop) -> None:
    shop.memory.__class__ = DyingMemory
    shop.memory.dead = True


def test_a_stop_acts_with_a_full_disk_is_shown_and_is_saved_once_there_is_room(shop, desk):
    shop.memory.fill_the_disk()
    stop = desk.stop(None, ALL, "smoke", ELIN)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert shop.truth("bulb-1")["brightness_pct"] == 100
    assert shop.truth("player-1")["on"] is False
    assert said_on_the_wire(shop) == [stop.id]
    see = StoreOverview(shop.memory, AtHand(shop), shop.clock)
    assert [s.id for s in see.stops()] == [stop.id]
    assert any("A stop is in force that could not be saved yet" in trouble for trouble in see.store().troubles)
    assert shop.stops() == []
    shop.memory.make_room()
    shop.run(61)
    assert [s.id for s in shop.stops()] == [stop.id]
    assert kinds(shop) == ["stop.pressed"]
    assert shop.engine.sight().troubles == ()
    assert shop.engine.sight().unsaved_stops == ()
    assert desk.resume(None, ELIN) == 1
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_a_stop_that_was_never_saved_is_ended_like_any_other(shop, desk):
    shop.memory.fill_the_disk()
    stop = desk.stop(None, ALL, "smoke", ELIN)
    assert desk.resume((stop.id,), ELIN) == 1
    assert said_on_the_wire(shop) == []
    shop.until_converged(5)
    assert shop.truth("player-1")["on"] is True
    with pytest.raises(NotFound):
        desk.resume((stop.id,), ELIN)
    assert desk.resume(None, ELIN) == 0
    shop.memory.make_room()
    shop.run(61)
    assert kinds(shop) == ["stop.pressed", "stop.ended"]
    assert shop.stops() == []
    ended = [s for s in shop.memory.live(stop.since - timedelta(hours=1)).stops if s.id == stop.id]
    assert [s.ended_by for s in ended] == ["Elin"]
    assert said_on_the_wire(shop) == []
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_of_two_stops_the_one_on_the_disk_waits_for_the_disk_and_nothing_is_half_done(shop, desk):
    first = desk.stop(("sales",), ALL, "", ELIN)
    shop.memory.fill_the_disk()
    second = desk.stop(("cafe",), ALL, "", ELIN)
    with pytest.raises(Unavailable):
        desk.resume(None, ELIN)
    assert said_on_the_wire(shop) == [first.id, second.id]
    assert desk.resume((second.id,), ELIN) == 1
    assert said_on_the_wire(shop) == [first.id]
    shop.memory.make_room()
    assert desk.resume(None, ELIN) == 1
    shop.run(61)
    assert shop.stops() == []
    assert kinds(shop).count("stop.ended") == 2


def test_a_stop_saved_behind_the_back_of_who_ends_it_is_ended_all_the_same(shop, desk):
    shop.memory.fill_the_disk()
    stop = desk.stop(None, ALL, "", ELIN)
    shop.memory.make_room()
    # The disk took it in the very moment between looking and ending.
    shop.memory.add_stop(Stop(id=stop.id, by="Elin", reason=stop.reason, since=stop.since), stop.since,
                         Entry("stop.pressed"))
    shop.run(61)
    assert desk.resume(None, ELIN) == 1
    assert shop.stops() == []
    shop.until_converged(5)


def test_a_killed_controller_finds_its_unsaved_stop_on_the_wire(shop, desk):
    shop.memory.fill_the_disk()
    stop = desk.stop(None, ALL, "smoke", ELIN)
    shop.restart_controller()
    shop.run(10)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert said_on_the_wire(shop) == [stop.id]
    shop.memory.make_room()
    shop.run(61)
    assert [s.id for s in shop.stops()] == [stop.id]


def test_a_stop_acts_where_the_disk_cannot_even_be_read(shop, desk):
    press = shop.press(None, DIM, minutes=600)
    shop.run(5)
    make_it_die(shop)
    stop = desk.stop(("sales",), ALL, "", ELIN)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    shop.run(120)
    assert shop.truth("lamp-3")["brightness_pct"] == pytest.approx(30, abs=0.4), "what was pressed holds on"
    shop.memory.dead = False
    shop.run(61)
    assert [s.id for s in shop.stops()] == [stop.id]
    assert {o.press for o in shop.engine.sight().live.overrides} == {press}


def test_a_press_that_could_not_be_read_at_once_is_read_later(shop):
    make_it_die(shop)
    shop.press(None, BRIGHT, minutes=600)
    shop.run(1)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)
    shop.memory.dead = False
    shop.run(61)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)


def test_a_plan_that_could_not_be_read_at_once_is_read_later(shop):
    brighter = plan_of(zones=[{"id": zone, "name": zone, "kind": "sales-floor", "default": {
        **CALM, "light": {"on": True, "brightness_pct": 75, "kelvin": 3500}}} for zone in ("sales", "cafe")])
    shop.memory.publish(brighter, "Elin", "", shop.clock.now(), Entry("plan.published"))
    make_it_die(shop)
    shop.tell(PlanChanged())
    shop.run(1)
    shop.memory.dead = False
    shop.run(61)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(75, abs=0.4)


def test_neither_a_disk_nor_an_engine_is_said_out_loud(shop):
    engine = AtHand(shop)
    engine.hangs = True
    desk = StorePlanning(shop.memory, engine, shop.clock)
    shop.memory.fill_the_disk()
    with pytest.raises(Unavailable, match="switches in the shop"):
        desk.stop(None, ALL, "", ELIN)
