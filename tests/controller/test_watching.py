"""The watches themselves: a day in which every rule is kept, and for each rule one in which it is secretly broken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from controller.hunting.plainly import Plainly
from controller.hunting.watching import Breach, Watches
from controller.ports import Entry
from controller.scenarios.acting import act
from controller.scenarios.model import Step
from controller.scenarios.reading import Play, read_scenario
from controller.scenarios.virtual_stage import VirtualStage
from controller.virtual.store import VirtualStore
from devices.messages import Message, device_topic, stop_topic
from profiles.compiled import compiled
from profiles.plan import Live
from profiles.resolve import resolve

STORY = """
name: A watched shop
store: minimal
start: 2026-03-02 10:30
parts:
  fragrances:
    - {id: linen, name: Linen, safety_sheet: a.pdf, ifra_certificate: IFRA 51}
    - {id: fig, name: Fig, safety_sheet: b.pdf, ifra_certificate: IFRA 51}
  devices:
    - {id: ceiling, kind: light, zones: [shop]}
    - {id: speaker, kind: player, zones: [shop]}
    - {id: diffuser, kind: diffuser, zones: [shop]}
steps: [{at: 10:31, wait: true}]
"""
DIM = {"scene": {"light": {"on": True, "brightness_pct": 30}}, "end": "minutes:60"}
LINEN = {"scene": {"scent": {"on": True, "fragrance": "linen", "intensity_pct": 20}}, "end": "minutes:30"}


class Shop:
    """A store in virtual time under watch. What `do` does is told to the watches; all else is behind their back."""

    def __init__(self) -> None:
        self.play: Play = read_scenario(STORY, "story.yaml", lambda name: name)
        self.store = VirtualStore(self.play.plan, 1, self.play.start)
        self.watches = Watches(self.store, self.play)
        self.breach: Breach | None = None

    def do(self, **step: object) -> None:
        made = Step.model_validate({"at": "+0 s", **step})
        act(VirtualStage(self.store), made, self.play.document)
        self.told(made)

    def told(self, step: Step) -> None:
        self.watches.happened(step, "")
        self._look()

    def run(self, seconds: float) -> None:
        for _ in self.store.instants(seconds):
            if self.breach is None:
                self._look()

    def _look(self) -> None:
        self.breach = self.breach or self.watches.look()

    def secretly(self, device: str, **to: object) -> None:
        """A hand that the controller does not hear of, nor the watches."""
        self.store.line.losses = 1.0
        self.store.mishap(lambda world: world.touch(device, to))
        self.store.line.losses = 0.0

    @property
    def broken(self) -> str:
        return "" if self.breach is None else self.breach.rule


@pytest.fixture
def shop():
    made = Shop()
    made.run(120)
    yield made
    made.store.close()


def order(shop: Shop, epoch: int, rev: int, pct: float) -> None:
    """The controller seems to give the lamp an order."""
    topic = device_topic(shop.play.plan.store.id, "ceiling", "desired")
    state = {"epoch": epoch, "rev": rev, "state": {"on": True, "brightness_pct": pct}, "zones": ["shop"], "fade_s": 0}
    shop.store.record.note(True, shop.store.clock.monotonic(), Message(topic, json.dumps(state).encode(), 1, True))


def test_a_busy_day_breaks_no_rule(shop: Shop) -> None:
    shop.do(press=DIM)
    shop.run(90)
    shop.do(unplug="ceiling")
    shop.run(60)
    shop.do(plug_in="ceiling")
    shop.do(press=LINEN)
    shop.run(600)
    shop.do(press={**LINEN, "scene": {"scent": {"on": True, "fragrance": "fig", "intensity_pct": 20}}})
    shop.do(controller="restart")
    shop.run(300)
    shop.do(stop={})
    shop.do(switch={"device": "speaker", "to": {"on": True}})
    shop.do(broker="down")
    shop.run(120)
    shop.do(broker="up")
    shop.do(resume=True)
    shop.do(clock="+20 min")
    shop.run(30 * 3600)
    assert shop.breach is None
    assert shop.watches.ended() is None


def test_every_rule_has_a_name_of_its_own(shop: Shop) -> None:
    assert len(set(shop.watches.rules)) == len(shop.watches.rules) == 13


def test_a_lamp_that_is_not_put_right_breaks_converged(shop: Shop) -> None:
    shop.secretly("ceiling", brightness_pct=12)
    shop.run(120)
    assert shop.broken == "converged"
    assert "ceiling" in shop.breach.words


def test_an_override_that_is_not_felt_breaks_choice_felt(shop: Shop) -> None:
    shop.do(press=DIM)
    shop.run(60)
    assert shop.breach is None
    shop.secretly("ceiling", brightness_pct=90)
    shop.run(60)
    assert shop.broken == "choice-felt"


def test_a_device_that_leaves_its_safe_state_breaks_stop_wins(shop: Shop) -> None:
    shop.do(stop={})
    shop.run(60)
    shop.do(controller="kill")
    assert shop.breach is None
    nothing = json.dumps({"epoch": 99, "rev": 1, "stops": []}).encode()
    shop.store.mishap(lambda world: world.say(Message(stop_topic(shop.play.plan.store.id), nothing, 1, False)))
    shop.secretly("ceiling", on=False)
    shop.run(60)
    assert shop.broken == "stop-wins"


def test_a_fragrance_over_another_breaks_scents_apart(shop: Shop) -> None:
    shop.do(press=LINEN)
    shop.run(900)
    assert shop.breach is None
    shop.secretly("diffuser", fragrance="fig")
    shop.run(1)
    assert shop.broken == "scents-apart"


def test_music_above_the_stores_limit_breaks_limits_hold(shop: Shop) -> None:
    shop.secretly("speaker", on=True, volume_pct=95)
    shop.run(1)
    assert shop.broken == "limits-hold"


def test_an_announcement_twice_breaks_said_once(shop: Shop) -> None:
    topic = device_topic(shop.play.plan.store.id, "speaker", "cmd")
    said = Message(topic, json.dumps({"op": "announce", "id": "one", "clip": "closing"}).encode(), 0, False)
    for _ in range(2):
        shop.store.record.note(True, shop.store.clock.monotonic(), said)
    shop.run(1)
    assert shop.broken == "said-once"


@pytest.mark.parametrize(("epoch", "rev"), [(0, 1), (1, 1)])
def test_an_order_that_is_no_newer_breaks_orders_forward(shop: Shop, epoch: int, rev: int) -> None:
    shop.do(press=DIM)
    shop.run(10)
    order(shop, epoch, rev, 50)
    shop.run(1)
    assert shop.broken == "orders-forward"


def test_orders_without_end_break_no_flood(shop: Shop) -> None:
    for rev in range(1000, 1060):
        order(shop, 1, rev, rev % 90)
    shop.run(1)
    assert shop.broken == "no-flood"


def test_a_press_without_an_entry_breaks_the_record(shop: Shop) -> None:
    shop.told(Step.model_validate({"at": "+0 s", "press": DIM}))
    shop.run(1)
    assert shop.broken == "choice-kept"  # it is not in the memory either
    assert "not in the memory" in shop.breach.words


def test_a_stop_without_an_entry_breaks_journal_complete(shop: Shop) -> None:
    shop.told(Step.model_validate({"at": "+0 s", "stop": {}}))
    shop.run(1)
    assert shop.broken == "journal-complete"


def test_a_change_of_a_zone_that_is_recorded_wrongly_breaks_journal_complete(shop: Shop) -> None:
    shop.do(press=DIM)
    shop.store.memory.record(shop.store.clock.now(), Entry("zone.changed", {"zone": "shop", "values": {}, "holds": []}))
    shop.run(30)
    assert shop.broken == "journal-complete"


def test_a_choice_that_somebody_else_ends_breaks_choice_kept(shop: Shop) -> None:
    shop.do(press=DIM)
    shop.run(10)
    live = shop.store.memory.live(shop.store.clock.now())
    shop.store.memory.end_overrides(tuple(o.id for o in live.overrides), shop.store.clock.now(), Entry("none"))
    shop.do(stop={})
    assert shop.broken == "choice-kept"


def test_a_stop_that_is_not_said_on_the_wire_breaks_stops_said(shop: Shop) -> None:
    shop.do(stop={})
    shop.store.world.broker.retained.pop(stop_topic(shop.play.plan.store.id))
    shop.run(30)
    assert shop.broken == "stops-said"


def test_another_reading_of_the_plan_breaks_resolves_rightly(shop: Shop) -> None:
    plan = shop.store.memory.plan_in_force().plan
    plan._compiled = compiled(plan.changed(dayparts=()))
    shop.do(press={**DIM, "scene": {"music": {"on": False}}})
    assert shop.broken == "resolves-rightly"


def test_what_is_told_of_the_past_has_to_be_what_was(shop: Shop) -> None:
    shop.run(4 * 3600)
    assert shop.breach is None
    wrong = Entry("zone.changed", {"zone": "shop", "what": "Nothing", "layer": "x", "name": "x", "rank": "daypart",
                                   "values": {"light.ambient.on": False}, "holds": []})
    for hours in range(1, 5):
        shop.store.memory.record(shop.store.clock.now() - timedelta(hours=hours), wrong)
    found = shop.watches.ended()
    assert found is not None
    assert found.rule in ("journal-complete", "reasons-true")


def test_a_plain_reading_agrees_with_resolve_over_a_week() -> None:
    play = read_scenario(STORY.replace("store: minimal", "store: gotgatan").split("parts:")[0] +
                         "steps: [{at: 10:31, wait: true}]", "story.yaml", lambda name: name)
    plainly, at = Plainly(play.plan), datetime(2026, 3, 26, tzinfo=UTC)
    for zone in play.plan.zones:
        instant = at.timestamp()
        for _ in range(60):
            felt = plainly.felt(zone.id, instant)
            found = resolve(play.plan, Live(), zone.id, datetime.fromtimestamp(instant, UTC))
            assert {f: r.value for f, r in found.fields.items()} == {f: r.value for f, r in felt.fields.items()}
            assert found.until is not None
            turn = plainly.turns(zone.id, instant)
            assert turn <= found.until.timestamp()
            instant = turn
