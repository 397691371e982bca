"""What HQ remembers, gone with the process: `Papers`, `FleetMemory` and `ProofMemory` in plain Python.

`FakeHqMemory().go_away()` makes every question and every change raise Unavailable until `come_back()`, as a database
that is being restarted does. `entries`: what was appended to HQ's own record.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from controller.errors import Conflict, Unavailable
from controller.hq.backlog import Gapless
from controller.hq.documents import Kind
from controller.hq.ports import (
    Draft,
    Enrolled,
    Fenced,
    FleetCounts,
    FleetRow,
    Order,
    Published,
    Retained,
    RolloutRow,
    StoredLine,
)
from controller.hq.said import JournalLine, Standing
from controller.ports import Entry


class FakeHqMemory:
    """The three ports over one lock and one revision."""

    def __init__(self) -> None:
        self.news = threading.Condition(threading.RLock())
        self.revision = 0
        self.entries: list[tuple[datetime, Entry]] = []
        self._away = False
        self.fleet_rows = FakeFleet(self)
        self.papers = FakePapers(self)
        self.proof = FakeProof(self)

    def copy(self) -> FakeHqMemory:
        """As a copy of the database would be that is restored one day."""
        made = FakeHqMemory()
        for mine, its in ((self.papers, made.papers), (self.fleet_rows, made.fleet_rows), (self.proof, made.proof)):
            its.__dict__.update({name: deepcopy(value) for name, value in mine.__dict__.items()
                                 if name not in ("_memory", "lock")})
        return made

    def go_away(self) -> None:
        """From now on the database cannot be reached."""
        self._away = True

    def come_back(self) -> None:
        """It can be reached again."""
        self._away = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The lock to look or change under."""
        with self.news:
            if self._away:
                raise Unavailable("The database cannot be reached: nothing was saved. Try again in a moment.")
            yield

    def committed(self, *entries: tuple[datetime, Entry]) -> None:
        """Papers or fleet have changed."""
        self.entries.extend(entries)
        self.revision += 1
        self.news.notify_all()


class FakeLock:
    """The publisher's right."""

    def __init__(self, papers: FakePapers) -> None:
        self._papers = papers

    def still_held(self) -> bool:
        """Whether it is the one that was given last, and was neither released nor lost."""
        return self._papers.lock is self

    def release(self) -> None:
        """Give it back."""
        if self._papers.lock is self:
            self._papers.lock = None


