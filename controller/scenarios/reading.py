"""Scenario files: YAML text into a scenario with its plan and its instants. Everything wrong is said, with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from controller.scenarios.model import OF_MANY, Expect, Scenario, Step
from controller.scenarios.timing import duration, instant, signed_duration
from profiles.finding import Finding, error, nearest, quoted
from profiles.plan import Plan
from profiles.planfile import PlanFileError, plan_from_document
from profiles.sentences import findings_of
from profiles.starters import store_names, store_text
from profiles.yamltext import Place, YamlTextError, read_yaml


class ScenarioError(ValueError):
    """A scenario that cannot be read. `findings`: everything that is wrong, at least one; `str()`: a line for each."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keep the findings."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in findings))


@dataclass(frozen=True, slots=True)
class Timed:
    """A step with its instant, and for how long an expectation may take: `within`, and then `stays`."""

    step: Step
    at: datetime
    within_s: float = 0.0
    stays_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario that can be run. `document`: the plan as written, onto which `publish` lays its parts."""

    scenario: Scenario
    plan: Plan
    document: dict[str, object]
    start: datetime
    steps: tuple[Timed, ...]


def read_scenario(text: str, name: str, read_store: Callable[[str], str]) -> Play:
    """Read a scenario. `read_store` gives the text of a plan file that it names. Raises ScenarioError."""
    try:
        read = read_yaml(text, name)
        scenario = _scenario(read.document)
    except YamlTextError as broken:
        raise ScenarioError([broken.finding]) from None
    except ScenarioError as broken:
        raise ScenarioError(_located(broken.findings, name, read.places)) from None
    try:
        return play_of(scenario, read_store)
    except ScenarioError as broken:
        raise ScenarioError(_located(broken.findings, name, read.places)) from None


def plan_document(scenario: Scenario, read_store: Callable[[str], str]) -> dict[str, object]:
    """The plan of the scenario's store as plain values, with the parts that the scenario replaces. Raises."""
    if scenario.store in store_names():
        text = store_text(scenario.store)
    else:
        try:
            text = read_store(scenario.store)
        except OSError as refusal:
            hint = nearest(scenario.store, store_names())
            raise ScenarioError([error("store", f"there is no plan file {quoted(scenario.store)} here "
                                       f"({refusal.strerror}), and no store of this name; {hint}")]) from None
    try:
        document = read_yaml(text, scenario.store).document
    except YamlTextError as broken:
        raise ScenarioError([error("store", f"the plan cannot be read: {broken.finding}")]) from None
    return {**document, **scenario.parts} if isinstance(document, dict) else {}


def plan_with(document: dict[str, object], parts: dict[str, object], field: str) -> Plan:
    """The plan with parts replaced. Raises ScenarioError; what is wrong in a part is told of `field`."""
    try:
        return plan_from_document({**document, **parts})
    except PlanFileError as broken:
        raise ScenarioError([replace(f, field=f"{field}.{f.field}" if f.field.split("[")[0].split(".")[0] in parts
                                     else "store") for f in broken.findings]) from None


def _scenario(document: object) -> Scenario:
    if not isinstance(document, dict):
        raise ScenarioError([error("", f"a scenario is a group of parts (name, start, steps, …), not "
                                   f"{quoted(document)}.")])
    try:
        return Scenario.model_validate(document)
    except ValidationError as broken:
        raise ScenarioError(findings_of(broken, Scenario)[:50]) from None


