"""`HqLibrary`: what is published, versions and how they differ, one step back, deletion. The door `doors.Library`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.choosing import needs
from controller.errors import Conflict, NotFound, Refused
from controller.hq import checking
from controller.hq.documents import Kind
from controller.hq.drafting import checked_kind, content_of, kept_of, read, whole
from controller.hq.drafts import HqDrafts
from controller.hq.facts import Facts
from controller.hq.in_force import InForce
from controller.hq.ports import Published
from controller.hq.room import Look, Room, list_names, must_have, name_of_document, selected
from controller.hq.shapes import DocumentDifference, DocumentLine, DocumentShown, DraftShown, OrderShown, Problem
from controller.hq.wording import changes, difference_sentence, kind_name, selector_words
from controller.ports import Actor
from controller.wording_values import listed
from profiles.limits import Person
from profiles.text import t


class HqLibrary(HqDrafts):
    """Documents in HQ's memory."""

    def __init__(self, room: Room, facts: Facts) -> None:
        """`facts`: what is known of the stores' own plans."""
        super().__init__(room, facts)
        self._editions: dict[tuple[str, str, int], int] = {}

    def documents(self, kind: Kind | None = None, gone: bool = False) -> list[DocumentLine]:
        """The newest version of each, by name; `gone`: deleted ones too."""
        look = self.room.look()
        states: dict[tuple[str, str], str] = {
            (each.kind, each.id): each.state for each in self.room.papers.drafts(kind)}
        found = [self._document_line(each, look, states) for each in look.force.newest.values()
                 if kind in (None, each.document.kind) and (gone or not each.document.gone)]
        return sorted(found, key=lambda line: (line.name.casefold(), line.id))

    def document(self, kind: Kind, id_: str) -> DocumentShown:
        """One with its versions. Raises NotFound."""
        versions = self._versions(kind, id_)
        return self._document_shown(versions, versions[0])

    def version(self, kind: Kind, id_: str, version: int) -> DocumentShown:
        """One of its versions. Raises NotFound."""
        versions = self._versions(kind, id_)
        return self._document_shown(versions, _one(versions, version))

    def difference(self, kind: Kind, id_: str, before: int | None, after: int) -> DocumentDifference:
        """What was written differently. `before` None: what came before `after`; `after` 0: the draft."""
        versions = self.room.papers.versions(checked_kind(kind), id_)
        if after == 0:
            draft = self.room.papers.draft(kind, id_)
            if draft is None:
                raise NotFound(t("There is no draft of the {kind} {id}.", kind=kind_name(kind), id=id_[:63]))
            now, earlier = whole(kind, id_, kept_of(draft).content), versions
        else:
            now = _whole_of(_one(versions, after))
            earlier = [each for each in versions if each.document.version < after]
        old = _one(versions, before) if before is not None else earlier[0] if earlier else None
        was: Mapping[str, object] = {} if old is None else _whole_of(old)
        if after == 0 and old is not None:
            # How a rollout went is not kept with a version, so waves of a draft have nothing to be compared with.
            now = {name: part for name, part in now.items() if name in was}
        found = changes(_bare(was), _bare(now))
        return DocumentDifference(None if old is None else old.document.version, after, difference_sentence(found),
                                  found)

    def restore(self, kind: Kind, id_: str, version: int, actor: Actor) -> DraftShown:
        """Make a draft of an earlier version. Raises NotFound, Forbidden, Conflict."""
        needs(actor, Person.EDITOR)
        found = _one(self._versions(kind, id_), version)
        if found.document.gone:
            raise Refused(t("Version {version} says that it is deleted; choose an earlier one.", version=version))
        if self._draft(kind, id_) is not None:
            raise Conflict(t("There is a draft of it already: discard that first."))
        return self.save(kind, id_, content_of(found.document), None, actor)

    def retract(self, kind: Kind, id_: str, reason: str, actor: Actor) -> OrderShown:
        """Delete it everywhere. Raises Forbidden, NotFound; Refused while something refers to it."""
        needs(actor, Person.APPROVER)
        reason = " ".join(reason.split())[:400]
        if not reason:
            raise Refused(t("Say why it is deleted."))
        look = self.room.fresh()
        must_have(look.force, checked_kind(kind), id_)
        users = used_by(kind, id_, look.force)
        if users:
            raise Refused(t("It cannot be deleted while it is used by {users}.", users=listed(users[:5])))
        return self.room.order("delete", {"kind": kind, "id": id_, "note": reason}, actor, {
            "kind": kind, "id": id_, "reason": reason})

    # ── within ──────────────────────────────────────────────────────────────────────

    def line_of(self, each: Published, look: Look) -> DocumentLine:
        """A document in a list."""
        states: dict[tuple[str, str], str] = {}
        draft = self.room.papers.draft(each.document.kind, each.document.id)
        if draft is not None:
            states[draft.kind, draft.id] = draft.state
        return self._document_line(each, look, states)

    def version_lines(self, versions: list[Published], look: Look) -> tuple[DocumentLine, ...]:
        """The versions of one document, the newest first."""
        numbers = editions(versions)
        return tuple(self._document_line(each, look, {}, numbers[each.document.version]) for each in versions)

    def _versions(self, kind: Kind, id_: str) -> list[Published]:
        found = self.room.papers.versions(checked_kind(kind), id_)
        if not found:
            raise NotFound(t("There is no {kind} {id} at HQ.", kind=kind_name(kind), id=id_[:63]))
        return found

    def _document_shown(self, versions: list[Published], one: Published) -> DocumentShown:
        look, document = self.room.look(), one.document
        lines = self.version_lines(versions, look)
        line = next(each for each in lines if each.version == document.version)
        content = None if document.gone else content_of(document)
        problems: list[Problem] = []
        if content is not None:
            found, _ = read(document.kind, document.id, content)
            problems = [] if found is None else checking.light(found, look, self.facts)
        return DocumentShown(line, lines, content, tuple(each for each in problems if each.level == "warning"),
                             tuple(used_by(document.kind, document.id, look.force)))

    def _document_line(
        self, each: Published, look: Look, states: Mapping[tuple[str, str], str], edition: int | None = None,
    ) -> DocumentLine:
        document = each.document
        if edition is None:
            edition = self._edition(document.kind, document.id, document.version)
        stores = sum(row.standing is not None and selected(document.selector, row, look.force.lists)
                     for row in look.rows)
        return DocumentLine(
            document.kind, document.id, self._name(each), document.version, edition, each.at, each.author,
            each.approver, each.note, document.gone, selector_words(document.selector, list_names(look.force)), stores,
            states.get((document.kind, document.id), ""))

    def _edition(self, kind: Kind, id_: str, version: int) -> int:
        """The edition of a version: what was published stays as it is, so its versions are asked for once."""
        if (kind, id_, version) not in self._editions:
            self._editions[kind, id_, version] = editions(self.room.papers.versions(kind, id_)).get(version, 1)
        return self._editions[kind, id_, version]

    def _name(self, each: Published) -> str:
        """What a document is called; one that is deleted, as it was called before."""
        if not each.document.gone:
            return name_of_document(each)
        before = [one for one in self.room.papers.versions(each.document.kind, each.document.id)
                  if not one.document.gone]
        return name_of_document(before[0]) if before else each.document.id


