"""What every part of the office has at hand: HQ's memory, the documents in force, the stores, and how orders are given.

Nothing is kept that another web worker would have to know: looks at the memory are used again for a moment only.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from controller.errors import NotFound, Refused
from controller.hq.asked import Recorded
from controller.hq.documents import Kind, Selector, StoreList
from controller.hq.in_force import InForce, placed
from controller.hq.orders import Answer
from controller.hq.ports import FleetMemory, FleetRow, Order, Papers, ProofMemory, Published
from controller.hq.selecting import Lists, is_selected
from controller.hq.shapes import OrderShown, StoreName
from controller.hq.wording import kind_name
from controller.ports import Actor, Clock, Entry
from profiles.text import t

#: Seconds that a change waits for the publisher's answer, and for which a look at the fleet is used again.
ANSWER_S, LOOK_S = 4.0, 1.0
_MOST_WAITS = 200


@dataclass(frozen=True, slots=True)
class Look:
    """The stores and the documents as they were at one time."""

    revision: int
    at: float
    force: InForce
    rows: tuple[FleetRow, ...]


class Room:
    """HQ's memory as the office sees it. Safe to use from several threads."""

    def __init__(
        self, papers: Papers, fleet: FleetMemory, clock: Clock, *, organisation: str,
        proof: ProofMemory | None = None, record: Recorded | None = None, answer_s: float = ANSWER_S,
        look_s: float = LOOK_S,
    ) -> None:
        """`organisation`: whose HQ it is. `proof`: the stores' journals; `record`: HQ's own. `answer_s`: how long an
        answer is waited for.
        """
        self.papers, self.fleet, self.clock, self.organisation = papers, fleet, clock, organisation
        self.proof, self.record = proof, record
        self._answer_s, self._look_s = answer_s, look_s
        self._looking = threading.Lock()
        self._last: Look | None = None

    def look(self) -> Look:
        """Stores and documents now. While stores report all the time, a look is used again for a second."""
        with self._looking:
            last, now = self._last, self.clock.monotonic()
            if last is not None and 0 <= now - last.at < self._look_s:
                return last
            revision = self.papers.revision()
            if last is None or last.revision != revision:
                force = InForce.read(self.papers)
                # What is in force stays the same value while it says the same: much is worked out of it once.
                last = Look(revision, now, last.force if last is not None and last.force == force else force,
                            tuple(self.fleet.fleet()))
            self._last = Look(last.revision, now, last.force, last.rows)
            return self._last

    def fresh(self) -> Look:
        """As `look`, and certainly not older than the question: before something is decided."""
        with self._looking:
            if self._last is not None:
                self._last = replace(self._last, at=-math.inf)
        return self.look()

    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    # -- orders

    def order(self, verb: str, body: Mapping[str, object], actor: Actor, about: Mapping[str, object]) -> OrderShown:
        """Leave an order for the publisher, and wait a little for its answer. Raises Refused where it was refused."""
        entry = Entry("order.given", {"verb": verb, "by": actor.name, **about})
        return self.answered(self.papers.give_order(verb, body, actor.name, self.now(), entry))

    def answered(self, order: Order) -> OrderShown:
        """What became of an order, or that it waits, after a few seconds. Raises Refused where it was refused."""
        until = self.clock.monotonic() + self._answer_s
        for _ in range(_MOST_WAITS):
            known = self.papers.order(order.number) or order
            left = until - self.clock.monotonic()
            if known.done is not None or left <= 0:
                order = known
                break
            self.papers.wait_for_news(self.papers.revision(), min(left, 0.25))
        shown = order_shown(order)
        if shown.state == "refused":
            raise Refused(shown.sentence)
        return shown


def order_shown(order: Order) -> OrderShown:
    """An order for people."""
    if order.done is None:
        return OrderShown(order.number, order.verb, order.by, order.at, "waiting",
                          t("It waits for the publisher, and will be done as soon as that is at work."))
    answer = Answer.of(order.answer or {})
    if answer.refused:
        return OrderShown(order.number, order.verb, order.by, order.at, "refused", answer.refused)
    return OrderShown(order.number, order.verb, order.by, order.at, "done", answer.said, answer.version)


# -- stores and documents


def store_name(row: FleetRow, why: str = "") -> StoreName:
    """A store in a list. One that never spoke has its id for a name."""
    place = None if row.standing is None else row.standing.place
    if place is None:
        return StoreName(row.store, row.store, None, (), why)
    return StoreName(row.store, place.name, place.country, place.tags, why)


def selected(selector: Selector, row: FleetRow, lists: Lists) -> bool:
    """Whether a selector names a store, as far as the store has said where it is."""
    return is_selected(selector, placed(row.store, None if row.standing is None else row.standing.place), lists)


def list_names(force: InForce) -> dict[str, str]:
    """The names of the lists of stores, by id."""
    return {each.id: each.body.name for each in force.documents if isinstance(each.body, StoreList)}


def published(force: InForce, kind: Kind, id_: str) -> Published | None:
    """The newest version of a document that is not deleted."""
    found = force.newest.get((kind, id_))
    return None if found is None or found.document.gone else found


def must_have(force: InForce, kind: Kind, id_: str) -> Published:
    """The same. Raises NotFound."""
    found = published(force, kind, id_)
    if found is None:
        raise NotFound(t("There is no {kind} {id} at HQ.", kind=kind_name(kind), id=id_[:63]))
    return found


def name_of_document(each: Published) -> str:
    """What a document is called."""
    name = getattr(each.document.body, "name", None)
    return name if isinstance(name, str) else t("limits") if each.document.kind == "limits" else each.document.id
