"""A fleet that is looked at all the time is shown as one that is looked at for the first time."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import Conflict, Refused
from controller.hq.alarms import Stand
from controller.hq.fleet import HqFleet
from controller.hq.ports import Enrolled
from controller.hq.room import Room
from controller.hq.said import Standing
from controller.hq.shapes_fleet import FleetQuery
from controller.ports import Entry
from controller.storage.opening import open_memory
from tests.controller.hq_offices import BEGAN, BRIGHT, JOHAN, SPRING, Hq
from tests.controller.stored_memory import BUILT

STORES = ("lund", "malmo", "nice", "oslo", "turku")
store = st.sampled_from(STORES)
steps = st.one_of(
    st.tuples(st.just("says"), store, st.sampled_from((
        {}, {"alarms": ("The diffuser is out of reach.",)}, {"software": "0.5.0"}, {"trusted": False},
        {"manifest": None}, {"refused": ("It is too loud.",)}, {"applies": None}))),
    st.tuples(st.just("moves"), store, st.sampled_from(((), ("city",), ("flagship", "scent")))),
    st.tuples(st.just("is away"), store),
    st.tuples(st.just("is revoked"), store),
    st.tuples(st.just("is enrolled"), store),
    st.tuples(st.just("publish"), st.sampled_from(("hq-spring", "hq-other")), st.sampled_from((
        {}, {"countries": ["SE"]}, {"tags": ["city"]}, {"lists": ["hq-pilots"]})), st.sampled_from((0.3, 1))),
    st.tuples(st.just("halt"), st.sampled_from(("hq-spring", "hq-other"))),
    st.tuples(st.just("time passes"), st.sampled_from((1, 40, 600, 900, 90_000))),
    st.tuples(st.just("the clock is set back"), st.sampled_from((30, 1200))),
)
questions = st.sampled_from((
    FleetQuery(), FleetQuery(only=Stand.LAGGING), FleetQuery(text="city"), FleetQuery(country="SE", limit=1),
    FleetQuery(tags=("scent",)), FleetQuery(text="0.5.0")))


def take(hq: Hq, step: tuple[object, ...]) -> None:
    match step:
        case "says", str(name), dict(said):
            hq.say(name, ("city",), **said)
        case "moves", str(name), tuple(tags):
            hq.say(name, tags, "FR", "Europe/Paris")
        case "is away", str(name):
            hq.rows.note_standings([(Standing(store=name, at=hq.clock.now(), online=False), hq.clock.now())],
                                   hq.force().pair)
        case ("is revoked" | "is enrolled") as what, str(name):
            hq.rows.enrol(Enrolled(name, name, 1, BEGAN, "Anna", BEGAN if what == "is revoked" else None),
                          hq.clock.now(), Entry("store.enrolled"))
        case "publish", str(name), dict(selector), share:
            body = {**SPRING, "name": f"{name} {hq.clock.now().timestamp()}", "priority": 50 + len(name)}
            # Nothing is published for nobody: that is another question.
            with contextlib.suppress(Refused, Conflict):
                hq.published("campaign", name, body, selector=selector, stages=[{"wave": {"share": share}}])
        case "halt", str(name):
            held = hq.force().newest.get(("campaign", name))
            if held is not None and not hq.force().is_halted(name):
                hq.office.steer(name, "halt", "it hurts", JOHAN)
        case "time passes", int(seconds):
            hq.clock.pass_by(timedelta(seconds=seconds))
        case "the clock is set back", int(seconds):
            hq.clock.step(-timedelta(seconds=seconds))
        case unknown:
            raise AssertionError(unknown)


@given(st.lists(st.tuples(steps, questions), max_size=6), st.booleans())
@settings(max_examples=12, deadline=None)
def test_what_was_kept_and_what_changed_make_the_same_as_all_worked_out_anew(
    tmp_path_factory: pytest.TempPathFactory, taken: list[tuple[tuple[object, ...], FleetQuery]], stored: bool,
) -> None:
    folder = tmp_path_factory.mktemp("hq")
    memory = open_memory(str(folder), BUILT, BEGAN) if stored else None
    try:
        hq = Hq(folder / "keys", memory)
        hq.shops()
        hq.published("store-list", "hq-pilots", {"name": "Pilots", "stores": ["nice", "oslo"]})
        for step, asked in taken:
            take(hq, step)
            anew = HqFleet(Room(hq.papers, hq.rows, hq.clock, organisation="acme"), hq.facts)
            assert hq.fleet.fleet(asked) == anew.fleet(asked)
        assert hq.fleet.stores() == HqFleet(Room(hq.papers, hq.rows, hq.clock, organisation="acme"), hq.facts).stores()
    finally:
        if memory is not None:
            memory.close()


def test_of_a_fleet_only_stores_that_said_something_are_worked_out_again(tmp_path: Path) -> None:
    memory = open_memory(str(tmp_path), BUILT, BEGAN)
    try:
        hq = Hq(tmp_path / "keys", memory)
        hq.shops()
        before = {each.store: each for each in hq.room.fresh().rows}
        force = hq.room.fresh().force
        hq.say("malmo", ("city",), software="0.5.0")
        after = {each.store: each for each in hq.room.fresh().rows}
        assert [store for store in before if after[store] is not before[store]] == ["malmo"]
        assert hq.room.fresh().force is force
        hq.published("profile", "hq-bright", {**BRIGHT, "says": "very bright indeed"})
        assert hq.room.fresh().force is not force
    finally:
        memory.close()


def test_a_store_that_lacks_something_is_late_by_the_clock_alone(tmp_path: Path) -> None:
    hq = Hq(tmp_path)
    hq.shops()
    hq.published("campaign", "hq-spring", SPRING)
    row = hq.rows.fleet_row("lund")
    assert row is not None
    since = row.differs_since
    assert since is not None
    hq.clock.step(since + timedelta(minutes=15) - hq.clock.now())
    assert hq.fleet.fleet().counts["waiting"] == 3
    hq.clock.step(timedelta(microseconds=1))
    late = hq.fleet.fleet()
    assert (late.counts["waiting"], late.counts["lagging"], late.rows[0].lag_words) == (0, 3, "15 minutes")
    hq.clock.step(timedelta(minutes=16))
    assert hq.fleet.fleet().rows[0].why == ("It has not had what HQ published for 31 minutes.",)
    assert hq.fleet.stores()[0] == hq.fleet.fleet().rows[0]
