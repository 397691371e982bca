"""The publisher: exactly one signs, assigns versions, publishes and steers rollouts (`semantics.md`, rules 23 to 26).

One thread does everything, woken by HQ's memory (orders), by its broker, and by a beat. Who has the lock begins a new
term and works until the lock is gone; others wait for it. What it does is committed before it is said, and what the
broker holds is compared with what it should hold at every connect, so that nothing depends on a message arriving.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from controller.errors import SinneError
from controller.hq.listening import Ears
from controller.hq.ports import Fenced, FleetMemory, Papers, ProofMemory, PublisherLock
from controller.hq.rounds import Once, Rounds
from controller.hq.sealed import MOST_BYTES
from controller.hq.signing import KeyFile
from controller.hq.topics import FROM_HQ, HALT, MANIFEST, MARKER
from controller.ports import Clock
from devices.messages import Message
from devices.seldom import Seldom
from devices.transport import Connected, Disconnected, Received, Transport, TransportEvent

log = logging.getLogger("sinne.hq.publisher")

#: For who makes the transports.
MAX_PAYLOAD = MOST_BYTES
#: Seconds between looks at what happens by itself.
_STANDBY_S, _BEAT_S, _ROLLOUT_S, _ROTATION_S, _SELDOM_S = 1.0, 1.0, 2.0, 10.0, 600.0
#: A large fleet is looked at for a tenth of the time at most, and at least this often.
_LONGEST_ROLLOUT_S = 60.0
_NEWS_S = 5.0
#: Until the broker has said all that it retains; afterwards the connection is made anew.
_SETTLE_S = 60.0
_PAUSE_S = 2.0


class _News:
    """There is something new in HQ's memory."""


_Event = TransportEvent | _News


@dataclass(frozen=True, slots=True)
class Places:
    """Where the publisher finds its part of HQ's memory."""

    papers: Papers
    fleet: FleetMemory
    proof: ProofMemory


@dataclass(frozen=True, slots=True)
class PublisherSight:
    """For people and health. `state`: waiting (somebody else publishes), connecting, publishing, ended."""

    state: str
    words: str
    term: int


class Publisher:
    """`transport(client_id)`: a new transport to HQ's broker, for packets of `MAX_PAYLOAD` bytes, not started."""

    def __init__(
        self, places: Places, organisation: str, key_file: KeyFile, transport: Callable[[str], Transport], clock: Clock,
        *, beat_s: float = _BEAT_S,
    ) -> None:
        """Everything is given; nothing is started. Raises Refused, Unavailable where the key is not there."""
        self._beat_s = beat_s
        self._places, self._organisation, self._clock = places, organisation, clock
        self._key_file, self._transport_for = key_file, transport
        key_file.read_or_make()
        self._ending = threading.Event()
        self._inbox: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._news_waits = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hq-publisher", daemon=True)
        self._watch = threading.Thread(target=self._watch_news, name="hq-publisher-news", daemon=True)
        self._seldom = Seldom(log)
        self._sight = PublisherSight("waiting", "It has not begun.", 0)

    def start(self) -> None:
        """Begin. Returns at once."""
        self._watch.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop publishing and give the lock back. May be called twice."""
        self._ending.set()
        self._inbox.put(_News())
        if self._thread.is_alive():
            self._thread.join(30)

    def sight(self) -> PublisherSight:
        """How it is."""
        return self._sight

    # -- the lock

    def _run(self) -> None:
        while not self._ending.is_set():
            pause_s = _STANDBY_S
            try:
                lock = self._places.papers.try_lock()
                if lock is None:
                    self._sight = PublisherSight("waiting", "Another publisher is at work.", 0)
                else:
                    self._serve(lock)
            except Fenced as fenced:
                log.warning("Publishing stops here: %s", fenced)
            except SinneError as refusal:
                self._sight = PublisherSight("connecting", str(refusal), 0)
                self._seldom.warning("refused", "The publisher waits: %s", refusal)
                pause_s = _PAUSE_S
            except Exception:
                log.exception("The publisher begins anew after a fault")
                pause_s = _PAUSE_S
            self._ending.wait(pause_s)
        self._sight = PublisherSight("ended", "It has ended.", 0)

    def _serve(self, lock: PublisherLock) -> None:
        """Be the publisher for as long as the lock is held. Raises Fenced, Unavailable."""
        turn = None
        try:
            rounds = Rounds(self._places.papers, self._places.fleet, self._places.proof, self._organisation,
                            self._key_file, self._key_file.read_or_make())
            rounds.read()
            self._inbox = queue.SimpleQueue()
            turn = _Turn(rounds, self._transport_for, self._inbox, self._clock)
            turn.start(self._places.fleet)
            while not self._ending.is_set() and lock.still_held():
                self._sight = turn.sight()
                self._news_waits.clear()
                turn.take(self._next_event())
                turn.work()
            if not self._ending.is_set():
                log.warning("The lock is lost: publishing stops here.")
        finally:
            if turn is not None:
                turn.stop()
            lock.release()

    def _next_event(self) -> list[_Event]:
        """What has happened; after a beat at the latest."""
        found: list[_Event] = []
        try:
            found.append(self._inbox.get(timeout=self._beat_s))
            while len(found) < 1_000:
                found.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        return found

    def _watch_news(self) -> None:
        """Pass on that there is something new in HQ's memory, one word at a time."""
        seen = -1
        while not self._ending.is_set():
            try:
                now = self._places.papers.wait_for_news(seen, _NEWS_S)
            except SinneError:
                self._ending.wait(_PAUSE_S)
                continue
            if now != seen and not self._news_waits.is_set():
                self._news_waits.set()
                self._inbox.put(_News())
            seen = now