class FakePapers:
    """The `Papers` port. `lock`: who has the publisher's right; a test takes it away by setting it to None."""

    def __init__(self, memory: FakeHqMemory) -> None:
        self._memory = memory
        self.lock: FakeLock | None = None
        self._term = 0
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._orders: dict[int, Order] = {}
        self._documents: dict[tuple[str, str], list[Published]] = {}
        self._retained: dict[str, Retained] = {}
        self._rollouts: dict[str, RolloutRow] = {}

    def try_lock(self) -> FakeLock | None:
        with self._memory.asking():
            if self.lock is not None:
                return None
            self.lock = FakeLock(self)
            return self.lock

    def raise_term(self, above: int) -> int:
        with self._memory.asking():
            self._term = max(above, self._term) + 1
            return self._term

    def drafts(self, kind: Kind | None = None) -> list[Draft]:
        with self._memory.asking():
            found = [draft for draft in self._drafts.values() if kind is None or draft.kind == kind]
        return sorted(sorted(found, key=lambda each: (each.kind, each.id)), key=lambda each: each.at, reverse=True)

    def draft(self, kind: Kind, id_: str) -> Draft | None:
        with self._memory.asking():
            return self._drafts.get((kind, id_))

    def put_draft(self, draft: Draft, seen: int | None, entry: Entry) -> Draft:
        with self._memory.asking():
            known = self._drafts.get((draft.kind, draft.id))
            if (None if known is None else known.revision) != seen:
                raise Conflict(f"Somebody else saved the {draft.kind} {draft.id} first.")
            made = replace(draft, revision=(seen or 0) + 1)
            self._drafts[draft.kind, draft.id] = made
            self._memory.committed((draft.at, entry))
            return made

    def drop_draft(self, kind: Kind, id_: str, at: datetime, entry: Entry) -> None:
        with self._memory.asking():
            if self._drafts.pop((kind, id_), None) is not None:
                self._memory.committed((at, entry))

    def give_order(self, verb: str, body: Mapping[str, object], by: str, at: datetime, entry: Entry) -> Order:
        with self._memory.asking():
            order = Order(len(self._orders) + 1, verb, dict(body), by, at)
            self._orders[order.number] = order
            self._memory.committed((at, entry))
            return order

    def order(self, number: int) -> Order | None:
        with self._memory.asking():
            return self._orders.get(number)

    def open_orders(self, limit: int = 100) -> list[Order]:
        with self._memory.asking():
            return [order for order in self._orders.values() if order.done is None][:limit]

    def newest(self) -> list[Published]:
        with self._memory.asking():
            return [versions[0] for _, versions in sorted(self._documents.items())]

    def versions(self, kind: Kind, id_: str) -> list[Published]:
        with self._memory.asking():
            return list(self._documents.get((kind, id_), ()))

    def retained(self) -> list[Retained]:
        with self._memory.asking():
            return [each for _, each in sorted(self._retained.items())]

    def carry_out(
        self, term: int, at: datetime, *, documents: Sequence[Published] = (), retained: Sequence[Retained] = (),
        rollouts: Sequence[RolloutRow] = (), order: int | None = None, answer: Mapping[str, object] | None = None,
        entries: Sequence[Entry] = (), in_force: tuple[int, int] | None = None,
    ) -> None:
        with self._memory.asking():
            if term != self._term:
                raise Fenced(f"Term {term} is over: term {self._term} publishes.")
            waiting = None if order is None else self._orders.get(order)
            if order is not None and (waiting is None or waiting.done is not None):
                raise Conflict(f"Order {order} does not wait any more.")
            for each in documents:
                if any(known.document.version == each.document.version
                       for known in self._documents.get((each.document.kind, each.document.id), ())):
                    raise Conflict(f"{each.document.id} has a version {each.document.version} already.")
            for each in documents:
                versions = self._documents.setdefault((each.document.kind, each.document.id), [])
                versions.append(each)
                versions.sort(key=lambda known: -known.document.version)
            self._retained |= {each.topic: each for each in retained}
            self._rollouts |= {row.campaign: row for row in rollouts}
            if waiting is not None:
                self._orders[waiting.number] = replace(waiting, done=at, answer=dict(answer or {}))
            if in_force is not None:
                self._memory.fleet_rows.differ(in_force, at)
            self._memory.committed(*((at, entry) for entry in entries))

    def rollouts(self) -> list[RolloutRow]:
        with self._memory.asking():
            return [row for _, row in sorted(self._rollouts.items())]

    def rollout(self, campaign: str) -> RolloutRow | None:
        with self._memory.asking():
            return self._rollouts.get(campaign)

    def revision(self) -> int:
        with self._memory.asking():
            return self._memory.revision

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        with self._memory.asking():
            self._memory.news.wait_for(lambda: self._memory.revision > after, timeout_s)
            return self._memory.revision


