"""An office with a publisher that is always at work, over any HQ memory: what tests of HQ's use cases begin with.

The publisher is the real one without its thread (`controller.hq.rounds`): it works whenever somebody waits for news.
Stores have said where they are and what their plan is, as the real ones do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controller.hq.facts import Facts
from controller.hq.fleet import HqFleet
from controller.hq.in_force import InForce
from controller.hq.office import HqOffice
from controller.hq.ports import Enrolled
from controller.hq.reporting import plan_payload
from controller.hq.room import Room
from controller.hq.rounds import Rounds
from controller.hq.said import AppliedManifest, DeviceCounts, JournalMark, Place, Standing
from controller.hq.signing import KeyFile
from controller.ports import Actor, Entry
from profiles.limits import Person
from profiles.plan import Live, Plan
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.controller.memory_fake import SteeredClock
from tests.controller.shop import plan as shop_plan

BEGAN = datetime(2026, 11, 3, 9, tzinfo=UTC)
VERA, ELSA, ERIK, JOHAN, ANNA = (
    Actor("Vera", Person.VIEWER), Actor("Elsa", Person.EDITOR), Actor("Erik", Person.EDITOR),
    Actor("Johan", Person.APPROVER), Actor("Anna", Person.ADMINISTRATOR))

BRIGHT: dict[str, Any] = {"name": "Bright", "says": "very bright",
                          "scene": {"light": {"on": True, "brightness_pct": 90}}}
SPRING: dict[str, Any] = {"name": "Spring", "when": "Mo-Sa 11:00-18:00", "profile": "hq-bright", "priority": 60}


class WorkedPapers:
    """HQ's papers, with a publisher that works whenever somebody waits. `idle`: it does not."""

    def __init__(self, papers: Any) -> None:
        self._papers = papers
        self.rounds: Rounds | None = None
        self.idle = False
        self.clock: SteeredClock | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._papers, name)

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        assert self.clock is not None
        self.work()
        self.clock.pass_by(timedelta(seconds=timeout_s))
        return self._papers.revision()

    def work(self) -> None:
        """A round of the publisher."""
        if self.rounds is not None and not self.idle and self.clock is not None:
            self.rounds.orders(self.clock.now())


class Hq:
    """HQ with an office, a fleet and a publisher."""

    def __init__(self, folder: Path, memory: Any = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.memory = memory or FakeHqMemory()
        self.clock = SteeredClock(BEGAN)
        self.papers = WorkedPapers(self.memory.papers)
        self.rows = self.memory.fleet_rows
        keys = KeyFile(folder)
        self.papers.rounds = Rounds(self.papers, self.rows, self.memory.proof, "acme", keys, keys.read_or_make())
        self.papers.clock = self.clock
        self.papers.rounds.read()
        self.papers.rounds.settle({}, BEGAN)
        self.facts = Facts(self.rows)
        self.room = Room(self.papers, self.rows, self.clock, organisation="acme", proof=self.memory.proof, look_s=0)
        self.office = HqOffice(self.room, self.facts)
        self.fleet = HqFleet(self.room, self.facts)

    def force(self) -> InForce:
        return InForce.read(self.papers)

    def store(self, name: str, *tags: str, country: str = "SE", plan: Plan | None = None, **said: Any) -> None:
        """A store that is well: enrolled, heard, with its plan. It has whatever is in force."""
        if self.rows.fleet_row(name) is None:
            self.rows.enrol(Enrolled(name, name, 1, BEGAN, "Anna"), self.clock.now(), Entry("store.enrolled"))
        local = plan if plan is not None else shop_plan()
        zone = "Europe/Paris" if country == "FR" else "Europe/Stockholm"
        place = local.store.model_copy(update={"id": name, "name": name.title(), "tags": tags, "country": country,
                                               "timezone": zone, "coordinates": None})
        local = local.changed(store=place)
        self.say(name, tags, country, zone, **said)
        self.rows.note_plans([(name, plan_payload(local, Live(), self.clock.now()), self.clock.now())])

    def say(self, name: str, tags: tuple[str, ...] = (), country: str = "SE", zone: str = "Europe/Stockholm",
            **said: Any) -> None:
        """A standing of a store."""
        force, place = self.force(), Place(name=name.title(), time_zone=zone, country=country, tags=tags)
        manifest = None if force.manifest is None else AppliedManifest(
            term=force.manifest.term, number=force.manifest.number, digest=force.manifest.digest)
        self.rows.note_standings([(Standing(**{
            "store": name, "at": self.clock.now(), "software": "0.4.0", "place": place, "manifest": manifest,
            "applies": force.applies(name, place), "plan": "a" * 64, "devices": DeviceCounts(total=7, right=7),
            "journal": JournalMark(id="j1", newest=9, acknowledged=9), **said}), self.clock.now())], force.pair)

    def published(self, kind: Any, id_: str, body: dict[str, Any], **parts: Any) -> None:
        """Publish something by the way that people go: Elsa writes it, Johan approves."""
        drafted = self.office.save(kind, id_, {"body": body, **parts}, None, ELSA)
        drafted = self.office.submit(kind, id_, drafted.line.revision, ELSA)
        assert self.office.approve(kind, id_, drafted.line.revision, JOHAN).state == "done"

    def shops(self) -> None:
        """Three stores in two countries, and a profile at HQ."""
        where = (("lund", "flagship", "SE"), ("malmo", "city", "SE"), ("nice", "city", "FR"))
        for name, tag, country in where:
            self.store(name, tag, country=country)
        self.published("profile", "hq-bright", BRIGHT)
        for name, tag, country in where:
            self.say(name, (tag,), country, "Europe/Paris" if country == "FR" else "Europe/Stockholm")

    def kinds(self) -> list[str]:
        """What is in HQ's record, by kind (of the fake memory)."""
        return [entry.kind for _, entry in self.memory.entries]
