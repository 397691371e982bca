"""Scenarios: read with places, run in virtual time, told as text, JUnit and a picture; those that ship hold."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from controller.cli.commands import sinne
from controller.scenarios.model import VERBS, Expect, Scenario
from controller.scenarios.picture import as_svg
from controller.scenarios.reading import ScenarioError, read_scenario
from controller.scenarios.report import as_document, as_junit, as_text
from controller.scenarios.running import Verdict, run
from controller.scenarios.shipped import scenario_names, scenario_text
from controller.scenarios.timing import duration, instant, signed_duration
from profiles.yamltext import read_yaml

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HEAD = "name: A test\nstart: 2026-03-02 11:00\nsteps:\n"


def no_file(named: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", named)


def played(steps: str, head: str = HEAD) -> Verdict:
    return run(read_scenario(head + steps, "test.yaml", no_file))


def wrong(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        read_scenario(text, "test.yaml", no_file)
    return str(refused.value).splitlines()


# ── the scenarios that ship ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", scenario_names())
def test_a_shipped_scenario_holds_and_says_what_it_teaches(name: str) -> None:
    text = scenario_text(name)
    verdict = run(read_scenario(text, f"{name}.yaml", no_file))
    assert verdict.passed, as_text(verdict)
    assert text.startswith("# Teaches: ")
    assert verdict.play.scenario.teaches.endswith(".")
    assert sum(outcome.expectation for outcome in verdict.outcomes) >= 2


def falsified(expect: dict) -> dict | None:
    """The same expectation with one thing in it that is not so; None where it has only a count that may be lower."""
    made = deepcopy(expect)
    if "profile" in made:
        made["profile"] = "golden-hour" if made["profile"] == "morning-calm" else "morning-calm"
        return made
    for part in ("light", "music", "scent", "does"):
        if part in made:
            key, value = next(iter(made[part].items()))
            made[part][key] = (not value) if isinstance(value, bool) else value + 20_000 if not isinstance(
                value, str) else "nobody-has-this"
            return made
    if "stands" in made:
        made["stands"] = {"in-reach": "out-of-reach", "out-of-reach": "in-reach", "right": "by-hand"}.get(
            made["stands"], "out-of-reach")
        return made
    if "right" in made:
        made["right"] = not made["right"]
        return made
    if "stopped" in made:
        made["stopped"] = not made["stopped"]
        return made
    if "journal" in made:
        made["count"] = 77
        return made
    return None


@pytest.mark.parametrize("name", scenario_names())
def test_a_shipped_scenario_fails_where_its_expectations_are_made_false(name: str) -> None:
    document = read_yaml(scenario_text(name), name).document
    expected_to_fail = []
    for number, step in enumerate(document["steps"]):
        if "expect" in step and (made := falsified(step["expect"])) is not None:
            step["expect"] = made
            expected_to_fail.append(number)
    verdict = run(read_scenario(json.dumps(document), name, no_file))
    assert expected_to_fail
    assert [n for n, outcome in enumerate(verdict.outcomes) if n in expected_to_fail and outcome.passed] == []


def test_the_same_seed_gives_the_same_verdict_and_another_one_may_differ() -> None:
    play = read_scenario(scenario_text("bad-line"), "bad-line.yaml", no_file)
    first, again, other = run(play), run(play), run(play, seed=7)
    assert first.digest == again.digest != other.digest
    assert as_document(first) == as_document(again)


# ── what is expected ────────────────────────────────────────────────────────────────


def test_an_expectation_may_come_true_while_it_waits_and_is_then_to_stay() -> None:
    verdict = played("  - {at: 11:05, press: {profile: golden-hour, end: 'minutes:10'}}\n"
                     "  - {at: 11:05, expect: {zone: shop, profile: golden-hour, stays: 20 min}}\n")
    assert verdict.outcomes[0].passed
    assert not verdict.outcomes[1].passed
    assert verdict.outcomes[1].amiss[0] == "It was so, and after 598 s no longer:"


def test_a_device_that_is_left_out_may_do_what_it_likes() -> None:
    steps = ("  - {at: 11:05, lie: ceiling}\n  - {at: 11:06, press: {profile: golden-hour}}\n"
             "  - {at: 11:06, expect: {zone: shop, profile: golden-hour%s}}\n")
    assert played(steps % ", but_for: [ceiling]").passed
    verdict = played(steps % "")
    assert "ceiling is not as it should be" in " ".join(verdict.outcomes[-1].amiss)


def test_what_people_are_refused_is_a_failure_unless_it_was_expected() -> None:
    press = "  - {at: 11:05, press: {profile: golden-hour, role: viewer}%s}\n"
    verdict = played(press % "")
    assert not verdict.passed
    assert verdict.outcomes[0].amiss[0].startswith("It was refused: ")
    assert played(press % ", refused: viewer").passed
    assert played(press % ", refused: banana").outcomes[0].amiss[0].startswith("It was refused with other words")
    assert played("  - {at: 11:05, resume: true, refused: stop}\n").outcomes[0].amiss == ("It was not refused.",)


def test_orders_are_counted_since_the_last_thing_that_happened() -> None:
    steps = ("  - {at: 11:05, press: {scene: {light: {on: true, brightness_pct: 33}}}}\n"
             "  - {at: 11:06, expect: {device: ceiling, orders_at_most: %d, within: 0 s}}\n")
    assert played(steps % 1).passed
    assert played(steps % 0).outcomes[1].amiss == ("Since then 1 orders were sent, more than 0.",)


def test_a_slow_device_an_empty_cartridge_and_a_wiped_broker() -> None:
    verdict = played(
        "  - {at: 11:01, slow_down: {device: ceiling, from_s: 1, to_s: 2}}\n"
        "  - {at: 11:01, fill: {device: diffuser, ml: 0}}\n"
        "  - {at: 11:02, expect: {device: diffuser, stands: alarm, within: 2 min}}\n"
        "  - {at: 11:05, fill: {device: diffuser, ml: 100}}\n"
        "  - {at: 11:05, broker: wiped}\n  - {at: 11:06, broker: up}\n"
        "  - {at: 11:06, expect: {right: true, within: 2 min}}\n")
    assert verdict.passed, as_text(verdict)


def test_a_hand_asks_a_device_for_what_it_has_not_got() -> None:
    verdict = played("  - {at: 11:05, switch: {device: ceiling, to: {brightness_pct: 400}}}\n")
    assert verdict.outcomes[0].amiss == ("It was refused: brightness_pct must be a number from 0 to 100.",)


# ── reading ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("steps", "sentence"), [
    ("  - {at: 11:05, unplug: celing}\n",
     "test.yaml:4: steps[0].unplug: there is no device “celing” in The corner shop; did you mean ceiling?"),
    ("  - {at: 11:05, explode: ceiling}\n", "test.yaml:4: steps[0].explode: there is no field of this name here"),
    ("  - {at: 11:05}\n", "test.yaml:4: steps[0]: a step does one thing, and here is nothing; it is one of: unplug"),
    ("  - {at: 11:05, undo: true, resume: true}\n", "here is undo and resume"),
    ("  - {at: 25:05, undo: true}\n", "test.yaml:4: steps[0].at: 25:05 is no date or time that there is."),
    ("  - {at: soon, undo: true}\n", "steps[0].at: a time is 10:00"),
    ("  - {at: 11:05, undo: true}\n  - {at: 11:04, undo: true}\n", "test.yaml:5: steps[1].at: this is before the step"),
    ("  - {at: 11:05, expect: {right: true, within: 5 min}}\n  - {at: 11:06, undo: true}\n",
     "test.yaml:5: steps[1].at: the expectation above may still be waiting then"),
    ("  - {at: 11:05, expect: {right: true, within: soon}}\n", "steps[0].expect.within: a duration is a number with"),
    ("  - {at: 11:05, clock: an hour}\n", "steps[0].clock: a duration is a number with"),
    ("  - {at: 11:05, expect: {profile: golden-hour}}\n", "profile is expected of a zone; name the zone."),
    ("  - {at: 11:05, expect: {zone: shop}}\n", "say what is expected of the zone"),
    ("  - {at: 11:05, expect: {device: ceiling}}\n", "say what is expected of the device"),
    ("  - {at: 11:05, expect: {does: {on: true}}}\n", "does is expected of a device; name the device."),
    ("  - {at: 11:05, expect: {within: 5 s}}\n", "nothing is expected here"),
    ("  - {at: 11:05, expect: {right: true, count: 3}}\n", "count is of entries of the journal"),
    ("  - {at: 11:05, expect: {zone: shop, profile: golden-our}}\n", "did you mean golden-hour?"),
    ("  - {at: 11:05, unplug: ceiling, refused: no}\n", "only what people do can be refused"),
    ("  - {at: 11:05, publish: {dayparts: [{id: x}]}}\n", "test.yaml:4: steps[0].publish.dayparts[0]"),
    ("  - {at: 11:05, nudge: {zone: shop, complaint: too-cold}}\n", "“too-cold” is not one of too-loud"),
])
def test_what_is_wrong_with_a_step_is_said_with_its_line(steps: str, sentence: str) -> None:
    assert sentence in "\n".join(wrong(HEAD + steps))


def test_what_is_wrong_with_the_store_is_said() -> None:
    undo = "steps:\n  - {at: 11:05, undo: true}\n"
    other_store = "name: X\nstore: minimum\nstart: 2026-03-02 11:00\n"
    assert "there is no plan file “minimum” here" in wrong(other_store + undo)[0]
    assert wrong("name: X\nstart: soon\n" + undo) == [
        "test.yaml:2: start: the start is a date and a time, as in 2026-03-02 09:55."]
    assert "test.yaml:3: parts.zones" in wrong(
        "name: X\nparts:\n  zones: []\nstart: 2026-03-02 11:00\n" + undo)[0]
    assert wrong("- 1\n")[0].startswith("test.yaml: a scenario is a group of parts")
    assert "test.yaml:2" in wrong("name: X\nname: Y\n")[0]


@pytest.mark.parametrize(("text", "seconds"), [("5 s", 5), ("1 min 30 s", 90), ("2h", 7200), ("1.5 d", 129_600)])
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert duration(text).total_seconds() == seconds
    assert signed_duration(f"-{text}") == -duration(text)
    assert signed_duration(f"+ {text}") == duration(text)


def test_a_time_is_the_stores_own_and_goes_forward() -> None:
    start = instant("2026-03-02 09:55", None, STOCKHOLM)
    assert start == datetime(2026, 3, 2, 8, 55, tzinfo=UTC)
    assert instant("10:00:30", start, STOCKHOLM) == start + timedelta(minutes=5, seconds=30)
    assert instant("+90 s", start, STOCKHOLM) == start + timedelta(seconds=90)
    evening = instant("2026-10-25 02:10", start, STOCKHOLM)
    assert instant("02:05", evening, STOCKHOLM) == evening + timedelta(minutes=55)  # the hour comes twice
    with pytest.raises(ValueError, match="leave 02:30 out"):
        instant("2026-03-29 02:30", start, STOCKHOLM)


# ── telling ─────────────────────────────────────────────────────────────────────────

FAILING = ("  - {at: 11:05, unplug: ceiling}\n  - {at: 11:06, expect: {device: ceiling, stands: in-reach}}\n"
           "  - {at: 11:07, expect: {right: true}}\n")


def test_the_report_says_what_was_amiss_in_text_junit_and_json() -> None:
    verdict = played(FAILING)
    text = as_text(verdict)
    assert "2026-03-02 11:06:00  FAIL  expect ceiling is in reach within 5 s\n" in text
    assert "A test: FAILED, 1 of 2 as expected." in text
    suite = ET.fromstring(as_junit(verdict))
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")
    failures = suite.findall("./testcase/failure")
    assert [failure.attrib["message"] for failure in failures] == ["ceiling is not in reach: lost."]
    document = as_document(verdict)
    assert document["passed"] is False
    assert [step["passed"] for step in document["steps"]] == [True, False, True]


def test_the_picture_has_a_band_for_each_device_and_a_mark_for_each_step() -> None:
    verdict = played(FAILING, HEAD.replace("A test", "Light & <sound>"))
    picture = ET.fromstring(as_svg(verdict))
    names = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Light & <sound>", "shop", "ceiling", "speaker", "diffuser", "Morning calm"} <= names
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}polygon"))) == 3
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}line"))) == 3


# ── the page ────────────────────────────────────────────────────────────────────────

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()


def test_the_example_of_the_page_holds() -> None:
    example = re.search(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)[1]
    assert run(read_scenario(example, "docs/scenarios.md", no_file)).passed


def test_the_page_names_every_part_step_and_expectation() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert set(Scenario.model_fields) | set(VERBS) | set(Expect.model_fields) | {"at", "refused"} <= named | {"refused"}
    assert "`refused:" in PAGE


# ── the command ─────────────────────────────────────────────────────────────────────


def simulate(*words: str):
    return CliRunner().invoke(sinne, ["simulate", *words])


def test_the_command_runs_a_shipped_scenario_and_leaves_reports(tmp_path) -> None:
    done = simulate("--scenario", "frozen-lamp", "--report", str(tmp_path / "out"), "--seed", "5")
    assert done.exit_code == 0, done.output
    assert "A lamp hangs: passed, 3 of 3 as expected. Seed 5" in done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["junit.xml", "report.txt", "timeline.svg"]
    assert (tmp_path / "out" / "report.txt").read_text() in done.output


def test_the_command_ends_with_1_where_an_expectation_did_not_hold(tmp_path) -> None:
    (tmp_path / "failing.yaml").write_text(HEAD + FAILING)
    done = simulate("--scenario", str(tmp_path / "failing.yaml"), "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["passed"] is False


def test_the_command_ends_with_2_where_a_scenario_cannot_be_read(tmp_path) -> None:
    (tmp_path / "bad.yaml").write_text(HEAD + "  - {at: 11:05, unplug: celing}\n")
    done = simulate("--scenario", str(tmp_path / "bad.yaml"))
    assert done.exit_code == 2
    assert "bad.yaml:4: steps[0].unplug: there is no device" in done.output
    assert simulate("--scenario", "nope").exit_code == 2
    assert simulate("--scenario", "list", "--broker", "mqtt://127.0.0.1").exit_code == 2
    assert simulate("--report", "x").exit_code == 2


def test_a_plan_beside_the_scenario_is_read(tmp_path) -> None:
    plan = ("store: {id: shop, name: Shop, timezone: Europe/Stockholm, hours: '24/7'}\nzones:\n"
            "  - {id: hall, name: Hall, kind: sales-floor, default: {light: {on: true, brightness_pct: 61, kelvin: "
            "3000}, music: off, scent: off}}\ndevices:\n  - {id: lamp, kind: light, zones: [hall]}\n")
    (tmp_path / "shop.yaml").write_text(plan)
    (tmp_path / "mine.yaml").write_text("name: Mine\nstore: shop.yaml\nstart: 2026-03-02 11:00\nsteps:\n"
                                        "  - {at: +1 min, expect: {zone: hall, light: {brightness_pct: 61}}}\n")
    assert simulate("--scenario", str(tmp_path / "mine.yaml")).exit_code == 0
    (tmp_path / "shop.yaml").write_text(plan.replace("sales-floor", "balcony"))
    done = simulate("--scenario", str(tmp_path / "mine.yaml"))
    assert done.exit_code == 2
    assert "“balcony” is not one of" in done.output


def test_those_that_ship_are_listed_with_what_they_teach() -> None:
    listed = simulate("--scenario", "list", "--json")
    assert [one["id"] for one in json.loads(listed.output)] == scenario_names()
    assert len(scenario_names()) >= 12
    assert "two-fragrances" in simulate("--scenario", "list").output


def test_time_can_be_slowed_down_for_watching(tmp_path) -> None:
    (tmp_path / "short.yaml").write_text(HEAD + "  - {at: +1 s, wait: true}\n  - {at: +1 s, expect: {right: true}}\n")
    assert simulate("--scenario", str(tmp_path / "short.yaml"), "--speed", "1000").exit_code == 0
    assert simulate("--scenario", str(tmp_path / "short.yaml"), "--speed", "0").exit_code == 2
