"""What came of a scenario: as text for people, as JSON, and as JUnit XML for whatever runs tests."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from controller.scenarios.reading import Play
from controller.scenarios.running import Outcome, Verdict


def step_text(play: Play, outcome: Outcome) -> str:
    """One step in one line by the store's own clock, with what was amiss below it."""
    at = outcome.at.astimezone(play.plan.store.place.tz).strftime("%Y-%m-%d %H:%M:%S")
    sign = ("ok  " if outcome.expectation else "    ") if outcome.passed else "FAIL"
    took = f" ({outcome.took_s:.1f} s)" if outcome.passed and outcome.took_s else ""
    return "\n".join([f"{at}  {sign}  {outcome.words}{took}", *(f"{'':27}{sentence}" for sentence in outcome.amiss)])


def summary(verdict: Verdict) -> str:
    """The last line: how many of the expectations held."""
    asked = [outcome for outcome in verdict.outcomes if outcome.expectation or not outcome.passed]
    held = sum(outcome.passed for outcome in asked)
    digest = f", digest {verdict.digest[:12]}" if verdict.digest else ""
    return (f"{verdict.play.scenario.name}: {'passed' if verdict.passed else 'FAILED'}, {held} of {len(asked)} as "
            f"expected. Seed {verdict.seed}{digest}, in {time_of(verdict)} time.")


def as_text(verdict: Verdict) -> str:
    """The whole report."""
    steps = (step_text(verdict.play, outcome) for outcome in verdict.outcomes)
    return "\n".join([*steps, summary(verdict), ""])


def time_of(verdict: Verdict) -> str:
    """In which time it was run: `real` or `virtual`."""
    return "real" if verdict.real else "virtual"


def as_document(verdict: Verdict) -> dict[str, object]:
    """The report as JSON knows it."""
    return {
        "scenario": verdict.play.scenario.name, "passed": verdict.passed, "seed": verdict.seed,
        "time": time_of(verdict), "digest": verdict.digest, "store": verdict.play.plan.store.id,
        "start": verdict.play.start, "end": verdict.end,
        "steps": [{"at": o.at, "words": o.words, "expectation": o.expectation, "passed": o.passed,
                   "took_s": round(o.took_s, 3), "amiss": list(o.amiss)} for o in verdict.outcomes]}


def as_junit(verdict: Verdict) -> str:
    """One test suite with a test case for each step that expects something or failed (the Jenkins schema)."""
    cases = [o for o in verdict.outcomes if o.expectation or not o.passed]
    failures = sum(not o.passed for o in cases)
    seconds = sum(o.took_s for o in cases)
    name = quoteattr(verdict.play.scenario.name)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             f'<testsuite name={name} tests="{len(cases)}" failures="{failures}" errors="0" skipped="0" '
             f'time="{seconds:.3f}" timestamp="{verdict.play.start.strftime("%Y-%m-%dT%H:%M:%S")}">',
             f'  <properties><property name="seed" value="{verdict.seed}"/>'
             f'<property name="time" value="{time_of(verdict)}"/>'
             f'<property name="digest" value="{verdict.digest}"/></properties>']
    for outcome in cases:
        case = f"{outcome.at.astimezone(verdict.play.plan.store.place.tz):%Y-%m-%d %H:%M:%S} {outcome.words}"
        head = f'  <testcase classname={name} name={quoteattr(case)} time="{outcome.took_s:.3f}"'
        if outcome.passed:
            lines.append(f"{head}/>")
        else:
            lines.append(f"{head}><failure message={quoteattr(' '.join(outcome.amiss))}/></testcase>")
    return "\n".join([*lines, "</testsuite>", ""])
