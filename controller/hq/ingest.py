"""Taking in what stores say: their journals, stored once each and acknowledged after the commit (rule 27).

Any number of workers share one subscription and keep nothing between two messages: whatever a worker, the broker or the
database loses is said again by the store. So a worker may drop what it cannot hold, and never holds up the network.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from controller.errors import Refused, SinneError, Unavailable
from controller.hq.chains import Broken, findings, pieces, wanted_for
from controller.hq.ports import ProofMemory
from controller.hq.said import Ack, JournalBatch, JournalLine, payload_of, read
from controller.hq.topics import JOURNALS, down_topic, store_of_topic
from controller.hq.waiting import Waiting
from controller.ports import Clock, Entry, JournalEntry
from devices.messages import Message
from devices.seldom import Seldom
from devices.transport import Connected, Disconnected, Received, Transport, TransportEvent

log = logging.getLogger("sinne.hq.ingest")

#: The largest packet on HQ's broker (rule 21), for who makes the transport.
MAX_PACKET = 1024 * 1024
#: One commit takes what comes within this time, up to so many lines.
GATHER_S, MOST_LINES = 0.05, 2_000
#: What waits while the database is away; beyond it messages are dropped, and their stores say them again.
MOST_WAITING, MOST_WAITING_BYTES = 20_000, 64 * 1024 * 1024
#: Pauses while the database does not answer.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
#: While the broker takes no more acknowledgements, it is offered them again for so long.
_ACK_PATIENCE_S, _ACK_PAUSE_S = 2.0, 0.005
#: Of a broken chain people are told once; what was told so long ago is looked up.
BROKEN = "store.journal-broken"
_TOLD_SINCE = timedelta(days=400)
_MOST_TOLD = 10_000


class Record(Protocol):
    """HQ's own record, as far as ingest writes to it (`controller.ports.Memory` is one)."""

    def record(self, at: datetime, *entries: Entry) -> None:
        """Append."""

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end, of these kinds."""


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """Since the start. `stored`: lines of commits, resent ones too. `malformed`: messages that cannot be read.
    `foreign`: batches of stores that HQ does not know. `dropped`: messages beyond the bound. `unsaid`:
    acknowledgements that could not be sent. `broken`: breaks found in chains. `refused`: batches that cannot be stored.
    """

    stored: int = 0
    commits: int = 0
    acknowledged: int = 0
    unsaid: int = 0
    malformed: int = 0
    foreign: int = 0
    dropped: int = 0
    refused: int = 0
    broken: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class IngestSight:
    """For health and metrics. `waiting`: messages in hand. `trouble`: one sentence; empty while all is well."""

    counts: IngestCounts
    waiting: int
    connected: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class _Batch:
    store: str
    journal: str
    lines: tuple[JournalLine, ...]


class IngestWorker:
    """One worker: a thread between a transport of its own and the database.

    The transport must not be started yet, and should take packets of `MAX_PACKET` bytes.
    """

    def __init__(self, transport: Transport, proof: ProofMemory, record: Record, clock: Clock, *,
                 journals: str = JOURNALS) -> None:
        """Everything is given; nothing is started. `journals`: the shared subscription (`topics.journals_of`)."""
        self._journals = journals
        self._transport, self._proof, self._record, self._clock = transport, proof, record, clock
        self._waiting = Waiting(MOST_WAITING, MOST_WAITING_BYTES)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._seldom = Seldom(log)
        self._counts, self._dropped = IngestCounts(), 0
        self._broker_words, self._trouble = "HQ's broker has not been reached yet.", ""
        self._told: set[Broken] = set()

    def start(self) -> None:
        """Begin to listen and to store. Returns at once."""
        self._thread.start()
        self._transport.subscribe([self._journals])
        self._transport.start(self._heard)

    def stop(self) -> None:
        """Listen no more, store what is in hand if the database is there, and end. May be called twice."""
        self._transport.unsubscribe([self._journals])
        self._ending.set()
        self._waiting.end()
        if self._thread.is_alive():
            self._thread.join(10)
        self._transport.stop()

    def sight(self) -> IngestSight:
        """How it is."""
        counts = replace(self._counts, dropped=self._dropped)
        return IngestSight(counts, len(self._waiting), self._transport.connected, self._trouble or self._broker_words)

    # ── the transport's thread ──────────────────────────────────────────────────────

    def _heard(self, event: TransportEvent) -> None:
        if isinstance(event, Received):
            if not self._waiting.put(event.message):
                self._dropped += 1
                self._seldom.warning("full", "More journals came than can be held: some were dropped, and their "
                                             "stores will say them again")
        elif isinstance(event, Connected):
            old = event.protocol == "MQTT 3.1.1"
            self._broker_words = "HQ's broker speaks MQTT 3.1.1, which has no shared subscriptions." if old else ""
        elif isinstance(event, Disconnected):
            self._broker_words = event.reason

    # ── the worker's thread ─────────────────────────────────────────────────────────

    def _run(self) -> None:
        while not (self._ending.is_set() and not len(self._waiting)):
            try:
                batches = self._gather()
                if batches:
                    self._take_in(batches)
            except Exception:  # a fault of ours: what was in hand is said again by the stores
                if self._seldom.due("fault"):
                    log.exception("Some journal entries could not be taken in; they will be said again")

    def _gather(self) -> list[_Batch]:
        """What is in one commit: the first message that comes, and what comes within a moment after it."""
        found: list[_Batch] = []
        lines, until = 0, None
        while lines < MOST_LINES:
            left_s = None if until is None else max(0.0, until - self._clock.monotonic())
            message = self._waiting.take(left_s)
            if message is None:
                break
            until = until or self._clock.monotonic() + GATHER_S
            batch = self._read(message)
            if batch is not None:
                found.append(batch)
                lines += len(batch.lines)
        return found

    def _read(self, message: Message) -> _Batch | None:
        """Whose the lines are is said by the topic, which the broker lets nobody else write to."""
        store = store_of_topic(message.topic, "journal")
        try:
            if store is None:
                raise Refused("It came on a topic of no store.")
            said = read(JournalBatch, message.payload, f"The journal of {store}")
        except Refused as refusal:
            self._count(malformed=1)
            self._seldom.warning(message.topic, "Dropped a message on %s: %s", message.topic[:120], refusal)
            return None
        return _Batch(store, said.journal, said.entries)

    def _take_in(self, batches: Sequence[_Batch]) -> None:
        stored = self._store(batches)
        if not stored:
            return
        known = [batch for batch in batches if (batch.store, batch.journal) in stored]
        self._count(stored=sum(len(batch.lines) for batch in known), foreign=len(batches) - len(known))
        for batch in batches:
            if (batch.store, batch.journal) not in stored:
                self._seldom.warning(f"foreign {batch.store}", "Dropped journal entries of %s, which HQ does not know",
                                     batch.store)
        self._acknowledge(stored)
        self._verify(known)

    def _store(self, batches: Sequence[_Batch]) -> dict[tuple[str, str], int]:
        """Commit, and keep at it while the database is away; empty where it cannot be, or the worker ends."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                stored = self._proof.store_lines([(b.store, b.journal, b.lines) for b in batches], self._clock.now())
            except Unavailable as refusal:
                self._away(refusal)
            except Exception as fault:
                return self._store_apart(batches, fault)
            else:
                if self._trouble:
                    log.info("The database takes journal entries again.")
                    self._trouble = ""
                self._count(commits=1)
                return stored
            if self._ending.wait(pause_s * random.uniform(0.75, 1.25)):
                return {}
            self._count(retries=1)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _away(self, refusal: Unavailable) -> None:
        if not self._trouble:
            log.warning("Journal entries wait for the database: %s", refusal)
        self._trouble = str(refusal)

    def _store_apart(self, batches: Sequence[_Batch], fault: Exception) -> dict[tuple[str, str], int]:
        """Something among them cannot be stored: find out what, so that nobody else is held up by it."""
        if len(batches) > 1:
            stored: dict[tuple[str, str], int] = {}
            for batch in batches:
                stored.update(self._store([batch]))
            return stored
        [batch] = batches
        self._count(refused=1)
        if self._seldom.due(f"refused {batch.store}"):
            log.error("Entries %d to %d of %s cannot be stored", batch.lines[0].number, batch.lines[-1].number,
                      batch.store, exc_info=fault)
        return {}

    def _acknowledge(self, stored: dict[tuple[str, str], int]) -> None:
        until = self._clock.monotonic() + _ACK_PATIENCE_S
        for (store, journal), number in stored.items():
            message = Message(down_topic(store, "ack"), payload_of(Ack(journal=journal, number=number)), 1)
            said = self._transport.publish(message)
            while not said and self._transport.connected and self._clock.monotonic() < until:
                self._ending.wait(_ACK_PAUSE_S)
                said = self._transport.publish(message)
            self._count(**({"acknowledged": 1} if said else {"unsaid": 1}))

    # ── chains ──────────────────────────────────────────────────────────────────────

    def _verify(self, batches: Sequence[_Batch]) -> None:
        """After the commit, so that of two workers with neighbouring lines the later one sees both."""
        runs = [piece for batch in batches for piece in pieces(batch.store, batch.journal, batch.lines)]
        try:
            there = self._proof.lines_at([each for piece in runs for each in wanted_for(piece)])
            stored = {(line.store, line.journal, line.line.number): line.line for line in there}
            wrong = {each for piece in runs for each in findings(piece, stored)} - self._told
            if wrong:
                self._tell(wrong)
        except SinneError as refusal:
            self._seldom.warning("unverified", "Chains of journals were not verified: %s", refusal)

    def _tell(self, wrong: set[Broken]) -> None:
        """One entry in HQ's record for each break, whatever worker finds it and however often it is said."""
        now = self._clock.now()
        known = {(str(e.body.get("store")), str(e.body.get("journal")), e.body.get("number"))
                 for e in self._record.recorded(now - _TOLD_SINCE, now + timedelta(days=1), (BROKEN,),
                                                limit=_MOST_TOLD, newest_first=True)}
        new: dict[tuple[str, str, int], bool] = {}
        for each in sorted(wrong, key=lambda b: (b.store, b.journal, b.number)):
            key = each.store, each.journal, each.number
            if key not in known:
                new[key] = new.get(key, False) or each.rewritten
        if new:
            self._record.record(now, *(Entry(BROKEN, {
                "store": store, "journal": journal, "number": number, "rewritten": rewritten,
            }) for (store, journal, number), rewritten in new.items()))
            self._count(broken=len(new))
            store, _, number = next(iter(new))
            log.error("The journal of %s is broken at entry %d", store, number)
        if len(self._told) > _MOST_TOLD:
            self._told.clear()
        self._told |= wrong

    def _count(self, **more: int) -> None:
        self._counts = replace(self._counts, **{name: getattr(self._counts, name) + n for name, n in more.items()})
