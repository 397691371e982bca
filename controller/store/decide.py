"""What to do about one device now: nothing, send, or ask. Pure: facts and the steady instant in, a decision out.

Level-triggered: it looks at what should be and at what was said, never at how either came about, so that a restart,
a lost message, a reboot and somebody at the switch need no case of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from controller.store.track import REFUSALS, Track
from devices.device import Policy
from devices.dialects.base import Order
from devices.state import differs

#: How long a device may take to answer at all. Within 5 s after a recovery there are two tries.
ANSWER_S = 1.5
#: Pauses grow from `ANSWER_S` to this: one try a slot (`reliability.md`, mode 10).
LONGEST_PAUSE_S = 60.0
#: At least this between two orders to one device, so that no sequence of presses flashes more than 3 times a second
#: (`domain.md`, *Light*; photosensitivity).
GAP_S = 0.34
#: Restart, reconnect, reboot, drift: at most 2 s (`semantics.md`, rule 12).
RECOVERY_S = 1.9
#: Several answers follow one question, each filled up from memory: the last counts, so a moment of quiet is awaited.
QUIET_S = 0.25
#: What is said so soon after asking counts as the answer; later words only raise the question again.
EVIDENCE_S = 3.0
#: A mesh that always answers late, or not at once, is asked so often in a row.
MOST_ASKS = 3
#: What a stop sets, and all that is compared while a device is held: it keeps the white that it has.
_SAFE = ("on", "brightness_pct")


class Act(Enum):
    """What is to be done."""

    REST = "rest"
    SEND = "send"
    RESEND = "resend"
    ASK = "ask"
    YIELD = "yield"
    #: It is held by a stop that is not in force: say again which stops are.
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, when to look again (steady seconds; None: when something happens), and how it stands."""

    act: Act
    due: float | None = None
    converged: bool = False
    differs: tuple[str, ...] = ()


_REST = Decision(Act.REST)
_MET = Decision(Act.REST, converged=True)
_SEND = Decision(Act.SEND)


def pause_s(tries: int) -> float:
    """The pause after the n-th try: 1.5 s, doubling, at most a minute."""
    return float(min(ANSWER_S * 2 ** max(0, min(tries, 10) - 1), LONGEST_PAUSE_S))


def decide(track: Track, now: float) -> Decision:
    """Decide about `track` at the steady instant `now`. It sends nothing and changes nothing."""
    if track.wanted is None or track.local is not None:
        return _sign_of_life(track, now)
    order = track.order
    if order is None or order.state != track.wanted or order.zones != track.device.zones:
        return _first(track, now)
    if track.online is False:
        return _away(track, order, now)
    return _by_asking(track, order, now) if track.dialect.confirms_by_refresh else _by_stamp(track, order, now)


def _sign_of_life(track: Track, now: float) -> Decision:
    """Nothing is to be done. One that never speaks by itself is asked as often as it should."""
    if not track.dialect.confirms_by_refresh or track.online is False:
        return _REST
    again = None if track.asked_at is None else track.asked_at + track.device.heartbeat_s
    return Decision(Act.ASK) if again is None or now >= again else Decision(Act.REST, again)


def _first(track: Track, now: float) -> Decision:
    """The wish is new. A retained order waits at the broker for a device that is out of reach; others wait here."""
    if track.online is False and not track.dialect.retained:
        return _REST
    clear = track.sent_at + GAP_S
    return Decision(Act.REST, clear) if track.order is not None and now < clear else _SEND


def _away(track: Track, order: Order, now: float) -> Decision:
    """The order waits at the broker. Once its ramp is over, it must not begin a slow fade whenever it is found."""
    if not track.dialect.retained or order.fade_s <= RECOVERY_S or track.accepted():
        return _REST
    return Decision(Act.REST, track.ramp_end) if now < track.ramp_end else _SEND


def _by_stamp(track: Track, order: Order, now: float) -> Decision:
    """The device says which order it took (epoch, rev), and whether it has settled."""
    if not track.accepted():
        return _not_accepted(track, order, now)
    next_try = track.sent_at + pause_s(track.tries)
    if track.answer in REFUSALS:
        return Decision(Act.REST, next_try) if now < next_try else _SEND
    if track.answer == "held":
        return _held(track, order, now)
    if not track.merged.settled:
        if _late(track, order, now):  # at once where its whole fade began late; a line that is always late has slots
            again = order.fade_s < track.fade_s and now < next_try
            return Decision(Act.REST, next_try) if again else _SEND
        wait = max(track.sent_at + track.dialect.settle_s(track.device, order.fade_s), next_try,
                   0.0 if track.unsettled_at is None else track.unsettled_at + RECOVERY_S + ANSWER_S)
        if now < wait:
            return Decision(Act.REST, wait)
    wrong = differs(track.dialect, track.device, order.state, track.merged)
    if not track.merged.settled:
        return Decision(Act.SEND, differs=wrong)
    return _drifted(track, now, wrong) if wrong else _MET


