"""Faults that a device does not own up to, in scenarios: drift, told and silent, and reports of nonsense."""

from __future__ import annotations

import pytest

from controller.scenarios.reading import ScenarioError, read_scenario
from controller.scenarios.report import as_text
from controller.scenarios.running import Verdict, run
from controller.scenarios.telling import words_of

HEAD = "name: A test\nstart: 2026-03-02 11:00\nsteps:\n"


def no_file(named: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", named)


def played(steps: str) -> Verdict:
    verdict = run(read_scenario(HEAD + steps, "test.yaml", no_file))
    assert verdict.passed, as_text(verdict)
    return verdict


def test_a_drift_that_is_told_is_put_right() -> None:
    played("""
  - {at: 11:10, drift: {device: ceiling, to: {brightness_pct: 5}, tells: true}}
  - {at: +1 s, expect: {device: ceiling, stands: right, within: 15 s}}
""")


def test_a_silent_drift_stays_until_something_else_is_ordered() -> None:
    played("""
  - {at: 11:10, drift: {device: ceiling, to: {brightness_pct: 5}}}
  - {at: +1 min, expect: {device: ceiling, does: {brightness_pct: 5}, stays: 4 min, within: 1 s}}
  - {at: +5 min, press: {profile: golden-hour, end: "minutes:30"}}
  - {at: +1 s, expect: {device: ceiling, does: {brightness_pct: 55}, within: 10 s}}
""")


def test_nonsense_is_dropped_and_the_device_is_believed_again_once_it_makes_sense() -> None:
    played("""
  - {at: 11:10, babble: ceiling}
  - {at: 11:11, press: {profile: golden-hour, end: "minutes:30"}}
  - {at: +1 s, expect: {device: ceiling, does: {brightness_pct: 55}, within: 10 s}}
  - {at: +1 min, make_sense: [ceiling]}
  - {at: +1 s, expect: {device: ceiling, stands: right, within: 10 s}}
""")


def test_a_device_that_is_not_there_cannot_drift() -> None:
    with pytest.raises(ScenarioError, match="there is no device “celing”"):
        read_scenario(HEAD + "  - {at: 11:10, drift: {device: celing, to: {on: false}}}\n", "test.yaml", no_file)
    with pytest.raises(ScenarioError, match="there is no device “nix”"):
        read_scenario(HEAD + "  - {at: 11:10, babble: nix}\n", "test.yaml", no_file)


def test_the_new_steps_read_as_sentences() -> None:
    steps = read_scenario(HEAD + """
  - {at: 11:10, drift: {device: ceiling, to: {brightness_pct: 5}, tells: true}}
  - {at: 11:11, babble: ceiling}
  - {at: 11:12, make_sense: ceiling}
""", "test.yaml", no_file).scenario.steps
    assert [words_of(step) for step in steps] == [
        "ceiling drifts to brightness_pct 5 and says so", "says nonsense from now on: ceiling",
        "makes sense again: ceiling"]
