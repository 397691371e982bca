"""What to do about one device now: nothing, send, or ask. Pure: facts and the steady instant in, a decision out.

Level-triggered: it looks at what should be and at what was said, never at how either came about, so that a restart,
a lost message, a reboot and somebody at the switch need no case of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from controller.store.track import Track
from devices.device import Policy
from devices.dialects.base import Order
from devices.state import differs

#: How long a device may take to answer at all. Within 5 s after a recovery there are two tries.
ANSWER_S = 1.5
#: Pauses grow from `ANSWER_S` to this: one try a slot (`reliability.md`, mode 10).
LONGEST_PAUSE_S = 60.0
#: After so long without success, people are told.
ALARM_S = 60.0
#: At least this between two orders to one device, so that no sequence of presses flashes more than 3 times a second
#: (`domain.md`, *Light*; photosensitivity).
GAP_S = 0.34


#: What is said so soon after asking counts as the answer; later words only raise the question again.
EVIDENCE_S = 3.0
#: A mesh that always answers late is believed after so many questions.
MOST_ASKS = 3


class Act(Enum):
    """What is to be done."""

    REST = "rest"
    SEND = "send"
    RESEND = "resend"
    ASK = "ask"
    YIELD = "yield"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, when to look again (steady seconds; None: when something happens), and how it stands."""

    act: Act
    due: float | None = None
    converged: bool = False
    differs: tuple[str, ...] = ()


def pause_s(tries: int) -> float:
    """The pause after the n-th try: 1.5 s, doubling, at most a minute."""
    return float(min(ANSWER_S * 2 ** max(0, min(tries, 10) - 1), LONGEST_PAUSE_S))


def decide(track: Track, now: float) -> Decision:
    """Decide about `track` at the steady instant `now`. It sends nothing and changes nothing."""
    lost_at = track.lost_at()
    if lost_at is not None and lost_at <= now:
        lost_at = None
    if track.wanted is None or track.yielding_until is not None:
        return Decision(Act.REST, lost_at)
    reachable = track.online is not False
    if track.order is None or track.order.state != track.wanted or track.order.zones != track.device.zones:
        return _first(track, now, reachable)
    if not reachable:
        return Decision(Act.REST)
    judge = _by_asking if track.dialect.confirms_by_refresh else _by_stamp
    decision = judge(track, track.order, now)
    if decision.due is None or (lost_at is not None and lost_at < decision.due):
        return Decision(decision.act, lost_at, decision.converged, decision.differs)
    return decision


def _first(track: Track, now: float, reachable: bool) -> Decision:
    """The wish is new. A retained order waits at the broker for a device that is out of reach; others wait here."""
    if not reachable and not track.dialect.retained:
        return Decision(Act.REST)
    clear = track.sent_at + GAP_S
    if track.order is not None and now < clear:
        return Decision(Act.REST, clear)
    return Decision(Act.SEND)


def _by_stamp(track: Track, order: Order, now: float) -> Decision:
    """The device says which order it took (epoch, rev), and whether it has settled."""
    next_try = track.sent_at + pause_s(track.tries)
    if not track.accepted():
        if now < next_try:
            return Decision(Act.REST, next_try)
        spoke_since = track.reported_at is not None and track.reported_at > track.sent_at
        # It spoke, and not of this order: it has rebooted or thinks it newer. A new rev gets through; a mere silence
        # is answered by the same order again.
        return Decision(Act.SEND if spoke_since else Act.RESEND)
    if track.answer in ("rejected", "failed"):
        return Decision(Act.REST, next_try) if now < next_try else Decision(Act.SEND)
    wrong = differs(track.dialect, track.device, order.state, track.merged)
    if track.answer == "held":
        return Decision(Act.REST, converged=not wrong, differs=wrong)
    if not track.merged.settled:
        settled_at = track.sent_at + track.dialect.settle_s(track.device, order.fade_s)
        if now < settled_at:
            return Decision(Act.REST, settled_at, differs=wrong)
        return Decision(Act.REST, next_try, differs=wrong) if now < next_try else Decision(Act.SEND, differs=wrong)
    if not wrong:
        return Decision(Act.REST, converged=True)
    return _drifted(track, now, wrong)


def _by_asking(track: Track, order: Order, now: float) -> Decision:
    """What the bridge says proves nothing until it was asked for, after the time that the order takes."""
    next_try = track.sent_at + pause_s(track.tries)
    if track.error:
        return Decision(Act.REST, next_try) if now < next_try else Decision(Act.SEND)
    settled_at = track.sent_at + track.dialect.settle_s(track.device, order.fade_s)
    if now < settled_at:
        return Decision(Act.REST, settled_at)
    asked = track.asked_at
    if asked is None or asked < settled_at:
        return Decision(Act.ASK, now + ANSWER_S)
    answered = track.reported_at is not None and track.reported_at >= asked
    if not answered:
        answer_due = asked + ANSWER_S
        if now < answer_due:
            return Decision(Act.REST, answer_due, converged=track.converged)
        return Decision(Act.REST, max(next_try, answer_due)) if now < next_try else Decision(Act.SEND)
    wrong = differs(track.dialect, track.device, order.state, track.merged)
    look_again = asked + track.device.heartbeat_s
    if not wrong:
        # It says nothing by itself when it is switched off at the wall, so it is asked as often as it should speak.
        return Decision(Act.ASK, now + ANSWER_S, True) if now >= look_again else Decision(
            Act.REST, look_again, converged=True)
    if track.reported_at is not None and track.reported_at > asked + EVIDENCE_S and track.asks < MOST_ASKS:
        # It said this unasked, and an old field may have been merged in: ask before calling it drift.
        return Decision(Act.ASK, now + ANSWER_S, differs=wrong)
    return _drifted(track, now, wrong)


def _drifted(track: Track, now: float, wrong: tuple[str, ...]) -> Decision:
    """It settled on something else: somebody at the switch, a reboot to defaults, or a device that only says yes."""
    if track.device.policy is Policy.YIELD and track.converged:
        return Decision(Act.YIELD, differs=wrong)
    clear = track.sent_at + (GAP_S if track.converged else pause_s(track.tries))
    return Decision(Act.REST, clear, differs=wrong) if now < clear else Decision(Act.SEND, differs=wrong)
