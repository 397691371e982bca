"""What HQ signs: the next versions of documents, the manifest that names them, the halt. Pure: no I/O, no clock.

Everything that the publisher does is one `Issue`: it is committed as a whole, and only then said to the broker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.errors import NotFound, Refused
from controller.hq.documents import (
    VERSIONS_A_TERM,
    Document,
    Halt,
    Kind,
    Manifest,
    Selector,
    Wave,
    Withdrawn,
    document_of,
)
from controller.hq.documents import Entry as Named
from controller.hq.in_force import InForce, entry_of, said_in, signed_by
from controller.hq.orders import VALID_DAYS, Answer
from controller.hq.ports import Published, Retained, RolloutRow
from controller.hq.sealed import digest_of
from controller.hq.signing import Keys
from controller.hq.topics import HALT, MANIFEST, document_topic
from controller.ports import Entry

#: A store whose clock is behind HQ's takes a document at once all the same.
LEEWAY = timedelta(hours=1)
#: How long a tombstone is named (rule 23), and for how long it can be accepted: some time longer.
KEEP_TOMBSTONE = timedelta(days=396)
_TOMBSTONE_VALID = timedelta(days=430)


@dataclass(frozen=True, slots=True)
class New:
    """A document to be: `body` None is a tombstone."""

    kind: Kind
    id: str
    body: Mapping[str, object] | None
    selector: Selector
    wave: Wave | None = None
    valid: timedelta = timedelta(days=VALID_DAYS)
    author: str = ""
    approver: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """One commit of the publisher (`ports.Papers.carry_out`). `manifest`: the new one, where there is one."""

    documents: tuple[Published, ...] = ()
    retained: tuple[Retained, ...] = ()
    rollouts: tuple[RolloutRow, ...] = ()
    entries: tuple[Entry, ...] = ()
    answer: Answer | None = None
    manifest: Manifest | None = None
    #: Said once and not retained, after the commit: topic and payload.
    messages: tuple[tuple[str, bytes, int], ...] = field(default=(), repr=False)

    def with_answer(self, answer: Answer, *entries: Entry) -> Issue:
        """The same, with the order's answer and what HQ's record says of it."""
        return replace(self, answer=answer, entries=(*self.entries, *entries))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: for an organisation, with its key, in a publisher's term."""

    organisation: str
    keys: Keys
    term: int

    def issue(self, force: InForce, new: Sequence[New], at: datetime) -> Issue:
        """The next version of each, and the manifest that names them. Raises Refused for what no store could take."""
        made = tuple(self._published(force, each, at) for each in new)
        manifest, payload = self.manifest(force, made, at)
        named = {(entry.kind, entry.id) for entry in manifest.entries}
        gone = [each.topic for key, each in force.newest.items() if key not in named]
        return Issue(made, (*(Retained(each.topic, each.payload) for each in made), Retained(MANIFEST, payload),
                            *(Retained(topic, b"") for topic in gone)), manifest=manifest)

    def manifest(self, force: InForce, made: Iterable[Published], at: datetime) -> tuple[Manifest, bytes]:
        """The next manifest, with `made` in it and without tombstones that are old enough, and its payload."""
        named: dict[tuple[str, str], Named] = {
            (each.kind, each.id): each for each in (() if force.manifest is None else force.manifest.entries)}
        named |= {(each.document.kind, each.document.id): entry_of(each) for each in made}
        for key in [key for key in named if key in force.newest and is_over(force.newest[key], at)]:
            del named[key]
        number = 1 if force.manifest is None else force.manifest.number + 1
        manifest = Manifest(organisation=self.organisation, term=self.term, number=number,
                            entries=tuple(named[key] for key in sorted(named)))
        try:
            return manifest, self.keys.seal(MANIFEST, manifest.model_dump(mode="json"))
        except Refused:
            raise Refused(f"HQ has {len(named):,} documents, with what was taken away in the last 13 months, and a "
                          "manifest has no room for so many. Write more into fewer documents.") from None

    def halt(self, force: InForce, withdrawn: Mapping[str, int]) -> Issue:
        """The next halt: those of before and `withdrawn`, each up to its highest version (rule 23)."""
        known = {("campaign", campaign) for campaign in force.halted} & force.newest.keys()
        whole = {campaign: version for campaign, version in force.halted.items() if ("campaign", campaign) in known}
        for campaign, version in withdrawn.items():
            whole[campaign] = max(version, whole.get(campaign, 0))
        number = 1 if force.halt is None else force.halt.number + 1
        halt = Halt(organisation=self.organisation, term=self.term, number=number, withdrawn=tuple(
            Withdrawn(campaign=campaign, version=version) for campaign, version in sorted(whole.items())))
        return Issue(retained=(Retained(HALT, self.keys.seal(HALT, halt.model_dump(mode="json"))),))

    def sealed_again(self, retained: Iterable[Retained]) -> list[Retained]:
        """The same content under today's key: what is signed with another one. A store takes it as the same."""
        return [Retained(each.topic, self.keys.seal(each.topic, said_in(each.payload))) for each in retained
                if each.payload and signed_by(each.payload) != self.keys.name]

    def _published(self, force: InForce, new: New, at: datetime) -> Published:
        before = force.newest.get((new.kind, new.id))
        version = max(self.term * VERSIONS_A_TERM, 0 if before is None else before.document.version + 1)
        said = {"organisation": self.organisation, "kind": new.kind, "id": new.id, "version": version,
                "selector": new.selector.model_dump(mode="json"),
                "wave": None if new.wave is None else new.wave.model_dump(mode="json"),
                "not_before": (at - LEEWAY).isoformat(), "expires": (at + new.valid).isoformat(),
                "body": None if new.body is None else dict(new.body)}
        document = document_of(said)
        said = document.model_dump(mode="json")
        topic = document_topic(new.kind, new.id)
        return Published(document, digest_of(said), topic, self.keys.seal(topic, said), self.term, new.author,
                         new.approver, new.note, at)


def is_over(published: Published, at: datetime) -> bool:
    """Whether it is a tombstone that has been named for long enough."""
    return published.document.gone and at - published.at >= KEEP_TOMBSTONE


def tombstone(document: Document, approver: str, note: str) -> New:
    """What says that a document is no more."""
    return New(document.kind, document.id, None, document.selector, valid=_TOMBSTONE_VALID, author=approver,
               approver=approver, note=note)


def again(published: Published, wave: Wave | None, note: str, by: str = "") -> New:
    """The same content in a new version, going as far as `wave`."""
    document = published.document
    body = None if document.body is None else document.body.model_dump(mode="json")
    valid = document.expires - document.not_before - LEEWAY
    return New(document.kind, document.id, body, document.selector, wave, valid, published.author,
               by or published.approver, note)


def live(force: InForce, kind: Kind, id_: str) -> Published:
    """The newest version of a document that is no tombstone. Raises NotFound."""
    found = force.newest.get((kind, id_))
    if found is None or found.document.gone:
        raise NotFound(f"There is no {kind} {id_} among what is published.")
    return found


def live_campaign(force: InForce, campaign: str) -> Published:
    """The same for a campaign that is not halted. Raises NotFound, Refused."""
    found = live(force, "campaign", campaign)
    if force.is_halted(campaign):
        raise Refused(f"{campaign} is halted. Revive it, or publish a new version.")
    return found
