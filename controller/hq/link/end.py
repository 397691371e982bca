"""`StoreEnd`: what a store makes of all that HQ says to it. No I/O, no clock, no thread: light stores have the same.

`take` what comes; what it returns is to be done in this order. Where `changed` says so then, what HQ says to this store
is composed with its own part and looked at (`fitting.fit`), and `applied` is told. Nothing that comes raises, and
whatever is refused changes nothing but what `standing` says of it (`semantics.md`, rules 22 to 27).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from controller.errors import Refused
from controller.hq.backlog import Backlog
from controller.hq.link.effects import CarryOut, Decline, Effect, Forget, Keep, NoteAcknowledged
from controller.hq.said import Ack, AppliedManifest, JournalMark, Pair, Request, Standing, read
from controller.hq.sealed import Keyring, open_sealed
from controller.hq.selecting import Concerning, concerning
from controller.hq.shelf import Shelf, Verdict
from controller.hq.store_ports import HALT_KIND, MANIFEST_KIND, Kept, Name
from controller.hq.topics import FROM_HQ, HALT, MANIFEST, document_of_topic, down_topic
from profiles.places import Store

#: What a report has room for (`controller.hq.said`).
_MOST_SENTENCES, _LONGEST = 20, 400
#: Topics of which it is remembered what came last, and on which something may be amiss: a broker that somebody else
#: has taken over can make up as many as it likes.
_MOST_TOPICS, _MOST_AMISS = 50_000, 200


@dataclass(frozen=True, slots=True)
class Early:
    """Something that came before its time; `until`: when it can be taken, None: once the store's clock is trusted."""

    payload: bytes
    until: datetime | None


@dataclass(slots=True)
class Amiss:
    """What is not as it should be of what HQ's broker holds, by topic, the newest last."""

    refused: dict[str, str] = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)
    early: dict[str, Early] = field(default_factory=dict)

    def clear(self, topic: str) -> None:
        """What is on this topic is in order."""
        for kind in (self.refused, self.alarms, self.early):
            kind.pop(topic, None)

    def shorten(self) -> None:
        """Leave out the oldest of too many. What is early is HQ's own, and no more than it has documents."""
        for kind in (self.refused, self.alarms):
            while len(kind) > _MOST_AMISS:
                del kind[next(iter(kind))]

    def topics(self) -> set[str]:
        """Where something is amiss."""
        return {*self.refused, *self.alarms, *self.early}