def _not_accepted(track: Track, order: Order, now: float) -> Decision:
    """It has not taken the order: not yet; or it follows another; or it will not; or it is silent."""
    if track.stamp is not None and track.stamp > (order.epoch, order.rev):
        # A newer one than ours: of somebody else, or of a past that we did not know. Ours has been raised above it.
        clear = track.sent_at + (GAP_S if track.tries <= 1 else pause_s(track.tries))
        return Decision(Act.REST, clear) if now < clear else _SEND
    next_try = track.sent_at + pause_s(track.tries)
    if now < next_try:
        return Decision(Act.REST, next_try)
    spoke_since = track.reported_at is not None and track.reported_at > track.sent_at
    # Silence and an older report are answered by the same order again, which a device that has taken it answers with
    # its report (rule 17). One that refuses, or keeps speaking of another order, gets a new rev.
    stuck = track.answer in REFUSALS or (spoke_since and track.tries > 1)
    return _SEND if stuck else Decision(Act.RESEND)


def _late(track: Track, order: Order, now: float) -> bool:
    """Whether it began a slow fade so late (it was away) that it would end well after the ramp it belongs to."""
    if track.accepted_at is None or order.fade_s <= RECOVERY_S:
        return False
    return track.accepted_at + order.fade_s > max(track.ramp_end + ANSWER_S, now + RECOVERY_S + 1.0)


def _held(track: Track, order: Order, now: float) -> Decision:
    """A stop has it in its safe state. It is right there, as long as that stop is one of ours."""
    wanted = {key: order.state[key] for key in _SAFE if key in order.state} if track.stopped else order.state
    wrong = differs(track.dialect, track.device, wanted, track.merged)
    if not wrong or track.stopped:
        return Decision(Act.REST, converged=not wrong, differs=wrong)
    again = None if track.asked_at is None else track.asked_at + pause_s(track.asks)
    if again is not None and now < again:
        return Decision(Act.REST, again, differs=wrong)
    return Decision(Act.FREE, differs=wrong)


def _by_asking(track: Track, order: Order, now: float) -> Decision:
    """What the bridge says proves nothing until it was asked for, after the time that the order takes."""
    next_try = track.sent_at + pause_s(track.tries)
    if track.error and not track.converged:
        return Decision(Act.REST, next_try) if now < next_try else _SEND
    settled_at = track.sent_at + track.dialect.settle_s(track.device, order.fade_s)
    if now < settled_at:
        return Decision(Act.REST, settled_at)
    asked = track.asked_at
    if asked is None or asked < settled_at:
        return Decision(Act.ASK, now + ANSWER_S, track.converged)
    if track.reported_at is None or track.reported_at < asked:
        return _unanswered(track, asked, next_try, now)
    quiet = min(track.reported_at + QUIET_S, asked + EVIDENCE_S)
    if now < quiet:
        return Decision(Act.REST, quiet, track.converged)
    wrong = differs(track.dialect, track.device, order.state, track.merged)
    look_again = asked + track.device.heartbeat_s
    if not wrong:
        # It says nothing by itself when it is switched off at the wall, so it is asked as often as it should speak.
        return Decision(Act.ASK, now + ANSWER_S, True) if now >= look_again else Decision(Act.REST, look_again, True)
    if track.reported_at > asked + EVIDENCE_S and track.asks < MOST_ASKS:
        # It said this unasked, and an old field may have been merged in: ask before calling it drift.
        return Decision(Act.ASK, now + ANSWER_S, track.converged, wrong)
    return _drifted(track, now, wrong)


def _unanswered(track: Track, asked: float, next_try: float, now: float) -> Decision:
    """No answer. One that was right is asked again and then left to its heartbeat; another is told again."""
    answer_due = asked + ANSWER_S
    if now < answer_due:
        return Decision(Act.REST, answer_due, track.converged)
    if not track.converged:
        return Decision(Act.REST, next_try) if now < next_try else _SEND
    look_again = asked + track.device.heartbeat_s
    if track.asks < MOST_ASKS or now >= look_again:
        return Decision(Act.ASK, now + ANSWER_S, True)
    return Decision(Act.REST, look_again, True)


def _drifted(track: Track, now: float, wrong: tuple[str, ...]) -> Decision:
    """It settled on something else: somebody at the switch, a reboot to defaults, or a device that only says yes."""
    if not track.converged:
        clear = track.sent_at + pause_s(track.tries)
    elif track.device.policy is Policy.YIELD:
        return Decision(Act.YIELD, converged=True, differs=wrong)
    else:
        # One that keeps falling back (a second master, a bad supply) is corrected ever more seldom.
        clear = max(track.sent_at + GAP_S, track.drifted_at + pause_s(track.drifts) if track.drifts > 1 else 0.0)
    return Decision(Act.REST, clear, track.converged, wrong) if now < clear else Decision(Act.SEND, differs=wrong)