class FakeFleet:
    """The `FleetMemory` port."""

    def __init__(self, memory: FakeHqMemory) -> None:
        self._memory = memory
        self._enrolled: dict[str, Enrolled] = {}
        self._rows: dict[str, FleetRow] = {}
        self._plans: dict[str, tuple[bytes, datetime]] = {}

    def enrol(self, enrolled: Enrolled, at: datetime, entry: Entry) -> None:
        self.enrol_all([enrolled], at, entry)

    def enrol_all(self, enrolled: Sequence[Enrolled], at: datetime, entry: Entry) -> None:
        with self._memory.asking():
            self._enrolled |= {each.store: each for each in enrolled}
            self._memory.committed((at, entry))

    def enrolled(self) -> list[Enrolled]:
        with self._memory.asking():
            return [each for _, each in sorted(self._enrolled.items())]

    def knows(self, store: str) -> bool:
        known = self._enrolled.get(store)
        return known is not None and known.revoked is None

    def note_standings(self, standings: Sequence[tuple[Standing, datetime]], in_force: tuple[int, int]) -> int:
        with self._memory.asking():
            last: dict[str, tuple[Standing, datetime]] = {}
            for standing, heard in standings:
                before = last.get(standing.store)
                if not standing.online and before is not None:
                    standing = before[0].model_copy(update={"online": False})
                last[standing.store] = (standing, heard)
            kept = {store: said for store, said in last.items() if self.knows(store)}
            for store, (standing, heard) in kept.items():
                self._note(store, standing, heard, in_force)
            if kept:
                self._memory.committed()
            return len(kept)

    def _note(self, store: str, standing: Standing, heard: datetime, in_force: tuple[int, int]) -> None:
        row = self._row(store)
        if not standing.online and row.standing is not None:
            standing = row.standing.model_copy(update={"online": False})
        pair = None if standing.manifest is None else (standing.manifest.term, standing.manifest.number)
        since = None if pair == in_force else row.differs_since or heard
        heard = row.heard if row.heard is not None and standing == row.standing else heard
        self._rows[store] = replace(row, standing=standing, heard=heard, differs_since=since)

    def differ(self, in_force: tuple[int, int], at: datetime) -> None:
        """A new manifest is in force."""
        for store, row in self._rows.items():
            said = None if row.standing is None else row.standing.manifest
            pair = None if said is None else (said.term, said.number)
            if row.standing is not None:
                since = None if pair == in_force else row.differs_since or at
                self._rows[store] = replace(row, differs_since=since)

    def note_plans(self, plans: Sequence[tuple[str, bytes, datetime]]) -> None:
        with self._memory.asking():
            kept = {store: (payload, at) for store, payload, at in plans if self.knows(store)}
            self._plans |= kept
            if kept:
                self._memory.committed()

    def plan_payload(self, store: str) -> bytes | None:
        with self._memory.asking():
            return self._plans[store][0] if store in self._plans and self.knows(store) else None

    def plan_payloads(self) -> Iterator[tuple[str, bytes]]:
        with self._memory.asking():
            found = [(store, payload) for store, (payload, _) in sorted(self._plans.items()) if self.knows(store)]
        yield from found

    def fleet(self) -> list[FleetRow]:
        with self._memory.asking():
            return [self._row(store) for store in sorted(self._enrolled) if self.knows(store)]

    def counts(self, halt: tuple[int, int] | None = None) -> FleetCounts:
        rows = self.fleet()
        halts = [row.standing.halt for row in rows if row.standing is not None and row.standing.halt is not None]
        return FleetCounts(len(rows), sum(row.standing is not None for row in rows),
                           sum(row.differs_since is not None for row in rows),
                           sum((each.term, each.number) == halt for each in halts))

    def fleet_row(self, store: str) -> FleetRow | None:
        with self._memory.asking():
            return self._row(store) if self.knows(store) else None

    def _row(self, store: str) -> FleetRow:
        plan_at = self._plans[store][1] if store in self._plans else None
        row = self._rows.get(store) or FleetRow(store, self._enrolled[store], None, None, None, None)
        return replace(row, enrolled=self._enrolled[store], plan_at=plan_at)


class FakeProof:
    """The `ProofMemory` port."""

    def __init__(self, memory: FakeHqMemory) -> None:
        self._memory = memory
        self._journals: dict[tuple[str, str], dict[int, JournalLine]] = {}
        self._heads: dict[tuple[str, str], Gapless] = {}

    def store_lines(
        self, lines: Iterable[tuple[str, str, Sequence[JournalLine]]], received: datetime,
    ) -> dict[tuple[str, str], int]:
        with self._memory.asking():
            found = {}
            for store, journal, said in lines:
                if not self._memory.fleet_rows.knows(store):
                    continue
                kept = self._journals.setdefault((store, journal), {})
                head = self._heads.setdefault((store, journal), Gapless())
                for line in said:
                    kept.setdefault(line.number, line)
                    head.stored(line.number)
                found[store, journal] = head.highest
            return found

    def lines(
        self, start: datetime, end: datetime, *, stores: Sequence[str] | None = None, kinds: Sequence[str] = (),
    ) -> Iterator[StoredLine]:
        with self._memory.asking():
            # Journals come in the order in which they were begun.
            journals = sorted(self._journals.items(), key=lambda pair: pair[0][0])
            found = [StoredLine(store, journal, line) for (store, journal), kept in journals
                     if stores is None or store in stores
                     for _, line in sorted(kept.items())
                     if start <= line.at < end and (not kinds or line.kind in kinds)]
        yield from found

    def lines_at(self, wanted: Iterable[tuple[str, str, int]]) -> list[StoredLine]:
        with self._memory.asking():
            return [StoredLine(store, journal, self._journals[store, journal][number])
                    for store, journal, number in set(wanted) if number in self._journals.get((store, journal), {})]

    def heads(self, store: str) -> dict[str, tuple[int, int]]:
        with self._memory.asking():
            return {journal: (self._heads[known, journal].highest, len(kept))
                    for (known, journal), kept in self._journals.items() if known == store}