def play_of(scenario: Scenario, read_store: Callable[[str], str]) -> Play:
    """A scenario with its plan and its instants. `read_store`: as for `read_scenario`. Raises ScenarioError."""
    document = plan_document(scenario, read_store)
    plan = plan_with(document, scenario.parts, "parts")
    zone = plan.store.place.tz
    found: list[Finding] = []
    try:
        start = instant(scenario.start, None, zone)
    except ValueError as wrong:
        raise ScenarioError([error("start", f"{wrong}.")]) from None
    steps: list[Timed] = []
    before = start
    for number, step in enumerate(scenario.steps):
        path = f"steps[{number}]"
        found += _unknown(step, plan, path)
        try:
            at = instant(step.at, before, zone)
        except ValueError as wrong:
            found.append(error(f"{path}.at", f"{wrong}."))
            continue
        timed, wrongs = _timed(step, at, path)
        found += wrongs
        if steps and at > steps[-1].at and at < _over(steps[-1]):
            found.append(error(f"{path}.at", "the expectation above may still be waiting then; let it wait less, or "
                               "let this come later."))
        steps.append(timed)
        before = at
        if step.publish is not None:
            try:
                plan_with(document, step.publish, f"{path}.publish")
            except ScenarioError as broken:
                found += broken.findings
    if found:
        raise ScenarioError(found[:50])
    return Play(scenario, plan, document, start, tuple(steps))


def _over(timed: Timed) -> datetime:
    return timed.at + timedelta(seconds=timed.within_s + timed.stays_s)


def _timed(step: Step, at: datetime, path: str) -> tuple[Timed, list[Finding]]:
    found: list[Finding] = []

    def seconds(text: str, field: str, read: Callable[[str], timedelta] = duration) -> float:
        try:
            return read(text).total_seconds()
        except ValueError as wrong:
            found.append(error(f"{path}.{field}", f"{wrong}."))
            return 0.0

    if step.clock is not None:
        seconds(step.clock, "clock", signed_duration)
    if step.expect is None:
        return Timed(step, at), found
    stays = step.expect.stays
    return Timed(step, at, seconds(step.expect.within, "expect.within"),
                 0.0 if stays is None else seconds(stays, "expect.stays")), found


def _unknown(step: Step, plan: Plan, path: str) -> Iterator[Finding]:
    """Ids that the store has not got."""
    known = {"device": {d.id for d in plan.devices}, "zone": {z.id for z in plan.zones},
             "profile": {p.id for p in plan.profiles}, "announcement": {a.id for a in plan.announcements}}
    for field, kind, name in _named(step):
        if name not in known[kind]:
            hint = nearest(name, known[kind])
            yield error(f"{path}.{field}", f"there is no {kind} {quoted(name)} in {plan.store.name}"
                        f"{'; ' + hint if hint else '.'}")


def _named(step: Step) -> Iterator[tuple[str, str, str]]:
    for verb in OF_MANY:
        for device in getattr(step, verb) or ():
            yield verb, "device", device
    for verb, thing in (("switch", step.switch), ("slow_down", step.slow_down), ("fill", step.fill),
                        ("drift", step.drift)):
        if thing is not None:
            yield f"{verb}.device", "device", thing.device
    if step.press is not None:
        yield from (("press.zones", "zone", zone) for zone in step.press.zones or ())
        if step.press.profile is not None:
            yield "press.profile", "profile", step.press.profile
    if step.nudge is not None:
        yield "nudge.zone", "zone", step.nudge.zone
    if step.announce is not None:
        yield "announce.announcement", "announcement", step.announce.announcement
        yield from (("announce.zones", "zone", zone) for zone in step.announce.zones or ())
    if step.stop is not None:
        yield from (("stop.zones", "zone", zone) for zone in step.stop.zones or ())
    if step.expect is not None:
        yield from _expected(step.expect)


def _expected(expect: Expect) -> Iterator[tuple[str, str, str]]:
    for kind in ("zone", "profile", "device"):
        name = getattr(expect, kind)
        if name is not None:
            yield f"expect.{kind}", kind, name
    yield from (("expect.but_for", "device", device) for device in expect.but_for)


def _located(findings: tuple[Finding, ...], name: str, places: dict[str, Place]) -> list[Finding]:
    placed = []
    for finding in findings:
        path = finding.field
        while path and path not in places:
            path = path[:max(path.rfind("."), path.rfind("["), 0)]
        line, column = places.get(path, (None, None))
        placed.append(replace(finding, file=name, line=line, column=column))
    return sorted(placed, key=lambda f: (f.line or 0, f.column or 0))
