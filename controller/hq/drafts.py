"""`HqDrafts`: writing drafts, and their review by a second person. The door `doors.Drafts`, opened.

A draft is kept whether it is right or not. What is asked for review has to be right, and is looked at once more before
it is published; who wrote in a draft never approves it. Every step is in HQ's journal with what it changed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from controller.choosing import needs
from controller.errors import Conflict, Forbidden, NotFound, Refused
from controller.hq import checking
from controller.hq.documents import Kind
from controller.hq.drafting import (
    LONGEST_NOTE,
    Kept,
    Read,
    blank,
    checked_content,
    checked_id,
    checked_kind,
    checked_note,
    content_of,
    free_id,
    kept_of,
    name_of,
    no_draft,
    own_work,
    read,
    state_words,
    whole,
)
from controller.hq.facts import Facts
from controller.hq.in_force import InForce
from controller.hq.orders import Publish
from controller.hq.ports import Draft
from controller.hq.rolling_state import rollout_of
from controller.hq.room import Room, must_have, published
from controller.hq.shapes import DraftLine, DraftShown, OrderShown, Problem
from controller.hq.wording import changes
from controller.ports import Actor, Entry
from profiles.limits import Person
from profiles.text import t

#: Differences that an entry of the journal tells.
_MOST_TOLD = 20


class HqDrafts:
    """Drafts in HQ's memory. Safe to use from several threads and processes."""

    def __init__(self, room: Room, facts: Facts) -> None:
        """`facts`: what is known of the stores' own plans."""
        self.room, self.facts = room, facts

    # ── looking ─────────────────────────────────────────────────────────────────────

    def drafts(self, kind: Kind | None = None) -> list[DraftLine]:
        """Those that are not published yet, the newest change first."""
        force = self.room.look().force
        return [self._line(each, force) for each in self.room.papers.drafts(kind) if not self._is_out(each)]

    def draft(self, kind: Kind, id_: str, actor: Actor) -> DraftShown:
        """One draft with what is wrong in it; else what is published, to be changed. Raises NotFound."""
        found = self._draft(kind, id_)
        if found is not None:
            return self._shown(found, actor)
        must_have(self.room.fresh().force, checked_kind(kind), id_)
        content = self.content(kind, id_)
        line = DraftLine(kind, id_, name_of(id_, content), "draft", t("not changed yet"), actor.name, self.room.now(),
                         0, self._published(kind, id_, self.room.look().force))
        may = ("save",) if actor.person.may(Person.EDITOR) else ()
        return DraftShown(line, content, self.check(kind, id_, content), may=may)

    def blank(self, kind: Kind) -> dict[str, Any]:
        """Content to begin a new document with."""
        return blank(checked_kind(kind))

    def free_id(self, kind: Kind, name: str) -> str:
        """An id that nobody has, of whatever kind."""
        checked_kind(kind)
        taken = {id_ for _, id_ in self.room.fresh().force.newest} | {each.id for each in self.room.papers.drafts()}
        return free_id(name, taken)

    def check(self, kind: Kind, id_: str, content: Mapping[str, object]) -> tuple[Problem, ...]:
        """What is wrong with a content at first sight."""
        found, problems = read(checked_kind(kind), checked_id(id_), checked_content(content))
        return problems if found is None else tuple(checking.light(found, self.room.look(), self.facts))

    # ── writing ─────────────────────────────────────────────────────────────────────

    def save(
        self, kind: Kind, id_: str, content: Mapping[str, object], seen: int | None, actor: Actor,
    ) -> DraftShown:
        """Keep a draft, right or not; one in review is a draft again. Raises Forbidden, Refused, Conflict."""
        needs(actor, Person.EDITOR)
        kind, id_, written = checked_kind(kind), checked_id(id_), checked_content(content)
        before = self._draft(kind, id_)
        self._same(before, seen)
        kept = None if before is None else kept_of(before)
        authors = () if kept is None else kept.authors
        was: Mapping[str, object] = kept.content if kept is not None else (
            self.content(kind, id_) if published(self.room.fresh().force, kind, id_) else {})
        told = [asdict(each) for each in changes(whole(kind, id_, was) if was else {}, whole(kind, id_, written))]
        return self._put(Draft(kind, id_, 0, "draft", {}, actor.name, self.room.now()),
                         Kept(content=written, authors=tuple(dict.fromkeys((*authors, actor.name)))), before, actor,
                         Entry("draft.saved", {"kind": kind, "id": id_, "by": actor.name,
                                               "changes": told[:_MOST_TOLD]}))

    def submit(self, kind: Kind, id_: str, seen: int, actor: Actor, note: str = "") -> DraftShown:
        """Ask for a review. Raises Forbidden, NotFound, Conflict; Refused with every error, one a line."""
        needs(actor, Person.EDITOR)
        before = self._must(kind, id_, seen)
        kept = kept_of(before)
        self._sound(kind, id_, kept.content)
        note = checked_note(note)
        if note:
            kept = kept.model_copy(update={"content": {**kept.content, "note": note}})
        return self._put(replace(before, state="review", reviewer="", note="", at=self.room.now()), kept, before, actor,
                         Entry("draft.submitted", {"kind": kind, "id": id_, "by": actor.name, "note": note}))

    def discard(self, kind: Kind, id_: str, actor: Actor) -> None:
        """Throw a draft away. Raises Forbidden, NotFound."""
        needs(actor, Person.EDITOR)
        found = self._draft(kind, id_)
        if found is None:
            raise NotFound(no_draft(kind, id_))
        if found.state == "approved" and not self._is_stuck(found, kept_of(found)):
            raise Refused(t("It is approved and on its way out; it cannot be thrown away any more."))
        self.room.papers.drop_draft(kind, id_, self.room.now(),
                                    Entry("draft.discarded", {"kind": kind, "id": id_, "by": actor.name}))

    # ── review ──────────────────────────────────────────────────────────────────────

    def approve(self, kind: Kind, id_: str, seen: int, actor: Actor, note: str = "") -> OrderShown:
        """Publish what a second person has read. Raises Forbidden, NotFound, Refused, Conflict."""
        needs(actor, Person.APPROVER)
        before = self._must(kind, id_, seen)
        kept = kept_of(before)
        if before.state != "review" and not self._is_stuck(before, kept):
            raise Refused(t("This draft does not wait for a review."))
        if actor.name in kept.authors:
            raise Forbidden(own_work(actor.name))
        found = self._sound(kind, id_, kept.content)
        note = checked_note(note) or found.said.note
        entry = Entry("draft.approved", {"kind": kind, "id": id_, "by": actor.name, "authors": list(kept.authors),
                                         "note": note})
        approved = replace(before, state="approved", reviewer=actor.name, at=self.room.now())
        self._put(approved, kept, before, actor, entry)
        order = Publish(kind=kind, id=id_, body=found.body_json(), selector=found.said.selector,
                        stages=found.said.stages, thresholds=found.said.thresholds,
                        author=", ".join(kept.authors)[:120], note=note)
        return self._ordered(kind, id_, order, actor)

    def give_back(self, kind: Kind, id_: str, seen: int, note: str, actor: Actor) -> DraftShown:
        """Return it to who wrote it. Raises Forbidden, NotFound, Refused, Conflict."""
        needs(actor, Person.APPROVER)
        before = self._must(kind, id_, seen)
        if before.state != "review":
            raise Refused(t("This draft does not wait for a review."))
        note = checked_note(note)
        if not note:
            raise Refused(t("Say in a note what is to be changed."))
        return self._put(replace(before, state="returned", reviewer=actor.name, note=note, at=self.room.now()),
                         kept_of(before), before, actor,
                         Entry("draft.returned", {"kind": kind, "id": id_, "by": actor.name, "note": note}))

    def reviews_waiting(self, actor: Actor) -> int:
        """How many drafts wait for a review by this person. Never raises."""
        if not actor.person.may(Person.APPROVER):
            return 0
        try:
            return sum(each.state == "review" and actor.name not in kept_of(each).authors
                       for each in self.room.papers.drafts())
        except Exception:
            return 0

    # ── for the other parts of the office ───────────────────────────────────────────

    def content(self, kind: Kind, id_: str) -> dict[str, Any]:
        """The content that makes what is published, for changing it. Raises NotFound."""
        document = must_have(self.room.look().force, kind, id_).document
        row = self.room.papers.rollout(id_) if kind == "campaign" else None
        rollout = None if row is None else rollout_of(row)
        return content_of(document, () if rollout is None else rollout.stages,
                          None if rollout is None else rollout.thresholds)

    def shown_draft(self, kind: Kind, id_: str, actor: Actor) -> DraftShown | None:
        """The draft, if there is one."""
        found = self._draft(kind, id_)
        return None if found is None else self._shown(found, actor)

    # ── within ──────────────────────────────────────────────────────────────────────

    def _draft(self, kind: Kind, id_: str) -> Draft | None:
        """A draft that is not published yet. One that is, is taken away here: the publisher has answered meanwhile."""
        found = self.room.papers.draft(kind, id_)
        if found is None or not self._is_out(found):
            return found
        self.room.papers.drop_draft(kind, id_, self.room.now(), Entry("draft.published", {"kind": kind, "id": id_}))
        return None

    def _is_out(self, draft: Draft) -> bool:
        """Whether the order that publishes an approved draft was carried out."""
        if draft.state != "approved":
            return False
        kept = kept_of(draft)
        order = None if kept.order is None else self.room.papers.order(kept.order)
        return order is not None and order.done is not None and not (order.answer or {}).get("refused")

    def _is_stuck(self, draft: Draft, kept: Kept) -> bool:
        """Approved, and never ordered: HQ ended in between. Whoever may approve it, may do so again."""
        return draft.state == "approved" and kept.order is None

    def _must(self, kind: Kind, id_: str, seen: int) -> Draft:
        found = self._draft(checked_kind(kind), id_)
        if found is None:
            raise NotFound(no_draft(kind, id_))
        self._same(found, seen)
        return found

    def _same(self, found: Draft | None, seen: int | None) -> None:
        if (0 if found is None else found.revision) != (seen or 0):
            raise Conflict(t("Somebody else has changed this draft meanwhile. Look at it again, then decide.")
                           if found is not None else
                           t("This draft is not there any more: it was published or discarded meanwhile."))

    def _sound(self, kind: Kind, id_: str, content: Mapping[str, object]) -> Read:
        """The draft as what it is to be. Raises Refused with every error, one a line."""
        found, problems = read(kind, id_, content)
        if found is not None:
            problems = tuple(checking.whole(found, self.room, self.facts))
        wrong = [f"{each.field}: {each.sentence}" if each.field else each.sentence
                 for each in problems if each.level == "error"]
        if wrong or found is None:
            raise Refused("\n".join(wrong))
        return found

    def _put(self, draft: Draft, kept: Kept, before: Draft | None, actor: Actor, entry: Entry) -> DraftShown:
        made = self.room.papers.put_draft(replace(draft, content=kept.model_dump(mode="json")),
                                          None if before is None else before.revision, entry)
        return self._shown(made, actor)

    def _ordered(self, kind: Kind, id_: str, publish: Publish, actor: Actor) -> OrderShown:
        """Give the order; the draft goes when it was carried out, and is returned where it was refused."""
        papers = self.room.papers
        approved = papers.draft(kind, id_)
        try:
            shown = self.room.order("publish", publish.model_dump(mode="json"), actor, {"kind": kind, "id": id_})
        except Refused as refusal:
            if approved is not None:
                note = t("The publisher refused it: {why}", why=str(refusal))[:LONGEST_NOTE]
                self._put(replace(approved, state="returned", note=note), kept_of(approved), approved, actor,
                          Entry("draft.returned", {"kind": kind, "id": id_, "by": "", "note": note}))
            raise
        if approved is not None:
            # Who changed it in this moment has a draft of what is published now.
            with contextlib.suppress(Conflict):
                self._put(approved, kept_of(approved).model_copy(update={"order": shown.number}), approved, actor,
                          Entry("draft.ordered", {"kind": kind, "id": id_, "order": shown.number}))
        self._draft(kind, id_)
        return shown

    def _line(self, draft: Draft, force: InForce) -> DraftLine:
        kept = kept_of(draft)
        return DraftLine(draft.kind, draft.id, name_of(draft.id, kept.content), draft.state, state_words(draft),
                         draft.author, draft.at, draft.revision, self._published(draft.kind, draft.id, force))

    def _shown(self, draft: Draft, actor: Actor) -> DraftShown:
        kept = kept_of(draft)
        problems = self.check(draft.kind, draft.id, kept.content)
        wrong = any(each.level == "error" for each in problems)
        may = [] if not actor.person.may(Person.EDITOR) else ["save", "discard"] + (
            ["submit"] if draft.state in ("draft", "returned") and not wrong else [])
        why_not = ""
        if actor.person.may(Person.APPROVER) and (draft.state == "review" or self._is_stuck(draft, kept)):
            may += ["return"] if draft.state == "review" else []
            if actor.name in kept.authors:
                why_not = own_work(actor.name)
            else:
                may.append("approve")
        return DraftShown(self._line(draft, self.room.look().force), kept.content, problems, kept.authors,
                          draft.reviewer, draft.note, tuple(may), why_not)

    @staticmethod
    def _published(kind: Kind, id_: str, force: InForce) -> int | None:
        found = published(force, kind, id_)
        return None if found is None else found.document.version