class _Turn:
    """One time of holding the lock: the connections, and what is due when."""

    def __init__(
        self, rounds: Rounds, transport: Callable[[str], Transport], inbox: queue.SimpleQueue[_Event], clock: Clock,
    ) -> None:
        self._rounds, self._clock, self._inbox = rounds, clock, inbox
        self._transport_for = transport
        self._transport = transport("sinne-hq-publisher")
        self._ears: Ears | None = None
        self._words = "HQ's broker has not been reached yet."
        self._retained: dict[str, bytes] = {}
        self._marker, self._marked_at = b"", 0.0
        self._connected = False
        self._news = True
        self._done: dict[str, float] = {}
        self._rollout_s = _ROLLOUT_S

    def start(self, fleet: FleetMemory) -> None:
        """Connect. `fleet`: where it is kept what stores say of themselves."""
        self._transport.subscribe([FROM_HQ, MARKER])
        self._transport.start(self._inbox.put)
        self._ears = Ears(self._transport_for("sinne-hq-ears"), fleet, self._clock, lambda: self._rounds.force.pair)
        self._ears.start()

    def stop(self) -> None:
        """Leave. May be called twice."""
        self._transport.stop()
        if self._ears is not None:
            self._ears.stop()

    def sight(self) -> PublisherSight:
        """How it is."""
        settled = self._rounds.board.settled
        return PublisherSight("publishing" if settled else "connecting", "" if settled else self._words,
                              self._rounds.term)

    def take(self, events: list[_Event]) -> None:
        """What has happened."""
        for event in events:
            if isinstance(event, Received):
                self._heard(event.message)
            elif isinstance(event, Connected):
                self._connected, self._words = True, "HQ's broker says what it holds."
                self._retained.clear()
                self._rounds.board.disconnected()
                self._marker, self._marked_at = secrets.token_bytes(12), self._clock.monotonic()
                self._transport.publish(Message(MARKER, self._marker, 1))
            elif isinstance(event, Disconnected):
                self._connected, self._words = False, event.reason
                self._rounds.board.disconnected()
            else:
                self._news = True

    def _heard(self, message: Message) -> None:
        if message.topic == MARKER:
            if message.payload == self._marker and self._connected and not self._rounds.board.settled:
                self._rounds.settle(self._retained, self._clock.now())
                self._rounds.board.settled = True
                self._retained.clear()
                self._news = True
            return
        self._rounds.board.heard(message.topic, message.payload)
        if message.topic in (MANIFEST, HALT) and not self._rounds.board.settled:
            self._retained[message.topic] = message.payload

    def work(self) -> None:
        """Do what is due. Nothing is begun while the broker is away. Raises Fenced, Unavailable."""
        now = self._clock.monotonic()
        if not self._rounds.board.settled:
            if self._connected and now - self._marked_at > _SETTLE_S:
                self._connected = False
                self._transport.drop()
            return
        self._rounds_due(now)
        for each in self._rounds.board.due(now):
            if not self._transport.publish(Message(each.topic, each.payload, 1, retain=True)):
                self._rounds.board.unsaid(each.topic)

    def _rounds_due(self, now: float) -> None:
        rounds = self._rounds
        at = self._clock.now()
        if self._news or self._is_due("orders", now, _NEWS_S):
            self._news = False
            self._say(rounds.orders(at))
        if self._is_due("rollouts", now, self._rollout_s):
            rounds.rollouts(at)
            took_s = self._clock.monotonic() - now  # of which a suspended machine may be a part
            self._rollout_s = min(max(_ROLLOUT_S, 10 * took_s), _LONGEST_ROLLOUT_S)
        if self._is_due("rotation", now, _ROTATION_S if rounds.rotating else _SELDOM_S):
            self._say(rounds.rotation(at))
        if self._is_due("renewals", now, _SELDOM_S):
            rounds.renewals(at)

    def _is_due(self, what: str, now: float, every_s: float) -> bool:
        if now < self._done.get(what, -every_s) + every_s:
            return False
        self._done[what] = now
        return True

    def _say(self, once: list[Once]) -> None:
        """Said once at most: what the broker does not take is not said again."""
        for topic, payload, seconds in once:
            if not self._transport.publish(Message(topic, payload, 1, expiry_s=seconds)):
                log.warning("A request on %s could not be said; it is not said again", topic)