def editions(versions: list[Published]) -> dict[int, int]:
    """The number of each version as people count: from 1, one more each time that something was written differently.

    The waves of a rollout and new dates are versions too, with the same content.
    """
    found: dict[int, int] = {}
    count, last = 0, None
    for each in sorted(versions, key=lambda one: one.document.version):
        content = None if each.document.gone else (each.document.body, each.document.selector)
        if count == 0 or content != last:
            count, last = count + 1, content
        found[each.document.version] = count
    return found


def used_by(kind: Kind, id_: str, force: InForce) -> list[str]:
    """Names of the documents in force that refer to one, by name."""
    users = []
    for each in force.documents:
        content = content_of(each)
        found, _ = read(each.kind, each.id, content)
        if found is None or (each.kind, each.id) == (kind, id_):
            continue
        in_wave = each.wave is not None and kind == "store-list" and id_ in each.wave.lists
        if in_wave or (kind, id_) in checking.referred(found):
            users.append(getattr(each.body, "name", each.id))
    return sorted(users)


def _one(versions: list[Published], version: int) -> Published:
    for each in versions:
        if each.document.version == version:
            return each
    raise NotFound(t("There is no version {version} of this document.", version=version))


def _whole_of(published: Published) -> Mapping[str, object]:
    document = published.document
    return {"body": {}} if document.gone else whole(document.kind, document.id, content_of(document))


def _bare(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content without what is no part of a version: notes, and how a rollout goes."""
    return {name: part for name, part in content.items() if name in ("body", "selector")}
