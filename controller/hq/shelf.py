"""What a store has from HQ: documents it verified and keeps, the manifest in force, the halt. No I/O, no clock.

Documents come first and the manifest after them, but a broker gives retained messages in any order. So documents are
put on the shelf as they come, and a manifest is applied when every document in it is there, all at once; until then the
one before holds (`semantics.md`, rules 22 to 25). Whatever is refused changes nothing, and says why. Whether a manifest
fits the store's own part of the plan is found elsewhere (`fitting.py`): until then the one before is kept as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from controller.errors import Refused
from controller.hq.documents import Document, Entry, Halt, Manifest, document_of, halt_of, manifest_of
from controller.hq.sealed import Keyring, Opened, open_sealed
from controller.hq.store_ports import HALT_KIND, MANIFEST_KIND, Name, numbered
from controller.hq.topics import HALT, MANIFEST, document_of_topic


class Verdict(StrEnum):
    """What became of something that came. `alarm`: the same version twice with different content, which must not be."""

    TAKEN = "taken"
    SAME = "same"
    EARLY = "early"
    REFUSED = "refused"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Taken:
    """The verdict with a sentence; `until`: when something that came early can be taken.

    Whatever is `taken` is to be kept on disk under its `name`, topic and payload as they came, before anything is done
    about it.
    """

    verdict: Verdict
    words: str = ""
    until: datetime | None = None
    name: Name | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A document on the shelf, and the digest of what was signed."""

    document: Document
    digest: str

    @property
    def entry(self) -> Entry:
        """As it stands in a manifest."""
        return Entry(kind=self.document.kind, id=self.document.id, version=self.document.version, digest=self.digest)


_SAME = Taken(Verdict.SAME)


