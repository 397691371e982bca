
"""Watches of the record: the journal's chain is whole and has everything, and choices stand in the memory as made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from controller.choosing import journal_settings
from controller.hunting.bystander import Bystander
from controller.ports import Entry, JournalEntry
from controller.scenarios.model import Press, Step
from controller.storage.chain import GENESIS, hash_of, verify_journal
from profiles.plan import Override
from profiles.scene import Field

#: What an accepted step leaves in the journal.
_LEAVES = {"press": "override.pressed", "nudge": "feedback.complaint", "undo": "override.undone",
           "stop": "stop.pressed", "resume": "stop.ended", "publish": "plan.published"}
#: Who acts where a step names nobody (`controller.virtual.store.SOMEBODY`).
_SOMEBODY = "Elin"
_MOMENT = timedelta(seconds=1.5)
#: A change of a zone is written down within so many seconds.
_WRITTEN_S = 5.0
#: The journal is read by so many entries.
_PAGE = 500


class JournalComplete:
    """Numbers without a gap, a chain of hashes that holds, an entry for all that people did and every change of a zone.
    """

    rule = "journal-complete"

    def __init__(self, bystander: Bystander) -> None:
        """From the first entry on."""
        self._here = bystander
        self._number, self._hash, self._id = 0, GENESIS, ""
        self._broken: list[str] = []
        self._changed: dict[str, Mapping[str, object]] = {}
        self._held: dict[str, bool] = {}
        self._due: dict[str, float] = {}

    def happened(self, step: Step, refused: str) -> None:
        """What people did is written down by the time it is accepted."""
        written = self._read()
        kind = _LEAVES.get(step.verb)
        if kind is None or (refused and step.nudge is None):
            return
        found = [entry for entry in written if entry.kind == kind]
        if not found:
            if self._leaves_nothing(step, refused):
                return
            self._broken.append(f"A {step.verb} was accepted and left no {kind} in the journal.")
            return
        entry, by = found[0], step.press.by if isinstance(step.press, Press) else _SOMEBODY
        if len(found) > 1:
            self._broken.append(f"One {step.verb} left {len(found)} entries {kind} in the journal.")
        if entry.body.get("by") != by:
            self._broken.append(f"The journal says that {entry.body.get('by')} did the {step.verb}, and it was {by}.")
        if not self._here.troubles.clock_was_set and abs(entry.at - self._here.wall) > _MOMENT:
            self._broken.append(f"The journal says that the {step.verb} was at {entry.at}; it was {self._here.wall}.")

    def look(self) -> Iterator[str]:
        """See that what was last written of each zone is what it should be, once it should be."""
        yield from self._broken
        self._broken.clear()
        if self._here.turn is not None:
            for zone in self._here.felt:
                self._due[zone] = self._here.now + _WRITTEN_S
        yield from self._zones()

    def ended(self) -> Iterator[str]:
        """The whole of it once more, by what `sinne journal verify` asks."""
        self._read()
        yield from self.look()
        yield from verify_journal(self._here.store.memory, self._here.store.memory.chain_head())

    def _zones(self) -> Iterator[str]:
        now, troubles = self._here.now, self._here.troubles
        if any(now >= due for due in self._due.values()) and troubles.calm(now):
            self._read()
        for zone, due in list(self._due.items()):
            if not troubles.calm(now):
                self._due[zone] = now + 2 * _WRITTEN_S
            elif now < due:
                self._here.wants_to_look(due)
            else:
                del self._due[zone]
                wrong = self._unlike(zone)
                if wrong and not self._here.trusted():
                    self._due[zone] = now + 60.0
                elif wrong:
                    yield f"The journal says last of {zone} that {wrong}."

    def _unlike(self, zone: str) -> str:
        values, felt = self._changed.get(zone), self._here.felt.get(zone)
        if felt is None:
            return ""
        if values is None:
            return "nothing at all"
        wished = journal_settings({field: ruled.value for field, ruled in felt.fields.items()})
        for name, value in wished.items():
            waits = self._held.get(zone, False) and name == Field.SCENT_ON.value
            if not waits and not _same(value, values.get(name)):
                return f"{name} is {values.get(name)}, and it is {value}"
        return ""

    def _read(self) -> list[JournalEntry]:
        """Follow the chain as far as it goes."""
        found: list[JournalEntry] = []
        while True:
            page = self._here.store.memory.journal(after=self._number, limit=_PAGE)
            for entry in page:
                self._follow(entry)
            found += page
            if len(page) < _PAGE:
                return found

    def _follow(self, entry: JournalEntry) -> None:
        self._id = self._id or entry.journal_id
        if entry.number != self._number + 1:
            self._broken.append(f"After entry {self._number} comes {entry.number}.")
        elif hash_of(self._hash, self._id, entry.number, entry.at, Entry(entry.kind, entry.body)) != entry.hash:
            self._broken.append(f"Entry {entry.number} ({entry.kind}) does not follow from the one before.")
        self._number, self._hash = entry.number, entry.hash
        if entry.kind == "zone.changed":
            zone, values = str(entry.body.get("zone")), entry.body.get("values")
            self._changed[zone] = values if isinstance(values, Mapping) else {}
            self._held[zone] = bool(entry.body.get("holds"))

    def _leaves_nothing(self, step: Step, refused: str) -> bool:
        """Nothing to end leaves nothing, nor does the same plan again; a complaint may be refused before it is one."""
        if step.nudge is not None and refused:
            return "noted" not in refused
        return step.verb in ("resume", "publish")


class ChoicesKept:
    """A press stands in the memory as it was made until it ends or somebody takes back just this one."""

    rule = "choice-kept"

    def __init__(self, bystander: Bystander) -> None:
        """With what is there already."""
        self._here = bystander
        self._known = dict(bystander.overrides)
        self._broken: list[str] = []

    def happened(self, step: Step, refused: str) -> None:
        """What came, what went, and whether that is what the step was about."""
        if step.verb not in ("press", "nudge", "undo", "stop", "resume", "publish", "controller"):
            return
        self._here.read_choices()
        after = self._here.overrides
        came = [override for override in after.values() if override.id not in self._known]
        gone = [o for o in after.values() if o.ended is not None and self._alive(o.id)]
        wall = self._here.wall
        if came and (step.verb not in ("press", "nudge") or refused):
            self._broken.append(f"A {step.verb} that was none made the press {came[0].press}.")
        if step.press is not None and not refused:
            self._broken += self._pressed(step.press, came)
        if gone and (step.undo is None or refused):
            self._broken.append(f"A {step.verb} ended the press {gone[0].press}.")
        if step.undo is not None and not refused:
            self._broken += self._undone(gone)
        for override in after.values():
            known = self._known.get(override.id)
            if known is not None and known.model_copy(update={"ended": override.ended}) != override:
                self._broken.append(f"The press {override.press} is another than it was: it ends {override.end}, "
                                    f"and should end {known.end}.")
        missing = [o for o in self._known.values() if o.id not in after and o.end > wall and o.ended is None]
        self._broken += [f"The press {override.press} is forgotten." for override in missing]
        self._known = dict(after)

    def look(self) -> Iterator[str]:
        """What was found when the steps happened."""
        yield from self._broken
        self._broken.clear()

    def ended(self) -> Iterator[str]:
        """Nothing more."""
        return self.look()

    def _alive(self, override: str) -> bool:
        known = self._known.get(override)
        return known is not None and known.ended is None

    def _pressed(self, press: Press, came: list[Override]) -> Iterator[str]:
        wall, zones = self._here.wall, {override.zone for override in came}
        if not came:
            yield "A press was accepted and is not in the memory."
        if press.zones is not None and not zones <= set(press.zones):
            yield f"A press in {', '.join(press.zones)} reached {', '.join(sorted(zones))}."
        for override in came:
            longest = self._here.plan.guardrails.get(override.person)
            most = timedelta(days=7) if longest is None else timedelta(minutes=longest.longest_min)
            if press.end.startswith("minutes:"):
                wanted = min(timedelta(minutes=int(press.end[8:])), most if longest else timedelta(hours=12))
                if override.end - override.start != wanted:
                    yield f"A press for {press.end} lasts {override.end - override.start} in {override.zone}."
            elif override.end <= override.start:
                yield f"A press until {press.end} ends before it begins."
            if not self._here.troubles.clock_was_set and abs(override.start - wall) > _MOMENT:
                yield f"A press at {wall} begins at {override.start}."

    def _undone(self, gone: list[Override]) -> Iterator[str]:
        presses = {override.press for override in gone}
        if len(presses) != 1:
            yield f"One undo ended {len(presses)} presses."
            return
        press = presses.pop()
        left = [o for o in self._here.overrides.values()
                if o.press == press and o.ended is None and o.end > self._here.wall]
        if left:
            yield f"An undo of {press} left it in {left[0].zone}."
        mine = [o for o in self._known.values() if o.by == _SOMEBODY and o.ended is None and o.end > self._here.wall]
        if mine and not self._here.troubles.clock_was_set:
            newest = max(mine, key=lambda o: o.start)
            if newest.start > gone[0].start:
                yield f"An undo ended {press}, and {newest.press} is the newer."


def _same(one: object, other: object) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(_same(one.get(key), other.get(key)) for key in one.keys() | other.keys())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(one, int | float):
        return one == other
    return isinstance(other, int | float) and abs(one - other) < 0.01
