"""The fleet's door and campaigns over stores that say how they are: rows and why, a store from afar, rollouts."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import Forbidden, NotFound, Refused
from controller.hq.alarms import Stand
from controller.hq.conflicts import facts_of
from controller.hq.facts import Facts
from controller.hq.ports import Enrolled
from controller.hq.reporting import packed_plan, plan_payload
from controller.hq.said import JournalLine
from controller.hq.shapes_fleet import FleetQuery
from controller.ports import Entry
from profiles.composing import local_part
from profiles.plan import Live, Override, Plan
from profiles.scene import Scene
from tests.controller.hq_offices import BEGAN, BRIGHT, ELSA, JOHAN, SPRING, VERA, Hq
from tests.controller.shop import document
from tests.controller.shop import plan as shop_plan
from tests.profiles.plan_strategies import plans

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hq(tmp_path: Path) -> Hq:
    made = Hq(tmp_path)
    made.shops()
    return made


# ── how stores stand ────────────────────────────────────────────────────────────────


def test_the_fleet_says_who_needs_a_person_and_why_alarms_first(hq: Hq) -> None:
    assert hq.fleet.fleet().sentence == "All 3 stores run what they should."
    hq.say("nice", ("city",), "FR", "Europe/Paris", alarms=("The diffuser is out of reach.",))
    hq.rows.enrol(Enrolled("oslo", "oslo", 1, BEGAN, "Anna"), BEGAN, Entry("store.enrolled"))
    shown = hq.fleet.fleet()
    assert shown.sentence == "2 of 4 stores run what they should. One needs a person."
    assert [(row.name, row.stand, row.words) for row in shown.rows] == [
        ("Nice", Stand.ALARM, "alarm"), ("oslo", Stand.UNHEARD, "never heard"), ("Lund", Stand.RIGHT, "right"),
        ("Malmo", Stand.RIGHT, "right")]
    assert shown.rows[0].why == ("The diffuser is out of reach.",)
    assert [(line.country, line.stores) for line in shown.countries] == [("SE", 2), ("FR", 1), (None, 1)]


def test_a_store_that_lags_says_for_how_long_and_which_digest_is_wanted(hq: Hq) -> None:
    hq.published("campaign", "hq-spring", SPRING)
    hq.say("lund", ("flagship",))
    shown = {row.id: row for row in hq.fleet.fleet().rows}
    assert (shown["lund"].stand, shown["lund"].wants) == (Stand.RIGHT, "")
    assert (shown["malmo"].stand, shown["malmo"].lag_s > 0) == (Stand.WAITING, True)
    assert shown["malmo"].wants == shown["lund"].applies
    hq.clock.pass_by(20 * MINUTE)
    late = {row.id: row for row in hq.fleet.fleet().rows}["malmo"]
    assert (late.stand, late.lag_words, late.heard_words) == (Stand.LAGGING, "20 minutes", "20 minutes ago")
    assert late.why == ("It has not had what HQ published for 20 minutes.",)


@pytest.mark.parametrize(("asked", "found"), [
    (FleetQuery(), ["lund", "malmo", "nice"]), (FleetQuery(text="MAL"), ["malmo"]),
    (FleetQuery(text="city ni"), ["nice"]),
    (FleetQuery(text="aaaa"), ["lund", "malmo", "nice"]), (FleetQuery(text="%"), []), (FleetQuery(tags=("city",)), [
        "malmo", "nice"]), (FleetQuery(tags=("city", "flagship")), []), (FleetQuery(country="FR"), ["nice"]),
    (FleetQuery(country="??"), []), (FleetQuery(only=Stand.RIGHT), ["lund", "malmo", "nice"]),
    (FleetQuery(only=Stand.ALARM), []), (FleetQuery(offset=1, limit=1), ["malmo"]), (FleetQuery(offset=9), [])])
def test_stores_are_found_by_text_tag_country_and_how_they_stand(hq: Hq, asked: FleetQuery, found: list[str]) -> None:
    shown = hq.fleet.fleet(asked)
    assert [row.id for row in shown.rows] == found
    assert shown.total == 3


# ── a store from afar ───────────────────────────────────────────────────────────────


def test_a_store_from_afar_is_told_by_the_stores_own_code_with_people_s_choices(hq: Hq) -> None:
    plan = shop_plan()
    plan = plan.changed(store=plan.store.model_copy(update={"id": "lund", "name": "Lund"}))
    press = Override(id="o1", press="p1", zone="sales", profile="evening", name="Evening warm", by="Elin",
                     scene=Scene.model_validate({"light": {"brightness_pct": 55}}), start=BEGAN - MINUTE,
                     end=BEGAN + 30 * MINUTE)
    hq.rows.note_plans([("lund", plan_payload(plan, Live(overrides=(press,)), BEGAN), BEGAN)])
    afar = hq.fleet.afar("lund")
    assert (afar.store().name, afar.store().opening_words, afar.store().plan_digest) == (
        "Lund", "Open until 20:00", plan.digest)
    sales = afar.zone("sales")
    assert (sales.what, sales.overrides, sales.reported, sales.next_at) == (
        "Evening warm", 1, {}, BEGAN + 30 * MINUTE)
    assert [shown.name for shown in afar.presses()] == ["Evening warm"]
    day = afar.timeline(datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC), "sales")
    assert [segment.what for segment in day] == ["Zone default", "Evening warm", "Evening warm", "Clear day",
                                                 "Evening warm", "Zone default"]
    assert day[0].start == datetime(2026, 11, 3, tzinfo=UTC)
    why = afar.explain("sales", BEGAN, without="override:o1")
    assert why.without is not None
    assert why.without.what == "Clear day"
    assert afar.devices() == []
    with pytest.raises(NotFound):
        afar.zone("attic")


def test_what_is_not_known_of_a_store_is_said(hq: Hq) -> None:
    hq.rows.enrol(Enrolled("oslo", "oslo", 1, BEGAN, "Anna"), BEGAN, Entry("store.enrolled"))
    detail = hq.fleet.store("oslo", ELSA)
    assert (detail.zones, detail.may_override, detail.enrolled_by) == ((), False, "Anna")
    assert detail.plan_problem == "The store oslo has not said yet what its plan is."
    with pytest.raises(Refused, match="has not said yet"):
        hq.fleet.afar("oslo")
    with pytest.raises(NotFound, match="There is no store nowhere"):
        hq.fleet.store("nowhere", ELSA)
    hq.rows.note_plans([("lund", b"nonsense", BEGAN)])
    assert "no JSON" in hq.fleet.store("lund", ELSA).plan_problem
    assert Facts(hq.rows).of(hq.room.fresh().rows).keys() == {"malmo", "nice"}


def test_an_override_is_asked_for_by_an_editor_and_answered_in_the_stores_journal(hq: Hq) -> None:
    with pytest.raises(Forbidden):
        hq.fleet.override("lund", None, "evening", "closing", VERA)
    for zones, profile, end in (
            (None, "hq-none", "closing"), (("attic",), "evening", "closing"), (None, "evening", "")):
        with pytest.raises(Refused):
            hq.fleet.override("lund", zones, profile, end, ELSA)
    order = hq.fleet.override("lund", ("sales",), "evening", "closing", ELSA)
    assert (order.state, order.sentence) == ("done", "The store was asked.")
    given = [entry.body for _, entry in hq.memory.entries if entry.kind == "order.given"][-1]
    assert (given["verb"], given["store"], given["profile"]) == ("request", "lund", "evening")
    line = JournalLine(number=1, at=hq.clock.now(), kind="hq.request.done", hash="0" * 64, body={
        "request": "r1", "verb": "override", "by": "Elsa", "sentence": "Evening warm until 20:00."})
    hq.memory.proof.store_lines([("lund", "j1", [line])], hq.clock.now())
    asked = hq.fleet.store("lund", ELSA).asked
    assert [(each.by, each.words, each.state, each.answer) for each in asked] == [
        ("Elsa", "another profile", "done", "Evening warm until 20:00.")]
    hq.papers.idle = True
    waiting = hq.fleet.end_override("lund", None, ELSA)
    assert waiting.state == "waiting"
    assert [each.state for each in hq.fleet.store("lund", ELSA).asked] == ["waiting", "done"]


def test_a_store_shows_what_of_hqs_applies_in_it(hq: Hq) -> None:
    hq.published("campaign", "hq-spring", SPRING, selector={"countries": ["FR"]})
    names = {store: sorted(line.name for line in hq.fleet.store(store, VERA).documents) for store in ("lund", "nice")}
    assert names == {"lund": ["Bright"], "nice": ["Bright", "Spring"]}


# ── facts ───────────────────────────────────────────────────────────────────────────


@given(plans)
@settings(max_examples=10, deadline=None)
def test_facts_of_a_store_are_those_of_its_own_part_of_the_plan(plan: Plan) -> None:
    class Rows:
        def plan_payload(self, store: str) -> bytes:
            return plan_payload(plan, Live(), BEGAN)

    row = type("Row", (), {"store": plan.store.id, "plan_at": BEGAN})()
    found = Facts(Rows()).of([row])  # type: ignore[arg-type, list-item]
    wanted = facts_of(local_part(plan))
    assert found[plan.store.id] == wanted


def test_a_plan_that_changed_is_read_again_and_only_then(hq: Hq) -> None:
    facts = hq.facts.of(hq.room.fresh().rows)
    assert hq.facts.of(hq.room.fresh().rows)["lund"] is facts["lund"]
    hq.clock.pass_by(MINUTE)
    hq.store("lund", "flagship", plan=Plan.model_validate({**document(), "zones": document()["zones"][:1],
                                                           "dayparts": [], "devices": [], "guardrails": {}}))
    assert len(hq.facts.of(hq.room.fresh().rows)["lund"].zones) == 1


@pytest.mark.parametrize("whole", [
    b'{"store":' + b"[" * 200_000, b'{"store": {"id": "nord"}, "zones": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    b'{"store": 1' + b"0" * 5_000 + b"}", b"[]", b'{"campaigns": [1], "store": {}, "zones": []}'])
def test_a_plan_that_was_made_to_break_hq_is_left_aside_and_the_others_are_known(whole: bytes) -> None:
    class Rows:
        def plan_payload(self, store: str) -> bytes:
            return good if store == "good" else packed_plan(hashlib.sha256(whole).hexdigest(), whole, b"{}", BEGAN)

    good = plan_payload(shop_plan(), Live(), BEGAN)
    rows = [type("Row", (), {"store": store, "plan_at": BEGAN})() for store in ("bad", "good")]
    assert list(Facts(Rows()).of(rows)) == ["good"]  # type: ignore[arg-type]


def test_a_time_zone_that_there_is_not_keeps_nobody_from_writing_drafts(tmp_path: Path) -> None:
    hq = Hq(tmp_path / "mars")
    hq.rows.enrol(Enrolled("mars", "mars", 1, BEGAN, "Anna"), BEGAN, Entry("store.enrolled"))
    hq.say("mars", zone="../../etc/Mars")
    hq.published("profile", "hq-bright", BRIGHT)
    assert hq.office.save("campaign", "hq-spring", {"body": SPRING}, None, ELSA).problems == ()


# ── campaigns ───────────────────────────────────────────────────────────────────────


def test_the_calendar_has_what_touches_its_dates_drafts_too(hq: Hq) -> None:
    hq.published("campaign", "hq-spring", {**SPRING, "first": "2026-11-10", "last": "2026-11-20"})
    hq.published("quiet-hour", "hq-quiet", {"name": "Quiet Thursdays", "when": "Th 09:00-11:00"})
    hq.office.save("campaign", "hq-idea", {"body": {"name": "Idea", "first": "2026-11-25"}}, None, ELSA)
    shown = hq.office.calendar(date(2026, 11, 2), date(2026, 11, 30), ELSA)
    assert [(bar.id, bar.first, bar.last, bar.state, bar.stores, bar.movable, bar.is_draft) for bar in shown.bars] == [
        ("hq-spring", date(2026, 11, 10), date(2026, 11, 20), "published", 3, True, False),
        ("hq-idea", date(2026, 11, 25), None, "draft", 0, True, True)]
    assert (shown.bars[0].profile_name, shown.bars[0].brightness_pct) == ("Bright", 90)
    assert shown.bars[0].reading.startswith("Monday to Saturday")
    assert [quiet.days for quiet in shown.quiet] == [tuple(date(2026, 11, day) for day in (5, 12, 19, 26))]
    assert [bar.id for bar in hq.office.calendar(date(2026, 11, 1), date(2026, 11, 9), VERA).bars] == []
    moved = hq.office.move("hq-spring", date(2026, 11, 12), date(2026, 11, 22), 0, ELSA)
    assert moved.content["body"]["first"] == "2026-11-12"
    bar = next(b for b in hq.office.calendar(date(2026, 11, 2), date(2026, 11, 30), ELSA).bars if b.id == "hq-spring")
    assert (bar.last, bar.state, bar.revision) == (date(2026, 11, 22), "draft", 1)
    with pytest.raises(Refused, match="two years at most"):
        hq.office.calendar(date(2026, 1, 1), date(2030, 1, 1), ELSA)


def test_a_rollout_tells_each_wave_in_numbers_and_what_may_be_done(hq: Hq) -> None:
    stages = [{"wave": {"share": 0.5}, "soak_min": 60, "by_hand": True}, {"wave": {"share": 1}}]
    hq.published("campaign", "hq-spring", SPRING, stages=stages)
    first = hq.office.campaign("hq-spring", JOHAN).rollout
    assert first is not None
    assert (first.state, first.verbs) == ("running", ("advance", "pause", "halt"))
    reached = first.stages[0].stores
    assert 0 < reached < 3
    assert [(stage.state, stage.reported, stage.pending) for stage in first.stages] == [
        ("running", 0, reached), ("to-come", 0, 0)]
    assert first.stages[1].sentence == "It begins when a person lets it."
    for store, tag, country in (("lund", "flagship", "SE"), ("malmo", "city", "SE"), ("nice", "city", "FR")):
        hq.say(store, (tag,), country, "Europe/Paris" if country == "FR" else "Europe/Stockholm")
    assert hq.office.campaign("hq-spring", JOHAN).rollout.stages[0].reported == reached
    hq.say("nice", ("city",), "FR", "Europe/Paris", refused=("The campaign hq-spring cannot be played here.",))
    stopped = hq.office.steer("hq-spring", "pause", "look at it", JOHAN)
    assert stopped.state == "done"
    shown = hq.office.campaign("hq-spring", JOHAN).rollout
    assert (shown.state, shown.verbs) == ("stopped", ("resume", "halt"))
    assert "Johan paused it. look at it" in shown.sentence
    assert hq.office.campaign("hq-spring", ELSA).rollout.verbs == ()
    with pytest.raises(Refused, match="Resume it first"):
        hq.office.steer("hq-spring", "advance", "", JOHAN)
    hq.office.steer("hq-spring", "resume", "", JOHAN)
    hq.office.steer("hq-spring", "advance", "", JOHAN)
    last = hq.office.campaign("hq-spring", JOHAN)
    assert [stage.state for stage in last.rollout.stages] == ["passed", "running"]
    assert last.rollout.verbs == ("pause", "halt")
    assert last.rollout.reached == 3
    assert [line.edition for line in last.versions] == [1, 1]
    assert last.lead.startswith("Wave 2 of 2 is on its way")


def test_overrides_in_the_stores_are_counted_with_the_wave(hq: Hq) -> None:
    hq.published("campaign", "hq-spring", SPRING, stages=[{"wave": {"share": 1}}])
    line = JournalLine(number=1, at=hq.clock.now() + MINUTE, kind="override.pressed", hash="0" * 64, body={})
    hq.memory.proof.store_lines([("lund", "j1", [line])], hq.clock.now())
    stage = hq.office.campaign("hq-spring", JOHAN).rollout.stages[0]
    assert (stage.stores, stage.overrides, stage.complaints) == (3, 1, 0)


def test_times_are_read_in_the_store_or_zone_that_is_asked_for(hq: Hq) -> None:
    here = hq.office.occurrences("10:00-12:00", count=2)
    assert (here.where, len(here.occurrences)) == ("where most stores are (Europe/Stockholm)", 2)
    assert hq.office.occurrences("10:00-12:00", store="nice").where == "in Nice"
    assert hq.office.occurrences("10:00-12:00", time_zone="America/New_York").occurrences[0][0].hour == 15
    once = hq.office.occurrences("10:00-12:00", date(2026, 11, 10), date(2026, 11, 11))
    assert [start.day for start, _ in once.occurrences] == [10, 11]
    everywhere = hq.office.occurrences("2026-12-24T17:00Z..2026-12-24T18:00Z")
    assert "the same instants in every store" in everywhere.notes[0]
    assert hq.office.occurrences("12:00-10:61").problem
    assert hq.office.occurrences("10:00-12:00", date(2027, 3, 27), date(2027, 3, 29)).notes == (
        "The clock is changed on Sun 28 March 2027.",)
    for wrong in ({"store": "nowhere"}, {"time_zone": "Mars/Base"}):
        with pytest.raises(Refused):
            hq.office.occurrences("10:00-12:00", **wrong)


def test_a_preview_is_made_by_the_stores_code_and_says_what_would_feel_different(hq: Hq) -> None:
    content = {"body": SPRING, "selector": {"countries": ["SE"]}}
    shown = hq.office.preview("campaign", "hq-spring", content, "lund", date(2026, 11, 4))
    assert shown.reached
    assert any(segment.layer.id == "hq-spring" for segment in shown.after)
    assert all(segment.layer.id != "hq-spring" for segment in shown.before)
    assert shown.end - shown.start == timedelta(days=1)
    assert shown.changes
    away = hq.office.preview("campaign", "hq-spring", content, "nice", date(2026, 11, 4))
    assert not away.reached
    assert away.sentence.startswith("It is not for this store; if it were:")
    sunday = hq.office.preview("campaign", "hq-spring", content, "lund", date(2026, 11, 8))
    assert sunday.sentence == "Nothing would feel different on this day."
    examples = [place for place in hq.office.places() if place.virtual]
    assert [place.id for place in examples] == ["example:gotgatan", "example:minimal"]
    with pytest.raises(Refused, match="hq-none"):
        hq.office.preview("campaign", "hq-spring", {"body": {**SPRING, "profile": "hq-none"}}, "lund",
                          date(2026, 11, 4))
    with pytest.raises(Refused, match="thirteen months"):
        hq.office.preview("campaign", "hq-spring", content, "lund", date(2030, 1, 1))


def test_a_full_preview_meters_energy_by_a_dry_run(hq: Hq) -> None:
    shown = hq.office.preview("profile", "hq-bright", {"body": BRIGHT}, "lund", date(2026, 11, 4), full=True)
    assert shown.energy_kwh is not None
    assert shown.energy_kwh[0] > 0
    assert shown.scent_on_min is not None


def test_a_store_list_chooses_stores_and_waves_by_name(hq: Hq) -> None:
    hq.published("store-list", "hq-pilots", {"name": "Pilot stores", "stores": ["nice", "nowhere"]})
    found = hq.office.audience({"lists": ["hq-pilots"]}, "hq-x", [{"wave": {"share": 0, "lists": ["hq-pilots"]}}])
    assert ([store.id for store in found.in_], found.words) == (["nice"], "stores of Pilot stores")
    assert [(wave.words, wave.reaches) for wave in found.waves] == [("Pilot stores", 1)]
    assert {store.why for store in found.out} == {"not on Pilot stores"}
    choices = hq.office.choices()
    assert [(each.id, each.stores) for each in choices.lists] == [("hq-pilots", 2)]
    assert [(each.id, each.stores) for each in choices.countries] == [("FR", 1), ("SE", 2)]


@given(st.lists(st.sampled_from(["countries", "tags", "any_tags", "not_tags"]), unique=True), st.data())
@settings(max_examples=25, deadline=None)
def test_everybody_is_either_in_or_out_with_a_reason(tmp_path_factory: pytest.TempPathFactory, parts: list[str],
                                                     data: st.DataObject) -> None:
    hq = SHOPS.get("hq") or _shops(tmp_path_factory)
    names = {"countries": ["SE", "FR", "NO"]}
    selector = {part: data.draw(st.lists(st.sampled_from(names.get(part, ["city", "flagship", "outlet"])), max_size=2,
                                         unique=True)) for part in parts}
    found = hq.office.audience(selector)
    assert sorted(s.id for s in (*found.in_, *found.out)) == ["lund", "malmo", "nice"]
    assert all(store.why for store in found.out)
    assert bool(found.problem) == (not found.in_)


SHOPS: dict[str, Hq] = {}


def _shops(factory: pytest.TempPathFactory) -> Hq:
    made = SHOPS["hq"] = Hq(factory.mktemp("shops"))
    made.shops()
    return made