class StoreEnd:
    """One store's end. `keys`: HQ's; `former`: those that only what is kept already may be signed with."""

    def __init__(self, organisation: str, place: Store, keys: Keyring, backlog: Backlog | None = None) -> None:
        """Nothing has come yet. `place`: the store as its own part of the plan has it."""
        self.shelf = Shelf(organisation, keys)
        self.place = place
        self.backlog = backlog or Backlog()
        self.applies: str | None = None
        self._store = place.id
        self._journal, self._newest = "", 0
        self._seen: dict[str, bytes] = {}
        self._amiss = Amiss()
        self._unfit: tuple[str, ...] = ()
        self._open = True
        self._numbered: set[Name] = set()
        self._request, self._ack = down_topic(place.id, "request"), down_topic(place.id, "ack")

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return (FROM_HQ, self._request, self._ack)

    def restore(self, kept: Iterable[Kept], every_key: Keyring | None = None) -> list[str]:
        """Put back what was taken before a restart, signed by whichever key was believed then; what is no good."""
        kept = list(kept)
        keys, self.shelf.keys = self.shelf.keys, every_key or self.shelf.keys
        amiss = self.shelf.restore((each.topic, each.payload) for each in kept)
        self.shelf.keys = keys
        if not amiss:  # else HQ's broker gives again what is damaged here
            self._seen.update({each.topic: _mark(each.payload) for each in kept})
        self._numbered = {each.name for each in kept if each.name[0] in (MANIFEST_KIND, HALT_KIND)}
        return amiss

    # -- what comes

    def take(self, topic: str, payload: bytes, now: datetime | None, steady: float) -> list[Effect]:
        """Something came from HQ's broker. `now`: None while the store's clock is not trusted. `steady`: seconds."""
        if topic == self._ack:
            return self._take_ack(payload, steady)
        if topic == self._request:
            return self._take_request(topic, payload, now)
        mark = _mark(payload)
        if self._seen.get(topic) == mark:  # after every reconnect the broker says everything again
            return []
        if len(self._seen) >= _MOST_TOPICS:
            self._seen.clear()
        self._seen[topic] = mark
        if not payload:  # somebody took it off the broker; that says nothing of what is kept here
            self._amiss.clear(topic)
            return []
        return self._take_said(topic, payload, now)

    def take_early(self, now: datetime | None) -> list[Effect]:
        """Look again at what came before its time."""
        found: list[Effect] = []
        if now is not None:
            for topic, early in list(self._amiss.early.items()):
                if early.until is None or early.until <= now:
                    found += self._take_said(topic, early.payload, now)
        return found

    def connected(self) -> None:
        """A new connection: the broker is about to say all that it holds, and nothing is under way."""
        for topic in self._amiss.topics():
            self._seen.pop(topic, None)
            self._amiss.clear(topic)
        self.backlog.connected()

    def lost(self) -> None:
        """The connection is gone, and what was under way on it with it: there is nothing to say again until another."""
        self.backlog.connected()

    def trust(self, keys: Keyring) -> None:
        """HQ has other keys from now on. What they did not sign is not believed; what is here stays."""
        self.shelf.keys = keys
        for topic in self._amiss.topics():
            self._seen.pop(topic, None)

    def _take_said(self, topic: str, payload: bytes, now: datetime | None) -> list[Effect]:
        before = self.shelf.manifest
        taken = self.shelf.take(topic, payload, now)
        self._amiss.clear(topic)
        if taken.verdict is Verdict.REFUSED:
            self._amiss.refused[topic] = taken.words
        elif taken.verdict is Verdict.ALARM:
            self._amiss.alarms[topic] = taken.words
        elif taken.verdict is Verdict.EARLY:
            self._amiss.early[topic] = Early(payload, taken.until)
        self._amiss.shorten()
        if taken.verdict is not Verdict.TAKEN:
            return []
        self._open = self._open or topic == HALT or self.shelf.manifest is not before
        name = self._name(topic)
        if topic in (MANIFEST, HALT):
            self._numbered.add(name)
        return [Keep(Kept(name, topic, payload)), *self._surplus()]

    def _name(self, topic: str) -> Name:
        """What was just taken on this topic."""
        named = document_of_topic(topic)
        if named is not None:
            return (*named, max(self.shelf.held[named]))
        numbered = (self.shelf.waiting or self.shelf.manifest) if topic == MANIFEST else self.shelf.halt
        if numbered is None:
            raise AssertionError("what was taken is on the shelf")
        return (MANIFEST_KIND if topic == MANIFEST else HALT_KIND, f"{numbered.term}.{numbered.number}", 0)

    def _take_ack(self, payload: bytes, steady: float) -> list[Effect]:
        try:
            ack = read(Ack, payload, "HQ's acknowledgement")
        except Refused as refusal:
            self._amiss.refused[self._ack] = str(refusal)
            return []
        self._amiss.clear(self._ack)
        before = self.backlog.done
        if ack.journal == self._journal:
            self.backlog.acknowledged(ack.number, steady, self._newest)
        return [NoteAcknowledged(ack.journal, self.backlog.done)] if self.backlog.done > before else []

    def _take_request(self, topic: str, payload: bytes, now: datetime | None) -> list[Effect]:
        try:
            request = Request.model_validate(
                open_sealed(topic, payload, self.shelf.keys).said, extra="ignore")
        except (Refused, ValueError) as refusal:
            self._amiss.refused[topic] = str(refusal).splitlines()[0]
            return []
        self._amiss.clear(topic)
        words = ""
        if request.organisation != self.shelf.organisation or request.store != self._store:
            words = f"It is for {request.store} of {request.organisation}, and this is {self._store}."
        elif now is None:
            words = "The clock of this store is not trusted, so it is not known whether this is still wanted."
        elif now >= request.expires:
            words = f"It came too late: it could be carried out until {request.expires:%Y-%m-%d %H:%M:%S} UTC."
        return [Decline(request, words)] if words else [CarryOut(request)]

    # -- what follows

    @property
    def changed(self) -> bool:
        """Whether what HQ says to this store may be another than what was applied last: then it is to be looked at."""
        return self._open

    def applied(self, found: Concerning, refused: Iterable[str] = ()) -> list[Effect]:
        """It was looked at (`fitting.fit` on the shelf), and is in force; `refused`: why not the newest of it."""
        self._open, self.applies = False, found.digest
        newest = self.shelf.refused
        which = "What HQ says" if newest is None else f"The manifest {newest.term}.{newest.number}"
        self._unfit = tuple(f"{which} is not applied here: {words}" for words in refused)
        return list(self._surplus())

    def apply_unseen(self) -> tuple[Concerning, list[Effect]]:
        """Take it for fitting, as a store does whose own part of the plan nobody knows."""
        self.shelf.settle()
        found = concerning(self.place, self.shelf.in_force())
        return found, self.applied(found)

    def local_changed(self, place: Store) -> None:
        """The store's own part of the plan is another: other documents may concern it, or fit it."""
        self.place = place
        self._open = True

    def journal_is(self, journal: str, newest: int) -> None:
        """The journal of the store and its last number. Another journal than before is told from its beginning."""
        if self._journal not in ("", journal):
            self.backlog = Backlog()
        self._journal, self._newest = journal, newest

    def journal_to_say(self, steady: float) -> range:
        """The numbers to say now; they count as said."""
        return self.backlog.to_say(self._newest, steady)

    def due(self, now: datetime | None, steady: float) -> float | None:
        """The steady instant at which there is something to do though nothing comes: `take_early`, `journal_to_say`."""
        untils = [early.until for early in self._amiss.early.values()]
        dues = [steady + max(0.0, 0.0 if until is None else (until - now).total_seconds())
                for until in untils if now is not None]
        again = self.backlog.due()
        return min([*dues, *([] if again is None else [again])], default=None)

    def standing(self, at: datetime) -> Standing:
        """What there is to report of HQ's documents; the rest of it is for whoever knows the store."""
        manifest, waiting, halt = self.shelf.manifest, self.shelf.waiting or self.shelf.refused, self.shelf.halt
        refused = [*self._amiss.refused.values(), *self._unfit]
        return Standing(
            store=self._store, at=at,
            manifest=None if manifest is None else AppliedManifest(
                term=manifest.term, number=manifest.number, digest=manifest.digest),
            waiting=None if waiting is None else Pair(term=waiting.term, number=waiting.number),
            halt=None if halt is None else Pair(term=halt.term, number=halt.number),
            applies=self.applies, refused=shortened(refused), alarms=shortened(self._amiss.alarms.values()),
            journal=JournalMark(id=self._journal, newest=self._newest, acknowledged=min(
                self.backlog.done, self._newest)) if self._journal else None,
            keys=tuple(sorted(self.shelf.keys))[:_MOST_SENTENCES])

    def _surplus(self) -> Iterator[Forget]:
        """What is on disk and not needed any more, taken off the shelf."""
        documents = self.shelf.surplus()
        self.shelf.forget(documents)
        needed = {(MANIFEST_KIND, f"{each.term}.{each.number}", 0) for each in self.shelf.manifests()}
        if self.shelf.halt is not None:
            needed.add((HALT_KIND, f"{self.shelf.halt.term}.{self.shelf.halt.number}", 0))
        numbered = sorted(self._numbered - needed)
        self._numbered &= needed
        if documents or numbered:
            yield Forget((*documents, *numbered))


def shortened(sentences: Iterable[str]) -> tuple[str, ...]:
    """Sentences as a report takes them: the newest twenty, none too long."""
    found = [each if len(each) <= _LONGEST else f"{each[:_LONGEST - 1]}…" for each in sentences]
    return tuple(found[-_MOST_SENTENCES:])


def _mark(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()
