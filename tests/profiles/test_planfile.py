"""Plan files: round trips, plain sentences with lines, and nothing of a bad file used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_strategies import plans

from profiles.check import check
from profiles.finding import Finding, Level
from profiles.plan import Plan
from profiles.planfile import PlanFileError, plan_from_document, read_plan, read_plan_text, schema, write_plan
from profiles.starters import starters, store_text
from profiles.yamltext import MAX_CHARACTERS, YamlTextError, read_yaml

SMALL = """\
store: {id: shop, name: Shop, timezone: Europe/Stockholm, hours: "Mo-Fr 10:00-18:00"}
zones:
  - id: hall
    name: Hall
    kind: sales-floor
    default:
      light: {on: true, brightness_pct: 60, kelvin: 3500}
      music: {on: off, volume_pct: 30}
      scent: off
"""
JARGON = re.compile(r"pydantic|validation error|Input should|input_value|type=|ctx|NoneType|dict\b|tuple|Traceback")


def findings(text: str) -> tuple[str, ...]:
    with pytest.raises(PlanFileError) as refused:
        read_plan(text, "store.yaml")
    assert refused.value.findings
    said = tuple(str(f) for f in refused.value.findings)
    assert str(refused.value) == "\n".join(said)
    for sentence in said:
        assert not JARGON.search(sentence), sentence
        assert sentence.startswith("store.yaml:")
        assert sentence.endswith((".", "?"))
    return said


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_a_written_plan_reads_back_with_the_same_digest(plan: Plan) -> None:
    text = write_plan(plan)
    assert read_plan(text, "x").digest == plan.digest
    assert write_plan(read_plan(text, "x")) == text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_other_yaml_readers_see_the_same_ids_and_names(plan: Plan) -> None:
    ours = read_yaml(write_plan(plan), "x").document
    theirs = yaml.safe_load(write_plan(plan))  # a reader of YAML 1.1
    assert theirs["store"]["name"] == plan.store.name == ours["store"]["name"]
    assert [z["id"] for z in theirs["zones"]] == [z.id for z in plan.zones]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_a_plan_sent_as_json_is_the_same_plan(plan: Plan) -> None:
    document = json.loads(json.dumps(plan.model_dump(mode="json")))
    assert plan_from_document(document).digest == plan.digest


def test_a_written_store_is_pleasant_to_read() -> None:
    text = write_plan(read_plan(store_text("minimal"), "minimal.yaml"))
    assert text.startswith("# yaml-language-server: $schema=plan.schema.json\n")
    assert "\n# The week: which mood when." in text
    assert "\n      scent: off\n" in text
    assert "light: {on: true, brightness_pct: 70, kelvin: 3500}" in text
    assert "when: opening..closing-03:00" in text
    assert "null" not in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_writing_a_default_out_is_the_same_plan() -> None:
    assert read_plan(SMALL + "limits: {light_floor_pct: 20}\n", "x").digest == read_plan(SMALL, "x").digest


def test_norway_is_a_country_and_half_past_ten_is_text() -> None:
    text = SMALL.replace("hours:", "country: NO, hours:").replace("name: Hall", "name: 10:30")
    plan = read_plan(text, "x")
    assert (plan.store.country, plan.zones[0].name) == ("NO", "10:30")
    assert 'country: "NO"' in write_plan(plan)


def test_on_and_off_switch_a_sense() -> None:
    plan = read_plan(SMALL.replace("scent: off", "scent: on").replace("{on: off, volume_pct: 30}", "off"), "x")
    scene = plan.zones[0].default
    assert (scene.scent and scene.scent.on, scene.music and scene.music.on) == (True, False)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "says"),
    [
        ("kind: sales-floor", "kind: sales-flor", 5, "zones[0].kind", "did you mean|Did you mean sales-floor"),
        ("brightness_pct", "brightnes_pct", 7, "zones[0].default.light.brightnes_pct", "did you mean brightness_pct"),
        (
            "brightness_pct: 60",
            "brightness_pct: 160",
            7,
            "zones[0].default.light.brightness_pct",
            "highest allowed, 100",
        ),
        ("brightness_pct: 60", "brightness_pct: bright", 7, "zones[0].default.light.brightness_pct", "a number"),
        ("brightness_pct: 60", "brightness_pct: true", 7, "zones[0].default.light.brightness_pct", "a number"),
        ("kelvin: 3500", "kelvin: 3500.5", 7, "zones[0].default.light.kelvin", "whole number"),
        ("kelvin: 3500", "kelvin: 3500, xy: [0.3, 0.3]", 7, "zones[0].default.light", "kelvin or xy, not both"),
        ("id: hall", "id: Hall/1", 3, "zones[0].id", "small letters"),
        ("    name: Hall\n", "", 3, "zones[0].name", "name is missing"),
        ("name: Hall", "name: 24", 4, "zones[0].name", "in quotes"),
        ("scent: off", "scent: loud", 9, "zones[0].default.scent", "off, on"),
        ("scent: off", "scent: {fragrance: linen}", 9, "zones[0].default.scent", "together"),
        ("zones:", "zonen: 3\nzones:", 2, "zonen", "did you mean zones"),
        ("zones:", "dayparts: 7\nzones:", 2, "dayparts", "a list"),
        ("zones:", "profiles: [morning-clam]\nzones:", 2, "profiles[0]", "did you mean morning-calm"),
        ("zones:", "guardrails: {boss: {}}\nzones:", 2, "guardrails.boss", "viewer, staff, manager"),
        (
            "zones:",
            "guardrails: {staff: {volume_pct: {lowest: 9, highest: 3}}}\nzones:",
            2,
            "guardrails.staff.volume_pct",
            "above",
        ),
        ("zones:", "limits: {max_intensity_pct: .nan}\nzones:", 2, "limits.max_intensity_pct", "a number"),
    ],
)
def test_a_mistake_is_told_with_line_field_and_what_would_be_right(
    old: str, new: str, line: int, field: str, says: str
) -> None:
    said = findings(SMALL.replace(old, new, 1))
    assert len(said) == 1, said
    assert said[0].startswith(f"store.yaml:{line}: {field}: ")
    assert re.search(says, said[0])


def test_all_mistakes_are_told_at_once() -> None:
    said = findings(SMALL.replace("kind: sales-floor", "kind: hall").replace("id: hall", "id: H"))
    assert [s.split(": ")[1] for s in said] == ["zones[0].id", "zones[0].kind"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("# only a comment\n", 2, "empty"),
        ("a: 1\na: 2\n", 2, "twice, first in line 1"),
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases"),
        ("a: *x\n", 1, "anchors and aliases"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("a: !!str 1\n", 1, "tags"),
        ("? [a]\n: 1\n", 1, "name of a field"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a:\n\t- b\n", 2, "tab|spaces"),
        ("a: 'x\n", 2, "quotation mark"),
        ("a: [1, 2\n", 2, "bracket"),
        ("a: b: c\n", 1, "colon"),
        ("a: " + "[" * 30 + "]" * 30, 1, "nested"),
    ],
)
def test_yaml_beyond_plain_values_is_refused(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlTextError) as refused:
        read_yaml(text, "store.yaml")
    assert refused.value.finding.line == line
    assert re.search(says, refused.value.finding.sentence)
    findings(text)


def test_control_characters_and_large_files_are_refused() -> None:
    for text, says in (("a: \x01", "U\\+0001"), ("a: \ud800", "U\\+D800"), ("#" * (MAX_CHARACTERS + 1), "characters")):
        with pytest.raises(PlanFileError, match=says):
            read_plan(text, "store.yaml")


def test_nesting_a_hundred_thousand_deep_is_refused_without_harm() -> None:
    with pytest.raises(PlanFileError, match="nested"):
        read_plan("[" * 100_000, "store.yaml")
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PlanFileError, match="nested"):
        plan_from_document(deep)


@pytest.mark.parametrize(
    "document",
    [
        None,
        3,
        "plan",
        [],
        [{}],
        {},
        {"zones": 3},
        {"store": None, "zones": [None]},
        {"profiles": "x"},
        {"profiles": [3, None, [], "nope"]},
        {1: 2},
    ],
)
def test_a_document_that_is_no_plan_is_refused_in_sentences(document: object) -> None:
    with pytest.raises(PlanFileError) as refused:
        plan_from_document(document)
    for finding in refused.value.findings:
        assert finding.level is Level.ERROR
        assert finding.line is None
        assert not JARGON.search(str(finding))


def told(read: Callable[[], Plan]) -> tuple[Finding, ...] | None:
    """What a refusal says; None where there is a plan. Any other exception is a failure."""
    try:
        read()
    except PlanFileError as refused:
        return refused.findings
    return None


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["store", "zones", "id", "light", "roles", "profiles", "dayparts", "when", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(plain)
def test_any_document_is_a_plan_or_is_refused(document: object) -> None:
    said = told(lambda: plan_from_document(document))
    assert said is None or (said and not any(JARGON.search(f.sentence) for f in said))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SMALL)), st.integers(0, 12), st.text(max_size=6))
def test_any_damage_to_a_file_is_told_in_sentences(at: int, cut: int, put: str) -> None:
    said = told(lambda: read_plan(SMALL[:at] + put + SMALL[at + cut :], "store.yaml"))
    assert said is None or (said and not JARGON.search(said[0].sentence))


def test_a_starter_is_brought_by_its_name() -> None:
    plan = read_plan(SMALL + "profiles: [quiet-hour]\n", "x")
    assert plan.profile("quiet-hour") == starters()["quiet-hour"]


def test_a_starter_leaves_out_sources_and_fragrances_that_the_store_has_not() -> None:
    sources = "sources: [{id: calm-morning, name: C, licence: L, territory: SE}]\n"
    bare = read_plan(SMALL + "profiles: [morning-calm]\n", "x").profile("morning-calm").scene
    own = read_plan(SMALL + sources + "profiles: [morning-calm]\n", "x").profile("morning-calm").scene
    assert bare.music is not None
    assert own.music is not None
    assert (bare.music.source, own.music.source) == (None, "calm-morning")
    assert bare.scent is not None
    assert (bare.scent.on, bare.scent.fragrance) == (False, None)


def test_what_check_finds_is_placed_in_the_file() -> None:
    text = read_plan_text(
        SMALL + "dayparts:\n  - {id: d, name: D, when: opening..closing, profile: hush}\n", "store.yaml"
    )
    placed = [f for f in text.located(check(text.plan)) if f.field == "dayparts[0].profile"]
    assert [f.line for f in placed] == [11]
    assert str(placed[0]).startswith("store.yaml:11: dayparts[0].profile: there is no profile “hush”")


def test_the_schema_for_editors_is_the_one_in_the_documentation() -> None:
    written = Path(__file__).parents[2] / "docs" / "plan.schema.json"
    assert written.read_text(encoding="utf-8") == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_knows_the_short_forms_and_every_field() -> None:
    made = schema()
    assert set(starters()) == set(made["properties"]["profiles"]["items"]["anyOf"][1]["enum"])
    assert "off" in made["$defs"]["Lights"]["anyOf"][0]["enum"]
    assert made["properties"].keys() == Plan.model_fields.keys()


def test_a_thousand_devices_are_read_and_written_in_one_go() -> None:
    devices = "".join(f"  - {{id: lamp-{n}, kind: light, zones: [hall]}}\n" for n in range(1000))
    plan = read_plan(SMALL + "devices:\n" + devices, "x")
    assert read_plan(write_plan(plan), "x").digest == plan.digest
    assert len(plan.devices) == 1000


def test_the_documentation_names_every_part_and_every_starter() -> None:
    text = (Path(__file__).parents[2] / "docs" / "plan-files.md").read_text(encoding="utf-8")
    assert [part for part in Plan.model_fields if f"`{part}`" not in text] == []
    for starter in starters().values():
        assert f"| `{starter.id}` | {starter.name}: {starter.says} | {starter.tags.arousal.value} |" in text
    fields = {f for model in (Plan.model_fields["store"].annotation,) for f in model.model_fields} - {"tags"}
    assert [f for f in fields if f"`{f}" not in text] == []


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from(list("ab.[]0 \"'")), min_size=1, max_size=6))
def test_a_field_may_be_called_anything_and_is_still_placed(name: str) -> None:
    quoted = json.dumps(name)
    text = SMALL + f"guardrails:\n  {quoted}: {{longest_min: [{{{quoted}: 1}}]}}\n"
    said = told(lambda: read_plan(text, "store.yaml"))
    assert said is not None
    assert {f.line for f in said} == {11}
