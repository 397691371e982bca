"""The fake and SQLite, taken through the same random lives, answer the same at every step."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from controller.errors import SinneError
from controller.ports import Account, CueMark, Entry, LocalChange, ScentRun, Session, Throttle, Token
from controller.storage.chain import verify_journal
from controller.storage.opening import FILE_NAME, open_memory
from profiles.limits import Person
from tests.controller.memory_fake import FakeMemory
from tests.controller.stored_memory import BUILT, NOON, plan, press, stop

INSTANTS = st.integers(-3 * 10**9, 10**10).map(lambda us: NOON + timedelta(microseconds=us))
IDS = st.sampled_from(["a", "b", "c", "d", "e"])
SOME_IDS = st.lists(IDS, max_size=4).map(tuple)
ZONES = st.sampled_from(["entrance", "floor"])
NAMES = st.sampled_from(["Ida", "IDA", "bo", "Straße", "STRASSE"])
BODIES = st.dictionaries(st.text(max_size=5), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=5),
    max_size=3)

@cache
def new_database() -> bytes:
    """A database that was just made, so that not every life waits for the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        open_memory(folder, BUILT).close()
        return (Path(folder) / FILE_NAME).read_bytes()


class TwoMemories(RuleBasedStateMachine):
    """Does everything twice and compares what comes back, what is refused, and what is then remembered."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sinne-machine-"))
        (self.folder / FILE_NAME).write_bytes(new_database())
        self.fake = FakeMemory()
        self.stored = open_memory(self.folder, BUILT)

    def both(self, act: Callable[[Any], object]) -> None:
        outcomes: list[object] = []
        for memory in (self.fake, self.stored):
            try:
                outcomes.append(act(memory))
            except (SinneError, TypeError) as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    @rule(name=st.sampled_from(["One", "Two", "Three"]), at=INSTANTS, body=BODIES)
    def publish(self, name: str, at: datetime, body: dict[str, object]) -> None:
        self.both(lambda memory: memory.publish(plan(name), "Ida", name, at, Entry("plan.published", body)))

    @rule(ids=SOME_IDS, start=INSTANTS, minutes=st.sampled_from([0.001, 1, 60]), zone=ZONES, body=BODIES)
    def add_overrides(self, ids: tuple[str, ...], start: datetime, minutes: float, zone: str,
                      body: dict[str, object]) -> None:
        made = tuple(press(one, start, minutes, zone) for one in ids)
        self.both(lambda memory: memory.add_overrides(made, start, Entry("pressed", body)))

    @rule(ids=SOME_IDS, at=INSTANTS)
    def end_overrides(self, ids: tuple[str, ...], at: datetime) -> None:
        self.both(lambda memory: memory.end_overrides(ids, at, Entry("ended")))

    @rule(one=IDS, since=INSTANTS, zones=st.none() | st.lists(ZONES, max_size=2).map(tuple))
    def add_stop(self, one: str, since: datetime, zones: tuple[str, ...] | None) -> None:
        self.both(lambda memory: memory.add_stop(stop(one, since, zones), since, Entry("stopped")))

    @rule(ids=SOME_IDS, at=INSTANTS)
    def end_stops(self, ids: tuple[str, ...], at: datetime) -> None:
        self.both(lambda memory: memory.end_stops(ids, "Bo", at, Entry("resumed")))

    @rule(since=INSTANTS)
    def live(self, since: datetime) -> None:
        self.both(lambda memory: memory.live(since))

    @rule(above=st.integers(-5, 60) | st.just(2**53 - 2) | st.integers(2**53, 2**70))
    def raise_epoch(self, above: int) -> None:
        self.both(lambda memory: memory.raise_epoch(above))

    @rule(owner=IDS, at=INSTANTS, for_s=st.sampled_from([0.5, 30, 7200]))
    def hold_lease(self, owner: str, at: datetime, for_s: float) -> None:
        self.both(lambda memory: memory.hold_lease(owner, at, for_s))

    @rule(owner=IDS)
    def release_lease(self, owner: str) -> None:
        self.both(lambda memory: memory.release_lease(owner))

    @rule(runs=st.lists(st.builds(ScentRun, ZONES, IDS, INSTANTS, st.floats(0, 50)), max_size=3).map(tuple))
    def note_scent(self, runs: tuple[ScentRun, ...]) -> None:
        self.both(lambda memory: memory.note_scent(runs))

    @rule(change=st.builds(LocalChange, IDS, INSTANTS, INSTANTS))
    def note_local_change(self, change: LocalChange) -> None:
        self.both(lambda memory: memory.note_local_change(change, Entry("device.changed-by-hand")))

    @rule(devices=SOME_IDS)
    def forget_local_changes(self, devices: tuple[str, ...]) -> None:
        self.both(lambda memory: memory.forget_local_changes(devices))

    @rule(seen=st.dictionaries(IDS, INSTANTS, max_size=4))
    def note_last_seen(self, seen: dict[str, datetime]) -> None:
        self.both(lambda memory: memory.note_last_seen(seen))

    @rule(one=IDS, outcome=st.sampled_from([None, "done", "skipped"]), at=INSTANTS, body=BODIES)
    def mark_cue(self, one: str, outcome: str | None, at: datetime, body: dict[str, object]) -> None:
        mark = None if outcome is None else CueMark(one, outcome, "Ida", at)
        self.both(lambda memory: memory.mark_cue(one, mark, at, Entry("cue.marked", body)))

    @rule(start=INSTANTS, end=INSTANTS, kinds=st.lists(st.sampled_from(["noted", "pressed", "ended", "x"])).map(tuple),
          limit=st.integers(0, 5), newest_first=st.booleans())
    def recorded(self, start: datetime, end: datetime, kinds: tuple[str, ...], limit: int, newest_first: bool) -> None:
        self.both(lambda memory: [(one.number, one.body) for one in
                                  memory.recorded(start, end, kinds, limit, newest_first)])

    @rule(at=INSTANTS, bodies=st.lists(BODIES, max_size=3))
    def record(self, at: datetime, bodies: list[dict[str, object]]) -> None:
        self.both(lambda memory: memory.record(at, *(Entry("noted", body) for body in bodies)))

    @rule(name=NAMES, person=st.sampled_from(Person), at=INSTANTS)
    def put_account(self, name: str, person: Person, at: datetime) -> None:
        self.both(lambda memory: memory.people.put_account(Account(name, person, "$h", at), at, Entry("account.made")))

    @rule(key=IDS, name=NAMES, made=INSTANTS, seen=INSTANTS)
    def put_session(self, key: str, name: str, made: datetime, seen: datetime) -> None:
        self.both(lambda memory: memory.people.put_session(Session(key, name, made, seen)))

    @rule(key=st.none() | IDS, name=st.none() | NAMES, before=st.none() | INSTANTS)
    def drop_sessions(self, key: str | None, name: str | None, before: datetime | None) -> None:
        self.both(lambda memory: memory.people.drop_sessions(key=key, name=name, seen_before=before))

    @rule(key=IDS, label=NAMES, made=INSTANTS, revoked=st.none() | INSTANTS)
    def put_token(self, key: str, label: str, made: datetime, revoked: datetime | None) -> None:
        token = Token(key, label, Person.VIEWER, made, revoked)
        self.both(lambda memory: memory.people.put_token(token, made, Entry("token.made")))

    @rule(subject=IDS, failures=st.integers(0, 3), last=INSTANTS, days=st.integers(0, 4))
    def put_throttle(self, subject: str, failures: int, last: datetime, days: int) -> None:
        throttle = Throttle(subject, failures, last + timedelta(days=days))
        self.both(lambda memory: memory.people.put_throttle(throttle))

    @rule()
    def reopen(self) -> None:
        self.stored.close()
        self.stored = open_memory(self.folder, BUILT)

    @invariant()
    def remember_the_same(self) -> None:
        def seen(memory: Any) -> dict[str, object]:
            return {
                "plan": memory.plan_in_force(), "versions": memory.plan_versions(3),
                "live": memory.live(NOON - timedelta(days=1)), "scent": memory.scent_runs(),
                "local": memory.local_changes(), "last seen": memory.last_seen(),
                "marks": memory.cue_marks(NOON),
                "journal": [replace(entry, journal_id="", hash="") for entry in memory.journal()],
                "accounts": memory.people.accounts(), "tokens": memory.people.tokens(),
                "sessions": [memory.people.session(key) for key in "abcde"],
                "throttles": [memory.people.throttle(key) for key in "abcde"]}

        if hasattr(self, "stored"):
            assert seen(self.fake) == seen(self.stored)

    def teardown(self) -> None:
        if hasattr(self, "stored"):
            assert verify_journal(self.stored, self.stored.chain_head()) == []
            assert verify_journal(self.fake, self.fake.chain_head()) == []
            self.stored.close()
            shutil.rmtree(self.folder)


TestTwoMemories = TwoMemories.TestCase
TestTwoMemories.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
