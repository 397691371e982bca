"""The hunt: stories are files, the same seed is the same hunt, what breaks is shrunk, what it found stays mended."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.cli.commands import sinne
from controller.hunting.drawing import draw_story
from controller.hunting.hunt import hunt
from controller.hunting.living import Lived, live_through
from controller.hunting.sense import makes_sense
from controller.hunting.shrinking import shrunk
from controller.hunting.story import Moment, Story, play_of_story, scenario_of
from controller.hunting.watching import Breach
from controller.hunting.writing import write_story
from controller.publishing import findings
from controller.scenarios.model import Step
from controller.scenarios.reading import read_scenario
from controller.scenarios.running import run
from profiles.check import errors
from profiles.planfile import plan_from_document

FOUND = sorted((Path(__file__).parent / "hunted").glob("*.yaml"))


def no_file(named: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", named)


# ── stories ─────────────────────────────────────────────────────────────────────────


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 500))
def test_every_story_is_a_scenario_file_that_reads_back_as_the_same_story(seed: int, number: int) -> None:
    story = draw_story(seed, number)
    play = read_scenario(write_story(story, "A comment."), "story.yaml", no_file)
    assert play.scenario == scenario_of(story)
    assert [timed.at for timed in play.steps] == [*(moment.at for moment in story.moments), story.end]
    assert play.start == story.start
    assert makes_sense(story.moments)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**31))
def test_every_drawn_store_may_be_published(seed: int) -> None:
    story = draw_story(seed, 1)
    assert errors(findings(plan_from_document(story.parts), story.start)) == []


def test_every_story_is_mended_before_it_ends() -> None:
    for number in range(1, 60):
        story = draw_story(3, number)
        broken: set[str] = set()
        for moment in story.moments:
            for verb, mends in (("unplug", "plug_in"), ("freeze", "thaw"), ("lie", "be_honest")):
                broken |= {f"{verb} {device}" for device in getattr(moment.step, verb) or ()}
                broken -= {f"{verb} {device}" for device in getattr(moment.step, mends) or ()}
            broken -= {f"freeze {device}" for device in moment.step.unplug or ()}
            if moment.step.broker is not None:
                broken = broken - {"broker"} if moment.step.broker == "up" else broken | {"broker"}
        assert broken == set(), story.name


def test_the_same_numbers_give_the_same_story_and_others_another() -> None:
    assert draw_story(4, 9) == draw_story(4, 9)
    assert draw_story(4, 9) != draw_story(5, 9)
    assert draw_story(4, 9).parts == draw_story(4, 10).parts


# ── the hunt ────────────────────────────────────────────────────────────────────────


def test_the_same_seed_is_the_same_hunt_bit_for_bit() -> None:
    first, second = hunt(21, 0.8), hunt(21, 0.8)
    assert first.stories >= 1
    assert first.digests == second.digests
    assert hunt(22, 0.1).digests[0] != first.digests[0]


def test_a_story_is_lived_through_as_its_scenario_runs() -> None:
    story = draw_story(5, 2)
    play = play_of_story(story)
    lived = live_through(play)
    verdict = run(read_scenario(write_story(story), "story.yaml", no_file))
    assert lived.breach is None
    assert verdict.digest == lived.digest
    assert verdict.outcomes[-1].passed


def test_a_hunt_ends_when_it_is_told_to() -> None:
    told: list[int] = []
    found = hunt(6, None, ended=lambda: len(told) >= 2, tell=lambda stories, _days: told.append(stories))
    assert (found.stories, found.story) == (2, None)


def test_the_command_says_what_came_of_it(tmp_path: Path) -> None:
    said = CliRunner().invoke(sinne, ["simulate", "--hunt", "--days", "0.5", "--seed", "21", "--json", "--report",
                                      str(tmp_path)])
    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert document["breach"] is None
    assert document["seed"] == 21
    assert document["stories"] >= 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--hunt", "--scenario", "list"], ["--hunt", "--broker", "mqtt://localhost"],
                                     ["--days", "3"], ["--hunt", "--days", "0"]])
def test_a_hunt_brings_its_own_stores(options: list[str]) -> None:
    assert CliRunner().invoke(sinne, ["simulate", *options]).exit_code == 2


@pytest.mark.real
def test_the_shell_is_told_that_an_expectation_did_not_hold(tmp_path: Path) -> None:
    fails = tmp_path / "fails.yaml"
    fails.write_text("name: Fails\nstart: 2026-03-02 11:00\n"
                     "steps:\n  - {at: 11:01, expect: {right: false, within: 0 s}}\n")
    ran = subprocess.run([sys.executable, "-c", "from controller.cli import main; main()", "simulate", "--scenario",
                          str(fails)], capture_output=True, text=True, check=False)
    assert (ran.returncode, "FAILED" in ran.stdout) == (1, True)


# ── shrinking ───────────────────────────────────────────────────────────────────────


def broken_by(story: Story, *verbs: str) -> Breach | None:
    """A rule that is broken once each of these has happened, in this order, to a store with a lamp."""
    left = list(verbs)
    for moment in story.moments:
        if left and moment.step.verb == left[0]:
            left.pop(0)
        if not left:
            return Breach("not-so", moment.at + timedelta(seconds=3), "It was so.")
    return None


def pretended(story: Story) -> Lived:
    play_of_story(story)  # only what can be lived through counts
    return Lived(broken_by(story, "broker", "press"), ("",) * len(story.moments), story.days, "")


def a_story_that_breaks() -> Story:
    stories = (draw_story(8, number) for number in range(1, 100))
    return next(s for s in stories if len(s.moments) > 20 and broken_by(s, "broker", "press") is not None)


def test_what_breaks_is_shrunk_to_the_steps_that_break_it() -> None:
    story = a_story_that_breaks()
    short = shrunk(story, pretended(story), live=pretended)
    assert [moment.step.verb for moment in short.story.moments] == ["broker", "press"]
    assert (short.steps_before, short.steps_after) == (len(story.moments), 2)
    assert short.breach.rule == "not-so"
    assert len(short.story.parts["devices"]) <= 1
    assert len(short.story.parts["zones"]) == 1
    assert all(moment.at.timestamp() % 10 == 0 for moment in short.story.moments)
    assert short.story.days < story.days
    read_scenario(write_story(short.story), "short.yaml", no_file)


def test_shrinking_ends_after_so_many_tries_and_keeps_what_it_has() -> None:
    story = a_story_that_breaks()
    tried: list[Story] = []

    def live(candidate: Story) -> Lived:
        tried.append(candidate)
        return pretended(candidate)

    short = shrunk(story, pretended(story), live=live, most=5)
    assert len(tried) <= 5
    assert broken_by(short.story, "broker", "press") is not None


def test_what_makes_no_sense_is_no_candidate() -> None:
    at = draw_story(1, 1).start
    press = Step.model_validate({"at": "", "undo": True})
    assert makes_sense([Moment(at, press)])
    assert not makes_sense([Moment(at, Step(at="", controller="kill")), Moment(at, press)])
    assert not makes_sense([Moment(at, Step(at="", thaw=("lamp-0",)))])
    assert not makes_sense([Moment(at, Step(at="", broker="up"))])
    assert not makes_sense([Moment(at, press), Moment(at - timedelta(seconds=1), press)])


# ── what was found ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
def test_what_the_hunt_found_stays_mended(file: Path) -> None:
    verdict = run(read_scenario(file.read_text(), file.name, no_file))
    assert [sentence for outcome in verdict.outcomes for sentence in outcome.amiss] == []
    assert verdict.outcomes