@dataclass(slots=True)
class Shelf:
    """One store's shelf. `organisation`: whose documents are taken; `keys`: HQ's, from enrolment and re-keying."""

    organisation: str
    keys: Keyring
    #: By kind and id, the version in force and a newer one that waits for its manifest.
    held: dict[tuple[str, str], dict[int, Held]] = field(default_factory=dict)
    manifest: Manifest | None = None
    waiting: Manifest | None = None
    halt: Halt | None = None
    #: The manifest before, for as long as it is not known whether the one in force fits here (`settle`, `refuse`).
    before: Manifest | None = None
    #: The newest whole manifest, where it does not fit here and an older one is in force.
    refused: Manifest | None = None
    #: What the waiting manifest names and is not here: of thousands of documents each is looked for once.
    _lacking: set[Entry] = field(default_factory=set)

    def take(self, topic: str, payload: bytes, now: datetime | None) -> Taken:
        """Take what came from HQ's broker. `now`: None while the store's clock is not trusted. Never raises."""
        return self._take(topic, payload, now, known=False)

    def restore(self, kept: Iterable[tuple[str, bytes]]) -> list[str]:
        """Put back what was taken before a restart, whatever its dates say now. Sentences for what is no good.

        `kept`: topics and payloads, manifests among them in the order in which they were taken.
        """
        amiss = []
        for topic, payload in sorted(kept, key=lambda each: document_of_topic(each[0]) is None):
            taken = self._take(topic, payload, None, known=True)
            if taken.verdict is not Verdict.TAKEN and taken.verdict is not Verdict.SAME:
                amiss.append(taken.words)
        return amiss

    # -- what is in force

    def missing(self) -> list[Entry]:
        """What the waiting manifest names and is not here yet."""
        if self.waiting is None:
            return []
        return [entry for entry in self.waiting.entries if self._held(entry) is None]

    def in_force(self) -> Iterator[Held]:
        """Every live document of the manifest in force, but for campaigns that are halted."""
        withdrawn = {} if self.halt is None else {each.campaign: each.version for each in self.halt.withdrawn}
        for entry in () if self.manifest is None else self.manifest.entries:
            held = self._held(entry)
            if held is None or held.document.gone:
                continue
            if entry.kind == "campaign" and entry.version <= withdrawn.get(entry.id, -1):
                continue
            yield held

    def settle(self) -> None:
        """The manifest in force fits here: the one before is not needed any more."""
        self.before = None

    def refuse(self) -> None:
        """The manifest in force does not fit here: the one before is in force again, or none where there is none."""
        self.refused = self.refused or self.manifest
        self.manifest, self.before = self.before, None

    def retry(self) -> None:
        """What did not fit may fit by now: it is in force again until it is refused again."""
        if self.refused is not None:
            self.before, self.manifest, self.refused = self.manifest, self.refused, None

    def manifests(self) -> list[Manifest]:
        """Every manifest that is needed here, the oldest first."""
        return [each for each in (self.before, self.manifest, self.refused, self.waiting) if each is not None]

    def surplus(self) -> list[Name]:
        """Kind, id and version of what neither the manifest in force nor a coming one can need: to be forgotten."""
        needed = {(e.kind, e.id, e.version) for manifest in self.manifests() for e in manifest.entries}
        found = []
        for (kind, document), versions in self.held.items():
            newest = max(versions)
            found += [(kind, document, v) for v in versions if v != newest and (kind, document, v) not in needed]
        return found

    def names(self) -> set[Name]:
        """Of all that is here, and so has to be kept on disk."""
        found = {(kind, document, version) for (kind, document), held in self.held.items() for version in held}
        found |= {numbered(MANIFEST_KIND, manifest) for manifest in self.manifests()}
        return found if self.halt is None else found | {numbered(HALT_KIND, self.halt)}

    def forget(self, surplus: Iterable[Name]) -> None:
        """Take them off the shelf."""
        for kind, document, version in surplus:
            self.held[kind, document].pop(version, None)

    # -- what comes

    def _take(self, topic: str, payload: bytes, now: datetime | None, *, known: bool) -> Taken:
        try:
            opened = open_sealed(topic, payload, self.keys)
            if topic == MANIFEST:
                return self._take_manifest(manifest_of(opened.said))
            if topic == HALT:
                return self._take_halt(halt_of(opened.said))
            named = document_of_topic(topic)
            if named is None:
                raise Refused(f"{topic} is no topic on which HQ speaks to all stores.")
            return self._take_document(named, opened, now, known)
        except Refused as refusal:
            return Taken(Verdict.REFUSED, str(refusal))

    def _take_document(self, named: tuple[str, str], opened: Opened, now: datetime | None, known: bool) -> Taken:
        document = document_of(opened.said)
        what = f"The {document.kind} {document.id}, version {document.version},"
        if (document.kind, document.id) != named:
            raise Refused(f"{what} came under the name of the {named[0]} {named[1]}.")
        self._ours(document.organisation, what)
        versions = self.held.get(named, {})
        same = versions.get(document.version)
        if same is not None:
            return _SAME if same.digest == opened.digest else Taken(
                Verdict.ALARM, f"{what} came a second time with other content; the first is kept.")
        if versions and document.version < max(versions) and not known:
            raise Refused(f"{what} is older than what is here, version {max(versions)}.")
        if not known:
            if now is None:
                return Taken(Verdict.EARLY, f"{what} waits until the time here is trusted: it has dates.")
            if now < document.not_before:
                return Taken(Verdict.EARLY, f"{what} is not valid before {document.not_before:%Y-%m-%d %H:%M} UTC.",
                             document.not_before)
            if now >= document.expires:
                raise Refused(f"{what} could be accepted until {document.expires:%Y-%m-%d %H:%M} UTC only.")
        held = self.held.setdefault(named, {})[document.version] = Held(document, opened.digest)
        self._lacking.discard(held.entry)
        self._apply_if_complete()
        return Taken(Verdict.TAKEN, name=(document.kind, document.id, document.version))

    def _take_manifest(self, manifest: Manifest) -> Taken:
        what = f"The manifest {manifest.term}.{manifest.number}"
        self._ours(manifest.organisation, what)
        newest = self.waiting or self.refused or self.manifest
        if newest is not None:
            pair, have = (manifest.term, manifest.number), (newest.term, newest.number)
            if pair < have:
                raise Refused(f"{what} is older than the one that is here, {newest.term}.{newest.number}.")
            if pair == have:
                return _SAME if manifest == newest else Taken(
                    Verdict.ALARM, f"{what} came a second time with other content; the first is kept.")
        self.waiting = manifest
        self._lacking = set(self.missing())
        self._apply_if_complete()
        return Taken(Verdict.TAKEN, name=numbered(MANIFEST_KIND, manifest))

    def _take_halt(self, halt: Halt) -> Taken:
        what = f"The halt {halt.term}.{halt.number}"
        self._ours(halt.organisation, what)
        if self.halt is not None:
            pair, have = (halt.term, halt.number), (self.halt.term, self.halt.number)
            if pair < have:
                raise Refused(f"{what} is older than the one that is here, {self.halt.term}.{self.halt.number}.")
            if pair == have:
                return _SAME if halt == self.halt else Taken(
                    Verdict.ALARM, f"{what} came a second time with other content; the first is kept.")
        self.halt = halt
        return Taken(Verdict.TAKEN, name=numbered(HALT_KIND, halt))

    def _ours(self, organisation: str, what: str) -> None:
        if organisation != self.organisation:
            raise Refused(f"{what} is of {organisation}, and this store belongs to {self.organisation}.")

    def _apply_if_complete(self) -> None:
        if self.waiting is not None and not self._lacking:
            self.before = self.before or self.manifest
            self.manifest, self.waiting, self.refused = self.waiting, None, None

    def _held(self, entry: Entry) -> Held | None:
        """The very document that an entry names, if it is here."""
        held = self.held.get((entry.kind, entry.id), {}).get(entry.version)
        return held if held is not None and held.digest == entry.digest else None
