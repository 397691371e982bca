"""What to do about one device: a table of situations, and what must hold in any of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.ports import LocalChange
from controller.store.decide import ANSWER_S, GAP_S, LONGEST_PAUSE_S, Act, decide, pause_s
from controller.store.track import ALARM_S, Track
from devices.device import Device, Kind, Policy
from devices.dialects.base import Order, Reported
from devices.dialects.table import DIALECTS

WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
BRIGHT = {"on": True, "brightness_pct": 90.0, "kelvin": 4000}
DIM = {"on": True, "brightness_pct": 30.0, "kelvin": 2700}
ANSWERS = ["applied", "applying", "held", "rejected", "failed"]


def track(dialect: str = "native", policy: Policy = Policy.ENFORCE, wanted=BRIGHT, online: bool | None = True) -> Track:
    address = "lamp" if dialect == "native" else "zigbee2mqtt/Lamp"
    device = Device("lamp", "shop", Kind.LIGHT, dialect, address, ("sales",), policy=policy)
    found = Track(device, DIALECTS[dialect])
    found.wish(found.dialect.quantise(device, wanted), 2.0, "")
    found.own_word, found.heard_at = online, 0.0
    return found


def ordered(found: Track, at: float = 100.0, rev: int = 5, fade_s: float = 2.0) -> Track:
    found.sent(Order(3, rev, found.wanted, fade_s, found.device.zones, "", ""), at, WHEN)
    return found


def reports(found: Track, at: float, state=None, rev: int | None = 5, answer: str = "applied", fresh: bool = True,
            settled: bool = True, error: str | None = None, epoch: int | None = 3) -> Track:
    stamped = found.dialect.versioned
    found.take(Reported("lamp", found.wanted if state is None else state, fresh, settled, epoch if stamped else None,
                        rev if stamped else None, answer if stamped else "", None, error), at, WHEN)
    return found


def met(found: Track) -> Track:
    found.converged, found.tries, found.unmet_since = True, 0, None
    return found


# ── nothing to do, or something new ─────────────────────────────────────────────────


def test_nothing_wished_is_nothing_done():
    found = track()
    found.wanted = None
    assert decide(found, 100).act is Act.REST


def test_a_new_wish_is_sent_at_once():
    assert decide(track(), 0.1).act is Act.SEND


def test_a_second_wish_waits_for_the_gap():
    found = ordered(track())
    found.wish(DIM, 2, "")
    assert decide(found, 100.1).due == 100 + GAP_S
    assert decide(found, 100 + GAP_S).act is Act.SEND


def test_a_retained_order_is_left_at_the_broker_and_others_wait_here():
    assert decide(track(online=False), 100).act is Act.SEND
    assert decide(track("zigbee2mqtt", online=False), 100).act is Act.REST
    assert decide(track("zigbee2mqtt", online=None), 100).act is Act.SEND


def test_a_slow_order_at_the_broker_is_replaced_once_its_ramp_is_over():
    found = ordered(track(online=False), fade_s=45)
    assert decide(found, 120).due == 145
    assert decide(found, 145).act is Act.SEND
    assert decide(ordered(found, 145, fade_s=1.9), 300).act is Act.REST


def test_a_device_left_alone_is_only_asked_for_signs_of_life():
    for dialect, act in (("native", Act.REST), ("zigbee2mqtt", Act.ASK)):
        found = reports(ordered(track(dialect)), 101, DIM)
        found.local = LocalChange("lamp", WHEN, WHEN)
        assert decide(found, 200).act is act


# ── by stamp ────────────────────────────────────────────────────────────────────────


def test_silence_is_answered_by_the_same_order():
    found = ordered(track())
    assert decide(found, 101).due == 100 + ANSWER_S
    assert decide(found, 100 + ANSWER_S).act is Act.RESEND


def test_an_older_report_is_answered_by_the_same_order_and_then_by_a_new_one():
    found = reports(ordered(track()), 100.5, DIM, rev=4)
    assert decide(found, 102).act is Act.RESEND
    again = reports(ordered(found, 102), 102.1, DIM, rev=4)
    assert again.tries == 2
    assert decide(again, 102 + pause_s(2)).act is Act.SEND


@pytest.mark.parametrize("answer", ["rejected", "failed"])
@pytest.mark.parametrize("rev", [4, 5])
def test_a_refusal_is_retried_with_a_new_rev_after_a_pause(answer, rev):
    found = reports(ordered(track()), 100.1, DIM, rev=rev, answer=answer, error="No.")
    assert decide(found, 100.2).act is Act.REST
    assert decide(found, 100 + ANSWER_S).act is Act.SEND
    assert found.alarm_at() == 0.0


def test_a_newer_stamp_than_ours_is_overruled():
    found = met(reports(ordered(track()), 101, DIM, rev=1, epoch=9))
    assert decide(found, 101).act is Act.SEND


def test_a_fade_under_way_is_not_disturbed():
    found = reports(ordered(track()), 100.1, DIM, answer="applying", settled=False)
    for instant in (100.1, 101, 103.9):
        assert decide(found, instant).act is Act.REST
    assert decide(found, 104.1).act is Act.SEND


def test_a_device_that_moves_by_itself_is_given_time():
    found = met(reports(ordered(track()), 102, rev=5))
    reports(found, 500, DIM, answer="applying", settled=False)  # out of a stop, at its own pace
    assert decide(found, 501).act is Act.REST
    assert decide(found, 503.5).act is Act.SEND


def test_agreement_is_convergence():
    assert decide(reports(ordered(track()), 102), 102).converged


def test_off_is_off_whatever_the_brightness():
    found = reports(ordered(track(wanted={"on": False, "brightness_pct": 90.0})), 102, {"on": False})
    assert decide(found, 102).converged


def test_held_is_right_while_one_of_our_stops_holds_it():
    found = ordered(track(wanted={"on": True, "brightness_pct": 100.0, "kelvin": 2700}))
    reports(found, 100.1, {"on": True, "brightness_pct": 100.0, "kelvin": 4000}, answer="held")
    assert decide(found, 101).act is Act.FREE
    found.stopped = True
    assert decide(found, 101).converged


def test_drift_is_corrected_at_once_and_yielded_to_by_policy():
    found = reports(met(reports(ordered(track()), 102)), 500, DIM)
    assert decide(found, 500).act is Act.SEND
    assert set(decide(found, 500).differs) == {"brightness_pct", "kelvin"}
    found = reports(met(reports(ordered(track(policy=Policy.YIELD)), 102)), 500, DIM)
    assert decide(found, 500).act is Act.YIELD


def test_a_device_that_never_reached_it_did_not_drift():
    found = reports(ordered(track(policy=Policy.YIELD)), 104, DIM)
    assert decide(found, 104).act is Act.SEND


# ── by asking ───────────────────────────────────────────────────────────────────────


def test_an_echo_proves_nothing():
    found = reports(ordered(track("zigbee2mqtt")), 100.1)
    assert not decide(found, 100.2).converged
    assert decide(found, 104).act is Act.ASK


def test_the_answer_counts_after_a_moment_of_quiet():
    found = ordered(track("zigbee2mqtt"))
    found.asked_at = 104.0
    reports(found, 104.1)
    assert not decide(found, 104.2).converged
    assert decide(found, 104.4).converged
    assert decide(found, 104.4).due == 104 + found.device.heartbeat_s


def test_the_first_of_several_answers_is_not_judged():
    found = ordered(track("zigbee2mqtt"))
    found.asked_at = 104.0
    reports(found, 104.1, DIM)
    assert decide(found, 104.2).act is Act.REST
    reports(found, 104.3)
    assert decide(found, 104.6).converged


def test_no_answer_means_again_unless_it_was_right_before():
    found = ordered(track("zigbee2mqtt"))
    found.asked_at, found.asks = 104.0, 1
    assert decide(found, 105).due == 105.5
    assert decide(found, 106).act is Act.SEND
    met(found)
    assert decide(found, 106).act is Act.ASK
    found.asks = 3
    assert decide(found, 106).act is Act.REST
    assert decide(found, 106).due == 164


def test_what_is_said_unasked_is_asked_about_before_it_is_drift():
    found = met(ordered(track("zigbee2mqtt")))
    found.asked_at = 104.0
    reports(found, 300, DIM)
    assert decide(found, 300.3).act is Act.ASK
    found.asked_at, found.asks = 300.3, 1
    reports(found, 300.4, DIM)
    assert decide(found, 300.7).act is Act.SEND


def test_an_error_is_retried_after_a_pause():
    found = ordered(track("zigbee2mqtt"))
    found.error = "Publish failed"
    assert decide(found, 100.5).due == 100 + ANSWER_S
    assert decide(found, 101.6).act is Act.SEND


# ── in any situation ────────────────────────────────────────────────────────────────


def test_pauses_grow_to_a_minute_and_no_further():
    pauses = [pause_s(n) for n in range(40)]
    assert pauses == sorted(pauses)
    assert pauses[1] == ANSWER_S
    assert pauses[-1] == LONGEST_PAUSE_S


def test_an_alarm_comes_a_minute_after_the_fade():
    found = ordered(track())
    assert found.alarm_at() == 100 + ALARM_S + 2
    found.own_word = False
    assert found.alarm_at() is None


@st.composite
def situations(draw) -> tuple[Track, float]:
    found = track(draw(st.sampled_from(["native", "zigbee2mqtt"])), draw(st.sampled_from(Policy)),
                  draw(st.sampled_from([BRIGHT, DIM, {"on": False}])), draw(st.sampled_from([None, True, False])))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.floats(90, 200))
        ordered(found, at, draw(st.integers(1, 5)), draw(st.sampled_from([0.0, 1.9, 2.0, 45.0])))
        if draw(st.booleans()):
            reports(found, at + draw(st.floats(0, 50)), draw(st.sampled_from([None, DIM, {"on": False}])),
                    draw(st.integers(1, 6)), draw(st.sampled_from(ANSWERS)),
                    draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from([None, "broken"])))
    found.asked_at = draw(st.none() | st.floats(90, 260))
    found.converged = draw(st.booleans())
    found.asks, found.stopped = draw(st.integers(0, 4)), draw(st.booleans())
    found.bridge_word = draw(st.sampled_from([None, True, False]))
    return found, draw(st.floats(200, 400))


@given(situations())
def test_it_never_waits_for_an_instant_that_has_passed(situation):
    found, now = situation
    decision = decide(found, now)
    assert decision.due is None or decision.act is not Act.REST or decision.due > now


@given(situations())
def test_what_is_not_met_in_reach_is_never_forgotten(situation):
    """It either acts, or looks again, or is converged, or out of reach, or held by a stop of ours."""
    found, now = situation
    decision = decide(found, now)
    if decision.act is Act.REST and decision.due is None:
        assert decision.converged or found.online is False or found.stopped


@given(situations())
def test_deciding_changes_nothing(situation):
    found, now = situation
    assert decide(found, now) == decide(found, now)


@given(situations())
def test_nobody_is_asked_or_sent_to_through_a_bridge_that_is_away(situation):
    found, now = situation
    if found.online is False and not found.dialect.retained:
        assert decide(found, now).act is Act.REST
