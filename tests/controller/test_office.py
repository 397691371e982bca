"""The office: drafts and their review by a second person, the library, and what keeps a draft from being published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from controller.errors import Conflict, Forbidden, NotFound, Refused
from controller.hq.documents import HqId
from controller.hq.drafting import KINDS, blank, free_id, read
from controller.storage.opening import open_memory
from profiles.plan import Plan
from tests.controller.hq_offices import ANNA, BEGAN, BRIGHT, ELSA, ERIK, JOHAN, SPRING, VERA, Hq
from tests.controller.shop import document
from tests.controller.stored_memory import BUILT


@pytest.fixture(params=["fake", "sqlite"])
def hq(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hq]:
    if request.param == "fake":
        yield Hq(tmp_path / "keys")
        return
    memory = open_memory(str(tmp_path), BUILT, BEGAN)
    yield Hq(tmp_path / "keys", memory)
    memory.close()


@pytest.fixture
def shops(tmp_path: Path) -> Hq:
    made = Hq(tmp_path / "keys")
    made.shops()
    return made


# ── drafts and review ───────────────────────────────────────────────────────────────


def test_a_draft_goes_to_review_and_a_second_person_publishes_it(hq: Hq) -> None:
    hq.shops()
    saved = hq.office.save("campaign", "hq-spring", {"body": SPRING}, None, ELSA)
    assert (saved.line.state, saved.line.revision, saved.problems) == ("draft", 1, ())
    asked = hq.office.submit("campaign", "hq-spring", 1, ELSA, "as agreed")
    assert (asked.line.state, asked.line.words) == ("review", "waits for a review")
    assert hq.office.reviews_waiting(JOHAN) == 1
    assert hq.office.reviews_waiting(ELSA) == 0
    done = hq.office.approve("campaign", "hq-spring", asked.line.revision, JOHAN)
    assert (done.state, done.by) == ("done", "Johan")
    assert hq.office.drafts() == []
    found = hq.office.document("campaign", "hq-spring")
    assert (found.line.author, found.line.approver, found.line.note, found.line.edition) == (
        "Elsa", "Johan", "as agreed", 1)
    assert found.line.stores == 3
    assert found.line.for_whom == "every store"


def test_who_wrote_in_a_draft_never_approves_it_whatever_the_role(hq: Hq) -> None:
    hq.shops()
    hq.office.save("campaign", "hq-spring", {"body": SPRING}, None, ANNA)
    hq.office.save("campaign", "hq-spring", {"body": {**SPRING, "priority": 61}}, 1, ELSA)
    asked = hq.office.submit("campaign", "hq-spring", 2, ELSA)
    assert "approve" not in hq.office.draft("campaign", "hq-spring", ANNA).may
    assert "second person" in hq.office.draft("campaign", "hq-spring", ANNA).why_not
    with pytest.raises(Forbidden, match="Anna has written in this draft: a second person has to approve it"):
        hq.office.approve("campaign", "hq-spring", asked.line.revision, ANNA)
    with pytest.raises(Forbidden, match="takes approvers or more"):
        hq.office.approve("campaign", "hq-spring", asked.line.revision, ERIK)
    assert ("campaign", "hq-spring") not in hq.force().newest
    assert hq.office.draft("campaign", "hq-spring", JOHAN).authors == ("Anna", "Elsa")


def test_a_change_during_the_review_takes_it_back_and_the_reviewer_approves_what_was_seen(hq: Hq) -> None:
    hq.shops()
    hq.office.save("campaign", "hq-spring", {"body": SPRING}, None, ELSA)
    asked = hq.office.submit("campaign", "hq-spring", 1, ELSA)
    hq.office.save("campaign", "hq-spring", {"body": {**SPRING, "priority": 99}}, asked.line.revision, ELSA)
    with pytest.raises(Conflict, match="Somebody else has changed this draft"):
        hq.office.approve("campaign", "hq-spring", asked.line.revision, JOHAN)
    with pytest.raises(Refused, match="does not wait for a review"):
        hq.office.approve("campaign", "hq-spring", asked.line.revision + 1, JOHAN)
    with pytest.raises(Conflict):
        hq.office.save("campaign", "hq-spring", {"body": SPRING}, 1, ERIK)


def test_a_returned_draft_has_the_note_of_its_reviewer(hq: Hq) -> None:
    hq.shops()
    hq.office.save("campaign", "hq-spring", {"body": SPRING}, None, ELSA)
    asked = hq.office.submit("campaign", "hq-spring", 1, ELSA)
    with pytest.raises(Refused, match="Say in a note"):
        hq.office.give_back("campaign", "hq-spring", asked.line.revision, "  ", JOHAN)
    back = hq.office.give_back("campaign", "hq-spring", asked.line.revision, "Not on Sundays.", JOHAN)
    assert (back.line.state, back.line.words, back.note) == ("returned", "returned by Johan", "Not on Sundays.")
    assert "submit" in hq.office.draft("campaign", "hq-spring", ELSA).may


def test_a_viewer_changes_nothing(shops: Hq) -> None:
    for attempt in (
            lambda: shops.office.save("campaign", "hq-spring", {"body": SPRING}, None, VERA),
            lambda: shops.office.submit("campaign", "hq-spring", 1, VERA),
            lambda: shops.office.approve("campaign", "hq-spring", 1, VERA),
            lambda: shops.office.give_back("campaign", "hq-spring", 1, "no", VERA),
            lambda: shops.office.discard("campaign", "hq-spring", VERA),
            lambda: shops.office.restore("profile", "hq-bright", 1, VERA),
            lambda: shops.office.retract("profile", "hq-bright", "old", VERA),
            lambda: shops.office.steer("hq-spring", "halt", "now", VERA),
            lambda: shops.office.move("hq-spring", None, None, 0, VERA)):
        with pytest.raises(Forbidden):
            attempt()


def test_while_the_publisher_is_away_the_draft_waits_and_is_gone_once_it_was_published(shops: Hq) -> None:
    shops.papers.idle = True
    shops.office.save("campaign", "hq-spring", {"body": SPRING}, None, ELSA)
    asked = shops.office.submit("campaign", "hq-spring", 1, ELSA)
    order = shops.office.approve("campaign", "hq-spring", asked.line.revision, JOHAN)
    assert (order.state, order.sentence.split(",")[0]) == ("waiting", "It waits for the publisher")
    assert [d.words for d in shops.office.drafts()] == ["approved, waits for the publisher"]
    assert shops.office.campaign("hq-spring", VERA).orders[0].verb == "publish"
    with pytest.raises(Refused, match="on its way out"):
        shops.office.discard("campaign", "hq-spring", ELSA)
    shops.papers.idle = False
    shops.papers.work()
    assert shops.office.order(order.number).state == "done"
    assert shops.office.drafts() == []
    again = shops.office.save("campaign", "hq-spring", {"body": {**SPRING, "priority": 70}}, None, ELSA)
    assert again.line.published == shops.office.document("campaign", "hq-spring").line.version


def test_what_the_publisher_refuses_goes_back_to_its_author_with_the_reason(shops: Hq) -> None:
    shops.office.save("campaign", "hq-spring", {"body": SPRING, "stages": [{"wave": {"share": 0.9}}]}, None, ELSA)
    asked = shops.office.submit("campaign", "hq-spring", 1, ELSA)
    shops.papers.rounds.fleet = _NoFleet()
    with pytest.raises(Refused, match="is for no store that HQ has heard of"):
        shops.office.approve("campaign", "hq-spring", asked.line.revision, JOHAN)
    shown = shops.office.draft("campaign", "hq-spring", ELSA)
    assert shown.line.state == "returned"
    assert "The publisher refused it" in shown.note
    assert "order.refused" in shops.kinds()


class _NoFleet:
    """A fleet of which nothing is known."""

    def fleet(self) -> list[object]:
        return []


def test_every_step_is_in_the_record_with_what_it_changed(shops: Hq) -> None:
    shops.office.save("campaign", "hq-spring", {"body": SPRING}, None, ELSA)
    shops.office.save("campaign", "hq-spring", {"body": {**SPRING, "priority": 61}}, 1, ERIK)
    shops.office.discard("campaign", "hq-spring", ELSA)
    saved = [entry.body for _, entry in shops.memory.entries if entry.kind == "draft.saved"]
    assert saved[-1]["by"] == "Erik"
    assert saved[-1]["changes"] == [{"field": "body.priority", "words": "priority", "before": "60", "after": "61"}]
    assert shops.kinds()[-1] == "draft.discarded"


# ── what is wrong with a draft ──────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "content", "field", "words"), [
    ("campaign", {"body": {**SPRING, "name": ""}}, "body.name", "empty"),
    ("campaign", {"body": {**SPRING, "colour": 1}}, "body.colour", "no field of this name"),
    ("campaign", {"body": {**SPRING, "first": "2026-05-02", "last": "2026-05-01"}}, "body", "after last"),
    ("campaign", {"body": SPRING, "selector": {"countries": ["sweden"]}}, "selector.countries[0]", "two capital"),
    ("campaign", {"body": SPRING, "selector": {"tags": ["outlet"]}}, "selector", "This is for nobody"),
    ("campaign", {"body": SPRING, "selector": {"lists": ["hq-none"]}}, "selector.lists[0]", "no store list hq-none"),
    ("campaign", {"body": {**SPRING, "profile": "hq-none"}}, "body.profile", "There is no profile hq-none at HQ"),
    ("campaign", {"body": {**SPRING, "when": "Mo 25:00-26:00"}}, "body.when", ""),
    ("campaign", {"body": SPRING, "stages": [{"wave": {"share": 0.5}}, {"wave": {"share": 0.2}}]}, "stages[1].wave",
     "waves only grow"),
    ("campaign", {"body": SPRING, "stages": [{"wave": {"share": 0.00001}}, {"wave": {}}]}, "stages[0].wave",
     "The smallest share that reaches one is"),
    ("profile", {"body": {**BRIGHT, "scene": {"music": {"source": "hq-none"}}}}, "body.scene.music.source",
     "no music source hq-none"),
    ("profile", {"body": BRIGHT, "stages": [{"wave": {}}]}, "stages", "Only campaigns go out in waves"),
    ("limits", {"body": {"guardrails": {"approver": {}}}}, "body.guardrails.approver", "a role at HQ"),
])
def test_a_mistake_is_one_sentence_at_its_place_and_keeps_it_from_review(
    shops: Hq, kind: str, content: dict[str, object], field: str, words: str,
) -> None:
    saved = shops.office.save(kind, "hq-new", content, None, ELSA)
    found = [problem for problem in saved.problems if problem.level == "error"]
    assert [problem.field for problem in found] == [field]
    assert words in found[0].sentence
    assert found[0].sentence.count("\n") == 0
    assert not saved.is_sound
    assert "submit" not in saved.may
    with pytest.raises(Refused, match=r".+"):
        shops.office.submit(kind, "hq-new", 1, ELSA)


@pytest.mark.parametrize("content", [{}, {"body": []}, {"body": {}, "colour": 1}, [], {"body": {"x": "y" * 700_000}}])
def test_what_is_no_content_is_not_kept(shops: Hq, content: object) -> None:
    with pytest.raises(Refused):
        shops.office.save("campaign", "hq-new", content, None, ELSA)
    assert shops.office.drafts() == []


@pytest.mark.parametrize("id_", ["spring", "hq-", "hq-Spring", "hq-a b", "hq-" + "a" * 61, "hq-a/../b"])
def test_an_id_of_hqs_looks_like_one(shops: Hq, id_: str) -> None:
    with pytest.raises(Refused, match="begins with hq-"):
        shops.office.save("campaign", id_, {"body": SPRING}, None, ELSA)


def test_a_campaign_with_a_stores_own_profile_is_tried_on_the_stores_and_refused_where_it_is_not(shops: Hq) -> None:
    parts = document()
    shops.store("nice", "city", country="FR", plan=Plan.model_validate(
        {**parts, "profiles": [p for p in parts["profiles"] if p["id"] != "murmur"],
         "guardrails": {}}))
    body = {**SPRING, "profile": "murmur"}
    saved = shops.office.save("campaign", "hq-quiet", {"body": body}, None, ELSA)
    assert saved.is_sound
    with pytest.raises(Refused, match=r"In Nice and 0 stores like it: .*murmur"):
        shops.office.submit("campaign", "hq-quiet", 1, ELSA)
    at_home = shops.office.save("campaign", "hq-quiet", {"body": body, "selector": {"countries": ["SE"]}}, 1, ELSA)
    assert shops.office.submit("campaign", "hq-quiet", at_home.line.revision, ELSA).line.state == "review"


def test_a_tie_with_another_campaign_keeps_it_from_being_published(shops: Hq) -> None:
    shops.published("campaign", "hq-spring", SPRING)
    shops.office.save("campaign", "hq-noon", {"body": {**SPRING, "name": "Noon", "when": "12:00-13:00"}}, None, ELSA)
    with pytest.raises(Refused, match="Spring has the same priority and meets it in 3 stores"):
        shops.office.submit("campaign", "hq-noon", 1, ELSA)
    shops.office.save("campaign", "hq-noon", {"body": {**SPRING, "name": "Noon", "when": "12:00-13:00",
                                                      "priority": 61}}, 1, ELSA)
    assert shops.office.submit("campaign", "hq-noon", 2, ELSA).line.state == "review"


def test_a_profile_whose_senses_disagree_is_warned_of_and_may_be_published(shops: Hq) -> None:
    loud = {"name": "Loud", "tags": {"arousal": "low"}, "scene": {"light": {"on": True, "brightness_pct": 100},
                                                               "music": {"on": True, "volume_pct": 95}}}
    saved = shops.office.save("profile", "hq-loud", {"body": loud}, None, ELSA)
    assert saved.problems
    assert all(problem.level == "warning" for problem in saved.problems)
    assert saved.is_sound


@given(st.text(max_size=80), st.sets(st.sampled_from(["hq-a", "hq-new", "hq-a-2"])))
def test_an_id_made_from_any_name_is_an_id_and_free(name: str, taken: set[str]) -> None:
    found = free_id(name, taken)
    assert TypeAdapter(HqId).validate_python(found) == found
    assert found not in taken


@given(st.sampled_from(KINDS), st.dictionaries(st.text(max_size=8), st.one_of(
    st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2)), max_size=4))
def test_whatever_is_written_is_read_or_told_what_is_wrong(kind: str, body: dict[str, object]) -> None:
    found, problems = read(kind, "hq-x", {"body": body})
    assert (found is None) == bool(problems)
    assert all(problem.sentence and problem.level == "error" for problem in problems)


@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_says_what_is_to_be_filled_in(kind: str) -> None:
    assert set(blank(kind)) >= {"body", "selector"}
    found, problems = read(kind, "hq-x", blank(kind))
    assert found is not None or all(problem.field.startswith("body") for problem in problems)


# ── the library ─────────────────────────────────────────────────────────────────────


def test_versions_are_counted_as_people_do_and_their_difference_is_told_field_by_field(hq: Hq) -> None:
    hq.shops()
    hq.published("campaign", "hq-spring", SPRING, stages=[{"wave": {"share": 0.9}}, {"wave": {}}])
    draft = hq.office.draft("campaign", "hq-spring", ELSA)
    assert draft.line.revision == 0
    assert draft.may == ("save",)
    hq.office.save("campaign", "hq-spring", {**draft.content, "body": {**draft.content["body"], "priority": 70}}, None,
                   ELSA)
    told = hq.office.difference("campaign", "hq-spring", None, 0)
    assert [(c.words, c.before, c.after) for c in told.changes] == [("priority", "60", "70")]
    assert told.sentence == "One thing was written differently: priority."
    asked = hq.office.submit("campaign", "hq-spring", 1, ELSA)
    hq.office.approve("campaign", "hq-spring", asked.line.revision, JOHAN)
    found = hq.office.document("campaign", "hq-spring")
    assert [line.edition for line in found.versions] == [2, 1]
    newest, first = (line.version for line in found.versions)
    assert hq.office.difference("campaign", "hq-spring", first, newest).changes == told.changes
    assert hq.office.version("campaign", "hq-spring", first).content["body"]["priority"] == 60
    assert hq.office.difference("campaign", "hq-spring", None, first).before is None
    back = hq.office.restore("campaign", "hq-spring", first, ELSA)
    assert back.content["body"]["priority"] == 60
    assert back.line.state == "draft"
    with pytest.raises(Conflict, match="There is a draft of it already"):
        hq.office.restore("campaign", "hq-spring", first, ELSA)


def test_a_profile_is_not_deleted_while_a_campaign_shows_it(shops: Hq) -> None:
    shops.published("campaign", "hq-spring", SPRING)
    assert shops.office.document("profile", "hq-bright").used_by == ("Spring",)
    with pytest.raises(Refused, match="while it is used by Spring"):
        shops.office.retract("profile", "hq-bright", "old", JOHAN)
    with pytest.raises(Refused, match="Say why"):
        shops.office.retract("campaign", "hq-spring", " ", JOHAN)
    assert shops.office.retract("campaign", "hq-spring", "over", JOHAN).state == "done"
    assert [d.id for d in shops.office.documents("campaign")] == []
    gone = shops.office.documents("campaign", gone=True)
    assert [(d.name, d.gone) for d in gone] == [("Spring", True)]
    assert shops.office.retract("profile", "hq-bright", "old", JOHAN).state == "done"


def test_what_is_not_there_is_not_found(shops: Hq) -> None:
    for attempt in (
            lambda: shops.office.draft("campaign", "hq-none", ELSA),
            lambda: shops.office.document("profile", "hq-none"),
            lambda: shops.office.version("profile", "hq-bright", 1), lambda: shops.office.draft("poem", "hq-x", ELSA),
            lambda: shops.office.difference("profile", "hq-bright", None, 0), lambda: shops.office.order(99),
            lambda: shops.office.submit("campaign", "hq-none", 1, ELSA),
            lambda: shops.office.campaign("hq-none", ELSA), lambda: shops.office.steer("hq-none", "halt", "x", JOHAN),
            lambda: shops.office.discard("campaign", "hq-none", ELSA)):
        with pytest.raises(NotFound):
            attempt()
