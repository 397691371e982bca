"""The door of a living store: hardware beside belief, every misbehaviour, and a sentence for what cannot be."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import NotFound, Refused, SinneError, Unavailable
from controller.living.belief import AskedBelief, OrdersBelief
from controller.living.comparing import differences
from controller.living.door import Belief, DeviceLive, Wish
from controller.living.verbs import takes, verbs
from devices.messages import Message
from tests.controller.living_shop import LivingShop, corner_plan, without_now
from tests.patience import PATIENCE_S

WARM = {"on": True, "brightness_pct": 60, "kelvin": 3000}
PLAN = corner_plan()


@pytest.fixture
def shop() -> LivingShop:
    found = LivingShop(PLAN)
    found.order("ceiling", WARM)
    found.run(10)
    return found


def device(shop: LivingShop, name: str = "ceiling") -> DeviceLive:
    return next(one for one in shop.living.shown().devices if one.id == name)


def do(shop: LivingShop, name: str, verb: str, **wish: object) -> str:
    return shop.living.do(name, verb, Wish(**wish), "a test").sentence  # type: ignore[arg-type]


def test_every_device_of_the_plan_is_there_and_the_bridge_after_them(shop: LivingShop) -> None:
    shown = shop.living.shown()
    assert [(one.id, one.kind, one.behind) for one in shown.devices] == [
        ("ceiling", "light", None), ("speaker", "player", None), ("mist", "diffuser", None), ("fire", "contact", None),
        ("bulb", "light", "zigbee2mqtt"), ("zigbee2mqtt", "bridge", None)]
    assert [zone.id for zone in shown.zones] == ["shop"]
    assert "freeze" in device(shop).can
    assert "freeze" not in device(shop, "bulb").can
    assert {"drift", "lie", "fill"} & set(device(shop, "fire").can) == set()


def test_unplugged_hardware_and_belief_part_and_agree_again_once_it_is_mended(shop: LivingShop) -> None:
    assert device(shop).apart == ()
    assert shop.living.shown().sentence == "Every device does what the controller believes."
    assert do(shop, "ceiling", "unplug") == "ceiling is unplugged."
    found = device(shop)
    assert (found.does["on"], found.apart, found.misbehaves) == (False, ("on",), ("unplugged",))
    assert found.moving, "the controller has not had the time to hear of it"
    assert do(shop, "ceiling", "mend") == "ceiling is mended."
    assert (device(shop).apart, device(shop).misbehaves) == ((), ())


def test_a_silent_drift_is_apart_and_a_new_order_ends_it(shop: LivingShop) -> None:
    do(shop, "ceiling", "drift", to={"brightness_pct": 10})
    assert device(shop).apart == ("brightness_pct",)
    assert device(shop).misbehaves == ("drifting",)
    shop.order("ceiling", {**WARM, "brightness_pct": 61})
    assert device(shop).misbehaves == ()


@pytest.mark.parametrize(("name", "verb", "wish", "sentence"), [
    ("nix", "unplug", {}, "There is no device nix here."),
    ("ceiling", "explode", {}, "There is no explode here. There are: unplug,"),
    ("ceiling", "fill", {"ml": 10}, "ceiling is a light, and a light cannot fill. It can: unplug,"),
    ("fire", "drift", {"to": {"active": True}}, "fire is a contact, and a contact cannot drift."),
    ("bulb", "freeze", {}, "bulb has no connection of its own, so it cannot freeze: do that to its bridge, zigbee"),
    ("bulb", "slow-down", {"to_s": 1}, "bulb has no connection of its own"),
    ("ceiling", "drift", {}, "Say what ceiling is to be set to: on, brightness_pct, kelvin and xy."),
    ("ceiling", "switch", {"to": {"volume_pct": 3}}, "ceiling is a light and has no volume_pct; it has on,"),
    ("ceiling", "switch", {"to": {"brightness_pct": 101}}, "ceiling: brightness_pct must be a number from 0 to 100."),
    ("ceiling", "switch", {"to": {"on": "maybe"}}, "ceiling: on must be true or false."),
    ("ceiling", "drift", {"to": {"on": False}, "over_s": 1e9}, "A drift goes from 0 to 3600 seconds; not 1e+09."),
    ("ceiling", "slow-down", {}, "ceiling: to_s is missing."),
    ("ceiling", "slow-down", {"from_s": 3, "to_s": 1}, "ceiling: from_s must be from 0 to to_s, which is 1; not 3."),
    ("ceiling", "slow-down", {"to_s": float("nan")}, "ceiling: to_s goes from 0 to 600"),
    ("mist", "fill", {}, "mist: ml is missing."),
    ("mist", "fill", {"ml": -1}, "mist: ml goes from 0 to 10000; not -1."),
    ("zigbee2mqtt", "switch", {"to": {"on": True}}, "zigbee2mqtt is a bridge, and a bridge cannot switch."),
])
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    shop: LivingShop, name: str, verb: str, wish: dict[str, object], sentence: str,
) -> None:
    before = shop.living.shown()
    with pytest.raises((Refused, NotFound)) as refused:
        do(shop, name, verb, **wish)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
    assert without_now(shop.living.shown()) == without_now(before)


def test_nothing_is_done_to_what_would_not_notice(shop: LivingShop) -> None:
    do(shop, "ceiling", "unplug")
    with pytest.raises(Refused, match="has no power"):
        do(shop, "ceiling", "switch", to={"on": True})
    do(shop, "ceiling", "mend")
    do(shop, "ceiling", "freeze")
    with pytest.raises(Refused, match="hangs"):
        do(shop, "ceiling", "reboot")


@pytest.mark.parametrize(("verb", "word", "undo", "wish"), [
    ("unplug", "unplugged", "plug-in", {}), ("freeze", "frozen", "thaw", {}), ("lie", "lying", "be-honest", {}),
    ("babble", "nonsense", "make-sense", {}), ("slow-down", "slow", "speed-up", {"from_s": 1, "to_s": 2}),
    ("drift", "drifting", "settle", {"to": {"brightness_pct": 1}}),
])
def test_what_was_begun_is_shown_and_can_be_ended(
    shop: LivingShop, verb: str, word: str, undo: str, wish: dict[str, object],
) -> None:
    do(shop, "ceiling", verb, **wish)
    assert device(shop).misbehaves == (word,)
    assert verbs()[verb].undo == undo
    do(shop, "ceiling", undo)
    assert device(shop).misbehaves == ()
    shop.run(5)
    assert device(shop).apart == ()


def test_a_cartridge_runs_dry_and_a_fire_contact_closes(shop: LivingShop) -> None:
    assert do(shop, "mist", "empty") == "The cartridge of mist is empty."
    assert device(shop, "mist").misbehaves == ("empty",)
    assert do(shop, "mist", "fill", ml=80) == "mist has a cartridge with 80 ml."
    assert device(shop, "mist").does["ml_left"] == 80
    do(shop, "fire", "switch", to={"active": True})
    assert device(shop, "fire").misbehaves == ("active",)
    shop.living.mend("a test")
    assert device(shop, "fire").does["active"] is False


def test_mending_goes_back_to_the_latency_of_the_start() -> None:
    shop = LivingShop(PLAN, latency_s=(0.1, 0.2))
    assert device(shop).misbehaves == ()
    do(shop, "ceiling", "slow-down", to_s=5)
    assert (device(shop).latency_s, device(shop).misbehaves) == ((0, 5), ("slow",))
    shop.living.mend("a test")
    assert (device(shop).latency_s, device(shop).misbehaves) == ((0.1, 0.2), ())


def test_an_outage_is_told_and_ends(shop: LivingShop) -> None:
    broker = shop.living.shown().broker
    assert (broker.up, broker.real, broker.until) == (True, False, None)
    with pytest.raises(Refused, match="is not down"):
        shop.living.broker_up("a test")
    with pytest.raises(Refused, match="from 1 to 3600 seconds"):
        shop.living.broker_down(0.5, "a test")
    shop.living.broker_down(120, "a test")
    broker = shop.living.shown().broker
    assert (broker.up, broker.until) == (False, shop.clock.at + timedelta(seconds=120))
    with pytest.raises(Refused, match="down already"):
        shop.living.broker_down(None, "a test")
    assert shop.broker.retained[f"sinne/v1/{PLAN.store.id}/dev/ceiling/avail"].payload == b"offline"
    assert shop.living.broker_up("a test").sentence == "The broker is back."
    assert shop.broker.retained[f"sinne/v1/{PLAN.store.id}/dev/ceiling/avail"].payload == b"online"
    shop.living.close()
    assert shop.belief.closed


class StubbornBroker:
    """A broker that does not come back by itself."""

    real, address = True, "mqtt://127.0.0.1:1"

    def __init__(self) -> None:
        self.fails, self.is_up = False, True

    def sentence(self) -> str:
        return "This command runs the broker itself."

    def down(self) -> None:
        self.is_up = False

    def up(self) -> None:
        if self.fails:
            raise Unavailable("mosquitto did not come up.")
        self.is_up = True


def test_a_timed_outage_ends_by_itself_and_says_so_where_it_cannot() -> None:
    broker = StubbornBroker()
    shop = LivingShop(PLAN, switch=broker)
    shop.living.broker_down(1, "a test")
    assert _soon(lambda: broker.is_up)
    assert _soon(lambda: shop.living.shown().done[0].sentence == "The broker is back.")
    broker.fails = True
    shop.living.broker_down(1, "a test")
    assert _soon(lambda: "could not be brought back. mosquitto" in shop.living.shown().done[0].sentence)
    assert not shop.living.shown().broker.up
    with pytest.raises(Unavailable):
        shop.living.broker_up("a test")
    broker.fails = False
    shop.living.mend("a test")
    assert shop.living.shown().broker.up


def _soon(is_so: object) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if is_so():  # type: ignore[operator]
            return True
        threading.Event().wait(0.02)
    return False


def test_what_was_done_is_told_newest_first_and_by_whom(shop: LivingShop) -> None:
    shop.living.do("ceiling", "lie", Wish(), "the page")
    shop.living.do("ceiling", "be-honest", Wish(), "a command")
    done = shop.living.shown().done
    assert [(one.number, one.by) for one in done] == [(2, "a command"), (1, "the page")]
    assert done[1].sentence == "ceiling says yes to everything and does nothing."


def test_revisions_move_with_what_is_shown_and_not_with_the_seconds_of_a_title(shop: LivingShop) -> None:
    shop.order("speaker", {"on": True, "volume_pct": 30, "source": "house-music"})
    shop.run(60)
    time.sleep(1.7)  # until what changed just now no longer counts as under way
    first = shop.living.changes(-1, 0.0)
    shop.run(0.5)
    assert shop.living.changes(first, 0.0) == first
    do(shop, "ceiling", "unplug")
    assert shop.living.changes(first, 0.0) > first


# ── comparing ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("does", "said", "apart"), [
    ({"on": True, "brightness_pct": 59.84}, {"on": True, "brightness_pct": 60}, ()),
    ({"on": True, "brightness_pct": 50}, {"on": True, "brightness_pct": 60}, ("brightness_pct",)),
    ({"on": False, "brightness_pct": 5}, {"on": False, "brightness_pct": 60}, ()),
    ({"on": False}, {"on": True, "brightness_pct": 60}, ("on",)),
    ({"on": True, "kelvin": 3003}, {"on": True, "kelvin": 3000}, ()),
    ({"on": True, "kelvin": 3500}, {"on": True, "kelvin": 3000}, ("colour",)),
    ({"on": True, "xy": (0.3, 0.3)}, {"on": True, "xy": [0.301, 0.3]}, ()),
    ({"on": True, "xy": (0.3, 0.3)}, {"on": True, "kelvin": 3000}, ("colour",)),
    ({"on": True, "volume_pct": 30, "source": "a"}, {"on": True, "volume_pct": 30, "source": "b"}, ("source",)),
    ({"active": True}, {"active": False}, ("active",)),
    ({"on": True}, None, ()),
    ({"on": True}, {}, ()),
])
def test_hardware_is_compared_as_people_see_it(
    does: dict[str, object], said: dict[str, object] | None, apart: tuple[str, ...],
) -> None:
    assert differences(does, said) == apart


STATES = st.fixed_dictionaries({"on": st.booleans()}, optional={
    "brightness_pct": st.floats(0, 100), "kelvin": st.integers(1000, 20000), "volume_pct": st.integers(0, 100),
    "xy": st.lists(st.floats(0, 1), min_size=2, max_size=2), "source": st.text(max_size=5),
    "fragrance": st.none() | st.text(max_size=5), "intensity_pct": st.floats(0, 100)})


@given(STATES, STATES)
def test_comparing_is_even_handed_and_nothing_differs_from_itself(
    one: dict[str, object], two: dict[str, object],
) -> None:
    assert differences(one, one) == ()
    assert set(differences(one, two)) == set(differences(two, one))


# ── verbs in any order ──────────────────────────────────────────────────────────────

WISHES = st.builds(Wish, to=st.dictionaries(st.sampled_from(["on", "brightness_pct", "volume_pct", "active", "kelvin"]),
                                            st.booleans() | st.floats(-1, 101), max_size=2),
                   over_s=st.floats(0, 10), tells=st.booleans(), from_s=st.none() | st.floats(0, 2),
                   to_s=st.none() | st.floats(0, 3), ml=st.none() | st.floats(0, 100))
DOINGS = st.lists(st.tuples(st.sampled_from(["ceiling", "speaker", "mist", "fire", "bulb", "zigbee2mqtt"]),
                            st.sampled_from(sorted(verbs())), WISHES), max_size=12)


@settings(max_examples=40, deadline=None)
@given(DOINGS)
def test_whatever_was_done_one_key_mends_it(doings: list[tuple[str, str, Wish]]) -> None:
    shop = LivingShop(PLAN)
    for name, verb, wish in doings:
        shown = device(shop, name)
        with contextlib.suppress(SinneError):
            shop.living.do(name, verb, wish, "a test")
            assert takes(verbs()[verb], shown.kind, shown.behind), "it was done although it is not offered"
        shop.run(1)
    shop.living.mend("a test")
    shop.run(5)
    assert [one.misbehaves for one in shop.living.shown().devices] == [()] * 6


# ── where belief comes from ─────────────────────────────────────────────────────────


def test_a_store_that_is_asked_is_believed_and_one_that_does_not_answer_is_not() -> None:
    answers: list[object] = [[{"id": "ceiling", "desired": WARM, "reported": {"on": True}, "standing": "sent",
                               "sentence": "Sent just now.", "last_seen": "2026-03-02T09:00:00Z"}]]

    def ask() -> list[dict[str, object]]:
        answer = answers[-1]
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    belief = AskedBelief("http://127.0.0.1:1", ask)
    try:
        found = belief.beliefs()["ceiling"]
        assert (found.ordered, found.reported, found.standing) == (WARM, {"on": True}, "sent")
        assert "is asked of the store at http://127.0.0.1:1" in belief.sentence()
        answers.append(Unavailable("The store does not answer."))
        assert _soon(lambda: belief.beliefs() == {})
        assert belief.sentence().endswith("The store does not answer.")
        answers.append([{"id": 3}])
        assert _soon(lambda: belief.sentence().endswith("Its answer cannot be read."))
    finally:
        belief.close()


def test_orders_are_read_on_the_broker_and_nothing_more_is_claimed() -> None:
    shop = LivingShop(PLAN)
    belief = OrdersBelief(PLAN.store.id, shop.broker.transport("watcher"))
    shop.order("ceiling", WARM)
    assert belief.beliefs() == {"ceiling": Belief(ordered=WARM)}
    topic = f"sinne/v1/{PLAN.store.id}/dev/ceiling/desired"
    for nonsense in (b"", b"[]", b"{", b'{"state": 3}', b"\xff"):
        shop.broker.transport("x")
        shop._controller.publish(Message(topic, nonsense, qos=1, retain=True))
        assert belief.beliefs() == {}
    belief.close()
