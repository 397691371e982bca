"""What the publisher does in a round: orders, waves, renewals, keys. Each is committed first and said afterwards.

Without threads and without a broker: `controller.hq.publisher` gives it both.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.errors import Conflict, Refused
from controller.hq.board import Board
from controller.hq.carrying import (
    Desk,
    carried,
    due_for_renewal,
    further,
    renewed,
    said_anew,
    stuck,
    withdrawn_before,
)
from controller.hq.documents import halt_of, manifest_of
from controller.hq.in_force import InForce
from controller.hq.issuing import Issue, Issuer, is_over
from controller.hq.orders import Answer, Rekey, body_of
from controller.hq.ports import Fenced, FleetMemory, FleetRow, Order, Papers, ProofMemory, Retained, RolloutRow
from controller.hq.rolling import KINDS, advanced, judged, seen
from controller.hq.rolling_state import State, rollout_of
from controller.hq.rollout import Seen
from controller.hq.rotation import progress, request_for, to_ask
from controller.hq.sealed import Unsigned, open_sealed
from controller.hq.signing import KeyFile, Keys
from controller.hq.topics import HALT, MANIFEST
from controller.ports import Entry

_log = logging.getLogger(__name__)

#: Journals arrive late, and stores' clocks go ahead.
_AHEAD = timedelta(days=2)
#: To be said once and not retained: topic, payload, seconds until it is of no use.
Once = tuple[str, bytes, int]


@dataclass(slots=True)
class Rounds:
    """The publisher's work, as the one who holds the lock. `board`: what the broker has to hold."""

    papers: Papers
    fleet: FleetMemory
    proof: ProofMemory
    organisation: str
    key_file: KeyFile
    keys: Keys
    board: Board = field(default_factory=Board)
    term: int = 0
    force: InForce = field(default_factory=lambda: InForce(None, None, {}))
    #: Whether a change of keys goes on, as of the last look.
    rotating: bool = True
    _rollouts: dict[str, RolloutRow] = field(default_factory=dict)
    _asked: dict[str, datetime] = field(default_factory=dict)
    _requests: int = 0

    # -- what is in force

    def read(self) -> None:
        """Take up what is in the database. Raises Unavailable."""
        retained = self.papers.retained()
        self.force = InForce.of(self.papers.newest(), retained)
        self._rollouts = {row.campaign: row for row in self.papers.rollouts()}
        self.board.post(retained)

    def settle(self, retained: Mapping[str, bytes], at: datetime) -> None:
        """Begin a term above what the broker retained (rule 24), and be ahead of it where this database is behind:
        after it was restored from a copy. Raises Unavailable, Refused.
        """
        manifest, halt = self._opened(MANIFEST, retained), self._opened(HALT, retained)
        named = None if manifest is None else manifest_of(manifest)
        halted = None if halt is None else halt_of(halt)
        highest = max([each.term for each in (named, halted) if each is not None], default=0)
        if self.term == 0 or highest > self.term:
            self.term = self.papers.raise_term(highest)
            _log.info("the publisher's term is %d", self.term)
        self._sign_anew(at)
        before = self.force.halt
        if halted is not None and (before is None or (halted.term, halted.number) > (before.term, before.number)):
            _log.warning("The broker has a newer halt than the database: what it withdraws stays withdrawn.")
            self._commit(withdrawn_before(self._desk(at), halted, at), at)
        behind = named is not None and self.force.pair < (named.term, named.number)
        if behind:
            _log.warning("The broker has a newer manifest than the database, which was restored from a copy: "
                         "the database holds from now on.")
            self._commit(said_anew(self._desk(at), at), at)
        elif self.force.manifest is None:
            self._commit(self._issuer.issue(self.force, (), at), at)

    # -- orders

    def orders(self, at: datetime) -> list[Once]:
        """Carry out what is open, one after the other; what is to be said once. Raises Unavailable, Fenced."""
        said: list[Once] = []
        for order in self.papers.open_orders():
            said += self._carry_out(order, at)
        return said

    def _carry_out(self, order: Order, at: datetime) -> Sequence[Once]:
        try:
            issue = self._rekeyed(order) if order.verb == "rekey" else carried(self._desk(at), order, at)
        except Refused as refusal:
            issue = Issue(answer=Answer(refused=str(refusal)), entries=(Entry("order.refused", {
                "order": order.number, "verb": order.verb, "why": str(refusal)}),))
        if not self._commit(issue, at, order.number):
            return ()
        if order.verb == "rekey":
            self._sign_anew(at)
        return issue.messages

    # -- by itself

    def rollouts(self, at: datetime) -> None:
        """Look at every rollout that runs, and let it go on, wait, ask or stop. Raises Unavailable, Fenced."""
        running = [row for row in self._rollouts.values() if row.state == State.RUNNING]
        rows = self.fleet.fleet() if running else []
        for row in running:
            try:
                issue = self._judged(row, rows, at)
            except Refused as refusal:
                _log.error("the rollout of %s cannot go on: %s", row.campaign, refusal)
                issue = stuck(row, str(refusal), at)
            if issue is not None:
                self._commit(issue, at)

    def _judged(self, row: RolloutRow, rows: Sequence[FleetRow], at: datetime) -> Issue | None:
        rollout = rollout_of(row)
        found = judged(rollout, self._seen(row, rows, at), at)
        if found is None:
            return None
        if found.wave is not None:
            words = f"Wave {rollout.stage + 1} has passed; wave {rollout.stage + 2} has begun."
            desk = self._desk(at)
            issue = further(desk, row, advanced(found.rollout, desk.next_pair, at, words), at)
            return replace(issue, entries=(Entry("rollout.advanced", {
                "campaign": row.campaign, "wave": rollout.stage + 2, "by": ""}),))
        entries = () if found.state == State.RUNNING else (Entry(f"rollout.{found.state.value}", {
            "campaign": row.campaign, "wave": rollout.stage + 1, "why": found.rollout.words,
            "stores": found.rollout.stores, "failed": found.rollout.failed}),)
        if found.state is State.STOPPED:
            _log.warning("the rollout of %s has stopped: %s", row.campaign, found.rollout.words)
        return Issue(rollouts=(found.rollout.row(row.campaign, row.version, found.state, at),), entries=entries)

    def renewals(self, at: datetime) -> None:
        """Renew what stores could not accept for much longer; drop tombstones that were named long enough."""
        due = due_for_renewal(self.force, at)
        try:
            if due:
                self._commit(renewed(self._desk(at), due, at), at)
        except Refused as refusal:
            _log.error("What stores will not be able to accept for much longer cannot be renewed: %s", refusal)
        named = () if self.force.manifest is None else self.force.manifest.entries
        if any(is_over(self.force.newest[entry.kind, entry.id], at) for entry in named
               if (entry.kind, entry.id) in self.force.newest):
            self._commit(self._issuer.issue(self.force, (), at), at)

    def rotation(self, at: datetime) -> list[Once]:
        """Go on with a change of keys; what is to be said to stores. Raises Unavailable, Fenced."""
        rows = self.fleet.fleet()
        if progress(self.keys, rows).may_finish:
            self.keys = self.key_file.use_next()
            self._commit(Issue(entries=(Entry("key.changed", {"key": self.keys.name, "by": ""}),)), at)
            self._sign_anew(at)
        said: list[Once] = []
        for row in to_ask(self.keys, rows, self._asked, at):
            self._asked[row.store] = at
            self._requests += 1
            id_ = f"k{self.term}-{self._requests:06d}"
            said.append(request_for(self.keys, self.organisation, row.store, id_, at))
        self.rotating = self.keys.coming is not None or bool(said)
        return said

    # -- within

    @property
    def _issuer(self) -> Issuer:
        return Issuer(self.organisation, self.keys, self.term)

    def _desk(self, at: datetime) -> Desk:
        rows: list[FleetRow] = []

        def fleet() -> Sequence[FleetRow]:
            rows[:] = rows or self.fleet.fleet()
            return rows
        return Desk(self._issuer, self.force, self._rollouts, fleet, lambda row: self._seen(row, fleet(), at))

    def _seen(self, row: RolloutRow, rows: Sequence[FleetRow], at: datetime) -> Mapping[str, Seen]:
        rollout = rollout_of(row)
        published = self.force.newest.get(("campaign", row.campaign))
        if published is None or published.document.gone:
            raise Refused(f"There is no campaign {row.campaign} among what is published.")
        lines = self.proof.lines(rollout.since, at + _AHEAD, kinds=KINDS)
        return seen(published.document, rollout, rows, self.force, lines)

    def _rekeyed(self, order: Order) -> Issue:
        body: Rekey = body_of(order.verb, order.body)
        self.keys = self.key_file.prepare_next() if body.step == "begin" else self.key_file.use_next()
        self.rotating = True
        words = "Every store is asked to believe the next key." if body.step == "begin" else \
            "Everything is signed with the next key."
        return Issue(answer=Answer(words), entries=(Entry("key.changing" if body.step == "begin" else "key.changed", {
            "key": self.keys.coming_name or self.keys.name, "by": order.by}),))

    def _sign_anew(self, at: datetime) -> None:
        """See that all that is retained bears today's key."""
        again = self._issuer.sealed_again(self.papers.retained())
        if again:
            self._commit(Issue(retained=tuple(again)), at)

    def _commit(self, issue: Issue, at: datetime, order: int | None = None) -> bool:
        """Whether it was committed; False where the database is not as it was thought to be, and was read again."""
        pair = None if issue.manifest is None else (issue.manifest.term, issue.manifest.number)
        try:
            self.papers.carry_out(
                self.term, at, documents=issue.documents, retained=issue.retained, rollouts=issue.rollouts,
                order=order, answer=None if issue.answer is None else issue.answer.as_json(), entries=issue.entries,
                in_force=pair)
        except Fenced:
            raise
        except Conflict as conflict:
            _log.warning("what was to be committed does not fit any more, and is left: %s", conflict)
            self.read()
            return False
        self._rollouts |= {row.campaign: row for row in issue.rollouts}
        if issue.documents or issue.retained:
            newest = dict(self.force.newest)
            newest.update(((each.document.kind, each.document.id), each) for each in issue.documents)
            self.board.post(issue.retained)
            self.force = InForce.of(newest.values(), (Retained(*each) for each in self.board.want.items()))
        return True

    def _opened(self, topic: str, retained: Mapping[str, bytes]) -> dict[str, object] | None:
        """What of ours the broker holds on a topic; what HQ did not sign counts for nothing, and is replaced."""
        payload = retained.get(topic, b"")
        try:
            return open_sealed(topic, payload, self.keys.ring()).said if payload else None
        except Unsigned as strange:
            _log.warning("what the broker holds is not HQ's, and is replaced: %s", strange)
            return None
