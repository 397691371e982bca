"""The form of a campaign and the content of a draft: there and back, with whatever somebody wrote."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from controller.hq.drafting import read
from profiles.profile import ZoneKind
from web.hq_campaign_form import Fields, Token, WaveFields, content_of, fields_of, filled_in
from web.hq_campaign_page import problems_of

IDS = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
WAVES = st.builds(
    WaveFields, st.integers(0, 100).map(str), st.one_of(st.just(""), IDS.map("hq-{}".format)),
    st.integers(1, 48).map(str), st.integers(1, 48).map(str), st.booleans())
FIELDS = st.builds(
    Fields, name=st.text(max_size=20).map(str.strip), when=st.just("Mo-Fr 10:00-12:00"), first=st.just("2026-04-13"),
    last=st.sampled_from(["", "2026-05-02"]), priority=st.integers(1, 100).map(str), profile=IDS,
    kinds=st.lists(st.sampled_from([kind.value for kind in ZoneKind]), unique=True, max_size=3).map(tuple),
    note=st.just("as agreed"),
    who=st.lists(st.builds(Token, st.sampled_from(["country", "tag", "any", "not", "list"]), IDS), unique=True,
                 max_size=5).map(lambda found: tuple(sorted(found, key=lambda token: (
                     ["country", "tag", "any", "not", "list"].index(token.part))))),
    waves=st.lists(WAVES, max_size=4).map(tuple), failures_pct=st.sampled_from(["", "4", "2.5"]),
    overrides_pct=st.just(""), complaints_pct=st.just("5"))


def sent(fields: Fields) -> MultiDict[str, str]:
    """As a browser sends it."""
    form: MultiDict[str, str] = MultiDict()
    for name in ("name", "when", "first", "last", "priority", "profile", "note", "failures_pct", "overrides_pct",
                 "complaints_pct"):
        form.add(name, getattr(fields, name))
    for kind in fields.kinds:
        form.add("kind", kind)
    for token in fields.who:
        form.add("who", token.value)
    for number, wave in enumerate(fields.waves):
        for name, value in (("share", wave.share_pct), ("wave_list", wave.list), ("soak", wave.soak_h),
                            ("timeout", wave.timeout_h)):
            form.add(name, value)
        if wave.by_hand:
            form.add("by_hand", str(number))
    return form


@given(FIELDS)
def test_what_was_filled_in_is_what_is_shown_again(fields: Fields) -> None:
    assert filled_in(sent(fields)) == fields
    again = fields_of(content_of(fields, {}))
    assert again == fields


@given(FIELDS)
def test_what_the_form_does_not_know_stays(fields: Fields) -> None:
    before = {"body": {"cues": [{"id": "c"}], "zones": ["cafe"], "name": "x"}, "selector": {"tags": ["old"]}}
    content = content_of(fields, before)
    assert content["body"]["cues"] == [{"id": "c"}]
    assert content["body"]["zones"] == ["cafe"]
    assert content["body"]["name"] == fields.name


@given(st.dictionaries(st.sampled_from(["who", "add", "drop", "share", "soak", "less", "by_hand", "priority", "kind",
                                        "failures_pct", "more", "when"]), st.text(max_size=12)))
def test_no_form_breaks_it(said: dict[str, str]) -> None:
    content = content_of(filled_in(MultiDict(said)), {})
    assert set(content) == {"body", "selector", "stages", "thresholds", "note"}
    assert read("campaign", "hq-x", content)[1] is not None


def test_keys_change_the_form_itself() -> None:
    fields = Fields(name="Spring", who=(Token("country", "SE"), Token("tag", "flagship")),
                    waves=(WaveFields("5"), WaveFields("25", by_hand=True), WaveFields("100")))
    form = sent(fields)
    form["drop"] = "tag:flagship"
    form["add"] = "not:outlet"
    form["less"] = "0"
    found = filled_in(form)
    assert [token.value for token in found.who] == ["country:SE", "not:outlet"]
    assert [(wave.share_pct, wave.by_hand) for wave in found.waves] == [("25", True), ("100", False)]
    assert [wave.share_pct for wave in filled_in(MultiDict({"more": "1"})).waves] == ["100"]


def test_what_is_no_number_is_kept_for_a_sentence_about_it() -> None:
    fields = Fields(name="Spring", when="10:00-12:00", profile="hq-a", priority="high", waves=(WaveFields("all"),))
    content = content_of(fields, {})
    assert content["body"]["priority"] == "high"
    assert content["stages"][0]["wave"]["share"] == "all"
    found, problems = read("campaign", "hq-spring", content)
    assert found is None
    assert {re.split(r"[.\[]", problem.field)[0] for problem in problems} <= {"body", "stages"}
    assert problems_of(problems, "stages")
    assert not problems_of(problems, "selector", "")
